"""Wrong gradient descent."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.optimizers import wrong
from reference.optimizers.descent import decayed, momentum, nesterov, sgd

BATCH = 3


def _plain(grads: Any, params: Any, p: dict[str, Any], decay: float | None = None) -> Any:
    decay = p["weight_decay"] if decay is None else decay
    slopes = decayed(grads, params, decay)
    return [w - p["learning_rate"] * g for w, g in zip(params, slopes, strict=True)], {}


@wrong(
    "optimizers.sgd",
    "A2 4.5 draws one of m samples and scales its gradient by 2/m, as if it were the sum of all",
    blind_spot="scale",
)
def sgd_divides_one_samples_gradient_by_the_batch(
    grads: Any, state: Any, params: Any, **p: Any
) -> Any:
    del state
    return _plain([g / BATCH for g in grads], params, p)


@wrong(
    "optimizers.sgd",
    "A2 4.5 overwrites y by its drawn sample: from the second step on there is one sample only",
    blind_spot="structure",
)
def sgd_sees_the_first_sample_only(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    del state
    first = [np.full_like(g, g.reshape(-1)[0]) if g.size else g for g in grads]
    return _plain(first, params, p)


@wrong(
    "optimizers.sgd",
    "A2 4.5 gives theta two entries for one feature: broadcasting gives every entry the same step",
    blind_spot="structure",
)
def sgd_moves_all_entries_alike(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    del state
    alike = [g + 0 * np.sum(g) if g.ndim < 2 else 0 * g + g[:1] for g in grads]
    return _plain(alike, params, p)


@wrong("optimizers.sgd", "a common slip: gradient ascent, as for a reward", blind_spot="dynamics")
def sgd_climbs(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    del state
    return _plain([-g for g in grads], params, p)


@wrong(
    "optimizers.sgd",
    "decay decoupled from the rate: w falls by l a step, not by a l",
    blind_spot="symmetry and defaults",
)
def sgd_decays_without_the_rate(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    del state
    new, kept = _plain(grads, params, p, 0.0)
    return [v - p["weight_decay"] * w for v, w in zip(new, params, strict=True)], kept


@wrong(
    "optimizers.sgd",
    "the penalty l |w|^2 differentiated with its 2: twice the decay of l |w|^2 / 2",
    blind_spot="tolerance",
)
def sgd_decays_twice_as_fast(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    del state
    return _plain(grads, params, p, 2 * p["weight_decay"])


@wrong(
    "optimizers.sgd",
    "decay is left out where there is no gradient, as sparse updates do",
    blind_spot="special values",
)
def sgd_decays_where_gradients_are_only(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = sgd(grads, state, params, **p)
    found = zip(new, params, grads, strict=True)
    return [np.where(g == 0, w, v) for v, w, g in found], kept


@wrong(
    "optimizers.sgd",
    "vectors are taken for biases and not decayed, as fine-tuning scripts do, without being told",
    blind_spot="structure",
)
def sgd_spares_vectors_from_decay(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    decayed, kept = sgd(grads, state, params, **p)
    spared, _ = sgd(grads, state, params, **(p | {"weight_decay": 0.0}))
    return [a if a.ndim > 1 else b for a, b in zip(decayed, spared, strict=True)], kept


@wrong(
    "optimizers.sgd",
    "the norm of a tensor's gradient is clipped to 1e4 in silence: seen at large gradients only",
    blind_spot="scale",
)
def sgd_clips_large_gradients(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    del state
    return _plain([np.clip(g, -1e4, 1e4) for g in grads], params, p)


@wrong(
    "optimizers.sgd",
    "NaN gradients are skipped, as a loss scaler would: training goes on and nobody knows",
    blind_spot="special values",
)
def sgd_swallows_nan(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return sgd([np.nan_to_num(g, posinf=np.inf, neginf=-np.inf) for g in grads], state, params, **p)


@wrong(
    "optimizers.momentum",
    "A2 3.8 calls plain gradient descent with a schedule second-stage optimization: no memory",
    blind_spot="dynamics",
)
def momentum_is_plain_descent(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return _plain(grads, params, p)[0], {**state}


@wrong(
    "optimizers.momentum",
    "the average m b + (1 - m) g under the sum's name: a tenth of the step at m = 0.9",
    blind_spot="symmetry and defaults",
)
def momentum_averages_gradients(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    averaged = [(1 - p["momentum"]) * g for g in decayed(grads, params, p["weight_decay"])]
    return momentum(averaged, state, params, **(p | {"weight_decay": 0.0}))


@wrong(
    "optimizers.momentum",
    "the step takes the buffer of before: every gradient comes a step late",
    blind_spot="dynamics",
)
def momentum_is_a_step_late(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = momentum(grads, state, params, **p)
    rate = -1.0 if p["rate"] == "inside" else p["learning_rate"]
    old = zip(params, state["momentum_buffer"], strict=True)
    return [w - rate * b for w, b in old], kept


@wrong(
    "optimizers.momentum",
    "the rate multiplies the buffer and the gradients in it, as after a port between the two forms",
    blind_spot="protocol",
)
def momentum_takes_the_rate_twice(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = momentum(grads, state, params, **p)
    moved = zip(new, params, strict=True)
    return [w + p["learning_rate"] * (v - w) for v, w in moved], kept


@wrong(
    "optimizers.momentum",
    "the other form: the buffer sums steps, not gradients; alike while the rate stays",
    blind_spot="protocol",
)
def momentum_swaps_its_forms(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    other = "inside" if p["rate"] == "outside" else "outside"
    return momentum(grads, state, params, **(p | {"rate": other}))


@wrong(
    "optimizers.momentum",
    "dampening multiplies the gradient in place of 1 - dampening",
    blind_spot="symmetry and defaults",
)
def momentum_dampens_by_what_is_left(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return momentum(grads, state, params, **(p | {"dampening": 1 - p["dampening"]}))


@wrong(
    "optimizers.momentum",
    "dampening is left out of decay: l w goes into the buffer whole",
    blind_spot="tolerance",
)
def momentum_decays_undampened(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    more = p["weight_decay"] * p["dampening"] / (1 - p["dampening"])
    grads = [g + more * w for g, w in zip(grads, params, strict=True)]
    return momentum(grads, state, params, **p)


@wrong(
    "optimizers.momentum",
    "decay is applied to the parameters and kept out of the buffer, as SGDW does",
    blind_spot="tolerance",
)
def momentum_decouples_its_decay(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = momentum(grads, state, params, **(p | {"weight_decay": 0.0}))
    shrunk = p["learning_rate"] * p["weight_decay"]
    return [v - shrunk * w for v, w in zip(new, params, strict=True)], kept


@wrong(
    "optimizers.momentum",
    "the buffer is thrown away where the gradient's sign turns, as adaptive restarts do",
    blind_spot="dynamics",
)
def momentum_restarts_where_signs_turn(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    turn = 1.0 if p["rate"] == "outside" else -1.0
    pairs = zip(grads, state["momentum_buffer"], strict=True)
    kept = [np.where(turn * g * b < 0, 0, b) for g, b in pairs]
    return momentum(grads, {"momentum_buffer": kept}, params, **p)


@wrong(
    "optimizers.momentum",
    "the buffer is written in place while the old one is still in use: it decays twice",
    blind_spot="protocol",
)
def momentum_decays_its_buffer_twice(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    kept = {"momentum_buffer": [p["momentum"] * b for b in state["momentum_buffer"]]}
    return momentum(grads, kept, params, **p)


@wrong(
    "optimizers.nesterov",
    "the heavy ball under Nesterov's name: alike once the buffer has settled, but for a factor",
    blind_spot="symmetry and defaults",
)
def nesterov_is_the_heavy_ball(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    return momentum(grads, state, params, **p)


@wrong(
    "optimizers.nesterov",
    "the look-ahead takes the old buffer: g + m b is the new buffer, and the step the heavy ball's",
    blind_spot="dynamics",
)
def nesterov_looks_ahead_from_the_old_buffer(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    _, kept = nesterov(grads, state, params, **p)
    slopes = decayed(grads, params, p["weight_decay"])
    old = zip(params, slopes, state["momentum_buffer"], strict=True)
    rate, m = p["learning_rate"], p["momentum"]
    return [w - rate * (g + m * (m * b)) for w, g, b in old], kept


@wrong(
    "optimizers.nesterov",
    "decay is added to the gradient in the buffer but not to the one that looks ahead",
    blind_spot="tolerance",
    dtypes=("float64",),
)
def nesterov_forgets_decay_ahead(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = nesterov(grads, state, params, **p)
    left_out = p["learning_rate"] * p["weight_decay"]
    return [v + left_out * w for v, w in zip(new, params, strict=True)], kept


@wrong(
    "optimizers.nesterov",
    "the buffer keeps the looked-ahead gradient, as when one variable serves for both",
    blind_spot="dynamics",
)
def nesterov_keeps_what_it_looked_ahead_to(grads: Any, state: Any, params: Any, **p: Any) -> Any:
    new, kept = nesterov(grads, state, params, **p)
    slopes = decayed(grads, params, p["weight_decay"])
    pairs = zip(slopes, kept["momentum_buffer"], strict=True)
    return new, {"momentum_buffer": [g + p["momentum"] * b for g, b in pairs]}
