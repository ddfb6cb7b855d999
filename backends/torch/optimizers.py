"""Optimizers of torch.optim, each built for one step from a given state."""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
import torch

from backends.backend import deviates
from backends.optimizer_bounds import (
    ADAM_UNDERFLOW,
    BIAS_CORRECTION,
    INFINITE_LERP,
    LOST_UPDATE,
    SMALL_BETA,
    SMALL_BETA_FORGETS,
    SMALL_BETA_GROWS,
    STEP_COUNTER,
    ZERO_BY_ZERO,
    next_moments,
    rounds_to_zero,
    underflows,
)
from reference.technique import OneOf


def _stepped(
    kind: Any, grads: Any, state: Any, params: Any, names: dict[str, str], **options: Any
) -> tuple[Any, Any]:
    """One step of a torch optimizer from this state, whose entries torch calls by these names.

    Gradients are handed over as they are; parameters and state are copied first, since torch
    writes new values into them.
    """
    owned = [w.clone().requires_grad_() for w in params]
    optimizer = kind(owned, foreach=False, **options)
    loaded = {
        i: {"step": state["step"].to(torch.float32)}
        | {theirs: state[ours][i].clone() for ours, theirs in names.items()}
        for i in range(len(params))
    }
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": loaded, "param_groups": groups})
    for w, g in zip(owned, grads, strict=True):
        w.grad = g
    optimizer.step()
    kept = [optimizer.state[w] for w in owned]
    new = {"step": kept[0]["step"].to(torch.int32)}
    new |= {ours: [k[theirs] for k in kept] for ours, theirs in names.items()}
    return [w.detach() for w in owned], new


_MOMENTS = {"first_moment": "exp_avg", "second_moment": "exp_avg_sq"}


def _overflows(
    gradient: Any, first_moment: Any, second_moment: Any, beta1: float, beta2: float,
    largest: float, entry: str,
) -> Any:  # fmt: skip
    _, second = next_moments(gradient, first_moment, second_moment, beta1, beta2)
    return (entry == "params") & (second > largest)


_STEP = "agrees_with_reference"
_FIRST = "takes_a_first_step_of_known_length"


@deviates(
    _STEP,
    where=lambda entry, taken: entry == "step" and taken >= 2**24,
    at_most=STEP_COUNTER,
    because="torch counts steps in float32, which ends at 2^24",
    witness={"taken": 2**24, "gradient": 1.0, "first_moment": 1.0, "second_moment": 1.0},
)
@deviates(
    _STEP,
    where=lambda entry, gradient, beta1: (
        (entry == "first_moment") & np.isinf(gradient) & (beta1 <= 0.5)
    ),
    at_most=INFINITE_LERP,
    because="lerp with a weight of 1/2 or more turns an infinite gradient into NaN",
    witness={"gradient": np.inf, "first_moment": 0.0, "second_moment": 0.0, "beta1": 0.5},
)
@deviates(
    _STEP,
    where=lambda entry, beta1: entry in ("params", "first_moment") and 0 < beta1 <= 0.5,
    at_most=SMALL_BETA,
    because="lerp with a weight of 1/2 or more keeps beta1 to the ulp of 1, not to its own",
    witness={
        "taken": 5,
        "gradient": 0.0,
        "first_moment": 1.0,
        "second_moment": 1.0,
        "beta1": 0.0037,
    },
    dtypes=("float64", "float32"),
)
@deviates(
    "forgets_at_its_decay",
    where=lambda entry, beta1: entry == "first_moment" and 0 < beta1 <= 0.5,
    at_most=SMALL_BETA_FORGETS,
    because="lerp with a weight of 1/2 or more keeps beta1 to the ulp of 1, not to its own",
    witness={"float64": {"beta1": 0.0037}, "float32": {"beta1": 0.09281250089406967}},
)
@deviates(
    "trajectories_agree",
    where=lambda entry, beta1: entry in ("params", "first_moment") and 0 < beta1 <= 0.5,
    at_most=SMALL_BETA_GROWS,
    because="lerp with a weight of 1/2 or more keeps beta1 to the ulp of 1, not to its own",
    witness={"beta1": 0.0037, "seed": 9},
    dtypes=("float64", "float32"),
)
@deviates(
    _STEP,
    where=lambda entry: entry == "params",
    at_most=BIAS_CORRECTION,
    because="torch forms 1 - beta^t in float64, which cancels in the first steps",
    witness={"taken": 1, "gradient": 1.0, "first_moment": 0.1, "second_moment": 0.001},
    dtypes=("float64",),
)
@deviates(
    _STEP,
    _FIRST,
    where=underflows,
    at_most=ADAM_UNDERFLOW,
    because="float16 moments underflow below gradients of 1e-3, and eps = 1e-8 is 0 in float16",
    witness={"gradient": 1e-4, "first_moment": 0.0, "second_moment": 0.0},
    dtypes=("float16",),
)
@deviates(
    _STEP,
    _FIRST,
    where=_overflows,
    at_most=LOST_UPDATE,
    because="the second moment overflows in float16, and the parameter stands still",
    witness={"gradient": 1e4, "first_moment": 0.0, "second_moment": 0.0},
    dtypes=("float16",),
)
@deviates(
    "rests_at_zero_gradient",
    where=rounds_to_zero,
    at_most=ZERO_BY_ZERO,
    because="eps = 1e-8 is 0 in float16: a zero gradient turns its parameter into NaN",
    witness={"gradient": 0.0},
    dtypes=("float16",),
)
def adam(
    grads: Any,
    state: Any,
    params: Any,
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    eps_root: Annotated[float, OneOf((0.0,))] = 0.0,
) -> Any:
    del eps_root  # torch has no eps under the root
    betas = (beta1, beta2)
    options = {"lr": learning_rate, "betas": betas, "eps": eps}
    return _stepped(torch.optim.Adam, grads, state, params, _MOMENTS, **options)
