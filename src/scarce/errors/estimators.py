"""The estimators for scikit-learn (E8)."""

from __future__ import annotations

from scarce.errors.entry import Entry

ESTIMATORS: dict[str, Entry] = {
    "E801": Entry("y has one class, {label!r}", "give rows of both classes"),
    "E802": Entry(
        "Only binary classification is supported. The type of the target is {kind}: y has {count} classes",
        "make it two: y == the label of the scarce class",
    ),
    "E803": Entry(
        "every sample weight of class {label!r} is zero", "give rows of both classes a weight above zero"
    ),
    "E804": Entry("y has no class {label!r}: its classes are {classes}", "choose positive from these"),
    "E805": Entry(
        "y has {count} row(s) of class {label!r}, and {name} needs at least 2",
        "collect more of them: what is fitted on some rows is judged on others",
    ),
    "E806": Entry(
        "fold {fold} of cv has no row of class {label!r} to train on",
        "give cv as a number, or a splitter that keeps the classes' shares, such as StratifiedKFold",
    ),
    "E807": Entry("{name}={value!r} is not known", "choose one of {choices}"),
    "E808": Entry(
        "cv leaves {count} row(s) without a score, or scores them more than once",
        "give cv as a number, or a splitter whose test folds hold each row once",
    ),
    "E809": Entry(
        "the costs name the column(s) {columns}, and X has no column names",
        "give X as a dataframe, or the costs as numbers",
    ),
    "E810": Entry("params sets {name!r}, which {option} sets", "leave it out of params, and pass {option}="),
    "E811": Entry(
        "{estimator} gives neither predict_proba nor decision_function",
        "choose a classifier that scores its rows",
    ),
    "E812": Entry(
        "scores='posterior' needs predict_proba, and {estimator} has none",
        "leave scores out, or write scores='plain'",
    ),
    "E813": Entry(
        "{name} needs probabilities, and {estimator} gives none",
        "put a PosteriorCalibrator around {estimator}",
    ),
}
