"""Normalization of responses, by torch.nn.functional, and by the layers of torch.nn."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from torch import nn
from torch.nn import functional

from backends.binding import deviates, entered_by, offers
from backends.equations.normalization.responses import CROSS_MAP, of_the_layer
from reference.technique import OneOf

_NEIGHBOURS = ((((1.0,),), ((2.0,),), ((3.0,),)),)


def _layer(x: Any, *, size: int, alpha: float, beta: float, k: float) -> Any:
    return nn.LocalResponseNorm(size, alpha, beta, k)(x)


def _cross_map(x: Any, *, size: int, alpha: float, beta: float, k: float) -> Any:
    return nn.CrossMapLRN2d(size, alpha, beta, k)(x)


def _as_it_is(x: Any, *, size: int) -> Any:
    return nn.LocalResponseNorm(size)(x)


@offers(
    "float64", "float32",
    because="avg_pool3d, which averages images over channels, has no 16-bit formats on the CPU",
)  # fmt: skip
@entered_by(layer=_layer, defaults=_as_it_is, cross_map=_cross_map)
@deviates(
    "agrees_through_every_entry",
    where=of_the_layer, at_most=CROSS_MAP,
    because="torch.nn.CrossMapLRN2d never takes the first channel's square off its running sum, "
    "leaves out the furthest channel of an even window, and its backward pass looks one channel "
    "too far down: gradcheck fails; torch.nn.LocalResponseNorm agrees",
    witness={"x": _NEIGHBOURS, "size": 2, "alpha": 1.0}, dtypes=("float64", "float32"),
)  # fmt: skip
def local_response_norm(
    x: Any,
    *,
    size: Annotated[int, OneOf((3, 2, 5))],
    alpha: float = 1e-4,
    beta: float = 0.75,
    k: float = 1.0,
    alpha_of: Literal["mean"] = "mean",
) -> Any:
    del alpha_of
    return functional.local_response_norm(x, size, alpha, beta, k)
