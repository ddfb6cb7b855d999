"""The command line: what is wrong in a call is one sentence on stderr and exit status 2."""

from __future__ import annotations

import json
import os
import sys
import traceback
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import backends
from backends.catalogue import BUILT_IN, UnknownBackendError
from gradproof import screen
from gradproof.several import Several
from properties.grid import UnknownNameError, selected
from properties.strategies import PROFILES
from reference.numerics import FORMATS
from reports.runs import RunError, read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

CLEAR = (UnknownBackendError, UnknownNameError, RunError)


class _Group(click.Group):
    """Commands whose foreseeable errors are one sentence, without traceback unless --debug."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except CLEAR as error:
            if context.params.get("debug"):
                traceback.print_exc()
            click.echo(f"gradproof: {error}", err=True)
            context.exit(2)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
def main(*, debug: bool) -> None:
    """Does my framework compute this right?"""
    del debug
    here = Path(__file__).resolve().parent.parent
    if Path(backends.__file__).resolve().parent.parent != here:
        message = f"the package backends of another project hides this checkout's; run from {here}"
        raise UnknownBackendError(message)


def _grid_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that choose a part of the grid."""
    for option in (
        click.option("--seed", default=0, show_default=True, help="Another seed, other inputs."),
        click.option("--profile", default="default", show_default=True,
                     metavar="|".join(PROFILES), help="How much is drawn."),
        click.option("--device", default="cpu", show_default=True, help="cpu, cuda or gpu."),
        click.option("--dtype", "dtypes", multiple=True, metavar="|".join(FORMATS)),
        click.option("--family", "families", multiple=True, help="Only this family."),
        click.option("--only", multiple=True, metavar="GLOB", help="Only techniques that match."),
        click.option("--backend", "backends_", multiple=True,
                     metavar="torch|jax|numpy|FILE.py:NAME", help="Whom to judge; repeatable."),
    ):  # fmt: skip
        command = option(command)
    return command


_workers = click.option(
    "--workers",
    default=os.cpu_count() or 1,
    show_default="all cores",
    type=click.IntRange(min=1),
    help="Processes.",
)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def techniques(*, as_json: bool) -> None:
    """List the catalogue: source, facts, bindings and absences."""
    from reports.catalogue import catalogue

    rows = catalogue()
    click.echo(json.dumps(rows, indent=1)) if as_json else screen.catalogue(rows)


@main.command()
@_grid_options
@_workers
@click.option("--output", type=click.Path(path_type=Path), help="Run folder [runs/<time>].")
@click.option("--resume", is_flag=True, help="Finish a run that was cut off.")
@click.option("--report/--no-report", "with_report", default=False, help="Write a report, too.")
def verify(
    *,
    backends_: Sequence[str], only: Sequence[str], families: Sequence[str], dtypes: Sequence[str],
    device: str, profile: str, seed: int, workers: int, output: Path | None,
    resume: bool, with_report: bool,
) -> None:  # fmt: skip
    """Judge backends by every law and write the verdicts to a run folder."""
    from gradproof.verify import Order, verify

    folder = output or Path("runs") / datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    order = Order(
        selected(only, families), backends_ or tuple(BUILT_IN), dtypes or tuple(FORMATS),
        device, profile, seed, workers, folder, resume,
    )  # fmt: skip
    with _told(f"cut off; finish it with the same command and --resume --output {folder}"):
        verify(order)
    run = read(folder)
    screen.summary(run)
    if with_report:
        from reports.report import write

        click.echo(f"report   {write([run], folder / 'report').resolve()}")
    explained = run.verdicts["verdict"].isin(["conforms", "deviates", "absent"])
    sys.exit(0 if explained.all() else 1)


@contextmanager
def _told(what: str) -> Iterator[None]:
    """Where the keyboard interrupts, say this, and end as the shell expects it: with 130."""
    try:
        yield
    except KeyboardInterrupt:
        click.echo(what, err=True)
        sys.exit(130)


@main.command()
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), help="Folder [RUN/report].")
@click.option(
    "--audit",
    type=click.Path(path_type=Path),
    help="What `gradproof audit --output` wrote: the report tells of the mutants, too.",
)
def report(runs: Sequence[Path], output: Path | None, audit: Path | None) -> None:
    """Write HTML that opens from a file, Markdown and CSV."""
    from reports import audits
    from reports.report import write

    read_runs = [read(folder) for folder in runs]
    proof = audits.read(audit) if audit else None
    click.echo(write(read_runs, output or runs[0] / "report", proof).resolve())


@main.command()
@click.option("--only", multiple=True, metavar="GLOB", help="Only techniques that match.")
@_workers
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option(
    "--output", type=click.Path(path_type=Path), help="Write it to this file, for reports."
)
def audit(*, only: Sequence[str], workers: int, as_json: bool, output: Path | None) -> None:
    """Prove that every law can fail: plant every mutant and see which law catches it."""
    from gradproof.audit import audit as proof
    from reports import audits

    found = proof(selected(only), workers, whole=not only)
    click.echo(json.dumps(found.rows(), indent=1)) if as_json else screen.audit(found)
    if output:
        audits.write(output, found.rows())
    sys.exit(0 if found.sound else 1)


@main.command(cls=Several)
@click.option(
    "--depth",
    "depths",
    multiple=True,
    type=click.IntRange(min=1),
    default=(10, 100, 1000),
    show_default=True,
    help="Layers; several may follow.",
)
@click.option(
    "--width",
    default=100,
    show_default=True,
    type=click.IntRange(min=2),
    help="Features of a layer; channels of a convolution.",
)
@click.option("--connection", "connection", multiple=True, help="plain, conv, residual ...")
@click.option("--activation", "activation", multiple=True, help="tanh, relu, sigmoid, linear")
@click.option("--initializer", "initializer", multiple=True, help="glorot_normal, he_normal ...")
@click.option("--normalization", "normalization", multiple=True, help="none, layer, rms, batch")
@click.option(
    "--dtype",
    "dtypes",
    multiple=True,
    default=("float32",),
    show_default=True,
    metavar="|".join(FORMATS),
)
@click.option(
    "--backend",
    "backends_",
    multiple=True,
    metavar="torch|jax|numpy|FILE.py:NAME",
    help="Whose layers; repeatable [all built in].",
)
@click.option("--device", default="cpu", show_default=True, help="cpu, cuda or gpu.")
@click.option("--seed", default=0, show_default=True, help="Another seed, other weights.")
@_workers
@click.option("--output", type=click.Path(path_type=Path), help="Run folder [runs/flow-<time>].")
@click.option("--report/--no-report", "with_report", default=True, help="Write the page, too.")
def flow(
    *,
    depths: Sequence[int], width: int, dtypes: Sequence[str], backends_: Sequence[str], device: str,
    seed: int, workers: int, output: Path | None, with_report: bool, **chosen: Sequence[str],
) -> None:  # fmt: skip
    """Follow signals and gradients through deep stacks: where do they stop?

    Without --connection, --activation, --initializer or --normalization: the classic pairs, and
    residual and dense stacks.
    """
    from gradproof.flow import flow, stacks, tasks
    from gradproof.verify import Order

    named = f"flow-{datetime.now(UTC).strftime('%Y%m%d-%H%M%S')}"
    order = Order(
        [], backends_ or tuple(BUILT_IN), dtypes, device, "flow", seed, workers,
        output or Path("runs") / named,
    )  # fmt: skip
    todo = tasks(order, stacks(chosen), tuple(sorted(set(depths))), width)
    with _told(f"cut off; what was done stands in {order.output}"):
        flow(order, todo)
    run = read(order.output)
    screen.flow(run)
    if with_report:
        from reports.report import write

        click.echo(f"report   {write([run], run.folder / 'report').resolve()}")
    explained = run.verdicts["verdict"].isin(["conforms", "deviates", "absent"])
    sys.exit(0 if explained.all() else 1)


@main.command()
@click.argument("run", type=click.Path(path_type=Path))
@click.argument("verdict_id", metavar="ID")
def reproduce(run: Path, verdict_id: str) -> None:
    """Print a stand-alone script with the framework alone; it has been run before."""
    from gradproof.reproduce import script

    click.echo(script(read(run), verdict_id))
