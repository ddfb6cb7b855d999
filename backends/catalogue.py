"""Every backend there is, by name, and backends from outside by file."""

from __future__ import annotations

import functools
import importlib
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backends.backend import Backend

BUILT_IN = {
    "numpy": ("backends.numpy", "NumpyBackend"),
    "torch": ("backends.torch", "TorchBackend"),
    "jax": ("backends.jax", "JaxBackend"),
}


@dataclass(frozen=True)
class NotInstalled:
    """A built-in backend whose library this Python cannot import."""

    name: str
    reason: str


class UnknownBackendError(ValueError):
    """No such backend: says what is wrong with the name or file, and what would be right."""


@functools.cache
def backend(name: str) -> Backend | NotInstalled:
    """Find a backend: `numpy`, `torch`, `jax`, or `path/to/file.py:NAME` from outside.

    Raises UnknownBackendError with one clear sentence when there is no such thing.
    """
    if name in BUILT_IN:
        module, attribute = BUILT_IN[name]
        try:
            found: Backend = getattr(importlib.import_module(module), attribute)()
        except ImportError as error:
            return NotInstalled(name, f"not installed: {error}")
        return found
    if ":" not in name and not name.endswith(".py"):
        known = ", ".join(BUILT_IN)
        message = f"unknown backend {name!r}; choose one of {known}, or path/to/file.py:NAME"
        raise UnknownBackendError(message)
    return _from_file(name)


def _from_file(name: str) -> Backend:
    file, _, attribute = name.rpartition(":")
    if not attribute or not file:
        message = f"backend {name!r} names no object; write path/to/file.py:NAME"
        raise UnknownBackendError(message)
    path = Path(file)
    if not path.is_file():
        message = f"backend file {file} does not exist; give the path of a Python file, then :NAME"
        raise UnknownBackendError(message)
    value = _attribute(path, attribute)
    if isinstance(value, type) and issubclass(value, Backend):
        value = value()
    if not isinstance(value, Backend):
        message = (
            f"{attribute} in {file} is no backend but a {type(value).__name__}; make it an "
            "instance or a subclass of NumpyBackend, TorchBackend or JaxBackend"
        )
        raise UnknownBackendError(message)
    if value.only and not value.replaced:
        message = f"{attribute} in {file} offers nothing; give it at least one binding"
        raise UnknownBackendError(message)
    return value


def _attribute(path: Path, attribute: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"outside_{path.stem}", path)
    if spec is None or spec.loader is None:
        message = f"backend file {path} is no Python file"
        raise UnknownBackendError(message)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        message = f"backend file {path} does not import: {type(error).__name__}: {error}"
        raise UnknownBackendError(message) from error
    if not hasattr(module, attribute):
        names = [
            n
            for n, v in vars(module).items()
            if not n.startswith("_")
            and (isinstance(v, Backend) or (isinstance(v, type) and issubclass(v, Backend)))
        ]
        message = f"backend file {path} has no {attribute}; it offers {', '.join(names) or 'none'}"
        raise UnknownBackendError(message)
    return getattr(module, attribute)
