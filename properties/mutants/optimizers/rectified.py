"""Wrong rectified optimizers."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.adam import adam
from reference.optimizers.rectified import averaged_length, radam, rectification


def _adams(p: dict[str, Any]) -> dict[str, Any]:
    return {k: v for k, v in p.items() if k not in ("threshold", "eps_joins")}


@wrong(
    "optimizers.radam",
    "never rectified: after a few hundred steps nobody can tell it from Adam",
    blind_spot="time",
)
def radam_is_adam(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return adam(grads, state, params, **_adams(p))


@wrong(
    "optimizers.radam",
    "below the threshold nothing moves, as with degenerated_to_sgd=False in the authors' code",
    blind_spot="boundaries",
)
def radam_waits(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = radam(grads, state, params, **p)
    short = averaged_length(p["beta2"], kept["step"]) <= p["threshold"]
    return (list(params) if short else new), kept


@wrong(
    "optimizers.radam",
    "the threshold of the paper, 4, where 5 is asked for: one step sooner",
    blind_spot="boundaries",
)
def radam_rectifies_a_step_sooner(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return radam(grads, state, params, **(p | {"threshold": p["threshold"] - 1}))


@wrong(
    "optimizers.radam",
    "the first plain steps take the mean gradient without its correction",
    blind_spot="time",
)
def radam_forgets_the_correction_at_first(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = radam(grads, state, params, **p)
    c1 = 1 - p["beta1"] ** int(kept["step"])
    short = averaged_length(p["beta2"], kept["step"]) <= p["threshold"]
    return [w + (v - w) * (c1 if short else 1) for v, w in zip(new, params, strict=True)], kept


@wrong(
    "optimizers.radam",
    "the share under the root is not rooted",
    blind_spot="scale",
)
def radam_forgets_the_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = radam(grads, state, params, **p)
    length = averaged_length(p["beta2"], kept["step"])
    more = float(rectification(length, p["beta2"])) if length > p["threshold"] else 1.0
    return [w + (v - w) * more for v, w in zip(new, params, strict=True)], kept


@wrong(
    "optimizers.radam",
    "one library's eps under the other's name: seen in the first rectified steps only",
    blind_spot="scale",
    dtypes=("float32", "float64"),
)
def radam_adds_eps_to_the_other_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    other = {"raw root": "corrected root", "corrected root": "raw root"}
    return radam(grads, state, params, **(p | {"eps_joins": other[p["eps_joins"]]}))


@wrong(
    "optimizers.radam",
    "t counted from 0 in the length of the average",
    blind_spot="boundaries",
)
def radam_counts_its_length_from_zero(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = radam(grads, state, params, **p)
    lengths = [averaged_length(p["beta2"], max(int(kept["step"]) - i, 1)) for i in (0, 1)]
    if min(lengths) <= p["threshold"]:
        return new, kept
    late, right = (float(rectification(x, p["beta2"])) for x in reversed(lengths))
    return [np.asarray(w + (v - w) * late / right) for v, w in zip(new, params, strict=True)], kept
