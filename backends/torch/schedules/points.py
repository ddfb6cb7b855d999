"""Rates through points: torch.optim.lr_scheduler has none."""

from __future__ import annotations

from backends.binding import absent

piecewise_interpolate = absent(
    "torch.optim.lr_scheduler has none; write LambdaLR(optimizer, lambda t: numpy.interp(t, steps,"
    " shares))."
)
