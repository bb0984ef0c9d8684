"""Draw who imports whom into docs/architecture.md, between its two markers.

`python -m scripts.draw_architecture`. With `--table` it also writes the table that the architecture test
holds the imports to, tests/unit/may_import.txt, from what is there now: read what changed in it.
"""

import argparse
import ast
from pathlib import Path

from scripts.import_graph import ROOT, Graph, circles, modules, package_graph, without_detours

PAGE = ROOT / "docs" / "architecture.md"
TABLE = ROOT / "tests" / "unit" / "may_import.txt"
BEGIN, END = "<!-- drawn by scripts/draw_architecture.py: begin -->", "<!-- drawn: end -->"
TABLE_HEADER = """\
# What each package, and each module at the root of app/ and model/, may import of the others.
# A line that begins with a space goes on with the package above. The architecture test fails on an arrow that
# is not here, on an entry that is not needed, and on a package that is missing.
"""
NAME_WIDTH, LINE_WIDTH = 20, 110


def drawing(root: Path = ROOT) -> str:
    """The Mermaid diagram and the table of packages, as Markdown."""
    graph = package_graph(root)
    return f"{_diagram(graph)}\n\n{_table_of_packages(graph, modules(root))}"


def with_drawing(page: str, drawn: str) -> str:
    """The text of a page with `drawn` between its markers.

    Raises:
        ValueError: the page lacks a marker.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"The page needs the lines {BEGIN} and {END}.")
    return f"{before}{BEGIN}\n\n{drawn}\n\n{END}{after}"


def table_of_what_is(graph: Graph) -> str:
    """The architecture test's table as it would have to be for `graph`."""
    lines = []
    for package, targets in sorted(graph.items()):
        line = f"{package:{NAME_WIDTH}}"
        for target in sorted(targets):
            if len(line) + 1 + len(target) > LINE_WIDTH:
                lines.append(line.rstrip())
                line = " " * NAME_WIDTH
            line += f" {target}"
        lines.append(line.rstrip())
    return TABLE_HEADER + "\n".join(lines) + "\n"


def _diagram(graph: Graph) -> str:
    """A Mermaid flow chart of the nodes that have arrows."""
    shown = graph if circles(graph) else without_detours(graph)
    ends = {target for targets in shown.values() for target in targets}
    lines = ["```mermaid", "flowchart TD"]
    for top in ("app", "model"):
        lines.append(f"  subgraph in_{top} [{top}]")
        nodes = [node for node in sorted(graph) if node.split(".")[0] == top]
        lines += [f'    {_id(node)}["{_label(node)}"]' for node in nodes if shown[node] or node in ends]
        lines.append("  end")
    for node in sorted(shown):
        lines += [f"  {_id(node)} --> {_id(target)}" for target in sorted(shown[node])]
    return "\n".join([*lines, "```"])


def _table_of_packages(graph: Graph, files: dict[str, Path]) -> str:
    lines = ["| package or module | what it is | imports |", "|---|---|---|"]
    for package in sorted(graph):
        docstring = ast.get_docstring(ast.parse(files[package].read_text())) or ""
        first = " ".join(docstring.split("\n\n")[0].split()).replace("|", "\\|")
        targets = ", ".join(f"`{target}`" for target in sorted(graph[package])) or "nothing of ours"
        lines.append(f"| `{package}` | {first} | {targets} |")
    return "\n".join(lines)


def _id(node: str) -> str:
    return node.replace(".", "_")


def _label(node: str) -> str:
    return f"{node}/__init__.py" if "." not in node else node


def main() -> None:
    """Write the page, and the table if asked for."""
    parser = argparse.ArgumentParser(prog="python -m scripts.draw_architecture", description=__doc__)
    parser.add_argument("--table", action="store_true", help=f"write {TABLE.name} as well")
    options = parser.parse_args()
    PAGE.write_text(with_drawing(PAGE.read_text(), drawing()))
    if options.table:
        TABLE.write_text(table_of_what_is(package_graph()))


if __name__ == "__main__":
    main()
