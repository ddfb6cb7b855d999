"""Averaging, by jax.grad and optax.MultiSteps."""

from __future__ import annotations

from typing import Annotated, Any

import jax
import numpy as np
import optax

from backends.binding import Bound, deviates
from backends.gradient_updates import stepped
from reference.technique import OneOf

_NARROW = Bound(
    "|error| <= 3 2^-24 sum |g| + 2^-124 + accepted; infinite where a float32 is",
    lambda total, allowed: np.where(
        total > 1e38, np.inf, 3 * 2.0**-24 * total + 2.0**-124 + allowed
    ),
)
_BECAUSE = "MultiSteps accumulates in float32 unless it is told accumulator_dtype=float64"


def batch_mean(examples: Any, *, reduction: str = "mean") -> Any:
    reduced = getattr(jax.numpy, reduction)
    zeros = optax.tree.zeros_like([g[0] for g in examples])

    def loss(params: Any) -> Any:
        return reduced(jax.vmap(optax.tree.vdot, (None, 0))(params, examples))

    return jax.grad(loss)(zeros)


@deviates(
    "agrees_with_reference",
    "equals_the_full_batch",
    "ignores_the_order_of_micro_batches",
    where=lambda: True,
    at_most=_NARROW,
    because=_BECAUSE,
    witness={"gradient": 0.1},
    dtypes=("float64",),
)
@deviates(
    "agrees_with_reference",
    "ignores_the_order_of_micro_batches",
    where=lambda spoilt: spoilt,
    at_most=Bound("NaN where inf is due", lambda: np.inf),
    because="a running mean a + (g - a) / i makes NaN of an infinity: the next g - inf is -inf."
    " use_grad_mean=False keeps it",
    witness={"gradient": np.inf},
)
def accumulate(
    micro_batches: Any,
    sizes: Any,
    *,
    weights: Annotated[str, OneOf(("alike",))] = "alike",
) -> Any:
    del sizes, weights
    steps = jax.tree.map(lambda *parts: jax.numpy.stack(parts), *micro_batches)
    step, first = stepped(optax.MultiSteps(optax.identity(), len(micro_batches)), steps)
    return [u[-1] for u in jax.lax.scan(step, first, steps)[1][1]]


@deviates(
    "agrees_with_reference",
    "forgets_what_it_has_emitted",
    where=lambda accumulator: accumulator == "float32",
    at_most=_NARROW,
    because=_BECAUSE,
    witness={"gradient": 0.1, "accumulator": "float32"},
    dtypes=("float64",),
)
@deviates(
    "agrees_with_reference",
    "forgets_what_it_has_emitted",
    where=lambda after_bad: after_bad,
    at_most=Bound("NaN from the first bad step on", lambda: np.inf),
    because="MultiSteps and apply_every zero what they have emitted, and what they have not, by a"
    " product with 0: 0 * NaN stays NaN for ever. should_skip_update_fn=optax.skip_not_finite"
    " avoids it",
    witness={"gradient": 1.0, "bad_step": 1},
)
def accumulate_every(
    steps: Any, *, every: int = 3, average: str = "mean", accumulator: str = "float32"
) -> Any:
    mean, kind = average == "mean", "float32" if accumulator == "float32" else steps[0].dtype
    accumulating: Any = optax.MultiSteps(
        optax.identity(), every, use_grad_mean=mean, accumulator_dtype=kind
    )
    if accumulator == "own" and not mean:
        accumulating = optax.apply_every(every)
    step, first = stepped(accumulating, steps)
    return {"applied": jax.lax.scan(step, first, steps)[1][1]}


def accumulate_good_steps(steps: Any, *, every: int = 3, average: str = "mean") -> Any:
    accumulating = optax.MultiSteps(
        optax.identity(),
        every,
        use_grad_mean=average == "mean",
        should_skip_update_fn=optax.skip_not_finite,
        accumulator_dtype=steps[0].dtype,
    )
    step, first = stepped(accumulating, steps)
    states, updates = jax.lax.scan(step, first, steps)[1]
    skipped = states.skip_state["should_skip"].astype(jax.numpy.int32)
    return {"applied": updates, "skipped": skipped}


@deviates(
    "agrees_with_reference",
    where=lambda longest, largest: longest > np.sqrt(largest / 2),
    at_most=Bound(
        "|error| <= n max_norm + accepted: examples that are too long are lost",
        lambda count, max_norm, allowed: count * max_norm + allowed,
    ),
    because="squares are summed as they are: from a norm of sqrt(largest) on, in float16 of 256",
    witness={
        "float64": {"gradient": 1e160},
        "float32": {"gradient": 1e20},
        "bfloat16": {"gradient": 1e20},
        "float16": {"gradient": 600.0},
    },
)
@deviates(
    "agrees_with_reference",
    where=lambda spoilt: spoilt,
    at_most=Bound("whatever a spoilt example has, unclipped", lambda: np.inf),
    because="a share that is NaN counts as 1: an example with a NaN adds its finite gradients"
    " unclipped, beyond max_norm",
    witness={"gradient": 1.0, "spoiled": "nan"},
)
def clip_per_example(examples: Any, *, max_norm: float = 1.0) -> Any:
    return optax.per_example_global_norm_clip(examples, max_norm)[0]
