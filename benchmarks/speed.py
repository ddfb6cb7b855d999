"""Speed of the hot paths, as multiples of a floor that moves the same bytes."""

from __future__ import annotations

from typing import Any

from benchmarks import grid, sampling


class Forward:
    """Activations, value: 8 bytes an element (read x, write y), float32, 2^20 elements."""

    params = (grid.ELEMENTWISE, grid.BACKENDS)
    param_names = ("technique", "backend")
    unit = "x floor"
    version = "1"

    def setup(self, technique: str, backend: str) -> None:
        """Skip what a backend does not offer."""
        grid.binding(technique, backend)

    def track_forward(self, technique: str, backend: str) -> Any:
        """Time of one call over the time to copy the array."""
        kernel = grid.elementwise(technique, backend, 0)
        return sampling.samples(sampling.ratios(kernel, sampling.floor(1)))


class Backward(Forward):
    """Activations, value and gradient: 12 bytes an element (read x, cotangent; write gradient)."""

    def track_backward(self, technique: str, backend: str) -> Any:
        """Time of forward and backward over the time to add two arrays."""
        kernel = grid.elementwise(technique, backend, 1)
        return sampling.samples(sampling.ratios(kernel, sampling.floor(2)))

    track_forward = None  # type: ignore[assignment] # asv walks inherited names too


class Calls:
    """Every other kind of technique, on the case its family draws: microseconds a call."""

    params = (grid.OTHERS, grid.BACKENDS)
    param_names = ("technique", "backend")
    unit = "x floor"
    version = "1"

    def setup(self, technique: str, backend: str) -> None:
        """Skip what a backend does not offer."""
        grid.binding(technique, backend)

    def track_call(self, technique: str, backend: str) -> Any:
        """Time of one call over the time to copy 4 MiB."""
        kernel = grid.whole_call(technique, backend)
        return sampling.samples(sampling.ratios(kernel, sampling.floor(1)))


class Hot:
    """Techniques beside the layers that take time in training, float32, 2^20 numbers."""

    params = (grid.HOT, grid.LIBRARIES)
    param_names = ("technique", "backend")
    unit = "x floor"
    version = "1"
    timeout = 300.0

    def setup(self, technique: str, backend: str) -> None:
        """Skip what a backend does not offer."""
        grid.binding(technique, backend)

    def track_hot(self, technique: str, backend: str) -> Any:
        """Time of one call over the time to copy 4 MiB."""
        kernel = grid.hot_call(technique, backend)
        return sampling.samples(sampling.ratios(kernel, sampling.floor(1)))
