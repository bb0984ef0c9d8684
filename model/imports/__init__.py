"""Filters that were made elsewhere, in any of three formats, as a model."""
