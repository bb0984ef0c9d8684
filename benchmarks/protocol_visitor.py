"""A visitor without a browser: sends what a page sends, and waits for what the server answers."""

import asyncio
import json
import random
import time
from typing import Any
from urllib.parse import urlencode

import httpx2
from streamlit.components.v2.bidi_component.constants import EVENT_DELIM
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.Common_pb2 import FileUploaderState, FileURLsRequest, UploadedFileInfo
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.runtime.state.session_state import STREAMLIT_INTERNAL_KEY_PREFIX
from websockets.asyncio.client import ClientConnection, connect

LONGEST_ANSWER = 60.0
"""Seconds after which an answer counts as an error."""


class ProtocolVisitor:
    """One open page. Use it as an asynchronous context manager."""

    def __init__(self, url: str) -> None:
        """Prepare; nothing is sent yet.

        Args:
            url: of the server, without a slash at its end.
        """
        self._url = url
        self._http = httpx2.AsyncClient(base_url=url, timeout=LONGEST_ANSWER)
        self._socket: ClientConnection | None = None
        self._session = ""
        self._page = ""
        self._page_hash = ""
        self._link = ""
        self._fields: dict[str, WidgetState] = {}
        self._cached: dict[str, str] = {}  # what a browser keeps: hash of a message -> its widget's id
        self.widgets: dict[str, str] = {}
        """Ids of the page's widgets and components, by key."""

    async def __aenter__(self) -> "ProtocolVisitor":
        await self._http.get("/")
        await self._http.get("/_stcore/health")  # sets the token that uploads are checked for
        cookies = "; ".join(f"{name}={value}" for name, value in self._http.cookies.items())
        self._socket = await connect(
            self._url.replace("http", "ws", 1) + "/_stcore/stream",
            origin=self._url,  # type: ignore[arg-type]
            additional_headers={"Cookie": cookies},
            subprotocols=["streamlit"],  # type: ignore[list-item]
            max_size=None,
            open_timeout=LONGEST_ANSWER,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._socket:
            await self._socket.close()
        await self._http.aclose()

    async def open(self, page: str, **link: str) -> float:
        """Open a page by its path, '' for Explore; returns the seconds until the script run had ended."""
        self._page, self._page_hash, self._link = page, "", urlencode(link)
        self.widgets, self._fields = {}, {}
        return await self._run([])

    async def press(self, key: str) -> float:
        """Press a button by its key; returns seconds as `open` does."""
        return await self._run([WidgetState(id=self.widgets[key], trigger_value=True)])

    async def set_number(self, key: str, value: int) -> float:
        """Write a whole number into a field, which keeps it; returns seconds as `open` does."""
        self._fields[key] = WidgetState(id=self.widgets[key], int_value=value)
        return await self._run([])

    async def trigger(self, key: str, event: str, value: Any) -> float:
        """Send what a component's script sends by `setTriggerValue`; returns seconds as `open` does."""
        text = json.dumps([{"event": event, "value": value}])
        events = f"{STREAMLIT_INTERNAL_KEY_PREFIX}_{self.widgets[key]}{EVENT_DELIM}events"
        return await self._run([WidgetState(id=events, json_trigger_value=text)])

    async def upload(self, key: str, name: str, content: bytes) -> float:
        """Upload a file; returns the seconds from the first request to the end of the script run."""
        began = time.perf_counter()
        wanted = FileURLsRequest(request_id=f"{random.random()}", file_names=[name], session_id=self._session)
        await self._send(BackMsg(file_urls_request=wanted))
        answer = await self._wait_for("file_urls_response")
        urls = answer.file_urls_response.file_urls[0]
        token = self._http.cookies.get("_streamlit_xsrf") or ""
        response = await self._http.put(
            urls.upload_url, files={"file": (name, content)}, headers={"X-Xsrftoken": token}
        )
        response.raise_for_status()
        info = UploadedFileInfo(name=name, size=len(content), file_id=urls.file_id, file_urls=urls)
        state = WidgetState(id=self.widgets[key])
        state.file_uploader_state_value.CopyFrom(FileUploaderState(uploaded_file_info=[info]))
        self._fields[key] = state
        await self._run([])
        return time.perf_counter() - began

    async def get(self, path: str) -> bytes:
        """Send a GET request; returns the body of the answer."""
        response = await self._http.get(path)
        response.raise_for_status()
        return response.content

    def linked(self, name: str) -> str:
        """A parameter of the page's address, '' if it has none."""
        pairs = (pair.partition("=") for pair in self._link.split("&"))
        return next((value for key, _, value in pairs if key == name), "")

    async def _run(self, states: list[WidgetState]) -> float:
        name = (
            "" if self._page_hash else self._page
        )  # a page is opened by its name, and then known by its hash
        client = ClientState(query_string=self._link, page_name=name, page_script_hash=self._page_hash)
        client.cached_message_hashes.extend(self._cached)
        client.widget_states.widgets.extend([*self._fields.values(), *states])
        began = time.perf_counter()
        await self._send(BackMsg(rerun_script=client))
        await self._wait_for("new_session")
        await self._wait_for("script_finished")
        return time.perf_counter() - began

    async def _send(self, message: BackMsg) -> None:
        assert self._socket is not None
        await self._socket.send(message.SerializeToString())

    async def _wait_for(self, kind: str) -> ForwardMsg:
        """Read messages, and take from them what a browser keeps, until one of that kind has come."""
        assert self._socket is not None
        async with asyncio.timeout(LONGEST_ANSWER):
            while True:
                message: ForwardMsg = ForwardMsg.FromString(await self._socket.recv(decode=False))
                which = message.WhichOneof("type")
                if which == "new_session":
                    self._session = message.new_session.initialize.session_id
                elif which == "navigation":
                    self._page_hash = message.navigation.page_script_hash
                elif which == "page_info_changed":
                    self._link = message.page_info_changed.query_string
                elif which == "delta":
                    identity = widget_id(message)
                    if message.metadata.cacheable:
                        self._cached[message.hash] = identity
                    self._note_widget(identity)
                elif which == "ref_hash":
                    self._note_widget(self._cached[message.ref_hash])
                elif which == "session_event" and message.session_event.HasField(
                    "script_compilation_exception"
                ):
                    raise RuntimeError("The script could not be compiled.")
                if which == kind:
                    return message

    def _note_widget(self, identity: str) -> None:
        if identity:
            # "$$ID-<hash>-<key>", as Streamlit makes them of a user's key.
            self.widgets[identity.split("-", 2)[2]] = identity


def widget_id(message: ForwardMsg) -> str:
    """The id of the widget or component in a message, '' if it has none.

    Raises:
        RuntimeError: it is an error that the page shows.
    """
    element = message.delta.new_element
    kind = element.WhichOneof("type")
    if kind == "exception":
        raise RuntimeError(element.exception.message)
    return str(getattr(getattr(element, kind), "id", "")) if kind else ""
