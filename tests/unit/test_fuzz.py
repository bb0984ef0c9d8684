"""Damaged input at every door, a little of it; and that the fuzzer notices each kind of fault."""

import re
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.components import triggers
from app.state import url
from benchmarks import fuzz
from benchmarks.fuzzing import page_doors
from benchmarks.fuzzing.file_doors import FILE_DOORS, refused
from benchmarks.fuzzing.filter_door import FILTER_DOORS
from benchmarks.fuzzing.page_doors import MESSAGES, PAGE_DOORS
from benchmarks.fuzzing.request_door import REQUEST_DOORS
from benchmarks.fuzzing.watch import Door, Handle, case, watch
from tests.unit.faulty_door import FAULTY, LIMITS

QUICK = [
    door for door in (*FILE_DOORS, *FILTER_DOORS, *PAGE_DOORS, *REQUEST_DOORS) if door.name != "link followed"
]


@pytest.fixture(params=QUICK, ids=lambda door: str(door.name))
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Door, list[bytes], Handle]]:
    """A door, its valid inputs, and what takes a case."""
    door: Door = request.param
    for name in ("seeds", "work"):
        (tmp_path / name).mkdir()
    yield door, door.seeds(tmp_path / "seeds"), door.open(tmp_path / "work")
    mock.patch.stopall()


def test_valid_input_is_accepted_and_damaged_input_accepted_or_refused(
    opened: tuple[Door, list[bytes], Handle],
) -> None:
    door, seeds, handle = opened
    assert all(handle(seed) for seed in seeds)
    answers = []

    @settings(max_examples=40, deadline=None, derandomize=True, database=None)
    @given(st.integers(len(seeds), 2**32))
    def a_case(number: int) -> None:
        answers.append(handle(case(seeds, door.mutate, 1, number)))

    a_case()
    assert False in answers, "nothing was damaged enough to be refused"


def test_each_kind_of_fault_is_noticed_and_the_cases_after_it_still_run() -> None:
    findings = watch(FAULTY, FAULTY.cases, seed=0, limits=LIMITS)
    assert [content for _, content, _ in findings.wrong] == [b"error", b"loop", b"memory", b"end"]
    descriptions = ["KeyError: 'a fault'", "status -27", "MB of memory", "status 3"]
    assert all(text in error for text, (_, _, error) in zip(descriptions, findings.wrong, strict=True)), (
        findings.wrong
    )
    assert (findings.accepted, findings.refused) == (2, 1)


def test_what_goes_wrong_is_kept_and_fails_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not fuzz.run([FAULTY], cases=3, seed=0, folder=tmp_path)
    assert (tmp_path / "faulty-2").read_bytes() == b"error"
    assert "KeyError" in (tmp_path / "faulty-2.txt").read_text()
    assert "3 cases, 1 findings" in capsys.readouterr().out
    assert fuzz.run([FAULTY], cases=2, seed=0, folder=tmp_path)


@pytest.mark.parametrize("text", ["", "Two\nlines.", "x" * 2_000, "Traceback (most recent call last)"])
def test_a_refusal_that_is_no_sentence_is_a_finding(text: str) -> None:
    with pytest.raises(AssertionError, match="not in one sentence"):
        refused(ValueError(text))
    assert refused(ValueError("This file is empty; choose a picture.")) is False


def test_every_parameter_of_a_link_and_every_kind_of_message_has_a_door() -> None:
    assert set(page_doors.PARAMETERS) == url._PARAMETERS
    sources = [path.read_text() for path in Path(triggers.__file__).parent.rglob("*.py")]
    sent = {kind for source in sources for kind in re.findall(r'read_trigger\(key, "\w+", (.+?)\)', source)}
    named = {getattr(kind, "__name__", "") if "[" not in str(kind) else str(kind) for kind, _ in MESSAGES}
    assert len(sent) > 5
    assert sent == named


def test_the_full_run_has_a_hundred_thousand_cases() -> None:
    assert sum(door.cases for door in fuzz.DOORS.values()) >= 100_000
