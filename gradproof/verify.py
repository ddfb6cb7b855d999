"""`gradproof verify`: the grid is judged, verdict by verdict, onto disk."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from backends.backend import Backend
from backends.catalogue import BUILT_IN, backend
from gradproof import pool
from properties import grid
from reports.runs import RunWriter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from properties.finding import Verdict
    from properties.job import Job

LIBRARIES = (
    "numpy",
    "scipy",
    "mpmath",
    "ml_dtypes",
    "hypothesis",
    "torch",
    "jax",
    "jaxlib",
    "optax",
    "flax",
)


@dataclass(frozen=True)
class Order:
    """What a run is to judge, and where it goes."""

    techniques: Sequence[str]
    backends: Sequence[str]
    dtypes: Sequence[str]
    device: str
    profile: str
    seed: int
    workers: int
    output: Path
    resume: bool = False


def verify(order: Order) -> list[Verdict]:
    """Judge the whole order; return all verdicts in the order of the grid."""
    tasks = grid.tasks(
        order.techniques, order.backends, order.dtypes, order.device, order.profile, order.seed
    )
    writer = RunWriter(order.output, header(order), resume=order.resume)
    kept = {(r["technique"], r["backend"], r["dtype"], r["device"]) for r in writer.kept}
    names = {host: _name(host) for host in order.backends}
    places = {(t.technique, names[t.backend], t.dtype, t.device): i for i, t in enumerate(tasks)}
    missing = [t for t in tasks if (t.technique, names[t.backend], t.dtype, t.device) not in kept]
    found, figures = carried_out(missing, order.workers, writer, total=len(tasks))

    def place(row: dict[str, Any]) -> int:
        return places[row["technique"], row["backend"], row["dtype"], row["device"]]

    compared = figures["compared"] + sum(row["compared"] for row in writer.kept)
    writer.close(figures | {"compared": compared}, place)
    return found


def carried_out(
    jobs: Sequence[Job], workers: int, writer: RunWriter, *, total: int
) -> tuple[list[Verdict], dict[str, Any]]:
    """Do the jobs, under a progress bar of `total`; write what each says as soon as it is done.

    Return the verdicts, and the figures of the whole for the run's header.
    """
    started, kernel_seconds = perf_counter(), 0.0
    found: list[Verdict] = []
    recompiled: dict[str, int] = {}
    with _progress() as shown:
        bar = shown.add_task("", total=total, completed=total - len(jobs))
        for done in pool.run(jobs, workers):
            writer.append(done.verdicts, done.pictures)
            found += done.verdicts
            kernel_seconds += done.kernel_seconds
            if done.recompilations:
                task = done.task
                recompiled[f"{_name(task.backend)}-{task.technique}-{task.dtype}"] = (
                    done.recompilations
                )
            shown.update(bar, advance=1, description=f"{done.task.technique} {done.task.backend}")
    wall = perf_counter() - started
    return found, {
        "complete": True,
        "compared": sum(v.compared for v in found),
        "wall_seconds": round(wall, 3),
        "kernel_share": round(kernel_seconds / (wall * max(1, workers)), 4),
        "recompilations": sum(recompiled.values()),
        "recompiled": dict(sorted(recompiled.items())),
    }


def _name(host: str) -> str:
    return backend(host).name


def _progress() -> Progress:
    """A bar on the terminal; nothing where there is none."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )


def header(order: Order) -> dict[str, Any]:
    """What was run where: commit, seed, profile, versions, kernels, platform, devices."""
    hosts = [backend(name) for name in order.backends]
    versions = {name: _version(name) for name in LIBRARIES}
    return {
        "commit": _commit(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": order.seed,
        "profile": order.profile,
        "backends": {
            host.name: host.versions() if isinstance(host, Backend) else host.reason
            for host in hosts
        },
        "kernels": {
            host.name: kernels
            for host in hosts
            if isinstance(host, Backend) and (kernels := host.kernels(order.device))
        },
        "files": {_name(name): name for name in order.backends if name not in BUILT_IN},
        "dtypes": list(order.dtypes),
        "device": order.device,
        "workers": order.workers,
        "versions": {k: v for k, v in versions.items() if v},
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "complete": False,
    }


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""


def _processor() -> str:
    """The processor's name, where the system tells it."""
    try:
        for line in Path("/proc/cpuinfo").read_text("utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor()


def _commit() -> str:
    """The suite's own commit, where it runs from a git checkout."""
    try:
        answer = subprocess.run(
            ["git", "rev-parse", "HEAD"],  # noqa: S607 - the user's own git
            cwd=Path(__file__).parent, capture_output=True, text=True, check=True, timeout=10,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return answer.stdout.strip()
