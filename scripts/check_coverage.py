"""Say which share of lines and of branches the tests reach; exit status 1 if it is less than asked.

`python -m scripts.check_coverage`, after `coverage run` and `coverage combine`. Where the rest is says
`coverage report --show-missing`.
"""

import json
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from coverage import Coverage

LEAST = {"model": 95.0, "app": 88.0}
"""Percent of the lines, and of the branches, in all files of a package together."""


def shares(files: Mapping[str, Any], package: str) -> dict[str, float]:
    """Percent of the lines and of the branches of a package that were reached.

    Args:
        files: the part `files` of coverage's JSON report.
        package: a folder of the project.
    """
    sums = [each["summary"] for name, each in files.items() if Path(name).parts[0] == package]
    return {
        "lines": _percent(sums, "covered_lines", "num_statements"),
        "branches": _percent(sums, "covered_branches", "num_branches"),
    }


def _percent(sums: list[dict[str, int]], part: str, whole: str) -> float:
    return 100 * sum(each[part] for each in sums) / max(1, sum(each[whole] for each in sums))


def main() -> int:
    """Print the shares; return the exit status."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        coverage = Coverage()
        coverage.load()
        coverage.json_report(outfile=str(report))
        files = json.loads(report.read_text())["files"]
    enough = True
    for package, least in LEAST.items():
        reached = shares(files, package)
        words = ", ".join(f"{share:.1f} % of its {kind}" for kind, share in reached.items())
        print(f"{package}: the tests reach {words}; at least {least:g} % are asked for.")
        enough &= min(reached.values()) >= least
    return 0 if enough else 1


if __name__ == "__main__":
    sys.exit(main())
