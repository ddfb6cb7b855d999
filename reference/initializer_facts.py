"""The facts that an initializer may state. Each names the law in `properties` that it entails."""

from __future__ import annotations

from reference.technique import Fact

zero_elsewhere = Fact("is_zero_elsewhere")
"""All numbers but those of the matrix are exactly 0."""

keeps_signals = Fact("keeps_signals")
"""A layer with this weight returns what enters it, as many channels as it has on both sides."""
