"""Judge the losses on a CUDA machine: the tests, with the fused kernels and without them, and then the times.

``make gpu`` runs this with the machine's own Python and PyTorch, in under eight minutes. What the tests need
beside them is fetched into ``build/gpu`` if pip can. Returns 2 without a GPU, and 1 if a test failed or could
not run, or the kernels cannot.
"""

from __future__ import annotations

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import torch_gpu

ROOT = Path(__file__).parents[1]
BESIDE = ROOT / "build" / "gpu"
NEEDED = {"pytest": "pytest", "mpmath": "mpmath", "xdist": "pytest-xdist"}
WORKERS = 8
FOR_PIP, FOR_TESTS, FOR_TIMES, TO_END = 40.0, 290.0, 100.0, 15.0  # seconds, the last for each of them
FACES = tuple(f"tests/faces/torch/test_{name}.py" for name in ("laws", "autograd", "transforms", "linear"))
OF_THE_KERNELS = "not the_kernels_are_what_the_laws_judged"

PYTEST = ("-q", "--tb=short", "--maxfail=20", "--disable-warnings", "--import-mode=importlib")
# without pyproject.toml, whose options need plugins and whose warnings are errors
BARE = ("-c", os.devnull, "--rootdir", str(ROOT), "-o", "pythonpath=.", "-p", "no:cacheprovider")
ORDERED = ("-p", "no:randomly")


def main() -> int:
    reason = torch_gpu.absent()
    if reason:
        print(reason)
        return 2
    sys.path.append(str(BESIDE))
    _fetch([package for name, package in NEEDED.items() if importlib.util.find_spec(name) is None])
    until = time.monotonic() + FOR_TESTS
    passed = [
        _tests("the kernels", until, "1", "tests/kernels/test_gpu.py"),
        _tests("PyTorch's face by the closed forms", until, "0", *FACES[:2], "-k", OF_THE_KERNELS),
        _tests("PyTorch's face by the kernels", until, "1", *FACES),
    ]
    timed = _run([sys.executable, "-m", "benchmarks", "torch_gpu"], None, FOR_TIMES, {})
    judged = _have_kernels()
    if not judged:
        print("\nthe kernels were not judged: Triton, or the card, is missing or too old for them")
    return 0 if all(passed) and timed == 0 and judged else 1


def _have_kernels() -> bool:
    """Return whether the kernels run here, and not the closed forms in their place."""
    import torch

    from scarce.torch import cuda, fused_on_gpu

    fused_on_gpu(True)
    return cuda.is_here(torch.empty(0, device="cuda"))


def _fetch(missing: list[str]) -> None:
    """Install what is missing beside the machine's own packages, if there is a network."""
    if not missing:
        return
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries=0"]
    wanted = ["--constraint", str(ROOT / "constraints.txt"), "--target", str(BESIDE), *missing]
    if _run([*pip, "--timeout=5", *wanted], subprocess.DEVNULL, FOR_PIP, {}) != 0:
        print(f"not here, and not to be had: {', '.join(missing)}")
    importlib.invalidate_caches()


def _tests(title: str, until: float, fused: str, *chosen: str) -> bool:
    """Run some tests until they end or the time is up; print what pytest counted, and more if one failed."""
    print(f"\n{title}, SCARCE_FUSED_ON_GPU={fused}", flush=True)
    if importlib.util.find_spec("pytest") is None or importlib.util.find_spec("mpmath") is None:
        print("  not run: the tests need pytest and mpmath")
        return False
    if time.monotonic() > until:
        print("  not run: the time is up")
        return False
    several = ["-n", str(min(WORKERS, os.cpu_count() or 1))] if importlib.util.find_spec("xdist") else []
    command = [sys.executable, "-m", "pytest", *PYTEST, *BARE, *ORDERED, *several, *chosen]
    variables = {"SCARCE_TEST_DEVICE": "cuda", "SCARCE_FUSED_ON_GPU": fused}
    log = BESIDE.with_suffix(".log")
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as file:
        code = _run(command, file, until - time.monotonic(), variables)
    lines = log.read_text().splitlines()
    print("\n".join(lines[-1:] if code == 0 else lines[-80:]))
    return code == 0


def _run(command: list[str], output: object, seconds: float, variables: dict[str, str]) -> int:
    """Run a program and return its exit code; when the time is up, let it say how far it came, which is 1."""
    path = os.pathsep.join((str(ROOT / "src"), str(BESIDE)))
    environment = {**os.environ, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1", **variables}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=subprocess.STDOUT)
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        print(f"  stopped after {seconds:.0f} seconds", flush=True)
        process.send_signal(signal.SIGINT)
    try:
        return process.wait(TO_END) or 1
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait() or 1


if __name__ == "__main__":
    sys.exit(main())
