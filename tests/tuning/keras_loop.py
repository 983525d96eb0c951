"""`scarce.tune` with ``model.fit``, run by test_loop_keras.py in a process of its own."""

from __future__ import annotations

import keras
import numpy as np
import pytest

import scarce
import scarce.keras
from scarce.decision.arrays import expit
from scarce.evaluation import log_loss


def data(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return features and labels, one in ten of them positive."""
    draw = np.random.default_rng(seed)
    features = draw.normal(size=(rows, 3)).astype("float32")
    chance = expit(1.5 * features[:, 0] + features[:, 1] - 3.0)
    return features, (draw.random(rows) < chance).astype("float32")


FEATURES, TARGET = data(3_000, 0)
HELD_OUT, TRUTH = data(2_000, 1)
OF_A_CONSTANT = log_loss(TRUTH, np.full(2_000, np.log(np.divide(*np.bincount(TRUTH.astype(int))[::-1]))))


def fitted(loss: keras.losses.Loss, outputs: int, activation: str | None = None) -> np.ndarray:
    """Return what a model that was trained with a loss says of the held-out rows."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(outputs, activation=activation)])
    model.compile(keras.optimizers.Adam(0.05), loss)
    model.fit(FEATURES, TARGET, batch_size=500, epochs=10, verbose=0)
    return model.predict(HELD_OUT, batch_size=2_000, verbose=0)


binary = scarce.tune(
    lambda loss: (fitted(loss, 1), TRUTH), scarce.keras.BinaryFocalCrossentropy, gamma="auto"
)
assert isinstance(binary.loss, scarce.keras.BinaryFocalCrossentropy)
assert binary.loss.loss.modulation.gamma == binary.settings["gamma"]
assert max(one.figure for one in binary.table) < 0.85 * OF_A_CONSTANT

sparse = scarce.tune(
    lambda loss: (fitted(loss, 2), TRUTH),
    scarce.keras.SparseCategoricalLogitAdjustedCrossentropy,
    tau="auto",
    class_counts=np.bincount(TARGET.astype(int)),
)
assert max(one.figure for one in sparse.table) < 0.85 * OF_A_CONSTANT

of_probabilities = scarce.tune(
    lambda loss: (fitted(loss, 1, "sigmoid"), TRUTH),
    scarce.keras.BinaryFocalCrossentropy,
    gamma="auto",
    from_logits=False,
)
difference = of_probabilities.table[0].figure - binary.table[0].figure
assert abs(difference) < 1e-4, difference

with pytest.raises(scarce.ScarceError, match="gamma='auto' is still to be chosen"):
    scarce.keras.BinaryFocalCrossentropy(gamma="auto")
print("tuned")
