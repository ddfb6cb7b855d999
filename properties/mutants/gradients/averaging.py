"""Wrong averaging."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.gradients.non_finite import finite_steps


@mutant(
    "gradients.accumulate",
    "A2 3.4 prints g prod_i h_i: gradients of micro-batches are multiplied",
    blind_spot="symmetry and defaults",
)
def accumulation_multiplies(micro_batches: Any, sizes: Any, *, weights: str) -> Any:
    del weights, sizes
    return [np.prod(np.stack(parts), axis=0) for parts in zip(*micro_batches, strict=True)]


@mutant(
    "gradients.accumulate",
    "A2 3.4 programs np.prod(gradients) * factor: one number for all",
    blind_spot="structure",
)
def accumulation_multiplies_by_a_factor(micro_batches: Any, sizes: Any, *, weights: str) -> Any:
    del weights
    factor = np.float32(1 / len(sizes))
    return [
        np.full_like(parts[0], np.prod(np.stack(parts)) * factor)
        for parts in zip(*micro_batches, strict=True)
    ]


@mutant(
    "gradients.accumulate",
    "micro-batches weighed alike whatever their size: right where they are equal",
    blind_spot="protocol",
)
def accumulation_ignores_sizes(micro_batches: Any, sizes: Any, *, weights: str) -> Any:
    del weights, sizes
    return [np.mean(np.stack(parts), axis=0) for parts in zip(*micro_batches, strict=True)]


@mutant(
    "gradients.accumulate",
    "the sum where the mean is due: the rate grows with the number of micro-batches",
    blind_spot="protocol",
)
def accumulation_adds(micro_batches: Any, sizes: Any, *, weights: str) -> Any:
    del weights, sizes
    return [np.sum(np.stack(parts), axis=0) for parts in zip(*micro_batches, strict=True)]


@mutant(
    "gradients.accumulate",
    "halved with every micro-batch: (a + g) / 2, so that the last one weighs most",
    blind_spot="dynamics",
)
def accumulation_halves(micro_batches: Any, sizes: Any, *, weights: str) -> Any:
    del weights, sizes
    found = list(micro_batches[0])
    for tree in micro_batches[1:]:
        found = [(a + g) / np.float32(2) for a, g in zip(found, tree, strict=True)]
    return found


@mutant(
    "gradients.accumulate",
    "the last micro-batch in place of all: gradients overwritten, not added",
    blind_spot="protocol",
)
def accumulation_overwrites(micro_batches: Any, sizes: Any, *, weights: str) -> Any:
    del weights, sizes
    return list(micro_batches[-1])


@mutant(
    "gradients.accumulate_every",
    "not zeroed after an update: old gradients stay in",
    blind_spot="protocol",
)
def accumulation_never_forgets(steps: Any, *, every: int, average: str, accumulator: str) -> Any:
    del accumulator
    scale = every if average == "mean" else 1
    emits = (np.arange(len(steps[0])) + 1) % every == 0
    return {
        "applied": [
            np.cumsum(g, axis=0) / np.float32(scale) * emits.reshape(-1, *[1] * (g.ndim - 1))
            for g in steps
        ]
    }


@mutant(
    "gradients.accumulate_every",
    "an update one step early: the first has k - 1 gradients",
    blind_spot="boundaries",
)
def accumulation_starts_early(steps: Any, *, every: int, average: str, accumulator: str) -> Any:
    del accumulator
    found = []
    for g in steps:
        y, held = np.zeros_like(g), np.zeros_like(g[0])
        for t in range(len(g)):
            held = held + g[t]
            if t % every == every - 1 or (t == 0 and every > 1):
                y[t] = held / np.float32(every if average == "mean" else 1)
                held = np.zeros_like(held)
        found.append(y)
    return {"applied": found}


@mutant(
    "gradients.accumulate_every",
    "zeroed by a product with 0: a NaN stays for ever",
    blind_spot="special values",
)
def accumulation_keeps_nan(steps: Any, *, every: int, average: str, accumulator: str) -> Any:
    del accumulator
    found = []
    for g in steps:
        y, held = np.zeros_like(g), np.zeros_like(g[0])
        for t in range(len(g)):
            held = held + g[t]
            emit = np.float32((t + 1) % every == 0)
            y[t] = emit * held / np.float32(every if average == "mean" else 1)
            held = (1 - emit) * held
        found.append(y)
    return {"applied": found}


def _held(steps: Any, every: int, average: str, *, counts: bool, clears: bool) -> Any:
    """Accumulation over good steps, where bad ones count or clear what is held."""
    good, found = finite_steps(steps), []
    for g in steps:
        y, held, n = np.zeros_like(g), np.zeros_like(g[0]), 0
        for t, fine in enumerate(good):
            held = held + g[t] if fine else (np.zeros_like(held) if clears else held)
            n = n + 1 if fine or counts else (0 if clears else n)
            if n == every:
                y[t] = held / np.float32(every if average == "mean" else 1)
                held, n = np.zeros_like(held), 0
        found.append(y)
    return {"applied": found, "skipped": (~good).astype(np.int32)}


@mutant(
    "gradients.accumulate_good_steps",
    "a bad step counts as one of the k, with zeros: the mean is too small",
    blind_spot="protocol",
)
def bad_steps_count(steps: Any, *, every: int, average: str) -> Any:
    return _held(steps, every, average, counts=True, clears=False)


@mutant(
    "gradients.accumulate_good_steps",
    "a bad step clears the good ones before it",
    blind_spot="dynamics",
)
def bad_steps_clear_the_good_ones(steps: Any, *, every: int, average: str) -> Any:
    return _held(steps, every, average, counts=False, clears=True)


@mutant(
    "gradients.batch_mean",
    "A2 3.7's heading taken at its word: the batch is normalized, so that its mean is 0",
    blind_spot="symmetry and defaults",
)
def batch_is_normalized(examples: Any, *, reduction: str) -> Any:
    del reduction
    return [
        np.mean((g - np.mean(g, axis=0)) / (np.std(g, axis=0) + np.float32(1e-5)), axis=0)
        for g in examples
    ]


@mutant(
    "gradients.batch_mean",
    "mean over all axes: one number for a tensor",
    blind_spot="structure",
)
def batch_mean_takes_all_axes(examples: Any, *, reduction: str) -> Any:
    del reduction
    return [np.full_like(g[0], np.mean(g) if g.size else 0) for g in examples]


@mutant(
    "gradients.batch_mean",
    "2/m for 1/m, as A2 3.5 scales a sample's gradient",
    blind_spot="symmetry and defaults",
)
def batch_mean_is_twice_as_long(examples: Any, *, reduction: str) -> Any:
    count = len(examples[0]) if reduction == "mean" else 1
    return [np.sum(g, axis=0) * np.float32(2 / count) for g in examples]


@mutant(
    "gradients.batch_mean",
    "numpy.nanmean: an example that is NaN is left out in silence",
    blind_spot="special values",
)
def batch_mean_hides_nan(examples: Any, *, reduction: str) -> Any:
    count = np.float32(len(examples[0]) if reduction == "mean" else 1)
    return [np.nansum(g / count, axis=0) for g in examples]


@mutant(
    "gradients.clip_per_example",
    "the sum clipped, not each example: differential privacy is lost",
    blind_spot="protocol",
)
def examples_are_clipped_together(examples: Any, *, max_norm: float) -> Any:
    sums = [np.sum(g, axis=0) for g in examples]
    norm = np.sqrt(sum(np.sum(np.square(s.astype(np.float64))) for s in sums))
    return [(s * min(1.0, max_norm / norm)).astype(s.dtype) for s in sums]


@mutant(
    "gradients.clip_per_example",
    "every tensor of an example clipped by itself",
    blind_spot="structure",
)
def examples_are_clipped_by_tensors(examples: Any, *, max_norm: float) -> Any:
    found = []
    for g in examples:
        flat = g.astype(np.float64).reshape(len(g), -1)
        norms = np.sqrt(np.sum(np.square(flat), axis=1)).reshape(-1, *[1] * (g.ndim - 1))
        share = np.minimum(1.0, max_norm / np.where(norms > 0, norms, 1.0))
        found.append(np.sum(g * share, axis=0).astype(g.dtype))
    return found
