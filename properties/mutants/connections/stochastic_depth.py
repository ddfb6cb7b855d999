"""Wrong stochastic depth."""

from __future__ import annotations

import numpy as np

from properties.mutants.mutant import mutant
from reference.connections.branches import branch
from reference.connections.stochastic_depth import Mode, Scaling, stochastic_depth_block
from reference.numerics import Array, Linearized

DEPTH = "connections.stochastic_depth_block"


@mutant(DEPTH, "nothing is scaled, in training or evaluation", blind_spot="scale")
def depth_scales_nothing(
    x: Array, *rest: Array, rate: float, mode: Mode, scaling: Scaling
) -> Linearized:
    del scaling
    never: Scaling = "eval" if mode == "train" else "train"
    return stochastic_depth_block(x, *rest, rate=rate, mode=mode, scaling=never)


@mutant(DEPTH, "the rate is taken to be that of keeping the branch",
        blind_spot="symmetry and defaults")  # fmt: skip
def depth_divides_by_the_rate(
    x: Array, *rest: Array, rate: float, mode: Mode, scaling: Scaling
) -> Linearized:
    return stochastic_depth_block(x, *rest, rate=1 - rate, mode=mode, scaling=scaling)


@mutant(DEPTH, "the first decision counts for the whole batch", blind_spot="structure")
def depth_decides_for_the_batch(
    x: Array, *rest: Array, rate: float, mode: Mode, scaling: Scaling
) -> Linearized:
    *weights, kept = rest
    one = np.full_like(kept, kept[0] if len(kept) else 1)
    return stochastic_depth_block(x, *weights, one, rate=rate, mode=mode, scaling=scaling)


@mutant(DEPTH, "branches are dropped in evaluation, too", blind_spot="protocol")
def depth_drops_in_evaluation(
    x: Array, *rest: Array, rate: float, mode: Mode, scaling: Scaling
) -> Linearized:
    if mode == "eval" and scaling == "train":
        return stochastic_depth_block(x, *rest, rate=0.0, mode="train", scaling="train")
    return stochastic_depth_block(x, *rest, rate=rate, mode=mode, scaling=scaling)


@mutant(DEPTH, "the whole block is dropped, its shortcut with it", blind_spot="dynamics")
def depth_drops_the_shortcut(
    x: Array, *rest: Array, rate: float, mode: Mode, scaling: Scaling
) -> Linearized:
    right = stochastic_depth_block(x, *rest, rate=rate, mode=mode, scaling=scaling)
    if mode == "eval":
        return right
    kept = (rest[-1] != 0)[:, None]
    return Linearized(
        np.where(kept, right.outputs, 0), lambda c: right.pullback(np.where(kept, c, 0))
    )


@mutant(DEPTH, "the branch is multiplied by 0 where it is dropped: infinite ones are NaN",
        blind_spot="special values")  # fmt: skip
def depth_multiplies_by_zero(
    x: Array, *rest: Array, rate: float, mode: Mode, scaling: Scaling
) -> Linearized:
    right = stochastic_depth_block(x, *rest, rate=rate, mode=mode, scaling=scaling)
    *weights, kept = rest
    if mode == "eval" or scaling == "eval":
        return right
    noise = kept.astype(x.dtype) / x.dtype.type(1 - rate)
    return right._replace(outputs=x + branch(x, *weights).outputs * noise[:, None])


@mutant(DEPTH, "gradients of kept branches are not divided by 1 - p", blind_spot="dynamics")
def depth_pulls_back_unscaled(
    x: Array, *rest: Array, rate: float, mode: Mode, scaling: Scaling
) -> Linearized:
    right = stochastic_depth_block(x, *rest, rate=rate, mode=mode, scaling=scaling)
    if mode == "eval":
        return right
    plain = stochastic_depth_block(x, *rest, rate=rate, mode=mode, scaling="eval")
    return right._replace(pullback=plain.pullback)


@mutant(DEPTH, "dropped branches are run backward all the same", blind_spot="dynamics")
def depth_pulls_back_through_dropped_branches(
    x: Array, *rest: Array, rate: float, mode: Mode, scaling: Scaling
) -> Linearized:
    right = stochastic_depth_block(x, *rest, rate=rate, mode=mode, scaling=scaling)
    *weights, kept = rest
    whole = stochastic_depth_block(
        x, *weights, np.ones_like(kept), rate=rate, mode=mode, scaling=scaling
    )
    return right._replace(pullback=whole.pullback)
