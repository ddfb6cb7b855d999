"""The articles' worked example with torch's layers, loss and optimizer."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from backends.binding import offers
from reference.flow.training import NARROW


@offers("float64", "float32", because=NARROW)
def classifier_training(
    images: Any, labels: Any, w1: Any, b1: Any, w2: Any, b2: Any, w3: Any, b3: Any,
    *, learning_rate: float = 1e-3,
) -> Any:  # fmt: skip
    weights = [w.clone().requires_grad_() for w in (w1, b1, w2, b2, w3, b3)]
    optimizer = torch.optim.Adam(weights, lr=learning_rate)
    losses, first = [], None
    for x, label in zip(images, labels.long(), strict=True):
        optimizer.zero_grad()
        h = functional.relu(functional.linear(x, *weights[:2]))
        h = functional.relu(functional.linear(h, *weights[2:4]))
        loss = functional.cross_entropy(functional.linear(h, *weights[4:]), label)
        torch.autograd.backward(loss)
        optimizer.step()
        losses.append(loss.detach())
        first = first or tuple(w.detach().clone() for w in weights)
    return torch.stack(losses), first, tuple(w.detach() for w in weights)
