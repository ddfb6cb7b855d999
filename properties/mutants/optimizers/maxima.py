"""Wrong optimizers that remember how large gradients have been."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.adam import adam
from reference.optimizers.maxima import adamax, amsgrad

_LARGEST = "largest_second_moment"


@wrong(
    "optimizers.amsgrad",
    "the maximum is not kept: amsgrad=True without its buffer is Adam",
    blind_spot="dynamics",
)
def amsgrad_forgets_its_maximum(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    forgotten = state | {_LARGEST: [0 * x for x in state[_LARGEST]]}
    return amsgrad(grads, forgotten, params, **p)


@wrong(
    "optimizers.amsgrad",
    "the maximum kept in place of the second moment, which then never decays",
    blind_spot="dynamics",
)
def amsgrad_averages_its_maximum(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = amsgrad(grads, state | {"second_moment": state[_LARGEST]}, params, **p)
    return new, kept


@wrong(
    "optimizers.amsgrad",
    "the corrected moment remembered, as optax does by default, under the name of the others",
    blind_spot="time",
)
def amsgrad_remembers_the_corrected_moment(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return amsgrad(grads, state, params, **(p | {"correction": "before"}))


@wrong(
    "optimizers.amsgrad",
    "the paper has no bias correction, an implementation after Adam's has it",
    blind_spot="time",
    dtypes=("float32", "float64"),
)
def amsgrad_always_corrects(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    never = {"correction": "after"} if p["correction"] == "never" else {}
    return amsgrad(grads, state, params, **(p | never))


@wrong(
    "optimizers.amsgrad",
    "the maximum over the whole tensor, as max() without a second argument is",
    blind_spot="structure",
)
def amsgrad_shares_its_maximum(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = amsgrad(grads, state, params, **p)
    most = [np.full_like(x, np.max(x, initial=0.0)) for x in kept[_LARGEST]]
    return new, kept | {_LARGEST: most}


@wrong(
    "optimizers.amsgrad",
    "the larger of the two is used but the old one stored",
    blind_spot="protocol",
)
def amsgrad_stores_the_old_maximum(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = amsgrad(grads, state, params, **p)
    return new, kept | {_LARGEST: state[_LARGEST]}


@wrong(
    "optimizers.amsgrad",
    "the stored maximum itself is corrected, and so grows at every step",
    blind_spot="time",
)
def amsgrad_corrects_its_memory(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = amsgrad(grads, state, params, **p)
    c2 = 1 - p["beta2"] ** int(kept["step"])
    return new, kept | {_LARGEST: [x / c2 for x in kept[_LARGEST]]}


@wrong(
    "optimizers.adamax",
    "eps added to the norm, as Keras has it: the state is free of it, and it never fades",
    blind_spot="scale",
)
def adamax_adds_eps_to_the_norm(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = adamax(grads, state, params, **(p | {"eps": 0.0}))
    c1 = 1 - p["beta1"] ** int(kept["step"])
    del new
    both = zip(params, kept["first_moment"], kept["infinity_norm"], strict=True)
    return [w - p["learning_rate"] * m / c1 / (u + p["eps"]) for w, m, u in both], kept


@wrong(
    "optimizers.adamax",
    "the norm corrected as Adam's second moment is; a maximum needs none",
    blind_spot="time",
)
def adamax_corrects_the_norm(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = adamax(grads, state, params, **p)
    c2 = 1 - p["beta2"] ** int(kept["step"])
    return [w + (v - w) * c2 for v, w in zip(new, params, strict=True)], kept


@wrong(
    "optimizers.adamax",
    "the mean of gradients is not corrected, since the norm is not",
    blind_spot="time",
)
def adamax_corrects_nothing(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = adamax(grads, state, params, **p)
    c1 = 1 - p["beta1"] ** int(kept["step"])
    return [w + (v - w) * c1 for v, w in zip(new, params, strict=True)], kept


@wrong(
    "optimizers.adamax",
    "the maximum of signed gradients: a negative one is forgotten",
    blind_spot="symmetry and defaults",
)
def adamax_forgets_signs(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = adamax(grads, state, params, **p)
    norms = [
        np.maximum(p["beta2"] * u, g + p["eps"])
        for u, g in zip(state["infinity_norm"], grads, strict=True)
    ]
    return new, kept | {"infinity_norm": norms}


@wrong(
    "optimizers.adamax",
    "the root of Adam's mean square in place of the maximum: alike for constant gradients",
    blind_spot="dynamics",
)
def adamax_averages_squares(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    squares = [u * u for u in state["infinity_norm"]]
    given = {k: state[k] for k in ("step", "first_moment")} | {"second_moment": squares}
    new, kept = adam(grads, given, params, **p)
    norms = [np.sqrt(v) for v in kept.pop("second_moment")]
    return new, kept | {"infinity_norm": norms}


@wrong(
    "optimizers.adamax",
    "eps added to the numerator too, so that 0 / 0 is 1: zero gradients move parameters",
    blind_spot="special values",
)
def adamax_moves_at_zero_gradient(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = adamax(grads, state, params, **p)
    more = zip(new, kept["infinity_norm"], strict=True)
    return [v - p["learning_rate"] * p["eps"] / u for v, u in more], kept


@wrong(
    "optimizers.amsgrad",
    "the maximum decays as the moments do, so that it forgets spikes after all",
    blind_spot="dynamics",
)
def amsgrad_lets_its_maximum_decay(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    faded = [p["beta2"] * x for x in state[_LARGEST]]
    return amsgrad(grads, state | {_LARGEST: faded}, params, **p)
