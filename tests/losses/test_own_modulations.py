"""A modulation of a user's own: found by module and name, checked, and known by what it does."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest
from tests.losses import own_losses
from tests.losses.own_losses import FINISHED, PolyCubed

from scarce.errors import ScarceError
from scarce.losses import Modulation, SigmoidLoss, SoftmaxLoss, domains, get, parameter, parse
from scarce.losses.definitions import digest
from scarce.losses.modulation import Focal

HERE = own_losses.__name__
KINDS = {"sigmoid": SigmoidLoss, "softmax": SoftmaxLoss}


@pytest.mark.parametrize("kind", KINDS)
def test_a_modulation_of_another_module_is_a_loss_by_its_name(kind):
    loss = parse(f" {HERE} : PolyCubed:epsilon=3,class_weight=1;9", kind=kind)
    assert loss == KINDS[kind](PolyCubed(3.0), class_weight=[1.0, 9.0])
    assert get(f"{HERE}:PolyCubed", kind=kind) == KINDS[kind](PolyCubed())


def test_a_finished_loss_of_another_module_is_taken_as_it_stands():
    assert parse(f"{HERE}:FINISHED") is FINISHED


def test_names_of_the_catalogue_are_read_as_before():
    assert parse("focal:gamma=3") == get("focal", gamma=3.0)
    with pytest.raises(ScarceError) as caught:
        parse("focal:gamma")
    assert caught.value.code == "E524"


def in_file(folder, text, monkeypatch):
    (folder / "mine.py").write_text(text, encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.delitem(sys.modules, "mine", raising=False)


def test_the_current_folder_comes_first_and_the_path_stays_as_it_was(tmp_path, monkeypatch):
    in_file(tmp_path, f"from {HERE} import PolyCubed as Mine\n", monkeypatch)
    before = list(sys.path)
    assert get("mine:Mine").modulation == PolyCubed()
    assert sys.path == before
    monkeypatch.delitem(sys.modules, "mine")


REFUSALS = {
    "no module": (
        "nowhere:Mine",
        "error[E530]: there is no module 'nowhere' for the loss 'nowhere:Mine'\n"
        "hint: put nowhere.py into the current folder, or its folder on PYTHONPATH",
    ),
    "a loss of ours, misspelled": (
        "focl:gamma",
        "error[E530]: there is no module 'focl' for the loss 'focl:gamma'\nhint: did you mean 'focal'?",
    ),
    "no such name": (
        f"{HERE}:PolyCubes",
        f"error[E532]: the module '{HERE}' has no 'PolyCubes'\nhint: did you mean 'PolyCubed'?",
    ),
    "nothing to name": (
        "tests.campaign:Mine",
        "error[E532]: the module 'tests.campaign' has no 'Mine'\nhint: it has no modulation and no loss",
    ),
    "a function": (
        f"{HERE}:phi",
        f"error[E533]: {HERE}:phi is a function, where a modulation or a sigmoid loss is due\n"
        "hint: name a class made like scarce.losses.Modulation, or a loss without parameters behind it",
    ),
    "the base of all": (
        f"{HERE}:Modulation",
        f"error[E533]: {HERE}:Modulation is the class Modulation, where a modulation or a sigmoid loss is "
        "due\n"
        "hint: name a class made like scarce.losses.Modulation, or a loss without parameters behind it",
    ),
    "a finished loss with parameters": (
        f"{HERE}:FINISHED:epsilon=3",
        f"error[E533]: {HERE}:FINISHED is a finished SigmoidLoss, which takes no parameters, where a "
        "modulation or a sigmoid loss is due\n"
        "hint: name a class made like scarce.losses.Modulation, or a loss without parameters behind it",
    ),
    "a parameter it has not": (
        f"{HERE}:PolyCubed:epsilo=3",
        f"error[E523]: {HERE}:PolyCubed has no parameter 'epsilo'\nhint: did you mean 'epsilon'?",
    ),
    "outside its domain": (
        f"{HERE}:PolyCubed:epsilon=-3",
        "error[E501]: epsilon=-3 is outside its domain\nhint: epsilon must be a finite number, at least 0",
    ),
    "no dataclass": (
        f"{HERE}:NoDataclass",
        "error[E534]: the modulation NoDataclass has the parameter gamma and is no dataclass\n"
        "hint: write @dataclass(frozen=True) above the class",
    ),
    "no formulas": (
        f"{HERE}:NoFormulas",
        "error[E534]: the modulation NoFormulas has no formulas\n"
        "hint: write formulas = Formulas(phi, slope, curvature, log_a) in the class",
    ),
    "formulas in a list": (
        f"{HERE}:ListOfFormulas",
        "error[E534]: the modulation ListOfFormulas has formulas that are a list\n"
        "hint: write formulas = Formulas(phi, slope, curvature, log_a) in the class",
    ),
    "a formula in words": (
        f"{HERE}:NoFunction",
        "error[E534]: the modulation NoFunction has the formula slope that is no function\n"
        "hint: write formulas = Formulas(phi, slope, curvature, log_a) in the class",
    ),
    "too few arguments": (
        f"{HERE}:TooFewArguments",
        "error[E534]: the modulation TooFewArguments has the formula phi of 6 arguments, and it is called "
        "with 5\n"
        "hint: let phi take xp, lp, lq, p, q",
    ),
    "no kind": (
        f"{HERE}:NoKind",
        "error[E534]: the modulation NoKind has kinds=('binary',)\n"
        "hint: write kinds = ('sigmoid', 'softmax') or one of the two",
    ),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_a_name_that_is_no_loss_is_refused_with_what_to_write(what):
    text, lines = REFUSALS[what]
    with pytest.raises(ScarceError) as caught:
        parse(text)
    assert caught.value.two_lines() == lines


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import no_such_module_at_all", "ModuleNotFoundError: No module named 'no_such_module_at_all'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("def", "SyntaxError: invalid syntax (mine.py, line 1)"),
    ],
)
def test_a_module_that_fails_is_refused_with_its_reason(tmp_path, monkeypatch, text, reason):
    in_file(tmp_path, text, monkeypatch)
    with pytest.raises(ScarceError) as caught:
        get("mine:Mine")
    assert caught.value.two_lines() == (
        f"error[E531]: importing the module 'mine' failed with {reason}\n"
        "hint: try it alone: python -c 'import mine'"
    )


def test_a_class_with_the_name_of_one_of_ours_is_refused():
    with pytest.raises(ScarceError) as caught:

        class Focal(Modulation):
            pass

    assert caught.value.code == "E535"
    assert "has the name 'focal' of one of scarce's own" in caught.value.message


def test_a_softmax_of_a_modulation_for_a_sigmoid_is_refused():
    @dataclass(frozen=True)
    class Sided(Modulation):
        formulas = Focal.formulas
        kinds = ("sigmoid",)
        gamma: float = parameter(2.0, domains.at_least_zero, "How fast.")

    own_losses.Sided = Sided
    with pytest.raises(ScarceError) as caught:
        get(f"{HERE}:Sided", kind="softmax")
    del own_losses.Sided
    assert caught.value.code == "E526"


def changed(formulas, **traits):
    body = {"formulas": formulas, "__annotations__": {"epsilon": float}, "__module__": HERE, **traits}
    body["epsilon"] = parameter(1.0, domains.at_least_zero, "How much.")
    return dataclass(frozen=True)(type("PolyCubed", (Modulation,), body))


def test_the_digest_follows_formulas_parameters_and_traits():
    plain = digest(changed(PolyCubed.formulas)())
    assert plain == digest(changed(PolyCubed.formulas)())
    others = [
        changed(PolyCubed.formulas)(2.0),
        changed(PolyCubed.formulas._replace(phi=lambda xp, lp, lq, p, q, e: e * q * q - lp))(),
        changed(PolyCubed.formulas, newton_factor=2.0)(),
        changed(PolyCubed.formulas, is_convex=True)(),
    ]
    assert len({plain, *map(digest, others)}) == 5


def test_the_digest_follows_what_a_files_text_alone_shows(tmp_path, monkeypatch):
    text = f"from {HERE} import PolyCubed\nclass Mine(PolyCubed):\n    pass\n"
    found = set()
    for said in (text, text + "# beyond the margins that are tried, something else\n"):
        in_file(tmp_path, said, monkeypatch)
        found.add(digest(get("mine:Mine").modulation))
        monkeypatch.delitem(sys.modules, "mine")
    assert len(found) == 2
