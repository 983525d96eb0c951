"""Keras takes one backend a process, so that `keras_loop.py` runs in one of its own."""

from __future__ import annotations

collect_ignore = ["keras_loop.py"]  # run by test_loop_keras.py
