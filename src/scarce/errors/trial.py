"""The trial (E3, W3) and model files (E42)."""

from __future__ import annotations

from scarce.errors.entry import Entry

TRIAL: dict[str, Entry] = {
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
    "E305": Entry("cannot take the learner {learner!r}: {reason}", "{suggestion}"),
    "E306": Entry(
        "none of the learners {learners} can train {method!r}",
        "name one that can: --learners lightgbm takes every method",
    ),
    "E311": Entry(
        "{source} has {count} row(s) of label {label!r}, and a comparison needs at least {least}",
        "collect more of them: below {enough} nothing can be called better, below {least} nothing can be "
        "tried",
    ),
    "E312": Entry(
        "all positive or all negative rows of {source} are copies of one another or in one group",
        "rows of a group stay together: give a finer --group, or none",
    ),
    "E313": Entry(
        "{source} cannot be split by time: no moment has rows of both classes before and after it",
        "leave out --time, or give more rows",
    ),
    "E314": Entry(
        "no rows of both classes are left to learn from before test period {period} of {source}: what comes "
        "before shares its groups or exact copies with it",
        "give a finer --group, or leave out --group or --time",
    ),
    "E315": Entry(
        "prior is {prior!r}, which leaves one class less than {least:g} of all rows",
        "choose a prior from 1e-09 to 0.999999999",
    ),
    "E316": Entry(
        "rows of label {label!r} have next to no weight in {part} of fold {fold}",
        "leave out rows of weight 0, or take fewer --folds, another --seed, or no --weight",
    ),
    "E317": Entry(
        "the method {method!r} can learn nothing: its loss is flat or overflows where training starts",
        "bring its numbers nearer to the defaults",
    ),
    "E318": Entry(
        "{learner} cannot be trained on rows with missing values",
        "put sklearn.impute.SimpleImputer() before it in a pipeline, or take HistGradientBoostingClassifier",
    ),
    "E319": Entry(
        "{learner} cannot be {doing}: {reason}",
        "{advice}",
    ),
    "E320": Entry(
        "{learner} {fault}, and so cannot be an arm",
        "give a scikit-learn classifier, or a pipeline that ends in one",
    ),
    "E321": Entry(
        "the rows have weights, and {learner} takes none in fit",
        "leave the weights out, or give a classifier whose fit has sample_weight",
    ),
    "E322": Entry(
        "{learner} gives {what}", "it must give one finite number a row, or probabilities of the two classes"
    ),
    "E323": Entry("cannot read the method {method!r}: {reason}", "{suggestion}"),
    "E324": Entry(
        "{method} cannot draw from {rows} rows with {positives} positive(s): {reason}",
        "leave it out of --methods, or change its parameters; undersample:ratio=10 takes any rows",
    ),
    "E325": Entry(
        "{given} is no method",
        "write a name, such as focal:gamma=2, or give a SigmoidLoss, a sampler or a Treatment",
    ),
    "E326": Entry(
        "{method} knows nothing of row weights, and those here vary within a class",
        "leave it out of --methods, or take undersample:ratio=10; or leave out --weight",
    ),
    "E327": Entry(
        "nothing is known of how much each column matters: {reason}",
        "run a trial of at least 20 positives: scarce.run(data, target=...)",
    ),
    "E328": Entry(
        "{margin!r} is no difference that could matter",
        "write a share of the control's figure, such as 5%, or an amount above 0 in the metric's own unit",
    ),
    "E350": Entry("the target is {value} in row {row}", "encode it as 0 and 1, with 1 the scarce class"),
    "E351": Entry("cannot {purpose}: no {missing} row among {rows}", "give rows of both classes"),
    "E352": Entry("the row weight is {value} in row {row}", "weights must be finite and not negative"),
    "E353": Entry(
        "a comparison needs differences on at least 2 folds, got {folds}", "use more folds or repeats"
    ),
    "E354": Entry("cannot resample: {reason}", "{suggestion}"),
    "E370": Entry(
        "an episode needs an order: --entity {entity} stands without --time",
        "name the column that tells when: --entity {entity} --time COLUMN",
    ),
    "E371": Entry(
        "a delay of labels needs times: --label-delay {delay} stands without --time",
        "name the column that tells when: --label-delay {delay} --time COLUMN",
    ),
    "E372": Entry(
        "cannot take the label delay {value!r}: {reason}",
        "write 60d, 12h or 2w where --time holds dates, else a number in the unit of that column",
    ),
    "E373": Entry(
        "no row of {source} is as old as the label delay of {delay}",
        "give a shorter --label-delay, or bring a longer period",
    ),
    "E374": Entry(
        "{source} is too short for its label delay: fewer than {periods} test period(s) begin with the "
        "labels of the one before known",
        "give a shorter --label-delay, or bring a longer period",
    ),
    "E375": Entry(
        "{source} has too few entities over time: fewer than {periods} test period(s) have two positive and "
        "two negative ones{joined}",
        "leave {options} out, or bring a longer period or more entities",
    ),
    "E376": Entry(
        "cannot take the labelled share {value!r}",
        "write the share of the positives that carry their label, between 0 and 1: 0.8, or a band: 0.7..0.9",
    ),
    "E377": Entry(
        "the labelled share may be {low:g}, but {prevalence:.3g} of {source} is labelled positive: more than "
        "all of it would be",
        "give a larger --labelled-share: the share of the positives that carry their label",
    ),
    "E378": Entry(
        "--labelled-share {share} stands beside --prior {prior}: both say how many positives there are",
        "leave one of them out; scarce predict takes a --prior, of all positives, for a model with a share",
    ),
    "E380": Entry(
        "{folder} holds the results of {name} with the target {target!r}, not of {differs}",
        "choose another folder with --out, or replace them with --overwrite",
    ),
    "E381": Entry("the budget cannot be {value!r}: {reason}", "write a number and s, m or h: 90s, 30m, 1.5h"),
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
        "the model file {source} has format {version}; this scarce reads format {known}",
        "{instead}",
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
    "E430": Entry(
        "this model cannot be saved: {what}",
        "correct it, or keep the fact under another name: a card may say anything else",
    ),
    "E431": Entry(
        "the model is too large to be kept: {size} MB, and a model file has at most {most} MB",
        "train fewer or smaller trees, or leave that learner out with --learners",
    ),
    "E432": Entry(
        "this model cannot be exported to {to}: {what}",
        "{instead}",
    ),
    "E433": Entry(
        "the export to {to} is not the model: {wrong} of {rows} rows differ, the worst is {found} for {own}",
        "nothing was written; please report it, and use --to mlflow, which asks the model itself",
    ),
    "E386": Entry(
        "plan has {missing}",
        "name a table, scarce plan data.csv --target y, or say how large it will be: "
        "scarce plan --rows 100000 --positives 200",
    ),
    "E387": Entry(
        "plan has a table, and {name} as well",
        "leave out one of the two: the table says how many rows it has",
    ),
    "E388": Entry(
        "plan has a number of rows with {given} of positives and prevalence",
        "say one of them: --positives 200, or --prevalence 0.002",
    ),
    "E389": Entry("{name} cannot be {value!r} in a plan", "give {name} {allowed}"),
    "E390": Entry(
        "the costs are {given}, and there is no table to look them up in",
        "give a pilot table, or typical costs as numbers: --cost fn=100,fp=1",
    ),
    "E392": Entry(
        "plan has a table, and no column to predict",
        "name it: scarce plan {data} --target y",
    ),
    "W301": Entry(
        "only {positives} positives: nothing can be called better with so few", "collect more positives"
    ),
    "W302": Entry(
        "only {positives} positives: intervals are wide, and only large differences show",
        "collect more positives",
    ),
    "W303": Entry(
        "{count} kept fit(s) in {folder} are damaged or not what their names say, and were computed again",
        "nothing need be done; if this comes back, delete that folder",
    ),
    "W304": Entry(
        "average precision is {score}, which is rarely true of honest data; {suspects}",
        "ask of every column whether it is known before the target is",
    ),
    "W305": Entry(
        "training reached the cap on rounds in {folds} of {fits} fits ({arms})",
        "more rounds may do better; they are set in Python alone, by scarce.run(..., max_rounds=...)",
    ),
    "W315": Entry(
        "the budget of {budget} left no time for all: {stopped}; nothing is known of them",
        "give more time with --budget: finished fits are reused",
    ),
    "W316": Entry(
        "the budget of {budget} left no time for all plain learners: {stopped}",
        "give more time with --budget, or name fewer learners",
    ),
    "W317": Entry(
        "the budget of {budget} was too short: the least that gives an answer took {took}",
        "give at least that with --budget, or fewer rows, learners or folds",
    ),
    "W306": Entry(
        "on the last rows by {column!r}, average precision is {random} dealt at random, {other} learnt from "
        "the rows before alone",
        "if {column!r} tells the time and the rows to be scored come later, trust the second: {option}",
    ),
    "W307": Entry(
        "average precision is {random} dealt at random, {other} with the rows of each {column!r} on one side",
        "if the rows to be scored have other values, trust the second: {option}",
    ),
    "W308": Entry(
        "the model was trained on {share} of these rows: the figures flatter it",
        "evaluate it on rows that it has not seen",
    ),
    "W309": Entry(
        "{columns} may give the target away: {said}",
        "if known only together with the target, trust the second: {drop}",
    ),
    "W313": Entry(
        "of {rows} rows with a probability above the labelled share, {labelled} are labelled, more than a "
        "share of {share} allows",
        "the true share is larger, or how likely a positive is labelled depends on the row: trust neither "
        "probabilities nor band",
    ),
    "W314": Entry(
        "the {positives} positives belong to {entities} entities, and entities are what counts: {so}",
        "bring more entities that had a positive",
    ),
}
