"""What leaves float16: all combinations of marks at once find what each in turn does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from properties.optimizers.results import divided, in_order, joined
from properties.optimizers.step_plans import StepPlan
from reference.catalogue import techniques
from reference.numerics import FORMATS, widened
from reference.ranged import lost_range

NAMES = ("adam", "nadam", "adamax", "madgrad", "schedule_free_adamw")


@pytest.mark.parametrize("middle", [-9, 12])
@pytest.mark.parametrize("name", NAMES)
def test_at_once_is_as_in_turn(name: str, middle: int) -> None:
    """Of optimizers that move elements alone, joined to vectors and not."""
    technique, form = techniques()[f"optimizers.{name}"], FORMATS["float16"]
    chosen = {"momentum": "constant"} if name == "nadam" else {}
    known = {k: p.default for k, p in technique.parameters.items()} | chosen
    plan = StepPlan(technique, tuple(known.items()), seed=3, taken=2, middle=middle, spread=3)
    given = plan.inputs(form)

    def run(given: Any) -> Any:
        return in_order(technique(*given, **known), given[1])

    in_turn = lost_range(run, widened(given), form, flushes=False)
    at_once = lost_range(run, widened(joined(given)), form, flushes=False, rows=True)
    assert max(np.max(x, initial=0.0) for x in in_turn) > 0
    for x, y in zip(in_turn, divided(at_once, (given[2], given[1])), strict=True):
        np.testing.assert_array_equal(x, y)
