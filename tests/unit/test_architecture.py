"""Who may import whom, read from the import statements alone, and how large a file may grow."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from scripts.draw_architecture import PAGE, TABLE, drawing, table_of_what_is, with_drawing
from scripts.import_graph import (
    OUR_PACKAGES,
    ROOT,
    circles,
    imports,
    module_graph,
    modules,
    package_graph,
    reachable,
    without_detours,
)

FILES = modules()
GRAPH = module_graph(FILES)
PACKAGES = package_graph()
MOST_FILES = 12
LONGEST_FILE, LONGEST_FUNCTION = 300, 45
REASON = "# Long because "
"""With this and a reason at the head of a file, or above or on the line of a `def`, it may be longer."""


def may_import() -> dict[str, set[str]]:
    """The table, as sets."""
    table: dict[str, set[str]] = {}
    package = ""
    for line in TABLE.read_text().splitlines():
        if line.startswith("#") or not line.strip():
            continue
        words = line.split()
        if not line.startswith(" "):
            package = words.pop(0)
            assert package not in table, f"{package} stands twice in {TABLE.name}"
            table[package] = set()
        table[package] |= set(words)
    return table


def reached(module: str) -> set[str]:
    """Top-level names of all packages that importing a module brings in through our own modules."""
    ours = {module} | reachable(GRAPH, module)
    return {name for each in ours for name in top_level_names(each)}


@cache
def top_level_names(module: str) -> frozenset[str]:
    """Top-level names of the packages that a module's own source imports."""
    return frozenset(origin.split(".")[0] for origin, _ in imports(module, FILES[module]))


def test_the_sources_are_where_this_test_looks_for_them() -> None:
    assert {"model", "model.rules", "model.__main__"} <= FILES.keys()
    assert {"app.main", "app.training.job", "app.figures.population"} <= FILES.keys()
    rules = set(imports("model.rules", FILES["model.rules"]))
    assert {("torch", ""), ("model.autoencoder", "Code"), ("model.config", "Rule")} <= rules
    assert {"model.autoencoder", "model.config"} <= GRAPH["model.rules"]
    assert {"torch", "model"} <= reached("model.rules")
    assert "numba" in reached("model.training.loop")  # through model.kernels


def test_every_package_is_in_the_table() -> None:
    assert may_import().keys() == PACKAGES.keys()


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_a_package_imports_what_the_table_allows_and_no_more_is_allowed_than_needed(package: str) -> None:
    needed, allowed = PACKAGES[package], may_import().get(package, set())
    assert sorted(needed - allowed) == [], f"arrows of {package} that are not in {TABLE.name}"
    assert sorted(allowed - needed) == [], f"entries of {package} in {TABLE.name} that nothing needs"


def test_nothing_imports_itself_through_others() -> None:
    assert circles(may_import()) == []
    assert circles(PACKAGES) == []
    assert circles(GRAPH) == []


@pytest.mark.parametrize("module", [name for name in FILES if name.split(".")[0] == "model"])
def test_the_model_knows_nothing_of_the_app_or_its_tools(module: str) -> None:
    assert not reached(module) & {"app", "streamlit", "plotly", "benchmarks", "scripts", "tests"}


@pytest.mark.parametrize("module", [name for name in FILES if name.split(".")[0] == "app"])
def test_the_app_needs_neither_benchmarks_nor_scripts_nor_tests(module: str) -> None:
    assert not reached(module) & {"benchmarks", "scripts", "tests"}


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [
        ("app.training.manager", "streamlit"),
        ("app.figures.population", "streamlit"),
        ("app.figures.population", "torch"),
    ],
)
def test_parts_of_the_app_that_need_no_page_know_of_none(module: str, forbidden: str) -> None:
    assert forbidden not in reached(module)


def test_the_picture_of_the_house_is_fresh() -> None:
    page = PAGE.read_text()
    fresh = with_drawing(page, drawing())
    assert page == fresh, "stale: run `python -m scripts.draw_architecture`"
    with pytest.raises(ValueError, match="needs the lines"):
        with_drawing("no markers", "")


@pytest.fixture
def small_house(tmp_path: Path) -> Path:
    """Two packages of each kind, with every way to write an import."""
    sources = {
        "model/__init__.py": "VERSION = 1",
        "model/base.py": "import math",
        "model/runs/__init__.py": "",
        "model/runs/folder.py": "from ..base import thing\nfrom . import metadata",
        "model/runs/metadata.py": "def late():\n    from model import VERSION",
        "app/__init__.py": "",
        "app/main.py": "from app import state\nimport model.runs.folder as folder",
        "app/state/__init__.py": "from app.state.url import read",
        "app/state/url.py": "from model.base import thing",
    }
    for name, text in sources.items():
        file = tmp_path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_the_arrows_of_a_small_house_as_read_by_hand(small_house: Path) -> None:
    assert package_graph(small_house) == {
        "model": set(),
        "model.base": set(),
        "model.runs": {"model", "model.base"},
        "app": set(),
        "app.main": {"app.state", "model.runs"},
        "app.state": {"model.base"},
    }
    graph = module_graph(modules(small_house))
    assert graph["model.runs.folder"] == {"model.base", "model.runs.metadata"}
    assert graph["app.main"] == {"app.state", "model.runs.folder"}


def test_circles_are_found_and_detours_left_out() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}}) == [["a", "b", "c"]]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
    assert without_detours({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == {"a": {"b"}, "b": {"c"}, "c": set()}


def test_the_table_that_is_written_is_the_table_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    graph = {
        "app.wide": {f"model.room_{i}" for i in range(30)},
        "model.narrow": set(),
        "model": {"model.narrow"},
    }
    monkeypatch.setitem(globals(), "TABLE", tmp_path / "table.txt")
    TABLE.write_text(table_of_what_is(graph))
    assert may_import() == graph
    assert max(map(len, TABLE.read_text().splitlines())) <= 120


@pytest.mark.parametrize("package", OUR_PACKAGES)
def test_no_folder_holds_more_files_than_one_looks_through(package: str) -> None:
    files = [file.parent.relative_to(ROOT) for file in FILES.values() if file.is_relative_to(ROOT / package)]
    assert {str(folder): files.count(folder) for folder in files if files.count(folder) > MOST_FILES} == {}


def python_files() -> list[Path]:
    folders = (*OUR_PACKAGES, "scripts", "benchmarks", "tests")
    return [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]


def too_long(text: str) -> Iterator[str]:
    """What in a source is longer than it may be and gives no reason."""
    lines = text.splitlines()
    head = lines[: next((i for i, line in enumerate(lines) if line.startswith(("import ", "from "))), 10)]
    if len(lines) > LONGEST_FILE and not any(REASON in line for line in head):
        yield f"{len(lines)} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            around = lines[max(0, node.lineno - 2 - len(node.decorator_list)) : node.body[0].lineno]
            if length > LONGEST_FUNCTION and not any(REASON in line for line in around):
                yield f"{node.name}: {length} lines"


def test_what_is_long_says_why() -> None:
    found = {str(file.relative_to(ROOT)): list(too_long(file.read_text())) for file in python_files()}
    assert len(found) > 100
    assert {name: faults for name, faults in found.items() if faults} == {}


def test_long_files_and_functions_are_noticed() -> None:
    body = "\n".join(["    pass"] * LONGEST_FUNCTION)
    assert list(too_long(f"def f():\n{body}")) == [f"f: {LONGEST_FUNCTION + 1} lines"]
    assert list(too_long(f"{REASON}it is a list.\ndef f():\n{body}")) == []
    assert list(too_long("import math\n" + "x = 1\n" * LONGEST_FILE)) == [f"{LONGEST_FILE + 1} lines"]
    assert list(too_long(f"{REASON}it is data.\n" + "x = 1\n" * LONGEST_FILE)) == []
