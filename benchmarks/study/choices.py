"""What the study compares: tables, learners, treatments alone and in pairs, costs, and what would matter."""

TABLES = (
    "card-fraud",
    "thyroid-1",
    "credit-default",
    "ai4i2020",
    "page-blocks0",
    "yeast4",
    "abalone9-18",
    "kr-vs-k-zero_vs_eight",
)
LEARNERS = ("lightgbm", "linear")

REPEATS, LARGE = 3, ("card-fraud",)
"""Of the five folds: one does not show what the draws of a training do to a log-loss. Once where large."""

WEIGHTED, FOCAL = "weighted_cross_entropy", "focal:gamma=2"
ALONE = (
    WEIGHTED,
    FOCAL,
    "focal:gamma=2,alpha=0.25",
    "class_balanced",
    "logit_adjusted",
    "focal:gamma=auto",
    "cross_entropy:class_weight=auto",
    "focal:gamma=auto,class_weight=auto",
)
"""Treatments that the study is about, those that are tuned last."""

SAMPLED, COSTED = "undersample:ratio=10", "cross_entropy:class_weight=1;20"
BOTH = f"{FOCAL},class_weight=balanced"
PAIRS = {
    BOTH: (FOCAL, WEIGHTED),
    f"{FOCAL},class_weight=1;20": (FOCAL, COSTED),
    f"{SAMPLED}+{FOCAL}": (SAMPLED, FOCAL),
    f"{SAMPLED}+{WEIGHTED}": (SAMPLED, WEIGHTED),
    f"{SAMPLED}+{BOTH}": (SAMPLED, BOTH),
}
"""What is put together, and of what: class weights, costs as weights, and sampling beside focal loss."""

METHODS = (*ALONE, SAMPLED, COSTED, *PAIRS)

COSTS = (5, 20, 100)
"""What a missed positive costs, in false alarms."""

MARGINS = {"average_precision": "0.01", "log_loss": "2%", "expected_cost": "5%"}
"""The differences that would matter."""
