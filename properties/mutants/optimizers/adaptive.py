"""Wrong optimizers that scale every element of the gradient by its own history."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.adaptive import adadelta, adagrad, centered_rmsprop, rmsprop, rprop
from reference.optimizers.descent import decayed


@wrong(
    "optimizers.adagrad",
    "squares averaged with weights of a half, not summed (RMSprop's form): the rate does not fall",
    blind_spot="time",
)
def adagrad_averages_squares(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    halved = {"square_sum": [s / 2 for s in state["square_sum"]]}
    new, kept = adagrad([g / 2**0.5 for g in grads], halved, params, **p)
    return [w + 2**0.5 * (v - w) for v, w in zip(new, params, strict=True)], kept


@wrong(
    "optimizers.adagrad",
    "the step takes the sum of before: the first one is divided by eps alone",
    blind_spot="boundaries",
)
def adagrad_divides_by_the_old_sum(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = adagrad(grads, state, params, **p)
    slopes = decayed(grads, params, p["weight_decay"])
    old = zip(params, slopes, state["square_sum"], strict=True)
    root = [(w, g, np.sqrt(s + p["eps"] * p["eps_in_root"])) for w, g, s in old]
    eps = p["eps"] * (not p["eps_in_root"])
    return [w - p["learning_rate"] * g / (s + eps) for w, g, s in root], kept


@wrong(
    "optimizers.adagrad",
    "eps on the other side of the root, as after a port between the libraries: seen at small sums",
    blind_spot="scale",
)
def adagrad_moves_eps_across_the_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return adagrad(grads, state, params, **(p | {"eps_in_root": not p["eps_in_root"]}))


@wrong(
    "optimizers.adagrad",
    "the root is left out: the full gradient over its sum of squares has the inverse unit",
    blind_spot="scale",
)
def adagrad_leaves_out_the_root(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = adagrad(grads, state, params, **p)
    slopes = decayed(grads, params, p["weight_decay"])
    found = zip(params, slopes, kept["square_sum"], strict=True)
    return [w - p["learning_rate"] * g / (s + p["eps"]) for w, g, s in found], kept


@wrong(
    "optimizers.adagrad",
    "squares of the gradient without its decay are summed: only the next steps are off",
    blind_spot="tolerance",
)
def adagrad_sums_before_decay(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, _ = adagrad(grads, state, params, **p)
    sums = zip(grads, state["square_sum"], strict=True)
    return new, {"square_sum": [s + g * g for g, s in sums]}


@wrong(
    "optimizers.adagrad",
    "one sum for a whole tensor (AdaGrad-Norm) under Adagrad's name",
    blind_spot="structure",
)
def adagrad_shares_its_sum(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    norms = [np.sqrt(np.mean(g * g)) if g.size else 0.0 for g in grads]
    new, kept = adagrad(grads, state, params, **p)
    moved = zip(new, params, grads, norms, strict=True)
    return [w + (v - w) * abs(g) / (abs(g) + n + 1e-30) for v, w, g, n in moved], kept


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
    "optimizers.adadelta",
    "the root of the new updates' average in the numerator: of the step that it is to make",
    blind_spot="dynamics",
)
def adadelta_looks_at_the_new_average(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = adadelta(grads, state, params, **p)
    ahead = {**state, "update_average": kept["update_average"]}
    return adadelta(grads, ahead, params, **p)[0], kept


@wrong(
    "optimizers.adadelta",
    "the average of updates takes what parameters moved by, the rate in it: alike at rate 1",
    blind_spot="symmetry and defaults",
)
def adadelta_averages_scaled_updates(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = adadelta(grads, state, params, **p)
    d = p["decay"]
    moved = zip(new, params, state["update_average"], strict=True)
    kept["update_average"] = [d * u + (1 - d) * (v - w) ** 2 for v, w, u in moved]
    return new, kept


@wrong(
    "optimizers.adadelta",
    "the average of updates never leaves 0: eps alone sets the pace",
    blind_spot="time",
)
def adadelta_forgets_its_updates(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    none = {**state, "update_average": [0 * u for u in state["update_average"]]}
    new, kept = adadelta(grads, none, params, **p)
    return new, {**kept, "update_average": none["update_average"]}


@wrong(
    "optimizers.adadelta",
    "eps added to the roots, as Adam does, where Adadelta has it under them",
    blind_spot="scale",
)
def adadelta_adds_eps_to_the_roots(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = adadelta(grads, state, params, **p)
    slopes = decayed(grads, params, p["weight_decay"])
    averages = zip(kept["square_average"], state["update_average"], strict=True)
    found = zip(params, slopes, averages, strict=True)
    e, rate = p["eps"], p["learning_rate"]
    return [w - rate * g * (np.sqrt(u) + e) / (np.sqrt(v) + e) for w, g, (v, u) in found], kept


@wrong(
    "optimizers.adadelta",
    "the rate left out, since the paper has none: alike at rate 1",
    blind_spot="symmetry and defaults",
)
def adadelta_takes_no_rate(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return adadelta(grads, state, params, **(p | {"learning_rate": 1.0}))


@wrong(
    "optimizers.rprop",
    "optax returns the update of the step before (optax pull request 1725)",
    blind_spot="dynamics",
)
def rprop_is_a_step_late(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = rprop(grads, state, params, **p)
    old = zip(params, grads, state["step_size"], state["previous"], strict=True)
    return [w - np.where(g * q < 0, 0, s * np.sign(q)) for w, g, s, q in old], kept


@wrong(
    "optimizers.rprop",
    "Rprop without waiting: where the sign turns, the shortened step is taken at once",
    blind_spot="dynamics",
)
def rprop_does_not_wait(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = rprop(grads, state, params, **p)
    found = zip(params, grads, kept["step_size"], strict=True)
    return [w - s * np.sign(g) for w, g, s in found], kept


@wrong(
    "optimizers.rprop",
    "what it last followed is kept where the sign turns: the next step counts as a second turn",
    blind_spot="dynamics",
)
def rprop_turns_twice(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = rprop(grads, state, params, **p)
    size = kept["step_size"]
    followed = [
        g if p["keeps"] == "gradient" else s * np.sign(g) for g, s in zip(grads, size, strict=True)
    ]
    return new, {**kept, "previous": followed}


@wrong(
    "optimizers.rprop",
    "growth and shrinkage swapped, as etas in the other order give",
    blind_spot="symmetry and defaults",
)
def rprop_swaps_its_factors(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = rprop(grads, state, params, **p)
    olds = zip(grads, state["previous"], state["step_size"], kept["step_size"], strict=True)
    up, down = p["growth"], p["shrinkage"]
    sizes = [np.where(g * q > 0, s * down, np.where(g * q < 0, s * up, n)) for g, q, s, n in olds]
    found = zip(params, grads, state["previous"], sizes, strict=True)
    moved = [w - s * np.sign(np.where(g * q < 0, 0, g)) for w, g, q, s in found]
    return moved, {**kept, "step_size": sizes}


@wrong(
    "optimizers.rprop",
    "steps are as long as step size times gradient: the size of the gradient is back",
    blind_spot="scale",
)
def rprop_minds_the_size_of_gradients(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = rprop(grads, state, params, **p)
    moved = zip(new, params, grads, strict=True)
    return [w + (v - w) * abs(g) for v, w, g in moved], kept


@wrong(
    "optimizers.rprop",
    "nothing holds step sizes below the largest: they double until they overflow",
    blind_spot="time",
)
def rprop_grows_without_end(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return rprop(grads, state, params, **(p | {"largest_step": np.inf}))


@wrong(
    "optimizers.rprop",
    "a zero gradient counts as a turn, as g p <= 0 gives: step sizes of resting elements vanish",
    blind_spot="special values",
)
def rprop_shrinks_at_zero(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = rprop(grads, state, params, **p)
    found = zip(grads, state["previous"], kept["step_size"], strict=True)
    sizes = [np.where((g == 0) & (q != 0), s * p["shrinkage"], s) for g, q, s in found]
    return new, {**kept, "step_size": sizes}


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
