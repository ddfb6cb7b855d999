"""Scripts that call a framework alone: a binding's own source, its inputs written out, a result."""

from __future__ import annotations

import ast
import importlib
import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from backends.binding import entries
from gradproof.draws import drawing
from properties.activations.elementwise import Elementwise
from properties.grid import UnknownNameError
from properties.initializers.samples import Draws

if TYPE_CHECKING:
    from collections.abc import Callable

    from properties.finding import Finding
    from properties.trial import Trial

_FIRST = (
    "derivative_agrees",
    "keeps_gradient_alive",
    "takes_a_subgradient_at_kinks",
    "is_lipschitz",
)
_SECOND = ("second_derivative_agrees", "has_a_continuous_second_derivative")
_OURS = ("backends", "reference", "properties", "gradproof", "__future__", "typing", "collections")
_CALLING = ("steps",)  # decorators that make a binding of what says how to build an optimizer
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

CHANNELS_LAST = """def stored(x):
    axis = 0 if x.ndim == 2 else 1
    return x.movedim(axis, -1).contiguous().movedim(-1, axis) if x.ndim > 1 else x
inputs = tuple(stored(x) for x in inputs)  # transposed, or channels last"""
_LAID_OUT = ("ignores_memory_layout", "gradient_ignores_memory_layout")
_PULLED = ("gradient_agrees", "gradient_ignores_memory_layout")
LEAVES = """def leaves(tree):
    return [x for t in tree for x in (leaves(t) if isinstance(t, (list, tuple)) else [t])]"""
MOVING = "gradients = [g for g in jax.tree.leaves(gradients) if g.dtype != jax.dtypes.float0]"

# Laws that count losses: what is looked at in the result, and what it should be.
COUNTED = {
    "keeps_signed_zero": ("math.copysign(1.0, {observed})", "math.copysign(1.0, {x})"),
    "propagates_nan": ("float(math.isnan({observed}))", "1.0"),
}
COUNTED_END = END.replace('float({observed}), float("{expected}")', "{observed}, {expected}")


def written(trial: Trial, finding: Finding, law: str, title: str) -> str:
    """A script that shows a finding of a law with the framework alone."""
    s = trial.subject
    if s.technique.family == "flow":
        message = (
            "a stack has too many weights for a script; its witness names the first layer that "
            f"differs: `gradproof verify --only {s.technique.id}` with the same seed shows it again"
        )
        raise UnknownNameError(message)
    library = s.backend.package.rpartition(".")[2]
    told = finding.witness or {}
    imports, body = source_of(_entered(s.binding, told))
    imports += ["import math"] if law in COUNTED else []
    imports += ["import numpy as np"] if isinstance(trial, Draws) else []
    first = {"torch": "import torch", "jax": "import jax", "numpy": "import numpy as np"}[library]
    imports = sorted({first, *imports}, key=lambda text: (text.startswith("from"), text))
    heading = f'"""{title}: reproduced with {library} alone."""\n'
    wide = 'jax.config.update("jax_enable_x64", True)\n' if s.form.bits == 64 else ""
    head = "\n".join([heading, *imports, wide if library == "jax" else "", "", body, "", "", ""])
    if isinstance(trial, Draws):
        return head + drawing(trial, finding, law, library)
    if isinstance(trial, Elementwise):
        return head + _elementwise(trial, told, law, library)
    return head + _arrays(trial, told, law, library)


def _entered(binding: Callable[..., Any], told: dict[str, Any]) -> Callable[..., Any]:
    """The binding; or, where a finding names another way into the technique, that."""
    entry = entries(binding).get(str(told.get("entry", "")))
    return binding if entry is None else entry.call


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
    if law in COUNTED:
        shown, due = (side.format(observed=observed, x=values["x"]) for side in COUNTED[law])
        return text + COUNTED_END.format(observed=shown, expected=due)
    return text + END.format(observed=observed, expected=told["expected"])


def _literal(x: Any) -> str:
    return f'float("{x}")' if isinstance(x, str) else repr(x)


def _arrays(trial: Trial, told: dict[str, Any], law: str, library: str) -> str:
    """A call on trees of arrays, with every input written out."""
    given = trial.given
    make = {"torch": torch_array, "jax": jax_array}.get(library)
    if make is None:
        message = "only torch and JAX cells can be reproduced with the framework alone"
        raise UnknownNameError(message)
    lines = [f"inputs = {tree(given, make)}"]
    lines += [CHANNELS_LAST] if law in _LAID_OUT and library == "torch" else []
    asked = _entered(trial.subject.binding, told)
    taken = inspect.signature(asked).parameters
    known = "".join(f", {k}={v!r}" for k, v in trial.parameters.items() if k in taken)
    call = f"{asked.__name__}(*inputs{known})"
    place = "".join(f"[{i}]" for i in told["index"]) if told.get("index") else ""
    if law in _PULLED or told.get("of") == "gradient":
        lines += _gradient(trial, call, make, library)
        output = f"gradients{told['output']}"
    else:
        lines.append(f"outputs = {call}")
        output = f"outputs{_path(told.get('output', ''))}"
    alone = ".detach()" if library == "torch" else ""
    if law == "every_entry_keeps_its_format":
        place, alone = "", ".dtype == inputs[0].dtype"
    return "\n".join(lines) + END.format(
        observed=f"{output}{place}{alone}", expected=told["expected"]
    )


def _gradient(trial: Trial, call: str, make: Callable[[Any], str], library: str) -> list[str]:
    weights = f"cotangents = {tree(trial.cotangents, make)}"  # type: ignore[attr-defined]
    nested = any(isinstance(x, list | tuple) for x in trial.given)
    given = "leaves(inputs)" if nested else "inputs"
    if library == "torch":
        return [
            weights,
            *([LEAVES] if nested else []),
            f"moving = [t.requires_grad_() for t in {given} if t.is_floating_point()]",
            f"outputs = {call}",
            "outputs = outputs if isinstance(outputs, tuple) else (outputs,)",
            "cotangents = cotangents if isinstance(cotangents, tuple) else (cotangents,)",
            "gradients = torch.autograd.grad(outputs, moving, cotangents, materialize_grads=True)",
        ]
    return [
        weights,
        f"outputs, back = jax.vjp(jax.jit(lambda *inputs: {call}), *inputs)",
        "gradients = back(cotangents)",
        *([MOVING] if nested else []),
    ]


def _path(path: str) -> str:
    """`state.step` as subscripts; `[0]` as it is."""
    parts = path.replace("[", ".[").split(".")
    return "".join(p if p.startswith("[") else f'["{p}"]' for p in parts if p)


def tree(data: Any, make: Callable[[Any], str]) -> str:
    """A tree of arrays as source."""
    if isinstance(data, dict):
        return "{" + ", ".join(f"{k!r}: {tree(v, make)}" for k, v in data.items()) + "}"
    if isinstance(data, list | tuple):
        inner = ", ".join(tree(v, make) for v in data)
        return f"[{inner}]" if isinstance(data, list) else f"({inner},)"
    return make(np.asarray(data))


def _numbers(x: Any) -> str:
    wide = x.astype(np.float64) if x.dtype.kind in "fV" else x
    return str(wide.tolist()).replace("nan", 'float("nan")').replace("inf", 'float("inf")')


def torch_array(x: Any) -> str:
    """An array as torch's tensor, in source."""
    return f"torch.tensor({_numbers(x)}, dtype=torch.{x.dtype.name})"


def jax_array(x: Any) -> str:
    """An array as JAX's, in source."""
    return f'jax.numpy.array({_numbers(x)}, dtype="{x.dtype.name}")'


def source_of(
    binding: Callable[..., Any], calling: tuple[str, ...] | None = _CALLING
) -> tuple[list[str], str]:
    """A binding as plain source: the library's imports, what it uses of its file, and itself.

    Our own imports, decorators but those that are `calling` a library (None: all of them do),
    annotations and docstrings are left out.
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
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
            plain = ast.Assign(targets=[node.target], value=node.value)
            named[node.target.id] = ast.fix_missing_locations(plain)
    wanted, queue = [], [binding.__name__]
    while queue:
        name = queue.pop()
        if name in wanted or name not in named:
            continue
        wanted.append(name)
        node = named[name]
        for inner in ast.walk(node):
            if isinstance(inner, ast.FunctionDef):
                _bare(inner, calling)
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
        if name.partition(".")[0] == "backends" and name.split(".")[1:2] in (["torch"], ["jax"]):
            found += ast.parse(inspect.getsource(importlib.import_module(name))).body
    return found


def _is_ours(node: ast.Import | ast.ImportFrom) -> bool:
    names = (
        [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
    )
    return any(name.partition(".")[0] in _OURS for name in names)


def _calls_a_library(decorator: ast.expr, calling: tuple[str, ...] | None) -> bool:
    called = decorator.func if isinstance(decorator, ast.Call) else None
    return calling is None or (isinstance(called, ast.Name) and called.id in calling)


def _bare(function: ast.FunctionDef, calling: tuple[str, ...] | None) -> None:
    """Strip annotations, docstring and decorators, but for those that call a library."""
    function.decorator_list = [d for d in function.decorator_list if _calls_a_library(d, calling)]
    function.returns = None
    arguments = function.args
    named = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    for a in (*named, arguments.vararg, arguments.kwarg):
        if a is not None:
            a.annotation = None
    if ast.get_docstring(function) and len(function.body) > 1:
        function.body = function.body[1:]
