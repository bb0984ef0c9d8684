"""The page Paper: its figures, what they need of a model, and the report as a file."""
