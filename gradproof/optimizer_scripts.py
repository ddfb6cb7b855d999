"""Scripts that step an optimizer with its framework alone: once from a state, or in a run."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from gradproof.scripts import END, jax_array, source_of, torch_array, tree
from gradproof.steps_behind import Ride, Step, asked_by, wrong_ones
from properties.grid import UnknownNameError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from properties.finding import Finding
    from properties.steps import Steps

TORCH_STEP = """params = {params}
grads = {grads}
optimizer = {optimizer}
kept = {kept}
groups = optimizer.state_dict()["param_groups"]
optimizer.load_state_dict({{"state": kept, "param_groups": groups}})
for w, g in zip(params, grads):
    w.grad = {grad}
optimizer.step()
"""
TORCH_RUN = """def made(*groups):
    optimizer = {optimizer}
    for more in groups[1:]:
        optimizer.add_param_group({{"params": more}})
    return optimizer


params = {params}
groups = [list(params)]
optimizer = made(*groups)
for what, grads, rate in {events}:
    if what == "grow":
        groups.append([w.requires_grad_() for w in grads])
        params += groups[-1]
        optimizer.add_param_group({{"params": groups[-1]}})
    elif what == "restore":
        saved = optimizer.state_dict()
        params = [w.detach().clone().requires_grad_() for w in params]
        sizes = [len(group) for group in groups]
        groups = [params[sum(sizes[:i]) : sum(sizes[: i + 1])] for i in range(len(sizes))]
        optimizer = made(*groups)
        optimizer.load_state_dict(saved)
    else:
        for group in optimizer.param_groups:
            group["lr"] = rate
        for w, g in zip(params, grads):
            w.grad = g
        optimizer.step()
"""
JAX_STEP = """params = {params}
grads = {grads}
known = {known}
kept = {kept}


@jax.jit
def step(grads, params, known):
    optimizer = {optimizer}
    state = optimizer.init(params)
    for (part, name), value in kept.items():
        of = lambda path, _: not part or any(getattr(k, "tuple_name", "") == part for k in path)
        state = optax.tree.set(state, of, **{{name: value}})
    updates, state = optimizer.update(grads, state, params)
    return optax.apply_updates(params, updates), state


def entry(state, part, name):
    of = lambda path, _: not part or any(getattr(k, "tuple_name", "") == part for k in path)
    return optax.tree.get_all_with_path(state, name, of)[0][1]


params, state = step(grads, params, known)
"""
JAX_RUN = """params = {params}
known = {known}
state = {optimizer}.init(params)


def entry(state, part, name):
    of = lambda path, _: not part or any(getattr(k, "tuple_name", "") == part for k in path)
    return optax.tree.get_all_with_path(state, name, of)[0][1]


@jax.jit
def step(grads, state, params, known):
    updates, state = {optimizer}.update(grads, state, params)
    return optax.apply_updates(params, updates), state


for what, grads, rate in {events}:
    if what == "restore":
        like = {optimizer}.init(params)
        leaves = jax.tree.leaves(jax.device_get(state))
        state = jax.tree.unflatten(jax.tree.structure(like), leaves)
    else:
        params, state = step(grads, state, params, known | {{"learning_rate": rate}})
"""
NONSENSE = """try:
    {attempt}
    observed = 1.0
except (ValueError, TypeError) as error:
    print(type(error).__name__, error)
    observed = 0.0
"""


def scripts(
    law: Callable[..., Any], trial: Steps, finding: Finding, title: str
) -> Iterator[tuple[str, float]]:
    """Scripts that may show what a law saw, each with the error that is allowed; plainest first."""
    library = trial.subject.backend.package.rpartition(".")[2]
    made: _Torch | _Jax
    if library == "torch":
        made = _Torch(trial, title)
    elif library == "jax":
        made = _Jax(trial, title)
    else:
        message = "only torch and JAX cells can be reproduced with the framework alone"
        raise UnknownNameError(message)
    told = finding.witness or {}
    if "nonsense" in told:
        yield made.nonsense(told["nonsense"]), 0.0
        return
    for one in wrong_ones(asked_by(law, trial), told):
        text = made.step(one) if isinstance(one, Step) else made.run(one)
        if text and one.wrong is not None:
            yield text, one.wrong.allowed


def _ended(observed: str, one: Step | Ride) -> str:
    wrong = one.wrong
    if wrong is None:
        raise ValueError(one)
    place = "".join(f"[{i}]" for i in wrong.index)
    return END.format(observed=observed + place, expected=wrong.expected)


class _Torch:
    """Scripts of torch.optim. A step run in another way than these is shown as a plain one."""

    executions = ("", "loop", "foreach", "fused", "groups", "maximize")

    def __init__(self, trial: Steps, title: str) -> None:
        self._binding: Any = trial.subject.binding
        built = getattr(self._binding, "built", None)
        if built is None:
            message = f"{title} is a bare step, no torch.optim.Optimizer: call it by itself"
            raise UnknownNameError(message)
        self._kind, self._names, self._options = built
        self._known = trial.parameters
        imports, body = ["import torch"], ""
        if not self._kind.__module__.startswith("torch.optim"):
            more, body = source_of(self._kind, None)
            imports = sorted({*imports, *more}, key=lambda text: (text.startswith("from"), text))
        heading = f'"""{title}: reproduced with torch alone."""\n'
        self._head = "\n".join([heading, *imports, "", *([body, "", ""] if body else [""])])

    def _optimizer(self, known: dict[str, Any], params: str, execution: str = "") -> str:
        own = self._kind.__module__.startswith("torch.optim")
        name = ("torch.optim." if own else "") + self._kind.__name__
        taken = inspect.signature(self._kind.__init__).parameters
        ways = {execution: True} if execution in taken else {}
        ways |= {"foreach": False} if "foreach" in taken and not ways else {}
        options = ", ".join(f"{k}={v!r}" for k, v in (ways | self._options(**known)).items())
        return f"{name}({params}, {options})"

    def step(self, one: Step) -> str:
        """A step from a state."""
        if not hasattr(self._binding, "kept"):
            return ""
        way = one.execution if one.execution in self.executions else ""
        grads, state, params = one.given
        return (
            self._head
            + TORCH_STEP.format(
                params=f"[w.requires_grad_() for w in {tree(params, torch_array)}]",
                grads=tree(grads, torch_array),
                optimizer=self._optimizer(
                    one.known,
                    '[{"params": [w]} for w in params]' if way == "groups" else "params",
                    one.execution,
                ),
                kept=self._kept(state, params, one.known),
                grad="-g" if way == "maximize" else "g",
            )
            + self._observed(one)
        )

    def _kept(self, state: Any, params: Any, known: dict[str, Any]) -> str:
        from backends.torch import tensor
        from reference.trees import mapped

        given = mapped(lambda x: tensor(x, "cpu"), (state, params))
        kept = self._binding.kept(*given, known)
        rows = []
        for i, own in kept.items():
            entries = (f"{k!r}: {_torch_value(v)}" for k, v in own.items())
            rows.append(f"{i}: {{{', '.join(entries)}}}")
        return "{" + ", ".join(rows) + "}"

    def _observed(self, one: Step | Ride) -> str:
        wrong = one.wrong
        if wrong is None or wrong.entry == "params":
            return _ended(f"params[{wrong.tensor if wrong else 0}].detach()", one)
        at = f"optimizer.state[params[{max(wrong.tensor, 0)}]][{self._names[wrong.entry]!r}]"
        shape = np.shape(one.given[1][wrong.entry][wrong.tensor]) if (
            isinstance(one, Step) and wrong.tensor >= 0
        ) else ()  # fmt: skip
        return _ended(f"{at}.reshape({shape})" if shape else f"torch.as_tensor({at})", one)

    def run(self, one: Ride) -> str:
        """A run, event by event."""
        events = ", ".join(_event(event, torch_array) for event in one.events)
        return self._head + TORCH_RUN.format(
            optimizer=self._optimizer(one.known, "groups[0]"),
            params=f"[w.requires_grad_() for w in {tree(one.params, torch_array)}]",
            events=f"[{events}]",
        ) + self._observed(one)  # fmt: skip

    def nonsense(self, spelled: str) -> str:
        """An optimizer that is built with nonsense, and steps."""
        name, _, value = spelled.partition("=")
        known = self._known | {name: float(value)}
        build = self._optimizer(known, "[torch.ones(3, requires_grad=True)]")
        end = END.format(observed="observed", expected=0.0)
        return self._head + NONSENSE.format(attempt=f"{build}.step()") + end


def _torch_value(x: Any) -> str:
    if not hasattr(x, "tolist"):  # an integer
        return repr(x)
    kind = str(x.dtype)
    data = str(x.double().tolist()).replace("nan", 'float("nan")').replace("inf", 'float("inf")')
    return f"torch.tensor({data}, dtype={kind})"


def _event(event: tuple[Any, ...], make: Callable[[Any], str]) -> str:
    what, *rest = event
    arrays = [None if g is None else make(np.asarray(g)) for g in rest[0]] if rest else []
    listed = ", ".join(str(g) for g in arrays)
    return f"({what!r}, [{listed}], {rest[1] if len(rest) > 1 else None!r})"


class _Jax:
    """Scripts of optax. Steps are shown plain, in whatever way they were run."""

    def __init__(self, trial: Steps, title: str) -> None:
        self._binding: Any = trial.subject.binding
        self._known = trial.parameters
        built = getattr(self._binding, "built", None)
        if built is None:
            message = f"{title} is a bare step, no optax transformation: call it by itself"
            raise UnknownNameError(message)
        self._build, self._names = built
        self._build = getattr(self._build, "__wrapped__", self._build)
        if not inspect.isfunction(self._build):
            message = f"{title} is a transformation that was given made: no source to show"
            raise UnknownNameError(message)
        imports, body = source_of(self._build, ())
        first = {"import jax", "import jax.numpy", "import optax", *imports}
        ordered = sorted(first, key=lambda text: (text.startswith("from"), text))
        wide = ['jax.config.update("jax_enable_x64", True)'] * (trial.subject.form.bits == 64)
        heading = f'"""{title}: reproduced with jax alone."""\n'
        self._head = "\n".join([heading, *ordered, "", *wide, "", body, "", "", ""])

    def _built(self, known: dict[str, Any]) -> str:
        fixed = "".join(
            f", {k}={v!r}" for k, v in known.items() if not isinstance(v, float) and self._takes(k)
        )
        traced = [k for k, v in known.items() if isinstance(v, float) and self._takes(k)]
        return f"{self._build.__name__}(**{{k: known[k] for k in {traced!r}}}{fixed})"

    def _takes(self, name: str) -> bool:
        return name in inspect.signature(self._build).parameters

    def _traced(self, known: dict[str, Any]) -> dict[str, float]:
        return {k: v for k, v in known.items() if isinstance(v, float)}

    def step(self, one: Step) -> str:
        """A step from a state."""
        from backends.jax import precision
        from backends.jax.optimizers import as_kept

        if self._names is None:
            return ""
        grads, state, params = one.given
        with precision(one.given):
            own = self._build(**{k: v for k, v in one.known.items() if self._takes(k)})
            kept = as_kept(own.init(params), state, self._names)
        parts = (
            f"{(k.rpartition('.')[0], k.rpartition('.')[2])!r}: {tree(v, _jax_value)}"
            for k, v in kept.items()
        )
        return self._head + JAX_STEP.format(
            params=tree(params, jax_array), grads=tree(grads, jax_array),
            known=repr(self._traced(one.known)), kept="{" + ", ".join(parts) + "}",
            optimizer=self._built(one.known),
        ) + self._observed(one)  # fmt: skip

    def _observed(self, one: Step | Ride) -> str:
        wrong = one.wrong
        if wrong is None or wrong.entry == "params":
            return _ended(f"params[{wrong.tensor if wrong else 0}]", one)
        part, _, own = self._names[wrong.entry].rpartition(".")
        which = f"[{wrong.tensor}]" if wrong.tensor >= 0 else ""
        return _ended(f"entry(state, {part!r}, {own!r}){which}", one)

    def run(self, one: Ride) -> str:
        """A run, event by event."""
        events = ", ".join(_event(event, jax_array) for event in one.events)
        return self._head + JAX_RUN.format(
            params=tree(one.params, jax_array), known=repr(self._traced(one.known)),
            optimizer=self._built(one.known), events=f"[{events}]",
        ) + self._observed(one)  # fmt: skip

    def nonsense(self, spelled: str) -> str:
        """A transformation that is built with nonsense, and begins."""
        name, _, value = spelled.partition("=")
        known = self._known | {name: float(value)}
        attempt = f"{self._built(known)}.init([jax.numpy.ones(3)])"
        end = END.format(observed="observed", expected=0.0)
        values = f"known = {self._traced(known)!r}\n"
        return self._head + values + NONSENSE.format(attempt=attempt) + end


def _jax_value(x: Any) -> str:
    return f"jax.numpy.array({x.tolist()!r}, dtype={str(x.dtype)!r})"
