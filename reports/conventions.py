"""Hyper-parameters and conventions side by side: where two libraries' defaults differ."""

from __future__ import annotations

from typing import Any, NamedTuple

from reports import wording


class Default(NamedTuple):
    """What one library takes where a user says nothing; and whether that is not the reference's."""

    text: str
    differs: bool = False
    stated: bool = True


class Convention(NamedTuple):
    """One hyper-parameter or convention: its domain, the reference's default, the libraries'."""

    name: str
    domain: str
    reference: str
    defaults: list[Default]


def libraries(entry: dict[str, Any]) -> list[str]:
    """The backends of the catalogue that are libraries, not the reference itself."""
    return [name for name in entry["bindings"] if name != "numpy"]


def conventions(entry: dict[str, Any]) -> list[Convention]:
    """All of one technique, from its row of the catalogue."""
    bindings = [entry["bindings"][name] for name in libraries(entry)]
    found = [
        Convention(
            name, _domain(parameter), _shown(parameter["default"]),
            [_default(name, parameter["default"], binding) for binding in bindings],
        )
        for name, parameter in entry["parameters"].items()
    ]  # fmt: skip
    stated = [binding.get("subgradient") or "" for binding in bindings]
    if any(stated):
        apart = len({s for s in stated if s}) > 1
        told = [
            Default(s, apart) if s else Default(_silence(b), stated=False)
            for s, b in zip(stated, bindings, strict=True)
        ]
        found.append(Convention("subgradient at kinks", "", "any between", told))
    return found


def _default(name: str, reference: Any, binding: dict[str, Any]) -> Default:
    if "defaults" not in binding:
        return Default(binding["status"], stated=False)
    if name not in binding["defaults"]:
        return Default("not offered", stated=False)
    own = binding["defaults"][name]
    return Default(_shown(own), differs=own != reference)


def _silence(binding: dict[str, Any]) -> str:
    return "not stated" if "defaults" in binding else str(binding["status"])


def _domain(parameter: dict[str, Any]) -> str:
    if "between" in parameter:
        return " … ".join(wording.decimal(end) for end in parameter["between"])
    return ", ".join(str(value) for value in parameter.get("one_of", ()))


def _shown(default: Any) -> str:
    return wording.NONE if default is None else wording.decimal(default)
