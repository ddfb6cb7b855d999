"""PyTorch: the one door to torch. The files of this folder bind its public functions."""

from __future__ import annotations

import functools
import sys
from typing import TYPE_CHECKING, Any, ClassVar

import ml_dtypes
import numpy as np
import torch
from torch.utils.checkpoint import checkpoint

from backends.backend import Backend, Flushing, NotOfferedError, Outcome, kept_strides
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from backends.live import Live


class TorchBackend(Backend):
    """PyTorch, differentiated by autograd."""

    package = "backends.torch"
    thorough_variants = ("compile",)
    checkpoints: ClassVar[Mapping[str, bool]] = {"checkpoint": True, "reentrant checkpoint": True}

    def versions(self) -> dict[str, str]:
        """Versions of torch and of the CUDA it was built for."""
        cuda = {"cuda": str(torch.version.cuda)} if torch.cuda.is_available() else {}
        return {"torch": torch.__version__, **cuda}

    def devices(self) -> tuple[str, ...]:
        """The CPU, and CUDA where a GPU is present."""
        return ("cpu", "cuda") if torch.cuda.is_available() else ("cpu",)

    def kernels(self, device: str) -> tuple[str, ...]:
        """What torch and oneDNN choose by the CPU's vector instructions.

        "default", "avx2" or "avx512"; and "avx512_fp16" where oneDNN takes float16 as well.
        """
        if device != "cpu":
            return ()
        vectors = str(torch.backends.cpu.get_cpu_capability()).lower()
        halves = torch.ops.mkldnn._is_mkldnn_fp16_supported()  # noqa: SLF001 - torch's own name
        return (vectors, "avx512_fp16") if vectors == "avx512" and halves else (vectors,)

    def flushing(self, dtype: str, device: str) -> Flushing:
        """Probe with a product by 1 (is the input read?) and by 1/2 (is the output kept?)."""
        kind = getattr(torch, dtype)
        tiny = torch.finfo(kind).smallest_normal
        low = torch.full((64,), tiny, dtype=kind, device=device)
        return Flushing(
            inputs=not bool(((low * 0.25) * 4 == low).all()) and bool((low * 0.5 > 0).all()),
            outputs=not bool((low * 0.5 > 0).all()),
        )

    def call(
        self,
        binding: Callable[..., Any],
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        *,
        device: str = "cpu",
        variant: str = "",
    ) -> Outcome:
        """Call the binding on tensors; strided inputs stay strided."""
        given = mapped(lambda x: tensor(x, device), inputs)
        run = torch.compile(binding, dynamic=False) if variant == "compile" else binding
        outputs = run(*given, **parameters)
        return Outcome(mapped(array, outputs), mapped(array, given))

    def derivative(
        self,
        binding: Callable[..., Any],
        x: Any,
        parameters: dict[str, Any],
        *,
        order: int,
        device: str = "cpu",
        variant: str = "",
    ) -> Any:
        """Differentiate with `torch.autograd.grad`, again and again for higher orders."""
        given = tensor(x, device).requires_grad_()
        run = torch.compile(binding, dynamic=False) if variant == "compile" else binding
        y = run(given, **parameters)
        for remaining in range(order, 0, -1):
            if not y.requires_grad:  # constant in x as far as autograd knows
                return np.zeros_like(x)
            try:
                (y,) = torch.autograd.grad(
                    y, given, torch.ones_like(y), create_graph=remaining > 1, materialize_grads=True
                )
            except RuntimeError as error:
                if "is not implemented" in str(error):  # as of aten::hardsigmoid_backward
                    raise NotOfferedError(str(error)) from error
                raise
        return array(y)

    def pullback(
        self,
        binding: Callable[..., Any],
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        cotangents: Any,
        *,
        device: str = "cpu",
        variant: str = "",
    ) -> tuple[Any, ...]:
        """Backpropagate the cotangents with `torch.autograd.grad`."""
        given = mapped(lambda x: tensor(x, device), inputs)
        wanted = [t.requires_grad_() for _, t in leaves(given) if t.is_floating_point()]
        outputs = [t for _, t in leaves(_recomputed(binding, parameters, variant)(*given))]
        weights = [tensor(c, device) for _, c in leaves(cotangents)]
        pairs = [(y, c) for y, c in zip(outputs, weights, strict=True) if y.requires_grad]
        ys, cs = [y for y, _ in pairs], [c for _, c in pairs]
        if variant.startswith("reentrant"):  # which refuses torch.autograd.grad
            torch.autograd.backward(ys, cs)
            return tuple(array(torch.zeros_like(t) if t.grad is None else t.grad) for t in wanted)
        gradients = torch.autograd.grad(ys, wanted, cs, materialize_grads=True)
        return tuple(array(g) for g in gradients)

    def executions(self, binding: Callable[..., Any], device: str) -> tuple[str, ...]:
        """Optimizers: foreach, fused, differentiable, maximize, groups, as far as it has them."""
        from backends.torch.optimizers.executions import executions

        kind, names, _ = getattr(binding, "built", (None, None, None))
        return () if names is None else executions(kind, device)

    def live(
        self,
        binding: Callable[..., Any],
        start: tuple[list[Any], dict[str, Any]],
        parameters: dict[str, Any],
        *,
        device: str = "cpu",
    ) -> Live:
        """Build the optimizer, and let it run."""
        from backends.torch.optimizers.live import TorchLive

        built = getattr(binding, "built", None)
        if built is None:
            return super().live(binding, start, parameters, device=device)
        kind, names, options = built
        sparing = getattr(binding, "sparing", False)
        return TorchLive(kind, names, options, start[0], parameters, device, sparing=sparing)

    def stepped(
        self, binding: Callable[..., Any], params: list[Any], grads: list[Any], way: str
    ) -> Callable[[], Any]:
        """`optimizer.step`, in a loop, foreach or fused."""
        from backends.torch.optimizers.loops import loop_of

        return loop_of(binding, params, grads, way)

    def prepared(
        self,
        binding: Callable[..., Any],
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        *,
        order: int = 0,
    ) -> Callable[[], Any]:
        """Convert the tensors once; with order 1 run forward and backward.

        The gradients of all inputs, for cotangents of ones of every output.
        """
        given = mapped(lambda x: tensor(x, "cpu"), inputs)
        if not order:
            return lambda: binding(*given, **parameters)
        wanted = [t.requires_grad_() for _, t in leaves(given) if t.is_floating_point()]

        def outputs() -> list[Any]:
            found = (y for _, y in leaves(binding(*given, **parameters)))
            return [y for y in found if y.requires_grad]

        ones = [torch.ones_like(y) for y in outputs()]
        return lambda: torch.autograd.grad(outputs(), wanted, ones, allow_unused=True)

    def compiled_afresh(self, binding: Callable[..., Any]) -> None:
        """`torch.compile` with its caches cleared, then the first forward and backward."""
        torch.compiler.reset()
        x = torch.linspace(-3, 3, 1024).requires_grad_()
        with torch._inductor.config.patch(force_disable_caches=True):  # noqa: SLF001 - torch's own name
            torch.compile(binding)(x).sum().backward()

    def compilations(self) -> int:
        """How many graphs torch.compile has compiled in this process, if it was ever imported."""
        dynamo = sys.modules.get("torch._dynamo.utils")
        return 0 if dynamo is None else int(dynamo.counters["stats"]["unique_graphs"])


def _recomputed(
    binding: Callable[..., Any], parameters: dict[str, Any], variant: str
) -> Callable[..., Any]:
    """The binding, or what forgets its intermediate results and computes them again."""
    run = functools.partial(binding, **parameters)
    if not variant:
        return run
    reentrant = variant.startswith("reentrant")
    return lambda *given: checkpoint(run, *given, use_reentrant=reentrant)


def made(seed: Any, layer: Any, *sizes: Any, like: Any, **options: Any) -> Any:
    """A layer made after `torch.manual_seed`; the generator that everyone shares is put back."""
    with torch.random.fork_rng(devices=[like.device] if like.is_cuda else []):
        torch.manual_seed(int(seed))
        return layer(*sizes, dtype=like.dtype, device=like.device, **options)


def tensor(x: Any, device: str) -> Any:
    """A tensor of its own memory with the values, dtype and strides of a NumPy array."""
    x = np.asarray(x)
    if x.dtype == ml_dtypes.bfloat16:
        plain = torch.from_numpy(kept_strides(x.view(np.int16))).view(torch.bfloat16)
    else:
        plain = torch.from_numpy(kept_strides(x))
    return plain.to(device)


def array(t: Any) -> Any:
    """A NumPy array of a tensor's values and dtype."""
    if not isinstance(t, torch.Tensor):
        return np.asarray(t)
    t = t.detach().cpu().clone()  # a clone is never the lazy ZeroTensor
    if t.dtype == torch.bfloat16:
        return t.contiguous().view(torch.int16).numpy().view(ml_dtypes.bfloat16)
    return t.numpy()
