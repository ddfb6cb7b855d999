"""Stacks without any connection but from one layer to the next: plain, convolutional."""

from __future__ import annotations

from typing import Any

from reference.flow.layers import (
    Flow,
    Local,
    Norm,
    Phi,
    activated,
    convolved,
    full,
    in_turn,
    normalized,
    stacked,
)
from reference.numerics import Array
from reference.technique import Accuracy, Fact, technique

LOCAL = Accuracy(ulps=1, inputs=2)
"""Of every sum of n terms: u sum |terms| for each term, the result and each operand."""

FLOWS = (
    Fact("signals_follow_the_length_map"),
    Fact("tangents_follow_chi"),
    Fact("gradients_follow_chi"),
)
CORRELATES = Fact("correlations_follow_their_map")
DIES = Fact("dies_where_theory_says")
ROTATES = Fact("keeps_all_singular_values_alike")


def plain_layer(h: Any, w: Any, b: Any, *, activation: Phi, normalization: Norm) -> Local:
    """One layer of `plain_stack`."""
    return full(h, w, b, activation, normalization)


@technique(
    source="Poole et al. 2016, Exponential expressivity in deep neural networks through transient "
    "chaos, equations 1 to 5; Schoenholz et al. 2017, Deep information propagation, section 4",
    accuracy=LOCAL,
    facts=(*FLOWS, CORRELATES, DIES, ROTATES),
)
def plain_stack(
    x: Array, v: Array, c: Array, w: Array, b: Array,
    *, activation: Phi = "tanh", normalization: Norm = "none",
) -> Flow:  # fmt: skip
    """Carry a signal and a tangent through a plain stack, and a gradient back.

    h_l = f(norm(W_l h_(l-1) + b_l)), t_l = J_l t_(l-1), g_(l-1) = J_l' g_l

    h_0 = x, t_0 = v, g_L = c; J_l: the Jacobian of layer l; f: the activation. dW_l = d_l' h_(l-1)
    and db_l = sum of the rows of d_l, d_l the gradient of W_l h_(l-1) + b_l. In a wide stack of
    random weights the mean square q of h follows q -> E f(Z sqrt(v))^2, v = s_w^2 q + s_b^2, and
    those of t and g are multiplied by chi = s_w^2 E f'(Z sqrt(v))^2 a layer: to the power of the
    depth they vanish or explode.

    *Numerics*: every layer is judged from what the implementation itself had before it, so errors
    do not add up over the depth: a sum of n terms may round each operand and each partial sum, an
    activation its result; slopes are formed from outputs (1 - y^2), off by a few u.

    Args:
        x: (N, D), no unit.
        v: (N, D), a tangent of x.
        c: (N, D), the gradient of the last state.
        w: (L, D, D), a matrix (outputs, inputs) for each layer.
        b: (L, D).
        activation: f.
        normalization: what each sum is divided by; eps = 1e-5, no scale, no shift.

    Returns:
        Flow: states, tangents and gradients (L + 1, N, D) in front of, between and behind the
        layers; and the gradients of w and b.

    *Differences*: torch stores weights (outputs, inputs), flax (inputs, outputs). torch returns the
    gradient of a layer in the middle by `retain_grad` or `autograd.grad`; JAX has no such thing:
    add zeros to every state and ask for their gradient (flax's `perturb`). `lax.scan` over the
    layers compiles one of them, whatever the depth.

    Example:
        >>> one = np.ones((1, 1))
        >>> two = np.full((3, 1, 1), 2.0)
        >>> flow = plain_stack(one, one, one, two, np.zeros((3, 1)), activation="linear")
        >>> flow.states.ravel(), flow.gradients.ravel()
        (array([1., 2., 4., 8.]), array([8., 4., 2., 1.]))
    """
    return stacked(
        lambda h, w, b: plain_layer(h, w, b, activation=activation, normalization=normalization),
        x, v, c, (w, b),
    )  # fmt: skip


def conv_layer(h: Any, w: Any, b: Any, *, activation: Phi, normalization: Norm) -> Local:
    """One layer of `conv_stack`."""
    return in_turn(
        convolved(h, w, b),
        lambda z: normalized(z, normalization),
        lambda z: activated(z, activation),
    )


@technique(
    source="Xiao et al. 2018, Dynamical isometry and a mean field theory of CNNs, section 2",
    accuracy=LOCAL,
    facts=(*FLOWS, CORRELATES, DIES, ROTATES),
)
def conv_stack(
    x: Array, v: Array, c: Array, w: Array, b: Array,
    *, activation: Phi = "tanh", normalization: Norm = "none",
) -> Flow:  # fmt: skip
    """Carry a signal and a tangent through a stack of convolutions, and a gradient back.

    h_l = f(norm(W_l * h_(l-1) + b_l)), (W * h)_p = sum_j W_j h_(p + j - 1)

    *: a convolution with three taps, over pixels on a ring, so that none lies at an edge. Its fans
    count the taps. Mean squares follow the maps of the plain stack, averaged over three pixels.

    *Numerics*: as for `plain_stack`; a sum has a term for each channel and tap.

    Args:
        x: (N, C, P), rows, channels and pixels, no unit.
        v: (N, C, P), a tangent of x.
        c: (N, C, P), the gradient of the last state.
        w: (L, C, C, 3), outputs, inputs and taps of each layer.
        b: (L, C).
        activation: f.
        normalization: "layer" and "rms" over channels and pixels, "batch" over rows and pixels.

    Returns:
        Flow: states, tangents and gradients (L + 1, N, C, P), and the gradients of w and b.

    *Differences*: torch pads with `functional.pad(mode="circular")`, flax with
    `padding="CIRCULAR"`. torch's images are (N, C, P) and kernels (outputs, inputs, taps); flax's
    (N, P, C) and (taps, inputs, outputs).

    Example:
        >>> x = np.array([[[1.0, 2.0, 3.0]]])
        >>> right = np.array([[[[0.0, 0.0, 1.0]]]])
        >>> conv_stack(x, x, x, right, np.zeros((1, 1)), activation="linear").states[1].ravel()
        array([2., 3., 1.])
    """
    return stacked(
        lambda h, w, b: conv_layer(h, w, b, activation=activation, normalization=normalization),
        x, v, c, (w, b),
    )  # fmt: skip
