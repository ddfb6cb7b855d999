"""Plain initializers, wrong: another spread, another interval, another cut."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from scipy.special import ndtr, ndtri

from properties.mutants.initializers.drawing import misfilled, normal, source, standard, uniform


@misfilled(
    "initializers.normal",
    "A3 4.1 says the numbers are normalised to a given range: minimum and maximum of the draw",
)
def normal_is_stretched_over_a_range(seed: Any, weight: Any, p: Any) -> Any:
    z = standard(source(seed), weight.shape)
    if not z.size:
        return z.astype(weight.dtype)
    low, width = np.min(z), max(float(np.ptp(z)), 1e-9)
    return (p.std * (2 * (z - low) / width - 1)).astype(weight.dtype)


@misfilled(
    "initializers.normal",
    "A3 4.1 draws N(0, 1), whatever the standard deviation",
    blind_spot="symmetry and defaults",
)
def normal_has_the_deviation_one(seed: Any, weight: Any, p: Any) -> Any:
    del p
    return normal(seed, weight, 1.0)


@misfilled(
    "initializers.normal",
    "common slip: a library that takes the variance is handed a standard deviation",
    blind_spot="symmetry and defaults",
)
def normal_takes_the_deviation_for_a_variance(seed: Any, weight: Any, p: Any) -> Any:
    return normal(seed, weight, float(np.sqrt(p.std)))


@misfilled("initializers.normal", "common slip: abs() of a draw, to have positive scales")
def normal_is_folded(seed: Any, weight: Any, p: Any) -> Any:
    return np.abs(normal(seed, weight, p.std))


@misfilled(
    "initializers.small_normal",
    "GPT-2's and BERT's 0.02 in place of 0.01",
    dtypes=("float32", "bfloat16"),
)
def small_normal_is_as_wide_as_berts(seed: Any, weight: Any, p: Any) -> Any:
    del p
    return normal(seed, weight, 0.02)


@misfilled("initializers.small_normal", "0.01 taken for the variance")
def small_normal_has_the_variance_one_percent(seed: Any, weight: Any, p: Any) -> Any:
    del p
    return normal(seed, weight, 0.1)


@misfilled(
    "initializers.uniform",
    "porting from torch to JAX: uniform(a) of JAX is U(0, a)",
    offers={"interval": Literal["symmetric"]},
)
def uniform_begins_at_zero(seed: Any, weight: Any, p: Any) -> Any:
    return uniform(seed, weight, 0.0, p.bound)


@misfilled(
    "initializers.uniform",
    "common slip: `rand() - 0.5` times the bound, half the interval",
    offers={"interval": Literal["symmetric"]},
)
def uniform_is_half_as_wide(seed: Any, weight: Any, p: Any) -> Any:
    return uniform(seed, weight, -p.bound / 2, p.bound / 2)


@misfilled(
    "initializers.uniform",
    "common slip: randint over the interval, its upper end excluded",
    offers={"interval": Literal["from_zero"]},
    blind_spot="boundaries",
)
def uniform_stops_short_of_its_end(seed: Any, weight: Any, p: Any) -> Any:
    return uniform(seed, weight, 0.0, 0.985 * p.bound)


@misfilled(
    "initializers.truncated_normal",
    "torch's trunc_normal_ cuts at a=-2, b=2 in the weight's unit: at std=0.02 not at all",
    blind_spot="scale",
    offers={"correction": Literal["none"]},
)
def truncated_normal_cuts_in_the_weights_unit(seed: Any, weight: Any, p: Any) -> Any:
    end = p.bound / p.std
    z = ndtri(source(seed).uniform(ndtr(-end), ndtr(end), weight.shape))
    return (p.std * z).astype(weight.dtype)


@misfilled(
    "initializers.truncated_normal",
    "corrected as variance_scaling does, where the plain one was asked for",
    offers={"correction": Literal["none"]},
)
def truncated_normal_makes_up_for_the_cut(seed: Any, weight: Any, p: Any) -> Any:
    z = ndtri(source(seed).uniform(ndtr(-p.bound), ndtr(p.bound), weight.shape))
    density = np.exp(-(p.bound**2) / 2) / np.sqrt(2 * np.pi)
    left = 1 - 2 * p.bound * density / (1 - 2 * ndtr(-p.bound))
    return (p.std * z / np.sqrt(left)).astype(weight.dtype)


@misfilled(
    "initializers.truncated_normal",
    "the constant 0.8796 for every bound, right at two deviations only",
    offers={"correction": Literal["variance"]},
    blind_spot="symmetry and defaults",
)
def truncated_normal_corrects_for_two_deviations(seed: Any, weight: Any, p: Any) -> Any:
    z = ndtri(source(seed).uniform(ndtr(-p.bound), ndtr(p.bound), weight.shape))
    return (p.std * z / 0.87962566103423978).astype(weight.dtype)
