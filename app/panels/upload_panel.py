"""Pictures of the visitor's own: from a file, the clipboard or a camera, in a size that they choose."""

import math
from dataclasses import replace

import streamlit as st
from PIL import ImageColor

from app.components.picture_catcher import picture_catcher
from app.state import selection, url
from app.state.uploads import Upload, add_upload, replace_upload, uploads
from app.state.widget_keys import CAMERA, UPLOADER
from model.coding.picture_code import Tiling
from model.pictures.limits import PictureError
from model.pictures.pixels import WHITE, scaled_size
from model.pictures.reader import FIRST_SHOWN_SIDE, read_picture

SIDES = (128, 256, 512, 1024, 2048)
LARGEST_SHOWN = 2048 * 1536
"""Pixels. The browser decomposes so many in a few seconds."""
WEIGHTS_A_SECOND = 15_000 * 169 * 147
"""What a browser multiplies and adds, roughly: 15,000 patches by the usual model on two slow processors."""
MOST_PATCHES = 70_000
"""More would take the browser too long and too much memory."""
FIRST_BACKGROUND = "#{:02x}{:02x}{:02x}".format(*WHITE)


def own_picture_sources(patch_size: int) -> None:
    """Show what takes a picture of the visitor's own, from wherever they have it."""

    def take(key: str) -> None:
        file = st.session_state[key]
        if file is not None:
            _keep(file.name, file.getvalue(), patch_size)

    st.file_uploader(
        "A picture of your own",
        type=None,  # the content decides, not the name
        key=UPLOADER,
        on_change=take,
        args=(UPLOADER,),
        help="It stays in this session: it is neither saved nor shown to others. Large pictures are first "
        f"shown with {FIRST_SHOWN_SIDE} pixels along their longer side; choose another size below.",
    )
    if picture_catcher(key="picture-catcher"):
        camera = st.expander("Take a photograph", on_change="rerun", key="camera-drawer")
        if camera.open:
            with camera:
                st.camera_input(
                    "Take a photograph",
                    key=CAMERA,
                    on_change=take,
                    args=(CAMERA,),
                    label_visibility="collapsed",
                )


def own_picture_settings(number: int, patch_size: int, weights: int) -> None:
    """Show size and background of one of the visitor's own pictures; `weights` is how many the model has."""
    upload = uploads()[number]
    height, width = upload.own_size
    if upload.content is None:
        st.caption("To change this picture's size, upload it again.")
        return
    shown = max(upload.picture.shape[:2])
    sides = sorted({*sizes(height, width, patch_size), shown})

    if len(sides) > 1:
        st.selectbox(
            f"Size (the file has {width} x {height} pixels)",
            sides,
            index=sides.index(shown),
            format_func=lambda side: size_in_words(
                *scaled_size(width, height, side, patch_size), patch_size, weights
            ),
            key=f"size {number}",
            on_change=_read_again,
            args=(number, patch_size),
        )
    if upload.transparent:
        st.color_picker(
            "Behind it",
            upload.background,
            key=f"ground {number}",
            on_change=_read_again,
            args=(number, patch_size),
        )


def _read_again(number: int, patch_size: int) -> None:
    """Read the file anew as its settings say. They are looked up, because a widget keeps what it is given."""
    upload = uploads()[number]
    side = st.session_state.get(f"size {number}", max(upload.picture.shape[:2]))
    background = st.session_state.get(f"ground {number}", upload.background)
    try:
        read = read_picture(upload.content or b"", patch_size, side, ImageColor.getrgb(background)[:3])
    except PictureError as error:
        url.notice(f"{upload.name}: {error}")
    else:
        replace_upload(number, replace(upload, picture=read.pixels, background=background))


def sizes(height: int, width: int, patch_size: int) -> list[int]:
    """Longer sides that a picture may be shown with, the smallest first; its own if that is not too much."""
    own = max(height, width)
    largest = min(own, math.floor(own * math.sqrt(LARGEST_SHOWN / (height * width))))
    sides = {side for side in SIDES if side < largest} | {min(own, FIRST_SHOWN_SIDE), largest}
    return sorted(side for side in sides if min(scaled_size(width, height, side)) >= patch_size)


def size_in_words(width: int, height: int, patch_size: int, weights: int) -> str:
    """What a size means and costs."""
    patches = len(Tiling(height, width, patch_size, patch_size))
    return f"{width} x {height}: {cost_in_words(patches, weights)}"


def cost_in_words(patches: int, weights: int) -> str:
    """How many patches, and how long a browser takes for them, roughly, with a model of so many weights."""
    seconds = patches * weights / WEIGHTS_A_SECOND
    return f"{patches:,} patches" + (f", about {math.ceil(seconds)} s" if seconds > 0.5 else "")


def chosen_stride(height: int, width: int, patch_size: int) -> int:
    """Pixels from patch to patch that the visitor or the link has chosen."""
    return selection.chosen_stride(list(offered_tilings(height, width, patch_size)), patch_size)


def offered_tilings(height: int, width: int, patch_size: int) -> dict[int, int]:
    """How many patches each stride gives, the largest stride first, without those that give too many."""
    patches = {stride: len(Tiling(height, width, patch_size, stride)) for stride in range(patch_size, 0, -1)}
    return {
        stride: count for stride, count in patches.items() if stride == patch_size or count <= MOST_PATCHES
    }


def tiling_chooser(height: int, width: int, patch_size: int, weights: int) -> int:
    """Show which tilings the picture may have, with what each costs; return the stride."""
    patches = offered_tilings(height, width, patch_size)
    strides = list(patches)
    stride = chosen_stride(height, width, patch_size)

    def in_words(stride: int) -> str:
        kind = "Side by side" if stride == patch_size else f"Every {stride} px"
        return f"{kind}: {cost_in_words(patches[stride], weights)}"

    key = f"tiling {height} {width} {patch_size}"
    st.session_state[key] = stride
    st.selectbox(
        "Tiling",
        strides,
        format_func=in_words,
        key=key,
        on_change=lambda: selection.choose_stride(st.session_state[key], patch_size),
        help="Side by side, each pixel is rebuilt by one patch. Where patches overlap, each pixel is the "
        "mean of all patches that cover it: the edges between patches vanish, for more units."
        + ("" if len(strides) == patch_size else f" More than {MOST_PATCHES:,} patches are not offered."),
    )
    return stride


def _keep(name: str, content: bytes, patch_size: int) -> None:
    """Keep a picture and look at it; if it can't be read, say why and leave the page as it is."""
    try:
        read = read_picture(content, smallest_side=patch_size)
    except PictureError as error:
        url.notice(f"{name}: {error}")
    else:
        add_upload(Upload(name, read.pixels, read.own_size, read.transparent, FIRST_BACKGROUND, content))
