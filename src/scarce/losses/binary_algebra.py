"""The algebra of one logit that decides between two classes, over an array library `xp`."""

from __future__ import annotations

from typing import Any

Array = Any
