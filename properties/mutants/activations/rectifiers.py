"""Wrong rectifiers."""

from __future__ import annotations

from typing import Any

import numpy as np

from backends.binding import subgradient
from properties.mutants.mutant import mutant
from reference.activations.rectifiers import leaky_relu, relu, squared_relu
from reference.numerics import Array, Jet


@mutant(
    "activations.leaky_relu",
    "A4 3.1.2 prints max(0, x) + a max(0, -x): the negative branch has the wrong sign",
    blind_spot="symmetry and defaults",
)
def leaky_relu_flips_the_negative_branch(x: Array, *, negative_slope: float) -> Jet:
    slope = np.where(x > 0, np.ones_like(x), x.dtype.type(-negative_slope))
    return Jet(slope * x, slope, 0 * slope)


@mutant(
    "activations.leaky_relu",
    "A4 4 programs max(x, a max(0, -x)): every negative input comes out positive",
    blind_spot="symmetry and defaults",
    on="torch",
)
def leaky_relu_takes_the_larger_of_x_and_a_flipped_branch(x: Any, *, negative_slope: float) -> Any:
    return x.maximum(negative_slope * (-x).clamp(min=0))


@mutant(
    "activations.leaky_relu",
    "common shortcut max(x, a x): right for a <= 1 only, and so at every default",
    blind_spot="symmetry and defaults",
    dtypes=("float64", "float32", "bfloat16", "float16"),
    on="torch",
)
def leaky_relu_takes_the_larger_of_both_lines(x: Any, *, negative_slope: float) -> Any:
    return x.maximum(negative_slope * x)


@mutant(
    "activations.leaky_relu",
    "the slope is not passed on, and the default is taken",
    blind_spot="symmetry and defaults",
)
def leaky_relu_ignores_its_slope(x: Array, *, negative_slope: float) -> Jet:
    del negative_slope
    return leaky_relu(x)


@mutant(
    "activations.leaky_relu",
    "Xu et al. 2015 write x / a with a > 1: the reciprocal convention",
    blind_spot="symmetry and defaults",
)
def leaky_relu_divides_by_its_slope(x: Array, *, negative_slope: float) -> Jet:
    return leaky_relu(x, negative_slope=1 / negative_slope)


@mutant(
    "activations.leaky_relu",
    "mixed precision: the kernel casts to bfloat16 inside and back",
    blind_spot="tolerance",
    dtypes=("float32", "float16"),
    on="torch",
)
def leaky_relu_computes_in_bfloat16(x: Any, *, negative_slope: float) -> Any:
    narrow = x.bfloat16()
    return narrow.where(narrow > 0, negative_slope * narrow).to(x.dtype)


@mutant("activations.relu", "where(x > 0, x, 0): NaN compares false", blind_spot="special values")
def relu_swallows_nan(x: Array) -> Jet:
    return Jet(np.where(x > 0, x, np.zeros_like(x)), *relu(x)[1:])


@mutant(
    "activations.relu",
    "clamp lets the gradient through where x equals the bound",
    blind_spot="special values",
    on="torch",
)
@subgradient("left")
def relu_takes_the_right_slope_of_clamp(x: Any) -> Any:
    return x.clamp(min=0)


@mutant(
    "activations.relu",
    "(x + sqrt(x^2)) / 2: the root's derivative is infinite at 0, times 0",
    blind_spot="special values",
    on="torch",
)
def relu_has_no_slope_at_zero(x: Any) -> Any:
    return (x + (x * x).sqrt()) / 2


@mutant("activations.relu", "inplace=True by mistake", blind_spot="protocol")
def relu_writes_into_its_input(x: Array) -> Jet:
    jet = relu(x.copy())
    np.maximum(x, 0, out=x)
    return jet


_buffers: dict[Any, Array] = {}


@mutant(
    "activations.relu", "one output buffer for each shape, handed out again", blind_spot="protocol"
)
def relu_hands_out_its_buffer_again(x: Array) -> Jet:
    out = _buffers.setdefault((x.shape, x.dtype), np.empty_like(x))
    np.maximum(x, 0, out=out)
    return Jet(out, *relu(x)[1:])


_answers: dict[Any, Array] = {}


@mutant("activations.relu", "memoized by shape alone", blind_spot="protocol")
def relu_repeats_its_first_answer(x: Array) -> Jet:
    first = _answers.setdefault((x.shape, x.dtype), np.maximum(x, 0))
    return Jet(first, *relu(x)[1:])


@mutant("activations.relu", "vector loop of 8 with no loop for the rest", blind_spot="structure")
def relu_forgets_the_last_few(x: Array) -> Jet:
    y = x.copy()
    whole = x.size // 8 * 8
    y.reshape(-1)[:whole] = np.maximum(x.reshape(-1)[:whole], 0)
    return Jet(y, *relu(x)[1:])


@mutant("activations.relu", "ravel() for the kernel, no reshape after it", blind_spot="structure")
def relu_returns_a_flat_array(x: Array) -> Jet:
    return Jet(np.maximum(x.reshape(-1), 0), *relu(x)[1:])


@mutant("activations.relu", "a NumPy double in the formula promotes it all", blind_spot="structure")
def relu_promotes_to_float64(x: Array) -> Jet:
    return Jet(np.maximum(x, np.float64(0)), *relu(x)[1:])


@mutant(
    "activations.relu", "the kernel walks the storage, not the strides", blind_spot="structure",
    on="torch",
)  # fmt: skip
def relu_ignores_strides(x: Any) -> Any:
    return (x.as_strided(x.shape, (1,)) if x.ndim == 1 else x).relu()


@mutant(
    "activations.relu", "forward on a copy, backward on the storage as it lies (MPS, 2023)",
    blind_spot="structure",
)  # fmt: skip
def relu_ignores_strides_in_its_gradient(x: Array) -> Jet:
    jet = relu(x)
    if x.ndim != 1 or x.strides[0] == x.itemsize:
        return jet
    as_it_lies = np.lib.stride_tricks.as_strided(x, x.shape, (x.itemsize,))
    return jet._replace(first=relu(as_it_lies).first)


@mutant(
    "activations.relu",
    "a scalar branch for 0-d tensors, never tested",
    blind_spot="structure",
    on="jax",
)
def relu_passes_scalars_through(x: Any) -> Any:
    return x if x.ndim == 0 else x.clip(0)


@mutant("activations.relu", "softplus(20 x) / 20 in place of the kink", blind_spot="tolerance")
def relu_rounds_its_corner(x: Array) -> Jet:
    gate = 1 / (1 + np.exp(-20 * x))
    return Jet(np.logaddexp(0, 20 * x) / 20, gate, 20 * gate * (1 - gate))


@mutant("activations.squared_relu", "the square comes first, and rectifies nothing")
def squared_relu_squares_before_it_rectifies(x: Array) -> Jet:
    return Jet(relu(x * x).value, 2 * x, np.full_like(x, 2))


@mutant("activations.squared_relu", "the step is lost in the second derivative of the square")
def squared_relu_bends_below_zero(x: Array) -> Jet:
    return squared_relu(x)._replace(second=np.full_like(x, 2))


@mutant(
    "activations.squared_relu", "nan_to_num turns what overflows into the largest number",
    blind_spot="scale",
)  # fmt: skip
def squared_relu_hides_its_overflow(x: Array) -> Jet:
    jet = squared_relu(x)
    return jet._replace(value=np.nan_to_num(jet.value, nan=np.nan))


@mutant(
    "activations.rrelu",
    "training=True is left on: the slope is drawn",
    blind_spot="protocol",
    on="torch",
)
def rrelu_draws_its_slope_in_evaluation(x: Any, *, lower: float, upper: float) -> Any:
    from torch.nn import functional

    return functional.rrelu(x, lower, upper, training=True)


@mutant(
    "activations.rrelu",
    "the mean of the ends is taken of the larger two",
    blind_spot="symmetry and defaults",
)
def rrelu_takes_the_upper_slope(x: Array, *, lower: float, upper: float) -> Jet:
    del lower
    return leaky_relu(x, negative_slope=upper)


@mutant("activations.identity", "x + 0: -0 + 0 is +0", blind_spot="special values")
def identity_adds_zero(x: Array) -> Jet:
    return Jet(x + 0, np.ones_like(x), np.zeros_like(x))


@mutant(
    "activations.identity", "dropout's 1 / (1 - p) is left in evaluation", blind_spot="protocol"
)
def identity_keeps_the_scale_of_dropout(x: Array) -> Jet:
    scale = np.full_like(x, 1 / 0.9)
    return Jet(scale * x, scale, np.zeros_like(x))


@mutant("activations.identity", "stop_gradient around the wrong branch", on="jax")
def identity_stops_the_gradient(x: Any) -> Any:
    import jax

    return jax.lax.stop_gradient(x)
