"""Loss scaling, by torch.amp.GradScaler."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from backends.binding import offers
from reference.technique import OneOf


@offers(
    "float64", "float32", "bfloat16",
    because="GradScaler raises «Attempting to unscale FP16 gradients»: parameters stay in float32"
    " under torch.autocast",
)  # fmt: skip
def scale_loss(
    steps: Any,
    *,
    init_scale: float = 256.0,
    growth_factor: float = 2.0,
    backoff_factor: float = 0.5,
    growth_interval: int = 2,
    extra_steps: Annotated[int, OneOf((0,))] = 0,
    unscaled_by_hand: int = 0,
) -> Any:
    del extra_steps
    device = steps[0].device.type
    scaler = torch.amp.GradScaler(
        device, init_scale, growth_factor, backoff_factor, growth_interval
    )
    updates, scales = [torch.zeros_like(g) for g in steps], []
    for t in range(len(steps[0])):
        params = [torch.zeros_like(g[t]).requires_grad_() for g in steps]
        optimizer = torch.optim.SGD(params, lr=1.0)
        loss = sum((w * g[t]).sum() for w, g in zip(params, steps, strict=True))
        scaler.scale(loss).backward()
        for _ in range(unscaled_by_hand):
            scaler.unscale_(optimizer)
        scaler.step(optimizer)
        scaler.update()
        scales.append(int(scaler.get_scale()))
        for update, w in zip(updates, params, strict=True):
            update[t] = -w.detach()
    return {"applied": updates, "scales": torch.tensor(scales, dtype=torch.int32)}
