"""Modules linked to one script do what they do when a browser, or Node, loads them as files."""

import re
import subprocess
from pathlib import Path

import anyio
import pytest
from starlette.applications import Starlette
from starlette.types import Message

from app.components import FOLDER, modules
from app.components.modules import ModuleError, address_of, linked, needed_modules

FILES = {
    "entry/entry.js": """// The one that is mounted.
import { double as twice,
  LIMIT } from "../shared/numbers.js";
import Counter from "./counter.js";

/**
 * import { nothing } from "./a comment.js";
 */
const counter = new Counter(twice(LIMIT));
const words = "import { x } from nowhere";
export default (step) => `${counter.add(step)} ${words}`;
""",
    "entry/counter.js": """import { LIMIT } from "../shared/numbers.js";
class Counter {
  constructor(start) { this.count = start; }
  add(step) { return (this.count = Math.min(this.count + step, 3 * LIMIT)); }
}
const helper = 1; // another module's name
export default Counter;
""",
    "shared/numbers.js": """export const LIMIT = 10;
export function double(value) {
  return value * helper;
}
const helper = 2;
export async function unused() {}
""",
}


def run_module(script: Path) -> str:
    """What a module's default export answers to 5 and to 50."""
    call = f'import answer from "{script}"; console.log(answer(5), answer(50));'
    node = ["node", "--input-type=module", "--eval", call]
    return subprocess.run(node, capture_output=True, text=True, check=True).stdout


def test_a_linked_script_does_what_its_modules_do(tmp_path: Path) -> None:
    (tmp_path / "package.json").write_text('{"type": "module"}')
    for path, source in FILES.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(source)
    script = tmp_path / "linked.js"
    script.write_text(linked("entry/entry.js", FILES))
    expected = "25 import { x } from nowhere 30 import { x } from nowhere\n"
    assert run_module(tmp_path / "entry" / "entry.js") == expected
    assert run_module(script) == expected


def test_imported_modules_come_first_and_once() -> None:
    needed = needed_modules("entry/entry.js", FILES)
    assert needed == ["shared/numbers.js", "entry/counter.js", "entry/entry.js"]


@pytest.mark.parametrize(
    ("source", "complaint"),
    [
        ('import { a } from "./gone.js";', "line 1: ./gone.js is no module"),
        ('import { a } from "shared/numbers.js";', "shared/numbers.js is no module"),
        ('\nimport { a } from "../../secret.js";', "line 2: ../../secret.js is no module"),
        ('import * as all from "./shared/numbers.js";', "can't be linked"),
        ('import "./shared/numbers.js";', "can't be linked"),
        ("import { LIMIT } from './shared/numbers.js';", "can't be linked"),
        ('import { LIMIT } from "./shared/numbers.js"', "can't be linked"),
        ('const later = await import("./shared/numbers.js");', "only static imports"),
        ("const here = import.meta.url;", "only static imports"),
        ("export let counter = 0;", "can't be linked"),
        ("export { LIMIT };", "can't be linked"),
        ('export * from "./shared/numbers.js";', "can't be linked"),
        ("export default function () {}", "can't be linked"),
        ('import { a } from "./broken.js";', "imports itself"),
    ],
)
def test_what_cannot_be_linked_is_refused(source: str, complaint: str) -> None:
    with pytest.raises(ModuleError, match=re.escape(complaint)):
        linked("broken.js", {**FILES, "broken.js": source})


def components() -> list[str]:
    scripts = sorted(FOLDER.glob("*/*.js"))
    return [path.stem for path in scripts if path.stem == path.parent.name]


def test_the_components_are_where_this_test_looks_for_them() -> None:
    assert {"rank_player", "patch_picker", "film_strip"} <= set(components())


@pytest.mark.parametrize("name", components())
def test_every_components_script_can_be_read(name: str, tmp_path: Path) -> None:
    script = tmp_path / "linked.mjs"
    script.write_text(linked(f"{name}/{name}.js"))
    subprocess.run(["node", "--check", script], check=True)
    assert script.read_text().count("export default ") == 1


def answer_to(path: str) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and content that the route answers with."""
    sent: list[Message] = []

    async def ask() -> None:
        async def receive() -> Message:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
        await Starlette(routes=modules.routes())(scope, receive, send)

    anyio.run(ask)
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent[1:])


def test_a_linked_script_is_served_to_be_kept_for_ever() -> None:
    path = "rank_player/rank_player.js"
    status, headers, content = answer_to(f"/{address_of(path)}")
    assert status == 200
    assert content.decode() == linked(path)
    assert headers["content-type"].startswith("text/javascript")
    assert "immutable" in headers["cache-control"]


@pytest.mark.parametrize(
    "path",
    [
        "rank_player/__init__.py",
        "rank_player/rank_player.css",
        "../main.py",
        "rank_player/../../main.py",
        "%2e%2e/main.py",
        "",
        "/etc/passwd",
    ],
)
def test_nothing_else_is_served(path: str) -> None:
    assert answer_to(f"/{address_of(path)}")[0] == 404


def test_another_version_is_not_served() -> None:
    assert answer_to("/modules/0000000000000000/rank_player/rank_player.js")[0] == 404


def test_scripts_are_served_below_the_servers_base_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modules.st, "get_option", {"server.baseUrlPath": "/a/b/"}.get)
    assert answer_to(f"/a/b/{address_of('rank_player/rank_player.js')}")[0] == 200
