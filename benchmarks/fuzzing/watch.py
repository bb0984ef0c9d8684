"""One door watched: cases run in a child process whose hangs, memory and end are seen from outside."""

import contextlib
import multiprocessing
import resource
import signal
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from benchmarks.fuzzing.mutations import Mutation

Handle = Callable[[bytes], bool]
"""Takes a case; True if it was accepted, False if refused in one sentence. What it raises is a finding."""


@dataclass(frozen=True)
class Door:
    """A way into the program.

    Attributes:
        name: as the table shows it.
        cases: how many are tried in the full run.
        seeds: makes the valid inputs in an empty folder.
        mutate: damages one of them.
        open: makes, in the child and with an empty folder to work in, what takes a case.
    """

    name: str
    cases: int
    seeds: Callable[[Path], list[bytes]]
    mutate: Mutation
    open: Callable[[Path], Handle]


@dataclass(frozen=True)
class Limits:
    """What a case may take.

    Attributes:
        seconds: of processor time, whole.
        memory: bytes beyond what the child has before its first case.
        patience: seconds until an answer, start-up included; a case that waits uses no processor time.
    """

    seconds: int = 5
    memory: int = 1 << 30
    patience: int = 120


@dataclass(frozen=True)
class Answer:
    """How a case ended.

    Attributes:
        accepted: whether it was.
        seconds: of processor time.
        memory: bytes beyond what the child had before its first case.
        error: what is wrong; '' for nothing.
    """

    accepted: bool
    seconds: float
    memory: int
    error: str


@dataclass
class Findings:
    """What came of a door's cases.

    Attributes:
        accepted, refused: how many cases.
        slowest: seconds of processor time of one case.
        memory: most bytes beyond what the child had before its first case.
        wrong: number, input and description of each case that was neither accepted nor refused.
    """

    accepted: int = 0
    refused: int = 0
    slowest: float = 0.0
    memory: int = 0
    wrong: list[tuple[int, bytes, str]] = field(default_factory=list)

    def count(self, answer: Answer) -> None:
        """Add a case to the figures."""
        self.slowest = max(self.slowest, answer.seconds)
        self.memory = max(self.memory, answer.memory)
        self.accepted += answer.accepted and not answer.error
        self.refused += not answer.accepted and not answer.error


def case(seeds: list[bytes], mutate: Mutation, seed: int, number: int) -> bytes:
    """The case of that number; each seed itself comes first, then damaged ones."""
    if number < len(seeds):
        return seeds[number]
    random = Random(f"{seed} {number}")
    content = random.choice(seeds)
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        content = mutate(content, random)
    return content


def watch(door: Door, cases: int, seed: int, limits: Limits = Limits(), most_wrong: int = 20) -> Findings:
    """Run a door's cases, in a new child after each one that ended the child.

    Args:
        door: to be tried.
        cases: how many.
        seed: of all random choices.
        limits: of each case.
        most_wrong: findings after which it stops.
    """
    findings = Findings()
    with tempfile.TemporaryDirectory() as folder:
        seeds = door.seeds(Path(folder))
    number = 0
    while number < cases and len(findings.wrong) < most_wrong:
        number = _one_child(door, seeds, seed, range(number, cases), limits, findings)
    return findings


def _one_child(
    door: Door, seeds: list[bytes], seed: int, numbers: range, limits: Limits, findings: Findings
) -> int:
    """Run cases until the child ends; return the number to go on with."""
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    number = numbers.start
    with tempfile.TemporaryDirectory() as folder:
        work = (door, seeds, seed, numbers, limits, Path(folder), there)
        child = context.Process(target=_work, args=work)
        child.start()
        there.close()
        end = ""
        while number < numbers.stop and not end:
            answer = _answer(here, limits)
            if isinstance(answer, Answer):
                findings.count(answer)
                error = answer.error
            else:
                child.kill()  # no-op if it has ended
                child.join()
                end = error = f"{answer} (exit status {child.exitcode})"
            if error:
                findings.wrong.append((number, case(seeds, door.mutate, seed, number), error))
            number += 1
        child.join()
    return number


def _answer(answers: Connection, limits: Limits) -> Answer | str:
    """What the child says of its next case, or why it says nothing."""
    try:
        if not answers.poll(limits.patience):
            return f"No answer in {limits.patience} s"
        received: Answer = answers.recv()
    except EOFError:
        return f"The process ended; status {-signal.SIGPROF} means more than {limits.seconds} s"
    return received


def _work(
    door: Door,
    seeds: list[bytes],
    seed: int,
    numbers: range,
    limits: Limits,
    folder: Path,
    answers: Connection,
) -> None:
    """In the child: run the cases, and tell of each one how it ended."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # ends the process, compiled code too
    handle = door.open(folder)
    with contextlib.suppress(Exception):
        handle(seeds[0])  # what is loaded once belongs to no case
    before = _figure("VmRSS")
    most = _figure("VmSize") + 2 * limits.memory
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    for number in numbers:
        content = case(seeds, door.mutate, seed, number)
        accepted, error = False, ""
        _forget_most_memory()
        start = time.process_time()
        signal.setitimer(signal.ITIMER_PROF, limits.seconds)
        try:
            accepted = handle(content)
        except Exception:  # whatever it is: that is the finding
            error = traceback.format_exc()
        signal.setitimer(signal.ITIMER_PROF, 0)
        seconds, memory = time.process_time() - start, _figure("VmHWM") - before
        if memory > limits.memory:
            error = f"It took {memory >> 20} MB of memory.\n{error}"
        answers.send(Answer(accepted, seconds, memory, error))


def _figure(name: str) -> int:
    """Bytes of this process, by what the system calls them."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{name}:")[1].split()[0]) * 1024


def _forget_most_memory() -> None:
    Path("/proc/self/clear_refs").write_text("5")  # resets VmHWM
