"""Every error and warning scarce raises: one class, one catalogue of codes.

An error says what and where in its first line, and what to type in its second. Codes are stable; the
wording is not. Ranges: E1 reading and data, E2 options, E3 the trial, E4 model files and prediction,
E5 losses, E6 boosting and kernels, E7 missing extras, W warnings.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One line of the catalogue: what happened, and what to type instead."""

    message: str
    hint: str


CATALOGUE: dict[str, Entry] = {
    "E101": Entry("no column {column!r} in {source}", "{suggestion}"),
    "E201": Entry("scarce {command} has no option {option}", "{suggestion}"),
    "E202": Entry("scarce has no command {name!r}", "{suggestion}"),
    "E203": Entry("scarce {command} needs {what}", "for example: {example}"),
    "E204": Entry("{option} cannot be {value!r}: {reason}", "{suggestion}"),
    "E205": Entry("{option} needs a value", "scarce {command} --help says which"),
    "E206": Entry(
        "scarce {command} takes nothing more after its arguments, got {extra}",
        "put a name with spaces in quotes, and separate several names with commas",
    ),
    "E207": Entry("cannot write {path}: {reason}", "choose another place with {option}"),
    "E208": Entry(
        "{folder} holds a {name} that no run of scarce wrote",
        "choose another folder with --out, or move that file away",
    ),
    "E209": Entry("cannot read the gate {text!r}: {reason}", "write a score and a bound: {example}"),
    "E250": Entry(
        "cannot read the costs {text!r}: {reason}",
        "write fn=100,fp=5 where each value is a number or the name of a column",
    ),
    "E251": Entry(
        "the cost {name} is {value} in row {row}",
        "costs must be finite and not negative: correct or drop that row",
    ),
    "E252": Entry(
        "the cost {wrong}={wrong_value} is not above {right}={right_value}{where}",
        "a mistake must cost more than the right decision: raise {wrong} or lower {right}",
    ),
    "E253": Entry(
        "no cut gives {constraint}; the best that these {rows} rows allow is {best:.6g}",
        "ask for {best:.4g} or less strict, or improve the model first",
    ),
    "E254": Entry(
        "{negatives} negatives cannot guarantee a false-positive rate of {rate} with confidence {confidence}",
        "give at least {needed} negatives that the model did not see, or relax one of the two",
    ),
    "E255": Entry("{name} must be {allowed}, got {value!r}", "choose {name} {allowed}"),
    "E256": Entry("cannot read a stored {what}: {reason}", "write the model anew with scarce run"),
    "E257": Entry(
        "the rule compares costs that differ from row to row, and none were given",
        "pass costs=Costs(...) with one value a row, or the columns {columns}",
    ),
    "E258": Entry("{name} has {got}, expected {expected}", "pass one value of {name} for every row"),
    "E259": Entry(
        "{name} is not a number in row {row} ({count} such rows)",
        "find out why the model gives none there; rows count from 0",
    ),
    "E350": Entry("the target is {value} in row {row}", "encode it as 0 and 1, with 1 the scarce class"),
    "E351": Entry("cannot {purpose}: no {missing} row among {rows}", "give rows of both classes"),
    "E352": Entry("the row weight is {value} in row {row}", "weights must be finite and not negative"),
    "E353": Entry(
        "a comparison needs differences on at least 2 folds, got {folds}", "use more folds or repeats"
    ),
    "E354": Entry("cannot resample: {reason}", "{suggestion}"),
    "E420": Entry("cannot open the model file {path}: {reason}", "give the file that scarce run wrote: model.scarce"),
    "E421": Entry("{source} is not a scarce model file", "give the file that scarce run wrote: model.scarce"),
    "E422": Entry(
        "the model file {source} is cut short: {have} bytes of {want}",
        "copy it again from where it was written, or train it again with scarce run",
    ),
    "E423": Entry(
        "the model file {source} is damaged: its content does not match its digest",
        "copy it again from where it was written, or train it again with scarce run",
    ),
    "E424": Entry(
        "the model file {source} has format {version}; this scarce reads formats up to {known}",
        "pip install --upgrade 'scarce[trial]'",
    ),
    "E425": Entry(
        "{source} is not a valid model: {what}",
        "scarce did not write it as it is; train it again with scarce run",
    ),
    "E426": Entry(
        "this booster cannot be put into a model: {what}",
        "train a booster with one output, plain leaves and boosting=gbdt",
    ),
    "E427": Entry("cannot write the model file {path}: {reason}", "choose another place for it"),
    "E428": Entry(
        "a prior must lie strictly between 0 and 1, got {prior}",
        "give the share of positives where the model is used, such as 0.002",
    ),
    "E429": Entry("the model has no {what}", "{suggestion}"),
    "E701": Entry("{needs} is not installed", "pip install 'scarce[{extra}]'"),
}


class ScarceError(ValueError):
    """The one base error: a code of the catalogue with its values filled in.

    Parameters
    ----------
    code : str
        A key of `CATALOGUE`, such as ``"E101"``.
    **values : object
        What the entry's templates name.

    Examples
    --------
    >>> error = ScarceError("E101", column="frued", source="data.csv", suggestion="did you mean 'fraud'?")
    >>> print(error.two_lines())
    error[E101]: no column 'frued' in data.csv
    hint: did you mean 'fraud'?
    """

    def __init__(self, code: str, **values: object) -> None:
        entry = CATALOGUE[code]
        self.code = code
        self.values = values
        self.message = entry.message.format(**values)
        self.hint = entry.hint.format(**values)
        super().__init__(f"{self.message}; {self.hint}" if self.hint else self.message)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by code and values, so that a worker's error arrives whole."""
        return (_rebuild, (type(self), self.code, self.values))

    def two_lines(self) -> str:
        """Return the error as the command line prints it."""
        return f"error[{self.code}]: {self.message}\nhint: {self.hint}"


class ScarceWarning(UserWarning):
    """A warning of the catalogue; `code` and `message` as in `ScarceError`."""

    def __init__(self, code: str, **values: object) -> None:
        entry = CATALOGUE[code]
        self.code = code
        self.values = values
        self.message = entry.message.format(**values)
        self.hint = entry.hint.format(**values)
        super().__init__(f"[{code}] {self.message}; {self.hint}")

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by code and values."""
        return (_rebuild, (type(self), self.code, self.values))


def _rebuild(kind: type, code: str, values: dict[str, object]) -> object:
    return kind(code, **values)
