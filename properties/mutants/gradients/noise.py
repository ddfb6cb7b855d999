"""Wrong noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.gradients.noise import deviations_of_noise
from reference.gradients.non_finite import along


def _noisy(seed: Any, steps: Any, std: Any, draw: Any = None) -> Any:
    source = np.random.default_rng(int(seed))
    draw = draw or source.standard_normal
    return [(g + along(std, g) * draw(g.shape)).astype(g.dtype) for g in steps]


def _std(steps: Any, eta: float, gamma: float) -> Any:
    return deviations_of_noise(len(steps[0]), eta, gamma)


@mutant(
    "gradients.add_noise",
    "eta taken for the standard deviation, not the variance: alike at 1",
    blind_spot="symmetry and defaults",
)
def noise_takes_no_root(seed: Any, steps: Any, *, eta: float, gamma: float) -> Any:
    return _noisy(seed, steps, np.square(_std(steps, eta, gamma)))


@mutant(
    "gradients.add_noise",
    "annealed from t = 1: the first step has the noise of the second",
    blind_spot="boundaries",
)
def noise_begins_late(seed: Any, steps: Any, *, eta: float, gamma: float) -> Any:
    return _noisy(seed, steps, deviations_of_noise(len(steps[0]) + 1, eta, gamma)[1:])


@mutant(
    "gradients.add_noise",
    "never annealed",
    blind_spot="time",
)
def noise_never_fades(seed: Any, steps: Any, *, eta: float, gamma: float) -> Any:
    return _noisy(seed, steps, np.full(len(steps[0]), _std(steps, eta, gamma)[0]))


@mutant(
    "gradients.add_noise",
    "a standard deviation that is 1 % too small",
    blind_spot="tolerance",
)
def noise_is_one_per_cent_short(seed: Any, steps: Any, *, eta: float, gamma: float) -> Any:
    return _noisy(seed, steps, 0.99 * _std(steps, eta, gamma))


@mutant(
    "gradients.add_noise",
    "one key for every step: the same noise again and again",
    blind_spot="time",
)
def noise_repeats_itself(seed: Any, steps: Any, *, eta: float, gamma: float) -> Any:
    def draw(shape: Any) -> Any:
        one = np.random.default_rng(int(seed)).standard_normal(shape[1:])
        return np.broadcast_to(one, shape)

    return _noisy(seed, steps, _std(steps, eta, gamma), draw)


@mutant(
    "gradients.add_noise",
    "one key for every tensor",
    blind_spot="structure",
)
def noise_is_the_same_in_every_tensor(seed: Any, steps: Any, *, eta: float, gamma: float) -> Any:
    def draw(shape: Any) -> Any:
        return np.random.default_rng(int(seed)).standard_normal(shape)

    return _noisy(seed, steps, _std(steps, eta, gamma), draw)


@mutant(
    "gradients.add_noise",
    "the seed is not used",
    blind_spot="protocol",
)
def noise_ignores_its_seed(seed: Any, steps: Any, *, eta: float, gamma: float) -> Any:
    del seed
    return _noisy(0, steps, _std(steps, eta, gamma))


@mutant(
    "gradients.add_noise",
    "uniform noise of the same variance",
    blind_spot="symmetry and defaults",
)
def noise_is_uniform(seed: Any, steps: Any, *, eta: float, gamma: float) -> Any:
    source = np.random.default_rng(int(seed))
    edge = np.sqrt(3)
    return _noisy(
        seed, steps, _std(steps, eta, gamma), lambda shape: source.uniform(-edge, edge, shape)
    )


@mutant(
    "gradients.add_noise",
    "absolute values: the noise pushes one way",
    blind_spot="symmetry and defaults",
)
def noise_pushes_one_way(seed: Any, steps: Any, *, eta: float, gamma: float) -> Any:
    source = np.random.default_rng(int(seed))
    return _noisy(
        seed, steps, _std(steps, eta, gamma), lambda shape: abs(source.standard_normal(shape))
    )


@mutant(
    "gradients.add_noise",
    "noise in place of the gradient",
    blind_spot="protocol",
)
def noise_replaces_the_gradient(seed: Any, steps: Any, *, eta: float, gamma: float) -> Any:
    zeros = [np.zeros_like(g) for g in steps]
    return _noisy(seed, zeros, _std(steps, eta, gamma))
