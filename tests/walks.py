"""The walks of docs/architecture.md: their stops, where the code defines them, and who reaches them."""

import ast
import re
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "architecture.md"
PATCH, STEP, BEAT = (
    "The path of one patch",
    "The path of one training step",
    "The path of one beat of the talk",
)
TOP_LEVEL = "<module>"
LOOPS = "model/kernels/loops.py"
"""Compiled: reached unseen, unless Numba is told not to compile."""

_STOP = re.compile(r"(?P<number>\d+)\. `(?P<path>[\w/.]+)` `(?P<name>[\w.#<>]+)`: \S.*\.")


class Stop(NamedTuple):
    """A file below the project's root, and the function in it."""

    path: str
    name: str


def walk(title: str, page: str | None = None) -> list[Stop]:
    """The stops under a heading of the page; a line that begins with a digit must be one, and numbered."""
    text = PAGE.read_text() if page is None else page
    section = re.split(r"^#", text.split(f"### {title}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]
    stops = []
    for number, line in enumerate(re.findall(r"^\d.*$", section, re.MULTILINE), start=1):
        found = _STOP.fullmatch(line)
        assert found, f"This is no stop: {line}"
        assert int(found["number"]) == number, f"This should be number {number}: {line}"
        stops.append(Stop(found["path"], found["name"]))
    return stops


def not_reached(stops: Iterable[Stop], calls: Iterable[Stop]) -> list[Stop]:
    """The stops from the first on that the calls do not reach in the stops' order."""
    left = list(stops)
    for call in calls:
        if left and call == left[0]:
            left.pop(0)
    return left


def defines(source: str, stop: Stop) -> bool:
    """Whether the source of the stop's file defines its function."""
    if stop.path.endswith(".js"):
        return first_line_of_js(source, stop.name) is not None
    return stop.name == TOP_LEVEL or stop.name in _python_functions(ast.parse(source))


def _python_functions(node: ast.AST, within: str = "") -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            name = f"{within}{child.name}"
            if not isinstance(child, ast.ClassDef):
                yield name
            yield from _python_functions(child, f"{name}.")
        else:
            yield from _python_functions(child, within)


def first_line_of_js(source: str, name: str) -> int | None:
    """The line, from 0, on which the body of `function` or `Class.method` begins; None if there is none.

    As Biome formats the sources: a class's methods are indented by two, a body begins on the next line.
    """
    class_name, _, function = name.rpartition(".")
    start, end = 0, len(source)
    if class_name:
        found = re.search(rf"^(?:export )?class {class_name}\b.*?^\}}", source, re.MULTILINE | re.DOTALL)
        if not found:
            return None
        start, end = found.span()
        head = rf"^  (?:async |get )?{re.escape(function)}\([^;]*?\) \{{\n"
    else:
        head = rf"^(?:export )?(?:async )?function {re.escape(function)}\([^;]*?\) \{{\n"
    body = re.compile(head, re.MULTILINE).search(source, start, end)
    return source.count("\n", 0, body.end()) if body else None


@contextmanager
def python_calls(stops: Iterable[Stop]) -> Iterator[list[Stop]]:
    """A list that grows with every call of a stop, in this thread and in those that start meanwhile."""
    wanted = {stop for stop in stops if stop.path.endswith(".py")}
    known: dict[CodeType, Stop | None] = {}
    calls: list[Stop] = []

    def notice(frame: FrameType, event: str, _: Any) -> None:
        if event != "call":
            return
        code = frame.f_code
        if code not in known:
            known[code] = _stop_of(code, wanted)
        if (stop := known[code]) is not None:
            calls.append(stop)

    before, before_of_threads = sys.getprofile(), threading.getprofile()
    threading.setprofile(notice)
    sys.setprofile(notice)
    try:
        yield calls
    finally:
        sys.setprofile(before)
        threading.setprofile(before_of_threads)


def _stop_of(code: CodeType, wanted: set[Stop]) -> Stop | None:
    file = Path(code.co_filename)
    if not file.is_relative_to(ROOT):
        return None
    stop = Stop(file.relative_to(ROOT).as_posix(), code.co_qualname.replace(".<locals>", ""))
    return stop if stop in wanted else None
