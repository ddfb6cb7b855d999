"""Gradients that are no numbers: taken out, or the whole step skipped."""

from __future__ import annotations

import functools
from typing import Annotated

import numpy as np

from reference.facts import idempotent, unspoilt_zero
from reference.gradient_facts import mixable, skips, takes_nothing
from reference.gradients.norms import Tensors, length
from reference.numerics import Array
from reference.technique import Accuracy, Between, OneOf, technique


@technique(
    source="optax 0.2.8, zero_nans; IEEE 754-2019, section 6.2 (quiet NaN)",
    accuracy=Accuracy(ulps=0, inputs=0),
    facts=(idempotent(within=lambda: 0.0), unspoilt_zero, mixable, takes_nothing),
)
def zero_nans(grads: Tensors) -> Tensors:
    """Put 0 in the place of every NaN, and leave the rest alone.

    y_i = 0 where g_i is NaN, else g_i

    g_i are all numbers of all gradients.

    *Numerics*: exact. Infinities stay, for clipping to deal with.

    Args:
        grads: gradients, arrays of any shapes.

    Returns:
        Gradients without a NaN.

    *Differences*: optax.zero_nans, whose state tells which tensors had one. torch.nan_to_num does
    it where posinf and neginf are given as infinities; by default it changes those, too.

    Example:
        >>> zero_nans([np.array([np.nan, 2.0, np.inf])])
        [array([ 0., 2., inf])]
    """
    return [np.where(np.isnan(g), g.dtype.type(0), g) for g in grads]


@technique(
    source="The array API's users' guides: numpy.nan_to_num; IEEE 754-2019, section 6",
    accuracy=Accuracy(ulps=1, inputs=0),
    facts=(idempotent(within=lambda: 0.0), unspoilt_zero, mixable, takes_nothing),
)
def replace_non_finite(
    grads: Tensors,
    *,
    nan: Annotated[float, Between(-2.0, 2.0)] = 0.0,
    limit: Annotated[float, Between(1.0, 1024.0, log=True)] = 1024.0,
) -> Tensors:
    """Put numbers in the place of everything that is none.

    y_i = a where g_i is NaN, b where it is inf, -b where it is -inf, else g_i

    a is nan, b is limit.

    *Numerics*: exact, but that a and b are rounded to the format once. Finite numbers beyond b stay
    as they are: nothing is clipped.

    Args:
        grads: gradients, arrays of any shapes.
        nan: what stands for NaN.
        limit: what stands for infinity, with its sign.

    Returns:
        Finite gradients.

    *Differences*: torch.nan_to_num and jax.numpy.nan_to_num, whose default for infinity is the
    largest number of the dtype.

    Example:
        >>> replace_non_finite([np.array([np.nan, -np.inf, 3000.0])])
        [array([ 0., -1024., 3000.])]
    """
    return [
        np.nan_to_num(
            g, nan=g.dtype.type(nan), posinf=g.dtype.type(limit), neginf=-g.dtype.type(limit)
        )
        for g in grads
    ]


@technique(
    source="optax 0.2.8, apply_if_finite; Micikevicius et al. 2018, Mixed precision training,"
    " section 3.2 (steps that overflow are skipped)",
    accuracy=Accuracy(ulps=0, inputs=0),
    facts=(skips,),
)
def skip_non_finite(
    steps: Tensors,
    *,
    max_consecutive_errors: Annotated[int, OneOf((2, 0))] = 2,
) -> dict[str, Tensors | Array]:
    """Skip every step that has a NaN or an infinity anywhere, but not too many in a row.

    y_t = g_t where g_t is finite or c_t > m, else 0;  c_t = 0 where g_t is finite, else c_(t-1) + 1

    g_t are all gradients of step t, c_t counts bad steps in a row, m is max_consecutive_errors.

    *Numerics*: exact. What is let through after m bad steps is bad: the run is to fail loudly.

    Args:
        steps: gradients of consecutive steps, stacked: arrays of (steps, ...).
        max_consecutive_errors: how many bad steps in a row are skipped.

    Returns:
        `applied`: what is applied, stacked like the gradients; `bad`: how many steps were bad until
        then, (steps,).

    *Differences*: optax.apply_if_finite around an optimizer. In PyTorch, torch.amp.GradScaler
    skips such steps, however many (`scale_loss`).

    Example:
        >>> out = skip_non_finite([np.array([1.0, np.nan, 2.0])])
        >>> out["applied"], out["bad"]
        ([array([1., 0., 2.])], array([0, 1, 1], dtype=int32))
    """
    good = finite_steps(steps)
    in_a_row, let_through = 0, np.array(good)
    for t, fine in enumerate(good):
        in_a_row = 0 if fine else in_a_row + 1
        let_through[t] |= in_a_row > max_consecutive_errors
    updates = [np.where(along(let_through, g), g, g.dtype.type(0)) for g in steps]
    return {"applied": updates, "bad": np.cumsum(~good).astype(np.int32)}


@technique(
    source="optax 0.2.8, MultiSteps with should_skip_update_fn=skip_large_updates",
    accuracy=Accuracy(ulps=0, inputs=0),
    facts=(skips,),
)
def skip_long_steps(
    steps: Tensors,
    *,
    max_norm: Annotated[float, OneOf((16.0, 8.0))] = 16.0,
) -> dict[str, Tensors | Array]:
    """Skip every step whose gradients together are too long, or no numbers.

    y_t = g_t where |g_t| < c, else 0;  |g_t| = sqrt(sum_i g_ti^2)

    g_t are all gradients of step t, c is max_norm. A norm that is NaN is not below c.

    *Numerics*: exact, but where |g_t| is c to within its roundings: there either is right.

    Args:
        steps: gradients of consecutive steps, stacked: arrays of (steps, ...).
        max_norm: the shortest norm that is skipped; unit of the gradients.

    Returns:
        `applied`: what is applied, stacked like the gradients; `skipped`: 1 for a step that was
        too long, else 0, (steps,).

    *Differences*: optax.MultiSteps with skip_large_updates, which takes max_squared_norm = c^2.
    PyTorch has none: one compares the norm that clip_grad_norm_ returns.

    Example:
        >>> out = skip_long_steps([np.array([1.0, 20.0, np.nan, 2.0])])
        >>> out["applied"], out["skipped"]
        ([array([1., 0., 0., 2.])], array([0, 1, 1, 0], dtype=int32))
    """
    norms = np.stack([length([g[t] for g in steps]) for t in range(len(steps[0]))])
    short = norms < max_norm
    updates = [np.where(along(short, g), g, g.dtype.type(0)) for g in steps]
    return {"applied": updates, "skipped": (~short).astype(np.int32)}


def finite_steps(steps: Tensors) -> Array:
    """Which steps have nothing but finite numbers."""
    parts = [np.all(np.isfinite(g.reshape(len(g), -1)), axis=1) for g in steps]
    return functools.reduce(np.logical_and, parts)


def along(flags: Array, g: Array) -> Array:
    """A flag for every step, shaped to go with stacked gradients."""
    return flags.reshape(-1, *[1] * (g.ndim - 1))
