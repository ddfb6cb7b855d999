"""Laws of gated connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.connections.blocks import Blocks
from properties.connections.call_laws import LIKE
from properties.trial import all_of
from reference.connections.gates import OPEN

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.numerics import Array
    from reference.technique import Fact

OPENED = {"wt": 0.0, "bt": OPEN}


def is_its_transform_at_open_gates(trial: Blocks, fact: Fact) -> Finding:
    """With gates open y is h, as if there were no shortcut; the gradient of x is h's alone, and the
    gates receive none.
    """
    del fact
    opened = trial.replaced(OPENED)
    v, t = opened.wide(), opened.truth[0]
    hidden = v["x"] @ v["wh"].T + v["bh"]
    back = np.where(hidden > 0, opened.cotangents.astype(np.float64), 0) @ v["wh"]
    of_x, *_, of_wt, of_bt = (g for _, g in opened.observed_gradients())
    slack = opened.true_gradients[0].allowed
    return all_of(
        opened.compare(seen, due, allowed, about={"of": of}, floor=trial.floor)
        for of, seen, due, allowed in (
            ("y", opened.y, np.maximum(hidden, 0), t.allowed),
            ("x", of_x, back, slack),
            ("wt", of_wt, np.zeros(of_wt.shape), 0.0),
            ("bt", of_bt, np.zeros(of_bt.shape), 0.0),
        )
    )


def stays_between_its_paths(trial: Blocks, fact: Fact) -> Finding:
    """y lies between x and h, which is y with gates open, but for roundings."""
    del fact
    x, y = (a.astype(np.float64) for a in (trial.named("x"), trial.y))
    opened = trial.replaced(OPENED)
    h = opened.y.astype(np.float64)
    nearest = np.clip(y, np.minimum(x, h), np.maximum(x, h))
    slack = trial.truth[0].allowed + opened.truth[0].allowed
    return trial.compare(y, nearest, slack, floor=trial.floor,
                         about={"output": ""}, like=LIKE[0])  # fmt: skip


def weighs_channels_as_a_whole(trial: Blocks, fact: Fact) -> Finding:
    """One number from 0 to 1 for all places of a channel: y_l x_0 = y_0 x_l, and |y| <= |x|."""
    del fact
    x, y = (a.astype(np.float64) for a in (trial.named("x"), trial.y))
    allowed = trial.truth[0].allowed
    slack = allowed * np.abs(x[..., :1]) + allowed[..., :1] * np.abs(x)
    share = np.clip(y * np.sign(x), 0, np.abs(x)) * np.sign(x)
    return all_of(
        trial.compare(seen, due, around, floor=trial.floor, about={"of": of})
        for of, seen, due, around in (
            ("products", y * x[..., :1], y[..., :1] * x, slack),
            ("size", y, share, allowed),
        )
    )


def ignores_the_order_of_places(trial: Blocks, fact: Fact) -> Finding:
    """Places in reverse order give y, and the gradient of x, in reverse order."""
    del fact
    turned = trial.replaced({"x": _reversed})
    c = _reversed(trial.cotangents)
    pairs = (
        ("y", trial.y, turned.y, trial.truth[0], LIKE[0]),
        (
            "x", trial.observed_gradients()[0][1], turned.pulled(c)[0],
            trial.true_gradients[0], LIKE[1],
        ),
    )  # fmt: skip
    return all_of(
        trial.compare(
            _reversed(b).astype(np.float64), a.astype(np.float64), 2 * t.allowed,
            floor=2 * trial.floor, about={"of": of, "output": t.path}, like=like,
        )
        for of, a, b, t, like in pairs
    )  # fmt: skip


def _reversed(x: Array) -> Array:
    return np.ascontiguousarray(x[..., ::-1])
