"""A job: what a worker does in one go, and says of itself when it cannot."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

    from properties.finding import Verdict
    from properties.trial import Trial


class Job(Protocol):
    """A square of the grid, or stacks of a sweep."""

    @property
    def technique(self) -> str:
        """Its id; tasks of one technique run on one worker."""

    @property
    def backend(self) -> str:
        """The backend's name, or its file's."""

    @property
    def dtype(self) -> str:
        """The format's name."""

    @property
    def device(self) -> str:
        """The device's name."""

    def run(self, watch: Callable[[Trial], None] | None = None) -> list[Verdict]:
        """Do it; show every trial to `watch`."""

    def failed(self, verdict: str, reason: str) -> Verdict:
        """A verdict over the whole task."""
