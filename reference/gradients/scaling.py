"""Loss scaling: gradients kept above the end of float16, by a scale that looks after itself."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from reference.facts import rejects
from reference.gradient_facts import chosen, scales_back, skips
from reference.gradients.non_finite import along, finite_steps
from reference.gradients.norms import Tensors
from reference.numerics import Array
from reference.technique import Accuracy, OneOf, technique


@technique(
    source="Micikevicius et al. 2018, Mixed precision training, section 3.2; NVIDIA, Training with"
    " mixed precision, section 4.2 (dynamic loss scaling)",
    accuracy=Accuracy(ulps=1, inputs=0),
    facts=(skips, scales_back, chosen("unscaled_by_hand"), rejects({"unscaled_by_hand": 2})),
)
def scale_loss(
    steps: Tensors,
    *,
    init_scale: Annotated[float, OneOf((256.0, 64.0))] = 256.0,
    growth_factor: Annotated[float, OneOf((2.0, 4.0))] = 2.0,
    backoff_factor: Annotated[float, OneOf((0.5, 0.25))] = 0.5,
    growth_interval: Annotated[int, OneOf((2, 1, 3))] = 2,
    extra_steps: Annotated[int, OneOf((0, 1))] = 0,
    unscaled_by_hand: Annotated[int, OneOf((0, 1))] = 0,
) -> dict[str, Tensors | Array]:
    """Multiply the loss by a scale, divide the gradients by it, and adapt it (dynamic scaling).

    y_t = (S_t g_t) / S_t where that is finite, else 0;  S_(t+1) = b S_t after a bad step,
    a S_t after N + x good ones in a row, else S_t

    g_t are the gradients of step t, S_t is the scale, a is growth_factor, b backoff_factor, N
    growth_interval, x extra_steps. The good steps are counted from 0 after each change of S.

    *Numerics*: with powers of two, scaling rounds nothing; what is divided is rounded once. A step
    is bad where any of its scaled gradients is NaN or infinite.

    Args:
        steps: gradients of consecutive steps, stacked: arrays of (steps, ...).
        init_scale: the scale of the first step.
        growth_factor: by which it rises.
        backoff_factor: by which it falls.
        growth_interval: after how many good steps it rises.
        extra_steps: 1 where the step that rises comes after growth_interval others.
        unscaled_by_hand: how often the gradients are divided before the step, to be clipped, say:
            0 or 1. The step then leaves it out: the result does not depend on it.

    Returns:
        `applied`: what is applied, stacked like the gradients; `scales`: the scale after each step,
        as a whole number, (steps,).

    Raises:
        ValueError: gradients would be divided twice.

    *Differences*: torch.amp.GradScaler rises with the growth_interval-th good step,
    flax's DynamicScale with the one after it: growth_interval - 1 aligns it. Flax returns float32
    gradients whatever it is given. GradScaler refuses float16 gradients: it expects float32
    parameters under autocast. Its unscale_ is the division by hand, and a second one raises
    RuntimeError; DynamicScale divides where it differentiates, once.

    Example:
        >>> out = scale_loss([np.array([1.0, np.inf, 1.0, 1.0])])
        >>> out["applied"], out["scales"]
        ([array([1., 0., 1., 1.])], array([256, 128, 128, 256], dtype=int32))
    """
    if unscaled_by_hand not in (0, 1):
        message = f"gradients are divided by the scale once, not {unscaled_by_hand} times by hand"
        raise ValueError(message)
    good, scale, in_a_row = finite_steps(steps), init_scale, 0
    scales = np.zeros(len(good))
    for t, fine in enumerate(good):
        in_a_row = in_a_row + 1 if fine else 0
        if not fine:
            scale *= backoff_factor
        elif in_a_row == growth_interval + extra_steps:
            scale, in_a_row = scale * growth_factor, 0
        scales[t] = scale
    updates = [np.where(along(good, g), g, g.dtype.type(0)) for g in steps]
    return {"applied": updates, "scales": scales.astype(np.int32)}
