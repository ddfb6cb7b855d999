"""Cycles of optax: functions of the step."""

from __future__ import annotations

from backends.binding import absent

_NO_CYCLES = "optax has none; write the triangle as a function of the step, any of which will do."
triangular = absent(_NO_CYCLES)
triangular2 = absent(_NO_CYCLES)
exp_range = absent(_NO_CYCLES)
