"""Wrong softmax, log-softmax, cross-entropy and their kin."""

from __future__ import annotations

import numpy as np

from properties.mutants.mutant import mutant
from reference.activations import log_sums, projections, rows
from reference.numerics import Array, Linearized


def _softmax(x: Array, axis: int = -1) -> Array:
    e = np.exp(x - np.max(x, axis=axis, keepdims=True))
    return np.asarray(e / np.sum(e, axis=axis, keepdims=True))


@mutant(
    "activations.softmax",
    "the default axis of an old torch: softmax over the batch instead of the row",
    blind_spot="structure",
)
def softmax_runs_over_the_batch(x: Array) -> Linearized:
    y = _softmax(x, axis=0)
    return Linearized(y, lambda c: (y * (c - np.sum(c * y, axis=0, keepdims=True)),))


@mutant(
    "activations.softmax",
    "a common slip: one mean and one sum for the whole tensor",
    blind_spot="structure",
)
def softmax_normalizes_the_whole_tensor(x: Array) -> Linearized:
    if not x.size:
        return rows.softmax(x)
    e = np.exp(x - np.max(x))
    y = e / np.sum(e)
    return Linearized(y, lambda c: (y * (c - np.sum(c * y)),))


@mutant(
    "activations.softmax",
    "the textbook formula as it stands: without the row's maximum exp overflows",
    blind_spot="scale",
)
def softmax_forgets_the_maximum(x: Array) -> Linearized:
    e = np.exp(x)
    y = e / np.sum(e, axis=-1, keepdims=True)
    return Linearized(y, lambda c: (y * (c - np.sum(c * y, axis=-1, keepdims=True)),))


@mutant(
    "activations.softmax",
    "the diagonal of the Jacobian alone, y (1 - y), as if softmax were elementwise",
    blind_spot="structure",
)
def softmax_pulls_back_its_diagonal_alone(x: Array) -> Linearized:
    y = rows.softmax(x).outputs
    return Linearized(y, lambda c: (c * y * (1 - y),))


@mutant(
    "activations.softmax",
    "a mask by a large negative number: an entry of -inf becomes NaN",
    blind_spot="special values",
)
def softmax_turns_masked_entries_into_nan(x: Array) -> Linearized:
    shift = np.min(x, axis=-1, keepdims=True)
    spread = (x - shift) - np.max(x - shift, axis=-1, keepdims=True)
    e = np.exp(spread)
    y = e / np.sum(e, axis=-1, keepdims=True)
    return Linearized(y, rows.softmax(x).pullback)


@mutant(
    "activations.softmax",
    "an eps added to the denominator against division by zero",
    blind_spot="tolerance",
)
def softmax_adds_eps_to_the_sum(x: Array) -> Linearized:
    y, pullback = rows.softmax(x)
    return Linearized(y / (1 + x.dtype.type(1e-4)), pullback)


@mutant(
    "activations.softmax",
    "a positional term left in: the place in the row counts",
    blind_spot="symmetry and defaults",
)
def softmax_prefers_the_first(x: Array) -> Linearized:
    y, pullback = rows.softmax(x)
    tilt = np.ones(x.shape[-1], x.dtype)
    tilt[:1] += x.dtype.type(1e-3)
    return Linearized(y * tilt, pullback)


@mutant(
    "activations.softmax",
    "NaN replaced by zero before the exponential",
    blind_spot="special values",
)
def softmax_hides_nan(x: Array) -> Linearized:
    return Linearized(*rows.softmax(np.where(np.isnan(x), x.dtype.type(0), x)))


@mutant("activations.softmin", "softmax under another name: the sign is not flipped")
def softmin_is_softmax(x: Array) -> Linearized:
    return Linearized(*rows.softmax(x))


@mutant("activations.softmin", "the chain rule's minus is lost", blind_spot="symmetry and defaults")
def softmin_loses_the_sign_of_its_gradient(x: Array) -> Linearized:
    y, pullback = rows.softmin(x)
    return Linearized(y, lambda c: (-pullback(c)[0],))


@mutant(
    "activations.log_softmax",
    "log(softmax(x)): -inf where the probability underflows, nothing near 0",
    blind_spot="scale",
)
def log_softmax_takes_the_logarithm_of_softmax(x: Array) -> Linearized:
    return Linearized(np.log(_softmax(x)), rows.log_softmax(x).pullback)


@mutant(
    "activations.log_softmax",
    "the gradient forgets what every logit does to the normalizer",
    blind_spot="structure",
)
def log_softmax_passes_its_cotangent_through(x: Array) -> Linearized:
    return Linearized(rows.log_softmax(x).outputs, lambda c: (c * np.ones_like(x),))


@mutant(
    "activations.cross_entropy",
    "A1 4 gives a one-hot row of ten entries as class indices: every row is judged by class 0 or 1",
    blind_spot="structure",
)
def cross_entropy_reads_a_one_hot_row_as_indices(x: Array, targets: Array) -> Linearized:
    return Linearized(*rows.cross_entropy(x, np.minimum(targets, 1)))


@mutant(
    "activations.cross_entropy",
    "softmax applied twice: logits were already probabilities",
    blind_spot="protocol",
)
def cross_entropy_applies_softmax_twice(x: Array, targets: Array) -> Linearized:
    return Linearized(*rows.cross_entropy(_softmax(x), targets))


@mutant(
    "activations.cross_entropy",
    "the mean's 1/n in the gradient, though the losses are not averaged",
    blind_spot="structure",
)
def cross_entropy_averages_its_gradient(x: Array, targets: Array) -> Linearized:
    losses, pullback = rows.cross_entropy(x, targets)
    return Linearized(losses, lambda c: (pullback(c)[0] / max(1, len(targets)),))


@mutant(
    "activations.logsumexp",
    "the maximum is subtracted and never added back",
    blind_spot="symmetry and defaults",
)
def logsumexp_forgets_to_add_the_maximum(x: Array) -> Linearized:
    y, pullback = log_sums.logsumexp(x)
    return Linearized(y - np.max(x, axis=-1), pullback)


@mutant("activations.logmeanexp", "log of the sum, the mean's 1/n is missing")
def logmeanexp_is_logsumexp(x: Array) -> Linearized:
    return Linearized(*log_sums.logsumexp(x))


@mutant("activations.sparsemax", "softmax in its place: no probability is ever 0")
def sparsemax_is_softmax(x: Array) -> Linearized:
    return Linearized(*rows.softmax(x))


@mutant(
    "activations.standardize",
    "the variance by n - 1, as pandas and MATLAB have it",
    blind_spot="tolerance",
)
def standardize_divides_by_n_minus_one(x: Array, *, eps: float) -> Linearized:
    y, pullback = projections.standardize(x, eps=eps)
    n = x.shape[-1]
    return Linearized(y * x.dtype.type(np.sqrt((n - 1) / n)), pullback)


@mutant(
    "activations.standardize",
    "the gradient forgets that the mean moves too",
    blind_spot="structure",
)
def standardize_treats_its_statistics_as_constants(x: Array, *, eps: float) -> Linearized:
    y, _ = projections.standardize(x, eps=eps)
    spread = np.sqrt(np.var(x, axis=-1, keepdims=True) + x.dtype.type(eps))
    return Linearized(y, lambda c: (c / spread,))
