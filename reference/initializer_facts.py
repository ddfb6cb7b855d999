"""The facts that an initializer may state. Each names the law in `properties` that it entails."""

from __future__ import annotations

import numpy as np

from reference.technique import Fact

zero_elsewhere = Fact("is_zero_elsewhere")
"""All numbers but those of the matrix are exactly 0."""

keeps_signals = Fact("keeps_signals")
"""A layer with this weight returns what enters it, as many channels as it has on both sides."""

may_be_zero = Fact("starts_at_zero")
"""By one of its rules, a parameter is zero everywhere."""

in_parts = Fact("draws_each_part_anew")
"""A parameter has parts (gates; query, key and value) that are drawn independently."""

orthogonal_parts = Fact("has_orthogonal_parts")
"""By one of its rules, every part of a parameter is an orthogonal matrix of its own."""


def carries(activation: str, *, backward: bool = True, **setting: float | str) -> tuple[Fact, ...]:
    """With these hyper-parameters, theory says what layers with this activation do to a signal.

    Forward its mean square, `backward` the gradient's: through one layer, and through fifty.
    Numbers are rounded to float32, in which every backend takes them.
    """
    kept = {k: v if isinstance(v, str) else float(np.float32(v)) for k, v in setting.items()}
    about = {"activation": activation, "setting": kept}
    directions = ("signals", "gradients") if backward else ("signals",)
    return tuple(
        Fact(f"carries_{what}_through_{depth}", about)
        for what in directions
        for depth in ("one_layer", "fifty_layers")
    )
