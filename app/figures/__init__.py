"""Plain arrays to Plotly figures; nothing here knows Streamlit or torch."""
