"""Wrong reductions on plateaus."""

from __future__ import annotations

from typing import Any

import numpy as np

from properties.mutants.mutant import mutant


def _walk(
    metrics: Any, base: Any, *, factor: tuple[int, int], patience: int, cooldown: int,
    threshold: tuple[float, float], final_fraction: float, eps: float, better: str,
    edge: int = 0, grows: bool = False, forgets: bool = False, nan_is_good: bool = False,
    keeps_count: bool = False, resets: int = 0,
) -> Any:  # fmt: skip
    """The state machine with one thing wrong in it."""
    sign = -1 if better == "higher" else 1
    best, bad, cool, rate, rates = sign * np.inf, 0, 0, base, []
    for i, m in enumerate(metrics.reshape(-1)):
        if resets and i and i % resets == 0:
            best, bad, cool = sign * np.inf, 0, 0
        good = sign * m < sign * best * (1 - sign * threshold[0]) - threshold[1]
        if good or (nan_is_good and np.isnan(m)):
            best, bad = m, 0
        else:
            bad += 1
        if forgets:
            best = m
        if cool > 0:
            cool, bad = cool - 1, bad if keeps_count else 0
        if bad > patience + edge:
            share = factor[1] / factor[0] if grows else factor[0] / factor[1]
            lower = np.maximum(rate * share, final_fraction * base)
            rate = lower if grows or rate - lower > eps else rate
            bad, cool = (bad if keeps_count else 0), cooldown
        rates.append(rate)
    return np.asarray(rates, base.dtype).reshape(metrics.shape)


@mutant(
    "schedules.reduce_on_plateau",
    "A2 3.6: the rate is r_0 g^loss, which grows as the loss falls",
    blind_spot="dynamics",
)
def rate_grows_as_the_loss_falls(
    metrics: Any, base_rate: Any, *, factor: tuple[int, int], **_: Any
) -> Any:
    loss = np.nan_to_num(np.asarray(metrics, np.float64), posinf=64.0, neginf=-8.0)
    return (base_rate * (factor[0] / factor[1]) ** loss).astype(base_rate.dtype)


@mutant(
    "schedules.reduce_on_plateau",
    "patience: `>=` in place of `>`: reduced one metric early (optax's patience passed to torch)",
    blind_spot="boundaries",
)
def reduces_a_metric_early(metrics: Any, base_rate: Any, **known: Any) -> Any:
    return _walk(metrics, base_rate, **known, edge=-1)


@mutant(
    "schedules.reduce_on_plateau",
    "patience: reduced one metric late (torch's patience + 1 passed to torch)",
    blind_spot="boundaries",
)
def reduces_a_metric_late(metrics: Any, base_rate: Any, **known: Any) -> Any:
    return _walk(metrics, base_rate, **known, edge=1)


@mutant(
    "schedules.reduce_on_plateau",
    "the cooldown is taken and never used",
    blind_spot="boundaries",
)
def cooldown_is_ignored(metrics: Any, base_rate: Any, **known: Any) -> Any:
    return _walk(metrics, base_rate, **known | {"cooldown": 0})


@mutant(
    "schedules.reduce_on_plateau",
    "a relative threshold taken for an absolute one",
    blind_spot="scale",
)
def threshold_is_absolute(metrics: Any, base_rate: Any, **known: Any) -> Any:
    return _walk(metrics, base_rate, **known | {"threshold": (0.0, sum(known["threshold"]))})


@mutant(
    "schedules.reduce_on_plateau",
    "compared with the last metric, not the best",
    blind_spot="dynamics",
)
def compares_with_the_last(metrics: Any, base_rate: Any, **known: Any) -> Any:
    return _walk(metrics, base_rate, **known, forgets=True)


@mutant(
    "schedules.reduce_on_plateau",
    "`not m > best`: NaN is good, and the best ever after",
    blind_spot="special values",
)
def nan_is_the_best(metrics: Any, base_rate: Any, **known: Any) -> Any:
    return _walk(metrics, base_rate, **known, nan_is_good=True)


@mutant(
    "schedules.reduce_on_plateau",
    "divided by the factor: the rate grows on a plateau",
    blind_spot="dynamics",
)
def divides_by_its_factor(metrics: Any, base_rate: Any, **known: Any) -> Any:
    return _walk(metrics, base_rate, **known, grows=True)


@mutant(
    "schedules.reduce_on_plateau",
    "the bad metrics are not counted anew after a reduction: reduced at every metric from then on",
    blind_spot="dynamics",
)
def keeps_counting(metrics: Any, base_rate: Any, **known: Any) -> Any:
    return _walk(metrics, base_rate, **known, keeps_count=True)


@mutant(
    "schedules.reduce_on_plateau",
    "the best is not saved: a resumed run bears all of its patience again",
    blind_spot="protocol",
)
def forgets_its_best_on_resume(metrics: Any, base_rate: Any, **known: Any) -> Any:
    legs = metrics.reshape(-1, metrics.shape[-1])
    resets = metrics.shape[-1] if len(legs) > 1 else 0
    return _walk(metrics, base_rate, **known, resets=resets)


@mutant(
    "schedules.reduce_on_plateau",
    "the lowest rate is taken for a rate, not a share of the base rate, and raises a small one",
    blind_spot="symmetry and defaults",
)
def jumps_to_its_lowest_rate(metrics: Any, base_rate: Any, **known: Any) -> Any:
    rates = _walk(metrics, base_rate, **known)
    return np.maximum(rates, np.asarray(2.0**-6, base_rate.dtype))


@mutant(
    "schedules.reduce_on_plateau",
    "a factor of 11/10 is accepted: the rate grows on a plateau",
    blind_spot="symmetry and defaults",
)
def plateau_accepts_nonsense(
    metrics: Any, base_rate: Any, *, factor: tuple[int, int], patience: int, cooldown: int,
    threshold: tuple[float, float], final_fraction: float, eps: float, better: str,
) -> Any:  # fmt: skip
    return _walk(
        metrics, base_rate, factor=factor, patience=patience, cooldown=cooldown,
        threshold=threshold, final_fraction=final_fraction, eps=eps, better=better,
    )  # fmt: skip
