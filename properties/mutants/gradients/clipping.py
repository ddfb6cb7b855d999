"""Wrong clipping by the norm of all gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from properties.mutants.mutant import Mutant, mutant
from reference.gradients.norms import scaled_norm
from reference.numerics import Array

Clip: TypeAlias = Callable[[Any, float, Any, float], Any]
"""Wrong clipping: gradients, bound, order of the norm, eps -> gradients and their norm."""


def misclipped(because: str, **about: Any) -> Callable[[Clip], Mutant]:
    """Declare a mutant of clipping by the global norm, whichever way tensors are walked."""

    def made(clip: Clip) -> Mutant:
        def binding(
            grads: Any, *, max_norm: float, norm_type: Any, eps: float, foreach: bool
        ) -> Any:
            del foreach
            return clip(grads, max_norm, norm_type, eps)

        binding.__name__, binding.__module__ = clip.__name__, clip.__module__
        return mutant("gradients.clip_by_global_norm", because, **about)(binding)

    return made


def norm_of(grads: list[Array], norm_type: Any = 2) -> Any:
    scale, root = scaled_norm(grads, norm_type)
    return scale * root


def share_of(norm: Any, max_norm: float, eps: float) -> Any:
    kind = norm.dtype.type
    return np.minimum(kind(1), kind(max_norm) / (norm + kind(eps)))


@misclipped(
    "every tensor clipped by its own norm: the direction changes where sizes differ",
    blind_spot="structure",
)
def clip_takes_every_tensor_alone(grads: Any, max_norm: float, norm_type: Any, eps: float) -> Any:
    return [g * share_of(norm_of([g], norm_type), max_norm, eps) for g in grads], norm_of(
        grads, norm_type
    )


@misclipped(
    "the norm of the first tensor taken for that of the tree",
    blind_spot="structure",
)
def clip_looks_at_the_first_tensor_only(
    grads: Any, max_norm: float, norm_type: Any, eps: float
) -> Any:
    norm = norm_of(grads[:1], norm_type)
    return [g * share_of(norm, max_norm, eps) for g in grads], norm


@misclipped(
    "norms of tensors added, not their squares",
    blind_spot="structure",
)
def clip_adds_norms(grads: Any, max_norm: float, norm_type: Any, eps: float) -> Any:
    norm = np.asarray(sum(norm_of([g], norm_type) for g in grads))
    return [g * share_of(norm, max_norm, eps) for g in grads], norm


@misclipped(
    "the root forgotten: the sum of squares taken for the norm, alike at a norm of 1",
    blind_spot="scale",
)
def clip_forgets_the_root(grads: Any, max_norm: float, norm_type: Any, eps: float) -> Any:
    norm = np.square(norm_of(grads, norm_type))
    return [g * share_of(norm, max_norm, eps) for g in grads], norm


@misclipped(
    "the mean of squares under the root: clips later, the more numbers there are",
    blind_spot="structure",
)
def clip_takes_the_root_mean_square(grads: Any, max_norm: float, norm_type: Any, eps: float) -> Any:
    norm = norm_of(grads, norm_type) / np.float32(np.sqrt(sum(g.size for g in grads)))
    return [g * share_of(norm, max_norm, eps) for g in grads], norm


@misclipped(
    "no minimum with 1: short gradients are stretched to the bound, and zeros become NaN",
    blind_spot="boundaries",
)
def clip_stretches_short_gradients(grads: Any, max_norm: float, norm_type: Any, eps: float) -> Any:
    norm = norm_of(grads, norm_type)
    return [g * (norm.dtype.type(max_norm) / (norm + norm.dtype.type(eps))) for g in grads], norm


@misclipped(
    "0 / 0 before the choice: a tree of zeros becomes NaN",
    blind_spot="special values",
)
def clip_divides_zero_by_zero(grads: Any, max_norm: float, norm_type: Any, eps: float) -> Any:
    del eps
    norm = norm_of(grads, norm_type)
    return [g / norm * np.minimum(norm, norm.dtype.type(max_norm)) for g in grads], norm


@misclipped(
    "A2 3.3 programs clipping by value, each number by itself, as gradient clipping",
    blind_spot="symmetry and defaults",
)
def clip_bounds_every_number(grads: Any, max_norm: float, norm_type: Any, eps: float) -> Any:
    del eps
    return [np.clip(g, -max_norm, max_norm).astype(g.dtype) for g in grads], norm_of(
        grads, norm_type
    )


@misclipped(
    "NaN taken out of the tree in silence: a spoiled step looks like a good one",
    blind_spot="special values",
)
def clip_hides_nan(grads: Any, max_norm: float, norm_type: Any, eps: float) -> Any:
    clean = [np.nan_to_num(g) for g in grads]
    norm = norm_of(clean, norm_type)
    return [g * share_of(norm, max_norm, eps) for g in clean], norm


@misclipped(
    "squares summed as they are: they overflow in float32 from norms of 1e19 on",
    blind_spot="scale",
)
def clip_loses_large_gradients(grads: Any, max_norm: float, norm_type: Any, eps: float) -> Any:
    del norm_type
    norm = np.sqrt(sum((np.sum(g * g) for g in grads), grads[0].dtype.type(0)))
    return [g * share_of(norm, max_norm, eps) for g in grads], norm


@misclipped(
    "gradients are clipped in place, so that those that were given are lost",
    blind_spot="protocol",
)
def clip_writes_into_its_gradients(grads: Any, max_norm: float, norm_type: Any, eps: float) -> Any:
    norm = norm_of(grads, norm_type)
    for g in grads:
        g[...] = g * share_of(norm, max_norm, eps)
    return grads, norm


@misclipped(
    "eps of 1e-6 whatever is asked for: seen where max_norm is small",
    blind_spot="tolerance",
    dtypes=("float64",),
)
def clip_adds_its_own_eps(grads: Any, max_norm: float, norm_type: Any, eps: float) -> Any:
    norm = norm_of(grads, norm_type)
    return [g * share_of(norm, max_norm, eps or 1e-6) for g in grads], norm


@misclipped(
    "half of the bound: safe, and wrong",
    blind_spot="tolerance",
)
def clip_again_by_half(grads: Any, max_norm: float, norm_type: Any, eps: float) -> Any:
    norm = norm_of(grads, norm_type)
    share = share_of(norm, max_norm, eps)
    return [g * share * (np.float32(0.5) if share < 1 else 1) for g in grads], norm


@misclipped(
    "the norm after clipping is told, not the one before",
    blind_spot="protocol",
)
def clip_tells_the_new_norm(grads: Any, max_norm: float, norm_type: Any, eps: float) -> Any:
    clipped = [g * share_of(norm_of(grads, norm_type), max_norm, eps) for g in grads]
    return clipped, norm_of(clipped, norm_type)


@misclipped(
    "the Euclidean norm whatever order is asked for",
    blind_spot="symmetry and defaults",
)
def clip_knows_one_order(grads: Any, max_norm: float, norm_type: Any, eps: float) -> Any:
    del norm_type
    norm = norm_of(grads)
    return [g * share_of(norm, max_norm, eps) for g in grads], norm


@misclipped(
    "an infinite order taken as a sum of powers that is never rooted: the city block",
    blind_spot="symmetry and defaults",
)
def clip_takes_infinity_for_one(grads: Any, max_norm: float, norm_type: Any, eps: float) -> Any:
    norm = norm_of(grads, 1 if norm_type == "inf" else norm_type)
    return [g * share_of(norm, max_norm, eps) for g in grads], norm


@misclipped(
    "gradients are scaled by c / (|g| + e) even where they are short enough",
    blind_spot="boundaries",
    dtypes=("float64",),
)
def clip_scales_what_is_short_enough(
    grads: Any, max_norm: float, norm_type: Any, eps: float
) -> Any:
    norm = norm_of(grads, norm_type)
    kind = norm.dtype.type
    share = kind(max_norm) / (np.maximum(norm, kind(max_norm)) + kind(eps or 1e-6))
    return [g * share for g in grads], norm


@mutant(
    "gradients.clip_by_global_norm",
    "with foreach, tensors are grouped by size and each group clipped by its own norm",
    blind_spot="structure",
)
def clip_groups_what_it_walks_together(
    grads: Any, *, max_norm: float, norm_type: Any, eps: float, foreach: bool
) -> Any:
    norm = norm_of(grads, norm_type)
    own = [norm_of([g], norm_type) if foreach else norm for g in grads]
    return [g * share_of(n, max_norm, eps) for g, n in zip(grads, own, strict=True)], norm


@misclipped(
    "the absolute value taken for the gradient: the sign is lost",
    blind_spot="dynamics",
)
def clip_loses_the_sign(grads: Any, max_norm: float, norm_type: Any, eps: float) -> Any:
    norm = norm_of(grads, norm_type)
    return [abs(g) * share_of(norm, max_norm, eps) for g in grads], norm


def _refused(grads: Any, bad: Any, share: Any) -> Any:
    """Left alone where `bad`, else scaled; and the flag."""
    if bad:
        return [g.copy() for g in grads], np.asarray(1, np.int32)
    return [g * share for g in grads], np.asarray(0, np.int32)


@mutant(
    "gradients.clip_or_refuse",
    "only NaN is looked for: an infinity is clipped, to zeros and a NaN",
    blind_spot="special values",
)
def refuses_nan_only(
    grads: Any, *, max_norm: float, norm_type: Any, eps: float, foreach: bool
) -> Any:
    del foreach
    norm = norm_of(grads, norm_type)
    return _refused(grads, np.isnan(norm), share_of(norm, max_norm, eps))


@mutant(
    "gradients.clip_or_refuse",
    "the norm is looked at after gradients were multiplied: refused, and spoilt already",
    blind_spot="protocol",
)
def refuses_too_late(
    grads: Any, *, max_norm: float, norm_type: Any, eps: float, foreach: bool
) -> Any:
    del foreach
    norm = norm_of(grads, norm_type)
    share = share_of(norm, max_norm, eps)
    return [g * share for g in grads], np.asarray(int(not np.isfinite(norm)), np.int32)


@mutant(
    "gradients.clip_or_refuse",
    "error_if_nonfinite is taken and never read: nothing is refused",
    blind_spot="symmetry and defaults",
)
def refuses_nothing(
    grads: Any, *, max_norm: float, norm_type: Any, eps: float, foreach: bool
) -> Any:
    del foreach
    return _refused(grads, False, share_of(norm_of(grads, norm_type), max_norm, eps))


@mutant(
    "gradients.clip_or_refuse",
    "refused where the norm is too long: the step that clipping is there for",
    blind_spot="boundaries",
)
def refuses_what_is_too_long(
    grads: Any, *, max_norm: float, norm_type: Any, eps: float, foreach: bool
) -> Any:
    del foreach, eps
    norm = norm_of(grads, norm_type)
    return _refused(grads, not norm <= norm.dtype.type(max_norm), norm.dtype.type(1))
