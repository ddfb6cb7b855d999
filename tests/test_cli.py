"""The command line: what it prints, how it ends, and what it says to bad input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.conftest import Command

QUICK = ("verify", "--only", "activations.relu", "--dtype", "float32", "--profile", "quick",
         "--workers", "1")  # fmt: skip


def test_a_run_ends_with_table_and_files(gradproof: Command, tmp_path: Path) -> None:
    """A green run exits 0, prints its table, and leaves header and verdicts."""
    done = gradproof(*QUICK, "--output", tmp_path / "run")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "activations" in done.stdout
    header = json.loads((tmp_path / "run" / "run.json").read_text())
    for key in ("versions", "platform", "seed", "profile", "compared", "wall_seconds",
                "kernel_share", "recompilations"):  # fmt: skip
        assert key in header
    assert header["complete"]
    assert header["compared"] > 1_000_000
    assert header["recompilations"] == 0
    assert header["recompiled"] == {}
    rows = [json.loads(t) for t in (tmp_path / "run" / "verdicts.jsonl").read_text().splitlines()]
    wanted = {"technique", "law", "backend", "dtype", "device", "verdict", "grade", "max_ulp",
              "allowed", "compared", "witness", "reason", "seconds"}  # fmt: skip
    assert all(wanted <= set(row) for row in rows)
    assert {row["backend"] for row in rows} == {"numpy", "torch", "jax"}


def test_twice_the_same_seed_gives_the_same_verdicts(gradproof: Command, tmp_path: Path) -> None:
    """Byte for byte, but for times."""
    seen = []
    for name in ("a", "b"):
        gradproof(
            "verify", "--only", "leaky_relu", "--dtype", "float32",
            "--dtype", "bfloat16", "--profile", "quick", "--seed", "7", "--output", tmp_path / name,
        )  # fmt: skip
        text = (tmp_path / name / "verdicts.jsonl").read_text()
        rows = [json.loads(line) for line in text.splitlines()]
        seen.append([{k: v for k, v in row.items() if k != "seconds"} for row in rows])
    assert seen[0] == seen[1]
    assert len(seen[0]) > 20


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("verify", "--only", "nonsense"), "no technique matches 'nonsense'"),
        (("verify", "--backend", "caffe"), "choose one of numpy, torch, jax"),
        (("verify", "--dtype", "float8"), "choose one of float64, float32, bfloat16, float16"),
        (("verify", "--device", "tpu", "--only", "relu"), "has no device 'tpu' here"),
        (("verify", "--profile", "huge"), "choose one of quick, default, thorough"),
        (("verify", "--family", "cooking"), "unknown family 'cooking'; choose one of activations"),
        (("verify", "--backend", "missing.py:MINE"), "does not exist"),
        (("verify", "--backend", "missing.py"), "write path/to/file.py:NAME"),
        (("report", "no/such/run"), "there is no run at no/such/run"),
        (("reproduce", "no/such/run", "x"), "there is no run at no/such/run"),
        ((*QUICK, "--output", "/proc/gradproof"), "choose another folder with --output"),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value)[:40],
)
def test_bad_input_is_one_sentence(
    gradproof: Command, tmp_path: Path, arguments: tuple[str, ...], says: str
) -> None:
    """One clear sentence on stderr with the choices or the next step, status 2, no traceback."""
    if arguments[0] == "verify" and "--output" not in arguments:
        arguments = (*arguments, "--output", str(tmp_path / "run"))
    done = gradproof(*arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_debug_shows_the_traceback(gradproof: Command) -> None:
    """With --debug the same error comes with its traceback."""
    done = gradproof("--debug", "verify", "--only", "nonsense")
    assert done.returncode == 2
    assert "Traceback" in done.stderr


def test_an_output_folder_with_a_run_is_not_overwritten(gradproof: Command, tmp_path: Path) -> None:
    """Nothing is lost: a second run into the same folder is refused."""
    gradproof(*QUICK, "--backend", "numpy", "--output", tmp_path / "run")
    done = gradproof(*QUICK, "--backend", "numpy", "--output", tmp_path / "run")
    assert done.returncode == 2
    assert "--resume" in done.stderr


def test_the_catalogue_lists_source_facts_and_bindings(gradproof: Command) -> None:
    """`techniques --json` is complete for every technique; section 2 of the catalogue is there."""
    rows = json.loads(gradproof("techniques", "--json").stdout)
    names = {row["id"] for row in rows}
    for row in rows:
        assert row["source"]
        assert row["formula"]
        assert set(row["bindings"]) == {"numpy", "torch", "jax"}
        for binding in row["bindings"].values():
            assert binding["status"] in ("bound", "deviates", "absent")
            assert binding["status"] != "absent" or binding["reason"]
    wanted = """
        sigmoid tanh relu leaky_relu prelu softmax cross_entropy elu celu selu gelu
        gelu_tanh quick_gelu silu mish softplus softsign log_sigmoid hard_tanh hard_sigmoid
        hard_swish relu6 squared_relu glu reglu geglu swiglu log_softmax"""
    assert {f"activations.{name}" for name in wanted.split()} <= names
    assert sum(row["family"] == "activations" for row in rows) >= 45
    others = {
        "initializers.glorot_normal", "schedules.cosine", "gradients.clip_by_global_norm",
        "optimizers.adam", "normalization.batch_norm", "connections.residual", "recurrent.lstm",
    }  # fmt: skip
    assert others <= names


def test_reproduce_prints_a_script_with_the_framework_alone(
    gradproof: Command, tmp_path: Path
) -> None:
    """On a deviation: the script imports the framework alone and shows the disagreement."""
    gradproof("verify", "--only", "activations.tanh", "--backend", "torch", "--dtype", "float32",
              "--profile", "quick", "--output", tmp_path / "run")  # fmt: skip
    cell = "torch-activations.tanh-derivative_agrees-float32"
    done = gradproof("reproduce", tmp_path / "run", cell)
    assert done.returncode == 0, done.stderr
    imports = [t for t in done.stdout.splitlines() if t.startswith(("import", "from"))]
    assert imports
    assert all("torch" in line for line in imports)
    told: dict[str, object] = {}
    exec(done.stdout, told)  # noqa: S102 - the script under test
    observed, expected = float(str(told["observed"])), float(str(told["expected"]))
    assert abs(observed - expected) > abs(expected) / 2  # the derivative is lost, not rounded


@pytest.mark.parametrize(
    ("command", "called", "told"),
    [
        (("verify", "--only", "relu"), "gradproof.verify.verify", "--resume --output"),
        (("flow", "--depth", "2"), "gradproof.flow.flow", "what was done stands in"),
    ],
)
def test_whoever_interrupts_is_told_where_the_run_is(
    gradproof: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    command: tuple[str, ...], called: str, told: str,
) -> None:  # fmt: skip
    """One sentence on stderr, with the folder; and the exit status of an interrupt."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(called, interrupted)
    done = gradproof(*command, "--output", tmp_path / "run")
    assert done.returncode == 130
    assert told in done.stderr
    assert str(tmp_path / "run") in done.stderr
