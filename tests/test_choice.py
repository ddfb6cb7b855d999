"""Of the plans that are drawn, those are asked that show most; shrinking finds the same ones."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from backends.numpy import NumpyBackend
from properties.choice import most_telling, traits
from properties.judge import judge
from properties.strategies import PROFILES
from reference.catalogue import techniques
from reference.numerics import FORMATS


@dataclass(frozen=True)
class _Plan:
    shape: tuple[int, ...]
    convention: str
    parameters: tuple[tuple[str, Any], ...] = ()


def test_what_is_chosen_covers_every_choice_that_there_is_room_for() -> None:
    """Three of nine plans show three shapes and three conventions; the first two are kept."""
    plans = [_Plan(s, c) for c, s in product("abc", [(2, 3), (4,), (1, 5, 6)])]
    plans.insert(1, plans.pop(4))  # the second as it falls: another shape, another convention
    chosen = most_telling(plans, 3)
    assert chosen[:2] == plans[:2] == most_telling(plans, 2)
    assert {p.shape for p in chosen} == {(2, 3), (4,), (1, 5, 6)}
    assert {p.convention for p in chosen} == set("abc")
    assert chosen == most_telling(plans, 3)


def test_no_plan_is_asked_twice() -> None:
    """Where there are few, all of them are asked, once."""
    assert most_telling([_Plan((1,), "a")] * 5, 3) == [_Plan((1,), "a")]
    assert most_telling([], 3) == []


def test_a_number_is_known_by_its_name() -> None:
    """Hyper-parameters stand in pairs: the same value of another one is another trait."""
    one, other = (_Plan((), "", ((name, 0.5),)) for name in ("beta1", "beta2"))
    assert set(traits(one)) != set(traits(other))


def test_plans_in_a_format() -> None:
    """Float32 is asked most; what has numbers to be varied never has its defaults alone."""
    asked = {
        name: [
            profile.plans_in(FORMATS[form], varied=varied)
            for form in ("float32", "float16")
            for varied in (False, True)
        ]
        for name, profile in PROFILES.items()
    }
    assert asked == {
        "quick": [1, 2, 1, 2],
        "default": [3, 3, 1, 2],
        "thorough": [24, 24, 24, 24],
    }


def test_what_was_chosen_is_what_is_shrunk() -> None:
    """A law that fails on a plan other than the first is told with the simplest such plan."""

    def large_only(x: Any, *, negative_slope: float) -> Any:
        true = np.where(x < 0, x * x.dtype.type(negative_slope), x)
        return true if negative_slope == np.float32(0.01) else true * x.dtype.type(1.5)

    technique = techniques()["activations.leaky_relu"]
    host = NumpyBackend.offering("off", {technique.id: large_only})
    (row,) = judge(technique, host, "float32", PROFILES["quick"], only=["agrees_with_reference"])
    assert row.verdict == "fails"
    assert row.witness is not None
    assert row.witness["negative_slope"] != 0.01
