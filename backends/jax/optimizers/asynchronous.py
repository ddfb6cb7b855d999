"""ACProp of optax."""

from __future__ import annotations

from typing import Any

import optax.contrib

from backends.equations.optimizers.moments import checks_nothing
from backends.jax.optimizers.bindings import steps


@checks_nothing("learning_rate", "beta1", "beta2", "eps", "weight_decay")
@steps(step="count", first_moment="mu", second_moment="nu")
def acprop(
    *,
    learning_rate: float = 1e-3,
    beta1: float = 0.9,
    beta2: float = 0.999,
    eps: float = 1e-16,
    eps_root: float = 1e-16,
    weight_decay: float = 0.0,
) -> Any:
    return optax.contrib.acprop(learning_rate, beta1, beta2, eps, eps_root, weight_decay)
