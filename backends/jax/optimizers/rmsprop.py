"""RMSprop and its centered form, of optax."""

from __future__ import annotations

from typing import Annotated, Any

import optax

from backends.binding import deviates
from backends.equations.optimizers.adaptive import NO_SPREAD, flat, spread_cancels
from backends.equations.optimizers.ranges import loses_eps
from backends.equations.optimizers.steps import CHECKS_NOTHING, loses_range, rounds_hyper_parameters
from backends.jax.optimizers.bindings import steps
from backends.nonsense import accepts
from reference.technique import OneOf

_STEP = "agrees_with_reference"
_BEGUN = {"square_average": 0.0, "gradient_average": 0.0, "momentum_buffer": 0.0}
_FIRST = "takes_a_first_step_of_known_length"


@accepts(
    "learning_rate=-0.5", "decay=1.0", "decay=-0.5", "eps=-0.5", "weight_decay=-0.5",
    because=CHECKS_NOTHING,
)  # fmt: skip
@loses_range(
    _STEP,
    _FIRST,
    because="squares of small gradients are 0 in float16, and so is eps = 1e-8",
    witness={"gradient": 1e-4, "square_average": 0.0},
)
@loses_range(
    _STEP,
    _FIRST,
    because="squares of gradients from 256 on are infinite in float16: the parameter stands still",
    witness={"gradient": 300.0, "square_average": 0.0},
)
@loses_eps()
@rounds_hyper_parameters(
    {
        "bfloat16": {"gradient": 1.0, "square_average": 0.0, "decay": 0.99},
        "float16": {"gradient": 1.0, "square_average": 0.0, "decay": 0.9985},
    }
)
@steps(square_average="nu")
def rmsprop(
    *,
    learning_rate: float = 1e-2,
    decay: float = 0.9,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    eps_in_root: bool = True,
) -> Any:
    scaled = optax.rmsprop(learning_rate, decay, eps, eps_in_sqrt=eps_in_root)
    return optax.chain(optax.add_decayed_weights(weight_decay), scaled)


@deviates(
    _STEP,
    where=spread_cancels,
    at_most=NO_SPREAD,
    because="v - m^2 is all rounding under a constant gradient: its root is anything, or NaN",
    witness={
        "float64": flat(1.7, eps=1e-20),
        "float32": flat(1.7),
        "bfloat16": flat(1.7),
        "float16": flat(1.7),
    },
)
@loses_range(
    _STEP,
    because="squares of small gradients are 0 in float16, and so is eps = 1e-8",
    witness=_BEGUN | {"gradient": 1e-4},
)
@loses_range(
    _STEP,
    because="squares overflow in float16: the parameter stands still, or turns into NaN",
    witness=_BEGUN | {"gradient": 1e4},
)
@loses_eps()
@rounds_hyper_parameters(
    {name: _BEGUN | {"gradient": 1.0, "decay": 0.9985} for name in ("bfloat16", "float16")}
)
@accepts(
    "learning_rate=-0.5", "decay=1.0", "decay=-0.5", "momentum=1.0", "momentum=-0.5", "eps=-0.5",
    because=CHECKS_NOTHING,
)  # fmt: skip
@steps(square_average="nu", gradient_average="mu", momentum_buffer="trace")
def centered_rmsprop(
    *,
    learning_rate: float = 1e-2,
    decay: float = 0.9,
    momentum: float = 0.9,
    eps: float = 1e-8,
    eps_in_root: bool = True,
    rate: Annotated[str, OneOf(("inside",))] = "inside",
) -> Any:
    del rate  # optax has it inside
    return optax.rmsprop(
        learning_rate, decay, eps, eps_in_sqrt=eps_in_root, centered=True, momentum=momentum
    )
