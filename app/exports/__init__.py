"""Files that a visitor downloads: pictures, animations, the player as one file."""
