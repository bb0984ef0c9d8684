"""One patch, or every patch of a picture, as ranked units; and back."""
