"""Accuracy as a tracked number: the worst error in ulps, by technique, backend and format."""

from __future__ import annotations

from benchmarks import grid
from properties.judge import judge
from properties.strategies import PROFILES
from reference.catalogue import techniques


class Accuracy:
    """Worst error in ulps over a lane, with no deviation excused: what an upgrade changes."""

    params = (list(techniques()), grid.BACKENDS, ["float32", "bfloat16"])
    param_names = ("technique", "backend", "dtype")
    unit = "ulp"
    version = "1"

    def setup(self, technique: str, backend: str, dtype: str) -> None:
        """Skip what a backend does not offer."""
        host, _ = grid.binding(technique, backend)
        if dtype not in host.dtypes:
            raise NotImplementedError(dtype)

    def track_value(self, technique: str, backend: str, dtype: str) -> float:
        """Worst error of the value."""
        return _worst(technique, backend, dtype, "agrees_with_reference")

    def track_gradient(self, technique: str, backend: str, dtype: str) -> float:
        """Worst error of the gradient."""
        law = "derivative_agrees" if technique in grid.ELEMENTWISE else "gradient_agrees"
        return _worst(technique, backend, dtype, law)


def _worst(technique: str, backend: str, dtype: str, law: str) -> float:
    host, _ = grid.binding(technique, backend)
    named = techniques()[technique]
    rows = judge(named, host, dtype, PROFILES["quick"], only=[law])
    return max((row.max_ulp for row in rows if row.compared), default=float("nan"))
