"""The command that repeats a run or a comparison, without what does not shape its result."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Any

from scarce.data.suggestion import list_item

if TYPE_CHECKING:
    from scarce.trial.config import TrialConfig

_TRIAL = ("methods", "learners", "folds", "repeats", "seed", "prior", "labelled_share")


def repeat_command(data: list[str], columns: dict[str, Any], config: TrialConfig) -> str:
    """Return the command that repeats a run, without what does not shape its result."""
    return shlex.join(["scarce", "run", *data, *column_words(columns), *trial_words(config)])


def column_words(columns: dict[str, Any]) -> list[str]:
    """Return the options that name columns, as words of a command line."""
    words: list[str] = []
    for name, value in columns.items():
        if value:
            words += [
                f"--{name.replace('_', '-')}",
                value if isinstance(value, str) else ",".join(map(list_item, value)),
            ]
    return words


def trial_words(config: TrialConfig) -> list[str]:
    """Return the options that differ from the defaults, as words of a command line."""
    from scarce.trial.deadline import written

    plain, words = type(config)(), []
    for name in (*_TRIAL, "margin", "tune_by"):
        value = getattr(config, name)
        if value != getattr(plain, name):
            text = ",".join(value) if isinstance(value, tuple) else str(value)
            words += [f"--{name.replace('_', '-')}", text]
    if config.rule is not None:
        words += [f"--{config.rule.option.replace('_', '-')}", config.rule.written()]
    return words if config.budget is None else [*words, "--budget", written(config.budget)]
