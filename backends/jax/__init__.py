"""JAX: the one door to jax, optax and flax. The files of this folder bind public functions."""

from __future__ import annotations

import functools
from contextlib import nullcontext
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, ClassVar

import jax
import numpy as np

from backends.backend import Backend, Flushing, Outcome
from backends.jax import programs
from reference.trees import leaves, mapped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from backends.live import Live

_compilations = _cleared = 0

MANY = 3000
"""Programs that a process keeps before it lets go of them.

XLA maps about six pieces of memory for each, and Linux lets a process map 65,530
(vm.max_map_count): beyond that the compiler does not fail but takes the interpreter down.
"""


def _count(event: str, duration_secs: float, **_: str | int) -> None:
    global _compilations  # noqa: PLW0603 - JAX reports compilations to a process-wide listener
    del duration_secs
    _compilations += event == "/jax/core/compile/backend_compile_duration"


jax.monitoring.register_event_duration_secs_listener(_count)


class JaxBackend(Backend):
    """JAX under `jit`, differentiated by `vjp`; eagerly and under `vmap` as variants."""

    package = "backends.jax"
    variants = ("eager", "vmap")
    walks = False
    checkpoints: ClassVar[Mapping[str, bool]] = dict.fromkeys(
        ("jax.checkpoint", "nnx.remat", "linen.remat"), False
    )

    def versions(self) -> dict[str, str]:
        """Versions of jax and what is built on it."""
        found = {}
        for name in ("jax", "jaxlib", "optax", "flax"):
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                found[name] = "not installed"
        return found

    def devices(self) -> tuple[str, ...]:
        """The CPU, and the GPU where one is present."""
        try:
            return ("cpu", "gpu") if jax.devices("gpu") else ("cpu",)
        except RuntimeError:
            return ("cpu",)

    def kernels(self, device: str) -> tuple[str, ...]:
        """Whether XLA joins a product and a sum into one rounding: "fma", or "no_fma"."""
        return (("fma" if _fuses() else "no_fma"),) if device == "cpu" else ()

    def flushing(self, dtype: str, device: str) -> Flushing:
        """Probe with a product by 1 (is the input read?) and by 1/2 (is the output kept?)."""
        return _flushing(dtype, device)

    def call(
        self,
        binding: Callable[..., Any],
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        *,
        device: str = "cpu",
        variant: str = "",
    ) -> Outcome:
        """Call the binding; real hyper-parameters are traced, so new values compile nothing."""
        chosen, traced = programs.split(parameters)
        run = programs.compiled(binding, chosen, variant)
        whole = programs.traceable(binding) and variant != "eager"
        with precision(inputs), on(device):
            given = mapped(copied if whole else array, inputs)
            outputs = run(*given, traced)
            return Outcome(mapped(np.asarray, outputs), mapped(np.asarray, given))

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
        """Differentiate with `jax.vjp`, again and again for higher orders."""
        chosen, traced = programs.split(parameters)
        with precision((x,)), on(device):
            return np.asarray(programs.derivative(binding, chosen, order, variant)(x, traced))

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
        """Backpropagate the cotangents with `jax.vjp`."""
        chosen, traced = programs.split(parameters)
        with precision(inputs), on(device):
            gradients = programs.pullback(binding, chosen, variant)(inputs, cotangents, traced)
            return tuple(np.asarray(g) for _, g in leaves(gradients))

    def executions(self, binding: Callable[..., Any], device: str) -> tuple[str, ...]:
        """Optimizers: in multi_transform, with injected hyper-parameters, scheduled."""
        from backends.jax.optimizers.executions import EXECUTIONS

        del device
        _, names = getattr(binding, "built", (None, None))
        return () if names is None else EXECUTIONS

    def call_in_ways(
        self,
        binding: Callable[..., Any],
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        ways: tuple[str, ...],
        *,
        device: str = "cpu",
    ) -> dict[str, Outcome]:
        """Compile them into one program: what they have in common is compiled once."""
        if not programs.traceable(binding):
            return super().call_in_ways(binding, inputs, parameters, ways, device=device)
        chosen, traced = programs.split(parameters)
        with precision(inputs), on(device):
            given = mapped(copied, inputs)
            found = programs.in_ways(binding, chosen, ways)(*given, traced)
            after = mapped(np.asarray, given)
            return {way: Outcome(mapped(np.asarray, y), after) for way, y in found.items()}

    def live(
        self,
        binding: Callable[..., Any],
        start: tuple[list[Any], dict[str, Any]],
        parameters: dict[str, Any],
        *,
        device: str = "cpu",
    ) -> Live:
        """Build the transformation, and let it run."""
        from backends.jax.optimizers.live import JaxLive

        built = getattr(binding, "built", None)
        if built is None:
            return super().live(binding, start, parameters, device=device)
        build, names = built
        return JaxLive(build, names, start[0], parameters, device)

    def stepped(
        self, binding: Callable[..., Any], params: list[Any], grads: list[Any], way: str
    ) -> Callable[[], Any]:
        """A compiled update and its application; "donated": state and parameters give way."""
        from backends.jax.optimizers.loops import loop_of

        advance = loop_of(binding, params, grads, way)
        return lambda: _awaited(advance())

    def prepared(
        self,
        binding: Callable[..., Any],
        inputs: tuple[Any, ...],
        parameters: dict[str, Any],
        *,
        order: int = 0,
    ) -> Callable[[], Any]:
        """Put the arrays on the device and compile; wait for the result."""
        chosen, traced = programs.split(parameters)
        given = mapped(array, inputs)
        run = programs.compiled(binding, chosen, "")
        if not order:
            return lambda: _awaited(run(*given, traced))
        if len(given) > 1:
            ones = jax.tree.map(jax.numpy.ones_like, run(*given, traced))
            pulled = programs.pullback(binding, chosen, "")
            return lambda: _awaited(pulled(given, ones, traced))
        slope = programs.derivative(binding, chosen, 1, "")
        return lambda: _awaited(slope(given[0], traced))

    def compiled_afresh(self, binding: Callable[..., Any]) -> None:
        """`jax.jit(...).lower().compile()` of value and gradient, in a fresh wrapper."""
        x = jax.numpy.linspace(-3.0, 3.0, 1024)
        jax.jit(lambda x: jax.vjp(lambda x: binding(x), x)[1](x)).lower(x).compile()  # noqa: PLW0108

    def compilations(self) -> int:
        """How many programs XLA has compiled in this process."""
        return _compilations

    def unburden(self) -> bool:
        """Clear JAX's caches, where more programs than MANY were compiled since that was done."""
        global _cleared  # noqa: PLW0603 - the caches are the process's
        if _compilations - _cleared <= MANY:
            return False
        jax.clear_caches()  # type: ignore[no-untyped-call]
        _cleared = _compilations
        return True


@functools.cache
def _flushing(dtype: str, device: str) -> Flushing:
    from reference.numerics import FORMATS

    form = FORMATS[dtype]
    low = np.full(64, form.tiny, form.dtype)
    subnormal = np.full(64, form.tiny / 4, form.dtype)
    with precision((low,)), on(device):
        halved = np.asarray(jax.jit(lambda x: x * x.dtype.type(0.5))(low))
        grown = np.asarray(jax.jit(lambda x: x * x.dtype.type(8))(subnormal))
    return Flushing(inputs=not bool((grown > 0).all()), outputs=not bool((halved > 0).all()))


@functools.cache
def _fuses() -> bool:
    """Probe with v = g^2 + b (0 - g^2), b next to 1: where a product rounds by itself, v is off."""
    g, b = np.linspace(1, 2, 7, dtype=np.float32), np.float32(0.9999)
    with on("cpu"):
        v = np.asarray(jax.jit(lambda g, b, v: g**2 + b * (v - g**2))(g, b, np.zeros_like(g)))
    square = (g.astype(np.float64) ** 2).astype(np.float32).astype(np.float64)
    due = (square * (1 - np.float64(b))).astype(np.float32)
    return bool((abs(v - due) <= 2 * np.spacing(due)).all())


def made(seed: Any, layer: Any, *inputs: Any) -> Any:
    """The parameters of a flax layer, as it makes them when it first sees its inputs."""
    return layer.init(jax.random.key(seed), *inputs)["params"]


def _awaited(result: Any) -> Any:
    return jax.block_until_ready(result)  # type: ignore[no-untyped-call]


def array(x: Any) -> Any:
    """A copy on the device; unlike `jax.numpy.asarray`, nothing is compiled for its shape."""
    return jax.device_put(x, may_alias=False)


def copied(x: Any) -> Any:
    """A copy for a compiled program, which takes NumPy's arrays far faster than `array` does."""
    return x.copy() if isinstance(x, np.ndarray) else array(x)


def precision(inputs: Any) -> Any:
    """64-bit types on, for float64 cells only."""
    wide = any(np.asarray(x).dtype == np.float64 for _, x in leaves(inputs))
    return jax.enable_x64(True) if wide else nullcontext()


def on(device: str) -> Any:
    return jax.default_device(jax.devices(device)[0])
