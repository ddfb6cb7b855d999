"""Doors for others: schedules as plain functions of the step, or of metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
import pytest

from backends.numpy.schedules import adapted
from gradproof import assert_conforms
from reference.technique import OneOf

if TYPE_CHECKING:
    from pathlib import Path

    from reference.numerics import Array
    from tests.conftest import Command


def stairs(step: int, *, base_rate: float, decay_rate: float, step_size: int) -> float:
    """One rate of a step decay."""
    if decay_rate < 0 or step_size < 1:
        message = "decay_rate is negative, or step_size less than 1"
        raise ValueError(message)
    return base_rate * decay_rate ** (step // step_size)


def late_stairs(step: int, *, base_rate: float, decay_rate: float, step_size: int) -> float:
    """The same, each stair a step late."""
    return stairs(step - 1 if step else 0, base_rate=base_rate, decay_rate=decay_rate,
                  step_size=step_size)  # fmt: skip


def share(
    step: int, decay_steps: int = 10, final_fraction: Annotated[float, OneOf((0.0,))] = 0.0
) -> float:
    """Share of the base rate that a linear decay to 0 has left."""
    if decay_steps < 0 or final_fraction:
        message = "decay_steps is negative, or final_fraction not 0"
        raise ValueError(message)
    return max(1 - step / decay_steps, 0.0) if decay_steps else 1.0


def unclamped_share(step: int, decay_steps: int = 10, final_fraction: float = 0.0) -> float:
    """A line that goes on below 0."""
    del final_fraction
    return 1 - step / max(decay_steps, 1)


def watched(
    metrics: Array, *, base_rate: float, factor: tuple[int, int], patience: int, cooldown: int,
    threshold: tuple[float, float], final_fraction: float, eps: float, better: str,
    edge: int = 0,
) -> list[float]:  # fmt: skip
    """Rates of a reduction on plateaus, with a patience that is longer by `edge`."""
    if not 0 < factor[0] < factor[1] or min(threshold) < 0:
        message = "factor or threshold is out of its domain"
        raise ValueError(message)
    sign = 1 if better == "lower" else -1
    best, bad, cool, rate, rates = sign * np.inf, 0, 0, base_rate, []
    for m in metrics:
        good = sign * m < sign * best * (1 - sign * threshold[0]) - threshold[1]
        best, bad = (m, 0) if good else (best, bad + 1)
        if cool:
            cool, bad = cool - 1, 0
        if bad > patience + edge:
            lower = max(rate * factor[0] / factor[1], final_fraction * base_rate)
            rate, bad, cool = (lower if rate - lower > eps else rate), 0, cooldown
        rates.append(rate)
    return rates


def test_a_function_of_the_step_conforms() -> None:
    """A plain `step -> rate` is held to the laws, in every format."""
    assert_conforms(
        stairs, to="schedules.step", backend="numpy",
        dtypes=("float64", "float32", "bfloat16", "float16"), profile="quick",
    )  # fmt: skip


def test_a_stair_that_is_late_is_caught() -> None:
    """The step, both rates and the hyper-parameters are told."""
    with pytest.raises(AssertionError, match=r"late_stairs is not schedules\.step") as caught:
        assert_conforms(late_stairs, to="schedules.step", backend="numpy", profile="quick")
    assert "'step': " in str(caught.value)


def test_a_function_that_names_no_base_rate_returns_shares() -> None:
    """Its results are multiplied by the base rate; a default is offered, an annotation narrows."""
    assert_conforms(share, to="schedules.linear", backend="numpy", profile="quick")


def test_a_line_that_goes_on_below_zero_is_caught() -> None:
    """Article A2's linear decay: negative past its end, and nonsense is accepted."""
    with pytest.raises(AssertionError, match="stays_between_its_ends") as caught:
        assert_conforms(unclamped_share, to="schedules.linear", backend="numpy", profile="quick")
    assert "refuses_nonsense" in str(caught.value)


def test_a_function_of_metrics_conforms_and_a_longer_patience_is_caught() -> None:
    """`metrics -> rates` is shown a whole run; a patience that is longer by one is caught."""

    def late(metrics: Array, **known: object) -> list[float]:
        return watched(metrics, **known, edge=1)  # type: ignore[arg-type]  # as they are drawn

    assert_conforms(watched, to="reduce_on_plateau", backend="numpy", profile="quick")
    with pytest.raises(AssertionError, match="waits_for_its_patience"):
        assert_conforms(late, to="reduce_on_plateau", backend="numpy", profile="quick")


def test_a_signature_of_no_form_is_told() -> None:
    """The error names the function and the forms."""

    def neither(step: int, epoch: int) -> float:
        return 1.0 / (step + epoch)

    with pytest.raises(TypeError, match=r"neither.*is no schedule: write step -> rate"):
        adapted(neither)


def test_a_backend_file_with_a_plain_schedule(gradproof: Command, tmp_path: Path) -> None:
    """A file of one's own, judged from the command line: right, and then with the stair late."""
    text = (
        "from backends.numpy import NumpyBackend\n"
        "def stairs(step, *, base_rate, decay_rate, step_size):\n"
        "    if decay_rate < 0 or step_size < 1:\n"
        "        raise ValueError('out of the domain')\n"
        "    return base_rate * decay_rate ** (step // step_size)\n"
        "MINE = NumpyBackend.offering('mine', {'schedules.step': stairs})\n"
    )
    for name, source, status in (
        ("right", text, 0),
        ("late", text.replace("step // step_size", "max(step - 1, 0) // step_size"), 1),
    ):
        file = tmp_path / f"{name}.py"
        file.write_text(source)
        done = gradproof(
            "verify", "--backend", f"{file}:MINE", "--only", "schedules.step", "--profile", "quick",
            "--output", tmp_path / f"run_{name}",
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
