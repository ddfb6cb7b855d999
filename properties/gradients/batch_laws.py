"""Laws of batches: examples averaged, micro-batches accumulated."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.gradients.plans import CUTS
from properties.gradients.trials import MicroBatches
from properties.tensors import drawn_tensors
from properties.trial import all_of
from reference.numerics import rounded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from properties.finding import Finding
    from reference.technique import Fact


def equals_the_full_batch(trial: MicroBatches, fact: Fact) -> Finding:
    """A batch cut in any way (where micro-batches count alike: evenly) gives the batch's mean.

    Allowed are the roundings of the technique, and one of each micro-batch's mean.
    """
    del fact
    alike = trial.parameters["weights"] == "alike"
    return all_of(
        finding for cut in CUTS if not alike or len(set(cut)) == 1 for finding in _cut(trial, cut)
    )


def _cut(trial: MicroBatches, cut: tuple[int, ...]) -> Iterator[Finding]:
    form, claim = trial.subject.form, trial.subject.technique.accuracy
    source = np.random.default_rng(trial.plan.seed)
    one = 0.1 if trial.plan.pinned is not None else 0.0
    examples = [
        np.stack(parts) * (1 + one)
        for parts in zip(*(drawn_tensors(source, form, 0, 4) for _ in range(sum(cut))), strict=True)
    ]
    ends = np.cumsum(cut)[:-1]
    means = [[np.mean(part, axis=0) for part in np.split(g, ends)] for g in examples]
    micro_batches = rounded([list(tree) for tree in zip(*means, strict=True)], form)
    given = (micro_batches, np.array(cut, np.int32))
    roundings = (claim.roundings(given) + 1) * form.unit_roundoff
    for y, g in zip(trial.on_backend(given).outputs, examples, strict=True):
        total = np.mean(np.abs(g), axis=0)
        allowed = roundings * total + claim.ulps * form.unit_roundoff * total + form.smallest
        columns = {"total": total * len(cut)}
        yield trial.compare(y, np.mean(g, axis=0), allowed, inputs=columns, floor=trial.floor)


def ignores_the_order_of_micro_batches(trial: MicroBatches, fact: Fact) -> Finding:
    """Micro-batches in reverse order, with their sizes: the same, within two accepted errors."""
    del fact
    micro_batches, sizes = trial.given
    turned = trial.on_backend((micro_batches[::-1], sizes[::-1].copy())).outputs
    return all_of(
        trial.compare(
            y, t.high, 2 * t.allowed, floor=trial.floor,
            inputs=trial.columns(i, [], t.high.shape),
        )
        for i, (y, t) in enumerate(zip(turned, trial.truth, strict=True))
    )  # fmt: skip
