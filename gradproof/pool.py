"""Worker processes: a task that crashes its interpreter or hangs is a verdict; the rest goes on."""

from __future__ import annotations

import multiprocessing
import signal
import sys
from collections import deque
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from time import monotonic
from typing import TYPE_CHECKING, Any

from backends.threads import share_cores
from properties.finding import Verdict
from properties.pictures import Album
from properties.trial import KERNELS, RECOMPILATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from properties.job import Job

HANG_SECONDS = 600.0


@dataclass(frozen=True)
class Done:
    """What a worker says of a task: its verdicts, its pictures, and what it counted on the way."""

    task: Job
    verdicts: list[Verdict]
    kernel_seconds: float = 0.0
    recompilations: int = 0
    pictures: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class _Worker:
    process: Any
    pipe: Connection
    batch: deque[Job] = field(default_factory=deque)
    since: float = 0.0

    def begin(self, batch: deque[Job]) -> None:
        self.batch, self.since = batch, monotonic()
        if batch:
            self.pipe.send(list(batch))


def run(tasks: Sequence[Job], workers: int, *, hang: float = HANG_SECONDS) -> Iterator[Done]:
    """Do all tasks on `workers` processes; yield each as it is done, in no fixed order."""
    queue = _batches(tasks)
    size = max(1, min(workers, len(queue)))
    team = [_hired(size) for _ in range(size)]
    for worker in team:
        worker.begin(queue.popleft() if queue else deque())
    try:
        while any(worker.batch for worker in team):
            ready = wait([w.pipe for w in team if w.batch], timeout=1.0)
            for index, worker in enumerate(team):
                if not worker.batch:
                    continue
                if worker.pipe in ready:
                    done = _heard(worker)
                elif monotonic() - worker.since > hang:
                    done = _lost(worker, f"hung: no answer within {hang:g} s")
                else:
                    continue
                yield done
                if not worker.process.is_alive():
                    team[index] = replacement = _hired(size)
                    replacement.begin(worker.batch or (queue.popleft() if queue else deque()))
                elif not worker.batch:
                    worker.begin(queue.popleft() if queue else deque())
    finally:
        for worker in team:
            worker.process.kill()
            worker.process.join()


def _batches(tasks: Sequence[Job]) -> deque[deque[Job]]:
    """The tasks of one technique together: they share its reference."""
    batches: dict[str, deque[Job]] = {}
    for task in tasks:
        batches.setdefault(task.technique, deque()).append(task)
    return deque(batches.values())


def _hired(processes: int) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_work, args=(theirs, processes), daemon=True)
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _heard(worker: _Worker) -> Done:
    try:
        done: Done = worker.pipe.recv()
    except (EOFError, ConnectionError):
        worker.process.join(10)
        return _lost(worker, f"the interpreter crashed ({_how(worker.process.exitcode)})")
    worker.batch.popleft()
    worker.since = monotonic()
    return done


def _lost(worker: _Worker, story: str) -> Done:
    worker.process.kill()
    worker.process.join()
    task = worker.batch.popleft()
    return Done(task, [task.failed("error", story)])


def _how(exit_code: int | None) -> str:
    if exit_code is not None and exit_code < 0:
        return signal.Signals(-exit_code).name
    return f"exit status {exit_code}"


def _work(pipe: Connection, processes: int) -> None:
    """Run in a worker process: do batches until there are no more."""
    share_cores(processes)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        while True:
            batch: list[Job] = pipe.recv()
            for task in batch:
                pipe.send(_done(task))
    except (EOFError, ConnectionError):  # whoever asked is done, or gone
        sys.exit(0)


def _done(task: Job) -> Done:
    kernels, compiled = KERNELS.seconds, RECOMPILATIONS.count
    album = Album()
    try:
        verdicts = task.run(album.watch)
        drawn = album.rows(task, verdicts[0].backend) if verdicts else []
    except Exception as error:  # noqa: BLE001 - told as a verdict, with its story
        verdicts, drawn = [task.failed("error", f"{type(error).__name__}: {error}")], []
    spent, again = KERNELS.seconds - kernels, RECOMPILATIONS.count - compiled
    return Done(task, verdicts, spent, again, drawn)
