"""What scripts of optimizers have in common, whatever the library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gradproof.scripts import END

if TYPE_CHECKING:
    from collections.abc import Callable

    from gradproof.steps_behind import Ride, Step

NONSENSE = """try:
    {attempt}
    observed = 1.0
except (ValueError, TypeError) as error:
    print(type(error).__name__, error)
    observed = 0.0
"""


def ended(observed: str, one: Step | Ride) -> str:
    """The last lines: what was seen of one number, and what is due."""
    wrong = one.wrong
    if wrong is None:
        raise ValueError(one)
    place = "".join(f"[{i}]" for i in wrong.index)
    return END.format(observed=observed + place, expected=wrong.expected)


def event(happened: tuple[Any, ...], make: Callable[[Any], str]) -> str:
    """An event of a run, in source."""
    what, *rest = happened
    arrays = [None if g is None else make(np.asarray(g)) for g in rest[0]] if rest else []
    listed = ", ".join(str(g) for g in arrays)
    return f"({what!r}, [{listed}], {rest[1] if len(rest) > 1 else None!r})"
