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
from properties.laws import applicable, family
from properties.optimizers import step_truths
from properties.optimizers.growth import Growth, _rows
from properties.optimizers.trajectories import journey
from properties.strategies import PROFILES
from reference.catalogue import techniques
from reference.copies import Copies, NotStackableError

if TYPE_CHECKING:
    from collections.abc import Callable

TRUTHS = {"agrees_with_reference", "gradient_agrees"}
"""Laws of whole arrays that rest on a truth."""


def _asked(name: str) -> bool:
    technique = techniques()[name]
    module = family(technique)
    return bool(TRUTHS & applicable(technique, module.trial_kind(technique), module).keys())


WHOLE = [
    name
    for name, technique in techniques().items()
    if technique.family in ("activations", "connections", "normalization", "recurrent",
                            "regularization")
    and technique.kind == "Linearized" and _asked(name)
]  # fmt: skip
SEVERAL = [
    *("gradients.clip_adaptively", "gradients.clip_per_example"),
    *("optimizers.adam", "optimizers.lamb", "optimizers.adafactor"),
]


def _refused(*_: Any, **__: Any) -> Any:
    raise NotStackableError


def _unwanted(*_: Any, **__: Any) -> Any:
    message = "copies could not go at once"
    raise AssertionError(message)


def _same(fast: Any, slow: Any) -> None:
    """To the noise of the differences; and infinite or NaN in the same places."""
    fine = np.isfinite(slow)
    largest = np.max(abs(slow), where=fine, initial=0.0)
    assert np.shape(fast) == np.shape(slow)
    assert np.array_equal(np.isfinite(fast), fine)
    np.testing.assert_allclose(fast[fine], slow[fine], rtol=1e-5, atol=1e-9 * largest)


def _judged(name: str, *laws: str) -> None:
    host = backend("numpy")
    assert isinstance(host, Backend)
    judge(techniques()[name], host, "float32", PROFILES["quick"], only=laws)


@pytest.mark.parametrize("name", [*WHOLE, *SEVERAL])
def test_moving_at_once_is_moving_one_by_one(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of every truth that laws of a technique rest on; and copies do go at once."""
    compared = 0

    def both(function: Callable[..., Any]) -> Callable[..., Any]:
        def checked(*args: Any, **how: Any) -> list[Any]:
            nonlocal compared
            with monkeypatch.context() as patched:
                patched.setattr(reference.conditioning, "_one_by_one", _unwanted)
                patched.setattr(reference.stored, "_moved_one_by_one", _unwanted)
                fast: list[Any] = function(*args, **how)
            with monkeypatch.context() as patched:
                patched.setattr(reference.conditioning, "Copies", _refused)
                patched.setattr(reference.stored, "_moved_at_once", _refused)
                slow = function(*args, **how)
            for a, b in zip(fast, slow, strict=True):
                _same(a, b)
                compared += int(np.count_nonzero(b))
            return fast

        return checked

    truths = properties.truths
    of_trees = vars(properties.gradients.trials)["_truth"]
    for cached in (truths.truth_of, truths.true_gradients_of, of_trees, step_truths.truth):
        cached.cache_clear()
    for called in ("conditioning", "stored_conditioning"):
        monkeypatch.setattr(truths, called, both(getattr(truths, called)))
    _judged(name, *TRUTHS)
    assert compared


@pytest.mark.parametrize("name", ["adam", "nadam", "lamb", "adafactor", "muon", "dog", "rprop"])
def test_errors_of_runs_grow_as_they_do_one_by_one(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What every number moves in a step: copies give the differences of steps one by one."""
    own, compared = vars(Growth)["_moved"], 0

    def both(growth: Growth, *step: Any) -> Any:
        nonlocal compared
        fast = vars(Growth)["_moved_in_copies"](growth, *step[:2], _rows(*step[1:]))
        with monkeypatch.context() as patched:
            patched.setattr(Growth, "_moved_in_copies", _refused)
            slow = own(growth, *step)
        _same(fast, slow)
        compared += int(np.count_nonzero(slow))
        return fast

    monkeypatch.setattr(Growth, "_moved", both)
    journey.cache_clear()
    _judged(f"optimizers.{name}", "trajectories_agree")
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
        places, placed = np.argsort(plain.T, axis=-1), 0 * x
        np.put_along_axis(placed, places, x[:, :1], -1)
        return [
            x @ plain, plain @ x, x @ row, row @ x.T, x.T @ x, x - row, np.maximum(row, -x), x[0],
            np.sum(x), x.sum(axis=0), np.mean(x, axis=(0, 1)), np.max(x, axis=-1, keepdims=True),
            np.min(x), np.all(x > -9, axis=1), np.argmax(x), np.argmax(x, axis=0), np.cumsum(x),
            np.where(x > 0, x, row), np.where(plain.T > 0, x, 0.0), np.concatenate([x, plain.T]),
            np.stack([x, x * 2, plain.T], axis=-1), *np.split(x, 2, axis=1), x[..., None, :],
            x[:, ::-1], x.reshape(-1)[np.array([[0, 1], [5, 4]])], np.sort(x, axis=0), x.ravel(),
            np.take_along_axis(x, places, -1), np.take_along_axis(plain.T, 0 * x.astype(int), -1),
            np.broadcast_to(x[0], (2, 4)), np.moveaxis(x, 0, 1), np.outer(x[0], row), placed,
            np.clip(x, -1, 1), np.expand_dims(x, (0, -1)), *np.frexp(x), x.astype(np.float32),
            np.zeros_like(x), np.ones_like(x), np.logical_and.reduce(x > 0), np.swapaxes(x, 0, 1),
            sum(now.sum() for now in x), changed, np.reshape(x, (2, 6)),
            np.nan_to_num(np.where(x > 1, np.inf, x)),
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
        lambda x: np.add(np.ones(3), 1.0, out=x),
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
