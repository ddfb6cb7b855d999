"""The judge: draws plans, asks the laws, and turns findings into verdicts."""

from __future__ import annotations

import functools
import math
import zlib
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import hypothesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import HypothesisException

from backends.backend import Backend, NotOfferedError
from backends.binding import Absent, Deviation, withheld
from properties.choice import DRAWN, most_telling
from properties.draws import by_the_seed_alone
from properties.finding import NOTHING, Finding, Verdict
from properties.laws import Law, applicable, ask, family
from properties.trial import RECOMPILATIONS, Subject, WrongShapeError
from reference.numerics import FORMATS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from types import ModuleType

    from properties.strategies import Profile
    from properties.trial import Trial
    from reference.technique import Technique

PATIENCE = 500
"""Plans that are asked for once a law is known to break, to find the simplest that breaks it."""


class _Broken(Exception):  # noqa: N818 - not an error but Hypothesis's signal to shrink
    """A law does not hold for a plan."""

    def __init__(self, plan: Any, finding: Finding) -> None:
        super().__init__("a law does not hold")
        self.plan, self.finding = plan, finding


def judge(
    technique: Technique,
    backend: Backend,
    dtype: str,
    profile: Profile,
    *,
    device: str = "cpu",
    seed: int = 0,
    only: Iterable[str] | None = None,
    watch: Callable[[Trial], None] | None = None,
    shrinks: float = math.inf,
) -> list[Verdict]:
    """Judge one technique on one backend in one format, by every law (or `only` those named).

    `watch` is shown every drawn trial when all laws have been asked. Of the laws that fail, the
    first `shrinks` are shrunk to the simplest plan that breaks them.
    """
    binding = backend.binding(technique)
    if isinstance(binding, Absent):
        return [_row(technique, backend, dtype, device, "*", "absent", reason=binding.reason)]
    if reason := withheld(binding, dtype):
        return [_row(technique, backend, dtype, device, "*", "absent", reason=reason)]
    judgement, laws = _prepared(technique, backend, binding, dtype, profile, device, seed)
    laws = laws if only is None else {n: law for n, law in laws.items() if n in set(only)}
    judgement.shrinks = shrinks
    return judgement.verdicts(laws, watch)


def counterexample(
    technique: Technique,
    backend: Backend,
    dtype: str,
    law: str,
    profile: Profile,
    *,
    device: str = "cpu",
    seed: int = 0,
) -> tuple[Trial, Finding] | None:
    """The trial and finding that a verdict rests on: a registered witness, else a shrunk failure.

    None where the law holds and no deviation is registered.
    """
    binding = backend.binding(technique)
    if isinstance(binding, Absent):
        return None
    judgement, laws = _prepared(technique, backend, binding, dtype, profile, device, seed)
    return judgement.counterexample(laws[law]) if law in laws else None


def _prepared(
    technique: Technique, backend: Backend, binding: Any, dtype: str, profile: Profile,
    device: str, seed: int,
) -> tuple[_Judgement, dict[str, Law]]:  # fmt: skip
    module = family(technique)
    flushing = backend.flushing(dtype, device)
    variants = backend.variants + (backend.thorough_variants if profile.thorough else ())
    subject = Subject(technique, backend, binding, FORMATS[dtype], device, flushing, variants)
    laws = applicable(technique, module.trial_kind(technique), module, dtype)
    return _Judgement(subject, module, profile, seed), laws


def _row(
    technique: Technique, backend: Backend, dtype: str, device: str, law: str, verdict: str,
    **rest: Any,
) -> Verdict:  # fmt: skip
    return Verdict(technique.id, law, backend.name, dtype, device, verdict, **rest)


class _Judgement:
    """All laws of one subject, over the same drawn trials."""

    def __init__(self, subject: Subject, module: ModuleType, profile: Profile, seed: int) -> None:
        self.subject, self.module, self.profile = subject, module, profile
        self.seed = zlib.crc32(f"{seed} {subject.technique.id} {subject.form.name}".encode())
        self.trials: dict[Any, Trial] = {}
        self.warm: set[Any] = set()
        self.shrinks = math.inf

    def verdicts(
        self, laws: dict[str, Law], watch: Callable[[Trial], None] | None = None
    ) -> list[Verdict]:
        found = dict.fromkeys(laws, NOTHING)
        stories: dict[str, str] = {}
        spent, asked = dict.fromkeys(laws, 0.0), dict.fromkeys(laws, 0)
        unoffered: dict[str, str] = {}

        def explore(plan: Any) -> None:
            trial = self.trial(plan)
            fixed = [(k, v) for k, v in plan.parameters if not isinstance(v, float)]
            chosen = (getattr(plan, "shape", None), *fixed)
            compiled = self.subject.backend.compilations()
            for name, law in laws.items():
                settled = name in stories or name in unoffered or found[name].violations
                if settled or self._asked_enough(law, asked[name]):
                    continue
                asked[name] += 1
                started = perf_counter()
                try:
                    found[name] = found[name].merged(ask(law, trial))
                except NotOfferedError as missing:
                    unoffered[name] = str(missing)
                except Exception as error:  # noqa: BLE001 - whatever a backend raises is a verdict
                    stories[name] = _story(error)
                spent[name] += perf_counter() - started
            if chosen in self.warm:
                RECOMPILATIONS.count += self.subject.backend.compilations() - compiled
            self.warm.add(chosen)
            if watch is not None:
                watch(trial)

        for plan in self.plans:
            explore(plan)
        rows = []
        for name, law in laws.items():
            started = perf_counter()
            verdict = self._verdict(law, found[name], stories.get(name), unoffered.get(name))
            rows.append(replace(verdict, seconds=spent[name] + perf_counter() - started))
        return rows

    def _asked_enough(self, law: Law, times: int) -> bool:
        """A law that takes long says of how many `plans` it is asked; a thorough run asks all."""
        return not self.profile.thorough and times >= getattr(law, "plans", math.inf)

    def trial(self, plan: Any) -> Trial:
        if plan not in self.trials:
            if len(self.trials) > 2 * self._asked:
                self.trials.clear()
            self.trials[plan] = self.module.trial(self.subject, plan)
        return self.trials[plan]

    @functools.cached_property
    def plans(self) -> list[Any]:
        """The plans that every law is asked."""
        drawn: list[Any] = []

        def keep(plan: Any) -> None:
            drawn.append(plan)

        self._draw(keep, (Phase.generate,))
        return most_telling(drawn, self._asked)

    @property
    def _asked(self) -> int:
        varied = any(p.traced for p in self.subject.technique.parameters.values())
        return self.profile.plans_in(self.subject.form, varied=varied)

    def _draw(self, explore: Callable[[Any], None], phases: Sequence[Phase]) -> None:
        """Draw plans. Hypothesis begins with the simplest: every hyper-parameter at its default."""
        strategy = self.module.plans(self.subject, self.profile)
        run: Callable[[], None] = hypothesis.seed(self.seed)(
            settings(
                max_examples=max(DRAWN, self._asked),
                phases=phases,
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                print_blob=False,
                verbosity=hypothesis.Verbosity.quiet,
            )(given(strategy)(explore))  # type: ignore[no-untyped-call]
        )
        with by_the_seed_alone():
            run()

    def _verdict(  # noqa: PLR0911 - one return for each verdict
        self, law: Law, finding: Finding, story: str | None, missing: str | None
    ) -> Verdict:
        s, name = self.subject, law.__name__
        row = _row(s.technique, s.backend, s.form.name, s.device, name, "conforms")
        if missing is not None:
            return replace(row, verdict="absent", reason=missing)
        if story is not None:
            return replace(row, verdict="error", reason=story)
        known = [d for d in s.deviations if d.law == name]
        stale = next((d for d in known if not self._still_deviates(law, d)), None)
        row = replace(
            row,
            grade=finding.grade, max_ulp=finding.max_ulp, allowed=finding.allowed,
            compared=finding.compared, witness=finding.witness,
        )  # fmt: skip
        if not finding.compared:
            return replace(row, verdict="fails", reason="the law compared nothing")
        if not finding.holds:
            finding = self._shrunk(law, finding)
            reason = _told(finding)
            return replace(row, verdict="fails", reason=reason, witness=finding.witness)
        if stale is not None:
            reason = (
                f"no longer disagrees at {dict(stale.witness)}: remove or narrow «{stale.because}»"
            )
            return replace(row, verdict="stale", reason=reason, link=stale.link)
        if known:
            reason = "; ".join(f"{d.because} [{d.at_most.equation}]" for d in known)
            witnesses = [dict(d.witness) for d in known]
            witness = {"registered": witnesses} | (finding.witness or {})
            link = next((d.link for d in known if d.link), "")
            return replace(row, verdict="deviates", reason=reason, link=link, witness=witness)
        return row

    def _still_deviates(self, law: Law, deviation: Deviation) -> bool:
        plan = self.module.pinned(self.subject, dict(deviation.witness))
        finding = ask(law, self.trial(plan), strictly=True)
        return finding.compared > 0 and not finding.holds

    def counterexample(self, law: Law) -> tuple[Trial, Finding] | None:
        for deviation in self.subject.deviations:
            if deviation.law == law.__name__:
                plan = self.module.pinned(self.subject, dict(deviation.witness))
                return self.trial(plan), ask(law, self.trial(plan), strictly=True)
        broken = self._broken(law)
        return None if broken is None else (self.trial(broken.plan), broken.finding)

    def _shrunk(self, law: Law, finding: Finding) -> Finding:
        """The finding on the simplest plan that breaks the law; as it is, where enough were."""
        if self.shrinks < 1:
            return finding
        self.shrinks -= 1
        broken = self._broken(law)
        return finding if broken is None else broken.finding

    def _broken(self, law: Law) -> _Broken | None:
        """Let Hypothesis find the simplest plan that breaks the law.

        It asks for as many plans more as the law has `patience` for; then the simplest known one
        stands.
        """
        known: dict[Any, Finding] = {}
        left, asked = getattr(law, "patience", PATIENCE), set(self.plans)

        def explore(plan: Any) -> None:
            nonlocal left
            if plan not in known and left > 0 and (known or plan in asked):
                left -= bool(known)
                found = ask(law, self.trial(plan))
                if not found.holds:
                    known[plan] = found
            if plan in known:
                raise _Broken(plan, known[plan])

        try:
            self._draw(explore, (Phase.generate, Phase.shrink))
        except _Broken as broken:
            return broken
        except HypothesisException:
            return None  # not the same twice: the first finding stands
        return None


def _story(error: Exception) -> str:
    kind = "" if isinstance(error, WrongShapeError) else f"{type(error).__name__}: "
    lines = str(error).strip().splitlines() or ["(no message)"]
    return f"{kind}{lines[0]}"


def _told(finding: Finding) -> str:
    w = finding.witness or {}
    told = f"{finding.violations} of {finding.compared} beyond what is allowed"
    if "observed" in w:
        told += f"; worst: got {w['observed']}, expected {w['expected']}"
        told += f" (error {w['error']}, allowed {w['allowed_error']})"
    return told
