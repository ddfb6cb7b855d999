"""`make bench`: a short asv round on this commit, and the site, published locally."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SHORT = "Forward.*tanh|Forward.*gelu|Backward.*tanh|Accuracy.*tanh|Compile.*tanh.*jax|Checking|adam"


def main() -> int:
    """Run the round and publish; give asv's exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bench", default=SHORT, help="benchmarks that match this expression")
    options = parser.parse_args()
    asv = [sys.executable, "-m", "asv"]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    label_machine(asv)
    steps = [
        [*asv, "run", "HEAD^!", "--record-samples", "--show-stderr", "--bench", options.bench],
        [*asv, "publish", "--no-pull"],
    ]
    for step in steps:
        status = subprocess.run(step, cwd=ROOT, env=environment, check=False).returncode  # noqa: S603
        if status not in (0, 2):  # 2: some benchmark failed, which asv has shown
            return status
    print(f"site     {ROOT / '.asv' / 'html'}")  # noqa: T201 - a command's own output
    print(f"look     {sys.executable} -m http.server --bind 127.0.0.1 -d .asv/html")  # noqa: T201
    return 0


def label_machine(asv: list[str]) -> None:
    """Write the machine file with labels that stay: no kernel release, no gigabytes."""
    arguments = {
        "machine": platform.node() or "local",
        "os": platform.system(),
        "arch": platform.machine(),
        "cpu": platform.processor() or platform.machine(),
        "num_cpu": str(os.cpu_count()),
        "ram": "",
    }
    flags = [part for key, value in arguments.items() for part in (f"--{key}", value)]
    for told in ([], flags):  # asv wants a machine that it knows before it is told its labels
        command = [*asv, "machine", "--yes", *told]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
