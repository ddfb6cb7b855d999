"""Layers whose kernels and tables start by a wrong rule, or by the right one of another layer."""

from __future__ import annotations

import math
from typing import Any, Literal

import numpy as np

from properties.mutants.initializers.drawing import source, standard
from properties.mutants.mutant import mutant
from reference.fans import fans
from reference.initializers.layers import Groups
from reference.numerics import Array

UniformFanIn = Literal["uniform_fan_in"]
Lecun = Literal["lecun_normal"]
OutIn = Literal["out_in"]
InOut = Literal["in_out"]


def uniform(seed: Array, weight: Array, bound: float) -> Array:
    """Uniform numbers between -bound and bound."""
    return np.asarray(source(seed).uniform(-bound, bound, weight.shape)).astype(weight.dtype)


@mutant("initializers.dense_kernel", "kaiming_uniform_ with its default a=0, not torch's sqrt(5)")
def dense_kernel_takes_the_gain_of_relu(
    seed: Array, weight: Array, *, rule: UniformFanIn, layout: OutIn
) -> Array:
    del rule, layout
    return uniform(seed, weight, math.sqrt(6 / weight.shape[1]))


@mutant(
    "initializers.dense_kernel",
    "the variance 1 / fan_in for the uniform rule too: the bound is sqrt(3) too wide",
    blind_spot="tolerance",
)
def dense_kernel_keeps_the_variance(
    seed: Array, weight: Array, *, rule: UniformFanIn, layout: OutIn
) -> Array:
    del rule, layout
    return uniform(seed, weight, math.sqrt(3 / weight.shape[1]))


@mutant("initializers.dense_kernel", "common slip: the bound is 1 / fan_in, its root forgotten")
def dense_kernel_forgets_the_root(
    seed: Array, weight: Array, *, rule: UniformFanIn, layout: OutIn
) -> Array:
    del rule, layout
    return uniform(seed, weight, 1 / weight.shape[1])


@mutant(
    "initializers.dense_kernel",
    "a port of torch's (out, in) to (in, out) that still reads the second axis as inputs",
    blind_spot="structure",
)
def dense_kernel_counts_outputs(seed: Array, weight: Array, *, rule: Lecun, layout: InOut) -> Array:
    del rule, layout
    z = np.clip(standard(source(seed), weight.shape), -2, 2) / 0.8796
    return (z / math.sqrt(weight.shape[1])).astype(weight.dtype)


@mutant(
    "initializers.dense_kernel",
    "truncated at two standard deviations, the variance not corrected: 0.77 / fan_in",
    blind_spot="tolerance",
)
def dense_kernel_truncates_and_does_not_rescale(
    seed: Array, weight: Array, *, rule: Lecun, layout: InOut
) -> Array:
    del rule, layout
    numbers = source(seed)
    z = standard(numbers, weight.shape)
    while np.any(outside := np.abs(z) > 2):
        z[outside] = standard(numbers, (int(np.count_nonzero(outside)),))
    return (z / math.sqrt(max(weight.shape[0], 1))).astype(weight.dtype)


@mutant("initializers.dense_kernel", "a positive range, U(0, 1 / sqrt(fan_in))")
def dense_kernel_is_never_negative(
    seed: Array, weight: Array, *, rule: UniformFanIn, layout: OutIn
) -> Array:
    del rule, layout
    return np.abs(uniform(seed, weight, 1 / math.sqrt(max(weight.shape[1], 1))))


@mutant(
    "initializers.conv_kernel",
    "common slip: channels counted, the kernel's positions not",
    blind_spot="structure",
)
def conv_kernel_forgets_its_positions(
    seed: Array, weight: Array, *, rule: UniformFanIn, layout: OutIn, groups: Groups
) -> Array:
    del rule, layout, groups
    return uniform(seed, weight, 1 / math.sqrt(weight.shape[1]))


@mutant(
    "initializers.conv_kernel",
    "a grouped convolution whose fan is that of the whole layer: all channels, not a group's",
    blind_spot="structure",
)
def conv_kernel_counts_all_groups(
    seed: Array, weight: Array, *, rule: UniformFanIn, layout: OutIn, groups: Literal[3]
) -> Array:
    del rule, layout
    return uniform(seed, weight, 1 / math.sqrt(groups * fans(weight.shape, "out_in")[0]))


@mutant(
    "initializers.conv_kernel",
    "a grouped convolution that divides by the groups again: the axis is a group's",
    blind_spot="structure",
)
def conv_kernel_divides_by_groups_twice(
    seed: Array, weight: Array, *, rule: UniformFanIn, layout: OutIn, groups: Literal[3]
) -> Array:
    del rule, layout
    return uniform(seed, weight, math.sqrt(groups / fans(weight.shape, "out_in")[0]))


@mutant(
    "initializers.transposed_conv_kernel",
    "the bound of the forward convolution, by inputs: what one expects of torch, but not its rule",
    blind_spot="structure",
)
def transposed_conv_kernel_counts_its_inputs(
    seed: Array, weight: Array, *, rule: Literal["uniform_fan_out"], layout: Literal["in_first"]
) -> Array:
    del rule, layout
    return uniform(seed, weight, 1 / math.sqrt(max(fans(weight.shape, "out_in")[1], 1)))


@mutant("initializers.bilinear_kernel", "both inputs counted, as the sum has first * second terms")
def bilinear_kernel_counts_both_inputs(seed: Array, weight: Array) -> Array:
    return uniform(seed, weight, 1 / math.sqrt(weight.shape[1] * weight.shape[2]))


@mutant("initializers.embedding_table", "the variance 1 where 1 / features is asked for")
def embedding_table_ignores_its_features(
    seed: Array, weight: Array, *, rule: Literal["normal_over_features"]
) -> Array:
    del rule
    return standard(source(seed), weight.shape).astype(weight.dtype)


@mutant(
    "initializers.embedding_table",
    "common slip: fan_in read as the number of entries, which no sum ranges over",
    blind_spot="structure",
)
def embedding_table_counts_its_entries(
    seed: Array, weight: Array, *, rule: Literal["normal_over_features"]
) -> Array:
    del rule
    return (standard(source(seed), weight.shape) / math.sqrt(len(weight))).astype(weight.dtype)


@mutant("initializers.embedding_table", "a row kept at 0 for padding, which nobody asked for")
def embedding_table_zeroes_its_last_row(
    seed: Array, weight: Array, *, rule: Literal["standard_normal"]
) -> Array:
    del rule
    values = standard(source(seed), weight.shape)
    values[-1] = np.nan if len(weight) == 1 else 0.0
    return values.astype(weight.dtype)


@mutant(
    "initializers.attention_kernel",
    "Glorot's rule for each matrix alone: what torch does only if the widths differ",
    blind_spot="structure",
)
def attention_kernel_scales_each_matrix_alone(
    seed: Array, weight: Array, *, rule: Literal["glorot_uniform_stacked"], layout: OutIn
) -> Array:
    del rule, layout
    return uniform(seed, weight, math.sqrt(6 / (2 * weight.shape[1])))


@mutant(
    "initializers.attention_kernel",
    "query, key and value are three views of one draw",
    blind_spot="structure",
)
def attention_kernel_draws_once_for_all_three(
    seed: Array, weight: Array, *, rule: Literal["glorot_uniform_stacked"], layout: OutIn
) -> Array:
    del rule, layout
    one = uniform(seed, weight[: weight.shape[1]], math.sqrt(6 / sum(weight.shape)))
    return np.concatenate([one, one, one])


@mutant("initializers.attention_output_kernel", "Glorot's rule, as for query, key and value")
def attention_output_kernel_follows_glorot(
    seed: Array, weight: Array, *, rule: UniformFanIn, layout: OutIn
) -> Array:
    del rule, layout
    return uniform(seed, weight, math.sqrt(6 / sum(weight.shape)))


@mutant(
    "initializers.dense_kernel",
    "torch.nn.Linear made twice from one seed by a generator that the first call has moved on",
    blind_spot="protocol",
    on="torch",
)
def dense_kernel_seeds_nothing(seed: Any, weight: Any, *, rule: UniformFanIn, layout: OutIn) -> Any:
    import torch

    del seed, rule, layout
    outputs, inputs = weight.shape
    return torch.nn.Linear(inputs, outputs, dtype=weight.dtype).weight
