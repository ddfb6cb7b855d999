"""Wrong weight decay."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant


def _decays(w: Any, decayed: str) -> bool:
    return decayed == "all" or w.ndim > 1


@mutant(
    "regularization.coupled_weight_decay",
    "decoupled in place of coupled, and without the learning rate: w (1 - k) - a g",
    blind_spot="symmetry and defaults",
)
def coupled_weight_decay_forgets_the_rate(
    params: Any, grads: Any, *, learning_rate: float, weight_decay: float, decayed: str
) -> Any:
    a, k = np.float32(learning_rate), np.float32(weight_decay)
    return [
        w - a * g - (k * w if _decays(w, decayed) else 0)
        for w, g in zip(params, grads, strict=True)
    ]


@mutant(
    "regularization.coupled_weight_decay",
    "the sign of decay turned: parameters grow",
    blind_spot="dynamics",
)
def coupled_weight_decay_grows(
    params: Any, grads: Any, *, learning_rate: float, weight_decay: float, decayed: str
) -> Any:
    a, k = np.float32(learning_rate), np.float32(weight_decay)
    return [
        w - a * (g - (k * w if _decays(w, decayed) else 0))
        for w, g in zip(params, grads, strict=True)
    ]


@mutant(
    "regularization.coupled_weight_decay",
    "biases and scales decay though they were left out",
    blind_spot="structure",
)
def coupled_weight_decay_ignores_its_mask(
    params: Any, grads: Any, *, learning_rate: float, weight_decay: float, decayed: str
) -> Any:
    del decayed
    a, k = np.float32(learning_rate), np.float32(weight_decay)
    return [w - a * (g + k * w) for w, g in zip(params, grads, strict=True)]


@mutant(
    "regularization.coupled_weight_decay",
    "the gradient of the whole square, 2 k w",
    blind_spot="symmetry and defaults",
)
def coupled_weight_decay_pulls_twice(
    params: Any, grads: Any, *, learning_rate: float, weight_decay: float, decayed: str
) -> Any:
    a, k = np.float32(learning_rate), np.float32(2 * weight_decay)
    return [
        w - a * (g + (k * w if _decays(w, decayed) else 0))
        for w, g in zip(params, grads, strict=True)
    ]


@mutant(
    "regularization.coupled_weight_decay",
    "the sign of the parameter is added, not the parameter: L1 in place of L2",
    blind_spot="scale",
)
def coupled_weight_decay_takes_the_sign(
    params: Any, grads: Any, *, learning_rate: float, weight_decay: float, decayed: str
) -> Any:
    a, k = np.float32(learning_rate), np.float32(weight_decay)
    return [
        w - a * (g + (k * np.sign(w) if _decays(w, decayed) else 0))
        for w, g in zip(params, grads, strict=True)
    ]


@mutant(
    "regularization.coupled_weight_decay",
    "decay of magnitudes, a (g + k |w|): negative parameters grow",
    blind_spot="symmetry and defaults",
)
def coupled_weight_decay_pulls_downwards(
    params: Any, grads: Any, *, learning_rate: float, weight_decay: float, decayed: str
) -> Any:
    a, k = np.float32(learning_rate), np.float32(weight_decay)
    return [
        w - a * (g + (k * np.abs(w) if _decays(w, decayed) else 0))
        for w, g in zip(params, grads, strict=True)
    ]


@mutant(
    "regularization.coupled_weight_decay",
    "parameters are changed in place, so that those that were given are lost",
    blind_spot="protocol",
)
def coupled_weight_decay_writes_into_its_parameters(
    params: Any, grads: Any, *, learning_rate: float, weight_decay: float, decayed: str
) -> Any:
    a, k = np.float32(learning_rate), np.float32(weight_decay)
    for w, g in zip(params, grads, strict=True):
        w[...] = w - a * (g + (k * w if _decays(w, decayed) else 0))
    return params


@mutant(
    "regularization.decoupled_weight_decay",
    "the learning rate counts twice: w (1 - a^2 k), unseen at a rate of 1",
    blind_spot="symmetry and defaults",
)
def decoupled_weight_decay_takes_the_rate_twice(
    params: Any, *, learning_rate: float, weight_decay: float, decayed: str, steps: int
) -> Any:
    factor = np.float32((1 - learning_rate**2 * weight_decay) ** steps)
    return [w * factor if _decays(w, decayed) else w.copy() for w in params]


@mutant(
    "regularization.decoupled_weight_decay",
    "w (1 - k), the learning rate left out, as decay was first printed",
    blind_spot="symmetry and defaults",
)
def decoupled_weight_decay_ignores_the_rate(
    params: Any, *, learning_rate: float, weight_decay: float, decayed: str, steps: int
) -> Any:
    del learning_rate
    factor = np.float32((1 - weight_decay) ** steps)
    return [w * factor if _decays(w, decayed) else w.copy() for w in params]


@mutant(
    "regularization.decoupled_weight_decay",
    "coupled in place of decoupled: k w goes through Adam, which moves every parameter by a",
    blind_spot="dynamics",
)
def decoupled_weight_decay_goes_through_adam(
    params: Any, *, learning_rate: float, weight_decay: float, decayed: str, steps: int
) -> Any:
    a, k = np.float32(learning_rate), np.float32(weight_decay)
    for _ in range(steps):
        pulls = [k * w if _decays(w, decayed) else 0 * w for w in params]
        params = [
            w - a * g / (np.abs(g) + np.float32(1e-8)) for w, g in zip(params, pulls, strict=True)
        ]
    return params


@mutant(
    "regularization.decoupled_weight_decay",
    "the first step decays and the others do not",
    blind_spot="time",
)
def decoupled_weight_decay_decays_once(
    params: Any, *, learning_rate: float, weight_decay: float, decayed: str, steps: int
) -> Any:
    del steps
    factor = np.float32(1 - learning_rate * weight_decay)
    return [w * factor if _decays(w, decayed) else w.copy() for w in params]


@mutant(
    "regularization.decoupled_weight_decay",
    "the mask turned round: biases and scales decay, matrices do not",
    blind_spot="structure",
)
def decoupled_weight_decay_turns_its_mask_round(
    params: Any, *, learning_rate: float, weight_decay: float, decayed: str, steps: int
) -> Any:
    factor = np.float32((1 - learning_rate * weight_decay) ** steps)
    return [w * factor if decayed == "all" or w.ndim < 2 else w.copy() for w in params]
