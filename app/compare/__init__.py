"""The page Compare: what can be compared, measured once a server, and the data that its board shows."""
