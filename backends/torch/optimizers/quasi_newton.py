"""Quasi-Newton optimizers of torch.optim, run without line search."""

from __future__ import annotations

from typing import Annotated, Any

import torch

from backends.equations.optimizers.steps import loses_range
from reference.technique import OneOf


@loses_range(
    because="near a minimum y^T s underflows in float16, and 1 / y^T s overflows before it does",
    witness={"seed": 2},
)
def lbfgs(
    gradients: Any,
    weights: Any,
    *,
    learning_rate: float = 1.0,
    history_size: int = 10,
    first_step: Annotated[str, OneOf(("sum",))] = "sum",
    pairs: Annotated[str, OneOf(("curved",))] = "curved",
) -> Any:
    del first_step, pairs  # the only ones
    w = weights.clone().requires_grad_()
    optimizer: Any = torch.optim.LBFGS(
        [w], learning_rate, max_iter=1, tolerance_grad=0.0, tolerance_change=0.0,
        history_size=history_size,
    )  # fmt: skip
    path = []
    for g in gradients:
        w.grad = g.clone()
        optimizer.step(lambda: 0.0)
        path.append(w.detach().clone())
    return torch.stack(path)
