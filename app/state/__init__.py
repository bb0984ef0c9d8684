"""What a visitor has chosen: the only package that names session-state keys and URL parameters.

The page's address is the truth, so that a copied link reopens what was seen.
"""
