"""Resilient propagation: only the sign of a gradient counts, and whether it stays."""

from __future__ import annotations

from typing import Annotated, Literal, TypedDict

import numpy as np

from reference.demands import demand
from reference.optimizer_facts import (
    elementwise_steps,
    first_step,
    refuses,
    rests,
    strides,
    symmetric_steps,
    tensors_apart,
)
from reference.optimizer_states import Starts, Tensors
from reference.ranged import ranged
from reference.technique import Accuracy, Between, technique


class Resilient(TypedDict):
    """What Rprop keeps: a step size for every element, and what it last followed."""

    step_size: Annotated[Tensors, Starts("learning_rate")]
    previous: Annotated[Tensors, Starts(0.0)]


@technique(
    source="Riedmiller and Braun 1993, RPROP; without backtracking: Igel and Huesken 2003,"
    " Empirical evaluation of the improved Rprop learning algorithms, algorithm 4 (iRprop-)",
    accuracy=Accuracy(ulps=3, inputs=3),
    facts=(
        elementwise_steps,
        tensors_apart,
        rests(),
        symmetric_steps("previous"),
        first_step(lambda learning_rate: learning_rate, lambda: 0.0),
        strides(growth="growth", shrinkage="shrinkage", longest="largest_step"),
        refuses(shrinkage=(1.5, -0.5), growth=(0.5,)),
    ),
)
def rprop(
    grads: Tensors,
    state: Resilient,
    params: Tensors,
    *,
    learning_rate: Annotated[float, Between(1e-3, 1.0, log=True)] = 1e-2,
    shrinkage: Annotated[float, Between(0.1, 0.9)] = 0.5,
    growth: Annotated[float, Between(1.05, 2.0)] = 1.2,
    smallest_step: Annotated[float, Between(1e-8, 1e-4, log=True)] = 1e-6,
    largest_step: Annotated[float, Between(2.0, 100.0, log=True)] = 50.0,
    keeps: Literal["gradient", "update"] = "gradient",
) -> tuple[Tensors, Resilient]:
    """Rprop: step sizes that grow while a gradient keeps its sign and shrink where it turns.

    c = g p,
    D <- clip(D n+) where c > 0,  clip(D n-) where c < 0,  else D,
    p <- 0 where c < 0,  else g (or the update D sign(g)),
    w <- w - D sign(p)

    w are the params, g the grads, p the previous gradient (or update), D the step size, which
    starts at the learning rate, n+ the growth, n- the shrinkage; clip holds D between smallest and
    largest step. Of a gradient only its sign counts. Where it turned, the element waits for a step.

    *Numerics*: a factor and a product in D; the product with a sign is exact, and the difference
    rounds. Only the sign of g p counts, so that it may overflow but not vanish.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step_size and previous.
        params: parameter tensors of any shapes.
        learning_rate: what step sizes start at; later it is of no account.
        shrinkage: factor of a step size where the sign turns, in (0, 1).
        growth: factor where it stays, above 1.
        smallest_step: the least that a step size shrinks to, unit of the parameters.
        largest_step: the most that it grows to.
        keeps: whether `previous` is the gradient or the update that followed from it.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: shrinkage outside (0, 1), or growth not above 1.

    *Differences*: torch keeps the gradient (`prev`), optax the update (`prev_updates`, with
    `step_sizes` for `step_size`). optax takes every step one call late, and not at all where the
    sign turns in between: no argument makes it torch's. torch clips a step size in every step,
    optax and the paper where it changed. A NaN gradient moves nothing in torch, as torch.sign(NaN)
    is 0; optax takes it for a turn.

    Example:
        >>> params = [np.array([1.0])]
        >>> state = {"step_size": [np.array([0.5])], "previous": [np.array([-0.1])]}
        >>> rprop([np.array([-4.0])], state, params, growth=2.0)[0]
        [array([2.])]
    """
    demand(
        learning_rate=learning_rate >= 0,
        shrinkage=0 < shrinkage < 1,
        growth=growth > 1,
    )
    moved, new = [], Resilient(step_size=[], previous=[])
    kept = zip(state["step_size"], state["previous"], strict=True)
    for w, g, (size, previous) in zip(params, grads, kept, strict=True):
        real = w.dtype.type
        turn = ranged("g p", g * previous)
        changed = size * np.where(turn > 0, real(growth), real(shrinkage))
        bounded = np.clip(changed, real(smallest_step), real(largest_step))
        step = np.where((turn > 0) | (turn < 0), bounded, size)
        followed = np.where(turn < 0, real(0), g)
        update = step * np.sign(followed)
        moved.append(w - update)
        new["step_size"].append(step)
        new["previous"].append(followed if keeps == "gradient" else update)
    return moved, new
