"""Parts of pages that are made of Streamlit's own widgets."""
