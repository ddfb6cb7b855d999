"""Pictures: what the report draws of one cell of the grid, by kind, gathered while it is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from properties.flow.profiles import Profiles
from properties.pictures.counts import Counts
from properties.pictures.curves import Curve
from properties.pictures.depths import Depths
from properties.pictures.histograms import Histogram
from properties.pictures.updates import Updates

if TYPE_CHECKING:
    from properties.job import Job
    from properties.trial import Trial


class Picture(Protocol):
    """Something that watches trials and can be drawn afterwards."""

    def watch(self, trial: Trial) -> None:
        """See one drawn trial, when all laws have been asked."""

    def row(self) -> dict[str, Any] | None:
        """Its data, as JSON holds them, with its `kind`; None where there is nothing to draw."""


KINDS: tuple[type[Picture], ...] = (Curve, Histogram, Depths, Counts, Updates, Profiles)


class Album:
    """All pictures of one task."""

    def __init__(self) -> None:
        """Begin with an empty picture of every kind."""
        self.pictures = [kind() for kind in KINDS]

    def watch(self, trial: Trial) -> None:
        """Show a trial to every picture."""
        for picture in self.pictures:
            picture.watch(trial)

    def rows(self, task: Job, backend: str) -> list[dict[str, Any]]:
        """The pictures that there are, each with the cell it belongs to."""
        cell = {
            "technique": task.technique,
            "backend": backend,
            "dtype": task.dtype,
            "device": task.device,
        }
        drawn = (picture.row() for picture in self.pictures)
        return [cell | row for row in drawn if row is not None]
