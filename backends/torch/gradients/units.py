"""Units: torch treats no gradient by the units of its layer."""

from __future__ import annotations

from backends.binding import absent

clip_adaptively = absent(
    "torch has no adaptive clipping: its users take it from timm or NFNets, or scale .grad by"
    " torch.linalg.vector_norm of both along dim"
)
centralize = absent(
    "torch has no gradient centralization: its users subtract p.grad.mean(dim=..., keepdim=True)"
)
