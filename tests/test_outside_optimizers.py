"""Optimizers from outside: a torch class, an optax transformation, a plain NumPy pair."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import optax
import pytest
import torch

from gradproof import assert_conforms
from tests.conftest import block


class PlainAdam(torch.optim.Optimizer):
    """Adam as one writes it, its state under torch's names."""

    moments = ("exp_avg", "exp_avg_sq")

    def __init__(
        self, params: Any, lr: float = 1e-3, betas: Any = (0.9, 0.999), eps: float = 1e-8
    ) -> None:
        """Check the hyper-parameters."""
        if lr < 0 or eps < 0 or not all(0 <= b < 1 for b in betas):
            message = "lr, eps or betas outside their domains"
            raise ValueError(message)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Step every parameter that has a gradient."""
        del closure
        for group in self.param_groups:
            for w in group["params"]:
                if w.grad is not None:
                    self._one(group, w, w.grad)
                else:
                    self._missing(w)

    def _missing(self, w: Any) -> None:
        """Nothing happens to a parameter without a gradient."""

    def _one(self, group: Any, w: Any, g: Any) -> None:
        first, second = self.moments
        state = self.state[w]
        if not state:
            state["step"] = 0
            state[first], state[second] = torch.zeros_like(w), torch.zeros_like(w)
        beta1, beta2 = group["betas"]
        state["step"] += 1
        t = state["step"]
        state[first].mul_(beta1).add_(g, alpha=1 - beta1)
        state[second].mul_(beta2).addcmul_(g, g, value=1 - beta2)
        mean = state[first] / (1 - beta1**t)
        w.sub_(group["lr"] * (mean / self._size(state[second] / (1 - beta2**t), group["eps"])))

    def _size(self, square: Any, eps: float) -> Any:
        return square.sqrt() + eps


class OpaqueAdam(PlainAdam):
    """The same under names of its own."""

    moments = ("mean", "square")


class EpsInside(PlainAdam):
    """Adam with eps under the root."""

    def _size(self, square: Any, eps: float) -> Any:
        return (square + eps).sqrt()


class OpaqueEpsInside(OpaqueAdam):
    """The same, its state under names of its own."""

    def _size(self, square: Any, eps: float) -> Any:
        return (square + eps).sqrt()


class StopsAfter256(PlainAdam):
    """In float16, and after 256 steps, the second moment is no longer corrected."""

    def _one(self, group: Any, w: Any, g: Any) -> None:
        late = w.dtype == torch.float16 and self.state[w] and self.state[w]["step"] >= 256
        super()._one(group | {"lr": group["lr"] * 1.05} if late else group, w, g)


class FadesWithoutGradient(PlainAdam):
    """A parameter that misses its gradient has its first moment decayed."""

    def _missing(self, w: Any) -> None:
        if self.state[w]:
            self.state[w]["exp_avg"].mul_(0.9)


class ForgetsItsCount(PlainAdam):
    """After a restore, steps are counted from 0 again."""

    def load_state_dict(self, state_dict: Any) -> None:
        """Load, and lose the count."""
        super().load_state_dict(state_dict)
        for state in self.state.values():
            state["step"] = 0


class ForgetsWhenPickled(PlainAdam):
    """The first moment is not saved."""

    def state_dict(self) -> Any:
        """Save, but for the first moment."""
        saved = super().state_dict()
        saved["state"] = {
            i: state | {"exp_avg": torch.zeros_like(state["exp_avg"])}
            for i, state in saved["state"].items()
        }
        return saved


class PlainMomentum(torch.optim.Optimizer):
    """Momentum as one writes it, its buffer under torch's name."""

    def __init__(
        self,
        params: Any,
        lr: float = 1e-3,
        momentum: float = 0.9,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        """Check the hyper-parameters."""
        if lr < 0 or weight_decay < 0 or not 0 <= momentum < 1:
            message = "lr, momentum or weight_decay outside their domains"
            raise ValueError(message)
        known = {"momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        super().__init__(params, {"lr": lr, **known})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Step every parameter that has a gradient."""
        del closure
        for group in self.param_groups:
            past = self._rate_of_the_past(group)
            for w in group["params"]:
                if w.grad is not None:
                    g = w.grad + group["weight_decay"] * w
                    kept = self.state[w].setdefault("momentum_buffer", torch.zeros_like(w))
                    old = group["momentum"] * kept
                    new = (1 - group["dampening"]) * g
                    w.sub_(past * old + group["lr"] * new)
                    kept.copy_(old + new)

    def _rate_of_the_past(self, group: Any) -> float:
        return float(group["lr"])


class KeepsOldRates(PlainMomentum):
    """What is in the buffer moves at the rate of the step before: seen under a schedule only."""

    def _rate_of_the_past(self, group: Any) -> float:
        past = group.get("past", group["lr"])
        group["past"] = group["lr"]
        return float(past)


def test_momentum_under_a_schedule_is_caught() -> None:
    """An honest one conforms; one whose past keeps its rate shows where the rate changes only."""
    assert_conforms(PlainMomentum, to="optimizers.momentum", profile="quick")
    with pytest.raises(AssertionError, match="stays_in_step") as caught:
        assert_conforms(KeepsOldRates, to="optimizers.momentum", profile="quick")
    assert "agrees_with_reference" not in str(caught.value)


def _hold(kind: Any, **options: Any) -> None:
    assert_conforms(kind, to="optimizers.adam", profile="quick", **options)


def test_a_class_with_torch_names_conforms() -> None:
    """Its state is set and read: every law of a step, and every step of a run."""
    _hold(PlainAdam)


def test_a_class_with_its_own_names_conforms() -> None:
    """Its state is its own: whole runs are compared."""
    _hold(OpaqueAdam)


@pytest.mark.parametrize("kind", [EpsInside, OpaqueEpsInside])
def test_eps_inside_the_root_is_caught(kind: Any) -> None:
    """Whether its state can be read or not."""
    with pytest.raises(AssertionError, match=r"is not optimizers\.adam"):
        _hold(kind)


@pytest.mark.parametrize(
    ("kind", "dtype", "law"),
    [
        (StopsAfter256, "float16", "stays_in_step"),
        (FadesWithoutGradient, "float32", "stays_in_step"),
        (ForgetsItsCount, "float32", "agrees_with_reference"),
        (ForgetsWhenPickled, "float32", "restores_what_it_saved"),
    ],
)
def test_what_shows_on_the_way_only_is_caught(kind: Any, dtype: str, law: str) -> None:
    """In float16 after 256 steps, where a gradient is missing, after a restore."""
    with pytest.raises(AssertionError, match=law):
        _hold(kind, dtypes=(dtype,))


def test_the_pair_of_the_readme_conforms() -> None:
    """Two plain functions, as they stand there."""
    names: dict[str, Any] = {}
    exec(compile(block("def test_my_adam"), "README.md", "exec"), names)  # noqa: S102 - our own text
    names["test_my_adam"]()


def _pair(eps_inside: bool, named: bool) -> Any:  # noqa: FBT001 - read where it is called
    def init(params: Any) -> Any:
        zeros = [[np.zeros_like(w) for w in params] for _ in range(2)]
        state = {"step": np.int32(0), "first_moment": zeros[0], "second_moment": zeros[1]}
        return state if named else tuple(state.values())

    def update(
        grads: Any, state: Any, params: Any, *, learning_rate: float, beta1: float, beta2: float,
        eps: float,
    ) -> Any:  # fmt: skip
        step, first, second = state.values() if named else state
        real, t = params[0].dtype.type, int(step) + 1
        if learning_rate < 0 or eps < 0 or not (0 <= beta1 < 1 and 0 <= beta2 < 1):
            raise ValueError(learning_rate)
        first = [real(beta1) * m + real(1 - beta1) * g for m, g in zip(first, grads, strict=True)]
        second = [
            real(beta2) * v + real(1 - beta2) * g * g for v, g in zip(second, grads, strict=True)
        ]
        moved = []
        for w, m, v in zip(params, first, second, strict=True):
            square = v / real(1 - beta2**t)
            size = np.sqrt(square + real(eps)) if eps_inside else np.sqrt(square) + real(eps)
            moved.append(w - real(learning_rate) * (m / real(1 - beta1**t)) / size)
        kept = {"step": np.int32(t), "first_moment": first, "second_moment": second}
        return moved, kept if named else tuple(kept.values())

    return init, update


@pytest.mark.parametrize("named", [True, False])
def test_a_pair_is_judged_with_or_without_canonical_names(named: bool) -> None:  # noqa: FBT001
    """An honest pair conforms; with eps under the root it does not."""
    assert_conforms(_pair(False, named), to="optimizers.adam", backend="numpy", profile="quick")
    with pytest.raises(AssertionError, match=r"is not optimizers\.adam"):
        assert_conforms(_pair(True, named), to="optimizers.adam", backend="numpy", profile="quick")


def _transformation(*, inside: bool, opaque: bool) -> Any:
    def adam(
        *, learning_rate: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> optax.GradientTransformation:
        outer, root = (0.0, eps) if inside else (eps, 0.0)
        built = optax.adam(learning_rate, beta1, beta2, outer, root)
        if not opaque:
            return built

        def update(grads: Any, state: Any, params: Any = None) -> Any:
            updates, kept = built.update(grads, jax.tree.unflatten(tree(params), state), params)
            return updates, jax.tree.leaves(kept)

        def tree(params: Any) -> Any:
            return jax.tree.structure(built.init(params))

        return optax.GradientTransformation(lambda p: jax.tree.leaves(built.init(p)), update)

    return adam


# What optax's own Adam is known to do is no deviation of one's own.
OPTAX = ("refuses_nonsense", "agrees_with_reference", "agrees_in_every_execution", "stays_in_step")


@pytest.mark.parametrize("opaque", [False, True])
def test_a_transformation_is_judged_with_or_without_names(opaque: bool) -> None:  # noqa: FBT001
    """A builder of optax's Adam; one with eps under the root ends elsewhere."""
    right, wrong = (_transformation(inside=inside, opaque=opaque) for inside in (False, True))
    assert_conforms(right, to="optimizers.adam", backend="jax", profile="quick", except_laws=OPTAX)
    with pytest.raises(AssertionError, match=r"trajectories_agree|takes_a_first_step"):
        assert_conforms(
            wrong, to="optimizers.adam", backend="jax", profile="quick", except_laws=OPTAX
        )


def test_a_state_may_have_entries_without_a_canonical_name() -> None:
    """They are what `init` makes of them, at every step from a given state."""

    def doubled(
        *, learning_rate: float = 1e-3, beta1: float = 0.9, beta2: float = 0.999, eps: float = 1e-8
    ) -> optax.GradientTransformation:
        half = optax.GradientTransformation(
            lambda _: {"factor": jax.numpy.full((), 0.5)},
            lambda updates, own, _=None: (
                jax.tree.map(lambda u: u * own["factor"].astype(u.dtype), updates), own
            ),
        )  # fmt: skip
        return optax.chain(optax.adam(2 * learning_rate, beta1, beta2, eps), half)

    assert_conforms(
        doubled, to="optimizers.adam", backend="jax", profile="quick", except_laws=OPTAX
    )
