"""`gradproof reproduce`: a script with the framework alone, run before it is printed."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.backend import Backend
from backends.catalogue import backend
from properties.elementwise import Elementwise
from properties.grid import UnknownNameError
from properties.judge import counterexample
from properties.strategies import PROFILES
from reference.catalogue import techniques
from reports.runs import RunError

if TYPE_CHECKING:
    from collections.abc import Callable

    from properties.finding import Finding
    from properties.trial import Trial
    from reports.runs import Run

_FIRST = (
    "derivative_agrees",
    "keeps_gradient_alive",
    "takes_a_subgradient_at_kinks",
    "is_lipschitz",
)
_SECOND = ("second_derivative_agrees", "has_a_continuous_second_derivative")
_OURS = ("backends", "reference", "properties", "gradproof", "__future__", "typing", "collections")
_LENGTH = 64  # long enough for a library's vectorized path

TORCH = """x = torch.full(({length},), {x}, dtype=torch.{dtype}{grad})  # bits {bits}
y = {call}
"""
TORCH_SLOPE = "(y,) = torch.autograd.grad(y, x, torch.ones_like(y), create_graph=True)\n"
JAX = """x = jax.numpy.full(({length},), {x}, dtype="{dtype}")  # bits {bits}
f = lambda x: {call}
"""
JAX_SLOPE = "f = (lambda f: lambda x: jax.vjp(f, x)[1](jax.numpy.ones_like(x))[0])(f)\n"
END = """
observed, expected = float({observed}), float("{expected}")
print("observed", observed, "expected", expected, "error", abs(observed - expected))
"""


def script(run: Run, verdict_id: str) -> str:
    """The script for one verdict of a run. Raises where there is nothing to reproduce."""
    row = _row(run, verdict_id)
    host = backend(_host(run, row["backend"]))
    if not isinstance(host, Backend):
        message = f"{row['backend']} is {host.reason}; install it to reproduce {verdict_id}"
        raise RunError(message)
    technique = techniques()[row["technique"]]
    found = counterexample(
        technique, host, row["dtype"], row["law"], PROFILES[run.header["profile"]],
        device=row["device"], seed=run.header["seed"],
    )  # fmt: skip
    if found is None or found[1].witness is None:
        message = f"{verdict_id} holds on this machine now: there is nothing to reproduce"
        raise RunError(message)
    trial, finding = found
    text = _written(trial, finding, row["law"], verdict_id)
    _check(text, finding, verdict_id)
    return text


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


def _written(trial: Trial, finding: Finding, law: str, verdict_id: str) -> str:
    s = trial.subject
    library = s.backend.package.rpartition(".")[2]
    imports, body = source_of(s.binding)
    first = {"torch": "import torch", "jax": "import jax", "numpy": "import numpy as np"}[library]
    imports = sorted({first, *imports}, key=lambda text: (text.startswith("from"), text))
    told = finding.witness or {}
    title = f'"""{verdict_id}: reproduced with {library} alone."""\n'
    wide = 'jax.config.update("jax_enable_x64", True)\n' if s.form.bits == 64 else ""
    head = "\n".join([title, *imports, wide if library == "jax" else "", "", body, "", ""])
    if isinstance(trial, Elementwise):
        return head + _elementwise(trial, told, law, library)
    return head + _arrays(trial, told, law, library)


def _elementwise(trial: Trial, told: dict[str, Any], law: str, library: str) -> str:
    order = 1 if law in _FIRST else 2 if law in _SECOND else int(told.get("order", 0))
    known = ", ".join(["x", *(f"{k}={v!r}" for k, v in trial.parameters.items())])
    values = {
        "length": _LENGTH, "x": _literal(told["x"]), "dtype": trial.subject.form.name,
        "bits": told.get("x_bits", "?"), "call": f"{trial.subject.technique.name}({known})",
        "grad": ", requires_grad=True" if order else "",
    }  # fmt: skip
    if library == "torch":
        text = TORCH.format(**values) + TORCH_SLOPE * order
        observed = "y[0].detach()"
    elif library == "jax":
        text = JAX.format(**values) + JAX_SLOPE * order + "y = jax.jit(f)(x)\n"
        observed = "y[0]"
    else:
        message = "only torch and JAX cells can be reproduced with the framework alone"
        raise UnknownNameError(message)
    return text + END.format(observed=observed, expected=told["expected"])


def _literal(x: Any) -> str:
    return f'float("{x}")' if isinstance(x, str) else repr(x)


def _arrays(trial: Trial, told: dict[str, Any], law: str, library: str) -> str:
    """A call on trees of arrays, with every input written out."""
    given = trial.given  # type: ignore[attr-defined]  # every trial of arrays has it
    make = {"torch": _torch_array, "jax": _jax_array}.get(library)
    if make is None:
        message = "only torch and JAX cells can be reproduced with the framework alone"
        raise UnknownNameError(message)
    lines = [f"inputs = {_tree(given, make)}"]
    known = "".join(f", {k}={v!r}" for k, v in trial.parameters.items())
    call = f"{trial.subject.technique.name}(*inputs{known})"
    place = "".join(f"[{i}]" for i in told["index"]) if told.get("index") else ""
    if law == "gradient_agrees":
        lines += _gradient(trial, call, make, library)
        output = f"gradients{told['output']}"
    else:
        lines.append(f"outputs = {call}")
        output = f"outputs{_path(told.get('output', ''))}"
    alone = ".detach()" if library == "torch" else ""
    return "\n".join(lines) + END.format(
        observed=f"{output}{place}{alone}", expected=told["expected"]
    )


def _gradient(trial: Trial, call: str, make: Callable[[Any], str], library: str) -> list[str]:
    weights = f"cotangents = {_tree(trial.cotangents, make)}"  # type: ignore[attr-defined]
    if library == "torch":
        return [
            weights,
            "moving = [t.requires_grad_() for t in inputs if t.is_floating_point()]",
            f"outputs = {call}",
            "outputs = outputs if isinstance(outputs, tuple) else (outputs,)",
            "cotangents = cotangents if isinstance(cotangents, tuple) else (cotangents,)",
            "gradients = torch.autograd.grad(outputs, moving, cotangents, materialize_grads=True)",
        ]
    return [
        weights,
        f"outputs, back = jax.vjp(jax.jit(lambda *inputs: {call}), *inputs)",
        "gradients = back(cotangents)",
    ]


def _path(path: str) -> str:
    """`state.step` as subscripts; `[0]` as it is."""
    parts = path.replace("[", ".[").split(".")
    return "".join(p if p.startswith("[") else f'["{p}"]' for p in parts if p)


def _tree(tree: Any, make: Callable[[Any], str]) -> str:
    if isinstance(tree, dict):
        return "{" + ", ".join(f"{k!r}: {_tree(v, make)}" for k, v in tree.items()) + "}"
    if isinstance(tree, list | tuple):
        inner = ", ".join(_tree(v, make) for v in tree)
        return f"[{inner}]" if isinstance(tree, list) else f"({inner},)"
    return make(np.asarray(tree))


def _numbers(x: Any) -> str:
    wide = x.astype(np.float64) if x.dtype.kind in "fV" else x
    return str(wide.tolist()).replace("nan", 'float("nan")').replace("inf", 'float("inf")')


def _torch_array(x: Any) -> str:
    return f"torch.tensor({_numbers(x)}, dtype=torch.{x.dtype.name})"


def _jax_array(x: Any) -> str:
    return f'jax.numpy.array({_numbers(x)}, dtype="{x.dtype.name}")'


def source_of(binding: Callable[..., Any]) -> tuple[list[str], str]:
    """A binding as plain source: the library's imports, what it uses of its file, and itself.

    Our own imports, decorators, annotations and docstrings are left out.
    """
    file = ast.parse(inspect.getsource(inspect.getmodule(binding)))  # type: ignore[arg-type]
    nodes = [*_shared(file), *file.body]
    imports = [n for n in nodes if isinstance(n, ast.Import | ast.ImportFrom)]
    theirs = [ast.unparse(n) for n in imports if not _is_ours(n)]
    named: dict[str, ast.stmt] = {}
    for node in nodes:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            named[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named[node.targets[0].id] = node
    wanted, queue = [], [binding.__name__]
    while queue:
        name = queue.pop()
        if name in wanted or name not in named:
            continue
        wanted.append(name)
        node = named[name]
        for inner in ast.walk(node):
            if isinstance(inner, ast.FunctionDef):
                _bare(inner)
        queue += [n.id for n in ast.walk(node) if isinstance(n, ast.Name)]
    body = [ast.unparse(node) for name, node in named.items() if name in wanted]
    used = {n.id for name in wanted for n in ast.walk(named[name]) if isinstance(n, ast.Name)}
    kept = [t for t, n in zip(theirs, [i for i in imports if not _is_ours(i)], strict=True)
            if used & {(a.asname or a.name).partition(".")[0] for a in n.names}]  # fmt: skip
    return kept, "\n\n".join(body)


def _shared(file: ast.Module) -> list[ast.stmt]:
    """What stands in the backend's packages that a file of bindings imports from."""
    found: list[ast.stmt] = []
    for node in file.body:
        name = (node.module or "") if isinstance(node, ast.ImportFrom) else ""
        if name.startswith(("backends.torch.", "backends.jax.")):
            found += ast.parse(inspect.getsource(importlib.import_module(name))).body
    return found


def _is_ours(node: ast.Import | ast.ImportFrom) -> bool:
    names = (
        [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
    )
    return any(name.partition(".")[0] in _OURS for name in names)


def _bare(function: ast.FunctionDef) -> None:
    """Strip decorators, annotations and docstring."""
    function.decorator_list, function.returns = [], None
    arguments = function.args
    named = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    for a in (*named, arguments.vararg, arguments.kwarg):
        if a is not None:
            a.annotation = None
    if ast.get_docstring(function) and len(function.body) > 1:
        function.body = function.body[1:]


def _check(text: str, finding: Finding, verdict_id: str) -> None:
    """Run the script by itself and see that it shows the disagreement before it is printed."""
    done = subprocess.run(  # noqa: S603 - our own script, in this Python
        [sys.executable, "-c", text], capture_output=True, text=True, timeout=300, check=False
    )
    if done.returncode:
        story = (done.stderr.strip().splitlines() or ["(no message)"])[-1]
        message = f"the script for {verdict_id} does not run by itself: {story}"
        raise RunError(message)
    words = done.stdout.split()
    error = float(words[-1])
    allowed = float((finding.witness or {})["allowed_error"])
    if not error > allowed and error == error:  # noqa: PLR0124 - NaN is a disagreement
        message = (
            f"the script for {verdict_id} ran but agrees to {error:g} (allowed {allowed:g}): the "
            "disagreement needs more than this one input"
        )
        raise RunError(message)
