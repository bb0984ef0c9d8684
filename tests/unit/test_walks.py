"""The walks of docs/architecture.md name files and functions that exist."""

import pytest

from tests.walks import BEAT, PATCH, ROOT, STEP, Stop, defines, not_reached, python_calls, walk

FEWEST, MOST = 8, 14

PYTHON = """
class Shown:
    def draw(self):
        def inner(): ...

async def paint(): ...
"""
JAVASCRIPT = """
export class Shown {
  #talk;

  #draw(
    one,
  ) {
    if (paint(one)) {
    }
  }
}

class Other {
  async move({ a, b }) {
    this.#draw(a);
  }
}

export function paint(canvas) {
  return canvas;
}
"""


@pytest.mark.parametrize("title", [PATCH, STEP, BEAT])
def test_every_stop_of_a_walk_is_in_the_code(title: str) -> None:
    stops = walk(title)
    assert FEWEST <= len(stops) <= MOST
    assert [stop for stop in stops if not (ROOT / stop.path).is_file()] == []
    assert [stop for stop in stops if not defines((ROOT / stop.path).read_text(), stop)] == []


@pytest.mark.parametrize("name", ["Shown.draw", "Shown.draw.inner", "paint", "<module>"])
def test_a_python_function_is_found(name: str) -> None:
    assert defines(PYTHON, Stop("a.py", name))


@pytest.mark.parametrize("name", ["Shown", "draw", "inner", "Shown.paint", "pain"])
def test_a_python_function_that_is_not_there_is_noticed(name: str) -> None:
    assert not defines(PYTHON, Stop("a.py", name))


@pytest.mark.parametrize("name", ["Shown.#draw", "Other.move", "paint"])
def test_a_javascript_function_is_found(name: str) -> None:
    assert defines(JAVASCRIPT, Stop("a.js", name))


@pytest.mark.parametrize("name", ["Shown.draw", "Other.#draw", "Shown.move", "Shown.paint", "move", "pain"])
def test_a_javascript_function_that_is_not_there_is_noticed(name: str) -> None:
    assert not defines(JAVASCRIPT, Stop("a.js", name))


@pytest.mark.parametrize(
    "line", ["1. `a.py` `one`", "1. a.py one: it is.", "2. `a.py` `one`: it is.", "1. `a.py`: it is."]
)
def test_a_line_that_is_no_stop_is_noticed(line: str) -> None:
    page = "### Walk\n\n{}\n\n### Another\n\n1. `b.py` `two`: it is.\n"
    assert walk("Walk", page.format("1. `a.py` `one`: it is.")) == [Stop("a.py", "one")]
    with pytest.raises(AssertionError, match="This"):
        walk("Walk", page.format(line))


def test_stops_are_reached_in_their_order_or_not_at_all() -> None:
    one, two, three = (Stop("a.py", name) for name in ("one", "two", "three"))
    assert not_reached([one, two], [one, three, one, two]) == []
    assert not_reached([one, two], [two, one]) == [two]
    assert not_reached([one, two, three], [one, three]) == [two, three]


def test_calls_of_stops_are_recorded_and_no_others() -> None:
    stops = [Stop("tests/walks.py", "defines"), Stop("tests/walks.py", "not_reached")]
    with python_calls(stops) as calls:
        not_reached([], [])
        defines("", Stop("a.py", "one"))
        walk("Walk", "### Walk\n")
    not_reached([], [])
    assert calls == [stops[1], stops[0]]
