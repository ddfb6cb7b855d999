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
    ys, *last = _packed(x, lengths, tuple(s[None] for s in state), weights, cell)
    return ys, *(s[0] for s in last)


@slopes_of_values(reference.bidirectional_lengths, *OPEN, coarse=COARSE, dead=False)
def bidirectional_lengths(
    x: Any, lengths: Any, state: Any, forward: Any, backward: Any, *,
    cell: Literal["lstm", "gru", "rnn"] = "lstm", beyond: Literal["zero"] = "zero",
) -> Any:  # fmt: skip
    del beyond
    return _packed(x, lengths, state, (*forward, *backward), cell, bidirectional=True)


def _packed(x: Any, lengths: Any, state: Any, weights: Any, cell: str, **options: Any) -> Any:
    packed = pack_padded_sequence(x, lengths.cpu(), enforce_sorted=False)
    layer = LAYERS[cell](x.shape[-1], weights[1].shape[-1], device="meta", dtype=x.dtype, **options)
    named = dict(zip((name for name, _ in layer.named_parameters()), weights, strict=True))
    given = tuple(state) if len(state) > 1 else state[0]
    ys, last = torch.func.functional_call(layer, named, (packed, given))
    padded = pad_packed_sequence(ys, total_length=len(x))[0]
    return padded, *(last if isinstance(last, tuple) else (last,))
