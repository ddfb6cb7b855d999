"""Every technique there is: the namespaces of this package are the registry."""

from __future__ import annotations

import functools
import importlib
import pkgutil

import reference
from reference.technique import Technique


@functools.cache
def techniques() -> dict[str, Technique]:
    """All techniques by id (`activations.gelu`), in the order of modules and definitions."""
    found: dict[str, Technique] = {}
    for info in pkgutil.walk_packages(reference.__path__, "reference."):
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if isinstance(value, Technique) and value.reference.__module__ == info.name:
                if value.id in found or value.name != name:
                    message = f"{info.name}.{name}: a technique's name must be unique and its own"
                    raise ValueError(message)
                found[value.id] = value
    return found
