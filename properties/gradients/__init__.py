"""Gradient techniques: what is drawn for them, and how each kind of them is tried."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from properties.gradients import batch_laws, laws, noise_laws, run_laws
from properties.gradients.noise import Noise, NoisePlan
from properties.gradients.plans import CUTS, STEPS, GradientPlan
from properties.gradients.trials import Examples, MicroBatches, Runs, Trees
from properties.strategies import Profile, at_witness, hyper_parameters, scalars
from reference.technique import parameters

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from properties.trial import Subject, Trial
    from reference.technique import Technique

LAWS = (laws, batch_laws, run_laws, noise_laws)

_KINDS: dict[str, type[Trial]] = {
    "grads": Trees,
    "params": Trees,
    "steps": Runs,
    "examples": Examples,
    "micro_batches": MicroBatches,
    "seed": Noise,
}


def trial_kind(technique: Technique) -> type[Trial]:
    """What a technique takes first says how it is tried."""
    return _KINDS[technique.inputs[0]]


def plans(subject: Subject, profile: Profile) -> SearchStrategy[Any]:
    """Plans of this subject. Hyper-parameters beside 16-bit gradients are float32's."""
    del profile
    chosen = _hyper_parameters(subject)
    if trial_kind(subject.technique) is Noise:
        return st.builds(NoisePlan, chosen, st.integers(0, 15))
    return st.builds(
        GradientPlan,
        chosen,
        st.just(subject.technique.inputs),
        st.integers(0, 2**16),
        st.integers(-12, 12).map(lambda k: 3 - k),
        st.sampled_from((1, 0, 8, 20)),
        cut=st.sampled_from(CUTS),
        bad=st.sampled_from(((2, 3), (0,), (3, 4, 5), (STEPS - 2,), ())),
    )


def _hyper_parameters(subject: Subject) -> SearchStrategy[tuple[tuple[str, Any], ...]]:
    """Those of the technique; what a plain function does not take stays at its default."""
    wanted, offered = subject.technique.parameters, parameters(subject.binding)
    drawn = hyper_parameters(wanted, offered, scalars(subject.form))
    taken = getattr(subject.binding, "takes", None)
    if taken is None:
        return drawn
    return drawn.map(
        lambda known: tuple((k, v if k in taken else wanted[k].default) for k, v in known)
    )


def trial(subject: Subject, plan: Any) -> Trial:
    """One drawn case."""
    return trial_kind(subject.technique)(subject, plan)


def pinned(subject: Subject, witness: dict[str, Any]) -> Any:
    """The plan that re-runs a witness: one number for every gradient, one more for the first.

    Of noise it is a seed.
    """
    known = at_witness(subject, witness)
    if trial_kind(subject.technique) is Noise:
        return NoisePlan(known, witness["seed"])
    return GradientPlan(
        known,
        subject.technique.inputs,
        pinned=witness.get("gradient"),
        beside=witness.get("beside"),
        parameter=witness.get("parameter"),
        bad=(witness["bad_step"],) if "bad_step" in witness else (),
        spoiled=float(witness.get("spoiled", 0.0)),
    )
