"""What a result may be off by, where a reference marks every number that is stored on the way.

Such references take every array with more axes in front of its own as a stack of arrays, so that
all derivatives are had in one call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import NotOfferedError
from properties.trial import KERNELS
from properties.truths import Truth
from reference.numerics import Format, ulp, widened
from reference.stored import DIFFERENCES, stacked_conditioning, stored
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.numerics import Array
    from reference.technique import Accuracy


@dataclass(frozen=True)
class Truths:
    """The true results with the accepted error, and what each work adds to it, in units of u."""

    leaves: list[Truth]
    works: dict[str, list[Array]]


def differentiated(
    function: Callable[[Any], Any], given: Any, before: list[Array], claim: Accuracy, form: Format
) -> Truths:
    """Truth in higher precision; a ulp(y) + u sum roundings |z dy/dz| around it.

    The sum runs over every stored z, and every input, of `claim.inputs` roundings. The first
    results are new values of `before`: around each, a u |y - before| as well.
    """
    oracle = np.longdouble if form.bits == 64 else np.float64
    if oracle is np.longdouble and np.finfo(np.longdouble).nmant <= 52:
        message = "this platform has no extended precision to judge float64 with"
        raise NotOfferedError(message)
    u = form.unit_roundoff

    def marked(given: Any) -> Any:
        return function(mapped(lambda x: stored(x, claim.inputs) if _real(x) else x, given))

    with KERNELS.running(), np.errstate(all="ignore"):
        truth = list(leaves(function(widened(given, oracle))))
        # beside numbers of any size, what an update moves by would be lost in float64
        works = stacked_conditioning(marked, widened(given, oracle), form.tiny)
    found = []
    for k, (path, y) in enumerate(truth):
        high = np.asarray(y, np.float64)
        low = np.nan_to_num(np.asarray(y - high, np.float64))
        slack = np.zeros(high.shape)
        if _real(np.asarray(y)):
            slack = claim.ulps * ulp(high, form)
            slack += u * sum(moved[k] for work, moved in works.items() if work != DIFFERENCES)
        if k < len(before):
            slack += claim.ulps * u * abs(high - before[k])
        found.append(Truth(path, high, low, np.nan_to_num(slack, posinf=0.0)))
    return Truths(found, works)


def _real(x: Any) -> bool:
    return bool(np.issubdtype(x.dtype, np.floating))
