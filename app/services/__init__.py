"""What is loaded once a server, for every visitor."""
