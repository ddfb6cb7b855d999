"""optax.contrib.reduce_on_plateau, shown metric after metric."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import jax
import optax.contrib

from backends.binding import Bound, deviates
from reference.technique import OneOf


@deviates(
    "agrees_with_reference",
    where=lambda threshold: threshold[0] == 1e-4,
    at_most=Bound("|error| <= r_0: reductions come that are not due", lambda base_rate: base_rate),
    because="the best is kept in the dtype of the parameters, in which 1 - 1e-4 is 1: a negative"
    " metric that stands still is no improvement there",
    witness={"metric": -1.0},
    dtypes=("bfloat16", "float16"),
)
def reduce_on_plateau(
    metrics: Any,
    base_rate: Any,
    *,
    factor: tuple[int, int] = (1, 10),
    patience: int = 2,
    cooldown: int = 0,
    threshold: tuple[float, float] = (1e-4, 0.0),
    final_fraction: float = 0.0,
    eps: Annotated[float, OneOf((0.0,))] = 0.0,
    better: Literal["lower"] = "lower",
) -> Any:
    del eps, better  # optax has no eps, and lower metrics
    plateau = optax.contrib.reduce_on_plateau(
        factor[0] / factor[1], patience + 1, *threshold, cooldown, min_scale=final_fraction
    )

    def step(state: Any, metric: Any) -> Any:
        return plateau.update(base_rate, state, value=metric)[::-1]

    _, rates = jax.lax.scan(step, plateau.init(base_rate), metrics.reshape(-1))
    return rates.reshape(metrics.shape)
