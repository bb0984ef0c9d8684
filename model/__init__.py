"""The rank-ordered autoencoder of Bertens (2016), apart from any user interface.

Nothing in this package imports the app. Start reading at `autoencoder.py`.
"""
