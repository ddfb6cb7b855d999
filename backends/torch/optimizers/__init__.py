"""Optimizers of torch.optim: one step from a given state, and runs that keep their own.

A binding names torch's class and what that calls the entries of its state; the function below it
says which of its arguments the hyper-parameters are.
"""

from __future__ import annotations

import functools
import inspect
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from backends.backend import NotOfferedError

if TYPE_CHECKING:
    from collections.abc import Callable


def steps(
    kind: Any,
    *unused: str,
    shaped: Callable[[dict[str, Any], Any], dict[str, Any]] | None = None,
    empty: bool = True,
    counts_in_integers: bool = False,
    follows: Callable[..., dict[str, float]] | None = None,
    **names: str | None,
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Bind a torch optimizer: ours = theirs are the names of the entries of its state.

    The decorated function takes hyper-parameters and returns the arguments of `kind`. `unused` are
    the counts that torch keeps besides and its steps do not depend on. A count that torch keeps no
    entry for (None) is the number of steps that it was told to take. Where torch keeps entries in
    other shapes, or other entries for some tensors, `shaped` makes them of ours, given under its
    names with the parameter. One that cannot step a tensor without numbers is not `empty`: there it
    is given no gradient. torch's own classes count in float32; those from outside may in integers.
    What torch keeps besides that `follows` from the count and hyper-parameters is made of them.
    """
    counted = _integer if counts_in_integers else _single

    def bound(options: Callable[..., Any]) -> Callable[..., Any]:
        def kept(state: Any, params: Any, chosen: dict[str, Any]) -> dict[int, Any]:
            """A state as torch keeps it, parameter by parameter."""
            told = dict.fromkeys(unused, 0.0)
            told |= {} if follows is None else follows(int(state["step"]), **chosen)
            loaded = {
                i: _given(state, i, names, counted)
                | {k: torch.tensor(x, dtype=torch.float64) for k, x in told.items()}
                for i in range(len(params))
            }
            if shaped is not None:
                loaded = {i: shaped(own, params[i]) for i, own in loaded.items()}
            return loaded

        @functools.wraps(options)
        def binding(
            grads: Any, state: Any, params: Any, *, execution: str = "loop", **chosen: Any
        ) -> Any:
            given = _executed(kind, execution) | options(**chosen)
            if execution == "complex":
                return _paired(kind, binding, grads, state, params, chosen)
            if not empty:
                grads = [g if g.numel() else None for g in grads]
            loaded = kept(state, params, chosen)
            return _stepped(kind, grads, state, params, names, given, execution, loaded)

        binding.__dict__["kept"] = kept
        binding.__dict__["built"] = (kind, names, options)
        binding.__dict__["unused"] = unused
        binding.__dict__["sparing"] = shaped is not None
        binding.__dict__["takes_empty"] = empty
        return binding

    return bound


def adapted(offered: Any, own: Any) -> Any:
    """A binding of a class of optimizers from outside; a function is one already.

    It is given the arguments that torch's own optimizer of this technique is given, or, where there
    is none, the hyper-parameters by torch's usual names. Where it keeps the entries of its state
    under torch's names, they are set and read; else whole runs are compared.
    """
    if not (isinstance(offered, type) and issubclass(offered, torch.optim.Optimizer)):
        return offered
    _, names, options = getattr(own, "built", (None, {}, _usual))
    kind: Any = offered
    return _bound(kind, options, tuple(names.items()))


@functools.lru_cache(maxsize=64)
def _bound(kind: Any, options: Callable[..., Any], names: tuple[tuple[str, str], ...]) -> Any:
    known: dict[str, Any] = dict(names)
    kept = _kept(kind, options) if known else {}
    if known and set(known.values()) <= set(kept):
        integers = any(isinstance(entry, int) for entry in kept.values())
        return steps(kind, counts_in_integers=integers, **known)(options)

    @functools.wraps(options)
    def binding(grads: Any, state: Any, params: Any, **chosen: Any) -> Any:
        del grads, state, params, chosen
        message = (
            f"{kind.__name__} keeps its state under names of its own, not"
            f" {', '.join(known.values())}: whole runs are compared"
        )
        raise NotOfferedError(message)

    binding.__dict__["built"] = (kind, None, options)
    return binding


def _kept(kind: Any, options: Callable[..., Any]) -> dict[str, Any]:
    """What such an optimizer keeps of a parameter after a step, under its own names."""
    w = torch.ones(3, requires_grad=True)
    optimizer = kind([w], **options())
    w.grad = torch.ones(3)
    optimizer.step()
    return dict(optimizer.state.get(w, {}))


def _usual(**chosen: Any) -> dict[str, Any]:
    """Hyper-parameters by the names that torch's optimizers have for them."""
    renamed = {"learning_rate": "lr"}
    found = {renamed.get(k, k): v for k, v in chosen.items() if k not in ("beta1", "beta2")}
    if "beta1" in chosen and "beta2" in chosen:
        found["betas"] = (chosen["beta1"], chosen["beta2"])
    return found


def _stepped(
    kind: Any,
    grads: Any,
    state: Any,
    params: Any,
    names: Any,
    options: Any,
    execution: str,
    loaded: dict[int, Any],
) -> Any:
    """One step of a torch optimizer from this state.

    Parameters and state are copied first, since torch writes new values into them.
    """
    owned = [w.clone().requires_grad_() for w in params]
    if execution == "differentiable":  # torch writes into parameters, which leaves do not allow
        owned = [w.clone() for w in owned]
    if execution == "mixed":
        other = torch.float32 if params[0].dtype == torch.float64 else torch.float64
        owned.append(torch.ones_like(params[0], dtype=other).requires_grad_())
        grads = [*grads, torch.ones_like(owned[-1])]
    optimizer = kind(
        [{"params": [w]} for w in owned] if execution == "groups" else owned, **options
    )
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": loaded, "param_groups": groups})
    for w, g in zip(owned, grads, strict=True):
        if execution == "differentiable":
            w.retain_grad()
        w.grad = -g if g is not None and execution == "maximize" else g
    compiler = _COMPILERS.get(execution)
    step = torch.compile(optimizer.step, backend=compiler) if compiler else optimizer.step
    step()
    owned = owned[: len(params)]
    kept = [optimizer.state[w] for w in owned]
    new = {
        ours: state[ours] + 1
        if theirs is None
        else [
            k[theirs].reshape(old.shape) if theirs in k else old
            for k, old in zip(kept, state[ours], strict=True)
        ]
        if isinstance(state[ours], list)
        else torch.as_tensor(kept[0][theirs]).to(state[ours].dtype)
        for ours, theirs in names.items()
    }
    return [w.detach() for w in owned], new


def _paired(
    kind: Any, binding: Any, grads: Any, state: Any, params: Any, chosen: dict[str, Any]
) -> Any:
    """One step of complex numbers: of each tensor with its own reverse for an imaginary part.

    Of the result, every second number is taken from the one part, the others from the other.
    """
    if params[0].dtype.itemsize == 2:
        message = "torch has no optimizers of complex numbers of 16 bits each"
        raise NotOfferedError(message)
    _, names, options = binding.built
    entries = _complex_entries(kind, options)
    both = {k for k, theirs in names.items() if theirs in entries}
    given = {k: _each(_pair, v) if k in both else v for k, v in state.items()}
    moved, new = binding(_each(_pair, grads), given, _each(_pair, params), **chosen)
    return _each(_apart, moved), {k: _each(_apart, v) if k in both else v for k, v in new.items()}


def _each(change: Callable[[Any], Any], tensors: list[Any]) -> list[Any]:
    return [change(x) for x in tensors]


def _reverse(x: Any) -> Any:
    return x.reshape(-1).flip(0).reshape(x.shape)


def _pair(x: Any) -> Any:
    return torch.complex(x, _reverse(x))


def _apart(z: Any) -> Any:
    second = torch.arange(z.numel(), device=z.device).reshape(z.shape) % 2 == 1
    return torch.where(second, _reverse(z.imag), z.real)


@functools.lru_cache(maxsize=64)
def _complex_entries(kind: Any, options: Callable[..., Any]) -> frozenset[str]:
    """Which entries of its state such an optimizer keeps as complex numbers."""
    w = torch.ones(3, dtype=torch.complex64, requires_grad=True)
    w.grad = torch.ones_like(w)
    try:
        optimizer = kind([w], **options())
        optimizer.step()
    except (RuntimeError, ValueError) as error:
        raise NotOfferedError(str(error)) from None
    return frozenset(k for k, v in optimizer.state[w].items() if getattr(v, "is_complex", bool)())


def _given(state: Any, i: int, names: Any, counted: Callable[[Any], Any]) -> dict[str, Any]:
    """State of a parameter, as torch keeps it: what we share, torch keeps for each."""
    return {
        theirs: state[ours][i].clone() if isinstance(state[ours], list) else counted(state[ours])
        for ours, theirs in names.items()
        if theirs is not None
    }


def _single(x: Any) -> Any:
    return x.to(torch.float32)


def _integer(x: Any) -> int:
    return int(x)


def executions(kind: Any, device: str) -> tuple[str, ...]:
    """How this optimizer may be run besides in a loop over its parameters.

    Graphs, which "capturable" is for, are CUDA's: on a CPU torch refuses it. What torch.compile
    makes of a step is looked at in `tests/test_compiled_optimizers.py`, as it takes seconds.
    """
    known = inspect.signature(kind.__init__).parameters
    graphs = ("capturable",) if device == "cuda" else ()
    named = ("foreach", "fused", *graphs, "differentiable", "maximize")
    own = ("complex",) if kind.__module__.startswith("torch.optim") else ()
    return (*(name for name in named if name in known), "groups", "mixed", *own)


_COMPILERS = {"traced": "aot_eager", "compiled": "inductor"}


def _executed(kind: Any, execution: str) -> dict[str, bool]:
    known = inspect.signature(kind.__init__).parameters
    execution = "foreach" if execution == "mixed" else execution  # where dtypes are told apart
    chosen = {execution: True} if execution in known else {}
    return chosen if chosen or "foreach" not in known else {"foreach": False}


def optimizer_of(binding: Any, owned: list[Any], way: str) -> Any:
    """The optimizer of a binding at its defaults, over these parameters, run in this way."""
    kind, _, options = binding.built
    return kind(owned, **(_executed(kind, way) | options()))


class TorchLive:
    """A run of a torch optimizer."""

    may_miss = True
    may_grow = True
    may_change_rate = True

    def __init__(
        self,
        kind: Any,
        names: dict[str, str | None] | None,
        options: Callable[..., Any],
        params: list[Any],
        known: dict[str, Any],
        device: str,
        *,
        sparing: bool = False,
    ) -> None:
        """Begin at these parameters; a sparing one keeps not every entry for every tensor."""
        from backends.torch import tensor

        self._made, self._sparing = (kind, names, options), sparing
        self._known, self._device, self._names = known, device, names
        self._owned = [tensor(w, device).clone().requires_grad_() for w in params]
        self._optimizer = kind(self._owned, **options(**known))
        self._taken = [0 for _ in params]

    def step(self, grads: list[Any | None], rate: float) -> None:
        """Set the rate of every group, hand the gradients over, step, and destroy them."""
        from backends.torch import tensor

        for group in self._optimizer.param_groups:
            group["lr"] = rate
        for w, g in zip(self._owned, grads, strict=True):
            w.grad = None if g is None else tensor(g, self._device).clone()
        self._optimizer.step()
        self._taken = [n + (g is not None) for n, g in zip(self._taken, grads, strict=True)]
        for w in self._owned:
            if w.grad is not None:
                w.grad.fill_(float("nan"))

    def params(self) -> list[Any]:
        """The parameters as they are now."""
        from backends.torch import array

        return [array(w) for w in self._owned]

    def states(self) -> list[dict[str, Any]] | None:
        """State of every parameter; None where it keeps other things than torch's own class."""
        from backends.torch import array

        if self._names is None:
            return None
        found = []
        for w, taken in zip(self._owned, self._taken, strict=True):
            kept = self._optimizer.state.get(w, {})
            complete = set(self._names.values()) - {None} <= set(kept)
            if kept and not complete and not self._sparing:
                return None
            found.append(
                {
                    ours: np.array(taken) if theirs is None else array(kept[theirs])
                    for ours, theirs in self._names.items()
                    if kept and (theirs is None or theirs in kept)
                }
            )
        return found

    def restored(self) -> TorchLive:
        """What torch.save keeps of the optimizer, loaded into a new one."""
        saved = io.BytesIO()
        torch.save(self._optimizer.state_dict(), saved)
        saved.seek(0)
        another = TorchLive(
            *self._made, self.params(), self._known, self._device, sparing=self._sparing
        )
        another._regroup([len(g["params"]) for g in self._optimizer.param_groups])
        another._optimizer.load_state_dict(torch.load(saved))
        another._taken = list(self._taken)
        return another

    def _regroup(self, sizes: list[int]) -> None:
        """Groups of these sizes, as they had been added."""
        kind, _, options = self._made
        first, *rest = torch.split(torch.arange(len(self._owned)), sizes)
        self._optimizer = kind([self._owned[i] for i in first], **options(**self._known))
        for group in rest:
            self._optimizer.add_param_group({"params": [self._owned[i] for i in group]})

    def grown(self, params: list[Any]) -> None:
        """Add a parameter group."""
        from backends.torch import tensor

        more = [tensor(w, self._device).clone().requires_grad_() for w in params]
        self._owned += more
        self._taken += [0 for _ in more]
        self._optimizer.add_param_group({"params": more})


def read(optimizer: Any, binding: Any) -> dict[str, Any]:
    """The state of a torch optimizer under canonical names, parameters in the order of its groups.

    Raises:
        ValueError: a parameter has no state yet, or its entries have other names.
    """
    from backends.torch import array

    _, names, _ = binding.built
    owned = [w for group in optimizer.param_groups for w in group["params"]]
    for i, w in enumerate(owned):
        if missing := set(names.values()) - set(optimizer.state.get(w, {})):
            message = (
                f"parameter {i} of {type(optimizer).__name__} has no"
                f" {', '.join(sorted(missing))}: take a step first, or name another technique"
            )
            raise ValueError(message)
    kept = [optimizer.state[w] for w in owned]
    return {ours: [array(torch.as_tensor(k[name])) for k in kept] for ours, name in names.items()}


def write(optimizer: Any, binding: Any, entries: dict[str, Any]) -> None:
    """Load a state under canonical names into a torch optimizer, its groups as they are."""
    from backends.torch import tensor

    _, names, _ = binding.built
    count = sum(len(group["params"]) for group in optimizer.param_groups)
    loaded = {
        i: {theirs: tensor(entries[ours][i], "cpu") for ours, theirs in names.items()}
        | {theirs: torch.zeros(()) for theirs in binding.unused}
        for i in range(count)
    }
    groups = optimizer.state_dict()["param_groups"]
    optimizer.load_state_dict({"state": loaded, "param_groups": groups})
