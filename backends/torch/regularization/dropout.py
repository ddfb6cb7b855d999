"""Dropout, of torch.nn.functional, whose masks come from torch's global generator."""

from __future__ import annotations

from typing import Any

from torch.nn import functional

from backends.binding import absent, deviates
from backends.equations.regularization.masks import BY_THE_MASK, SPOILT, spoilt
from backends.torch.regularization import seeded

stochastic_depth = absent(
    "torch has none: torchvision.ops.stochastic_depth(x, p, 'row') is, or users multiply by"
    " functional.dropout(torch.ones(n, 1, ...), p)"
)

variational_dropout = absent(
    "torch has none: users multiply by functional.dropout(torch.ones(n, 1, features), p)"
)

_BY_RANK = {3: functional.dropout1d, 4: functional.dropout2d, 5: functional.dropout3d}


@deviates(
    "hides_what_it_drops",
    where=spoilt, at_most=SPOILT, because=BY_THE_MASK,
    witness={"seed": 0},
)  # fmt: skip
def dropout(seed: Any, x: Any, *, rate: float = 0.5, mode: str = "train") -> Any:
    return seeded(seed, lambda: functional.dropout(x, rate, training=mode == "train"))


@deviates(
    "hides_what_it_drops",
    where=spoilt, at_most=SPOILT, because=BY_THE_MASK,
    witness={"seed": 0},
)  # fmt: skip
def spatial_dropout(seed: Any, x: Any, *, rate: float = 0.5, mode: str = "train") -> Any:
    return seeded(seed, lambda: _BY_RANK[x.dim()](x, rate, training=mode == "train"))
