"""The components' ES modules, linked: one script for each component, of all modules that it needs.

Streamlit gives a component's script to the browser as text without an address of its own, from which nothing
can be imported by a relative path. Loading the modules one by one from a route would cost a request for each:
twenty for the first player, which then came a third of a second later. So each module becomes a function that
is called once and returns what the module exports.

Only those forms of import and export are understood that the sources use; any other one is an error. Blocks
of JSDoc, half of the text, are left out.
"""

import hashlib
import json
import posixpath
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

FOLDER = Path(__file__).parent

_COMMENT = re.compile(r"^[ \t]*(?:/\*.*?\*/|//[^\n]*)", re.MULTILINE | re.DOTALL)
_JSDOC = re.compile(r"^[ \t]*/\*\*.*?\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
_STATEMENT = re.compile(r"^(?:import|export)\b", re.MULTILINE)
_IMPORT = re.compile(
    r"""import\s+\{(?P<names>[\w\s,$]*)\}\s+from\s+"(?P<module>[^"\n]+)";"""
    r"""|import\s+(?P<default>[\w$]+)\s+from\s+"(?P<module_of_default>[^"\n]+)";"""
)
_RENAMED = re.compile(r"\s+as\s+")
_EXPORT = re.compile(r"export\s+(?=(?:async\s+function|function\*?|class|const)\s+(?P<name>[\w$]+))")
_EXPORT_DEFAULT = re.compile(r"export\s+default\s+(?!(?:async|function|class)\b)")
_UNREAD = re.compile(r"\bimport\s*\(|\bimport\.meta\b")


class ModuleError(ValueError):
    """A module can't be linked; says which one, in which line, and why."""


class Statement(NamedTuple):
    """An import or export at the top level of a module.

    Attributes:
        start, end: what of the source is replaced.
        replacement: by this; of an import, `{module}` stands for the variable that holds the module.
        imported: path of the imported module, or None.
        exported: exported name, or None.
    """

    start: int
    end: int
    replacement: str
    imported: str | None = None
    exported: str | None = None


@cache
def sources() -> Mapping[str, str]:
    """The text of every script below app/components, by its path there; read once."""
    paths = sorted(FOLDER.rglob("*.js"))
    return MappingProxyType({path.relative_to(FOLDER).as_posix(): path.read_text("utf-8") for path in paths})


def statements_of(path: str, files: Mapping[str, str]) -> list[Statement]:
    """The imports and exports of a module.

    Args:
        path: of the module, a key of `files`.
        files: sources by path.

    Raises:
        ModuleError: one has a form that is not understood, or an import leads nowhere in `files`.
    """
    text = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment[0]), files[path])
    if unread := _UNREAD.search(text):
        raise ModuleError(f"{_place(path, text, unread.start())}: only static imports can be linked.")
    return [_statement(path, text, match.start(), files) for match in _STATEMENT.finditer(text)]


def _statement(path: str, text: str, at: int, files: Mapping[str, str]) -> Statement:
    if match := _IMPORT.match(text, at):
        specifier = match["module"] or match["module_of_default"]
        module = posixpath.normpath(posixpath.join(posixpath.dirname(path), specifier))
        if not specifier.startswith(("./", "../")) or module not in files:
            raise ModuleError(f"{_place(path, text, at)}: {specifier} is no module.")
        names = f"default: {match['default']}" if match["default"] else _RENAMED.sub(": ", match["names"])
        return Statement(at, match.end(), f"const {{{names}}} = {{module}};", imported=module)
    if match := _EXPORT.match(text, at):
        return Statement(at, match.end(), "", exported=match["name"])
    if match := _EXPORT_DEFAULT.match(text, at):
        return Statement(at, match.end(), "const defaultExport = ", exported="default: defaultExport")
    raise ModuleError(f"{_place(path, text, at)}: this import or export can't be linked.")


def _place(path: str, text: str, at: int) -> str:
    return f"{path}, line {text.count(chr(10), 0, at) + 1}"


def needed_modules(path: str, files: Mapping[str, str]) -> list[str]:
    """A module and all that it imports, directly or not; whatever is imported comes first.

    Args:
        path: of the module, a key of `files`.
        files: sources by path.

    Raises:
        ModuleError: as `statements_of`; or modules import each other in a circle.
    """
    needed: dict[str, None] = {}

    def visit(path: str, importers: tuple[str, ...]) -> None:
        if path in importers:
            raise ModuleError(f"{path} imports itself through {', '.join(importers)}.")
        if path in needed:
            return
        for statement in statements_of(path, files):
            if statement.imported:
                visit(statement.imported, (*importers, path))
        needed[path] = None

    visit(path, ())
    return list(needed)


def linked(path: str, files: Mapping[str, str] | None = None) -> str:
    """One script that does what a module and its imports do, and exports what it exports by default.

    Args:
        path: of the module.
        files: sources by path; those of this folder by default.

    Raises:
        ModuleError: as `needed_modules`.
    """
    files = sources() if files is None else files
    variables = {needed: f"module{i}" for i, needed in enumerate(needed_modules(path, files))}
    parts = []
    for module, variable in variables.items():
        statements = statements_of(module, files)
        body = "".join(_rewritten(files[module], statements, variables))
        exported = ", ".join(statement.exported for statement in statements if statement.exported)
        body = _JSDOC.sub("", body)
        parts.append(f"// {module}\nconst {variable} = (() => {{\n{body}return {{ {exported} }};\n}})();\n")
    if any(statement.exported == "default: defaultExport" for statement in statements_of(path, files)):
        parts.append(f"export default {variables[path]}.default;\n")
    return "".join(parts)


def _rewritten(source: str, statements: list[Statement], variables: Mapping[str, str]) -> Iterator[str]:
    at = 0
    for statement in statements:
        yield source[at : statement.start]
        if statement.imported:
            yield statement.replacement.replace("{module}", variables[statement.imported])
        else:
            yield statement.replacement
        at = statement.end
    yield source[at:]


@cache
def _version() -> str:
    """A hash of all scripts."""
    return hashlib.sha256(json.dumps(dict(sources())).encode()).hexdigest()[:16]


def address_of(path: str) -> str:
    """Where the server answers with the linked script of a module, for a worker; relative to any page."""
    return f"modules/{_version()}/{path}"


def base_path() -> str:
    """What the path of every address of this server begins with: '' or '/a/b', without a slash at its end."""
    base = st.get_option("server.baseUrlPath").strip("/")
    return f"/{base}" if base else ""


def routes() -> list[BaseRoute]:
    """The route of `address_of`: linked scripts, which may be kept for ever."""
    return [Route(f"{base_path()}/modules/{{version}}/{{path:path}}", _script)]


def _script(request: Request) -> Response:
    path = request.path_params["path"]
    if path not in sources() or request.path_params["version"] != _version():
        return Response("There is no such script.", 404)
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(linked(path), media_type="text/javascript", headers=headers)
