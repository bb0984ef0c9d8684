"""Parts of pages that are made of Streamlit widgets."""
