"""Wrong plain stacks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.mutants.flow import changed, cut_half_way, scaled, through, with_gradient
from properties.mutants.mutant import mutant
from reference.flow.layers import (
    FUNCTIONS,
    Flow,
    Local,
    Norm,
    Phi,
    activated,
    affine,
    in_turn,
    normalized,
)
from reference.flow.stacks import plain_layer, plain_stack
from reference.numerics import Array

if TYPE_CHECKING:
    from collections.abc import Callable

PLAIN = "flow.plain_stack"


def _summed(given: tuple[Array, ...], *then: Callable[[Any], Local]) -> Flow:
    """Layers that do this in turn with their sums."""
    return through(lambda h, w, b: in_turn(affine(h, w, b), *then), given)


@mutant(PLAIN, "layers are kept in a list that is popped from the end", blind_spot="structure")
def plain_takes_layers_in_reverse(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    *ends, w, b = given
    right = plain_stack(*ends, w[::-1], b[::-1], activation=activation, normalization=normalization)
    return right._replace(parameters=tuple(g[::-1] for g in right.parameters))


@mutant(PLAIN, "the gradient passes the activation as if it were linear", blind_spot="dynamics")
def plain_forgets_the_slope_on_the_way_back(
    *given: Array, activation: Phi, normalization: Norm
) -> Flow:
    return _summed(
        given,
        lambda z: normalized(z, normalization),
        lambda z: activated(z, activation)._replace(pull=lambda g: (g,)),
    )


@mutant(PLAIN, "the gradient kept for a layer is that of its output, not of its input")
def plain_reports_the_gradient_of_the_next_layer(
    *given: Array, activation: Phi, normalization: Norm
) -> Flow:
    right = plain_stack(*given, activation=activation, normalization=normalization)
    return right._replace(gradients=np.concatenate([right.gradients[1:], right.gradients[-1:]]))


@mutant(PLAIN, "sums are divided by n where weights have it in their variance: 1 / sqrt(n) twice",
        blind_spot="scale")  # fmt: skip
def plain_scales_by_the_width(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    width = given[3].shape[-1]
    return scaled(plain_stack, width**-0.5, given, activation, normalization)


@mutant(PLAIN, "one matrix of a checkpoint is stored (inputs, outputs)", blind_spot="structure")
def plain_transposes_one_layer(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    *ends, w, b = given
    turned = w.copy()
    place = len(w) // 2
    turned[place] = w[place].T
    return plain_stack(*ends, turned, b, activation=activation, normalization=normalization)


@mutant(PLAIN, "mean and variance are taken for constants on the way back: a detached statistic")
def plain_forgets_normalization_on_the_way_back(
    *given: Array, activation: Phi, normalization: Norm
) -> Flow:
    def norm(z: Any) -> Local:
        size = z.std(axis=-1, keepdims=True)
        return normalized(z, normalization)._replace(pull=lambda g: (g / size,))

    return _summed(given, norm, lambda z: activated(z, activation))


@mutant(PLAIN, "normalization follows the activation", blind_spot="symmetry and defaults")
def plain_normalizes_after_the_activation(
    *given: Array, activation: Phi, normalization: Norm
) -> Flow:
    return _summed(
        given, lambda z: activated(z, activation), lambda z: normalized(z, normalization)
    )


@mutant(PLAIN, "layer normalization that does not centre: RMS", blind_spot="symmetry and defaults")
def plain_does_not_centre(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    kind: Norm = "rms" if normalization == "layer" else normalization
    return plain_stack(*given, activation=activation, normalization=kind)


@mutant(PLAIN, "layers made with bias=False, as normalization follows: but it has no shift")
def plain_drops_the_bias(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    *others, b = given
    return plain_stack(*others, 0 * b, activation=activation, normalization=normalization)


@mutant(PLAIN, "tangents are pushed through the sums alone", blind_spot="dynamics")
def plain_pushes_without_slopes(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    def change(right: Local, _h: Any, w: Any, _b: Any) -> Local:
        return right._replace(push=lambda t: t @ w.T)

    return changed(plain_layer, change, given, activation, normalization)


@mutant(
    PLAIN, "the gradient of a bias is the mean over rows, as of a mean loss", blind_spot="scale"
)
def plain_averages_the_gradients_of_biases(
    *given: Array, activation: Phi, normalization: Norm
) -> Flow:
    right = plain_stack(*given, activation=activation, normalization=normalization)
    of_w, of_b = right.parameters
    return right._replace(parameters=(of_w, of_b / of_b.dtype.type(len(given[0]))))


@mutant(PLAIN, "h' d where d' h is due: the gradient of the transposed matrix",
        blind_spot="structure")  # fmt: skip
def plain_transposes_the_gradients_of_weights(
    *given: Array, activation: Phi, normalization: Norm
) -> Flow:
    right = plain_stack(*given, activation=activation, normalization=normalization)
    of_w, of_b = right.parameters
    return right._replace(parameters=(of_w.swapaxes(1, 2), of_b))


@mutant(PLAIN, "f'(f(z)) for f'(z): right for a rectifier alone")
def plain_takes_the_slope_at_the_output(
    *given: Array, activation: Phi, normalization: Norm
) -> Flow:
    def bent(z: Any) -> Local:
        right = activated(z, activation)
        slope = np.asarray(FUNCTIONS[activation].slope(right.outputs), z.dtype)
        return right._replace(pull=lambda g: (slope * g,))

    return _summed(given, lambda z: normalized(z, normalization), bent)


@mutant(PLAIN, "the state is detached half way, as for truncated training", blind_spot="time")
def plain_detaches_half_way(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    return cut_half_way(plain_stack(*given, activation=activation, normalization=normalization))


@mutant(PLAIN, "gradients below 1e-12 are taken for 0: they die long before the format ends",
        blind_spot="tolerance")  # fmt: skip
def plain_takes_small_gradients_for_none(
    *given: Array, activation: Phi, normalization: Norm
) -> Flow:
    def change(right: Local, *_: Any) -> Local:
        return with_gradient(right, lambda back, _: np.where(np.abs(back) < 1e-12, 0 * back, back))

    return changed(plain_layer, change, given, activation, normalization)


@mutant(PLAIN, "1e-30 is added lest a division by 0 follow: gradients never die",
        blind_spot="special values")  # fmt: skip
def plain_lets_no_gradient_die(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    def change(right: Local, *_: Any) -> Local:
        return with_gradient(right, lambda back, _: back + back.dtype.type(1e-30))

    return changed(plain_layer, change, given, activation, normalization)


@mutant(PLAIN, "gradients between layers are clipped to the norm 1: a hook left in",
        blind_spot="scale")  # fmt: skip
def plain_clips_between_layers(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    def change(right: Local, *_: Any) -> Local:
        return with_gradient(right, lambda back, _: back / max(1, np.linalg.norm(back)))

    return changed(plain_layer, change, given, activation, normalization)


@mutant(PLAIN, "the first state is normalized where it lies: the caller's array changes",
        blind_spot="protocol")  # fmt: skip
def plain_writes_into_its_input(*given: Array, activation: Phi, normalization: Norm) -> Flow:
    right = plain_stack(*given, activation=activation, normalization=normalization)
    x, *_ = given
    x *= 2
    return right
