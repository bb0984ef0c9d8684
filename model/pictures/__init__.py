"""One picture: the bytes of a file, whoever sent them, to upright 8-bit RGB."""
