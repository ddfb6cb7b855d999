"""The arguments that align two libraries' optimizers, as the references' docstrings give them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference.catalogue import techniques
from reference.optimizer_states import beginning

if TYPE_CHECKING:
    from reference.numerics import Array

STEPS = 30


def _walked(name: str, **known: Any) -> Array:
    """Where one tensor ends after some steps of one run of gradients."""
    technique = techniques()[f"optimizers.{name}"]
    params = [np.linspace(-1.0, 1.0, 5)]
    state = beginning(technique, params, known)
    source = np.random.default_rng(1)
    for _ in range(STEPS):
        grads = [source.standard_normal(5)]
        params, state = technique(grads, state, params, **known)
    return np.asarray(params[0])


def test_a_large_momentum_decay_makes_nadams_momentum_constant() -> None:
    """torch.optim.NAdam(momentum_decay=1e6) is optax.nadam; the default is not."""
    constant = _walked("nadam", momentum="constant")
    np.testing.assert_allclose(_walked("nadam", momentum_decay=1e6), constant, rtol=1e-12)
    assert not np.allclose(_walked("nadam"), constant, rtol=1e-3)


def test_radams_eps_joins_either_root_alike_where_it_is_zero() -> None:
    """With an eps of 0 torch and optax rectify alike; with one of 1e-2 they do not."""
    for eps, alike in ((0.0, True), (1e-2, False)):
        roots = ("raw root", "corrected root")
        one, other = (
            _walked("radam", eps=eps, eps_joins=root, learning_rate=1.0) for root in roots
        )
        assert np.allclose(one, other, rtol=1e-9, atol=0) is alike


def test_only_a_beta2_of_one_half_aligns_adans_weights() -> None:
    """optax carries on 1 - beta2 of a change where the paper carries on beta2."""
    for beta2, alike in ((0.5, True), (0.92, False)):
        weights = ("beta2", "1 - beta2")
        one, other = (_walked("adan", beta2=beta2, difference_weight=w) for w in weights)
        assert np.allclose(one, other, rtol=1e-9, atol=0) is alike


def test_optax_remembers_amsgrads_first_moments_for_good() -> None:
    """Corrected before the maximum, steps stay shorter than corrected after it."""
    start = np.linspace(-1.0, 1.0, 5)
    orders = ("before", "after")
    before, after = (abs(_walked("amsgrad", correction=order) - start) for order in orders)
    assert (before < after).all()
