"""Scripts that step an optimizer of torch with torch alone."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import numpy as np

from gradproof.script_parts import NONSENSE, ended, event
from gradproof.scripts import END, source_of, torch_array, tree
from gradproof.steps_behind import Ride, Step
from properties.grid import UnknownNameError

if TYPE_CHECKING:
    from properties.optimizers.steps import Steps

TORCH_STEP = """params = {params}
grads = {grads}
optimizer = {optimizer}
kept = {kept}
groups = optimizer.state_dict()["param_groups"]
optimizer.load_state_dict({{"state": kept, "param_groups": groups}})
for w, g in zip(params, grads):
    w.grad = {grad}
optimizer.step()
"""
TORCH_RUN = """def made(*groups):
    optimizer = {optimizer}
    for more in groups[1:]:
        optimizer.add_param_group({{"params": more}})
    return optimizer


params = {params}
groups = [list(params)]
optimizer = made(*groups)
for what, grads, rate in {events}:
    if what == "grow":
        groups.append([w.requires_grad_() for w in grads])
        params += groups[-1]
        optimizer.add_param_group({{"params": groups[-1]}})
    elif what == "restore":
        saved = optimizer.state_dict()
        params = [w.detach().clone().requires_grad_() for w in params]
        sizes = [len(group) for group in groups]
        groups = [params[sum(sizes[:i]) : sum(sizes[: i + 1])] for i in range(len(sizes))]
        optimizer = made(*groups)
        optimizer.load_state_dict(saved)
    else:
        for group in optimizer.param_groups:
            group["lr"] = rate
        for w, g in zip(params, grads):
            w.grad = g
        optimizer.step()
"""


class TorchScripts:
    """Scripts of torch.optim. A step run in another way than these is shown as a plain one."""

    executions = ("", "loop", "foreach", "fused", "groups", "maximize")

    def __init__(self, trial: Steps, title: str) -> None:
        self._binding: Any = trial.subject.binding
        built = getattr(self._binding, "built", None)
        if built is None:
            message = f"{title} is a bare step, no torch.optim.Optimizer: call it by itself"
            raise UnknownNameError(message)
        self._kind, self._names, self._options = built
        self._known = trial.parameters
        imports, body = ["import torch"], ""
        if not self._kind.__module__.startswith("torch.optim"):
            more, body = source_of(self._kind, None)
            imports = sorted({*imports, *more}, key=lambda text: (text.startswith("from"), text))
        heading = f'"""{title}: reproduced with torch alone."""\n'
        self._head = "\n".join([heading, *imports, "", *([body, "", ""] if body else [""])])

    def _optimizer(self, known: dict[str, Any], params: str, execution: str = "") -> str:
        own = self._kind.__module__.startswith("torch.optim")
        name = ("torch.optim." if own else "") + self._kind.__name__
        taken = inspect.signature(self._kind.__init__).parameters
        ways = {execution: True} if execution in taken else {}
        ways |= {"foreach": False} if "foreach" in taken and not ways else {}
        options = ", ".join(f"{k}={v!r}" for k, v in (ways | self._options(**known)).items())
        return f"{name}({params}, {options})"

    def step(self, one: Step) -> str:
        """A step from a state."""
        if not hasattr(self._binding, "kept"):
            return ""
        way = one.execution if one.execution in self.executions else ""
        grads, state, params = one.given
        return (
            self._head
            + TORCH_STEP.format(
                params=f"[w.requires_grad_() for w in {tree(params, torch_array)}]",
                grads=tree(grads, torch_array),
                optimizer=self._optimizer(
                    one.known,
                    '[{"params": [w]} for w in params]' if way == "groups" else "params",
                    one.execution,
                ),
                kept=self._kept(state, params, one.known),
                grad="-g" if way == "maximize" else "g",
            )
            + self._observed(one)
        )

    def _kept(self, state: Any, params: Any, known: dict[str, Any]) -> str:
        from backends.torch import tensor
        from reference.trees import mapped

        given = mapped(lambda x: tensor(x, "cpu"), (state, params))
        kept = self._binding.kept(*given, known)
        rows = []
        for i, own in kept.items():
            entries = (f"{k!r}: {_torch_value(v)}" for k, v in own.items())
            rows.append(f"{i}: {{{', '.join(entries)}}}")
        return "{" + ", ".join(rows) + "}"

    def _observed(self, one: Step | Ride) -> str:
        wrong = one.wrong
        if wrong is None or wrong.entry == "params":
            return ended(f"params[{wrong.tensor if wrong else 0}].detach()", one)
        at = f"optimizer.state[params[{max(wrong.tensor, 0)}]][{self._names[wrong.entry]!r}]"
        shape = np.shape(one.given[1][wrong.entry][wrong.tensor]) if (
            isinstance(one, Step) and wrong.tensor >= 0
        ) else ()  # fmt: skip
        return ended(f"{at}.reshape({shape})" if shape else f"torch.as_tensor({at})", one)

    def run(self, one: Ride) -> str:
        """A run, event by event."""
        events = ", ".join(event(happened, torch_array) for happened in one.events)
        return self._head + TORCH_RUN.format(
            optimizer=self._optimizer(one.known, "groups[0]"),
            params=f"[w.requires_grad_() for w in {tree(one.params, torch_array)}]",
            events=f"[{events}]",
        ) + self._observed(one)  # fmt: skip

    def nonsense(self, spelled: str) -> str:
        """An optimizer that is built with nonsense, and steps."""
        name, _, value = spelled.partition("=")
        known = self._known | {name: float(value)}
        build = self._optimizer(known, "[torch.ones(3, requires_grad=True)]")
        end = END.format(observed="observed", expected=0.0)
        return self._head + NONSENSE.format(attempt=f"{build}.step()") + end


def _torch_value(x: Any) -> str:
    if not hasattr(x, "tolist"):  # an integer
        return repr(x)
    kind = str(x.dtype)
    data = str(x.double().tolist()).replace("nan", 'float("nan")').replace("inf", 'float("inf")')
    return f"torch.tensor({data}, dtype={kind})"
