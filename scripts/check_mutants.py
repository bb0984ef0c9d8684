"""Say how many planted faults the tests notice, and whether docs/mutants.md explains the others.

`python -m scripts.check_mutants`, after `mutmut run`. Exit status 1 if too few are noticed, or if the page
does not name each one that is not.
"""

import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent / "docs" / "mutants.md"
LEAST = 90.0
"""Percent of the mutants that the tests have to notice."""
NOTICED = {"killed", "timeout", "caught by type check"}


def read_results(printed: str) -> dict[str, str]:
    """What `mutmut results --all true` printed: each mutant's name, and what became of it."""
    return dict(re.findall(r"^\s*(\S+__mutmut_\d+): (.+?)\s*$", printed, re.MULTILINE))


def changed_lines(shown: str) -> str:
    """Of a mutant as `mutmut show` prints it, the lines that went and the lines that came."""
    lines = [line for line in shown.splitlines() if re.match(r"[-+](?![-+]{2} )", line)]
    return "\n".join(line[0] + " " + line[1:].strip() for line in lines)


def unexplained(survivors: Mapping[str, str], page: str) -> list[str]:
    """Names of the survivors, given with their changed lines, of which the page does not hold those lines."""
    without_indent = re.sub(r"^ +", "", page, flags=re.MULTILINE)
    return [name for name, change in survivors.items() if change not in without_indent]


def main() -> int:
    """Print what was found; return the exit status."""
    results = read_results(_mutmut("results", "--all", "true"))
    survivors = {
        name: changed_lines(_mutmut("show", name)) for name, end in results.items() if end not in NOTICED
    }
    noticed = 100 * (1 - len(survivors) / max(1, len(results)))
    print(f"{len(results)} mutants, {noticed:.1f} % noticed; at least {LEAST:g} % are asked for.")
    missing = unexplained(survivors, PAGE.read_text())
    for name in missing:
        print(f"{name} ({results[name]}) is not in docs/{PAGE.name}:\n{survivors[name]}")
    return 0 if results and noticed >= LEAST and not missing else 1


def _mutmut(*arguments: str) -> str:
    program = Path(sys.executable).parent / "mutmut"
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
