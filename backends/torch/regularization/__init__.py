"""Regularization, by torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Callable


def seeded(seed: Any, draw: Callable[[], Any]) -> Any:
    """Call what draws from torch's global generator, seeded, and leave that generator as it was."""
    with torch.random.fork_rng():
        torch.manual_seed(int(seed))
        return draw()
