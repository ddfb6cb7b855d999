"""A torch optimizer goes on as an optax one, and back: the next hundred steps are the reference's.

From the state that was carried over, both libraries and the reference take a hundred steps with the
same gradients. What is accepted around the true end is derived from the technique's accuracy, as in
the law `trajectories_agree`.
"""

from __future__ import annotations

import functools
from typing import Any

import jax
import numpy as np
import optax
import pytest
import torch

from backends.catalogue import backend
from gradproof import optax_to_torch, torch_to_optax
from properties.optimizers.step_truths import elementwise
from properties.optimizers.trajectories import ended
from reference.catalogue import techniques
from reference.numerics import FORMATS
from reference.optimizer_states import beginning
from reference.technique import Between, OneOf, Technique, parameters

CARRIED = ("adam", "adamw", "momentum", "rmsprop", "adagrad")
SHAPES = ((4, 3), (7,), ())
FORM = FORMATS["float32"]


def _bindings(technique: Technique) -> tuple[Any, Any]:
    hosts = backend("torch"), backend("jax")
    return tuple(host.binding(technique) for host in hosts)  # type: ignore[union-attr]


def _aligned(technique: Technique) -> tuple[dict[str, Any], dict[str, Any]]:
    """Hyper-parameters for torch and for optax: the defaults, in conventions that both offer.

    Where they have none in common (Adagrad's eps), each has its own, and eps is as small as it may
    be.
    """
    theirs, ours = (parameters(b) for b in _bindings(technique))
    found: tuple[dict[str, Any], dict[str, Any]] = {}, {}
    for name, p in technique.parameters.items():
        sides = [side[name].domain if name in side else None for side in (theirs, ours)]
        offered = [d.values if isinstance(d, OneOf) else None for d in sides]
        common = [
            v for v in offered[0] or offered[1] or () if all(v in (o or (v,)) for o in offered)
        ]
        for known, own in zip(found, offered, strict=True):
            default = p.default if own is None or p.default in own else own[0]
            known[name] = common[0] if common and p.default not in common else default
    if found[0] != found[1]:
        tiny = technique.parameters["eps"].domain
        assert isinstance(tiny, Between)
        for known in found:
            known["eps"] = tiny.low
    for known in found:
        known["learning_rate"] = 0.0078125
    return found


def _drawn(seed: int, steps: int) -> list[list[Any]]:
    source = np.random.default_rng(seed)
    return [[source.standard_normal(s).astype(np.float32) for s in SHAPES] for _ in range(steps)]


def _in_torch(optimizer: Any, owned: list[Any], grads: list[list[Any]]) -> None:
    for step in grads:
        for w, g in zip(owned, step, strict=True):
            w.grad = torch.from_numpy(np.array(g))
        optimizer.step()


def _in_optax(transform: Any, kept: Any, params: Any, grads: list[list[Any]]) -> tuple[Any, Any]:
    @jax.jit
    def step(g: Any, kept: Any, params: Any) -> tuple[Any, Any]:
        updates, kept = transform.update(g, kept, params)
        return optax.apply_updates(params, updates), kept

    for g in grads:
        params, kept = step(g, kept, params)
    return params, kept


def _held(technique: Technique, start: Any, grads: Any, known: Any, end: list[Any]) -> None:
    """The end is the reference's."""
    steps = [functools.partial(technique, **known)] * len(grads)
    run = ended(
        technique, steps, start, grads, FORM, elementwise=elementwise(technique)
    )  # fmt: skip
    for w, truth in zip(end, run.end, strict=False):
        off = np.abs(np.asarray(w, np.float64) - truth.high)
        assert (off <= truth.allowed).all(), (truth.path, off.max(), truth.allowed.min())


def _read(technique: Technique, owned: list[Any], optimizer: Any) -> Any:
    """(params, state) of a torch optimizer under canonical names, by its own names."""
    _, names, _ = _bindings(technique)[0].built
    params = [w.detach().numpy().copy() for w in owned]
    state = beginning(technique, params)
    for ours, theirs in names.items():
        entries = [optimizer.state[w][theirs] for w in owned]
        if isinstance(state[ours], list):
            state[ours] = [torch.as_tensor(x).numpy().copy() for x in entries]
        else:
            state[ours] = np.array(int(entries[0]), np.int32)
    return params, state


def _torch_run(technique: Technique, known: Any, params: list[Any]) -> tuple[Any, list[Any]]:
    kind, _, options = _bindings(technique)[0].built
    owned = [torch.from_numpy(np.array(w)).requires_grad_() for w in params]
    return kind(owned, **options(**known)), owned


@pytest.mark.parametrize("name", CARRIED)
def test_from_torch_to_optax(name: str) -> None:
    """Fifty steps in torch, then a hundred in both."""
    technique = techniques()[f"optimizers.{name}"]
    known, other = _aligned(technique)
    optimizer, owned = _torch_run(technique, known, _drawn(0, 1)[0])
    _in_torch(optimizer, owned, _drawn(1, 50))
    start = _read(technique, owned, optimizer)
    build, _ = _bindings(technique)[1].built
    transform = build(**other)
    carried = torch_to_optax(optimizer, transform.init(start[0]), technique=name)
    grads = _drawn(2, 100)
    params, _ = _in_optax(transform, carried, [np.array(w) for w in start[0]], grads)
    _in_torch(optimizer, owned, grads)
    _held(technique, start, grads, known, [w.detach().numpy() for w in owned])
    _held(technique, start, grads, other, params)


@pytest.mark.parametrize("name", CARRIED)
def test_from_optax_to_torch(name: str) -> None:
    """Fifty steps in optax, then a hundred in both."""
    technique = techniques()[f"optimizers.{name}"]
    known, other = _aligned(technique)
    build, _ = _bindings(technique)[1].built
    transform, params = build(**other), _drawn(0, 1)[0]
    params, kept = _in_optax(transform, transform.init(params), params, _drawn(1, 50))
    params = [np.asarray(w) for w in params]
    optimizer, owned = _torch_run(technique, known, params)
    optax_to_torch(kept, optimizer, technique=name)
    start = _read(technique, owned, optimizer)
    grads = _drawn(2, 100)
    ends, _ = _in_optax(transform, kept, params, grads)
    _in_torch(optimizer, owned, grads)
    _held(technique, start, grads, known, [w.detach().numpy() for w in owned])
    _held(technique, start, grads, other, ends)


def test_what_cannot_be_carried_is_said() -> None:
    """No steps yet, another technique, other shapes: each is a ValueError that says what is due."""
    w = torch.ones(3, requires_grad=True)
    fresh = torch.optim.Adam([w])
    transform = optax.adam(1e-3)
    with pytest.raises(ValueError, match="take a step first"):
        torch_to_optax(fresh, transform.init([np.ones(3)]), technique="adam")
    w.grad = torch.ones(3)
    fresh.step()
    with pytest.raises(ValueError, match="has shapes"):
        torch_to_optax(fresh, transform.init([np.ones(4)]), technique="adam")
    with pytest.raises(ValueError, match="the state has no"):
        optax_to_torch(optax.sgd(0.1).init([np.ones(3)]), fresh, technique="adam")
    with pytest.raises(ValueError, match="names 0 optimizers"):
        optax_to_torch(transform.init([np.ones(3)]), fresh, technique="gelu")
