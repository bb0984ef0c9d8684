"""Uploading a picture from a file, the clipboard or a camera; its size, background and tiling."""

import math
from dataclasses import replace

import streamlit as st
from PIL import ImageColor
from streamlit.runtime.uploaded_file_manager import UploadedFile

from app.components.picture_catcher import picture_catcher
from app.state import selection, url
from app.state.new_files import handle_missed_file, handle_new_file
from app.state.uploads import Upload, add_upload, replace_upload, uploads
from app.state.widget_keys import CAMERA, UPLOADER
from model.coding.picture_code import Tiling
from model.pictures.limits import PictureError
from model.pictures.pixels import WHITE, scaled_size
from model.pictures.reader import FIRST_SHOWN_SIDE, LARGEST_UPLOAD, read_picture

SIDES = (128, 256, 512, 1024, 2048)
"""Pixels along the longer side that an upload can be scaled to."""
LARGEST_SHOWN = 2048 * 1536
"""Most pixels of a picture; the browser decomposes them in a few seconds."""
WORK_A_SECOND = 15_000 * 169 * 147
"""Roughly the multiplications and additions that a browser does in a second: 15,000 patches of the bundled
models on two slow processors."""
MOST_PATCHES = 70_000
"""Most patches of a tiling; more take the browser too long and too much memory."""
DEFAULT_BACKGROUND = "#{:02x}{:02x}{:02x}".format(*WHITE)


def upload_inputs(patch_size: int) -> None:
    """Show the ways to upload a picture: a file, the clipboard, a camera.

    Args:
        patch_size: fewest pixels that either side of the picture must have.
    """

    def add(file: UploadedFile) -> None:
        _add_picture(file.name, file.getvalue(), patch_size)

    st.file_uploader(
        "A picture of your own",
        type=None,  # the content decides, not the name
        key=UPLOADER,
        on_change=handle_new_file,
        args=(UPLOADER, add),
        max_upload_size=LARGEST_UPLOAD >> 20,
        help="It stays in this session: it is neither saved nor shown to others. Only a training that you "
        "start on it keeps it in memory longer, until the training ends; it saves the model, not the "
        f"picture. Large pictures are first shown with {FIRST_SHOWN_SIDE} pixels along their longer side; "
        "choose another size below.",
    )
    handle_missed_file(UPLOADER, add)
    if picture_catcher(key="picture-catcher"):
        camera = st.expander("Take a photograph", on_change="rerun", key="camera-drawer")
        if camera.open:
            with camera:
                st.camera_input(
                    "Take a photograph",
                    key=CAMERA,
                    on_change=handle_new_file,
                    args=(CAMERA, add),
                    label_visibility="collapsed",
                )
                handle_missed_file(CAMERA, add)


def upload_settings(number: int, patch_size: int, work: float) -> None:
    """Show size and background of an upload, which can be changed as long as its file is kept.

    Args:
        number: of the upload.
        patch_size: height and width of a patch in pixels.
        work: of a patch, as `LoadedModel.work_of_patch` estimates it.
    """
    upload = uploads()[number]
    height, width = upload.own_size
    if upload.content is None:
        st.caption("To change this picture's size, upload it again.")
        return
    side = max(upload.picture.shape[:2])
    sides = sorted({*offered_sides(height, width, patch_size), side})

    if len(sides) > 1:
        st.selectbox(
            f"Size (the file has {width} x {height} pixels)",
            sides,
            index=sides.index(side),
            format_func=lambda side: size_text(
                *scaled_size(width, height, side, patch_size), patch_size, work
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
    """Read an upload's file again with the current settings, for use as a callback.

    The settings are read from the session, because arguments of a callback are those of an earlier script
    run.
    """
    upload = uploads()[number]
    side = st.session_state.get(f"size {number}", max(upload.picture.shape[:2]))
    background = st.session_state.get(f"ground {number}", upload.background)
    try:
        read = read_picture(upload.content or b"", patch_size, side, ImageColor.getrgb(background)[:3])
    except PictureError as error:
        url.notice(str(error), about=upload.name)
    else:
        replace_upload(number, replace(upload, picture=read.pixels, background=background))


def offered_sides(height: int, width: int, patch_size: int) -> list[int]:
    """Lengths of the longer side that an upload can be scaled to, in pixels, the smallest first.

    Args:
        height: in the file, in pixels.
        width: in the file, in pixels.
        patch_size: fewest pixels that the shorter side must keep.
    """
    own = max(height, width)
    largest = min(own, math.floor(own * math.sqrt(LARGEST_SHOWN / (height * width))))
    sides = {side for side in SIDES if side < largest} | {min(own, FIRST_SHOWN_SIDE), largest}
    return sorted(side for side in sides if min(scaled_size(width, height, side)) >= patch_size)


def size_text(width: int, height: int, patch_size: int, work: float) -> str:
    """A size in pixels, with its `cost_text` for patches side by side.

    Args:
        width: in pixels.
        height: in pixels.
        patch_size: height and width of a patch in pixels.
        work: of a patch, as `LoadedModel.work_of_patch` estimates it.
    """
    patches = len(Tiling(height, width, patch_size, patch_size))
    return f"{width} x {height}: {cost_text(patches, work)}"


def cost_text(patches: int, work: float) -> str:
    """A number of patches, and roughly how long a browser takes to decompose them if that is long.

    Args:
        patches: how many.
        work: of a patch, as `LoadedModel.work_of_patch` estimates it.
    """
    seconds = patches * work / WORK_A_SECOND
    return f"{patches:,} patches" + (f", about {math.ceil(seconds)} s" if seconds > 0.5 else "")


def chosen_stride(height: int, width: int, patch_size: int) -> int:
    """The chosen distance in pixels from patch to patch.

    Args:
        height: of the picture in pixels.
        width: of the picture in pixels.
        patch_size: height and width of a patch in pixels.
    """
    return selection.chosen_stride(list(offered_tilings(height, width, patch_size)), patch_size)


def offered_tilings(height: int, width: int, patch_size: int) -> dict[int, int]:
    """The number of patches for each stride that gives at most MOST_PATCHES, the largest stride first.

    Args:
        height: of the picture in pixels.
        width: of the picture in pixels.
        patch_size: height and width of a patch in pixels; the largest stride, which is always offered.
    """
    patches = {stride: len(Tiling(height, width, patch_size, stride)) for stride in range(patch_size, 0, -1)}
    return {
        stride: count for stride, count in patches.items() if stride == patch_size or count <= MOST_PATCHES
    }


def tiling_chooser(height: int, width: int, patch_size: int, work: float) -> int:
    """Show the tilings with the cost of each, and return the chosen stride in pixels.

    Args:
        height: of the picture in pixels.
        width: of the picture in pixels.
        patch_size: height and width of a patch in pixels.
        work: of a patch, as `LoadedModel.work_of_patch` estimates it.
    """
    patches = offered_tilings(height, width, patch_size)
    strides = list(patches)
    stride = chosen_stride(height, width, patch_size)

    def text_of(stride: int) -> str:
        kind = "Side by side" if stride == patch_size else f"Every {stride} px"
        return f"{kind}: {cost_text(patches[stride], work)}"

    key = f"tiling {height} {width} {patch_size}"
    st.session_state[key] = stride
    st.selectbox(
        "Tiling",
        strides,
        format_func=text_of,
        key=key,
        on_change=lambda: selection.choose_stride(st.session_state[key], patch_size),
        help="Side by side, each pixel is rebuilt by one patch. Where patches overlap, each pixel is the "
        "mean of all patches that cover it: the edges between patches vanish, for more units."
        + ("" if len(strides) == patch_size else f" More than {MOST_PATCHES:,} patches are not offered."),
    )
    return stride


def _add_picture(name: str, content: bytes, patch_size: int) -> None:
    """Add the picture in a file to the uploads and choose it; a notice says why if it can't be read."""
    try:
        read = read_picture(content, smallest_side=patch_size)
    except PictureError as error:
        url.notice(str(error), about=name)
    else:
        add_upload(Upload(name, read.pixels, read.own_size, read.transparent, DEFAULT_BACKGROUND, content))
