"""Models and rivals measured on the same patches, and what the difference amounts to, in words."""
