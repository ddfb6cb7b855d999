"""The house keeps its own rules: the tree is a grid, arrows run one way, every law can fail."""

from __future__ import annotations

import ast
import dataclasses
import doctest
import importlib
import inspect
from pathlib import Path

import numpy as np
import pytest

from backends.backend import Backend
from backends.binding import Absent, deviations
from backends.catalogue import BUILT_IN, NotInstalled, backend
from properties.laws import applicable, family, laws_of
from properties.mutants.mutant import mutants
from reference.catalogue import techniques
from reference.technique import OneOf, Technique, parameters

ROOT = Path(__file__).resolve().parent.parent
LAYERS = ("reference", "backends", "properties", "reports", "gradproof")
DOORS = {
    "torch": "backends/torch",
    "jax": "backends/jax",
    "optax": "backends/jax",
    "flax": "backends/jax",
}
SECTIONS = ("*Numerics*", "Args:", "Returns:", "*Differences*", "Example:")

TECHNIQUES = pytest.mark.parametrize("technique", techniques().values(), ids=lambda t: t.id)
HOSTS = [h for h in map(backend, BUILT_IN) if isinstance(h, Backend)]


def _sources() -> list[Path]:
    return [p for layer in LAYERS for p in sorted((ROOT / layer).rglob("*.py"))]


def _imported(file: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("file", _sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_run_one_way(file: Path) -> None:
    """A layer imports itself and the layers before it; one door for each library."""
    place = file.relative_to(ROOT)
    mine = LAYERS.index(place.parts[0])
    for name in _imported(file):
        top = name.partition(".")[0]
        if top in LAYERS:
            assert LAYERS.index(top) <= mine, f"{place} imports {name} against the arrows"
        if top in DOORS:
            own_mutants = place.parts[:2] == ("properties", "mutants")
            inside = str(place).startswith(DOORS[top]) or own_mutants
            assert inside, f"{place} imports {name}: only {DOORS[top]}/ may"


def test_the_checkout_is_the_one_imported() -> None:
    """No other package called `backends` hides ours."""
    assert Path(importlib.import_module("backends").__file__ or "").parent.parent == ROOT


def test_a_technique_has_at_most_five_fields() -> None:
    """The record stays small: torch's OpInfo shows what becomes of one that grows."""
    assert len(dataclasses.fields(Technique)) <= 5


@TECHNIQUES
def test_a_reference_says_what_it_is(technique: Technique) -> None:
    """The docstring has formula and sections in their order, and names its source."""
    text = inspect.getdoc(technique.reference) or ""
    places = [text.find(section) for section in SECTIONS]
    assert -1 not in places, f"{technique.id} lacks {SECTIONS[places.index(-1)]}"
    assert places == sorted(places), f"{technique.id}: sections out of order"
    assert technique.source
    assert technique.formula


@TECHNIQUES
def test_a_references_example_runs(technique: Technique) -> None:
    """The example in the docstring gives what it says."""
    module = importlib.import_module(technique.reference.__module__)
    names = vars(module) | {"np": np}
    text = inspect.getdoc(technique.reference) or ""
    test = doctest.DocTestParser().get_doctest(text, names, technique.id, None, None)
    assert test.examples, f"{technique.id} has no example"
    told: list[str] = []
    doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test, out=told.append)
    assert not told, "".join(told)


@TECHNIQUES
def test_every_fact_entails_a_law(technique: Technique) -> None:
    """A fact without a law would be a claim that nobody checks."""
    module = family(technique)
    speaking = applicable(technique, module.trial_kind(technique), module)
    for fact in technique.facts:
        assert fact.law in speaking, f"{technique.id} states {fact.law}, which no law of it is"


@TECHNIQUES
def test_every_parameter_has_a_domain(technique: Technique) -> None:
    """A hyper-parameter without a domain is never drawn away from its default."""
    for parameter in technique.parameters.values():
        assert parameter.domain is not None, f"{technique.id}: {parameter.name}"


@TECHNIQUES
@pytest.mark.parametrize("host", HOSTS, ids=lambda h: h.name)
def test_every_backend_speaks_of_every_technique(technique: Technique, host: Backend) -> None:
    """A backend binds a technique or says in a sentence why not; parameters have the same names."""
    binding = host.binding(technique)
    if isinstance(binding, Absent):
        assert "says nothing" not in binding.reason, binding.reason
        assert "has no file" not in binding.reason, binding.reason
        assert binding.reason.endswith((".", ")")) or " " in binding.reason
        return
    for name, parameter in parameters(binding).items():
        assert name in technique.parameters, f"{host.name} {technique.id}: unknown parameter {name}"
        wanted = technique.parameters[name].domain
        if isinstance(parameter.domain, OneOf) and isinstance(wanted, OneOf):
            assert set(parameter.domain.values) <= set(wanted.values)


@pytest.mark.parametrize("host", HOSTS, ids=lambda h: h.name)
def test_every_binding_is_a_technique(host: Backend) -> None:
    """A public name in a backend's file that is no technique would never be judged."""
    known = {(t.module, t.name) for t in techniques().values()}
    for module in host.own_modules():
        for name, value in vars(importlib.import_module(f"{host.package}.{module}")).items():
            own = getattr(value, "__module__", "") == f"{host.package}.{module}"
            if not name.startswith("_") and (
                isinstance(value, Absent) or (own and callable(value))
            ):
                assert (module, name) in known, f"{host.package}.{module}.{name} is no technique"


@pytest.mark.parametrize("library", sorted(set(DOORS.values())))
def test_a_file_without_a_namesake_is_imported(library: str) -> None:
    """Bindings are found by their file's name; what others import is machinery; there is no third.

    A file that the reference does not have as well, and nobody imports, would never be judged.
    """
    files = sorted((ROOT / library).rglob("*.py"))
    known = set().union(*map(_imported, files))
    for file in files:
        bound = (ROOT / "reference" / file.relative_to(ROOT / library)).exists()
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        assert bound or file.name == "__init__.py" or name in known, f"{name} is no room's name"


@TECHNIQUES
@pytest.mark.parametrize("host", HOSTS, ids=lambda h: h.name)
def test_every_deviation_names_a_law_of_its_technique(technique: Technique, host: Backend) -> None:
    """A deviation for a law that is never asked would excuse nothing and go stale unseen."""
    binding = host.binding(technique)
    if isinstance(binding, Absent):
        return
    module = family(technique)
    speaking = applicable(technique, module.trial_kind(technique), module)
    for deviation in deviations(binding):
        assert deviation.law in speaking
        assert deviation.because
        assert deviation.at_most.equation
        assert deviation.witness


def test_the_numpy_backend_deviates_nowhere() -> None:
    """The reference may excuse nothing of itself."""
    for technique in techniques().values():
        assert not deviations(technique.reference)


def test_every_mutant_is_of_a_technique_and_has_a_reason() -> None:
    """A mutant of nothing would survive unseen."""
    for mutant in mutants():
        assert mutant.technique in techniques()
        assert mutant.because


def test_every_law_returns_a_finding_and_claims_something() -> None:
    """A law's docstring states its claim."""
    for name in {t.family for t in techniques().values()}:
        for laws in laws_of(importlib.import_module(f"properties.{name}")).values():
            for law in laws:
                assert law.__doc__, law.__name__


def test_a_missing_library_is_said_and_not_green(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without JAX its backend is `not installed`; the rest goes on."""
    from backends import catalogue

    def missing(name: str) -> object:
        raise ImportError(name)

    monkeypatch.setattr(importlib, "import_module", missing)
    catalogue.backend.cache_clear()
    try:
        assert isinstance(backend("jax"), NotInstalled)
    finally:
        monkeypatch.undo()
        catalogue.backend.cache_clear()
