"""Wrong schedules."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np

from properties.mutants.mutant import Mutant, mutant
from reference.catalogue import techniques

if TYPE_CHECKING:
    from collections.abc import Callable


def wrong(technique: str, because: str, *, blind_spot: str) -> Callable[..., Mutant]:
    """Declare a mutant that refuses nonsense as the reference does: only its rates are wrong."""

    def made(binding: Callable[..., Any]) -> Mutant:
        @functools.wraps(binding)
        def refusing(steps: Any, base_rate: Any, **parameters: Any) -> Any:
            techniques()[technique](np.zeros(1, np.int32), base_rate, **parameters)
            return binding(steps, base_rate, **parameters)

        return mutant(technique, because, blind_spot=blind_spot)(refusing)

    return made
