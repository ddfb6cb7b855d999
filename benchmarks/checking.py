"""How fast the suite checks: values a second, against the usual way, side by side in one run.

The usual way is a Hypothesis test with `arrays()` of drawn shapes that calls the library directly
and asserts with `numpy.testing.assert_allclose`.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

import hypothesis
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from backends.backend import Backend
from backends.catalogue import backend
from properties.judge import judge
from properties.strategies import LANE, Profile
from reference.catalogue import techniques

TECHNIQUE = "activations.tanh"
_EXAMPLES = {"torch forward": 200, "jax forward": 60, "jax gradient": 25}
_PLANS = 24
_ROUNDS = 3


class Checking:
    """Values checked per second by this suite over values checked per second the usual way."""

    params = (list(_EXAMPLES),)
    param_names = ("path",)
    unit = "x"
    version = "1"
    timeout = 900.0

    def setup(self, path: str) -> None:
        """Skip a library that is not installed."""
        if not isinstance(backend(path.partition(" ")[0]), Backend):
            raise NotImplementedError(path)

    def track_slowness(self, path: str) -> Any:
        """The ratio upside down: asv counts larger as worse."""
        return {"samples": [1 / side_by_side(path)["ratio"] for _ in range(_ROUNDS)], "number": 1}


def side_by_side(path: str) -> dict[str, float]:
    """Values a second, ours and the usual way, measured one after the other in this process."""
    ours, usual = _ours(path), _usual(path)
    return {"ours": ours, "usual": usual, "ratio": ours / usual}


def _ours(path: str) -> float:
    host = backend(path.partition(" ")[0])
    assert isinstance(host, Backend)  # noqa: S101 - setup has seen to it
    law = "derivative_agrees" if path.endswith("gradient") else "agrees_with_reference"

    def run(plans: int, seed: int) -> None:
        profile = Profile("bench", plans, plans)
        judge(techniques()[TECHNIQUE], host, "float32", profile, seed=seed, only=[law])

    run(1, 0)  # warm up: compile once
    started = perf_counter()
    run(_PLANS, 1)
    return _PLANS * LANE / (perf_counter() - started)


def _usual(path: str) -> float:
    call = _CALLS[path]()
    checked = 0

    @settings(max_examples=_EXAMPLES[path], database=None, deadline=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @hypothesis.seed(0)
    @given(
        hnp.arrays(
            np.float32,
            hnp.array_shapes(max_dims=3, max_side=8),
            elements=st.floats(-10, 10, width=32),
        )
    )
    def test(x: Any) -> None:
        nonlocal checked
        seen, true = call(x)
        np.testing.assert_allclose(seen, true, rtol=1e-3, atol=1e-4)
        checked += x.size

    started = perf_counter()
    test()
    return checked / (perf_counter() - started)


def _torch_forward() -> Callable[[Any], tuple[Any, Any]]:
    import torch

    return lambda x: (torch.tanh(torch.from_numpy(x)).numpy(), np.tanh(x))


def _jax_forward() -> Callable[[Any], tuple[Any, Any]]:
    import jax

    return lambda x: (np.asarray(jax.nn.tanh(x)), np.tanh(x))


def _jax_gradient() -> Callable[[Any], tuple[Any, Any]]:
    import jax

    slope = jax.grad(lambda x: jax.nn.tanh(x).sum())
    return lambda x: (np.asarray(slope(x)), 1 - np.tanh(x.astype(np.float64)) ** 2)


_CALLS = {
    "torch forward": _torch_forward,
    "jax forward": _jax_forward,
    "jax gradient": _jax_gradient,
}
