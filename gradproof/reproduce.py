"""`gradproof reproduce`: a script with the framework alone, run before it is printed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

from backends.backend import Backend, NotOfferedError
from backends.catalogue import backend
from gradproof.optimizer_scripts import scripts
from gradproof.scripts import written
from properties import array_laws
from properties.arrays import Arrays
from properties.grid import UnknownNameError
from properties.judge import counterexample
from properties.laws import applicable, ask, family
from properties.optimizers.steps import Steps
from properties.strategies import PROFILES
from reference.catalogue import techniques
from reports.runs import RunError

if TYPE_CHECKING:
    from properties.finding import Finding
    from properties.trial import Trial
    from reports.runs import Run

_BEHIND = {
    "agrees_with_reference": array_laws.agrees_with_reference,
    "gradient_agrees": array_laws.gradient_agrees,
}


def script(run: Run, verdict_id: str) -> str:
    """The script for one verdict of a run. Raises where there is nothing to reproduce."""
    row = _row(run, verdict_id)
    host = backend(_host(run, row["backend"]))
    if not isinstance(host, Backend):
        message = f"{row['backend']} is {host.reason}; install it to reproduce {verdict_id}"
        raise RunError(message)
    technique = techniques()[row["technique"]]
    if run.header["profile"] not in PROFILES:
        message = (
            f"{run.name} is a sweep through depth: its witness names stack, depth and layer; "
            f"`gradproof verify --only {technique.id}` finds small stacks to reproduce"
        )
        raise RunError(message)
    found = counterexample(
        technique, host, row["dtype"], row["law"], PROFILES[run.header["profile"]],
        device=row["device"], seed=run.header["seed"],
    )  # fmt: skip
    if found is None or found[1].witness is None:
        message = f"{verdict_id} holds on this machine now: there is nothing to reproduce"
        raise RunError(message)
    trial, finding = found
    if isinstance(trial, Steps):
        return _stepped(trial, finding, row["law"], verdict_id)
    return _shown(trial, finding, row["law"], verdict_id)


def _stepped(trial: Steps, finding: Finding, law: str, verdict_id: str) -> str:
    """The script of a step or a run of an optimizer, the first that shows the disagreement."""
    technique = trial.subject.technique
    module = family(technique)
    asked = applicable(technique, module.trial_kind(technique), module)[law]
    told = "has no single step or run to show: the law compares several"
    for text, allowed in scripts(asked, trial, finding, verdict_id):
        told = _problem(text, allowed)
        if not told:
            return text
    message = f"the script for {verdict_id} {told}"
    raise RunError(message)


def _shown(trial: Trial, finding: Finding, law: str, verdict_id: str) -> str:
    """The script of this finding, or of what is behind it.

    A law may compare something made of many outputs: then the outputs or gradients behind it, those
    that disagree with the reference at the same inputs, are shown.
    """
    text = written(trial, finding, law, verdict_id)
    told = _problem(text, _allowed(finding))
    behind = _BEHIND if told and isinstance(trial, Arrays) else {}
    for name, asked in behind.items():
        try:
            seen = ask(asked, trial, strictly=True)
        except NotOfferedError:
            continue
        if seen.compared and not seen.holds:
            text = written(trial, seen, name, f"{verdict_id}, seen in {name}")
            if not _problem(text, _allowed(seen)):
                return text
    if told:
        message = f"the script for {verdict_id} {told}"
        raise RunError(message)
    return text


def _allowed(finding: Finding) -> float:
    return float((finding.witness or {})["allowed_error"])


def _row(run: Run, verdict_id: str) -> dict[Any, Any]:
    def place(r: dict[Any, Any]) -> str:
        device = "" if r["device"] == "cpu" else f"-{r['device']}"
        return f"{r['backend']}-{r['technique']}-{r['law']}-{r['dtype']}{device}"

    rows = {place(r): r for r in run.verdicts.to_dict("records")}
    if verdict_id not in rows:
        near = [i for i, r in rows.items() if r["verdict"] in ("fails", "deviates", "stale")]
        example = next(iter(near or rows))
        message = f"{run.folder} has no verdict {verdict_id!r}; one that it has is {example}"
        raise UnknownNameError(message)
    row = rows[verdict_id]
    if row["verdict"] not in ("fails", "deviates", "stale"):
        message = f"{verdict_id} {row['verdict']}: there is no disagreement to reproduce"
        raise UnknownNameError(message)
    return row


def _host(run: Run, name: str) -> str:
    """A backend's name as it was given on the command line: a file stands in the header."""
    return str(run.header.get("files", {}).get(name, name))


def _problem(text: str, allowed: float) -> str:
    """Run the script by itself: why it does not show the disagreement; nothing where it does."""
    done = subprocess.run(  # noqa: S603 - our own script, in this Python
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        story = (done.stderr.strip().splitlines() or ["(no message)"])[-1]
        return f"does not run by itself: {story}"
    words = done.stdout.split()
    error = float(words[-1])
    if not error > allowed and error == error:  # noqa: PLR0124 - NaN is a disagreement
        return (
            f"ran but agrees to {error:g} (allowed {allowed:g}): the disagreement needs more than "
            "this one input"
        )
    return ""
