"""Wrong plain and convolutional stacks."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant
from reference.flow.layers import (
    FUNCTIONS,
    Flow,
    Local,
    Norm,
    Phi,
    activated,
    affine,
    convolved,
    in_turn,
    normalized,
    stacked,
)
from reference.flow.stacks import conv_layer, conv_stack, plain_layer, plain_stack
from reference.numerics import Array

PLAIN, CONV = "flow.plain_stack", "flow.conv_stack"


@mutant(PLAIN, "layers are kept in a list that is popped from the end", blind_spot="structure")
def plain_takes_layers_in_reverse(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    right = plain_stack(
        x, v, c, w[::-1], b[::-1], activation=activation, normalization=normalization
    )
    return right._replace(parameters=tuple(g[::-1] for g in right.parameters))


@mutant(PLAIN, "the gradient passes the activation as if it were linear", blind_spot="dynamics")
def plain_forgets_the_slope_on_the_way_back(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    def layer(h: Any, w: Any, b: Any) -> Local:
        return in_turn(
            affine(h, w, b),
            lambda z: normalized(z, normalization),
            lambda z: activated(z, activation)._replace(pull=lambda g: (g,)),
        )

    return stacked(layer, x, v, c, (w, b))


@mutant(PLAIN, "the gradient kept for a layer is that of its output, not of its input")
def plain_reports_the_gradient_of_the_next_layer(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    right = plain_stack(x, v, c, w, b, activation=activation, normalization=normalization)
    return right._replace(gradients=np.concatenate([right.gradients[1:], right.gradients[-1:]]))


@mutant(PLAIN, "sums are divided by n where weights have it in their variance: 1 / sqrt(n) twice",
        blind_spot="scale")  # fmt: skip
def plain_scales_by_the_width(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    scale = w.dtype.type(w.shape[-1] ** -0.5)
    right = plain_stack(x, v, c, scale * w, b, activation=activation, normalization=normalization)
    of_w, of_b = right.parameters
    return right._replace(parameters=(scale * of_w, of_b))


@mutant(PLAIN, "one matrix of a checkpoint is stored (inputs, outputs)", blind_spot="structure")
def plain_transposes_one_layer(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    turned = w.copy()
    place = len(w) // 2
    turned[place] = w[place].T
    return plain_stack(x, v, c, turned, b, activation=activation, normalization=normalization)


@mutant(PLAIN, "mean and variance are taken for constants on the way back: a detached statistic")
def plain_forgets_normalization_on_the_way_back(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    def norm(z: Any) -> Local:
        right = normalized(z, normalization)
        size = z.std(axis=-1, keepdims=True)
        return right._replace(pull=lambda g: (g / size,))

    def layer(h: Any, w: Any, b: Any) -> Local:
        return in_turn(affine(h, w, b), norm, lambda z: activated(z, activation))

    return stacked(layer, x, v, c, (w, b))


@mutant(PLAIN, "normalization follows the activation", blind_spot="symmetry and defaults")
def plain_normalizes_after_the_activation(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    def layer(h: Any, w: Any, b: Any) -> Local:
        return in_turn(
            affine(h, w, b),
            lambda z: activated(z, activation),
            lambda z: normalized(z, normalization),
        )

    return stacked(layer, x, v, c, (w, b))


@mutant(PLAIN, "layer normalization that does not centre: RMS", blind_spot="symmetry and defaults")
def plain_does_not_centre(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    kind: Norm = "rms" if normalization == "layer" else normalization
    return plain_stack(x, v, c, w, b, activation=activation, normalization=kind)


@mutant(PLAIN, "layers made with bias=False, as normalization follows: but it has no shift")
def plain_drops_the_bias(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    return plain_stack(x, v, c, w, 0 * b, activation=activation, normalization=normalization)


@mutant(PLAIN, "tangents are pushed through the sums alone", blind_spot="dynamics")
def plain_pushes_without_slopes(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    def layer(h: Any, w: Any, b: Any) -> Local:
        right = plain_layer(h, w, b, activation=activation, normalization=normalization)
        return right._replace(push=lambda t: t @ w.T)

    return stacked(layer, x, v, c, (w, b))


@mutant(
    PLAIN, "the gradient of a bias is the mean over rows, as of a mean loss", blind_spot="scale"
)
def plain_averages_the_gradients_of_biases(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    right = plain_stack(x, v, c, w, b, activation=activation, normalization=normalization)
    of_w, of_b = right.parameters
    return right._replace(parameters=(of_w, of_b / x.dtype.type(len(x))))


@mutant(PLAIN, "h' d where d' h is due: the gradient of the transposed matrix",
        blind_spot="structure")  # fmt: skip
def plain_transposes_the_gradients_of_weights(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    right = plain_stack(x, v, c, w, b, activation=activation, normalization=normalization)
    of_w, of_b = right.parameters
    return right._replace(parameters=(of_w.swapaxes(1, 2), of_b))


@mutant(PLAIN, "f'(f(z)) for f'(z): right for a rectifier alone")
def plain_takes_the_slope_at_the_output(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    def bent(z: Any) -> Local:
        right = activated(z, activation)
        slope = np.asarray(FUNCTIONS[activation].slope(right.outputs), z.dtype)
        return right._replace(pull=lambda g: (slope * g,))

    def layer(h: Any, w: Any, b: Any) -> Local:
        return in_turn(affine(h, w, b), lambda z: normalized(z, normalization), bent)

    return stacked(layer, x, v, c, (w, b))


@mutant(PLAIN, "the state is detached half way, as for truncated training", blind_spot="time")
def plain_detaches_half_way(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    right = plain_stack(x, v, c, w, b, activation=activation, normalization=normalization)
    gradients = right.gradients.copy()
    gradients[: len(w) // 2] = 0
    return right._replace(gradients=gradients)


@mutant(PLAIN, "gradients below 1e-12 are taken for 0: they die long before the format ends",
        blind_spot="tolerance")  # fmt: skip
def plain_takes_small_gradients_for_none(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    def layer(h: Any, w: Any, b: Any) -> Local:
        right = plain_layer(h, w, b, activation=activation, normalization=normalization)

        def pull(g: Any) -> tuple[Any, ...]:
            back, *own = right.pull(g)
            return np.where(np.abs(back) < 1e-12, 0 * back, back), *own

        return right._replace(pull=pull)

    return stacked(layer, x, v, c, (w, b))


@mutant(PLAIN, "1e-30 is added lest a division by 0 follow: gradients never die",
        blind_spot="special values")  # fmt: skip
def plain_lets_no_gradient_die(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    def layer(h: Any, w: Any, b: Any) -> Local:
        right = plain_layer(h, w, b, activation=activation, normalization=normalization)

        def pull(g: Any) -> tuple[Any, ...]:
            back, *own = right.pull(g)
            return back + back.dtype.type(1e-30), *own

        return right._replace(pull=pull)

    return stacked(layer, x, v, c, (w, b))


@mutant(PLAIN, "gradients between layers are clipped to the norm 1: a hook left in",
        blind_spot="scale")  # fmt: skip
def plain_clips_between_layers(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    def layer(h: Any, w: Any, b: Any) -> Local:
        right = plain_layer(h, w, b, activation=activation, normalization=normalization)

        def pull(g: Any) -> tuple[Any, ...]:
            back, *own = right.pull(g)
            return back / max(1, np.linalg.norm(back)), *own

        return right._replace(pull=pull)

    return stacked(layer, x, v, c, (w, b))


@mutant(PLAIN, "the first state is normalized where it lies: the caller's array changes",
        blind_spot="protocol")  # fmt: skip
def plain_writes_into_its_input(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    right = plain_stack(x, v, c, w, b, activation=activation, normalization=normalization)
    x *= 2
    return right


@mutant(
    CONV, "images are padded with zeros: pixels at the edges lose a third", blind_spot="boundaries"
)
def conv_pads_with_zeros(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    pixels = x.shape[-1]

    def layer(h: Any, w: Any, b: Any) -> Local:
        gap = np.zeros((*h.shape[:-1], 1), h.dtype)
        wide = convolved(np.concatenate([gap, h, gap], -1), w, b)
        cut = wide._replace(outputs=wide.outputs[..., 1:-1])

        def pull(g: Any) -> tuple[Any, ...]:
            back, *own = wide.pull(np.concatenate([gap, g, gap], -1))
            return back[..., 1 : pixels + 1], *own

        inner = cut._replace(
            push=lambda t: wide.push(np.concatenate([gap, t, gap], -1))[..., 1:-1], pull=pull
        )
        return in_turn(
            inner, lambda z: normalized(z, normalization), lambda z: activated(z, activation)
        )

    return stacked(layer, x, v, c, (w, b))


@mutant(CONV, "the kernel is flipped, as a mathematician's is", blind_spot="symmetry and defaults")
def conv_flips_its_kernel(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    right = conv_stack(x, v, c, w[..., ::-1], b, activation=activation, normalization=normalization)
    of_w, of_b = right.parameters
    return right._replace(parameters=(of_w[..., ::-1], of_b))


@mutant(CONV, "the gradient is not moved back to the pixels it came from", blind_spot="structure")
def conv_leaves_gradients_where_they_are(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    def layer(h: Any, w: Any, b: Any) -> Local:
        right = conv_layer(h, w, b, activation=activation, normalization=normalization)

        def pull(g: Any) -> tuple[Any, ...]:
            back, *own = right.pull(g)
            return np.roll(back, 1, -1), *own

        return right._replace(pull=pull)

    return stacked(layer, x, v, c, (w, b))


@mutant(CONV, "fans do not count the taps: sums are divided by sqrt(3)", blind_spot="scale")
def conv_does_not_count_its_taps(
    x: Array, v: Array, c: Array, w: Array, b: Array, *, activation: Phi, normalization: Norm
) -> Flow:
    scale = w.dtype.type(3**-0.5)
    right = conv_stack(x, v, c, scale * w, b, activation=activation, normalization=normalization)
    of_w, of_b = right.parameters
    return right._replace(parameters=(scale * of_w, of_b))
