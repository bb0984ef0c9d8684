"""The address bar: completes the address of a page that has just been opened, in place."""

from collections.abc import Mapping

from app.components import declare
from app.components.payload import pack

_mount = declare("address_bar")


def address_bar(parameters: Mapping[str, str] | None) -> None:
    """Replace the parameters of the page's address in the browser; shows nothing.

    `st.query_params` would add an entry to the browser's history. The entry before it would have the bare
    address, which leads back to the complete one: nobody could step back any further.

    Args:
        parameters: all that the address is to have, by name; None leaves it as it is.
    """
    _mount(data=pack({"parameters": parameters}), key="address-bar")
