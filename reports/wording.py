"""How the report writes numbers, witnesses, laws and sentences from docstrings."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NamedTuple

import numpy as np
from markupsafe import Markup, escape

from reference.numerics import FORMATS, bits

GLYPHS = {
    "conforms": "✓", "deviates": "≠", "fails": "✗", "stale": "↯", "absent": "\u2013", "error": "!",
}  # fmt: skip
MINUS, NONE = "\u2212", "\u2013"
_BESIDE = ("index", "registered", "error", "allowed_error")
_PROPER = {"nan": "NaN", "lipschitz": "Lipschitz"}
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


class Shown(NamedTuple):
    """One number of a witness: name, value in decimal, and bits where they are known."""

    name: str
    value: str
    bits: str


def law(name: str) -> str:
    """A law's name as the statement that it is."""
    if name == "*":
        return "the whole technique"
    return " ".join(_PROPER.get(word, word) for word in name.split("_"))


def count(number: Any) -> str:
    """A count: in full below ten thousand, in three digits and a letter above."""
    number = _real(number)
    if number < 9995:
        return f"{number:,.0f}"
    sizes = ((1e9, "G"), (1e6, "M"), (1e3, "k"))
    size, letter = next((s, c) for s, c in sizes if number >= 0.9995 * s)
    return f"{number / size:.3g}\u2009{letter}"


def ulps(number: Any) -> str:
    """An error in ulps: short, exact zeros as 0, large ones as powers of ten."""
    number = _real(number)
    if not math.isfinite(number):
        return "NaN" if math.isnan(number) else "∞"
    if number == 0:
        return "0"
    if 0.01 <= number < 9995:
        return f"{number:.2f}" if number < 9.995 else f"{number:,.0f}"
    return power(number)


def power(number: float) -> str:
    """Two digits times a power of ten, typeset."""
    mantissa, _, exponent = f"{number:.1e}".partition("e")
    return f"{mantissa}\u2009·\u200910{str(int(exponent)).translate(_SUPERSCRIPTS)}"


def decimal(number: Any) -> str:
    """A number in four digits, typeset; anything else as it is."""
    if isinstance(number, bool) or not isinstance(number, int | float):
        return str(number)
    if not math.isfinite(number):
        return {math.inf: "∞", -math.inf: f"{MINUS}∞"}.get(number, "NaN")
    size = abs(number)
    if 1000 <= size < 1e6:
        told = f"{size:,.0f}"
    else:
        told = f"{size:.4g}" if size == 0 or 1e-3 <= size < 1000 else power(size)
    return f"{MINUS}{told}" if math.copysign(1.0, number) < 0 else told


def share(part: float) -> str:
    """A share in percent."""
    return f"{100 * part:.2g}\u2009%" if part < 0.0995 else f"{100 * part:.0f}\u2009%"


def witness(told: Any, dtype: str = "") -> list[Shown]:
    """The numbers of a witness, each with its bits: as recorded, or as `dtype` has them."""
    if not isinstance(told, dict):
        return []
    shown = [n for n in told if n not in _BESIDE and not n.endswith("_bits")]
    return [
        Shown(n, _plain(told[n]), str(told.get(f"{n}_bits", _bits(told[n], dtype))))
        for n in sorted(shown, key=lambda n: n in ("observed", "expected"))
    ]


def registered_witness(told: Any, dtypes: list[str]) -> list[Shown]:
    """A deviation's own witness: its numbers, and the bits of each in every format."""
    found = []
    for name, value, _ in witness(told):
        patterns = [(_bits(told[name], dtype), dtype) for dtype in dtypes]
        found.append(Shown(name, value, ", ".join(f"{p} ({d})" for p, d in patterns if p)))
    return found


def story(reason: Any, told: Any) -> str:
    """What a verdict says, without the numbers that its witness tells already."""
    text = str(reason or "")
    shown = isinstance(told, dict) and "observed" in told
    return text.partition("; worst: got ")[0] if shown else text


def sentence(text: str) -> Markup:
    """A paragraph of a docstring: `code` and *emphasis* marked, everything else escaped."""
    told = str(escape(" ".join(str(text).split())))
    told = re.sub(r"`([^`]+)`", r"<code>\1</code>", told)
    return Markup(re.sub(r"(?<![\w*])\*(\w[^*]*\w)\*(?![\w*])", r"<em>\1</em>", told))  # noqa: S704 - escaped above


def formula(text: str) -> list[str]:
    """The lines of a formula: a docstring separates its equations by two blanks or a new line."""
    parts = (part.strip().rstrip(",") for part in re.split(r",\s{2,}|\n", str(text)))
    return [part for part in parts if part]


def fact(row: dict[str, Any]) -> str:
    """A fact as a statement: its law's, with the values it names."""
    told = [
        _named(name.replace("_", " "), value)
        for name, value in row.items()
        if name != "law" and value not in (None, [], {}, "")
    ]
    return law(row["law"]) + (f": {'; '.join(told)}" if told else "")


def _named(name: str, value: Any) -> str:
    """A value of a fact, after its name where the law's does not say what it is."""
    if isinstance(value, bool):
        return name if value else f"not {name}"
    told = _value(value)
    return told if name in ("points", "constant", "input") else f"{name} {told}"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(part)}" for name, part in value.items())
    if isinstance(value, list):
        return ", ".join(map(_value, value))
    return {"inf": "∞", "-inf": f"{MINUS}∞"}.get(value, decimal(value))


def body(code: str) -> str:
    """A binding's code from its `def` on: what is registered above it stands elsewhere."""
    place = re.search(r"^def ", code, re.MULTILINE)
    return code[place.start() :].rstrip() if place else code.rstrip()


def link(address: Any) -> str:
    """An address that may be followed: http or https, else nothing."""
    safe = isinstance(address, str) and re.fullmatch(r"https?://[^\s<>|\"']+", address)
    return str(address) if safe else ""


def markdown(text: Any) -> str:
    """Text in one cell of a Markdown table: nothing in it is markup."""
    told = " ".join(str(text).split()).replace("\\", "\\\\")
    for mark, instead in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        told = told.replace(mark, instead)
    return re.sub(r"([|*_`\[\]#~])", r"\\\1", told)


def _real(number: Any) -> float:
    return float(number) if isinstance(number, int | float | np.number) else 0.0


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _bits(value: Any, dtype: str) -> str:
    """The pattern of one number in a format; nothing for counts, lists and words."""
    if dtype not in FORMATS or not isinstance(value, float):
        return ""
    with np.errstate(over="ignore"):
        return bits(value, FORMATS[dtype])
