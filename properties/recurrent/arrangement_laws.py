"""Laws of arrangements in time and depth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.arrays import Arrays
from properties.recurrent.runs import inputs, run
from properties.trial import KERNELS, all_of
from reference.catalogue import techniques
from reference.trees import leaves

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.technique import Fact


def looks_each_way_once(trial: Arrays, fact: Fact) -> Finding:
    """What comes last changes nothing before it in the forward half of the outputs, and what comes
    first nothing after it in the backward half.
    """
    del fact
    x = inputs(trial)["x"]
    ys, allowed = trial.observed()[0][1].astype(np.float64), 2 * trial.truth[0].allowed
    half = ys.shape[-1] // 2
    other_last, other_first = x.copy(), x.copy()
    other_last[-1], other_first[0] = 1 - x[-1], 1 - x[0]
    before = (slice(None, -1), slice(None), slice(None, half))
    after = (slice(1, None), slice(None), slice(half, None))
    changes = ((other_last, before, "forward"), (other_first, after, "backward"))
    return all_of(
        trial.compare(
            run(trial, x=changed)[0][part], ys[part], allowed[part], about={"half": half_name}
        )
        for changed, part, half_name in changes
    )


def is_mirrored_by_time(trial: Arrays, fact: Fact) -> Finding:
    """A sequence read from its end, with both directions' weights and states exchanged, gives the
    outputs from the end, with their halves exchanged.
    """
    del fact
    known = inputs(trial)
    seen = run(
        trial, x=known["x"][::-1], state=tuple(s[::-1] for s in known["state"]),
        forward=known["backward"], backward=known["forward"],
    )  # fmt: skip
    half = seen[0].shape[-1] // 2
    turned = [np.roll(seen[0][::-1], half, axis=-1), *(s[::-1] for s in seen[1:])]
    return all_of(
        trial.compare(y, due.astype(np.float64), 2 * t.allowed, about={"output": t.path})
        for y, (_, due), t in zip(turned, trial.observed(), trial.truth, strict=True)
    )


def equals_layer_upon_layer(trial: Arrays, fact: Fact) -> Finding:
    """One layer, and another fed with its outputs, by the library's own single layer."""
    del fact
    s = trial.subject
    single = s.backend.own_binding(techniques()[f"recurrent.{trial.parameters['cell']}"])
    x, state, first, second = trial.given

    def layer(x: Any, weights: Any, which: int) -> list[Any]:
        given = (x, *(part[which] for part in state), *weights)
        with KERNELS.running():
            outcome = s.backend.call(single, given, {}, device=s.device)
        return [y for _, y in leaves(outcome.outputs)]

    low = layer(x, first, 0)
    high = layer(low[0], second, 1)
    parts = [high[0], *(np.stack(pair) for pair in zip(low[1:], high[1:], strict=True))]
    return all_of(
        trial.compare(y, np.asarray(due, np.float64), 2 * t.allowed, about={"output": t.path})
        for (_, y), due, t in zip(trial.observed(), parts, trial.truth, strict=True)
    )
