"""Wrong clipping by values."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant


@mutant(
    "gradients.clip_to_interval",
    "A2 3.3 with c1 and c2 swapped: max(min(g, c1), c2) is c2 everywhere",
    blind_spot="symmetry and defaults",
)
def interval_swaps_its_ends(grads: Any, *, low: float, high: float) -> Any:
    return [np.maximum(np.minimum(g, g.dtype.type(low)), g.dtype.type(high)) for g in grads]


@mutant(
    "gradients.clip_to_interval",
    "the upper end mirrored for the lower: alike where they are symmetric",
    blind_spot="symmetry and defaults",
)
def interval_mirrors_its_end(grads: Any, *, low: float, high: float) -> Any:
    del low
    return [np.clip(g, g.dtype.type(-high), g.dtype.type(high)) for g in grads]


@mutant(
    "gradients.clip_to_interval",
    "only the upper end: A2's min(g, c2)",
    blind_spot="boundaries",
)
def interval_has_one_end(grads: Any, *, low: float, high: float) -> Any:
    del low
    return [np.minimum(g, g.dtype.type(high)) for g in grads]


@mutant(
    "gradients.clip_by_value",
    "numbers beyond the bound are dropped, not clipped",
    blind_spot="boundaries",
)
def value_drops_what_is_too_large(grads: Any, *, max_value: float, foreach: bool) -> Any:
    del foreach
    return [np.where(abs(g) <= max_value, g, g.dtype.type(0)) for g in grads]


@mutant(
    "gradients.clip_by_value",
    "fmin and fmax: NaN becomes the bound",
    blind_spot="special values",
)
def value_swallows_nan(grads: Any, *, max_value: float, foreach: bool) -> Any:
    del foreach
    c = np.float32(max_value)
    return [np.fmax(np.fmin(g, c), -c) for g in grads]


@mutant(
    "gradients.clip_by_value",
    "clipped in place: the gradients that were given are lost",
    blind_spot="protocol",
)
def value_writes_into_its_gradients(grads: Any, *, max_value: float, foreach: bool) -> Any:
    del foreach
    for g in grads:
        np.clip(g, -np.float32(max_value), np.float32(max_value), out=g)
    return grads


@mutant(
    "gradients.clip_by_value",
    "tanh as a smooth clip: small gradients shrink, too",
    blind_spot="tolerance",
)
def value_bends_everything(grads: Any, *, max_value: float, foreach: bool) -> Any:
    del foreach
    return [np.tanh(g / np.float32(max_value)) * np.float32(max_value) for g in grads]


@mutant(
    "gradients.clip_weights",
    "A1 3: large weights are set to 0",
    blind_spot="boundaries",
)
def weights_are_zeroed(params: Any, *, max_weight: float) -> Any:
    return [np.where(abs(w) > max_weight, w.dtype.type(0), w) for w in params]


@mutant(
    "gradients.clip_weights",
    "the absolute value clipped: signs are lost",
    blind_spot="dynamics",
)
def weights_lose_their_sign(params: Any, *, max_weight: float) -> Any:
    return [np.minimum(abs(w), w.dtype.type(max_weight)) for w in params]


@mutant(
    "gradients.clip_weights",
    "the default of 0.01 whatever is asked for",
    blind_spot="symmetry and defaults",
)
def weights_know_one_bound(params: Any, *, max_weight: float) -> Any:
    del max_weight
    return [np.clip(w, -w.dtype.type(0.01), w.dtype.type(0.01)) for w in params]


@mutant(
    "gradients.keep_non_negative",
    "the update itself is kept from being negative, not the weights",
    blind_spot="protocol",
)
def non_negative_updates(grads: Any, params: Any) -> Any:
    del params
    return [np.maximum(u, u.dtype.type(0)) for u in grads]


@mutant(
    "gradients.keep_non_negative",
    "weights that would be negative stay where they are, not at 0",
    blind_spot="boundaries",
)
def non_negative_stays(grads: Any, params: Any) -> Any:
    return [np.where(w + u < 0, u.dtype.type(0), u) for u, w in zip(grads, params, strict=True)]
