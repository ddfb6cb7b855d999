"""Facts of recurrent cells. Each names the law in `properties` that it entails."""

from __future__ import annotations

from reference.technique import Fact


def of_cells(gates: int) -> tuple[Fact, ...]:
    """What running a cell over a sequence entails; its weights hold rows for so many gates."""
    laws = (
        "carries_its_state",
        "looks_only_back",
        "keeps_sequences_apart",
        "ends_in_its_last_output",
    )
    return tuple(Fact(law, {"gates": gates}) for law in laws)


def fades(state: str, factor: float) -> Fact:
    """With weights and biases of zero this state is multiplied by `factor` at every step."""
    return Fact("fades_at_zero_weights", {"state": state, "factor": factor})


def squashes(*states: str, **chosen: str) -> Fact:
    """However large the inputs, states stay within 1, or grow by 1 a step if named "c0".

    With conventions `chosen`, where others do not squash.
    """
    return Fact("stays_within_its_gates", {"states": states, "chosen": chosen})


def spectral(identity: float) -> Fact:
    """Near 0 a gradient is multiplied by w_hh + `identity` at every step."""
    return Fact("gradient_follows_the_spectral_radius", {"identity": identity})


def alive(*rows: str, less: float = 0.0, **chosen: str) -> Fact:
    """The gradient stays alive in saturated gates; `rows` says by what each gate's are squashed.

    `less` is what a saturated state itself adds to its argument. With conventions `chosen`, where
    others do not saturate.
    """
    return Fact("keeps_gradient_alive", {"rows": rows, "less": less, "chosen": chosen})
