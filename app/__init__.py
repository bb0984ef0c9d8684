"""The Streamlit app: it shows and asks; `model` computes."""
