"""What a talk is made of, and talks as files and links."""
