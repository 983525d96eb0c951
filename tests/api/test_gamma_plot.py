"""``scarce.gamma_plot``: from a loss or its history to a file."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

import scarce
from scarce.errors import ScarceError

if TYPE_CHECKING:
    from pathlib import Path

HISTORY = [
    {"epoch": 0, "gamma": 0.0, "power": None, "validation_loss": 0.5},
    {"epoch": 1, "gamma": 0.5, "power": None, "validation_loss": 0.25},
]


def test_a_loss_and_its_history_give_the_same_file(tmp_path: Path) -> None:
    found = scarce.gamma_plot(SimpleNamespace(history=HISTORY))
    path = found.write(tmp_path / "gamma.svg")
    assert path.read_text(encoding="utf-8") == scarce.gamma_plot(HISTORY).svg()
    style = re.search(r"<style>(.*?)</style>", found.svg(), re.DOTALL)
    assert style is not None
    assert "var(" not in style[1]
    assert "prefers-color-scheme: dark" in style[1]
    ET.fromstring(found.svg())


def test_it_says_what_it_shows_and_shows_itself_in_a_notebook() -> None:
    found = scarce.gamma_plot(HISTORY)
    assert repr(found).startswith(
        "2 epochs. Gamma is 0 in the first and 0.5 in the last. The validation loss"
    )
    assert found._repr_html_().startswith('<img src="data:image/svg+xml;base64,')


@pytest.mark.parametrize(
    "given", [3, "gamma", {"loss": [1.0]}, [1.0], SimpleNamespace(history={"loss": [1.0]})]
)
def test_what_has_no_history_of_gamma_is_refused(given: object) -> None:
    with pytest.raises(ScarceError) as caught:
        scarce.gamma_plot(given)
    assert caught.value.two_lines().startswith("error[E501]: trained=")


def test_a_history_without_epochs_says_how_to_get_one() -> None:
    with pytest.raises(ScarceError) as caught:
        scarce.gamma_plot(SimpleNamespace(history=[]))
    assert "call update()" in caught.value.two_lines()


def test_a_file_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(ScarceError) as caught:
        scarce.gamma_plot(HISTORY).write(tmp_path / "none" / "gamma.svg")
    assert caught.value.code == "E207"
