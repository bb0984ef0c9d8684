"""What makes the data, the pictures of the README and the icon; run with `python -m scripts.NAME`."""
