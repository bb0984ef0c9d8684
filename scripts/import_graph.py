"""Who imports whom in `app/` and `model/`, read from the import statements alone; nothing is run."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

Graph = dict[str, set[str]]
"""What each node has arrows to."""

ROOT = Path(__file__).resolve().parent.parent
OUR_PACKAGES = ("app", "model")


def modules(root: Path = ROOT) -> dict[str, Path]:
    """Every module and its file: 'model.rules' is model/rules.py, 'model' is model/__init__.py."""
    found = {}
    for package in OUR_PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(module: str, file: Path) -> Iterator[tuple[str, str]]:
    """Every import anywhere in a module's source.

    Of `import a.b` it is ('a.b', ''), of `from a import b` ('a', 'b').
    """
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from ((name.name, "") for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            inside = module.split(".") if file.name == "__init__.py" else module.split(".")[:-1]
            start = inside[: len(inside) - node.level + 1] if node.level else []
            origin = ".".join([*start, *([node.module] if node.module else [])])
            yield from ((origin, name.name) for name in node.names)


def module_graph(files: Mapping[str, Path]) -> Graph:
    """Which of the given modules each of them imports.

    `from a import b` leads to the module a.b if there is one, and else to a.
    """
    graph: Graph = {}
    for module, file in files.items():
        targets = {
            f"{origin}.{name}" if f"{origin}.{name}" in files else origin
            for origin, name in imports(module, file)
        }
        graph[module] = (targets & files.keys()) - {module}
    return graph


def package_of(module: str) -> str:
    """The package a module belongs to, 'model.runs' of 'model.runs.folder'; a root module is its own."""
    return ".".join(module.split(".")[:2])


def package_graph(root: Path = ROOT) -> Graph:
    """The arrows between packages and root modules; arrows inside a package are left out."""
    graph: Graph = {}
    for module, targets in module_graph(modules(root)).items():
        package = package_of(module)
        graph.setdefault(package, set()).update(map(package_of, targets))
        graph[package].discard(package)
    return graph


def reachable(graph: Graph, start: str) -> set[str]:
    """Every node that arrows lead to from `start`; `start` itself only if it lies on a circle."""
    seen: set[str] = set()
    ahead = [start]
    while ahead:
        new = graph.get(ahead.pop(), set()) - seen
        seen |= new
        ahead += new
    return seen


def circles(graph: Graph) -> list[list[str]]:
    """Nodes that reach each other, as sorted groups; none in a graph without circles."""
    reached = {node: reachable(graph, node) for node in graph}
    groups = {
        tuple(sorted(other for other in graph if other in reached[node] and node in reached[other]))
        for node in graph
        if node in reached[node]
    }
    return [list(group) for group in sorted(groups)]


def without_detours(graph: Graph) -> Graph:
    """The fewest arrows from which all of `graph` can be walked: a -> c goes if a -> b -> c is there.

    Only for a graph without circles: with one, which arrows to drop would be a matter of taste.
    """
    return {
        node: {
            target
            for target in targets
            if not any(target in reachable(graph, other) for other in targets if other != target)
        }
        for node, targets in graph.items()
    }
