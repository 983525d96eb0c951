"""What may be wrong with the rule that is asked for."""

from __future__ import annotations

from scarce.errors.entry import Entry

RULES: dict[str, Entry] = {
    "E360": Entry(
        "a model has one rule, and {rules} are asked for", "leave out all but one; --review goes with --cost"
    ),
    "E361": Entry(
        "a review or a factor is weighed against the costs of mistakes, and none are given",
        "give --cost fn=..,fp=.. beside it (in Python: cost=)",
    ),
    "E362": Entry(
        "a review that costs {price} never pays: the cheaper decision costs at most {most} on average",
        "give a price below {most}, or leave the review out",
    ),
    "E363": Entry(
        "{capacity}{per} can be looked at, and there are {rows} rows{per}",
        "give fewer, or leave the capacity out: every row can be looked at",
    ),
    "E364": Entry(
        "the capacity is that of a day, and the times of --time are no dates",
        "write the capacity as a share, such as 0.5%, or name a column of dates",
    ),
    "E365": Entry(
        "cannot read the range of costs {text!r}: {reason}",
        "write fn=100..400 for scarce run, the smaller first, and one number everywhere else; a column of "
        "that name goes in quotes",
    ),
    "E366": Entry(
        "{option} is fitted to {what} that the model was not trained on, and no DATA is given",
        "name them: scarce threshold MODEL DATA {option} ...; --cost and --cut need none",
    ),
    "E367": Entry("{what} has no part in this rule: {reason}", "leave {left_out} out"),
    "E369": Entry(
        "a capacity of {share} is less than one of the {rows} rows that the rule is fitted on",
        "give a share of at least {least}, or a number of rows to look at",
    ),
    "E382": Entry(
        "no cut gives {constraint}; the best that the winner's scores of rows it had not seen allow is "
        "{best:.6g}",
        "{instead}",
    ),
}
