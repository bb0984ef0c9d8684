"""The talk: its beats, the data that the stage shows, its editor, and talks as files and links."""
