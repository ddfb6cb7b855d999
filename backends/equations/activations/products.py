"""What gated units lose: a product of a gate g(a) with b is off where the gate is, times b.

For y = g(a) b and the cotangent c, the result has the factor b, the gradient in a the factor c b
(of g'), the gradient in b the factor c (of g). An error of the gate is that of the product divided
by the factor; so is what is allowed for it.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.binding import Bound, deviates, deviations
from backends.equations import UNBOUNDED

if TYPE_CHECKING:
    from collections.abc import Callable

    from backends.binding import Deviation

_KNOWN = ("a", "b", "c", "u", "tiny", "largest", "y", "allowed", "output", "device")
_WITNESS = 64.0  # with which a gate flushed to 0 is a normal number
_ROUNDED = 1 + 2.0**-50  # y / factor * factor is y again, but for this
# Law of the gate; law and output of the product; the factor.
_PLACES: tuple[tuple[str, str, str, Callable[..., Any]], ...] = (
    ("agrees_with_reference", "agrees_with_reference", "", lambda b, c: b + 0 * c),
    ("derivative_agrees", "gradient_agrees", "[0]", lambda b, c: b * c),
    ("agrees_with_reference", "gradient_agrees", "[1]", lambda b, c: c + 0 * b),
)


def gated_by(
    gate: Callable[..., Any], form: str = "", *, but: str = " "
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register for a product what is registered for its gate, in this `form` if it has forms.

    Not what comes of `but`, a word of the reason: b changes the order of what is multiplied, and
    the product has a deviation of its own for it.
    """

    def noted(binding: Callable[..., Any]) -> Callable[..., Any]:
        for known in reversed(deviations(gate)):
            for law, *place in _PLACES:
                if known.law == law and but not in known.because.split():
                    binding = _passed_on(known, place, form)(binding)
        return binding

    return noted


def _passed_on(known: Deviation, place: list[Any], form: str) -> Callable[..., Any]:
    law, output, factor = place
    chosen = {"form": form} if form else {}

    def of_gate(function: Callable[..., Any], **told: Any) -> tuple[Any, Any]:
        scale = np.abs(factor(told["b"], told["c"]))
        gate = {
            **told, "x": told["a"], "y": told["y"] / scale, "allowed": told["allowed"] / scale,
        }  # fmt: skip
        return scale, function(**{n: gate[n] for n in inspect.signature(function).parameters})

    def where(**told: Any) -> Any:
        here = told["output"] == output and all(told[k] == v for k, v in chosen.items())
        return here & np.asarray(of_gate(known.where, **told)[1])

    def size(**told: Any) -> Any:
        scale, lost = of_gate(known.at_most.size, **told)
        return np.where(scale == 0, told["allowed"], scale * lost * _ROUNDED)

    for function in (where, size):
        function.__dict__["__signature__"] = inspect.Signature(
            [inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY) for n in (*_KNOWN, *chosen)]
        )
    return deviates(
        law,
        where=where,
        at_most=Bound(f"times |factor| of {output or 'the value'}: {known.at_most.equation}", size),
        because=f"the gate, for its part: {known.because}",
        witness={"a": known.witness["x"], "b": _WITNESS, **chosen},
        dtypes=known.dtypes,
        link=known.link,
        devices=known.devices,
        kernels=known.kernels,
    )


def slope_overflows(
    dtypes: tuple[str, ...], form: str = ""
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register that c b a, or c b a^3 for the tanh form, overflows before a factor next to 0."""
    power = 3 if form == "tanh" else 1

    def overflows(a: Any, b: Any, c: Any, u: float, largest: float) -> Any:
        return np.abs(c * b * a**power) * (1 + 8 * u) > largest

    def in_form(a: Any, b: Any, c: Any, u: float, largest: float, form: str) -> Any:
        return overflows(a, b, c, u, largest) & (form == chosen["form"])

    chosen = {"form": form} if form else {}
    huge = {
        "float64": (1e152, 1e158), "float32": (1e18, 2e23), "bfloat16": (1e18, 2e23),
        "float16": (250.0, 5e4),
    }  # fmt: skip
    return deviates(
        "gradient_agrees",
        where=in_form if form else overflows,
        at_most=UNBOUNDED,
        because=f"autograd forms c b a{'^3' * (power == 3)}, which overflows, and infinity times "
        "the 0 that 1 - s or a density has become is NaN",
        witness={k: dict(zip("ab", huge[k], strict=True)) | chosen for k in dtypes},
    )


# g flushed to 0 misses less than tiny; so does the density in g' = P + a p, which a multiplies.
FLUSHED_GATE = Bound(
    "allowed + |b| tiny: the gate is flushed to 0 before b multiplies it",
    lambda b, tiny, allowed: allowed + np.abs(b) * tiny,
)
FLUSHED_DENSITY = Bound(
    "allowed + |b c| (1 + |a|) tiny: P(a) and p(a) are flushed to 0 before a b c multiplies them",
    lambda a, b, c, tiny, allowed: allowed + np.abs(b * c) * (1 + np.abs(a)) * tiny,
)

# A gate that is subnormal is rounded to a multiple of 2 u tiny; and so is its factor P(a) or s(a).
SUBNORMAL_GATE = Bound(
    "allowed + |b| u tiny: the gate is subnormal before b multiplies it",
    lambda b, u, tiny, allowed: allowed + np.abs(b) * u * tiny,
)
SUBNORMAL_SHARE = Bound(
    "allowed + |b| (1 + |a|) u tiny: P(a) or s(a) is subnormal before a b multiplies it",
    lambda a, b, u, tiny, allowed: allowed + np.abs(b) * (1 + np.abs(a)) * u * tiny,
)

# The derivative s (1 - s) of the logistic: see LOGISTIC_SLOPE, here times a c. A subnormal s is
# rounded to a multiple of 2 u tiny.
HALVES_SLOPE = Bound(
    "allowed + u |a c| (s(b) (2 + 9 s(-b)) + tiny): 1 - s(b) cancels, and keeps its rounding",
    lambda x, c, u, tiny, allowed: allowed + _second(x, _slope_lost(*halves(x), c, u, tiny)),
)


def _slope_lost(a: Any, b: Any, c: Any, u: float, tiny: float) -> Any:
    e = np.exp(-np.abs(b))
    s, r = np.where(b < 0, e, 1.0) / (1 + e), np.where(b < 0, 1.0, e) / (1 + e)
    return u * np.abs(a * c) * (s * (2 + 9 * r) + tiny)


def _second(x: Any, values: Any) -> Any:
    """These values for the second half of the rows of x, 0 for the first."""
    return np.concatenate([np.zeros_like(x[..., : x.shape[-1] // 2]), values], axis=-1)


def second_half(x: Any) -> Any:
    """The half of each row that gates the other."""
    return np.broadcast_to(np.arange(x.shape[-1]) >= x.shape[-1] // 2, x.shape)


def halves(x: Any) -> tuple[Any, Any]:
    """First and second half of each row."""
    a, b = np.split(x, 2, axis=-1)
    return a, b


# A subgradient of [max(0, x), max(0, -x)] at 0 maps c to a number between -c_- and c_+.
NEITHER_SIDE = Bound(
    "min(|c_+|, |c_-|): 0 in place of a number between -c_- and c_+",
    lambda c: np.minimum(*(np.abs(part) for part in halves(c))),
)
