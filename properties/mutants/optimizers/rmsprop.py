"""Wrong RMSprop."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.descent import decayed
from reference.optimizers.rmsprop import centered_rmsprop, rmsprop


@wrong(
    "optimizers.rmsprop",
    "A0 3.3.2 prints eps under the root, and torch's default has it outside: both have their name,"
    " and this one takes the other",
    blind_spot="scale",
)
def rmsprop_moves_eps_across_the_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return rmsprop(grads, state, params, **(p | {"eps_in_root": not p["eps_in_root"]}))


@wrong(
    "optimizers.rmsprop",
    "eps squared under the root, as a mean of both forms: right for eps of 0 and 1 only",
    blind_spot="scale",
)
def rmsprop_squares_its_eps(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return rmsprop(grads, state, params, **(p | {"eps": p["eps"] ** 2, "eps_in_root": True}))


@wrong(
    "optimizers.rmsprop",
    "decay and 1 - decay swapped: alpha in one library is what the other calls 1 - decay",
    blind_spot="symmetry and defaults",
)
def rmsprop_swaps_its_weights(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return rmsprop(grads, state, params, **(p | {"decay": 1 - p["decay"]}))


@wrong(
    "optimizers.rmsprop",
    "Adam's bias correction in RMSprop's first steps: they are ten times shorter",
    blind_spot="boundaries",
)
def rmsprop_corrects_its_bias(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = rmsprop(grads, state, params, **p)
    fresh = [v == 0 for v in state["square_average"]]
    short = (1 - p["decay"]) ** 0.5
    moved = zip(new, params, fresh, strict=True)
    return [w + (v - w) * np.where(f, short, 1.0) for v, w, f in moved], kept


@wrong(
    "optimizers.rmsprop",
    "the average begins at 1, as in the first TensorFlow: the first steps are short",
    blind_spot="boundaries",
)
def rmsprop_begins_at_one(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    begun = {"square_average": [np.where(v == 0, 1.0, v) for v in state["square_average"]]}
    return rmsprop(grads, begun, params, **p)


@wrong(
    "optimizers.rmsprop",
    "the sum of squares under the average's name: it never forgets a spike",
    blind_spot="dynamics",
)
def rmsprop_never_forgets(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = rmsprop(grads, state, params, **p)
    pairs = zip(kept["square_average"], state["square_average"], strict=True)
    return new, {"square_average": [np.maximum(v, old) for v, old in pairs]}


@wrong(
    "optimizers.rmsprop",
    "eps as a floor of the root, max(sqrt(v), eps), for its sum: alike but near eps",
    blind_spot="scale",
)
def rmsprop_floors_its_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = rmsprop(grads, state, params, **p)
    slopes = decayed(grads, params, p["weight_decay"])
    found = zip(params, slopes, kept["square_average"], strict=True)
    root = [(w, g, np.maximum(np.sqrt(v), p["eps"])) for w, g, v in found]
    return [w - p["learning_rate"] * g / r for w, g, r in root], kept


@wrong(
    "optimizers.rmsprop",
    "0 / 0 avoided by eps in the numerator: parameters without gradient drift",
    blind_spot="special values",
)
def rmsprop_moves_at_zero_gradient(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = rmsprop(grads, state, params, **p)
    drift = p["learning_rate"] * 1e-6
    return [np.where(g == 0, v - drift, v) for v, g in zip(new, grads, strict=True)], kept


@wrong(
    "optimizers.centered_rmsprop",
    "plain RMSprop under the centered one's name: alike where gradients have no mean",
    blind_spot="dynamics",
)
def centered_rmsprop_does_not_centre(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    aside = {**state, "gradient_average": [0 * m for m in state["gradient_average"]]}
    d = p["decay"]
    pairs = zip(state["square_average"], grads, strict=True)
    plain = [v + (1 - d) ** 2 / d * g * g for v, g in pairs]
    new, _ = centered_rmsprop(grads, {**aside, "square_average": plain}, params, **p)
    return new, centered_rmsprop(grads, state, params, **p)[1]


@wrong(
    "optimizers.centered_rmsprop",
    "the mean of before the step in the spread: it is not the spread of any set of gradients",
    blind_spot="dynamics",
)
def centered_rmsprop_takes_the_old_mean(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    d = p["decay"]
    old = [(m - (1 - d) * g) / d for m, g in zip(state["gradient_average"], grads, strict=True)]
    new, _ = centered_rmsprop(grads, {**state, "gradient_average": old}, params, **p)
    return new, centered_rmsprop(grads, state, params, **p)[1]


@wrong(
    "optimizers.centered_rmsprop",
    "the other form: the buffer sums steps, not scaled gradients, or the reverse",
    blind_spot="protocol",
)
def centered_rmsprop_swaps_its_forms(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    other = "inside" if p["rate"] == "outside" else "outside"
    return centered_rmsprop(grads, state, params, **(p | {"rate": other}))


@wrong(
    "optimizers.centered_rmsprop",
    "momentum averages, k b + (1 - k) x, as for Adam's first moment: steps are ten times shorter",
    blind_spot="symmetry and defaults",
)
def centered_rmsprop_averages_its_steps(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = centered_rmsprop(grads, state, params, **p)
    k = p["momentum"]
    pairs = zip(kept["momentum_buffer"], state["momentum_buffer"], strict=True)
    buffers = [k * b + (1 - k) * (n - k * b) for n, b in pairs]
    rate = 1.0 if p["rate"] == "inside" else -p["learning_rate"]
    moved = [w + rate * b for w, b in zip(params, buffers, strict=True)]
    return moved, {**kept, "momentum_buffer": buffers}
