"""`gradproof flow`: at which depth does a stack stop passing gradients?"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, get_args

from gradproof.verify import Order, carried_out, header
from properties.flow.sweeps import CLASSIC, Stack, SweepTask
from properties.grid import UnknownNameError, place_of
from reference.flow.drawn import INITIALIZERS, STACKS
from reference.flow.layers import Norm, Phi
from reference.numerics import FORMATS
from reports.runs import RunWriter

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

KNOWN: dict[str, Sequence[str]] = {
    "connection": tuple(STACKS),
    "activation": get_args(Phi),
    "initializer": tuple(INITIALIZERS),
    "normalization": get_args(Norm),
    "dtype": tuple(FORMATS),
}
_USUAL = {"relu": "he_normal", "tanh": "glorot_normal"}


def stacks(chosen: dict[str, Sequence[str]]) -> tuple[Stack, ...]:
    """The classic stacks; or, where anything is chosen, all that the choices make together."""
    for kind, names in chosen.items():
        for name in names:
            if name not in KNOWN[kind]:
                message = f"unknown {kind} {name!r}; choose one of {', '.join(KNOWN[kind])}"
                raise UnknownNameError(message)
    if not any(chosen.values()):
        return CLASSIC
    found = []
    for connection, phi, norm in itertools.product(
        chosen["connection"] or ("plain",),
        chosen["activation"] or ("tanh",),
        chosen["normalization"] or ("none",),
    ):
        if connection == "recurrent" and (norm != "none" or phi not in ("tanh", "relu")):
            message = (
                f"a recurrent stack has tanh or relu and no normalization, not {phi} and {norm}; "
                "leave the others out"
            )
            raise UnknownNameError(message)
        for drawn in chosen["initializer"] or (_USUAL.get(phi, "lecun_normal"),):
            parts = (connection, phi, drawn, *([f"{norm} norm"] if norm != "none" else []))
            found.append(Stack(", ".join(parts), connection, phi, drawn, norm))
    return tuple(found)


def tasks(
    order: Order, chosen: tuple[Stack, ...], depths: tuple[int, ...], width: int
) -> list[SweepTask]:
    """A task for the stacks of each connection on each backend in each format."""
    for dtype in order.dtypes:
        if dtype not in FORMATS:
            message = f"unknown dtype {dtype!r}; choose one of {', '.join(FORMATS)}"
            raise UnknownNameError(message)
    return [
        SweepTask(
            STACKS[connection], host, dtype, place_of(host, order.device),
            tuple(s for s in chosen if s.connection == connection), depths, width, order.seed,
        )
        for connection in dict.fromkeys(s.connection for s in chosen)
        for host in order.backends
        for dtype in order.dtypes
    ]  # fmt: skip


def flow(order: Order, todo: list[SweepTask]) -> Path:
    """Run the sweep onto disk, as `gradproof verify` runs the grid."""
    writer = RunWriter(order.output, header(order))
    places = {(t.technique, t.failed("", "").backend, t.dtype): i for i, t in enumerate(todo)}

    def place(row: dict[str, Any]) -> int:
        return places[row["technique"], row["backend"], row["dtype"]]

    _, figures = carried_out(todo, order.workers, writer, total=len(todo))
    writer.close(figures, place)
    return order.output
