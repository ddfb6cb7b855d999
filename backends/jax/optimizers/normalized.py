"""Optimizers of optax that normalize a gradient first."""

from __future__ import annotations

from typing import Any

import numpy as np
import optax
import optax.contrib

from backends.binding import Bound, deviates
from backends.equations.optimizers.moments import SHOWS_ROUNDED_BETA1, checks_nothing
from backends.equations.optimizers.steps import loses_range, rounds_hyper_parameters
from backends.jax.optimizers.bindings import steps

_STEP = "agrees_with_reference"

_UNCLIPPED = "the first step is 0 (g / eps), unclipped: NaN, for good, where g / eps overflows"
_INVERSE = (
    "XLA multiplies by 1 / (sqrt(v) + eps), of which there is one a tensor: with eps = 1e-6 that is"
    " infinite in float16, and a zero gradient turns its tensor into NaN"
)
_NONE_TIMES_INFINITY = Bound("NaN: 0 times infinity", lambda: np.inf)


@checks_nothing("learning_rate", "beta1", "beta2", "eps")
@rounds_hyper_parameters(SHOWS_ROUNDED_BETA1)
@loses_range(
    _STEP,
    because="squares of gradients below 1e-4 are 0 in float16 and those of 256 and more infinite,"
    " and eps = 1e-6 is off by a hundredth",
    witness={"gradient": 300.0, "first_moment": 0.0, "second_moment": 1.0, "taken": 2},
)
@deviates(
    "forgets_at_its_decay",
    where=lambda entry, eps: (entry == "first_moment") & (eps < 2.0**-24),
    at_most=Bound("NaN: 0 / 0", lambda: np.inf),
    because="an eps below 3e-8 is 0 in float16: once v is 0, a zero gradient is NaN",
    witness={"gradient": 0.0, "eps": 1e-10, "beta2": 0.0},
    dtypes=("float16",),
)
@loses_range(
    "rests_at_zero_gradient",
    because="an eps below 3e-8 is 0 in float16: a zero gradient turns its parameter into NaN",
    witness={"gradient": 0.0, "eps": 1e-10},
)
@loses_range(
    "waits_for_its_second_step",
    because=_UNCLIPPED,
    witness={"gradient": 1.0, "clip": "never"},
)
@deviates(
    "trajectories_agree",
    where=lambda clip: clip == "never",
    at_most=_NONE_TIMES_INFINITY,
    because=_UNCLIPPED,
    witness={"clip": "never"},
    dtypes=("float16",),
)
@steps(step="count", first_moment="mu", second_moment="nu")
def adopt(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.9999,
    eps: float = 1e-6,
    clip: str = "fourth_root",
) -> Any:
    clips = clip == "fourth_root"
    return optax.contrib.adopt(learning_rate, beta1, beta2, eps, use_clipping=clips)


@checks_nothing("learning_rate", "beta1", "beta2", "eps", "weight_decay")
@rounds_hyper_parameters(
    {
        "taken": 2,
        "gradient": 1.0,
        "momentum_buffer": 0.0,
        "second_moment": 1e-6,
        "beta2": 0.9997,
    }
)
@loses_range(
    _STEP,
    because="|g|^2 underflows in float16 below gradients of 1e-3 and overflows from 256 on",
    witness={"gradient": 300.0, "momentum_buffer": 0.0, "second_moment": 1.0},
)
@loses_range(
    "rests_at_zero_gradient",
    because=_INVERSE,
    witness={"gradient": 0.0},
)
@deviates(
    "forgets_at_its_decay",
    where=lambda entry, eps, eps_root: (
        (entry == "momentum_buffer") & (eps < 2e-5) & (eps_root < 2.0**-24)
    ),
    at_most=_NONE_TIMES_INFINITY,
    because=_INVERSE,
    witness={"gradient": 0.0},
    dtypes=("float16",),
)
@steps(step="count", momentum_buffer="mu", second_moment="nu")
def novograd(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.25,
    eps: float = 1e-6,
    eps_root: float = 0.0,
    weight_decay: float = 0.0,
) -> Any:
    return optax.novograd(learning_rate, beta1, beta2, eps, eps_root, weight_decay)
