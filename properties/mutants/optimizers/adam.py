"""Wrong Adams, by the part of its rule that is another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.mutants.mutant import mutant
from properties.mutants.optimizers import wrong
from reference.optimizers.adam import adam, demand_of_moments

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.numerics import Array


class Rule:
    """Adam's rule for one tensor, in parts that a mutant may replace."""

    def __init__(self, p: dict[str, float], step: int) -> None:
        """Take the hyper-parameters and the number of this step, counted from 1."""
        self.rate, self.beta1, self.beta2 = p["learning_rate"], p["beta1"], p["beta2"]
        self.eps, self.root, self.step = p["eps"], p["eps_root"], step

    def first(self, m: Array, g: Array) -> Array:
        """First moment."""
        return self.beta1 * m + (1 - self.beta1) * g

    def second(self, v: Array, g: Array) -> Array:
        """Second moment."""
        return self.beta2 * v + (1 - self.beta2) * g * g

    def mean(self, m: Array) -> Array:
        """First moment, its bias corrected."""
        return m / (1 - self.beta1**self.step)

    def square(self, v: Array) -> Array:
        """Second moment, its bias corrected."""
        return v / (1 - self.beta2**self.step)

    def update(self, m: Array, v: Array, g: Array, w: Array) -> Array:
        """What the parameter moves by."""
        del g, w
        return -self.rate * self.mean(m) / (np.sqrt(self.square(v) + self.root) + self.eps)


def stepped_by(
    rule: Callable[[dict[str, float], int], Rule], grads: Any, state: Any, params: Any, p: Any
) -> Any:
    demand_of_moments(p["learning_rate"], p["beta1"], p["beta2"], p["eps"])
    at = rule(p, int(state["step"]) + 1)
    first = [_like(g, at.first(m, g)) for m, g in zip(state["first_moment"], grads, strict=True)]
    second = [_like(g, at.second(v, g)) for v, g in zip(state["second_moment"], grads, strict=True)]
    new = [
        _like(w, w + at.update(m, v, g, w))
        for m, v, g, w in zip(first, second, grads, params, strict=True)
    ]
    step = np.asarray(state["step"]) + np.int32(1)
    return new, {"step": step, "first_moment": first, "second_moment": second}


def _like(x: Array, y: Any) -> Array:
    return np.asarray(y).astype(x.dtype)


@mutant(
    "optimizers.adam",
    "A0 3.3.1 prints v / (sqrt(v) + eps) as the update: it has no sign",
    blind_spot="dynamics",
)
def adam_moves_by_the_second_moment(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    class Wrong(Rule):
        def update(self, m: Array, v: Array, g: Array, w: Array) -> Array:
            del m, g, w
            return -self.rate * v / (np.sqrt(v) + self.eps)

    return stepped_by(Wrong, grads, state, params, p)


@mutant(
    "optimizers.adam",
    "A0 4.3 counts from t = 0, and so divides by 1 - beta^0 = 0 in its first step",
    blind_spot="boundaries",
)
def adam_starts_at_step_zero(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return stepped_by(lambda p, step: Rule(p, step - 1), grads, state, params, p)


@mutant(
    "optimizers.adam",
    "eps under the root, as RMSprop has it in some libraries; seen where gradients are small",
    blind_spot="scale",
)
def adam_puts_eps_under_the_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    class Wrong(Rule):
        def update(self, m: Array, v: Array, g: Array, w: Array) -> Array:
            del g, w
            return -self.rate * self.mean(m) / np.sqrt(self.square(v) + self.root + self.eps)

    return stepped_by(Wrong, grads, state, params, p)


@mutant(
    "optimizers.adam",
    "the formulation before section 2.1 of the paper: eps is not divided by the correction",
    blind_spot="scale",
)
def adam_adds_eps_before_the_correction(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    class Wrong(Rule):
        def update(self, m: Array, v: Array, g: Array, w: Array) -> Array:
            del g, w
            size = (np.sqrt(v) + self.eps) / np.sqrt(1 - self.beta2**self.step)
            return -self.rate * self.mean(m) / size

    return stepped_by(Wrong, grads, state, params, p)


@mutant("optimizers.adam", "a common slip: the moments are used as they are", blind_spot="time")
def adam_forgets_the_bias_correction(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    class Wrong(Rule):
        def mean(self, m: Array) -> Array:
            return m

        def square(self, v: Array) -> Array:
            return v

    return stepped_by(Wrong, grads, state, params, p)


@mutant("optimizers.adam", "a common slip: only one moment is corrected", blind_spot="time")
def adam_corrects_the_first_moment_only(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    class Wrong(Rule):
        def square(self, v: Array) -> Array:
            return v

    return stepped_by(Wrong, grads, state, params, p)


@mutant(
    "optimizers.adam",
    "one beta for both moments: the second forgets a hundred times too fast",
    blind_spot="dynamics",
)
def adam_decays_both_moments_alike(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    class Wrong(Rule):
        def second(self, v: Array, g: Array) -> Array:
            return self.beta1 * v + (1 - self.beta1) * g * g

    return stepped_by(Wrong, grads, state, params, p)


@mutant(
    "optimizers.adam",
    "AMSGrad's maximum kept in place of the second moment: it never falls",
    blind_spot="dynamics",
)
def adam_never_forgets_a_spike(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    class Wrong(Rule):
        def second(self, v: Array, g: Array) -> Array:
            return np.maximum(v, super().second(v, g))

    return stepped_by(Wrong, grads, state, params, p)


@mutant(
    "optimizers.adam",
    "the absolute gradient averaged in place of its square: the step has a unit",
    blind_spot="scale",
)
def adam_averages_absolute_gradients(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    class Wrong(Rule):
        def second(self, v: Array, g: Array) -> Array:
            return self.beta2 * v + (1 - self.beta2) * abs(g)

    return stepped_by(Wrong, grads, state, params, p)


@mutant(
    "optimizers.adam",
    "one second moment for a whole tensor, as a reduction without its axis gives",
    blind_spot="structure",
)
def adam_shares_the_second_moment(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    class Wrong(Rule):
        def second(self, v: Array, g: Array) -> Array:
            shared = np.mean(g * g) if g.size else 0.0
            return self.beta2 * v + (1 - self.beta2) * shared

    return stepped_by(Wrong, grads, state, params, p)


@mutant(
    "optimizers.adam",
    "Nesterov's look-ahead (NAdam) under Adam's name",
    blind_spot="symmetry and defaults",
)
def adam_looks_ahead(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    class Wrong(Rule):
        def update(self, m: Array, v: Array, g: Array, w: Array) -> Array:
            return super().update(self.first(m, g), v, g, w)

    return stepped_by(Wrong, grads, state, params, p)


@mutant(
    "optimizers.adam",
    "the square of g - m averaged (AdaBelief) under Adam's name: alike for constant gradients",
    blind_spot="dynamics",
)
def adam_centres_the_second_moment(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = stepped_by(Rule, grads, state, params, p)
    pairs = zip(state["second_moment"], grads, kept["first_moment"], strict=True)
    rule = Rule(p, 1)
    kept["second_moment"] = [_like(g, rule.second(v, g - m)) for v, g, m in pairs]
    return new, kept


@mutant(
    "optimizers.adam",
    "eps added to the numerator too, so that 0 / 0 is 1: zero gradients move parameters",
    blind_spot="special values",
)
def adam_moves_at_zero_gradient(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    class Wrong(Rule):
        def mean(self, m: Array) -> Array:
            return super().mean(m) + self.eps

    return stepped_by(Wrong, grads, state, params, p)


@mutant(
    "optimizers.adam",
    "AdamW's default decay of 0.01 under Adam's name: of the size of the rate squared, and nothing"
    " at parameters of 0",
    blind_spot="tolerance",
)
def adam_decays_its_parameters(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    class Wrong(Rule):
        def update(self, m: Array, v: Array, g: Array, w: Array) -> Array:
            return super().update(m, v, g, w) - 0.01 * self.rate * w

    return stepped_by(Wrong, grads, state, params, p)


@mutant(
    "optimizers.adam",
    "a step counter in bfloat16 stays at 256, and so do the bias corrections",
    blind_spot="time",
)
def adam_stops_counting_at_256(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    counted = np.minimum(np.asarray(state["step"]), 255).astype(np.int32)
    return stepped_by(Rule, grads, state | {"step": counted}, params, p)


@wrong(
    "optimizers.adam",
    "one second moment for the whole model, as a norm over all of it gives",
    blind_spot="structure",
)
def adam_shares_a_moment_between_tensors(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    most = max(float(np.max(abs(g), initial=0.0)) for g in grads)
    new, kept = adam(grads, state, params, **p)
    moved = zip(new, params, strict=True)
    return [w + (v - w) / (1 + most) for v, w in moved], kept
