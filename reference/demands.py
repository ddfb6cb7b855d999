"""What techniques demand of their hyper-parameters; and the accuracy that a power may have."""

from __future__ import annotations


def demand(**conditions: bool) -> None:
    """Raise ValueError that names the first hyper-parameter whose condition does not hold."""
    for name, holds in conditions.items():
        if not holds:
            message = f"{name} is outside its domain; see the Args of the technique"
            raise ValueError(message)


POW = 16.0
"""What a power costs, in ulps: the bound that the OpenCL 3.0 specification, section 7.4, sets."""
