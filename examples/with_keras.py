"""Rare positives in Keras: start at the prior, `fit` with focal loss, read off true probabilities.

pip install 'scarce[keras,tensorflow]' && python examples/with_keras.py          # or keras,jax; keras,torch
"""

from __future__ import annotations

import keras
import numpy as np

from scarce.keras import BinaryFocalCrossentropy


def make_data(rows: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return features and labels, about one in forty of them positive."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(rows, 4)).astype("float32")
    chance = 1.0 / (1.0 + np.exp(5.0 - 1.5 * features[:, 0] - features[:, 1]))
    return features, (rng.random((rows, 1)) < chance[:, None]).astype("float32")


def main() -> None:
    """Train, and compare the mean probability on new rows with their prevalence."""
    keras.utils.set_random_seed(0)
    features, target = make_data(20_000, seed=1)
    held_out, truth = make_data(20_000, seed=2)

    loss = BinaryFocalCrossentropy(gamma=2.0, class_weight=[1.0, 5.0])
    start = float(loss.base_score(target.mean()))
    model = keras.Sequential(
        [
            keras.Input((4,)),
            keras.layers.Dense(16, activation="relu"),
            keras.layers.Dense(
                1, bias_initializer=keras.initializers.Constant(start)
            ),  # logits: no activation
        ]
    )
    model.compile(keras.optimizers.Adam(0.01), loss)
    model.fit(features, target, batch_size=512, epochs=6, verbose=0)

    logits = model.predict(held_out, batch_size=4096, verbose=0)
    probability = keras.ops.convert_to_numpy(loss.posterior(logits))
    print(f"prevalence               {truth.mean():.4f}")
    print(f"mean sigmoid of logits   {(1.0 / (1.0 + np.exp(-logits))).mean():.4f}")
    print(f"mean probability         {probability.mean():.4f}")


if __name__ == "__main__":
    main()
