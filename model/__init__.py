"""The rank-ordered autoencoder of Bertens (2016), apart from any user interface.

Nothing in this package imports the app. Start reading at `autoencoder.py`.
"""

__version__ = "0.2.0"
"""The version of the whole program: the one place where it stands."""
