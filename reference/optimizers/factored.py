"""Optimizers that keep less than a number for each parameter: factors of the second moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypedDict

import numpy as np

from reference.demands import demand
from reference.gradients.norms import scaled_norm
from reference.numerics import Array
from reference.optimizer_domains import Eps, Rate
from reference.optimizer_facts import (
    at_most_a_share,
    refuses,
    symmetric_steps,
    tensors_apart,
    unitless_without_eps,
)
from reference.optimizer_states import Starts, Tensors, longest
from reference.ranged import probing, ranged
from reference.stored import stored
from reference.technique import Accuracy, Between, technique


def axes_of(shape: tuple[int, ...], known: dict[str, Any]) -> tuple[int, int] | None:
    """The two axes, rows and columns, whose means are kept in place of a tensor; None of others."""
    if len(shape) < 2:
        return None
    if known["factored_axes"] == "last":
        return len(shape) - 2, len(shape) - 1
    *_, second, first = (int(axis) for axis in np.argsort(shape))
    return (second, first) if shape[second] >= known["smallest_factored"] else None


def _of_rows(shape: tuple[int, ...], known: dict[str, Any]) -> tuple[int, ...]:
    axes = axes_of(shape, known)
    return _without(shape, axes[1]) if axes else ()


def _of_columns(shape: tuple[int, ...], known: dict[str, Any]) -> tuple[int, ...]:
    axes = axes_of(shape, known)
    return _without(shape, axes[0]) if axes else ()


def _of_all(shape: tuple[int, ...], known: dict[str, Any]) -> tuple[int, ...]:
    return () if axes_of(shape, known) else shape


def _without(shape: tuple[int, ...], axis: int) -> tuple[int, ...]:
    return shape[:axis] + shape[axis + 1 :]


class Factors(TypedDict):
    """What Adafactor keeps: mean squares of rows and of columns, or of every number.

    What a tensor does not use is one 0.
    """

    step: Annotated[Array, Starts(0, per="optimizer")]
    row_moment: Annotated[Tensors, Starts(0.0, per=_of_rows)]
    column_moment: Annotated[Tensors, Starts(0.0, per=_of_columns)]
    second_moment: Annotated[Tensors, Starts(0.0, per=_of_all)]


def root_mean_square(symbol: str, x: Array) -> Any:
    """Root of the mean square, free of overflow; libraries' squares and means may leave the range.

    Of no numbers it is 0.
    """
    kind, n = x.dtype.type, max(x.size, 1)
    if probing():
        squares = ranged(symbol, np.square(x))
        return np.sqrt(ranged(symbol, np.sum(squares), x.size) / n)
    scale, root = scaled_norm([x])
    return scale * (root / np.sqrt(kind(n)))


@dataclass(frozen=True)
class _Rule:
    """Adafactor's moments at one step: kept and new weight, eps, and what is factored."""

    old: Any
    new: Any
    added: float
    floor: float
    known: dict[str, Any]

    def direction(self, g: Array, moments: tuple[Array, Array, Array]) -> tuple[Array, Any]:
        """The gradient over the root of the second moment, and the new moments."""
        real = g.dtype.type
        least = ranged("e", real(self.floor))
        if probing():
            least = np.sqrt(ranged("e^2", np.square(least)))
        axes = axes_of(g.shape, self.known)
        if axes is None:
            v = self.average(moments[2], ranged("v", g * g))
            return g / np.maximum(np.sqrt(v), least), (*moments[:2], v)
        rows, columns = axes
        r = self.average(moments[0], _mean_square(g, columns))
        c = self.average(moments[1], _mean_square(g, rows))
        mean = np.mean(r, axis=rows - (columns < rows), keepdims=True)
        r_, c_ = np.expand_dims(r, columns), np.expand_dims(c, rows)
        mean = np.maximum(np.expand_dims(mean, columns), least)
        if probing() and self.floor:  # torch multiplies before it divides
            root = np.sqrt(ranged("V", ranged("R C", r_ * c_) / ranged("mean(R)", mean)))
        elif probing():  # compilers multiply by the reciprocal of what divides many numbers
            root = np.sqrt(r_ * ranged("1 / mean(R)", 1 / mean)) * np.sqrt(c_)
        else:
            root = np.sqrt(r_ / mean) * np.sqrt(c_)
        return g / np.maximum(root, least), (r, c, moments[2])

    def average(self, old: Array, square: Array) -> Any:
        """The moment, with the mean square and eps taken in."""
        real = old.dtype.type
        square = square + ranged("e", real(self.added))
        return ranged("v", real(self.old) * old + real(self.new) * square, 3)


def _mean_square(g: Array, axis: int) -> Any:
    squares = ranged("v", np.square(g))
    return ranged("v", np.sum(squares, axis=axis), g.shape[axis]) / g.dtype.type(g.shape[axis])


@technique(
    source="Shazeer and Stern 2018, Adafactor: adaptive learning rates with sublinear memory cost,"
    " algorithms 4 and 5",
    accuracy=Accuracy(ulps=10, inputs=8, terms=longest),
    facts=(
        tensors_apart,
        symmetric_steps(),
        unitless_without_eps(row_moment=2, column_moment=2, second_moment=2),
        at_most_a_share(lambda learning_rate, clipping: learning_rate * clipping, weight_decay=0.0),
        refuses(
            learning_rate=(-0.5,),
            decay_exponent=(-0.5,),
            eps=(-0.5,),
            clipping=(-0.5,),
            weight_decay=(-0.5,),
        ),
    ),
)
def adafactor(
    grads: Tensors,
    state: Factors,
    params: Tensors,
    *,
    learning_rate: Rate = 1e-2,
    decay_exponent: Annotated[float, Between(0.5, 1.0)] = 0.8,
    clipping: Annotated[float, Between(1.0, 4.0, log=True)] = 1.0,
    weight_decay: Annotated[float, Between(0.0, 0.5)] = 0.0,
    eps: Eps = 1e-30,
    smallest_scale: Annotated[float, Between(1e-4, 0.1, log=True)] = 1e-3,
    eps_placement: Literal["added", "floor"] = "added",
    factored_axes: Literal["last", "largest"] = "last",
    smallest_factored: Literal[1, 2, 128] = 1,
    relative_step: Literal[True, False] = True,
    parameter_scale: Literal[True, False] = True,
    decay_by_rate: Literal[True, False] = True,
) -> tuple[Tensors, Factors]:
    """Adafactor: the second moment as a product of row and column means, and clipped updates.

    t <- t + 1,  b = 1 - t^(-c),  R <- b R + (1 - b) mean_cols(g^2 + e),
    C <- b C + (1 - b) mean_rows(g^2 + e),  V = R C / mean(R)  (V <- b V + (1 - b) (g^2 + e)),
    u = g / sqrt(V),  u <- u / max(1, rms(u) / d),  w <- w - a s u - k w

    w are the params, g the grads, R, C and V row, column and second moment, t the step, c
    decay_exponent, e eps, d clipping; a = min(learning_rate, 1 / sqrt(t)) with relative_step, else
    learning_rate; s = max(smallest_scale, rms(w)) with parameter_scale, else 1; k = weight_decay
    times learning_rate with decay_by_rate, else weight_decay. rms is the root of a tensor's mean
    square. With eps_placement "floor" there is no e in the moments: V = R C / max(mean(R), e), and
    u = g / max(sqrt(V), e). A tensor keeps R and C of its last two axes; with factored_axes
    "largest" of its two largest ones, if both have at least smallest_factored entries; else V.

    *Numerics*: t^(-c) and 1 - t^(-c) are evaluated in extended precision. Means of n squares, the
    coefficients, products and sums of R and C take 6 roundings and n of what comes in; their
    product, mean, quotient, root and g over it are marked as stored with all of that, as the first
    step, in which V is g^2 itself, does not depend on g. The root mean squares of u and of w, d,
    both quotients, a, s and the two products make 10 of the update.

    Args:
        grads: gradients, one array for each parameter tensor, in its shape.
        state: step (number of steps taken, int32), row_moment, column_moment and second_moment.
        params: parameter tensors of any shapes.
        learning_rate: the step, or the largest relative one.
        decay_exponent: how fast the moments grow slow, from t^-1 (a plain mean) on.
        clipping: the largest root mean square of an update.
        weight_decay: what is lost of the parameters in a step (times the learning rate).
        eps: unit of the squared gradients; as a floor, of the gradients.
        smallest_scale: the least root mean square that parameters count.
        eps_placement: added to the squares (the paper), or a floor of their mean and of the root.
        factored_axes: which axes are rows and columns.
        smallest_factored: for "largest" only.
        relative_step: whether the step falls as 1 / sqrt(t) (the paper).
        parameter_scale: whether the step is in parts of the parameters (the paper).
        decay_by_rate: whether weight decay is in units of the learning rate.

    Returns:
        New params and new state; nothing that was given is changed.

    Raises:
        ValueError: learning_rate, decay_exponent, eps, clipping or weight_decay is negative.

    *Differences*: torch.optim.Adafactor (row_var, col_var, variance; c is -beta2_decay) has
    the floor, the last axes, a relative step and decay by the rate; its eps is a pair, whose first
    is the ulp of 1 unless set. optax.adafactor (v_row, v_col, v) adds eps, factors the largest
    axes from min_dim_size_to_factor = 128 on, and has a plain rate, with the scale of 1e-3. Its
    rate is then to be min(a, 1 / sqrt(t)) as a schedule, its weight_decay_rate torch's times
    lr, and min_dim_size_to_factor 1, to have torch's steps from it; eps stays apart: no value
    of one gives the other's step where gradients are as small as eps, and tensors of three and
    more axes agree only where the last two are the largest. torch multiplies R C before it
    divides, which leaves float32 from gradients of 1e10 on. Its optimizer cannot step a tensor
    without numbers: it divides by their count.

    Example:
        >>> from reference.optimizer_states import beginning
        >>> params = [np.array([[3.0, 4.0], [3.0, 4.0]])]
        >>> moved, _ = adafactor([np.full((2, 2), 9.0)], beginning(adafactor, params), params,
        ...                      learning_rate=0.5, parameter_scale=False)
        >>> moved[0][0]
        array([2.5, 3.5])
    """
    demand(
        learning_rate=learning_rate >= 0,
        decay_exponent=decay_exponent >= 0,
        clipping=clipping >= 0,
        weight_decay=weight_decay >= 0,
        eps=eps >= 0,
    )
    step = state["step"] + np.int32(1)
    rule = _Rule(
        -np.expm1(-decay_exponent * np.log(np.longdouble(step))),
        np.exp(-decay_exponent * np.log(np.longdouble(step))),
        eps if eps_placement == "added" else 0.0,
        eps if eps_placement == "floor" else 0.0,
        {"factored_axes": factored_axes, "smallest_factored": smallest_factored},
    )
    rate = min(np.longdouble(learning_rate), 1 / np.sqrt(np.longdouble(step)))
    rate = rate if relative_step else learning_rate
    lost = weight_decay * (learning_rate if decay_by_rate else 1)
    moved, kept = [], []
    moments = zip(state["row_moment"], state["column_moment"], state["second_moment"], strict=True)
    for w, g, old in zip(params, grads, moments, strict=True):
        real = w.dtype.type
        direction, new = rule.direction(g, old)
        u = ranged("u", stored(direction, 12 + g.size))
        u = u / np.maximum(real(1), root_mean_square("u^2", u) / real(clipping))
        scale = real(1)
        if parameter_scale:
            scale = np.maximum(real(smallest_scale), root_mean_square("w^2", w))
        update = ranged("update", real(rate) * scale * u, 2)
        moved.append(w - ranged("k w", real(lost) * w) - update)
        kept.append(new)
    rows, columns, second = (list(entry) for entry in zip(*kept, strict=True))
    return moved, {
        "step": step,
        "row_moment": rows,
        "column_moment": columns,
        "second_moment": second,
    }
