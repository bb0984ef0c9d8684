"""What a model does over many patches, and how well it rebuilds a picture."""
