"""Sequences of several lengths, packed by torch.nn.utils.rnn."""

from __future__ import annotations

from typing import Any, Literal

import torch
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from backends.equations.recurrent.gates import COARSE, OPEN
from backends.torch.recurrent import LAYERS, slopes_of_values
from reference.recurrent import lengths as reference


@slopes_of_values(reference.variable_lengths, *OPEN, coarse=COARSE, dead=False)
def variable_lengths(
    x: Any, lengths: Any, state: Any, weights: Any, *,
    cell: Literal["lstm", "gru", "rnn"] = "lstm", beyond: Literal["zero"] = "zero",
) -> Any:  # fmt: skip
    del beyond
    packed = pack_padded_sequence(x, lengths.cpu(), enforce_sorted=False)
    hidden, named = weights[1].shape[-1], zip(NAMES, weights, strict=True)
    layer = LAYERS[cell](x.shape[-1], hidden, device="meta", dtype=x.dtype)
    given = tuple(s[None] for s in state) if len(state) > 1 else state[0][None]
    ys, last = torch.func.functional_call(layer, dict(named), (packed, given))
    last = last if isinstance(last, tuple) else (last,)
    return pad_packed_sequence(ys, total_length=len(x))[0], *(s[0] for s in last)


NAMES = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
