"""Public functions, methods and classes with two or more parameters have docstrings that explain each one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("app", "model")


def public_definitions(source: str, module: str) -> Iterator[tuple[str, list[str], str]]:
    """Name, parameters and docstring of every public function, method and class of a module."""

    def visit(body: list[ast.stmt], prefix: str) -> Iterator[tuple[str, list[str], str]]:
        for node in body:
            if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            if node.name.startswith("_"):
                continue
            name = f"{prefix}.{node.name}"
            if isinstance(node, ast.ClassDef):
                yield name, *class_documentation(node)
                yield from visit(node.body, name)
            elif not is_property_setter(node):
                yield name, parameters(node), ast.get_docstring(node) or ""

    yield from visit(ast.parse(source).body, module)


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Names of a function's parameters, without self and cls."""
    args = function.args
    every = [*args.posonlyargs, *args.args, args.vararg, *args.kwonlyargs, args.kwarg]
    return [arg.arg for arg in every if arg is not None and arg.arg not in {"self", "cls"}]


def class_documentation(node: ast.ClassDef) -> tuple[list[str], str]:
    """What a class is made from: the parameters of __init__, or the fields of a dataclass or named tuple."""
    docstring = ast.get_docstring(node) or ""
    for child in node.body:
        if isinstance(child, ast.FunctionDef) and child.name == "__init__":
            return parameters(child), ast.get_docstring(child) or docstring
    fields = [
        child.target.id
        for child in node.body
        if isinstance(child, ast.AnnAssign) and isinstance(child.target, ast.Name)
    ]
    return fields, docstring


def is_property_setter(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return any(isinstance(d, ast.Attribute) and d.attr == "setter" for d in function.decorator_list)


def explains(docstring: str, names: list[str]) -> bool:
    """Whether a docstring names every parameter."""
    return all(re.search(rf"\b{name}\b", docstring) for name in names)


def undocumented() -> set[str]:
    found = set()
    for package in PACKAGES:
        for file in sorted((ROOT / package).rglob("*.py")):
            parts = file.relative_to(ROOT).with_suffix("").parts
            module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            for name, names, docstring in public_definitions(file.read_text(), module):
                if len(names) >= 2 and not explains(docstring, names):
                    found.add(name)
    return found


def test_every_public_function_with_several_parameters_explains_them() -> None:
    assert undocumented() == set(), "name every parameter in these docstrings"


def test_the_check_finds_what_it_is_meant_to_find() -> None:
    source = """
def silent(a, b): "No word on them."
def names_both(a, b): "Add `a` to `b`."
def one(a): ""
def _private(a, b): ""
class Pair:
    "Two."
    left: int
    right: int
class Thing:
    "Attributes:"
    def __init__(self, a, *, b): "No word."
    def method(self, a, b): "Args:"
    def other(self, *args, **options): "Calls with args."
"""
    found = [
        name
        for name, names, text in public_definitions(source, "m")
        if len(names) > 1 and not explains(text, names)
    ]
    assert found == ["m.silent", "m.Pair", "m.Thing", "m.Thing.method", "m.Thing.other"]
