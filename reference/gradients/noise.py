"""Noise: random numbers added to gradients, fewer and fewer with time."""

from __future__ import annotations

from typing import Annotated

import numpy as np

from reference.gradients.non_finite import along
from reference.gradients.norms import Tensors
from reference.numerics import Array
from reference.technique import Accuracy, Between, technique


def deviations_of_noise(steps: int, eta: float, gamma: float) -> Array:
    """Standard deviation of the noise at each step."""
    return np.sqrt(eta / np.power(1.0 + np.arange(steps), gamma))


@technique(
    source="Neelakantan et al. 2015, Adding gradient noise improves learning for very deep"
    " networks, equation 1",
    accuracy=Accuracy(ulps=1, inputs=4),
)
def add_noise(
    seed: Array,
    steps: Tensors,
    *,
    eta: Annotated[float, Between(2.0**-6, 4.0, log=True)] = 0.3,
    gamma: Annotated[float, Between(0.25, 1.0)] = 0.55,
) -> Tensors:
    """Add normal noise to every gradient, of a variance that falls with time.

    y_t = g_t + z_t,  z_t ~ N(0, eta / (1 + t)^gamma)

    g_t are the gradients of step t = 0, 1 ..., eta is the variance of the first step's noise, gamma
    says how fast it falls.

    *Numerics*: the standard deviation costs four roundings (power, quotient, root, and the product
    with the number drawn), the sum one.

    Args:
        seed: of the random numbers, an integer.
        steps: gradients of consecutive steps, stacked: arrays of (steps, ...).
        eta: variance of the noise at the first step; square of the gradients' unit.
        gamma: exponent of the decay.

    Returns:
        Gradients with noise, stacked. The same seed gives the same noise.

    Raises:
        ValueError: eta is below 0.

    *Differences*: optax.add_noise, whose count begins at 1 and so agrees. PyTorch has none: one
    adds torch.randn_like(p.grad) * std.

    Example:
        >>> add_noise(np.array(0), [np.array([1.0, 2.0])], eta=0.0)
        [array([1., 2.])]
    """
    if eta < 0:
        message = f"eta is a variance, and cannot be {eta}"
        raise ValueError(message)
    source, found = np.random.default_rng(int(seed)), []
    for g in steps:
        std = along(deviations_of_noise(len(g), eta, gamma), g)
        found.append((g + std * source.standard_normal(g.shape)).astype(g.dtype))
    return found
