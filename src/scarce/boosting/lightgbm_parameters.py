"""The parameters of LightGBM: their names, and which of them would do nothing beside a loss of ours."""

from __future__ import annotations

import functools

from scarce.boosting.parameters import Parameters

INSTEAD = {
    "objective": "pass it as loss=",
    "num_class": "code the rare class as 1, the others as 0",
    "is_unbalance": "use loss='cross_entropy:class_weight=balanced'",
    "scale_pos_weight": "use a loss with class_weight=[1, w]",
    "boost_from_average": "the base score is always the loss's own",
}
"""What a loss decides, and how to tell it."""

OF_AN_OBJECTIVE = (
    *("alpha", "fair_c", "objective_seed", "poisson_max_delta_step", "reg_sqrt", "sigmoid"),
    *("lambdarank_norm", "lambdarank_position_bias_regularization", "lambdarank_truncation_level"),
    *("label_gain", "tweedie_variance_power"),
)
NO_EFFECT = {
    **dict.fromkeys(OF_AN_OBJECTIVE, "a loss's own parameters go with its name, as in loss='focal:gamma=2'"),
    "pos_bagging_fraction": "weigh the classes with a loss that has class_weight=[1, w]",
    "neg_bagging_fraction": "weigh the classes with a loss that has class_weight=[1, w]",
    **dict.fromkeys(
        ("eval_at", "multi_error_top_k", "auc_mu_weights"), "the metric is the recovered log-loss"
    ),
    "metric_freq": "pass callbacks=[lightgbm.log_evaluation(period)]",
    "is_provide_training_metric": "pass the training data among valid_sets",
}
"""What LightGBM looks at beside its own objectives and metrics only, and what to do instead."""


@functools.cache
def parameters() -> Parameters:
    """Return the parameters of LightGBM: each of its names, aliases included, with the main one."""
    import lightgbm

    table = lightgbm.basic._ConfigAliases._get_all_param_aliases()
    names = {alias: name for name, aliases in table.items() for alias in aliases}
    return Parameters("LightGBM", names, "metric", INSTEAD, NO_EFFECT)
