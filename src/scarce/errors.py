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
    "E102": Entry("there is no file {source}", "{suggestion}"),
    "E103": Entry("{source} holds no rows", "give a file with a header and at least one line below it"),
    "E104": Entry(
        "{source} is written in {encoding}, not UTF-8",
        "convert it first: iconv -f {encoding} -t UTF-8 {source} > utf8-{source}",
    ),
    "E105": Entry(
        "{source} is not UTF-8: byte {byte} in line {line}",
        "convert it first: iconv -f WINDOWS-1252 -t UTF-8 {source} > utf8-{source}",
    ),
    "E106": Entry(
        "{source} holds a NUL byte in line {line}",
        "the file is damaged or not text: export it again as UTF-8",
    ),
    "E107": Entry(
        "line {line} of {source} has {found}, the header has {expected}",
        "correct that line; a field that holds the delimiter needs double quotes around it",
    ),
    "E108": Entry(
        "line {line} of {source} has a quote that is not closed as it should be",
        "close the quote, and write a quote inside a quoted field twice",
    ),
    "E109": Entry(
        "{source} has columns of the same name: {names}", "rename them so that each name occurs once"
    ),
    "E110": Entry(
        "column {position} of {source} has no name",
        "name it in the header, or leave it out (pandas: to_csv(..., index=False))",
    ),
    "E111": Entry(
        "{source} has no header: its first line holds {value!r}",
        "write the names of the columns into the first line",
    ),
    "E112": Entry(
        "line 1 of {source} is not the header: it {reason}",
        "remove the lines above the header",
    ),
    "E113": Entry(
        "column {column!r} holds numbers with a comma, such as {value!r} in {where} of {source}",
        "write 1234.5 with a point and no separators, or leave the column out: --drop {typed}",
    ),
    "E114": Entry("{source} is {what}", "give a CSV, TSV, Parquet or JSON-lines file"),
    "E115": Entry(
        "{source} is an address, and scarce reads local files only", "download it, then name the file"
    ),
    "E116": Entry("no file matches {source}", "check the pattern, and put it in quotes"),
    "E117": Entry(
        "{source} and {first} do not have the same columns: {names}",
        "read files together only if their names and types agree",
    ),
    "E118": Entry(
        "{source} cannot be read: {reason}", "the file is damaged or of another kind: export it again"
    ),
    "E119": Entry(
        "column {column!r} of {source} holds {kind}, not single values",
        "write its parts as columns of their own, or leave it out of the file",
    ),
    "E120": Entry(
        "line {line} of {source} is a JSON {kind}, not an object",
        'write one object a line, such as {{"amount": 5, "fraud": 0}}',
    ),
    "E121": Entry("cannot take a table from {kind}: {reason}", "pass a pandas, polars or pyarrow table"),
    "E122": Entry(
        "column {column!r} is a number in {share} of its rows, but {where} of {source} holds {value!r}{more}",
        "leave the field empty where a value is missing, or name the column: --keep {typed} takes it as "
        "categories, --drop {typed} leaves it out",
    ),
    "E131": Entry(
        "column {column!r} must hold numbers, but {where} of {source} holds {value!r}",
        "correct that value, or name another column",
    ),
    "E132": Entry(
        "the target {column!r} of {source} is missing in {rows}, first in {places}",
        "label these rows, or leave them out of the file",
    ),
    "E133": Entry(
        "the target {column!r} of {source} is {label!r} in all {count} rows",
        "a trial needs rows of two classes: add the others, or name another target",
    ),
    "E134": Entry(
        "the target {column!r} of {source} has {count} labels, not two: {labels}",
        "make a column that is 1 for {label!r} and 0 for the others and name it as the target, or leave out "
        "the rows of all but two labels",
    ),
    "E135": Entry(
        "the labels {labels} of target {column!r} are equally frequent ({count} each)",
        "say which one counts as positive: --positive LABEL",
    ),
    "E136": Entry("the target {column!r} has no label {label!r}", "its labels are {labels}"),
    "E137": Entry("column {column!r} cannot be {roles}", "name it once"),
    "E138": Entry(
        "the weight column {column!r} of {source} holds {reason}",
        "weights count the rows a row stands for: finite, not negative, not 0 throughout a class",
    ),
    "E139": Entry(
        "column {column!r} of {source} has a gap in {where} ({count} in all)",
        "a time or group column needs a value in every row: fill it, or leave these rows out",
    ),
    "E140": Entry(
        "{source} has no feature left", "drop fewer columns, or add some that repeat or are numbers"
    ),
    "E141": Entry(
        "the cost column {column!r} holds {value} in {where} ({count} such rows in all)",
        "a cost must be a number from 0 up: correct these rows or leave them out",
    ),
    "E201": Entry("{call} has no option {option}", "{suggestion}"),
    "E202": Entry("scarce has no command {name!r}", "{suggestion}"),
    "E203": Entry("{call} needs {what}", "for example: {example}"),
    "E204": Entry("{option} cannot be {value!r}: {reason}", "{suggestion}"),
    "E205": Entry("{option} needs a value", "{call} --help says which"),
    "E206": Entry(
        "{call} takes nothing more after its arguments, got {extra}",
        "put a name with spaces in quotes, and separate several names with commas",
    ),
    "E207": Entry("cannot write {path}: {reason}", "choose another place with {option}"),
    "E208": Entry(
        "{folder} holds a {name} that no run of scarce wrote",
        "choose another folder with --out, or move that file away",
    ),
    "E209": Entry("cannot read the gate {text!r}: {reason}", "write a score and a bound: {example}"),
    "E210": Entry(
        "{count} in {source} must be mended before a trial",
        "mend the data, or leave the columns named above out with --drop",
    ),
    "E211": Entry(
        "the negative label in column {column!r} of {source} is {found!r}, the model knows {known!r}",
        "write the labels as they were in training",
    ),
    "E250": Entry(
        "cannot read the costs {text!r}: {reason}",
        "write fn=100,fp=5 where each value is a number or the name of a column",
    ),
    "E251": Entry(
        "the cost {name} is {value}{where}",
        "costs must be finite and not negative: correct it, or drop its row",
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
    "E311": Entry(
        "{source} has {count} row(s) of label {label!r}, and a comparison needs at least 2",
        "collect more of them: below 20 nothing can be called better, below 2 nothing can be tried",
    ),
    "E312": Entry(
        "all positive or all negative rows of {source} are copies of one another or in one group",
        "rows of a group stay together: give a finer --group, or none",
    ),
    "E313": Entry(
        "{source} cannot be split by time: no moment has rows of both classes before and after it",
        "leave out --time, or give more rows",
    ),
    "E350": Entry("the target is {value} in row {row}", "encode it as 0 and 1, with 1 the scarce class"),
    "E351": Entry("cannot {purpose}: no {missing} row among {rows}", "give rows of both classes"),
    "E352": Entry("the row weight is {value} in row {row}", "weights must be finite and not negative"),
    "E353": Entry(
        "a comparison needs differences on at least 2 folds, got {folds}", "use more folds or repeats"
    ),
    "E354": Entry("cannot resample: {reason}", "{suggestion}"),
    "E420": Entry(
        "cannot open the model file {path}: {reason}", "give the file that scarce run wrote: model.scarce"
    ),
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
    "E428": Entry("the model has no decision rule", "train it with scarce run, which fits one"),
    "E429": Entry(
        "the model gives log-odds that are not numbers",
        "its raw scores overflow: train it again with scarce run",
    ),
    "E441": Entry("{source} lacks columns that the model needs: {names}", "{suggestion}"),
    "E442": Entry(
        "column {column!r} was a {expected} when the model was made and is a {found} now: "
        "{where} of {source} holds {value!r}",
        "give the column as it was at training, or train again",
    ),
    "E443": Entry(
        "the model's list of columns cannot be used: {reason}", "write the model anew with scarce run"
    ),
    "E501": Entry("{parameter}={value} is outside its domain", "{parameter} must be {allowed}"),
    "E502": Entry(
        "alpha={value} cannot be used: {reason}",
        "alpha weighs positives by alpha and negatives by 1-alpha; for any other weights use class_weight",
    ),
    "E503": Entry(
        "logits[{place}] is {value}", "logits must be finite: look for inf, NaN or a diverged model"
    ),
    "E504": Entry(
        "target[{place}] is {value}, not one of the classes {classes}", "use ignore_index to skip rows"
    ),
    "E505": Entry("the logits have shape {logits} and the target {target}", "{suggestion}"),
    "E506": Entry(
        "class_counts[{place}] is {value}",
        "every class needs a count above 0: leave out a class with no rows",
    ),
    "E507": Entry("{what} needs the class counts", "pass class_counts=, or call resolve(class_counts)"),
    "E508": Entry("{name}={given} cannot be read as numbers", "pass a sequence of numbers, one a class"),
    "E509": Entry(
        "{name} has shape {shape}", "pass one number a class, in a flat sequence, or one row a label"
    ),
    "E510": Entry("{name}[{place}] is {value}", "every entry of {name} must be {allowed}"),
    "E511": Entry("there is no class_weight {name!r}", "{suggestion}"),
    "E512": Entry(
        "class_weight by label {labels} needs the order of the classes",
        "pass classes=, such as classes={labels}",
    ),
    "E513": Entry("{loss} has no posterior: {reason}", "{suggestion}"),
    "E514": Entry("class_weight names {labels} and the classes are {classes}", "give every class one weight"),
    "E515": Entry("{what}", "give one weight a row, finite and at least 0"),
    "E516": Entry(
        "the logits have shape {shape}: one class, and a softmax needs two or more",
        "for one logit an example use SigmoidLoss",
    ),
    "E517": Entry(
        "no constant logit has the posterior log-odds {goal}",
        "this loss saturates: choose other parameters, or start from 0",
    ),
    "E518": Entry("cannot read a stored loss: {reason}", "write it anew with to_dict()"),
    "E519": Entry(
        "ldam takes one count a class, and class_counts has shape {shape}",
        "pass one flat sequence; ldam has no margins per label",
    ),
    "E520": Entry(
        "{modulation} has {given} values of a parameter and the logits have {n_classes} classes",
        "give one value, or one a class",
    ),
    "E521": Entry(
        "target[{place}] is {what}, not a probability", "soft targets lie in [0, 1] and sum to 1 a row"
    ),
    "E522": Entry("there is no loss {name!r}", "{suggestion}"),
    "E523": Entry("{loss} has no parameter {name!r}", "{suggestion}"),
    "E524": Entry(
        "cannot read the loss {text!r}: {reason}", "write it like focal:gamma=3,class_weight=balanced"
    ),
    "E525": Entry("prior={prior} is not a class frequency", "every frequency must be {allowed}"),
    "E526": Entry("{modulation} is a loss for a sigmoid", "use SigmoidLoss, one logit a label"),
    "E527": Entry("{what} is for {given} classes and the loss has {n_classes}", "give one entry a class"),
    "E528": Entry(
        "{what} is for {given} labels and the logits have shape {shape}", "put the labels on the last axis"
    ),
    "E561": Entry(
        "the logits have shape {shape}: one logit an example, and a softmax needs one a class",
        "use SigmoidFocalLoss (or another Sigmoid... loss) for one logit an example or a label",
    ),
    "E562": Entry(
        "{name} requires a gradient, and the losses have one in the logits only", "pass {name}.detach()"
    ),
    "E563": Entry("the {what} is a tensor of {dtype}", "{suggestion}"),
    "E564": Entry(
        "{layer} has {what} and the loss starts at {n} logits", "pass the layer that makes the logits"
    ),
    "E571": Entry(
        "a loss for JAX is unreduced, and this one has reduction={reduction!r}",
        "leave reduction out, and write .mean() or .sum() after the call",
    ),
    "E572": Entry(
        "{name} is being traced, and the settings of a loss must be known before",
        "keep {name} out of the traced arguments: functools.partial(loss, {name}=...) or static_argnames",
    ),
    "E573": Entry(
        "y_true has shape {true} and y_pred {predicted}: class indices, where one entry a class is due",
        "use {sparse}, or keras.ops.one_hot(y_true, n_classes)",
    ),
    "E574": Entry(
        "y_true has shape {true} and y_pred {predicted}: not one class index an example",
        "for one-hot or soft targets use the loss of that name without 'Sparse'",
    ),
    "E575": Entry(
        "{face} cannot take the loss {loss}",
        "give an unreduced {kind} loss: reduction is the Keras loss's own",
    ),
    "E565": Entry(
        "linear_loss cannot keep every row apart: reduction={reduction!r}",
        "use 'mean', 'sum' or 'mean_positive'",
    ),
    "E581": Entry("the labels {what}", "{suggestion}"),
    "E582": Entry(
        "class {k} has no rows", "number the classes from 0 on without a gap: {n_classes} were found"
    ),
    "E583": Entry(
        "rank={rank} and num_replicas={replicas} do not fit",
        "ranks count from 0 to num_replicas - 1; leave both out where torch.distributed is running",
    ),
    "E584": Entry(
        "DeferredReweighting cannot take the {given}: it {reason}",
        "pass a module such as scarce.torch.CrossEntropyLoss() without class_weight",
    ),
    "E585": Entry(
        "the target of shape {shape} is soft, and this loss looks up one class a row",
        "pass class indices, or targets that are 0 and 1 only",
    ),
    "E586": Entry(
        "{loss}.update() was given no row that counts", "pass the logits and labels of the validation rows"
    ),
    "W051": Entry(
        "ldam with a margin of {margin} is close to a hinge: its posterior is ill-conditioned",
        "lower scale * max_margin, or calibrate on held-out rows",
    ),
    "W052": Entry(
        "{loss} with gamma_positive=0 saturates: its posterior stays below 1 however large the logit",
        "choose gamma_positive above 0, or calibrate on held-out rows",
    ),
    "E601": Entry(
        "a binary objective cannot use {given}",
        "give a SigmoidLoss or a binary name of the catalogue, such as 'focal:gamma=2'",
    ),
    "E602": Entry(
        "the label in row {row} is {value}; a binary objective takes 0 and 1",
        "code the rare class as 1, the other as 0",
    ),
    "E603": Entry(
        "the metric {metric!r} would be computed on raw scores, which are no probabilities here",
        "leave 'metric' out: the recovered log-loss is reported, and early stopping watches it",
    ),
    "E604": Entry(
        "the {which} data already has an init_score",
        "leave it out: the loss starts every row at its own base score",
    ),
    "E605": Entry(
        "every label is {label}: there is nothing to tell apart",
        "give training rows of both classes, 0 and 1",
    ),
    "E606": Entry(
        "the parameter {name!r} is set to {value!r}, but the loss decides that",
        "leave {name!r} out, and {instead}",
    ),
    "E608": Entry("hessian={given} is unknown", "write 'auto', 'expected' or 'exact'"),
    "E609": Entry("early stopping has no validation data to watch", "pass valid_sets=[...]"),
    "E301": Entry("{option} is {value}", "it must be {allowed}"),
    "E302": Entry(
        "cannot read the method {method!r}",
        "write undersample:ratio=10, the number of negatives kept for each positive",
    ),
    "E303": Entry(
        "{source} has too few positives over time: only {folds} test periods, the first of which "
        "only calibrates",
        "leave --time out to split at random, or bring a longer period",
    ),
    "E304": Entry("{source}: {finding}", "{hint}"),
    "W301": Entry(
        "only {positives} positives: nothing can be called better with so few", "collect more positives"
    ),
    "W302": Entry(
        "only {positives} positives: intervals are wide, and the cut is the one that the costs give",
        "collect more positives",
    ),
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
