"""Wrong layers over padded sequences."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.numerics import Array, Linearized
from reference.recurrent.lengths import bidirectional_lengths, variable_lengths

LENGTHS = "recurrent.variable_lengths"
BOTH = "recurrent.bidirectional_lengths"


@mutant(LENGTHS, "lengths are not passed on: padding is read as data", blind_spot="structure")
def lengths_are_ignored(x: Array, lengths: Array, *rest: Any, **chosen: Any) -> Linearized:
    return variable_lengths(x, np.full_like(lengths, len(x)), *rest, **chosen)


@mutant(LENGTHS, "one step too few: the last index for the length", blind_spot="boundaries")
def lengths_end_a_step_early(x: Array, lengths: Array, *rest: Any, **chosen: Any) -> Linearized:
    return variable_lengths(x, np.maximum(lengths - 1, 0), *rest, **chosen)


@mutant(LENGTHS, "one step too many: t <= length", blind_spot="boundaries")
def lengths_end_a_step_late(x: Array, lengths: Array, *rest: Any, **chosen: Any) -> Linearized:
    return variable_lengths(x, np.minimum(lengths + 1, len(x)), *rest, **chosen)


@mutant(LENGTHS, "packing sorts by length, and nobody sorts back", blind_spot="structure")
def lengths_stay_sorted(
    x: Array, lengths: Array, state: Any, weights: Any, **chosen: Any
) -> Linearized:
    order = np.argsort(-lengths, kind="stable")
    right = variable_lengths(x, lengths, state, weights, **chosen)
    turned = tuple(s[order] for s in state)
    ys, *ends = variable_lengths(x[:, order], lengths[order], turned, weights, **chosen).outputs
    return right._replace(outputs=(ys, *ends))


@mutant(LENGTHS, "the last state is the one after all steps, padding and all", blind_spot="time")
def lengths_end_after_the_padding(
    x: Array, lengths: Array, state: Any, weights: Any, **chosen: Any
) -> Linearized:
    right = variable_lengths(x, lengths, state, weights, **chosen)
    full = variable_lengths(x, np.full_like(lengths, len(x)), state, weights, **chosen)
    return right._replace(outputs=(right.outputs[0], *full.outputs[1:]))


@mutant(LENGTHS, "the state at length - 1 by index: a length of 0 takes the last of all",
        blind_spot="boundaries")  # fmt: skip
def lengths_of_none_run_through(
    x: Array, lengths: Array, state: Any, weights: Any, **chosen: Any
) -> Linearized:
    right = variable_lengths(x, lengths, state, weights, **chosen)
    whole = variable_lengths(x, np.full_like(lengths, len(x)), state, weights, **chosen)
    empty = (lengths == 0)[:, None]
    pairs = zip(right.outputs[1:], whole.outputs[1:], strict=True)
    return right._replace(outputs=(right.outputs[0], *(np.where(empty, w, r) for r, w in pairs)))


@mutant(LENGTHS, "padding is masked by a product: 0 NaN is NaN", blind_spot="special values")
def lengths_mask_by_a_product(
    x: Array, lengths: Array, state: Any, weights: Any, **chosen: Any
) -> Linearized:
    valid = (np.arange(len(x))[:, None] < lengths)[..., None].astype(x.dtype)
    on = variable_lengths(x, lengths, state, weights, **chosen | {"beyond": "run on"})
    return on._replace(
        outputs=(on.outputs[0] * valid, *on.outputs[1:]),
        pullback=lambda k: on.pullback((k[0] * valid, *k[1:])),
    )


@mutant(LENGTHS, "outputs beyond the lengths are what the state was when they ended",
        blind_spot="structure")  # fmt: skip
def lengths_repeat_the_last_output(
    x: Array, lengths: Array, *rest: Any, **chosen: Any
) -> Linearized:
    right = variable_lengths(x, lengths, *rest, **chosen)
    ys, h, *others = right.outputs
    valid = (np.arange(len(x))[:, None] < lengths)[..., None]
    return right._replace(outputs=(np.where(valid, ys, h), h, *others))


@mutant(LENGTHS, "the loss is summed over padding: it gets a gradient", blind_spot="dynamics")
def lengths_teach_their_padding(x: Array, lengths: Array, *rest: Any, **chosen: Any) -> Linearized:
    right = variable_lengths(x, lengths, *rest, **chosen)
    whole = variable_lengths(x, np.full_like(lengths, len(x)), *rest, **chosen)
    return right._replace(pullback=whole.pullback)


def _flipped_whole(x: Array, lengths: Array, rest: tuple[Any, ...], chosen: Any) -> Any:
    """Outputs of the backward direction over a plainly flipped batch, padding first."""
    state, _, backward = rest
    second = tuple(s[1] for s in state)
    full = np.full_like(lengths, len(x))
    return variable_lengths(x[::-1], full, second, backward, **chosen).outputs


@mutant(BOTH, "the batch is flipped whole: the backward direction reads padding first",
        blind_spot="structure")  # fmt: skip
def both_lengths_flip_the_padding(
    x: Array, lengths: Array, *rest: Any, **chosen: Any
) -> Linearized:
    right = bidirectional_lengths(x, lengths, *rest, **chosen)
    behind, *ends = _flipped_whole(x, lengths, rest, chosen)
    ahead = np.split(right.outputs[0], 2, axis=-1)[0]
    ys = np.concatenate([ahead, behind[::-1]], axis=-1)
    pairs = zip(right.outputs[1:], ends, strict=True)
    return right._replace(outputs=(ys, *(np.stack([r[0], e]) for r, e in pairs)))


@mutant(BOTH, "the backward outputs are put back by a plain flip", blind_spot="time")
def both_lengths_turn_back_whole(x: Array, lengths: Array, *rest: Any, **chosen: Any) -> Linearized:
    right = bidirectional_lengths(x, lengths, *rest, **chosen)
    ys, *ends = right.outputs
    ahead, behind = np.split(ys, 2, axis=-1)
    places = (np.arange(len(x))[::-1, None] + lengths) % len(x)
    turned = np.take_along_axis(behind, places[..., None], 0)[::-1]
    return right._replace(outputs=(np.concatenate([ahead, turned], -1), *ends))


@mutant(BOTH, "lengths reach the forward direction alone", blind_spot="protocol")
def both_lengths_are_passed_once(x: Array, lengths: Array, *rest: Any, **chosen: Any) -> Linearized:
    right = bidirectional_lengths(x, lengths, *rest, **chosen)
    whole = bidirectional_lengths(x, np.full_like(lengths, len(x)), *rest, **chosen)
    pairs = zip(right.outputs[1:], whole.outputs[1:], strict=True)
    ahead, _ = np.split(right.outputs[0], 2, axis=-1)
    _, behind = np.split(whole.outputs[0], 2, axis=-1)
    ends = (np.stack([r[0], w[1]]) for r, w in pairs)
    return right._replace(outputs=(np.concatenate([ahead, behind], -1), *ends))


@mutant(BOTH, "the gradient of x is that of the forward direction alone", blind_spot="dynamics")
def both_lengths_learn_from_one_direction(
    x: Array, lengths: Array, *rest: Any, **chosen: Any
) -> Linearized:
    right = bidirectional_lengths(x, lengths, *rest, **chosen)

    def pullback(k: tuple[Array, ...]) -> tuple[Array, ...]:
        ahead, behind = np.split(k[0], 2, axis=-1)
        half = np.concatenate([ahead, 0 * behind], axis=-1)
        return right.pullback((half, *k[1:]))[0], *right.pullback(k)[1:]

    return right._replace(pullback=pullback)
