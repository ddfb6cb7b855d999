"""Wrong optimizers."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.mutants.mutant import Mutant, mutant
from reference.catalogue import techniques
from reference.numerics import widened
from reference.trees import mapped

if TYPE_CHECKING:
    from collections.abc import Callable


def wrong(
    technique: str,
    because: str,
    *,
    blind_spot: str,
    executions: tuple[str, ...] = (),
    dtypes: tuple[str, ...] = ("float32",),
) -> Callable[..., Mutant]:
    """Declare a wrong step, written in float64: (grads, state, params, **hyper-parameters).

    It refuses nonsense as the reference does, and rounds what it returns to what it was given: only
    its numbers are wrong. With `executions` it is told by which of them it is run.
    """

    def made(step: Callable[..., Any]) -> Mutant:
        @functools.wraps(step)
        def rounding(
            grads: Any, state: Any, params: Any, *, execution: str = "", **known: Any
        ) -> Any:
            techniques()[technique](grads, state, params, **known)
            told = {"execution": execution} if executions else {}
            moved, kept = step(*widened((grads, state, params)), **known, **told)
            old = {k: state[k] for k in kept}
            with np.errstate(all="ignore"):
                return mapped(_like, moved, params), mapped(_like, kept, old)

        rounding.__dict__["executions"] = executions
        return mutant(technique, because, blind_spot=blind_spot, dtypes=dtypes)(rounding)

    return made


def _like(y: Any, x: Any) -> Any:
    return np.asarray(y).astype(np.asarray(x).dtype)
