"""One module for each format: a stranger's file, stripped to what its pixels need."""
