"""The laws can fail: each is green, and red once its fault is planted."""

from __future__ import annotations

import warnings

import pytest
from tests.mutants import MUTANTS


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.id)
def test_a_fault_turns_its_law_red(mutant, monkeypatch):
    mutant.law()
    mutant.plant(monkeypatch)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # a mutant may overflow; that alone must not count
        with pytest.raises(AssertionError):
            mutant.law()
