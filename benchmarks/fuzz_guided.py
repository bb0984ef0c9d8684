"""Damaged input at one door, led by which lines of the program it reaches (atheris, on Linux).

Usage: python -m benchmarks.fuzz_guided [--cases N] [--keep FOLDER] DOOR

The doors are those of `benchmarks.fuzz` through which bytes come, the valid inputs are the same. Ends with
atheris's own words and status: 0 if no case raised an error, took more than 5 s or more than 2 GB; an input
that did is kept in FOLDER.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[1]
# Numba can't compile what is instrumented.
COMPILED = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in ROOT.glob("model/**/*.py")
    if path.parent.name == "kernels" or path.stem.endswith("_loops")
]

with atheris.instrument_imports(include=["app", "model"], exclude=COMPILED):
    from benchmarks.fuzzing.file_doors import FILE_DOORS
    from benchmarks.fuzzing.request_door import REQUEST_DOORS

DOORS = {door.name: door for door in (*FILE_DOORS, *REQUEST_DOORS)}


def main() -> None:
    """Read the command line and fuzz; atheris ends the process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("door", choices=DOORS)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--keep", type=Path, default=Path("findings"))
    options = parser.parse_args()
    door, home = DOORS[options.door], Path(tempfile.mkdtemp())
    for name in ("seeds", "corpus", "work"):
        (home / name).mkdir()
    for number, seed in enumerate(door.seeds(home / "seeds")):
        (home / "corpus" / str(number)).write_bytes(seed)
    options.keep.mkdir(exist_ok=True)
    handle = door.open(home / "work")
    limits = [f"-runs={options.cases}", "-timeout=5", "-rss_limit_mb=2048", "-max_len=2000000"]
    atheris.Setup(
        [sys.argv[0], *limits, f"-artifact_prefix={options.keep}/", str(home / "corpus")],
        lambda content: handle(content) and None,  # atheris takes no other answer
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
