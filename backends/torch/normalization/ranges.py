"""Numbers brought to a range or to zero, by torch.nn.functional, and by the layers of torch.nn."""

from __future__ import annotations

from typing import Any

from torch import nn
from torch.nn import functional

from backends.binding import absent, entered_by

min_max_norm = absent("torch has none: its users write (x - x.amin(0)) / (x.amax(0) - x.amin(0))")


def _hard_layer(x: Any, *, threshold: float) -> Any:
    return nn.Hardshrink(threshold)(x)


def _hard_as_it_is(x: Any) -> Any:
    return nn.Hardshrink()(x)


@entered_by(layer=_hard_layer, defaults=_hard_as_it_is)
def hard_threshold(x: Any, *, threshold: float = 0.5) -> Any:
    return functional.hardshrink(x, threshold)


def _soft_layer(x: Any, *, threshold: float) -> Any:
    return nn.Softshrink(threshold)(x)


def _soft_as_it_is(x: Any) -> Any:
    return nn.Softshrink()(x)


@entered_by(layer=_soft_layer, defaults=_soft_as_it_is)
def soft_threshold(x: Any, *, threshold: float = 0.5) -> Any:
    return functional.softshrink(x, threshold)
