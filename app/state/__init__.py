"""A visitor's choices: the only package that names session-state keys and parameters of the link.

The link takes precedence over the session, so that a copied link shows the same page.
"""
