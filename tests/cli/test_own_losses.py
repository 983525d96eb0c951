"""A loss of the user's own in a trial, in a model file that needs none of the user's code, and in exports."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.cli.conftest import QUICK
from tests.losses import own_losses
from tests.losses.own_losses import PolyCubed

from scarce.bundle import load, save
from scarce.data.files.reading import read
from scarce.learners.base import Fitted
from scarce.learners.stored.posterior_table import PosteriorTable
from scarce.losses import SigmoidLoss
from scarce.trial import arms, methods

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended, Finished

HERE = own_losses.__name__
OWN = SigmoidLoss(PolyCubed(3.0), class_weight=[1.0, 9.0])
MINE = f"from {HERE} import PolyCubed\n\n\nclass Mine(PolyCubed):\n    '''As cubed as it gets.'''\n"


@pytest.fixture
def model_file(finished: Finished, tmp_path: Path) -> Path:
    """Return a model whose one learner has a loss of the user's own."""
    model = load(finished.folder / "model.scarce")
    (member,) = model.members
    fitted = Fitted(member.fitted.stored, OWN, member.fitted.base_score, 0.0)
    path = tmp_path / "own.scarce"
    save(replace(model, members=(replace(member, fitted=fitted),)), path)
    return path


@pytest.fixture
def mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the file of a user's module in the current folder."""
    path = tmp_path / "mine.py"
    path.write_text(MINE, encoding="utf-8")
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    return path


def test_a_model_file_keeps_a_table_that_predicts_as_the_formulas_do(
    model_file: Path, finished: Finished
) -> None:
    model = load(model_file)
    fitted = model.members[0].fitted
    assert isinstance(fitted.loss, PosteriorTable)
    table = read(str(finished.data), text=model.encoder.text_columns)
    raw = fitted.logits(model.encoder.encode(table))
    np.testing.assert_allclose(fitted.log_odds(raw), OWN.log_odds(raw), rtol=1e-9, atol=1e-9)


def test_predicting_loads_none_of_the_users_code(model_file: Path, finished: Finished) -> None:
    program = (
        "import sys\nfrom scarce.bundle import load\nfrom scarce.data.files.reading import read\n"
        f"model = load({str(model_file)!r})\n"
        f"table = read({str(finished.data)!r}, text=model.encoder.text_columns)\n"
        "print(repr(model.posterior(table).sum()), 'tests' in sys.modules)"
    )
    run = subprocess.run(
        [sys.executable, "-P", "-c", program], env=os.environ, capture_output=True, text=True, check=True
    )
    model = load(model_file)
    table = read(str(finished.data), text=model.encoder.text_columns)
    assert run.stdout.split() == [repr(model.posterior(table).sum()), "False"]


def test_inspect_says_that_the_posterior_is_a_table(model_file: Path, scarce: Callable[..., Ended]) -> None:
    said = " ".join(scarce("inspect", model_file).out.split())
    assert "loss: sigmoid poly_cubed(epsilon=3), class_weight=[1, 9], its posterior a table of " in said
    (learner,) = json.loads(scarce("inspect", model_file, "--json").out)["learners"]
    assert learner["loss"]["kind"] == "table"


def test_a_plain_booster_comes_with_a_formula_that_reads_the_table(
    model_file: Path, finished: Finished, scarce: Callable[..., Ended]
) -> None:
    import lightgbm

    ended = scarce("export", model_file, "--to", "lightgbm", "--out", "m.txt", "--check", finished.data)
    assert ended.code == 0, ended.err
    model = load(model_file)
    table = read(str(finished.data), text=model.encoder.text_columns)
    names = {"lightgbm": lightgbm, "X": model.encoder.encode(table), "MODEL": str(model_file)}
    exec(ended.out, names)
    np.testing.assert_allclose(names["posterior"], model.posterior(table), rtol=1e-12)


def test_onnx_has_no_place_for_the_table_and_nothing_is_written(
    model_file: Path, scarce: Callable[..., Ended], tmp_path: Path
) -> None:
    pytest.importorskip("onnx")
    ended = scarce("export", model_file, "--to", "onnx", "--out", "m.onnx")
    assert ended.code == 2
    assert ended.error[0].startswith(
        "error[E432]: this model cannot be exported to onnx: of its loss it keeps a"
    )
    assert not (tmp_path / "m.onnx").exists()


def test_a_run_with_a_loss_of_the_folders_own_and_its_edit(
    scarce: Callable[..., Ended], small: Path, mine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ["run", small.name, "--target", "fraud", *QUICK]
    command[command.index("focal:gamma=1")] = "mine:Mine:epsilon=0.5,class_weight=balanced"
    first = scarce(*command)
    assert first.code == 0, first.err
    assert "Mine:epsilon=0.5,class_weight=balanced" in first.out
    assert "reused" not in first.out
    assert "reused  4 of 4 fits" in scarce(*command).out
    mine.write_text(MINE + "    newton_factor = 3.0\n", encoding="utf-8")
    monkeypatch.delitem(sys.modules, "mine")
    assert "reused  2 of 4 fits" in scarce(*command).out  # the control's


WRONG = {
    "nowhere:Mine": "error[E530]: there is no module 'nowhere' for the loss 'nowhere:Mine'",
    "mine:Mien": "error[E532]: the module 'mine' has no 'Mien'",
    "mine:__doc__": "error[E533]: mine:__doc__ is a NoneType, where a modulation or a sigmoid loss is due",
    "mine:Mine:gamma=2": "error[E523]: mine:Mine has no parameter 'gamma'",
}


@pytest.mark.parametrize("method", WRONG)
def test_a_loss_that_is_not_there_ends_in_two_lines_with_nothing_written(
    scarce: Callable[..., Ended], small: Path, mine: Path, method: str
) -> None:
    ended = scarce("run", small.name, "--target", "fraud", "--methods", method)
    assert (ended.code, ended.out) == (2, "")
    assert ended.error[0] == WRONG[method]
    assert len(ended.error) == 2
    assert not (small.parent / "scarce-run").exists()


def test_the_name_of_an_arm_is_that_of_the_class() -> None:
    assert methods.read(f"undersample + {HERE}:PolyCubed: epsilon=2").name == (
        "undersample:ratio=10+PolyCubed:epsilon=2"
    )
    weighed = methods.read(replace(OWN, class_weight="balanced"))
    assert weighed.name.startswith("PolyCubed:epsilon=3,class_weight=")
    assert weighed.summary == "Log-loss with a cubic term, -log p + epsilon (1-p)^3"


def test_the_journal_knows_an_arm_by_its_formulas() -> None:
    class Other(PolyCubed):
        formulas = PolyCubed.formulas._replace(phi=lambda *at: 2.0 * PolyCubed.formulas.phi(*at))

    Other.__qualname__ = Other.__name__ = "PolyCubed"
    keys = [arms.Arm(*methods.read(SigmoidLoss(kind()))).key for kind in (PolyCubed, Other)]
    assert keys[0]["treatment"] == keys[1]["treatment"]
    assert keys[0] != keys[1]
    assert "formulas" not in arms.Arm(*methods.read("focal")).key
