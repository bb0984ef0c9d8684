"""What a visitor takes away: pictures, animations, the player as one file."""
