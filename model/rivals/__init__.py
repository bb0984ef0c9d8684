"""Other ways to spend k components on a patch, measured on the same patches."""
