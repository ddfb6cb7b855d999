"""Alpha dropout, of torch.nn.functional, whose masks come from torch's global generator."""

from __future__ import annotations

from typing import Any

from torch.nn import functional

from backends.binding import deviates
from backends.equations.regularization.masks import BY_THE_MASK, SPOILT, spoilt
from backends.torch.regularization import seeded


@deviates(
    "hides_what_it_drops",
    where=spoilt, at_most=SPOILT, because=BY_THE_MASK,
    witness={"seed": 0},
)  # fmt: skip
def alpha_dropout(seed: Any, x: Any, *, rate: float = 0.5, mode: str = "train") -> Any:
    return seeded(seed, lambda: functional.alpha_dropout(x, rate, training=mode == "train"))


@deviates(
    "hides_what_it_drops",
    where=spoilt, at_most=SPOILT, because=BY_THE_MASK,
    witness={"seed": 0},
)  # fmt: skip
def feature_alpha_dropout(seed: Any, x: Any, *, rate: float = 0.5, mode: str = "train") -> Any:
    training = mode == "train"
    return seeded(seed, lambda: functional.feature_alpha_dropout(x, rate, training=training))
