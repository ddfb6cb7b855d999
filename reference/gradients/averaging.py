"""Averaging: the gradient of a batch, from its examples or from its micro-batches."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np

from reference.gradient_facts import full_batch, resets, unordered
from reference.gradients.non_finite import finite_steps
from reference.gradients.norms import Tensors, scaled_norm
from reference.numerics import Array
from reference.technique import Accuracy, Between, OneOf, technique


def _count(examples: Tensors) -> int:
    return len(examples[0])


def _terms(micro_batches: list[Tensors]) -> int:
    return 3 * len(micro_batches)


def _steps(steps: Tensors) -> int:
    return 3 * len(steps[0])


@technique(
    source="A2 3.7 (printed there under batch normalization): the mean of a batch's gradients",
    accuracy=Accuracy(ulps=4, inputs=2, terms=_count),
)
def batch_mean(
    examples: Tensors,
    *,
    reduction: Annotated[str, OneOf(("mean", "sum"))] = "mean",
) -> Tensors:
    """Average the gradients of a batch's examples.

    y = (1/n) sum_i g_i,  for the sum: sum_i g_i

    g_i is the gradient of example i, n is how many there are.

    *Numerics*: n terms are divided and added. Below the normal numbers, terms that are divided
    before they are added lose half of the smallest number each: of a batch of seven, four ulps.

    Args:
        examples: gradients of single examples, stacked: arrays of (n, ...).
        reduction: "mean" or "sum", as losses call it.

    Returns:
        The gradient of the batch: arrays of (...).

    Raises:
        ValueError: the reduction is another one.

    *Differences*: backpropagation from a loss that is a mean (PyTorch's reduction="mean", jnp.mean)
    does this; from a sum, the rate that fits is smaller by n.

    Example:
        >>> batch_mean([np.array([[1.0, 2.0], [3.0, 6.0]])])
        [array([2., 4.])]
    """
    if reduction not in ("mean", "sum"):
        message = f"reduction must be mean or sum, not {reduction!r}"
        raise ValueError(message)
    count = len(examples[0]) if reduction == "mean" else 1
    return [np.sum(g / g.dtype.type(count), axis=0) for g in examples]


@technique(
    source="A2 3.4, gradient accumulation (printed there as g prod_i h_i); Ott et al. 2018, Scaling"
    " neural machine translation, section 3.2",
    accuracy=Accuracy(ulps=2, inputs=3, terms=_terms),
    facts=(full_batch, unordered),
)
def accumulate(
    micro_batches: list[Tensors],
    sizes: Array,
    *,
    weights: Annotated[str, OneOf(("size", "alike"))] = "size",
) -> Tensors:
    """Put the gradients of micro-batches together to that of the whole batch.

    y = sum_i n_i g_i / sum_i n_i,  alike: (1/k) sum_i g_i

    g_i is the mean gradient of micro-batch i of k, n_i its number of examples.

    *Numerics*: every share n_i / n is rounded, multiplied and added. A running mean rounds three
    times for each micro-batch.

    Args:
        micro_batches: for each micro-batch its gradients, arrays of the same shapes.
        sizes: number of examples of each micro-batch, integers (k,).
        weights: "size", or "alike": the mean of means, right where all sizes are equal.

    Returns:
        The gradient of the whole batch.

    Raises:
        ValueError: there are not as many sizes as micro-batches.

    *Differences*: in PyTorch, .backward() adds to .grad; each loss is scaled by n_i / n.
    optax.MultiSteps weighs alike; gradients scaled by k n_i / n before it are weighed by size. It
    accumulates in float32 unless it is told another accumulator_dtype.

    Example:
        >>> accumulate([[np.array([1.0])], [np.array([4.0])]], np.array([1, 2]))
        [array([3.])]
    """
    if len(sizes) != len(micro_batches):
        message = f"{len(sizes)} sizes for {len(micro_batches)} micro-batches"
        raise ValueError(message)
    counts = np.asarray(sizes) if weights == "size" else np.ones(len(sizes), np.int32)
    total = int(np.sum(counts))
    return [
        sum((g * g.dtype.type(n) / total for g, n in zip(parts, counts, strict=True)),
            np.zeros_like(parts[0]))
        for parts in zip(*micro_batches, strict=True)
    ]  # fmt: skip


@technique(
    source="optax 0.2.8, MultiSteps; A2 3.4, gradient accumulation",
    accuracy=Accuracy(ulps=2, inputs=3, terms=_steps),
    facts=(resets,),
)
def accumulate_every(
    steps: Tensors,
    *,
    every: Annotated[int, OneOf((3, 1, 2))] = 3,
    average: Annotated[str, OneOf(("mean", "sum"))] = "mean",
    accumulator: Annotated[str, OneOf(("own", "float32"))] = "own",
) -> dict[str, Tensors]:
    """Accumulate over consecutive steps, and apply at every k-th what was accumulated.

    y_t = a (g_(t-k+1) + ... + g_t) where k divides t, else 0;  a = 1/k, for the sum 1

    g_t are the gradients of step t = 1, 2 ..., k is every.

    *Numerics*: a sum of k gradients, or a running mean, as in `accumulate`. A NaN spoils its own k
    steps and no others: what follows begins with zeros.

    Args:
        steps: gradients of consecutive steps, stacked: arrays of (steps, ...).
        every: how many steps make one update.
        average: "mean" or "sum" of the steps' gradients.
        accumulator: what a library accumulates in, the gradients' own dtype or float32. The result
            is the same, but for roundings.

    Returns:
        `applied`: what is applied, stacked like the gradients: zeros between updates.

    *Differences*: optax.MultiSteps (use_grad_mean, accumulator_dtype=float32), and for sums in the
    gradients' own dtype optax.apply_every. In PyTorch one calls .backward() k times before
    optimizer.step() and zero_grad(): that sums, and each loss is divided by k for the mean.

    Example:
        >>> accumulate_every([np.array([1.0, 2.0, 3.0, 4.0])], every=2)
        {'applied': [array([0. , 1.5, 0. , 3.5])]}
    """
    del accumulator
    scale = every if average == "mean" else 1
    return {"applied": [_emitted(g, every, scale) for g in steps]}


def _emitted(g: Array, every: int, scale: int) -> Array:
    y = np.zeros_like(g)
    for t in range(every - 1, len(g), every):
        y[t] = np.sum(g[t - every + 1 : t + 1] / g.dtype.type(scale), axis=0)
    return y


@technique(
    source="optax 0.2.8, MultiSteps with should_skip_update_fn=skip_not_finite",
    accuracy=Accuracy(ulps=2, inputs=3, terms=_steps),
)
def accumulate_good_steps(
    steps: Tensors,
    *,
    every: Annotated[int, OneOf((3, 1, 2))] = 3,
    average: Annotated[str, OneOf(("mean", "sum"))] = "mean",
) -> dict[str, Tensors | Array]:
    """Accumulate over k steps whose gradients are finite: the others might never have been.

    y_t = a (g_(i_1) + ... + g_(i_k)) at the last of every k good steps, else 0;  a = 1/k, or 1

    g_t are the gradients of step t, good where all of them are finite; i_1 ... i_k = t are the last
    k good steps, k is every.

    *Numerics*: as `accumulate_every`. Bad steps add nothing, not even a rounding.

    Args:
        steps: gradients of consecutive steps, stacked: arrays of (steps, ...).
        every: how many good steps make one update.
        average: "mean" or "sum" of the steps' gradients.

    Returns:
        `applied`: what is applied, stacked like the gradients: zeros between updates; `skipped`: 1
        for a bad step, else 0, (steps,).

    *Differences*: optax.MultiSteps. A bad step does not count there; with optax.apply_if_finite
    around MultiSteps it does not either, and outside of it the update is skipped, not the step.

    Example:
        >>> out = accumulate_good_steps([np.array([1.0, np.nan, 3.0, 4.0])], every=2)
        >>> out["applied"], out["skipped"]
        ([array([0., 0., 2., 0.])], array([0, 1, 0, 0], dtype=int32))
    """
    good = finite_steps(steps)
    scale = every if average == "mean" else 1
    applied = []
    for g in steps:
        y = np.zeros_like(g)
        y[good] = _emitted(g[good], every, scale)
        applied.append(y)
    return {"applied": applied, "skipped": (~good).astype(np.int32)}


@technique(
    source="Abadi et al. 2016, Deep learning with differential privacy, algorithm 1",
    accuracy=Accuracy(ulps=6, inputs=3, terms=lambda examples: sum(g.size for g in examples)),
)
def clip_per_example(
    examples: Tensors,
    *,
    max_norm: Annotated[float, Between(2.0**-10, 2.0**10, log=True)] = 1.0,
) -> Tensors:
    """Clip every example's gradient by its own global norm, then add them up.

    y = sum_i g_i min(1, c / |g_i|)

    g_i are all gradients of example i, |g_i| is their Euclidean norm, c is max_norm.

    *Numerics*: norms as in clipping by the global norm; the examples are added, n terms.

    Args:
        examples: gradients of single examples, stacked: arrays of (n, ...).
        max_norm: the largest norm of an example that is left alone; unit of the gradients.

    Returns:
        The sum of the clipped gradients: no example adds more than max_norm to it.

    *Differences*: optax.per_example_global_norm_clip, which also counts who was clipped. PyTorch
    has none; Opacus does this for it.

    Example:
        >>> clip_per_example([np.array([[3.0, 4.0], [0.5, 0.0]])])
        [array([1.1, 0.8])]
    """
    clipped = [_clipped([g[i] for g in examples], max_norm) for i in range(len(examples[0]))]
    return [np.sum(np.stack(parts), axis=0) for parts in zip(*clipped, strict=True)]


def _clipped(grads: Tensors, max_norm: float) -> list[Any]:
    scale, root = scaled_norm(grads)
    kind = scale.dtype.type
    short = scale * root <= kind(max_norm)
    return [np.where(short, g, g / scale * (kind(max_norm) / root)) for g in grads]
