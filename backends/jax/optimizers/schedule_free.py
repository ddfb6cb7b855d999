"""Schedule-free optimizers of optax."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import optax.contrib

from backends.binding import Bound, deviates
from backends.equations.optimizers.ranges import loses_eps
from backends.equations.optimizers.schedule_free import OTHER_SHARE, OTHER_SHARE_OF_ADAMW
from backends.equations.optimizers.steps import (
    CHECKS_NOTHING,
    loses_range,
    rounds_hyper_parameters,
)
from backends.jax.optimizers.bindings import steps
from backends.nonsense import accepts
from reference.technique import OneOf

if TYPE_CHECKING:
    from collections.abc import Callable

_EARLY = (
    "optax reads a schedule for its weights at a counter that begins at 1, and for descent at one"
    " that begins at 0: weights are those of the next step"
)
_EARLY_LINK = "https://github.com/google-deepmind/optax/pull/1744"


def _reads_ahead(bound: Bound, **witness: float) -> Callable[..., Any]:
    """Register what the weights of another step do."""
    return deviates(
        "agrees_in_every_execution",
        where=lambda execution, entry: (
            execution == "schedule" and entry in ("params", "largest_rate", "weight_sum")
        ),
        at_most=bound,
        because=_EARLY,
        witness=witness,
        link=_EARLY_LINK,
    )


@_reads_ahead(OTHER_SHARE, taken=2, gradient=1.0)
@accepts(
    "learning_rate=-0.5", "beta1=0.0", "beta1=-0.5", "weight_decay=-0.5", because=CHECKS_NOTHING
)
@rounds_hyper_parameters({"taken": 2, "gradient": 1.0})
@steps(iterate="z", largest_rate="max_lr", weight_sum="weight_sum")
def schedule_free_sgd(
    *,
    learning_rate: float = 1.0,
    beta1: float = 0.9,
    power: float = 2.0,
    weight_decay: float = 0.0,
) -> Any:
    return optax.contrib.schedule_free_sgd(
        learning_rate, b1=beta1, weight_decay=weight_decay, weight_lr_power=power
    )


@_reads_ahead(OTHER_SHARE_OF_ADAMW, taken=2, gradient=1.0)
@accepts(
    "learning_rate=-0.5", "beta1=0.0", "beta1=-0.5", "beta2=1.0", "beta2=-0.5", "eps=-0.5",
    "weight_decay=-0.5", because=CHECKS_NOTHING,
)  # fmt: skip
@rounds_hyper_parameters({"taken": 2, "gradient": 1.0, "second_moment": 0.1})
@loses_range(
    because="squares underflow in float16 below gradients of 1e-3 and overflow from 256 on;"
    " eps = 1e-8 is 0, and so is a weight of a rate below 1.7e-4",
    witness={"gradient": 300.0, "second_moment": 0.0},
)
@loses_eps()
@steps(
    iterate="z", largest_rate="max_lr", weight_sum="weight_sum", step="count", second_moment="nu"
)
def schedule_free_adamw(
    *,
    learning_rate: float = 2.5e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-8,
    power: float = 2.0,
    weight_decay: float = 0.0,
    correction: Annotated[str, OneOf(("moment",))] = "moment",
) -> Any:
    del correction  # as written in optax
    return optax.contrib.schedule_free_adamw(
        learning_rate, b1=beta1, b2=beta2, eps=eps, weight_decay=weight_decay,
        weight_lr_power=power,
    )  # fmt: skip
