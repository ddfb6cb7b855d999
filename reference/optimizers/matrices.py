"""Optimizers of matrices: their step depends on all numbers of a matrix at once."""

from __future__ import annotations

import math
from typing import Annotated, Literal, TypedDict

import numpy as np

from reference.demands import demand
from reference.numerics import Array
from reference.optimizer_domains import Eps, Rate
from reference.optimizer_facts import (
    forgets,
    matrices_only,
    nearly_orthogonal,
    refuses,
    rests,
    symmetric_steps,
    tensors_apart,
    unitless_without_eps,
)
from reference.optimizer_states import Starts, Tensors, average, bias_correction
from reference.ranged import ranged
from reference.stored import DIFFERENCES, stored
from reference.technique import Accuracy, Between, technique

NEWTON_SCHULZ = "newton_schulz"
"""The work of orthogonalizing, which some implementations do in bfloat16."""

_A, _B, _C = 3.4445, -4.7750, 2.0315
_ITERATIONS = 5

Scale = Literal["width", "rms"]
Layout = Literal["outputs_first", "inputs_first"]


class Momentum(TypedDict):
    """What Muon keeps: steps taken, and a running average of gradients."""

    step: Annotated[Array, Starts(0, per="optimizer")]
    momentum_buffer: Annotated[Tensors, Starts(0.0)]


def shape_factor(shape: tuple[int, ...], scale: Scale, layout: Layout) -> float:
    """s: by how much a matrix of this shape moves, in units of the learning rate."""
    rows, columns = shape[-2:]
    outputs, inputs = (rows, columns) if layout == "outputs_first" else (columns, rows)
    if scale == "width":
        return math.sqrt(max(1.0, outputs / inputs))
    return 0.2 * math.sqrt(max(outputs, inputs))


@technique(
    source="Jordan et al. 2024, Muon: an optimizer for hidden layers in neural networks; Liu et al."
    " 2025, Muon is scalable for LLM training",
    accuracy=Accuracy(ulps=6, inputs=3),
    facts=(
        tensors_apart,
        matrices_only,
        rests(lambda learning_rate, weight_decay: 1 - learning_rate * weight_decay),
        symmetric_steps("momentum_buffer"),
        unitless_without_eps(momentum_buffer=1),
        forgets(momentum_buffer="momentum"),
        nearly_orthogonal(0.68, 1.14, shape_factor),
        refuses(learning_rate=(-0.5,), momentum=(1.0, -0.5), weight_decay=(-0.5,), eps=(-0.5,)),
    ),
)
def muon(
    grads: Tensors,
    state: Momentum,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-3,
    momentum: Annotated[float, Between(0.6, 0.99)] = 0.95,
    weight_decay: Annotated[float, Between(1e-4, 0.1, log=True)] = 0.1,
    eps: Eps = 1e-7,
    nesterov: Literal[True, False] = True,
    corrects_bias: Literal[False, True] = False,
    guard: Literal["clamp", "add"] = "clamp",
    scale: Scale = "width",
    layout: Layout = "outputs_first",
) -> tuple[Tensors, Momentum]:
    """Muon: every matrix moves by its momentum, all singular values of which are made nearly 1.

    B <- m B + (1 - m) G,  t <- t + 1,  U = m B / c(t+1) + (1 - m) G / c(t),
    X <- U / max(|U|, e),  five times: A = X X^T, X <- 3.4445 X + (-4.7750 A + 2.0315 A A) X,
    W <- W - a (s X + d W)

    W are the params, G the grads, B the momentum buffer, m the momentum, t the step, |U| the
    Frobenius norm, a the learning rate, d the weight decay, e eps; c(t) is 1, or 1 - m^t where the
    bias is corrected; s depends on the shape. The quintic takes singular values between 0.005 |U|
    and |U| to 0.68 ... 1.16: it is nearly the orthogonal matrix next to U, not quite.

    *Numerics*: of a matrix with more rows than columns the transpose is iterated, which is the same
    with the smaller A. U, the norm, the quotient, and in every iteration A, the polynomial and X
    are stored: each rounds once for every term of its sums and for its coefficients, relative to
    the sum of magnitudes. How much of that arrives at the end is differentiated, not guessed: small
    singular values are multiplied by up to 3.4445^5 = 485, and so are their errors. Besides, B
    takes three roundings of each input, and the update six: s, the sum, a, the decay, the last sum.

    Args:
        grads: gradients, one array for each parameter matrix, in its shape.
        state: step (number of steps taken, int32) and momentum_buffer.
        params: parameter matrices, (rows, columns), unit of the learning rate.
        learning_rate: spectral norm of a step, but for s.
        momentum: decay of the momentum buffer, in [0, 1).
        weight_decay: share of the parameter, times the rate, by which it falls in a step.
        eps: length of U below which the step fades; unit of the gradients.
        nesterov: whether U looks ahead; otherwise it is B / c(t).
        corrects_bias: whether c(t) is 1 - m^t, so that U is an average from the first step on.
        guard: whether |U| is kept at eps at least, or eps is added to it.
        scale: "width": s = sqrt(max(1, outputs / inputs)); "rms": s = 0.2 sqrt(max(outputs,
            inputs)), at which Adam's learning rates suit.
        layout: whether the rows of a matrix are a layer's outputs, or its inputs.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: a parameter is no matrix; learning_rate, weight_decay or eps is negative, or
            momentum outside [0, 1).

    *Differences*: torch iterates in bfloat16, whatever the parameters are; it clamps the norm,
    corrects no bias, and keeps no count. optax iterates in the parameters' format, adds eps, and
    corrects the bias with another step for B than for G. Each takes its own layout of a layer for
    granted: rows are outputs in torch and inputs in optax, so that a matrix that is not square
    moves differently; its transpose moves alike. To port, transpose; torch's adjust_lr_fn
    "match_rms_adamw" is consistent_rms=0.2 in optax, and its weight_decay is 0.1 where optax's is
    0. Other tensors torch refuses, and optax gives to Adam.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.zeros((1, 2))]
        >>> grads = [np.array([[3.0, 4.0]])]
        >>> muon(grads, beginning(muon, params), params, learning_rate=1.0)[0][0].round(3)
        array([[-0.418, -0.557]])
    """
    demand(
        learning_rate=learning_rate >= 0,
        momentum=0 <= momentum < 1,
        weight_decay=weight_decay >= 0,
        eps=eps >= 0,
        params=all(w.ndim >= 2 for w in params),
    )
    step = state["step"] + np.int32(1)
    buffers, moved = [], []
    for w, g, b in zip(params, grads, state["momentum_buffer"], strict=True):
        real = w.dtype.type
        buffer = ranged("B", average(b, g, momentum), 2)
        ahead = _corrected(
            "B / c", buffer, momentum, step + 1 if nesterov else step, corrects=corrects_bias
        )
        if nesterov:
            beside = _corrected("G / c", g, momentum, step, corrects=corrects_bias)
            size = real(momentum) * abs(ahead) + real(1 - momentum) * abs(beside)
            ahead = stored(average(ahead, beside, momentum), 4, of=size)
        norm = _norm(ahead)
        norm = np.maximum(norm, real(eps)) if guard == "clamp" else norm + ranged("e", real(eps))
        x = ranged("X", ahead * ranged("1 / |U|", 1 / norm))
        x = orthogonalized(stored(x, 3, work=NEWTON_SCHULZ))
        factor = real(shape_factor(w.shape, scale, layout))
        update = factor * x + real(weight_decay) * w
        buffers.append(buffer)
        moved.append(w - ranged("update", real(learning_rate) * update))
    return moved, {"step": step, "momentum_buffer": buffers}


def _corrected(symbol: str, x: Array, decay: float, step: Array, *, corrects: bool) -> Array:
    """x / (1 - decay^step), or x. Its difference loses what the power has over it."""
    if not corrects:
        return x
    lack = bias_correction(decay, step, x.dtype)
    power = 1 - lack
    lack = np.asarray(lack)[..., None, None]
    lack = stored(lack, 1.0, of=2 * power[..., None, None] + 0 * lack, work=DIFFERENCES)
    return ranged(symbol, x / lack)


def _norm(x: Array) -> Array:
    """Frobenius norm of the last two axes."""
    square = np.sum(ranged("U^2", x * x), axis=(-2, -1), keepdims=True)
    norm = np.sqrt(ranged("|U|^2", square))
    return stored(norm, x.shape[-2] * x.shape[-1] / 2 + 2, work=NEWTON_SCHULZ)


def orthogonalized(x: Array) -> Array:
    """The quintic Newton-Schulz iteration: singular values between 0.005 and 1 become nearly 1."""
    if x.shape[-2] > x.shape[-1]:
        return np.swapaxes(orthogonalized(np.swapaxes(x, -2, -1)), -2, -1)
    rows, columns = x.shape[-2:]
    a, b, c = (x.dtype.type(z) for z in (_A, _B, _C))
    for _ in range(_ITERATIONS):
        turned = np.swapaxes(x, -2, -1)
        gram = x @ turned
        gram = stored(gram, columns, of=abs(x) @ abs(turned), work=NEWTON_SCHULZ)
        size = abs(b) * abs(gram) + abs(c) * abs(gram) @ abs(gram)
        polynomial = stored(b * gram + c * gram @ gram, rows + 3, of=size, work=NEWTON_SCHULZ)
        size = abs(a) * abs(x) + abs(polynomial) @ abs(x)
        x = stored(a * x + polynomial @ x, rows + 3, of=size, work=NEWTON_SCHULZ)
    return x
