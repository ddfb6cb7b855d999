"""Scripts that step a transformation of optax with JAX and optax alone."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from gradproof.script_parts import NONSENSE, ended, event
from gradproof.scripts import END, jax_array, source_of, tree
from gradproof.steps_behind import Ride, Step
from properties.grid import UnknownNameError

if TYPE_CHECKING:
    from properties.optimizers.steps import Steps

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


class OptaxScripts:
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
        from backends.jax.optimizers.states import as_kept

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
            return ended(f"params[{wrong.tensor if wrong else 0}]", one)
        part, _, own = self._names[wrong.entry].rpartition(".")
        which = f"[{wrong.tensor}]" if wrong.tensor >= 0 else ""
        return ended(f"entry(state, {part!r}, {own!r}){which}", one)

    def run(self, one: Ride) -> str:
        """A run, event by event."""
        events = ", ".join(event(happened, jax_array) for happened in one.events)
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
