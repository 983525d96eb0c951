"""Watching a model at work (E90, W9)."""

from __future__ import annotations

from scarce.errors.entry import Entry

MONITORING: dict[str, Entry] = {
    "E901": Entry(
        "cannot read the state {path}: {reason}",
        "name the file that scarce monitor wrote, or another name to begin anew",
    ),
    "E902": Entry(
        "the state {path} is that of another model",
        "name another file: what is known of one model says nothing of another",
    ),
    "E903": Entry(
        "the rows of {source} were counted before",
        "give rows that are new, or leave the labels out to look at these again",
    ),
    "E904": Entry(
        "about {share} of the rows of {source} were counted before",
        "give new rows only; with a time column (--time, in Python time=) those that are later are found",
    ),
    "E905": Entry(
        "the state {path} was kept with {name} {kept}, not {asked}",
        "give the same as before, or name another file to begin anew",
    ),
    "E906": Entry(
        "the label {found!r} in column {column!r} of {source} ({where}; {count} in all) is none that the "
        "model knows: {labels}",
        "write the labels as they were in training, and leave them empty where they are not known yet",
    ),
    "E907": Entry(
        "{count} label(s) of {source} are missing, first in {where}",
        "leave rows out until their label is known, or say how long that takes: --time COLUMN --label-delay "
        "60d (in Python time=, label_delay=)",
    ),
    "E908": Entry(
        "{option} was given without {needs}",
        "give both, or neither",
    ),
    "E909": Entry("cannot write the state {path}: {reason}", "choose another place with --state"),
    "W901": Entry(
        "the model file keeps no summary of its training: inputs, scores and prevalence are not watched",
        "train it anew with scarce run",
    ),
}
