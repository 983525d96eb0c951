"""The tables, by name."""

from __future__ import annotations

from benchmarks.torch_losses import jax_rivals, torch_rivals
from benchmarks.torch_losses.rivals import Table

_IMAGES = (8, 4, 256, 256)
TABLES = {
    table.name: table
    for table in (
        Table("sigmoid", "sigmoid focal loss", "sigmoid", (8_000_000,), torch_rivals.SIGMOID),
        Table(
            "softmax",
            "softmax focal loss with class weights",
            "softmax",
            (65_536, 1_000),
            torch_rivals.SOFTMAX,
            weights=True,
        ),
        Table(
            "small-softmax",
            "small batches, softmax focal loss",
            "softmax",
            (256, 10),
            torch_rivals.UNWEIGHTED,
            micro=True,
            baseline="cross_entropy",
            rounds=10,
            repeats=500,
        ),
        Table(
            "small-sigmoid",
            "small batches, sigmoid focal loss",
            "sigmoid",
            (256, 10),
            torch_rivals.SMALL_SIGMOID,
            micro=True,
            baseline="cross_entropy",
            rounds=10,
            repeats=500,
        ),
        Table("dice", "Dice loss, four classes", "dice", _IMAGES, torch_rivals.DICE),
        Table("tversky", "Tversky loss, four classes", "tversky", _IMAGES, torch_rivals.TVERSKY),
        Table(
            "jax-sigmoid",
            "JAX and Keras, sigmoid focal loss",
            "sigmoid",
            (8_000_000,),
            jax_rivals.SIGMOID,
        ),
        Table(
            "jax-softmax",
            "JAX and Keras, softmax focal loss with class weights",
            "softmax",
            (16_384, 1_000),
            jax_rivals.SOFTMAX,
            weights=True,
        ),
    )
}
