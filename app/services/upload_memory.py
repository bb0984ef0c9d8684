"""Uploads stay in memory: no part of a visitor's file is written to disk."""

from starlette.formparsers import MultiPartParser

from model.pictures.reader import LARGEST_UPLOAD


def keep_uploads_in_memory() -> None:
    """Raise the size above which the server's form parser writes an upload to a temporary file.

    Call it once a server, before the first upload.
    """
    MultiPartParser.spool_max_size = LARGEST_UPLOAD + 1
