"""Keras takes one backend a process, so each runs these files in a process of its own."""

from __future__ import annotations

collect_ignore = [
    "adaptive.py",
    "on_backend.py",
    "derivatives.py",
    "edges.py",
    "face.py",
]  # run by test_backends.py: they import Keras
