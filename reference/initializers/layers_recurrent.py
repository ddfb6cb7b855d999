"""How a recurrent cell's parameters start when nobody asks for an initializer."""

from __future__ import annotations

from typing import Literal, TypeAlias

from reference import starts
from reference.fans import Layout
from reference.initializer_facts import in_parts, may_be_zero, orthogonal_parts
from reference.initializers.layers import ROUNDED
from reference.numerics import Array
from reference.starts import Start
from reference.technique import technique

Cell: TypeAlias = Literal["lstm", "gru", "simple"]

GATES = {"lstm": 4, "gru": 3, "simple": 1}
"""How many matrices of each kind a cell has."""


def _hidden(outputs: int, cell: Cell) -> int:
    if outputs % GATES[cell]:
        message = f"{outputs} outputs cannot be divided among the {GATES[cell]} gates of {cell}"
        raise ValueError(message)
    return outputs // GATES[cell]


@technique(
    source="torch.nn.LSTM, GRU and RNN, their documentation; LeCun et al. 1998 for flax's cells",
    accuracy=ROUNDED,
    facts=(in_parts,),
)
def recurrent_input_kernel(
    seed: Array,
    weight: Array,
    *,
    rule: Literal["uniform_hidden", "lecun_normal"] = "uniform_hidden",
    layout: Layout = "out_in",
    cell: Cell = "lstm",
) -> Start:
    """The weights from the input to the gates of a recurrent cell, as the layer makes them.

    uniform_hidden: W ~ U(-b, b), b = 1 / sqrt(hidden);  lecun_normal: Var W = 1 / inputs

    hidden: numbers in the state; inputs: numbers that enter at each step. The gates lie side by
    side along the output axis, (gates * hidden, inputs). By the first rule a wide input is not
    scaled down: its part of a gate has the variance inputs / (3 hidden).

    *Numerics*: as for `dense_kernel`.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill; its values do not count.
        rule: which of the two.
        layout: which axis is the outputs.
        cell: how many gates, 4, 3 or 1.

    Returns:
        Start: values shaped like weight, in its dtype, gate by gate.

    Raises:
        ValueError: the outputs are not divisible by the gates.

    *Differences*: torch.nn.LSTM, GRU, RNN: uniform_hidden for all that they have. flax's LSTMCell,
    GRUCell, SimpleCell: lecun_normal, each gate alone.

    Example:
        >>> import numpy as np
        >>> start = recurrent_input_kernel(0, np.empty((100, 9)))
        >>> start.parts, round(float(start.deviation * np.sqrt(3)), 9)  # b = 1 / sqrt(25)
        (4, 0.2)
    """
    outputs, inputs = weight.shape if layout == "out_in" else weight.shape[::-1]
    axis = 0 if layout == "out_in" else 1
    hidden = _hidden(outputs, cell)
    draw, fan = {
        "uniform_hidden": (starts.uniform, hidden),
        "lecun_normal": (starts.lecun_normal, inputs),
    }[rule]
    return draw(seed, weight, fan, parts=GATES[cell], axis=axis)


@technique(
    source="torch.nn.LSTM, GRU and RNN, their documentation; Saxe, McClelland and Ganguli 2014, "
    "Exact solutions to the nonlinear dynamics of learning, for the orthogonal rule",
    accuracy=ROUNDED,
    facts=(
        in_parts,
        orthogonal_parts,
    ),
)
def recurrent_hidden_kernel(
    seed: Array,
    weight: Array,
    *,
    rule: Literal["uniform_hidden", "orthogonal_gates"] = "uniform_hidden",
    layout: Layout = "out_in",
    cell: Cell = "lstm",
) -> Start:
    """The weights from the state to the gates of a recurrent cell, as the layer makes them.

    uniform_hidden: W ~ U(-b, b), b = 1 / sqrt(hidden);  orthogonal_gates: W_g' W_g = I, each gate g

    hidden: numbers in the state. By the first rule a state comes back with a third of its variance
    at each step; by the second with all of it, on every axis.

    *Numerics*: uniform numbers as for `dense_kernel`; an orthogonal matrix by Householder's QR in
    float64, rounded once.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the array to fill, (gates * hidden, hidden) or (hidden, gates * hidden).
        rule: which of the two.
        layout: which axis is the outputs.
        cell: how many gates, 4, 3 or 1.

    Returns:
        Start: values shaped like weight, in its dtype, gate by gate.

    Raises:
        ValueError: the outputs are not the gates times hidden.

    *Differences*: torch.nn.LSTM, GRU, RNN: uniform_hidden. flax's LSTMCell, GRUCell, SimpleCell:
    orthogonal, each gate alone. In torch: `init.orthogonal_` of each chunk of weight_hh_l0.

    Example:
        >>> import numpy as np
        >>> w = recurrent_hidden_kernel(0, np.empty((9, 3)), rule="orthogonal_gates", cell="gru")
        >>> bool(np.allclose(w.values[3:6] @ w.values[3:6].T, np.eye(3)))
        True
    """
    outputs, hidden = weight.shape if layout == "out_in" else weight.shape[::-1]
    if _hidden(outputs, cell) != hidden:
        message = f"{GATES[cell]} gates of {hidden} numbers need {GATES[cell] * hidden} outputs"
        raise ValueError(message)
    axis = 0 if layout == "out_in" else 1
    if rule == "orthogonal_gates":
        return starts.orthogonal(seed, weight, parts=GATES[cell], axis=axis)
    return starts.uniform(seed, weight, hidden, parts=GATES[cell], axis=axis)


@technique(
    source="torch.nn.LSTM, GRU and RNN, and flax's cells, their documentation",
    accuracy=ROUNDED,
    facts=(
        in_parts,
        may_be_zero,
    ),
)
def recurrent_bias(
    seed: Array,
    weight: Array,
    *,
    rule: Literal["uniform_hidden", "zeros"] = "uniform_hidden",
    cell: Cell = "lstm",
) -> Start:
    """The biases of a recurrent cell's gates, as the layer makes them.

    uniform_hidden: b_i ~ U(-1 / sqrt(hidden), 1 / sqrt(hidden));  zeros: b_i = 0

    hidden: numbers in the state. Neither rule opens the forget gate of an LSTM by a bias of 1, as
    Gers, Schmidhuber and Cummins 2000 found useful.

    *Numerics*: as for `dense_kernel`.

    Args:
        seed: one integer from 0 to 2^31 - 1.
        weight: the bias to fill, (gates * hidden).
        rule: which of the two.
        cell: how many gates, 4, 3 or 1.

    Returns:
        Start: values shaped like weight, in its dtype, gate by gate.

    Raises:
        ValueError: the numbers are not divisible by the gates.

    *Differences*: torch.nn.LSTM, GRU, RNN: uniform_hidden, twice, as bias_ih_l0 and bias_hh_l0 are
    added: together their variance is 2 / (3 hidden). flax's cells: one bias a gate, zero.

    Example:
        >>> import numpy as np
        >>> round(float(recurrent_bias(0, np.empty(75), cell="gru").deviation * np.sqrt(3)), 9)
        0.2
    """
    hidden = _hidden(weight.shape[0], cell)
    if rule == "zeros":
        return starts.at_zero(weight)
    return starts.uniform(seed, weight, hidden, parts=GATES[cell])
