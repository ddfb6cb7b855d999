"""Which of the drawn plans are asked: two as they fall, and those that show what these do not."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

DRAWN = 9
"""Plans that are drawn for a cell, at least: among them are those that are asked.

Of ten or more, Hypothesis would make the first ones small, near the simplest: less telling.
"""


def most_telling(plans: Sequence[Any], count: int) -> list[Any]:
    """So many of these plans: the first two, then always the one with most traits not yet seen.

    The first two are what a quick run asks, so what the audit proves of quick runs holds for all;
    what differs in everything at once, hides as much as it shows. A plan costs little to draw and
    much to ask: by chance alone, three plans show but one of two shapes in one case of four.
    """
    left = list(dict.fromkeys(plans))
    chosen = left[: min(2, count)]
    del left[: len(chosen)]
    seen = {trait for plan in chosen for trait in traits(plan)}
    while left and len(chosen) < count:
        news = [len({*traits(plan)} - seen) for plan in left]
        chosen.append(left.pop(news.index(max(news))))
        seen |= {*traits(chosen[-1])}
    return chosen


def traits(plan: Any) -> Iterator[tuple[str, Any]]:
    """What a plan has: each number, each choice, the length of each tuple, by where it stands."""
    for part in fields(plan):
        yield from _within(getattr(plan, part.name), part.name)


def _within(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    if not isinstance(value, tuple):
        yield at, value
        return
    yield f"{at} has", len(value)
    for place, part in enumerate(value):
        if isinstance(part, tuple) and len(part) == 2 and isinstance(part[0], str):  # named
            yield from _within(part[1], f"{at}.{part[0]}")
        else:
            yield from _within(part, f"{at}[{place}]")
