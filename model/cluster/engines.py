"""Where the trainings of a sweep run: in processes of this machine, or on the workers of a Dask cluster.

An engine takes jobs and yields, as each ends, the job and its outcome or what went wrong. A worker that dies
ends none of them: its job is taken up by another, from the state that the run's folder keeps.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from model.cluster.job import Outcome, finish
from model.cluster.plan import Job, SweepError

Ended = tuple[Job, Outcome | Exception]

SECONDS_TO_CONNECT = 10
ATTEMPTS = 4
"""At a job whose worker dies; then it is the job's fault."""


def on_this_machine(jobs: Sequence[Job], processes: int) -> Iterator[Ended]:
    """Train in processes of this machine, one processor for each.

    Args:
        jobs: in the order in which they are begun.
        processes: at a time, at least 1.
    """
    attempts = dict.fromkeys(jobs, 0)
    waiting = list(jobs)
    while waiting:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            under_way: dict[Future[Outcome], Job] = {pool.submit(finish, job, 1): job for job in waiting}
            waiting = []
            while under_way:
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    job, error = under_way.pop(future), future.exception()
                    if isinstance(error, BrokenProcessPool) and attempts[job] + 1 < ATTEMPTS:
                        attempts[job] += 1  # a process has died, and the pool with it: all go on in a new one
                        waiting.append(job)
                    else:
                        yield job, error if isinstance(error, Exception) else future.result()


def on_cluster(jobs: Sequence[Job], scheduler: str) -> Iterator[Ended]:
    """Train on the workers of a Dask cluster, as many threads for each as Dask gives a task's worker.

    Args:
        jobs: in the order in which they are begun.
        scheduler: its address, such as tcp://host:8786.

    Raises:
        SweepError: Dask is not installed, or the scheduler does not answer.
    """
    try:
        from dask import config  # noqa: PLC0415 - an option, not installed by default
        from distributed import Client, as_completed  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise SweepError(
            "A cluster needs Dask: python -m pip install -r requirements-cluster.txt -c constraints.txt"
        ) from error
    with config.set({"distributed.scheduler.allowed-failures": ATTEMPTS}):
        try:
            client = Client(scheduler, timeout=SECONDS_TO_CONNECT)  # type: ignore[no-untyped-call]
        except (OSError, ValueError) as error:
            raise SweepError(
                f"No Dask scheduler answers at {scheduler}; start one, or leave --scheduler out."
            ) from error
    with client:
        futures = {client.submit(finish, job, 1, pure=False): job for job in jobs}
        for future in as_completed(list(futures)):  # type: ignore[no-untyped-call]
            failure = future.exception()
            yield futures[future], failure if isinstance(failure, Exception) else future.result()
