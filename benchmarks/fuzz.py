"""Give damaged input to every door of the program, and see whether it is refused in one sentence.

Usage: python -m benchmarks.fuzz [--cases N] [--seed N] [--keep FOLDER] [DOOR ...]

Prints a row per door, and exits with status 1 if a case raised an error, took more than 5 s of processor
time or more than 1 GB of memory, or ended the process; the inputs of such cases are kept in FOLDER (default:
findings).
Without --cases each door gets the number that it names, 118,000 together.
"""

import argparse
import sys
from pathlib import Path

from benchmarks.fuzzing.file_doors import FILE_DOORS
from benchmarks.fuzzing.filter_door import FILTER_DOORS
from benchmarks.fuzzing.page_doors import PAGE_DOORS
from benchmarks.fuzzing.request_door import REQUEST_DOORS
from benchmarks.fuzzing.watch import Door, Findings, watch

DOORS = {door.name: door for door in (*FILE_DOORS, *FILTER_DOORS, *PAGE_DOORS, *REQUEST_DOORS)}
HEADER = f"{'door':16}{'cases':>9}{'accepted':>10}{'refused':>9}{'slowest':>10}{'memory':>9}{'wrong':>7}"


def row(name: str, findings: Findings) -> str:
    """A door's line of the table."""
    cases = findings.accepted + findings.refused + len(findings.wrong)
    return (
        f"{name:16}{cases:>9,}{findings.accepted:>10,}{findings.refused:>9,}"
        f"{findings.slowest:>8.2f} s{findings.memory >> 20:>6} MB{len(findings.wrong):>7}"
    )


def keep(findings: Findings, door: str, folder: Path) -> None:
    """Write each input that went wrong, and beside it what was wrong."""
    for number, content, error in findings.wrong:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{door.replace(' ', '-')}-{number}"
        file.write_bytes(content)
        file.with_suffix(".txt").write_text(error, errors="replace")


def run(doors: list[Door], cases: int | None, seed: int, folder: Path) -> bool:
    """Try the doors, print the table and keep what was found; return whether nothing was."""
    print(HEADER)
    total, wrong = 0, 0
    for door in doors:
        findings = watch(door, cases or door.cases, seed)
        print(row(door.name, findings), flush=True)
        keep(findings, door.name, folder)
        total += findings.accepted + findings.refused + len(findings.wrong)
        wrong += len(findings.wrong)
    print(f"{total:,} cases, {wrong} findings" + (f", kept in {folder}" if wrong else ""))
    return wrong == 0


def main() -> None:
    """Read the command line and try the doors."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("doors", nargs="*", metavar="DOOR", help=", ".join(DOORS))
    parser.add_argument("--cases", type=int, help="of each door")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("findings"))
    options = parser.parse_args()
    if unknown := set(options.doors) - set(DOORS):
        parser.error(f"there is no door {min(unknown)!r}; there are {', '.join(DOORS)}")
    doors = [DOORS[name] for name in options.doors or DOORS]
    sys.exit(0 if run(doors, options.cases, options.seed, options.keep) else 1)


if __name__ == "__main__":
    main()
