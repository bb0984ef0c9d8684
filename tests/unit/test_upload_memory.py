"""What visitors send stays in memory, and theirs."""

import asyncio
import warnings
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartParser
from starlette.requests import Request

from app.services.session_memory import keep_uploads_in_memory
from model.pictures.reader import LARGEST_UPLOAD
from tests.unit.picture_files import PATCH, flat, read_picture, saved


def test_visitors_at_the_same_time_get_their_own_pictures_and_warnings_stay_on() -> None:
    before = list(warnings.filters)
    values = [*range(0, 250, 10)] * 2
    contents = [saved(flat("L", value, (600, 400)), "PNG") for value in values]
    with ThreadPoolExecutor(8) as pool:
        pictures = list(pool.map(lambda content: read_picture(content, PATCH), contents))
    assert [int(picture.min()) for picture in pictures] == values
    assert [int(picture.max()) for picture in pictures] == values
    assert list(warnings.filters) == before


async def parsed_upload(size: int) -> bool:
    """Whether a file of that many bytes stays in memory while the server takes it in."""
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n'
    body = head + bytes(size) + b"\r\n--x--\r\n"

    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": body, "more_body": False}

    headers = [(b"content-type", b"multipart/form-data; boundary=x")]
    request = Request({"type": "http", "method": "PUT", "headers": headers}, receive)
    async with request.form() as form:
        upload = form["file"]
        assert isinstance(upload, UploadFile)
        assert upload.size == size
        return upload._in_memory


def run_apart(work: Coroutine[Any, Any, bool]) -> bool:
    """In a thread of its own, because a browser's tests leave a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def test_no_part_of_an_upload_is_written_to_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MultiPartParser, "spool_max_size", 1024 * 1024)
    assert not run_apart(parsed_upload(2_000_000))  # what the server does by itself
    keep_uploads_in_memory()
    assert run_apart(parsed_upload(LARGEST_UPLOAD))
