"""Averaging, by torch.autograd: backward adds to the gradients that are there."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from backends.binding import absent
from reference.technique import OneOf


def _leaves(tensors: Any) -> Any:
    return [torch.zeros_like(g).requires_grad_() for g in tensors]


def _loss(weights: Any, grads: Any) -> Any:
    """A loss whose gradient in the weights is given."""
    return sum((w * g).sum() for w, g in zip(weights, grads, strict=True))


def batch_mean(examples: Any, *, reduction: str = "mean") -> Any:
    weights = _leaves([g[0] for g in examples])
    losses = [_loss(weights, [g[i] for g in examples]) for i in range(len(examples[0]))]
    getattr(torch.stack(losses), reduction)().backward()
    return [w.grad for w in weights]


def accumulate(
    micro_batches: Any,
    sizes: Any,
    *,
    weights: Annotated[str, OneOf(("size",))] = "size",
) -> Any:
    del weights
    params = _leaves(micro_batches[0])
    for grads, n in zip(micro_batches, sizes, strict=True):
        (_loss(params, grads) * (int(n) / int(sizes.sum()))).backward()
    return [w.grad for w in params]


def accumulate_every(
    steps: Any,
    *,
    every: int = 3,
    average: str = "mean",
    accumulator: Annotated[str, OneOf(("own",))] = "own",
) -> Any:
    del accumulator  # .grad has the dtype of its parameter
    params = _leaves([g[0] for g in steps])
    optimizer, updates = torch.optim.SGD(params), [torch.zeros_like(g) for g in steps]
    for t in range(len(steps[0])):
        loss = _loss(params, [g[t] for g in steps])
        (loss / every if average == "mean" else loss).backward()
        if (t + 1) % every == 0:
            for update, w in zip(updates, params, strict=True):
                update[t] = w.grad
            optimizer.zero_grad()
    return {"applied": updates}


accumulate_good_steps = absent(
    "torch accumulates whatever backward() gives: its users look at the loss with torch.isfinite"
    " before, or skip the whole update with torch.amp.GradScaler (gradients.scale_loss)"
)


clip_per_example = absent(
    "torch has no clipping of single examples: its users take Opacus, or torch.func.vmap(grad) and"
    " clip_grad_norm_ for each"
)
