"""Write a talk as one HTML file that needs no server and no network.

Usage: python -m scripts.export_talk OUT.html [--talk talk.json]

Without --talk it is the standard talk. A talk.json is what 'Save this talk' backstage writes.
"""

import argparse
import logging
import sys
from pathlib import Path

from app.panels.picture_picker import FIRST_PICTURE
from app.services.pictures import BUNDLED_PATCH_SIZE
from app.talk.beats import STORY
from app.talk.talk_export import saved_talk_as_html
from app.talk.talk_files import LARGEST_TALK_FILE, Talk, TalkError, talk_from_file
from model.data.pictures import CIFAR_SIZE, DataError

MIDDLE = (CIFAR_SIZE - BUNDLED_PATCH_SIZE) // 2
STANDARD = Talk("rank-order", "test", FIRST_PICTURE, MIDDLE, MIDDLE, STORY)


def main(arguments: list[str] | None = None) -> int:
    """Write the file; 0, or 2 and one line that says what was wrong."""
    logging.getLogger("streamlit").setLevel(logging.ERROR)  # it misses a server, which nothing here needs
    parser = argparse.ArgumentParser(prog="python -m scripts.export_talk", description="A talk as one file.")
    parser.add_argument("out", type=Path, help="the HTML file to write")
    parser.add_argument(
        "--talk", type=Path, help="a talk that was saved backstage; default: the standard one"
    )
    options = parser.parse_args(arguments)
    try:
        page = saved_talk_as_html(_read(options.talk) if options.talk else STANDARD)
        options.out.write_bytes(page)
    except (TalkError, DataError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    except OSError as error:
        print(f"{error.filename}: {error.strerror}.", file=sys.stderr)
        return 2
    print(f"{options.out}: {len(page) / 1e6:.1f} MB")
    return 0


def _read(path: Path) -> Talk:
    with path.open("rb") as file:
        return talk_from_file(file.read(LARGEST_TALK_FILE + 1))


if __name__ == "__main__":
    sys.exit(main())
