"""Data that is loaded or computed once a server and shared by all visitors."""
