"""Normalization of responses, by torch.nn.functional, and by the layers of torch.nn."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from torch import nn
from torch.nn import functional

from backends.backend import entered_by, offers
from reference.technique import OneOf


def _layer(x: Any, *, size: int, alpha: float, beta: float, k: float) -> Any:
    return nn.LocalResponseNorm(size, alpha, beta, k)(x)


def _as_it_is(x: Any, *, size: int) -> Any:
    return nn.LocalResponseNorm(size)(x)


@offers(
    "float64", "float32", "bfloat16",
    because="avg_pool3d, by which images are averaged over channels, has no float16 on the CPU",
)  # fmt: skip
@entered_by(layer=_layer, defaults=_as_it_is)
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
