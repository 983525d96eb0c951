"""What the roles of a table's columns make of it: target, features, costs, weights, times, groups, copies."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from scarce.data.features import check_quirks, feature_names, texts_left_out
from scarce.data.folds.common_rows import copies
from scarce.data.kinds import with_kinds
from scarce.data.labels import binary_target, known_labels
from scarce.data.roles import check_class_weights, cost_of, days_of, group_of, time_of, weight_of
from scarce.data.usable_rows import UsableRows

if TYPE_CHECKING:
    from scarce.data.roles import Roles
    from scarce.data.table import Table


def settled(
    table: Table, roles: Roles, cost: Any, positive: str | None, negative: str | None
) -> dict[str, Any]:
    """Return the fields of a `Dataset`, by name.

    Parameters
    ----------
    table : Table
    roles : Roles
        Checked against the table.
    cost, positive, negative
        As of `Dataset.prepare`.
    """
    usable = UsableRows.of(table, roles, cost, known_labels(positive, negative))
    source = with_kinds(usable.table, roles.categorical, roles.numeric)
    row_weight = None if roles.weight is None else weight_of(source, roles.weight)
    found = binary_target(source, roles.target, positive, row_weight, negative)
    if roles.weight is not None:
        check_class_weights(source, roles.weight, row_weight, found.codes, found.labels)
    costs = None if usable.cost is None else cost_of(source, usable.cost, roles.target)
    check_quirks(source, roles)
    spec = getattr(costs, "spec", None)
    names, ids, texts = feature_names(source, roles, () if spec is None else spec.columns)
    features = source.data.select(names)
    named = (roles.target, roles.time, roles.group, roles.entity, roles.weight)
    left_out = [name for name in source.names if roles.is_feature(name) and name not in names]
    duplicates, common = copies(features, found.codes)
    described = roles.describe() | {"labels": found.labels, "features": names}
    costly = described | {"cost": spec.describe() if spec else None}
    return {
        "features": features,
        "target": found.codes,
        "labels": found.labels,
        "row_weight": row_weight,
        "group": None if roles.group is None else group_of(source, roles.group),
        "time": None if roles.time is None else time_of(source, roles.time),
        "costs": costs,
        "duplicates": duplicates,
        "name": source.source,
        "fingerprint": _digest(table.fingerprint, costly),
        "notes": [*source.notes, *common],
        "target_name": roles.target,
        "weight_name": roles.weight,
        "time_name": roles.time,
        "entity_name": roles.entity,
        "source_fingerprint": table.fingerprint,
        "training_fingerprint": _digest(table.fingerprint, described),
        "missing_tokens": {name: words for name, words in source.missing_tokens.items() if name in names},
        "quirks": {name: quirk for name, quirk in source.quirks.items() if name in names},
        "identifiers": tuple(ids),
        "kept": roles.keep,
        "left_out": source.data.select(left_out),
        "days": None if roles.time is None else days_of(source, roles.time),
        "entity": None if roles.entity is None else group_of(source, roles.entity),
        "label_delay": usable.delay,
        "said": (*usable.findings(roles, found.labels), *found.findings(), *texts_left_out(texts)),
        "source_rows": usable.rows,
        "cells": source.cells.among([*names, *filter(None, named)]),
    }


def _digest(content: str, roles: dict[str, Any]) -> str:
    return hashlib.sha256((content + json.dumps(roles, sort_keys=True)).encode()).hexdigest()
