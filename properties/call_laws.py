"""Laws of the call itself: its inputs, its results, their memory and shape, and ways to run it."""

from __future__ import annotations

import numpy as np

from backends.backend import NotOfferedError
from properties.activations.elementwise import Elementwise
from properties.finding import NOTHING, Finding
from properties.strategies import FULL
from properties.trial import KERNELS, WrongShapeError, all_of
from reference.numerics import Array

SHORT = 4096
ODD = 257
BEGINNING = 128
SHAPES = ((), (0,), (2, 3, 5), (1,), (7,))
FEWER = SHAPES[:3]
"""One of each kind, in formats other than FULL."""


def _sample(trial: Elementwise) -> Array:
    """Indices of at most 4096 numbers: a lane's beginning (its special values), the rest evenly."""
    size = len(trial.x)
    if size <= SHORT:
        return np.arange(size)
    rest = np.linspace(BEGINNING, size - 1, SHORT - BEGINNING).astype(int)
    return np.concatenate([np.arange(BEGINNING), rest])


def leaves_inputs_unchanged(trial: Elementwise) -> Finding:
    """The input array holds the same bits after the call as before (or is NaN as it was)."""
    s, x = trial.subject, trial.x[_sample(trial)]
    with KERNELS.running():
        outcome = s.backend.call(s.binding, (x,), trial.parameters, device=s.device)
    after = np.asarray(outcome.inputs_after[0])
    changed = after.view(s.form.pattern) != x.view(s.form.pattern)
    changed &= ~(np.isnan(after.astype(np.float64)) & np.isnan(x.astype(np.float64)))
    return trial.compare(changed.astype(float), np.zeros(len(x)), 0.0, inputs={"x": x})


def is_pure(trial: Elementwise) -> Finding:
    """A call changes neither what an earlier one returned nor what a later one will."""
    s, x = trial.subject, trial.x[_sample(trial)]

    def result(given: Array) -> Array:
        with KERNELS.running():
            outcome = s.backend.call(s.binding, (given,), trial.parameters, device=s.device)
        return np.asarray(outcome.outputs)

    first = result(x)
    kept = first.astype(np.float64)
    result(-x)
    later, again = first.astype(np.float64), result(x).astype(np.float64)
    return all_of(
        trial.compare(y, kept, 0.0, inputs={"x": x}, about={"result": which})
        for which, y in (("the first, later", later), ("of the same call, again", again))
    )


def ignores_memory_layout(trial: Elementwise) -> Finding:
    """Strided and short inputs give the values of the contiguous lane, within the bound."""
    return _laid_out(trial, 0)


def derivative_ignores_memory_layout(trial: Elementwise) -> Finding:
    """Strided and short inputs give the derivatives of the contiguous lane, within the bound."""
    return _laid_out(trial, 1)


def _laid_out(trial: Elementwise, order: int) -> Finding:
    """Every third number of the lane in place (of a long one, as many as other laws sample), and
    257 that end in a finite negative one.
    """
    end = int(0.9 * len(trial.x)) | 1
    apart = max(3, len(trial.x) // SHORT)
    parts = (slice(None, None, apart), np.linspace(0, end, ODD).astype(int))
    return all_of(_part(trial, trial.x[part], part, order) for part in parts)


def transformations_agree(trial: Elementwise) -> Finding:
    """Every way to run a binding (eager, vmap, compiled) gives value and derivative in bounds."""
    s = trial.subject
    if not s.variants:
        message = f"{s.backend.name} runs a function in one way only"
        raise NotOfferedError(message)
    part = _sample(trial)
    return all_of(
        _part(trial, trial.x[part], part, order, variant)
        for variant in s.variants
        for order in (0, 1)
    )


def _part(
    trial: Elementwise, x: Array, part: slice | Array, order: int, variant: str = ""
) -> Finding:
    """Agreement on a part of the lane, given as x, run in one way."""
    high, low = trial.expected(order)
    low = np.broadcast_to(low, high.shape)
    mask = trial.mask(trial.off_kinks) if order else trial.mask()
    about = {"variant": variant, "order": order} if variant else {}
    return trial.compare(
        trial.on_backend(x, order, variant=variant), high[part], trial.allowed(order)[part],
        low=low[part], mask=mask[part], inputs={"x": np.ascontiguousarray(x)}, about=about,
        floor=trial.flushed(order)[part],
        like=("agrees_with_reference", "derivative_agrees")[order],
    )  # fmt: skip


def keeps_shape_and_dtype(trial: Elementwise) -> Finding:
    """Scalars, empty tensors and tensors of any rank come back in their shape and dtype."""
    found = NOTHING
    for shape in SHAPES if trial.subject.form.name == FULL else FEWER:
        x = np.resize(trial.x[trial.mask()][:64], shape).astype(trial.subject.form.dtype)
        try:
            trial.on_backend(x, 0)
            lost, story = 0.0, ""
        except WrongShapeError as error:
            lost, story = 1.0, str(error)
        about = {"shape": list(shape), "story": story}
        found = found.merged(trial.compare(np.array([lost]), np.zeros(1), 0.0, about=about))
    return found
