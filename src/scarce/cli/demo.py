"""``scarce demo``: a run on real card fraud that is inside the package."""

from __future__ import annotations

import shlex

import typer

from scarce.cli import lists, options, outputs
from scarce.cli.gates import Gate
from scarce.cli.repeat_command import trial_words
from scarce.cli.run import Plan, perform

DEFAULT_OUT = "scarce-demo"


def demo(
    methods: options.Methods = None,
    learners: options.Learners = None,
    folds: options.Folds = 5,
    repeats: options.Repeats = 1,
    seed: options.Seed = 0,
    margin: options.Margin = None,
    jobs: options.Jobs = 0,
    budget: options.Budget = None,
    out: options.Out = DEFAULT_OUT,
    overwrite: options.Overwrite = False,
    fail_if: options.FailIf = None,
) -> None:
    """See it on real data first: a run on a demo sample of card fraud (28,924 payments, 492 frauds)."""
    from scarce.data import embedded
    from scarce.trial.config import TrialConfig

    config = TrialConfig(
        lists.methods(methods),
        lists.names(learners),
        folds,
        repeats,
        seed,
        margin=margin,
        demo_sample=True,
        budget=budget,
    )
    command = shlex.join(["scarce", "demo", *trial_words(config)])
    plan = Plan(config, outputs.folder_named(out), Gate.parse_all(fail_if), command, jobs, overwrite)
    raise typer.Exit(perform(plan, embedded.load))
