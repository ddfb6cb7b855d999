"""DropConnect: torch.nn.functional's dropout, of the weights that a linear layer is given."""

from __future__ import annotations

from typing import Any

from torch.nn import functional

from backends.binding import deviates
from backends.equations.regularization.masks import BY_THE_MASK, SPOILT, spoilt
from backends.torch.regularization import seeded


@deviates(
    "hides_what_it_drops",
    where=spoilt,
    at_most=SPOILT,
    because=BY_THE_MASK,
    witness={"seed": 0},
)
def drop_connect(seed: Any, weight: Any, *, rate: float = 0.5, mode: str = "train") -> Any:
    return seeded(seed, lambda: functional.dropout(weight, rate, training=mode == "train"))
