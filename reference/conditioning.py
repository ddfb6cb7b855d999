"""How much results move when what they are made of moves by one part: condition numbers, summed.

Derivatives are central differences with the relative step 2^-17 (error near 2^-34: a bound needs no
more). As many numbers as `AT_ONCE` move at once, each in copies of its own (`reference.copies`);
where a function cannot take copies, one number after the other.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from reference.copies import Copies, NotStackableError
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from collections.abc import Callable

    from reference.numerics import Array

STEP = 2.0**-17
"""The part by which a number moves."""

AT_ONCE = 128
"""How many numbers move in one run."""


def conditioning(
    function: Callable[[tuple[Any, ...]], Any],
    inputs: tuple[Any, ...],
    *,
    elementwise: bool = False,
) -> list[Array]:
    """Sum over all inputs x_i of |x_i * dF_j/dx_i|, for every output F_j (a list, leaf by leaf).

    How much the outputs move when every input moves by one part: the sensitivity in the accepted
    error. One input number moves at a time; or, where the function is elementwise (no output
    depends on two numbers of one array), one array.
    """
    inputs = mapped(lambda x: np.array(x, copy=True, order="C"), inputs)
    total = [np.zeros(np.shape(leaf), np.float64) for _, leaf in leaves(function(inputs))]
    if elementwise:
        return _of_whole_arrays(function, inputs, total)
    arrays = [leaf for _, leaf in leaves(inputs)]
    for numbers in few(_numbers(arrays)):
        try:
            _add(total, _at_once(function, inputs, numbers))
        except NotStackableError:
            for which in np.unique(numbers[:, 0]):
                places = numbers[numbers[:, 0] == which, 1]
                _add(total, _one_by_one(function, inputs, arrays[which], places))
    return total


def _numbers(arrays: list[Array]) -> Array:
    """Every number that moves, real and not 0: of which array, and where in it."""
    moving = [
        np.flatnonzero(x) if np.issubdtype(x.dtype, np.floating) else np.arange(0) for x in arrays
    ]
    which = np.repeat(np.arange(len(arrays)), [len(places) for places in moving])
    return np.stack([which, np.concatenate([np.arange(0), *moving])], axis=1)


def _of_whole_arrays(function: Any, inputs: Any, total: list[Array]) -> list[Array]:
    """The same where arrays move as a whole, each in two copies of its own."""
    real = [np.issubdtype(x.dtype, np.floating) for _, x in leaves(inputs)]
    count, place = sum(real), iter(range(len(real)))

    def leaf(x: Array) -> Any:
        if not np.issubdtype(x.dtype, np.floating):
            return x
        number, every = next(place), np.repeat(x[None], 2 * count, axis=0)
        every[number] *= 1 + STEP
        every[count + number] *= 1 - STEP
        return Copies(every)

    try:
        every = [apart(y, count) for _, y in leaves(function(mapped(leaf, inputs)))]
    except NotStackableError:
        for _, x in leaves(inputs):
            if np.issubdtype(x.dtype, np.floating):
                _add(total, _one_by_one(function, inputs, x, [slice(None)]))
    else:
        _add(total, [0.0 if d is None else np.sum(np.abs(d), axis=0) for d in every])
    return total


def few(places: Array) -> list[Array]:
    """As many of them at a time as move at once."""
    return [places[start : start + AT_ONCE] for start in range(0, len(places), AT_ONCE)]


def apart(result: Any, count: int) -> Array | None:
    """Half the difference of the first and the last `count` copies over the step; None for none.

    There is none where copies are one: a result that does not depend on what moves, or integers.
    """
    if not isinstance(result, Copies) or not np.issubdtype(result.dtype, np.floating):
        return None
    up, down = result.every[:count], result.every[count:]
    return np.asarray(up - down, np.float64) / (2 * STEP)


def _add(total: list[Array], moved: list[Array | float]) -> None:
    for index, more in enumerate(moved):
        total[index] += more


def _at_once(function: Any, inputs: Any, numbers: Array) -> list[Array | float]:
    """Sum of |x_i dF/dx_i| over these numbers, each moved in two copies of its own."""
    count, index = len(numbers), itertools.count()

    def leaf(x: Array) -> Any:
        number = np.flatnonzero(numbers[:, 0] == next(index))
        if not len(number):
            return x
        every, places = np.repeat(x.reshape(1, -1), 2 * count, axis=0), numbers[number, 1]
        every[number, places] *= 1 + STEP
        every[count + number, places] *= 1 - STEP
        return Copies(every.reshape(2 * count, *x.shape))

    moved = [apart(y, count) for _, y in leaves(function(mapped(leaf, inputs)))]
    return [0.0 if d is None else np.sum(np.abs(d), axis=0) for d in moved]


def _one_by_one(function: Any, inputs: Any, leaf: Array, places: Any) -> list[Array | float]:
    """The same; `leaf` is one of the inputs, and is as it was afterwards."""
    flat, total = leaf.reshape(-1), []
    for place in places:
        kept = flat[place].copy()
        ends = []
        for part in (1 + STEP, 1 - STEP):
            flat[place] = kept * part
            ends.append([y for _, y in leaves(function(inputs))])
        flat[place] = kept
        total.append(
            [
                np.abs(np.asarray(a - b, np.float64)) / (2 * STEP)
                if np.issubdtype(np.asarray(a).dtype, np.floating)
                else 0.0
                for a, b in zip(*ends, strict=True)
            ]
        )
    return [sum(parts) for parts in zip(*total, strict=True)]
