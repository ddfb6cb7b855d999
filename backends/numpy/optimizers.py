"""Optimizers from outside in plain NumPy, made bindings.

An optimizer is a pair of functions, or anything that has them as `init` and `update`:
`init(params) -> state` and `update(grads, state, params) -> (params, state)`, where grads and
params are lists of arrays, and hyper-parameters are keywords, as many of them as `update` knows. A
state that is a dict of the technique's own entries is set and read; any other is the optimizer's
own, and then whole runs are compared. A reference's own form, one function of (grads, state,
params), is taken as it is.
"""

from __future__ import annotations

import functools
import inspect
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import NotOfferedError
from backends.live import apart

if TYPE_CHECKING:
    from collections.abc import Callable

_PAIR = 2


def adapted(offered: Any) -> Any:
    """A binding of a pair (init, update); a function is one already.

    Raises:
        TypeError: it is neither a function nor a pair of them.
    """
    pair = offered if isinstance(offered, tuple) else _methods(offered)
    if pair is None:
        return offered
    if len(pair) != _PAIR or not all(callable(part) for part in pair):
        message = (
            f"{offered!r} is no optimizer; give a pair of functions, init(params) -> state and"
            " update(grads, state, params, *, learning_rate) -> (params, state)"
        )
        raise TypeError(message)
    return _bound(*pair)


def _methods(offered: Any) -> tuple[Any, Any] | None:
    init, update = getattr(offered, "init", None), getattr(offered, "update", None)
    return None if init is None or update is None else (init, update)


def _bound(init: Callable[..., Any], update: Callable[..., Any]) -> Any:
    taken = frozenset(
        p.name for p in inspect.signature(update).parameters.values() if p.kind is p.KEYWORD_ONLY
    )

    def step(grads: Any, state: Any, params: Any, **known: Any) -> Any:
        return update(grads, state, params, **{k: v for k, v in known.items() if k in taken})

    @functools.wraps(update)
    def binding(grads: Any, state: Any, params: Any, **known: Any) -> Any:
        own = init(params)
        if not isinstance(own, dict) or set(own) != set(state):
            message = (
                f"its state is its own, not {', '.join(sorted(state))}: whole runs are compared"
            )
            raise NotOfferedError(message)
        return step(grads, state, params, **known)

    binding.__dict__["takes"] = taken
    binding.__dict__["live"] = functools.partial(PairLive, init, step, "learning_rate" in taken)
    return binding


class PairLive:
    """A run of a pair (init, update). Sixteen-bit numbers are computed in float32, then rounded."""

    may_miss = False
    may_grow = False

    def __init__(
        self,
        init: Callable[..., Any],
        step: Callable[..., Any],
        may_change: bool,  # noqa: FBT001 - bound by position
        params: list[Any],
        known: dict[str, Any],
    ) -> None:
        """Begin at these parameters."""
        self._made, self._known, self.may_change_rate = (init, step, may_change), known, may_change
        self._step, self._kind = step, params[0].dtype
        self._params = [np.array(w) for w in params]
        self._state = init([self._wide(w) for w in params])

    def _wide(self, x: Any) -> Any:
        return x.astype(np.float32) if x.dtype.itemsize == 2 else np.array(x)

    def step(self, grads: list[Any | None], rate: float) -> None:
        """Take a step from the carried state; then destroy the gradients."""
        given = [self._wide(g) for g in grads if g is not None]
        with np.errstate(all="ignore"):
            new, self._state = self._step(
                given, self._state, [self._wide(w) for w in self._params],
                **(self._known | {"learning_rate": rate}),
            )  # fmt: skip
            self._params = [np.asarray(w).astype(self._kind) for w in new]
        for g in given:
            g.fill(np.nan)

    def params(self) -> list[Any]:
        """The parameters as they are now."""
        return list(self._params)

    def states(self) -> list[dict[str, Any]] | None:
        """State of every parameter; None where it is no dict of lists."""
        if not isinstance(self._state, dict):
            return None
        lists = [v for v in self._state.values() if isinstance(v, list)]
        if any(len(v) != len(self._params) for v in lists):
            return None
        rounded = {
            k: [np.asarray(x).astype(self._kind) for x in v] if isinstance(v, list) else np.array(v)
            for k, v in self._state.items()
        }
        return apart(rounded, len(self._params))

    def restored(self) -> PairLive:
        """What pickle keeps of the state."""
        another = PairLive(*self._made, self._params, self._known)
        another._state = pickle.loads(pickle.dumps(self._state))  # noqa: S301 - our own bytes
        return another

    def grown(self, params: list[Any]) -> None:
        """A pair takes what it is given: there is nothing to add to."""
        raise NotImplementedError(params)
