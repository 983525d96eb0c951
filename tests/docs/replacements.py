"""Run the page's replacements in one framework, and hold each to the page's own NumPy line.

python -m tests.docs.replacements PyTorch
"""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from docs.make_blog_plots import blocks, sections

import scarce.losses

if TYPE_CHECKING:
    from collections.abc import Callable

RNG = np.random.default_rng(7)
X = RNG.normal(size=(10_000, 3))
LABELS = np.r_[np.ones(100, dtype=np.int64), np.zeros(9_900, dtype=np.int64)]
X[:100] += 1.0
ODDS = RNG.normal(scale=3.0, size=60)
CLASS_ODDS = RNG.normal(scale=3.0, size=(60, 3))


def lines(framework: str) -> list[str]:
    """Return the replacement of each section in a framework."""
    found = []
    for section in sections():
        ours = [line for line in blocks(section)[-1].splitlines() if line.endswith(f"  # {framework}")]
        assert len(ours) == 1, section.splitlines()[0]
        found += ours
    return found


def truth(section: int) -> tuple[Any, np.ndarray, np.ndarray]:
    """Return a section's loss in NumPy, unreduced, with logits and labels for it."""
    names: dict[str, Any] = {"scarce": scarce}
    exec(lines("NumPy")[section], names)
    loss = names["loss"]
    if loss.kind == "softmax":
        return replace(loss, reduction="none"), CLASS_ODDS, RNG.integers(0, 3, 60)
    return replace(loss, reduction="none"), ODDS, RNG.integers(0, 2, 60)


def numpy(section: int, line: str) -> None:
    loss, logits, labels = truth(section)
    assert np.isfinite(loss.value(logits, labels)).all()
    assert line.startswith("loss = ")


def pytorch(section: int, line: str) -> None:
    import torch

    import scarce.torch

    loss, logits, labels = truth(section)
    names: dict[str, Any] = {"scarce": scarce}
    exec(line, names)
    module = names["loss"]
    one_by_one = type(module)(**module.settings | {"reduction": "none"})
    target = torch.tensor(labels) if logits.ndim == 2 else torch.tensor(labels, dtype=torch.float64)
    z = torch.tensor(logits)
    close(one_by_one(z, target).numpy(), loss.value(logits, labels))
    close(module.posterior(z).numpy(), loss.posterior(logits))
    weight = (
        1.0
        if loss.kind == "sigmoid" or loss.numbers.class_weight is None
        else loss.numbers.class_weight[labels].mean()
    )
    close(float(module(z, target)), loss.value(logits, labels).mean() / weight)


def keras(section: int, line: str) -> None:
    import scarce.keras

    loss, logits, labels = truth(section)
    names: dict[str, Any] = {"scarce": scarce}
    exec(line, names)
    predicted = logits.reshape(60, -1)
    close(np.asarray(names["loss"](labels, predicted)), loss.value(logits, labels).mean())
    close(np.asarray(names["loss"].posterior(predicted)).reshape(logits.shape), loss.posterior(logits))


def jax(section: int, line: str) -> None:
    import scarce.jax

    loss, logits, labels = truth(section)
    names: dict[str, Any] = {"scarce": scarce, "logits": logits, "labels": labels}
    exec(line, names)
    right = loss.value(logits, labels)
    close(np.asarray(names["value"]), right.mean() if ".mean()" in line else right)


def boosting(section: int, line: str) -> None:
    import lightgbm

    import scarce.boosting.lightgbm

    params = {"num_leaves": 4, "num_iterations": 3, "verbosity": -1, "num_threads": 1}
    if "multiclass" in line:
        labels = np.digitize(X[:, 0], [0.5, 1.5])
        names = {"lightgbm": lightgbm, "np": np, "X": X, "y": labels}
        params |= {"objective": "multiclass", "num_class": 3, "num_iterations": 30, "learning_rate": 0.2}
        exec(line, names | {"multiclass": params}, names)
        raw = names["model"].predict(X, raw_score=True)
        recovered = truth(section)[0].posterior(raw).mean(axis=0)
        np.testing.assert_allclose(recovered, np.bincount(labels) / labels.size, rtol=0.1)
        return
    names = {"scarce": scarce, "params": params, "train_set": lightgbm.Dataset(X, LABELS)}
    exec(line, names)
    model = names["model"]
    loss = truth(section)[0]
    if loss.kind == "sigmoid" and "balanced" not in line:
        close(model.objective.posterior(ODDS), loss.posterior(ODDS), rtol=1e-4)
    np.testing.assert_allclose(model.posterior(X).mean(), 0.01, rtol=0.2)


def close(ours: Any, right: Any, rtol: float = 2e-5) -> None:
    np.testing.assert_allclose(ours, right, rtol=rtol, atol=1e-7)


RUN: dict[str, Callable[[int, str], None]] = {
    "NumPy": numpy,
    "PyTorch": pytorch,
    "Keras": keras,
    "JAX": jax,
    "LightGBM": boosting,
}


FACES = {"PyTorch": "scarce.torch", "Keras": "scarce.keras", "JAX": "scarce.jax"}


def flag(framework: str, line: str) -> None:
    """Run the last section's line, which cuts at a cost."""
    loss = scarce.losses.get("focal", gamma=2.0)
    names: dict[str, Any] = {"scarce": scarce, "loss": loss, "model": loss, "logits": ODDS, "X": ODDS}
    if framework in FACES:
        face = importlib.import_module(FACES[framework])
    if framework == "PyTorch":
        names |= {"loss": face.SigmoidFocalLoss(), "logits": importlib.import_module("torch").tensor(ODDS)}
    if framework == "Keras":
        model = type("Model", (), {"predict": staticmethod(lambda x: x)})
        names |= {"loss": face.BinaryFocalCrossentropy(), "keras_model": model, "x": ODDS[:, None]}
    exec(line, names)
    cut = float(loss.base_score(1 / 101))
    np.testing.assert_array_equal(np.asarray(names["flag"]).ravel(), cut < ODDS)


def main() -> None:
    """Run every section's line of one framework."""
    framework = sys.argv[1]
    given = lines(framework)
    for section, line in enumerate(given[:-1]):
        RUN[framework](section, line)
    flag(framework, given[-1])
    print(f"{len(given)} replacements")


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    main()
