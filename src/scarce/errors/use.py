"""How scarce is used: the command line (E20), costs, rules and numbers (E25), what is missing (E7)."""

from __future__ import annotations

from scarce.errors.entry import Entry

USE: dict[str, Entry] = {
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
    "E212": Entry(
        "another run is at work in {folder}",
        "wait until it has ended, or choose another folder with --out (in Python: journal=)",
    ),
    "E213": Entry(
        "{path} is a link: finished fits would be written and dropped elsewhere",
        "remove the link, or choose another folder with --out (in Python: journal=)",
    ),
    "E214": Entry(
        "cannot write to stdout: {reason}",
        "send stdout elsewhere: scarce ... > FILE, or > /dev/null",
    ),
    "E215": Entry(
        "cannot print the verdict on stdout: {reason}",
        "{folder} holds {files}: look there, or send stdout elsewhere and run again",
    ),
    "E216": Entry(
        "the score {column!r} of {source} is missing in {rows}, first in {where}",
        "scores are compared on the same rows: fill it, or leave these rows out",
    ),
    "E217": Entry(
        "the score {column!r} of {source} is {value} in {where}",
        "a plain score must be finite: correct it, or leave the row out",
    ),
    "E218": Entry(
        "the score {column!r} of {source} is {value} in {where}, which is no probability",
        "say what it is: --scores-are log-odds, or --scores-are score (in Python: scores_are=)",
    ),
    "E219": Entry(
        "the score {column!r} of {source} runs from {low} to {high}: is it log-odds, or a plain score?",
        "say which: --scores-are log-odds, or --scores-are score; one word for each score where they differ, "
        "such as --scores-are score,probability (in Python: scores_are=)",
    ),
    "E220": Entry(
        "the score {column!r} of {source} is {value} in every row that counts: it tells no row from another",
        "name another column, or leave it out",
    ),
    "E221": Entry(
        "{words} said of what the scores are, and {scores} named",
        "say one word for all of them, or one for each, in their order",
    ),
    "E222": Entry(
        "{folder} holds the model of a run, which a comparison would leave beside another report",
        "choose another folder with --out",
    ),
    "E223": Entry(
        "the score {column!r} is upside down: its ROC AUC is {auc}, so that low values mean positive",
        "it was taken as it is and not turned round; if it was meant so, give its negative",
    ),
    "E225": Entry(
        "an array of shape {shape} does not name its columns",
        "pass names=[...], one a column, or the columns by name: {{'amount': X[:, 0], ...}}",
    ),
    "E226": Entry(
        "names= does not fit {given}: {reason}", "pass names=[...] with an array of two axes alone"
    ),
    "E227": Entry(
        "X has {rows} rows and y has {labels} labels", "pass one label for each row of X, in the same order"
    ),
    "E228": Entry(
        "the indexes of X and y hold the same rows in another order, and rows are paired as they stand",
        "bring them into one order: y.loc[X.index], or drop both with reset_index(drop=True)",
    ),
    "E229": Entry(
        "y, of {kind}, does not hold one label a row: {reason}",
        "pass a list, an array of one axis or a Series, such as y.ravel() or frame['fraud']",
    ),
    "E230": Entry("{name}= cannot be {value}: {reason}", "{suggestion}"),
    "E231": Entry(
        "there is no model to save: {reason}",
        "score new rows with what made the scores, or train with scarce.run and learners of ours",
    ),
    "E232": Entry(
        "X has a column {name!r}, which is also the name of y", "pass target= with another name for y"
    ),
    "E234": Entry(
        "the model's rule weighs no costs: {rule}",
        "leave cost= out, or take a rule that weighs them: model.with_rule(CostRule(spec=CostSpec.of(...)))",
    ),
    "E235": Entry("there is no code {name!r}", "{suggestion}"),
    "E236": Entry(
        "the column {column!r} of {source} is called as a column of the predictions, and so is {renamed!r}",
        "rename one of them, or say which columns to carry: --columns A,B, or --no-columns",
    ),
    "E237": Entry("there is no method, learner, score or rule {name!r}", "{suggestion}"),
    "E238": Entry(
        "--columns says which columns to carry, and --no-columns says none", "leave out one of the two"
    ),
    "E250": Entry(
        "cannot read the costs {text!r}: {reason}",
        "write fn=100,fp=5 where each value is a number or the name of a column; a name with a comma or a "
        "quote goes in quotes of the other kind",
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
        "ask for {ask} or less strict, or improve the model first",
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
        "{name} is not a number in row {row} ({count} in all)",
        "find out why the model gives none there; rows count from 0",
    ),
    "E260": Entry(
        "the cost {name} is {value}{where}",
        "costs must be 0, or from 1e-120 to 1e120: only their ratios decide, so give all of them in "
        "another unit",
    ),
    "E384": Entry(
        "--time {time} has no effect: no score asks for an order",
        "leave it out, or name what happens in it: --entity COLUMN, or --label-delay 60d",
    ),
    "E701": Entry("{needs} is not installed", "pip install 'scarce[{extra}]'"),
}
