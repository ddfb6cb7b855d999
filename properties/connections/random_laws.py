"""Laws of branches that are left out sample by sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from properties.connections.blocks import Blocks
from properties.connections.size_laws import enlarged
from properties.trial import all_of

if TYPE_CHECKING:
    from properties.finding import Finding
    from reference.numerics import Array
    from reference.technique import Fact


def passes_rows_that_drop_the_branch(trial: Blocks, fact: Fact) -> Finding:
    """In training y is x, to the last bit, in every row whose branch is dropped, and its gradient
    the cotangent; where all are, weights receive exactly 0.
    """
    del fact
    some = trial.replaced({"kept": _every_other}, mode="train")
    none = trial.replaced({"kept": 0}, mode="train")
    found = []
    for case in (some, none):
        of_x, *rest = case.pulled(trial.cotangents)
        mask = (case.named("kept") == 0)[:, None]
        pairs = ("y", case.given[0], case.y), ("x", trial.cotangents, of_x)
        found.append(case.same(*pairs, mask=mask))
    weights = [(f"[{k}]", np.zeros(g.shape), g) for k, g in enumerate(rest, 1)]
    return all_of(iter([*found, none.same(*weights)]))


def _every_other(kept: Array) -> Array:
    return (np.arange(len(kept)) % 2).astype(kept.dtype)


def hides_the_branches_it_drops(trial: Blocks, fact: Fact) -> Finding:
    """In training y is x where the branch is dropped, also where that is infinite."""
    del fact
    form = trial.subject.form
    far = int(np.log2(form.largest)) - 1

    def ones(x: Array) -> Array:
        return np.ones_like(x)

    large = trial.replaced({"w1": ones, "b1": 1.0, "w2": ones, "b2": ones}, mode="train")
    large = large.replaced({"x": np.abs, "kept": 0, "w1": enlarged(far // 2 + 8),
                            "w2": enlarged(far // 2 + 8)}, mode="train")  # fmt: skip
    return large.same(("y", large.given[0], large.y))


def averages_to_eval(trial: Blocks, fact: Fact) -> Finding:
    """1 - p times y with every branch kept and p times y with none is what evaluation gives."""
    del fact
    rate = np.float64(trial.parameters["rate"])
    kept, dropped = (trial.replaced({"kept": k}, mode="train") for k in (1, 0))
    whole = trial.replaced({}, mode="eval")
    with_it, without, due = (t.y.astype(np.float64) for t in (kept, dropped, whole))
    slack = (1 - rate) * kept.truth[0].allowed + rate * dropped.truth[0].allowed
    mean = (1 - rate) * with_it + rate * without
    return trial.compare(mean, due, slack + whole.truth[0].allowed, floor=2 * trial.floor)


def ignores_decisions_in_eval(trial: Blocks, fact: Fact) -> Finding:
    """In evaluation it makes no difference which branches were to be dropped: not by a bit."""
    del fact
    kept, dropped = (trial.replaced({"kept": k}, mode="eval") for k in (1, 0))
    of_x, same = (t.pulled(trial.cotangents)[0] for t in (kept, dropped))
    return trial.same(("y", kept.y, dropped.y), ("x", of_x, same))
