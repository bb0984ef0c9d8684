"""The author's own training loop in plain NumPy, and how much faster the compiled one is."""
