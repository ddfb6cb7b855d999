"""Many copies of one array, moved a little each: one run of a function does for all of them.

`Copies` stands in for a NumPy array: its shape, its axes and its items are those of one copy, and
NumPy's functions compute with every copy on its own. What cannot be done so (a number that decides
which way Python goes, a function that is not below) raises `NotStackableError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Array: TypeAlias = np.ndarray[Any, Any]


class NotStackableError(TypeError):
    """Copies cannot all go this way at once: they have to go one by one."""


class Copies(NDArrayOperatorsMixin):
    """As many arrays of one shape as `every` has along its first axis."""

    def __init__(self, every: Array) -> None:
        """Take the copies, (K, *shape)."""
        self.every = every

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of one copy."""
        return self.every.shape[1:]

    @property
    def ndim(self) -> int:
        """Axes of one copy."""
        return self.every.ndim - 1

    @property
    def size(self) -> int:
        """Numbers of one copy."""
        return self.every[0].size

    @property
    def dtype(self) -> np.dtype[Any]:
        """The numbers' type."""
        return self.every.dtype

    @property
    def T(self) -> Copies:  # noqa: N802 - NumPy's name
        """Every copy transposed."""
        return Copies(self.every.transpose(0, *reversed(range(1, self.every.ndim))))

    def reshape(self, *shape: Any) -> Copies:
        """Every copy in another shape."""
        wanted = shape[0] if len(shape) == 1 and isinstance(shape[0], tuple | list) else shape
        return Copies(self.every.reshape(len(self.every), *wanted))

    def ravel(self) -> Copies:
        """Every copy in one row."""
        return self.reshape(-1)

    def astype(self, dtype: Any, **how: Any) -> Copies:
        """Every copy in another type."""
        return Copies(self.every.astype(dtype, **how))

    def copy(self) -> Copies:
        """The same numbers, elsewhere in memory."""
        return Copies(self.every.copy())

    def sum(self, *args: Any, **how: Any) -> Copies:
        """As np.sum."""
        found: Copies = np.sum(self, *args, **how)
        return found

    def __getattr__(self, name: str) -> Any:
        """Nothing else that an array has."""
        if name.startswith("__"):
            raise AttributeError(name)
        message = f"copies have no {name}"
        raise NotStackableError(message)

    def __len__(self) -> int:
        """Length of one copy's first axis."""
        return self.shape[0]

    def __iter__(self) -> Iterator[Copies]:
        """Go along the first axis of every copy."""
        return (self[i] for i in range(len(self)))

    def __getitem__(self, index: Any) -> Any:
        """The same items of every copy."""
        return Copies(self.every[_within(index)])

    def __setitem__(self, index: Any, value: Any) -> None:
        """Set the same items of every copy."""
        place = _within(index)
        (found,) = _aligned((value,), self.every[place].ndim - 1)
        self.every[place] = found

    def _refuses(self, *_: Any, **__: Any) -> Any:
        message = "a number of which there are many copies cannot be one number"
        raise NotStackableError(message)

    __array__ = __bool__ = __float__ = __int__ = __index__ = __complex__ = _refuses

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **how: Any
    ) -> Any:
        """Every copy on its own; a plain array is the same for all copies."""
        if method == "reduce":
            result = _reduced(ufunc.reduce, *inputs, **{"axis": 0} | how)
        elif not any(isinstance(x, Copies) for x in inputs):
            message = "one array does not become copies by being put into them"
            raise NotStackableError(message)
        elif ufunc is np.matmul and method == "__call__":
            result = _product(*inputs)
        elif method == "__call__" and ufunc.signature is None and "where" not in how:
            result = _each(ufunc, *inputs, **how)
        else:
            message = f"{ufunc.__name__}.{method} of copies"
            raise NotStackableError(message)
        if out is None:
            return result
        if not isinstance(out[0], Copies):
            message = "copies do not fit into one array"
            raise NotStackableError(message)
        out[0][...] = result
        return out[0]

    def __array_function__(
        self, func: Callable[..., Any], types: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """NumPy's functions, as far as they are known here."""
        del types
        if func not in _FUNCTIONS:
            message = f"{func.__name__} of copies"
            raise NotStackableError(message)
        try:
            return _FUNCTIONS[func](*args, **kwargs)
        except TypeError as error:  # arguments that are not foreseen here
            message = f"{func.__name__}: {error}"
            raise NotStackableError(message) from error


def _beside(axis: int) -> int:
    """Where an axis of one copy is among the axes of all."""
    return axis + 1 if axis >= 0 else axis


def _ndim(x: Any) -> int:
    return x.ndim if isinstance(x, Copies) else np.ndim(x)


def _aligned(arrays: Sequence[Any], ndim: int) -> list[Any]:
    """Arrays that broadcast as single copies do: axes of length 1 come after the copies' own."""
    found = []
    for x in arrays:
        if isinstance(x, Copies):
            more = (1,) * (ndim - x.ndim)
            found.append(x.every.reshape(len(x.every), *more, *x.shape))
        else:
            found.append(x)
    return found


def _within(index: Any) -> tuple[Any, ...]:
    """An index of one copy, behind the axis of copies."""
    parts = index if isinstance(index, tuple) else (index,)
    if any(isinstance(p, Copies) for p in parts):
        message = "copies as an index"
        raise NotStackableError(message)
    if any(isinstance(p, np.ndarray | list) for p in parts):  # then NumPy counts integers as such
        fancy = [i for i, p in enumerate(parts) if isinstance(p, np.ndarray | list | int)]
        if fancy[-1] - fancy[0] >= len(fancy):
            message = "arrays as indices on both sides of a slice"
            raise NotStackableError(message)
    return (slice(None), *parts)


def _each(function: Callable[..., Any], *inputs: Any, **how: Any) -> Copies:
    """A function of single numbers."""
    if any(isinstance(x, Copies) for x in how.values()):
        message = "copies by keyword"
        raise NotStackableError(message)
    aligned = _aligned(inputs, max(map(_ndim, inputs)))
    result = function(*aligned, **how)
    if isinstance(result, tuple):
        return tuple(map(Copies, result))  # type: ignore[return-value]
    return Copies(result)


def _elementwise(function: Callable[..., Any], arguments: int) -> Callable[..., Any]:
    """A function of so many arrays, number by number."""

    def each(*inputs: Any, **how: Any) -> Copies:
        if len(inputs) != arguments:
            message = f"{function.__name__} of {len(inputs)} arguments"
            raise NotStackableError(message)
        return _each(function, *inputs, **how)

    return each


def _product(a: Any, b: Any) -> Copies:
    """a @ b, of vectors too."""
    row, column = _ndim(a) == 1, _ndim(b) == 1
    a, b = a[None, :] if row else a, b[:, None] if column else b
    left, right = _aligned((a, b), max(_ndim(a), _ndim(b)))
    result = left @ right
    result = result[..., 0, :] if row else result
    return Copies(result[..., 0] if column else result)


def _reduced(
    function: Callable[..., Any], x: Any, axis: Any = None, *args: Any, **how: Any
) -> Copies:
    """A function that does away with axes."""
    if not isinstance(x, Copies) or args:
        message = f"{function.__name__} of such arguments"
        raise NotStackableError(message)
    if axis is None:
        axis = tuple(range(1, x.every.ndim))
    elif isinstance(axis, tuple):
        axis = tuple(map(_beside, axis))
    else:
        axis = _beside(int(axis))
    return Copies(function(x.every, axis=axis, **how))


def _reduction(function: Callable[..., Any]) -> Callable[..., Any]:
    return lambda x, axis=None, *args, **how: _reduced(function, x, axis, *args, **how)


def _along(function: Callable[..., Any], last: int | None) -> Callable[..., Any]:
    """A function that goes along one axis: `last` unless told, or none for all numbers in a row."""

    def along(x: Copies, axis: int | None = last, **how: Any) -> Copies:
        if axis is None:
            x, axis = x.ravel(), 0
        return Copies(function(x.every, axis=_beside(axis), **how))

    return along


def _joining(function: Callable[..., Any]) -> Callable[..., Any]:
    """concatenate and stack."""

    def joined(parts: Sequence[Any], axis: int = 0) -> Copies:
        count = next(len(p.every) for p in parts if isinstance(p, Copies))
        every = [
            p.every if isinstance(p, Copies) else np.broadcast_to(p, (count, *np.shape(p)))
            for p in parts
        ]
        return Copies(function(every, axis=_beside(axis)))

    return joined


def _split(x: Copies, parts: Any, axis: int = 0) -> list[Copies]:
    return [Copies(part) for part in np.split(x.every, parts, axis=_beside(axis))]


def _like(function: Callable[..., Any]) -> Callable[..., Any]:
    """zeros_like and its kin."""
    return lambda x, dtype=None: Copies(function(x.every, dtype=dtype))


def _take_along_axis(x: Any, indices: Any, axis: int) -> Copies:
    ndim = max(_ndim(x), _ndim(indices))
    axis = axis if axis < 0 else axis - ndim
    everywhere = [
        y if isinstance(w, Copies) else y[None]
        for w, y in zip((x, indices), _aligned((x, indices), ndim), strict=True)
    ]
    count = max(len(y) for y in everywhere)
    left, right = (np.broadcast_to(y, (count, *y.shape[1:])) for y in everywhere)
    return Copies(np.take_along_axis(left, right, axis))


def _put_along_axis(x: Any, indices: Any, values: Any, axis: int) -> None:
    if not isinstance(x, Copies):
        message = "copies do not fit into one array"
        raise NotStackableError(message)
    axis = axis if axis < 0 else axis - x.ndim
    places, new = (
        np.broadcast_to(y, (len(x.every), *np.shape(y)[1:])) if isinstance(w, Copies)
        else np.broadcast_to(y, (len(x.every), *np.broadcast_shapes(np.shape(y), (1,) * x.ndim)))
        for w, y in zip((indices, values), _aligned((indices, values), x.ndim), strict=True)
    )  # fmt: skip
    np.put_along_axis(x.every, places, new, axis)


def _result_type(*of: Any) -> np.dtype[Any]:
    return np.result_type(*(x.dtype if isinstance(x, Copies) else x for x in of))


def _broadcast_to(x: Copies, shape: Any) -> Copies:
    wanted = (shape,) if isinstance(shape, int) else tuple(shape)
    (aligned,) = _aligned((x,), len(wanted))
    return Copies(np.broadcast_to(aligned, (len(x.every), *wanted)))


def _moveaxis(x: Copies, source: int, destination: int) -> Copies:
    return Copies(np.moveaxis(x.every, _beside(source), _beside(destination)))


def _expand_dims(x: Copies, axis: Any) -> Copies:
    axes = axis if isinstance(axis, tuple) else (axis,)
    return Copies(np.expand_dims(x.every, tuple(map(_beside, axes))))


_FUNCTIONS: dict[Callable[..., Any], Callable[..., Any]] = {
    **{f: _reduction(f) for f in (np.sum, np.mean, np.max, np.min, np.all)},
    np.where: _elementwise(np.where, 3),
    np.clip: _elementwise(np.clip, 3),
    np.nan_to_num: _elementwise(np.nan_to_num, 1),
    np.sort: _along(np.sort, -1),
    np.cumsum: _along(np.cumsum, None),
    np.argmax: _along(np.argmax, None),
    np.zeros_like: _like(np.zeros_like),
    np.ones_like: _like(np.ones_like),
    np.concatenate: _joining(np.concatenate),
    np.stack: _joining(np.stack),
    np.split: _split,
    np.take_along_axis: _take_along_axis,
    np.put_along_axis: _put_along_axis,
    np.result_type: _result_type,
    np.broadcast_to: _broadcast_to,
    np.moveaxis: _moveaxis,
    np.swapaxes: lambda x, a, b: Copies(x.every.swapaxes(_beside(a), _beside(b))),
    np.reshape: lambda x, shape: x.reshape(shape),
    np.expand_dims: _expand_dims,
    np.outer: lambda a, b: a.reshape(-1)[:, None] * b.reshape(-1)[None, :],
    np.shape: lambda x: x.shape,
    np.ndim: lambda x: x.ndim,
    np.size: lambda x: x.size,
}
