"""Recurrent cells and biases that start by a wrong rule."""

from __future__ import annotations

import math
from typing import Literal

import numpy as np

from properties.mutants.initializers.drawing import source, standard
from properties.mutants.initializers.layers import uniform
from properties.mutants.mutant import mutant
from reference.initializers.layers_biases import Inputs, Positions
from reference.initializers.layers_recurrent import GATES, Cell
from reference.numerics import Array

UniformHidden = Literal["uniform_hidden"]
OutIn = Literal["out_in"]
Orthogonal = Literal["orthogonal_gates"]


@mutant(
    "initializers.recurrent_input_kernel",
    "the bound of a Linear, by the inputs: what one expects of torch, but not its rule",
    blind_spot="structure",
)
def recurrent_input_kernel_counts_its_inputs(
    seed: Array, weight: Array, *, rule: UniformHidden, layout: OutIn, cell: Cell
) -> Array:
    del rule, layout, cell
    return uniform(seed, weight, 1 / math.sqrt(weight.shape[1]))


@mutant(
    "initializers.recurrent_input_kernel",
    "all gates' rows counted as the size of the state",
    blind_spot="structure",
)
def recurrent_input_kernel_counts_all_gates(
    seed: Array, weight: Array, *, rule: UniformHidden, layout: OutIn, cell: Cell
) -> Array:
    del rule, layout, cell
    return uniform(seed, weight, 1 / math.sqrt(weight.shape[0]))


@mutant(
    "initializers.recurrent_hidden_kernel",
    "one gate drawn and repeated for the others: gates that start alike learn alike",
    blind_spot="structure",
)
def recurrent_hidden_kernel_repeats_its_gate(
    seed: Array, weight: Array, *, rule: UniformHidden, layout: OutIn, cell: Cell
) -> Array:
    del rule, layout
    hidden = weight.shape[1]
    return np.concatenate(GATES[cell] * [uniform(seed, weight[:hidden], 1 / math.sqrt(hidden))])


def _haar(numbers: np.random.Generator, rows: int, columns: int) -> Array:
    q, r = np.linalg.qr(standard(numbers, (rows, columns)))
    return q * np.where(np.diagonal(r) < 0, -1.0, 1.0)


@mutant(
    "initializers.recurrent_hidden_kernel",
    "one orthogonal matrix over all gates: each gate is a part of it, and shrinks its state",
    blind_spot="structure",
)
def recurrent_hidden_kernel_is_orthogonal_as_a_whole(
    seed: Array, weight: Array, *, rule: Orthogonal, layout: OutIn, cell: Cell
) -> Array:
    del rule, layout, cell
    return _haar(source(seed), *weight.shape).astype(weight.dtype)


@mutant(
    "initializers.recurrent_hidden_kernel",
    "the signs that LAPACK's QR happens to give are kept: not all rotations are equally probable",
    blind_spot="symmetry and defaults",
)
def recurrent_hidden_kernel_keeps_the_signs_of_qr(
    seed: Array, weight: Array, *, rule: Orthogonal, layout: OutIn, cell: Cell
) -> Array:
    del rule, layout
    numbers, hidden = source(seed), weight.shape[1]
    gates = [np.linalg.qr(standard(numbers, (hidden, hidden)))[0] for _ in range(GATES[cell])]
    return np.concatenate(gates).astype(weight.dtype)


@mutant(
    "initializers.recurrent_hidden_kernel",
    "one orthogonal matrix, the same for every gate",
    blind_spot="structure",
)
def recurrent_hidden_kernel_repeats_its_rotation(
    seed: Array, weight: Array, *, rule: Orthogonal, layout: OutIn, cell: Cell
) -> Array:
    del rule, layout
    gate = _haar(source(seed), weight.shape[1], weight.shape[1])
    return np.concatenate(GATES[cell] * [gate]).astype(weight.dtype)


@mutant(
    "initializers.recurrent_bias",
    "the forget gate opened by 1 (Gers, Schmidhuber and Cummins 2000): Keras does, flax does not",
    blind_spot="symmetry and defaults",
)
def recurrent_bias_opens_the_forget_gate(
    seed: Array, weight: Array, *, rule: Literal["zeros"], cell: Cell
) -> Array:
    del seed, rule, cell
    values = np.zeros_like(weight)
    values[len(weight) // 4 : len(weight) // 2] = 1.0
    return values


@mutant(
    "initializers.recurrent_bias",
    "torch's two biases added up into flax's one: twice the variance",
    blind_spot="tolerance",
)
def recurrent_bias_adds_up_both(
    seed: Array, weight: Array, *, rule: UniformHidden, cell: Cell
) -> Array:
    del rule
    bound = math.sqrt(GATES[cell] / len(weight))
    two = np.sum(source(seed).uniform(-bound, bound, (2, *weight.shape)), axis=0)
    return np.asarray(two).astype(weight.dtype)


@mutant("initializers.dense_bias", "drawn as torch's where flax's zeros are asked for")
def dense_bias_draws_its_zeros(
    seed: Array, weight: Array, *, rule: Literal["zeros"], inputs: Inputs
) -> Array:
    del rule
    return uniform(seed, weight, 1 / math.sqrt(inputs))


@mutant(
    "initializers.dense_bias",
    "fan_in read off the bias itself, whose only axis is the outputs",
    blind_spot="structure",
)
def dense_bias_counts_its_outputs(
    seed: Array, weight: Array, *, rule: Literal["uniform_fan_in"], inputs: Inputs
) -> Array:
    del rule, inputs
    return uniform(seed, weight, 1 / math.sqrt(max(len(weight), 1)))


@mutant("initializers.conv_bias", "the kernel's positions are not counted", blind_spot="structure")
def conv_bias_forgets_its_positions(
    seed: Array,
    weight: Array,
    *,
    rule: Literal["uniform_fan_in"],
    inputs: Inputs,
    positions: Positions,
) -> Array:
    del rule, positions
    return uniform(seed, weight, 1 / math.sqrt(inputs))


@mutant(
    "initializers.transposed_conv_bias",
    "the kernel's positions are all that is counted",
    blind_spot="structure",
)
def transposed_conv_bias_counts_positions_only(
    seed: Array, weight: Array, *, rule: Literal["uniform_fan_out"], positions: Positions
) -> Array:
    del rule
    return uniform(seed, weight, 1 / math.sqrt(positions))


@mutant(
    "initializers.attention_bias",
    "a Linear's bias, drawn, where attention starts at zero",
)
def attention_bias_is_drawn(seed: Array, weight: Array) -> Array:
    return uniform(seed, weight, 1 / math.sqrt(len(weight) / 3))


@mutant(
    "initializers.dense_bias",
    "common slip: a wide bias for a low format, float32 numbers in a float16 layer",
    blind_spot="structure",
    dtypes=("float64",),
)
def dense_bias_returns_single_precision(
    seed: Array, weight: Array, *, rule: Literal["uniform_fan_in"], inputs: Inputs
) -> Array:
    del rule
    return uniform(seed, weight, 1 / math.sqrt(inputs)).astype(np.float32)
