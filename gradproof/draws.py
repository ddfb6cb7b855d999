"""Scripts that draw random numbers with a framework alone, and look at what a law looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from properties.grid import UnknownNameError

if TYPE_CHECKING:
    from properties.finding import Finding
    from properties.initializers.samples import Draws, Numbers

CALLS = {
    "torch": (
        "torch.tensor({seed}, dtype=torch.int32)",
        "torch.full({shape}, torch.nan, dtype=torch.{dtype})",
        "{call}.double().numpy()",
    ),
    "jax": (
        "jax.numpy.int32({seed})",
        'jax.numpy.full({shape}, jax.numpy.nan, dtype="{dtype}")',
        "np.asarray({call}).astype(float)",
    ),
}
DRAW = """def draw(seed, shape):
    return {converted}


"""
POOL = """x = np.stack([draw({first} + i, {shape}) for i in range({count})])
observed, expected = float({statistic}), float("{expected}")
"""
SHAPE = """try:
    weight = draw({first}, {shape})
    observed = float(weight.shape != {shape} or not np.isfinite(weight).all())
except ArithmeticError as error:
    print(type(error).__name__, error)
    observed = 1.0
expected = 0.0
"""
END = 'print("observed", observed, "expected", expected, "error", abs(observed - expected))\n'


def drawing(trial: Draws, finding: Finding, law: str, library: str) -> str:
    """The script's lines after the binding: draws from as many seeds as the law took."""
    if library not in CALLS:
        message = "only torch and JAX cells can be reproduced with the framework alone"
        raise UnknownNameError(message)
    told, (seed, weight, converted) = finding.witness or {}, CALLS[library]
    seed, weight = (
        text.format(seed="seed", shape="shape", dtype=trial.subject.form.name)
        for text in (seed, weight)
    )
    known = "".join(f", {k}={v!r}" for k, v in trial.parameters.items())
    call = f"{trial.subject.technique.name}({seed}, {weight}{known})"
    first = DRAW.format(converted=converted.format(call=call))
    values = {"first": trial.plan.seed, "shape": trial.plan.shape}
    if law == "keeps_shape_and_dtype":
        return first + SHAPE.format(**values | {"shape": tuple(told["shape"])}) + END
    statistic = _statistic(trial, told, law)  # type: ignore[arg-type] # shown of numbers only
    values |= {"count": len(trial.pool), "statistic": statistic, "expected": told["expected"]}  # type: ignore[attr-defined]
    return first + POOL.format(**values) + END


def _statistic(trial: Numbers, told: dict[str, Any], law: str) -> str:
    """What the law compared, as NumPy writes it."""
    if law == "follows_its_distribution":
        upto = np.mean(trial.pool.astype(np.float64) <= told["x"])
        relation = "<=" if np.isclose(upto, told["observed"], rtol=0, atol=1e-9) else "<"
        return f"(x {relation} {told['x']!r}).mean()"
    if law == "fills_its_tails":
        return f"(x {'>' if told['side'] > 0 else '<'} {told['x']!r}).mean()"
    if law == "stays_within_its_support":
        return f"x.{'min' if told['index'] == [0] else 'max'}()"
    mean = trial.truth(trial.plan.shape).mean
    if law == "keeps_the_variance_of_sums":
        others = tuple(a for a in range(1, len(trial.plan.shape) + 1) if a != told["axis"] + 1)
        centred = f"(x - {mean!r})" if mean else "x"
        return (
            f"(({centred}.sum({others}) ** 2).sum() - ({centred} ** 2).sum())"
            f" / (x.size * {trial.largest_deviation!r} ** 2)"
        )
    plain = {
        "has_zero_mean": "x.mean()",
        "has_the_stated_variance": f"((x - {mean!r}) ** 2).mean()",
        "has_distinct_values": "len(np.unique(x))",
    }
    if law not in plain:
        message = f"{law} looks at many draws in several ways: no one number shows it"
        raise UnknownNameError(message)
    return plain[law]
