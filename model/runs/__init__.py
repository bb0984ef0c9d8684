"""A training on disk: the run folder, its history, its metadata, and the run as one file."""
