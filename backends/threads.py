"""Threads: several processes that judge at once share the cores."""

from __future__ import annotations

import os


def share_cores(processes: int) -> None:
    """Give torch and JAX, not yet imported, this process's share of the cores.

    More threads than cores wait for each other.
    """
    threads = max(1, (os.cpu_count() or 1) // processes)
    os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    if threads == 1:
        os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
