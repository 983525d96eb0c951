"""``scarce methods``: everything that has a name, out of the registries that read those names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from scarce.cli import methods
from scarce.learners.portfolio import LEARNERS
from scarce.losses.catalog import CATALOG
from scarce.resampling.catalog import NAMES
from scarce.trial import methods as treatments
from scarce.trial.scoring import METRICS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Ended

EVERY = {one.name: one for group in methods.groups().values() for one in group}


def test_every_name_of_the_registries_is_listed(scarce: Callable[..., Ended]) -> None:
    ended = scarce("methods")
    assert (ended.code, ended.err) == (0, "")
    listed = {line.split()[0] for line in ended.out.splitlines() if line.startswith("  ")}
    rules = {
        "--cost",
        "--capacity",
        "--precision",
        "--recall",
        "--false-positive-rate",
        "--fbeta",
        "--review",
    }
    assert {*CATALOG, *NAMES, *LEARNERS, *(metric.name for metric in METRICS), *rules} <= listed
    assert max(map(len, ended.out.splitlines())) <= 100


def test_what_is_said_to_be_typed_is_understood() -> None:
    pytest.importorskip("imblearn", reason="its samplings are among them")
    for one in EVERY.values():
        option, _, word = one.typed.partition(" ")
        if option == "--methods":
            assert treatments.read(word).treatment == treatments.read(one.name).treatment
        elif option == "--learners":
            assert word in LEARNERS


@pytest.mark.parametrize("name", CATALOG)
def test_a_loss_is_told_with_its_parameters_and_formula(scarce: Callable[..., Ended], name: str) -> None:
    lines = scarce("methods", name).out.splitlines()
    assert lines[0] == name
    facts = [line.split()[0] for line in lines[1:] if not line.startswith(" " * methods.INDENT)]
    assert facts[:2] == ["what", "type"]
    assert set(CATALOG[name].parameters) <= set(facts)
    assert "formula" in facts


def test_more_is_said_of_a_name_of_every_group(scarce: Callable[..., Ended]) -> None:
    for *_, one in methods.groups().values():
        ended = scarce("methods", "--", one.name)
        assert ended.code == 0
        assert one.typed in " ".join(ended.out.split())


@pytest.mark.parametrize("typed", ["AP", "Average Precision", "average_precision"])
def test_a_score_is_found_by_what_the_tables_call_it(scarce: Callable[..., Ended], typed: str) -> None:
    assert scarce("methods", typed).out.splitlines()[0] == "average_precision"


def test_a_method_is_found_with_its_parameters(scarce: Callable[..., Ended]) -> None:
    assert scarce("methods", "Focal:gamma=3").out.splitlines()[0] == "focal"


def test_a_name_that_is_not_there_is_refused(scarce: Callable[..., Ended]) -> None:
    ended = scarce("methods", "fokal")
    assert ended.error == [
        "error[E237]: there is no method, learner, score or rule 'fokal'",
        "hint: did you mean focal?",
    ]
    assert scarce("methods", "qqq").error[1] == "hint: scarce methods lists all names"


def test_smote_without_imbalanced_learn_says_what_it_needs(
    scarce: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "imblearn", None)
    ended = scarce("methods", "smote")
    assert ended.code == 0
    assert (
        "needs                     imbalanced-learn, whose SMOTE it is: pip install 'scarce[samplers]'"
        in ended.out
    )
