"""Laws of calling a block: rows, empty batches, cotangents, memory, and recomputation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import NotOfferedError
from properties.connections.blocks import BATCHED, Blocks
from properties.finding import Finding
from properties.strategies import FULL
from properties.trial import KERNELS, all_of
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from properties.truths import Truth
    from reference.numerics import Array
    from reference.technique import Fact

LIKE = ("agrees_with_reference", "gradient_agrees")


def keeps_rows_apart(trial: Blocks, fact: Fact) -> Finding:
    """Where all rows but the first are NaN, the first row of y and of x's gradient stays as it is,
    and the other rows of y are NaN.
    """
    del fact
    spoilt = trial.replaced({"x": _rest_is_nan})
    (_, y), truth = next(leaves(spoilt.on_backend(spoilt.given).outputs)), trial.truth[0]
    of_x, true_of_x = spoilt.pulled(trial.cotangents)[0], trial.true_gradients[0]
    lost = ~np.isnan(y[1:].astype(np.float64))
    found = [
        _agrees(trial, y, truth, LIKE[0], slice(1)),
        _agrees(trial, of_x, true_of_x, LIKE[1], slice(1)),
        trial.compare(lost.astype(float), np.zeros(lost.shape), 0.0, about={"output": "NaN"}),
    ]
    return all_of(iter(found))


def _rest_is_nan(x: Array) -> Array:
    x = x.copy()
    x[1:] = np.nan
    return x


def _agrees(trial: Blocks, seen: Array, t: Truth, like: str, part: Any = ...) -> Finding:
    """Agreement of a part of an output with the truth, with what is registered for `like`."""
    mask = np.zeros(np.shape(t.high), bool)
    mask[part] = True
    return trial.compare(
        seen, t.high, t.allowed, low=t.low, mask=mask, floor=trial.floor,
        about={"output": t.path}, like=like,
    )  # fmt: skip


def works_on_empty_batches(trial: Blocks) -> Finding:
    """A batch of no rows gives no rows, and gradients of weights that are exactly 0."""
    plain = trial.plainest()
    empty = plain.replaced(dict.fromkeys(BATCHED, _no_rows))
    s = empty.subject
    right = s.technique(*empty.given, **empty.parameters)
    seen = next(leaves(empty.on_backend(empty.given).outputs))[1]
    empty.hold([("", right.outputs)], [("", seen)])
    pulled = empty.pulled(np.zeros(right.outputs.shape, s.form.dtype))
    due = list(leaves(right.pullback(right.outputs)))
    empty.hold(due, [("", g) for g in pulled])
    pairs = zip(due, pulled, strict=True)
    return empty.same(*((path, np.zeros(g.shape), g) for (path, _), g in pairs if g.size))


def _no_rows(x: Array) -> Array:
    return x[:0]


def pulls_back_linearly(trial: Blocks) -> Finding:
    """The cotangents of the first row and those of the rest give gradients that add up to those of
    both, and cotangents of 0 give exactly 0.
    """
    c = trial.cotangents
    first, rest = c.copy(), c.copy()
    first[1:], rest[:1] = 0, 0
    parts = [(trial.pulled(part), trial.pulled_truth(part)) for part in (first, rest)]
    found = []
    for k, (g, t) in enumerate(zip(trial.observed_gradients(), trial.true_gradients, strict=True)):
        about = {"output": t.path}
        total = np.sum([seen[k].astype(np.float64) for seen, _ in parts], axis=0)
        slack = np.sum([t.allowed, *(true[k].allowed for _, true in parts)], axis=0)
        # What is registered for the whole, once more for each part.
        more = trial.slack(t.high, t.allowed, about=about, like=LIKE[1]) - t.allowed
        found.append(
            trial.compare(
                total, g[1].astype(np.float64), slack + 3 * more, floor=3 * trial.floor, about=about
            )
        )
    for t, nothing in zip(trial.true_gradients, trial.pulled(np.zeros_like(c)), strict=True):
        found.append(trial.same((t.path, np.zeros(nothing.shape), nothing)))
    return all_of(iter(found))


def gradient_ignores_memory_layout(trial: Blocks) -> Finding:
    """Transposed weights, and cotangents, give the gradients that contiguous ones give."""
    s = trial.subject
    with KERNELS.running():
        seen = s.backend.pullback(
            s.binding, mapped(np.asfortranarray, trial.given), trial.parameters,
            np.asfortranarray(trial.cotangents), device=s.device,
        )  # fmt: skip
    return all_of(
        _agrees(trial, g, t, LIKE[1])
        for (_, g), t in zip(leaves(seen), trial.true_gradients, strict=True)
    )


def agrees_checkpointed(trial: Blocks) -> Finding:
    """Recomputed on the way back (checkpointed, rematerialized), a block has the same gradient:
    the reference's, and the plain block's to the last bit where no compiler comes between. What
    is recomputed depends on no format: beyond the first, a backend's ways are asked in float32.
    """
    s, plain = trial.subject, trial.plainest()
    ways = list(s.backend.checkpoints.items())[: None if s.form.name == FULL else 1]
    if not ways:
        message = f"{s.backend.name} recomputes nothing"
        raise NotOfferedError(message)
    found = []
    for way, exactly in ways:
        seen = plain.pulled(plain.cotangents, variant=way)
        pairs = zip(seen, plain.observed_gradients(), plain.true_gradients, strict=True)
        for g, (_, due), t in pairs:
            about = {"output": t.path, "variant": way}
            kept = exactly and s.device == "cpu"
            true, slack = (due, 0.0) if kept else (t.high, t.allowed)
            found.append(
                plain.compare(
                    g, np.asarray(true, np.float64), slack, low=0.0 if kept else t.low,
                    floor=plain.floor, about=about, like="" if kept else LIKE[1],
                )
            )  # fmt: skip
    return all_of(iter(found))
