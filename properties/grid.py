"""The grid: which tasks a run consists of, in which order, and how one of them is done."""

from __future__ import annotations

import fnmatch
from dataclasses import dataclass
from typing import TYPE_CHECKING

from backends.backend import Backend
from backends.binding import Absent
from backends.catalogue import NotInstalled, backend
from properties.finding import Verdict
from properties.judge import judge
from properties.strategies import PROFILES
from reference.catalogue import techniques
from reference.numerics import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from properties.trial import Trial


class UnknownNameError(ValueError):
    """A technique, format or device that does not exist; the message lists what does."""


@dataclass(frozen=True)
class Task:
    """One technique on one backend in one format on one device: what a worker does in one go."""

    technique: str
    backend: str
    dtype: str
    device: str
    profile: str
    seed: int

    def run(self, watch: Callable[[Trial], None] | None = None) -> list[Verdict]:
        """Judge it by every law; show every drawn trial to `watch`."""
        technique = techniques()[self.technique]
        judging = backend(self.backend)
        if isinstance(judging, NotInstalled):
            return [self.failed("absent", judging.reason)]
        return judge(
            technique, judging, self.dtype, PROFILES[self.profile],
            device=self.device, seed=self.seed, watch=watch,
        )  # fmt: skip

    def failed(self, verdict: str, reason: str) -> Verdict:
        """A verdict over the whole task, where no law could be asked."""
        name = self.backend.rpartition(":")[2]
        return Verdict(self.technique, "*", name, self.dtype, self.device, verdict, reason=reason)


def selected(only: Sequence[str], families: Sequence[str] = ()) -> list[str]:
    """Technique ids that match any glob of `only` (all, when there is none) and the families."""
    known = list(techniques())
    for family in families:
        if family not in {t.family for t in techniques().values()}:
            choices = ", ".join(sorted({t.family for t in techniques().values()}))
            message = f"unknown family {family!r}; choose one of {choices}"
            raise UnknownNameError(message)
    for glob in only:
        if not any(_matches(name, glob) for name in known):
            message = (
                f"no technique matches {glob!r}; `gradproof techniques` lists all {len(known)}"
            )
            raise UnknownNameError(message)
    chosen = [name for name in known if not only or any(_matches(name, g) for g in only)]
    return [n for n in chosen if not families or techniques()[n].family in families]


def _matches(name: str, glob: str) -> bool:
    return fnmatch.fnmatchcase(name, glob) or name.partition(".")[2] == glob


def tasks(
    names: Sequence[str],
    backends: Sequence[str],
    dtypes: Sequence[str],
    device: str,
    profile: str,
    seed: int,
) -> list[Task]:
    """All tasks of a run, technique by technique, so that neighbours share references."""
    for dtype in dtypes:
        if dtype not in FORMATS:
            message = f"unknown dtype {dtype!r}; choose one of {', '.join(FORMATS)}"
            raise UnknownNameError(message)
    if profile not in PROFILES:
        message = f"unknown profile {profile!r}; choose one of {', '.join(PROFILES)}"
        raise UnknownNameError(message)
    found = []
    for name in names:
        for host in backends:
            judging = backend(host)
            if isinstance(judging, NotInstalled):
                found.append(Task(name, host, "*", device, profile, seed))
                continue
            place = _device(judging, device)
            absent = isinstance(judging.binding(techniques()[name]), Absent)
            formats = dtypes[:1] if absent else dtypes
            found += [Task(name, host, d, place, profile, seed) for d in formats]
    return found


def place_of(host: str, device: str) -> str:
    """The backend's own word for a device; as it was given, where the library is not installed."""
    judging = backend(host)
    return device if isinstance(judging, NotInstalled) else _device(judging, device)


def _device(judging: Backend, device: str) -> str:
    """The backend's own word for a device: torch says cuda, JAX says gpu."""
    known = judging.devices()
    alike = {"cuda", "gpu"}
    for own in known:
        if own == device or (own in alike and device in alike):
            return own
    if device in alike and judging.package == "backends.numpy":
        return "cpu"
    message = f"{judging.name} has no device {device!r} here; it has {', '.join(known)}"
    raise UnknownNameError(message)
