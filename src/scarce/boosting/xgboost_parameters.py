"""The parameters of XGBoost: their names, and which of them would do nothing beside a loss of ours."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from scarce.boosting.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

INSTEAD = {
    "objective": "pass it as loss=",
    "num_class": "code the rare class as 1, the others as 0",
    "scale_pos_weight": "use a loss with class_weight=[1, w]",
    "base_score": "the base score is always the loss's own",
}
"""What a loss decides, and how to tell it."""

OF_AN_OBJECTIVE = (
    *("tweedie_variance_power", "huber_slope", "quantile_alpha", "expectile_alpha"),
    *("aft_loss_distribution", "aft_loss_distribution_scale"),
    *("lambdarank_pair_method", "lambdarank_num_pair_per_sample", "lambdarank_normalization"),
    *("lambdarank_score_normalization", "lambdarank_unbiased", "lambdarank_bias_norm", "ndcg_exp_gain"),
)
NO_EFFECT = {
    **dict.fromkeys(OF_AN_OBJECTIVE, "a loss's own parameters go with its name, as in loss='focal:gamma=2'"),
    "disable_default_eval_metric": "the metric is the recovered log-loss",
}
"""What XGBoost looks at beside its own objectives and metrics only, and what to do instead."""

_ELSEWHERE = ("eval_metric", "verbosity", "use_rmm", "max_cached_hist_node", "top_k", "feature_selector")
_ALIASES = {"n_jobs": "nthread"}


@functools.cache
def parameters() -> Parameters:
    """Return the parameters of XGBoost: those that a trained booster of each kind tells, and a few more."""
    import xgboost

    told = {*_ELSEWHERE, *INSTEAD, *NO_EFFECT}
    one_row = xgboost.DMatrix(np.zeros((1, 1)), [0.0])
    for kind in ("gbtree", "dart", "gblinear"):
        booster = xgboost.train({"booster": kind, "base_score": 0.0}, one_row, 1)
        told.update(_leaves(json.loads(booster.save_config())["learner"]))
    return Parameters("XGBoost", {n: _ALIASES.get(n, n) for n in told}, "eval_metric", INSTEAD, NO_EFFECT)


def _leaves(config: Mapping[str, Any]) -> Iterator[str]:
    """Yield the names of a configuration that have a value; what a model has learnt is none of them."""
    for name, value in config.items():
        if isinstance(value, dict):
            if name not in ("learner_model_param", "gbtree_model_param", "objective"):
                yield from _leaves(value)
            elif "num_parallel_tree" in value:
                yield "num_parallel_tree"
        elif isinstance(value, str) and name not in ("name", "specified_updater", "updater_seq"):
            yield name
