"""Copies that move at once give what moving one number after the other gives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import properties.gradients.trials
import properties.truths
import reference.conditioning
import reference.stored
from backends.backend import Backend
from backends.catalogue import backend
from properties.judge import judge
from properties.optimizers import step_truths
from properties.optimizers.growth import Growth
from properties.optimizers.trajectories import journey
from properties.strategies import PROFILES
from reference.catalogue import techniques
from reference.copies import Copies, NotStackableError

if TYPE_CHECKING:
    from collections.abc import Callable

WHOLE = ("activations", "connections", "normalization", "recurrent", "regularization")
"""Families with functions of whole arrays."""


def _refused(*_: Any, **__: Any) -> Any:
    raise NotStackableError


@pytest.mark.parametrize(
    "name",
    [
        *(n for n, t in techniques().items() if t.family in WHOLE and t.kind == "Linearized"),
        *("gradients.clip_by_global_norm", "gradients.clip_per_example"),
        *("optimizers.adam", "optimizers.lamb", "optimizers.adafactor"),
    ],
)
def test_moving_at_once_is_moving_one_by_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every truth that laws of a technique rest on, to the noise of the differences."""
    compared = 0

    def both(function: Callable[..., Any]) -> Callable[..., Any]:
        def checked(*args: Any, **how: Any) -> list[Any]:
            nonlocal compared
            fast: list[Any] = function(*args, **how)
            with monkeypatch.context() as patched:
                patched.setattr(reference.conditioning, "Copies", _refused)
                patched.setattr(reference.stored, "_moved_at_once", _refused)
                slow = function(*args, **how)
            for a, b in zip(fast, slow, strict=True):
                assert np.shape(a) == np.shape(b)
                close = np.isclose(a, b, rtol=1e-5, atol=1e-9 * np.max(abs(b), initial=0.0))
                assert np.all(close | ~np.isfinite(b)), (a, b)
                compared += np.size(a)
            return fast

        return checked

    truths = properties.truths
    of_trees = vars(properties.gradients.trials)["_truth"]
    for cached in (truths.truth_of, truths.true_gradients_of, of_trees, step_truths.truth):
        cached.cache_clear()
    for called in ("conditioning", "stored_conditioning"):
        own = getattr(properties.truths, called)
        monkeypatch.setattr(properties.truths, called, both(own))
    host = backend("numpy")
    assert isinstance(host, Backend)
    rows = judge(
        techniques()[name], host, "float32", PROFILES["quick"],
        only={"agrees_with_reference", "gradient_agrees"},
    )  # fmt: skip
    assert compared or not rows


@pytest.mark.parametrize("name", ["adam", "nadam", "lamb", "adafactor", "muon", "dog", "rprop"])
def test_errors_of_runs_grow_as_they_do_one_by_one(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What every number moves in a step: copies give the differences of steps one by one."""
    own, compared = vars(Growth)["_moved"], 0

    def both(growth: Growth, *step: Any) -> Any:
        nonlocal compared
        fast = own(growth, *step)
        with monkeypatch.context() as patched:
            patched.setattr(Growth, "_moved_in_copies", _refused)
            slow = own(growth, *step)
        close = np.isclose(fast, slow, rtol=1e-5, atol=1e-9 * np.max(abs(slow), initial=0.0))
        assert np.all(close | ~np.isfinite(slow))
        compared += np.size(fast)
        return fast

    monkeypatch.setattr(Growth, "_moved", both)
    journey.cache_clear()
    host = backend("numpy")
    assert isinstance(host, Backend)
    judge(
        techniques()[f"optimizers.{name}"], host, "float32", PROFILES["quick"],
        only={"trajectories_agree"},
    )  # fmt: skip
    assert compared


def test_a_copy_is_computed_as_it_would_be_alone() -> None:
    """Products, sums, choices, pieces, with plain arrays on either side."""
    source = np.random.default_rng(0)
    every, plain = source.standard_normal((5, 3, 4)), source.standard_normal((4, 3))
    row = source.standard_normal(4)

    def everything(x: Any) -> list[Any]:
        changed = x.copy()
        changed[1:, [0, 2]] = 7.0
        changed *= 2
        places = np.argsort(plain.T, axis=-1)
        return [
            x @ plain, plain @ x, x @ row, row @ x.T, x.T @ x, x.mT, x - row, np.maximum(row, -x),
            np.sum(x), x.sum(axis=0), np.mean(x, axis=(0, 1)), x.max(axis=-1, keepdims=True),
            np.where(x > 0, x, row), np.where(plain.T > 0, x, 0.0), np.concatenate([x, plain.T]),
            np.stack([x, x * 2, plain.T], axis=-1), *np.split(x, 2, axis=1), x[0], x[..., None, :],
            x[:, ::-1], x.reshape(-1)[np.array([[0, 1], [5, 4]])], np.cumsum(x), np.sort(x, axis=0),
            np.take_along_axis(x, places, -1), np.take_along_axis(plain.T, np.argsort(x), -1),
            np.broadcast_to(x[0], (2, 4)), np.moveaxis(x, 0, 1), np.outer(x[0], row), np.diag(x[0]),
            np.diag(x[:, :3]), np.trace(x[:, :3]), np.tensordot(x, plain, 1), np.argmax(x),
            np.clip(x, -1, 1), np.expand_dims(x, (0, -1)), *np.frexp(x), x.astype(np.float32),
            np.zeros_like(x), np.logical_and.reduce(x > 0), sum(now.sum() for now in x), changed,
        ]  # fmt: skip

    together = everything(Copies(every))
    for k, alone in enumerate(every):
        for one, due in zip(together, everything(alone), strict=True):
            assert one.shape == np.shape(due)
            np.testing.assert_allclose(one.every[k], due, rtol=1e-13)


@pytest.mark.parametrize(
    "way",
    [
        lambda x: 1.0 if x[0] > 0 else 2.0,
        lambda x: float(x[0]),
        np.asarray,
        lambda x: x[x > 0],
        lambda x: np.linalg.eigvals(x[:, None] * x),
        lambda x: np.add(x, 1.0, out=np.zeros(3)),
        lambda x: x.tolist(),
        np.where,
        lambda x: np.zeros_like(x, shape=(2,)),
        lambda x: np.concatenate([x, x], axis=None),
        lambda x: np.clip(1.0, 0.0, a_max=x),
        lambda x: np.sum([x, x]),
    ],
)
def test_what_cannot_be_done_at_once_says_so(way: Callable[[Any], Any]) -> None:
    """Nothing is computed wrongly instead."""
    with pytest.raises(NotStackableError):
        way(Copies(np.ones((2, 3))))
