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

ALONE = (
    "weighted_cross_entropy",
    "focal:gamma=2,alpha=0.25",
    "class_balanced",
    "logit_adjusted",
    "focal:gamma=auto",
    "cross_entropy:class_weight=auto",
    "focal:gamma=auto,class_weight=auto",
)
"""Treatments that the study is about, those that are tuned last."""

SAMPLED = "undersample:ratio=10"
PAIRS = (
    SAMPLED,
    "focal:gamma=2",
    "focal:gamma=2,class_weight=balanced",
    f"{SAMPLED}+focal:gamma=2",
    f"{SAMPLED}+weighted_cross_entropy",
    f"{SAMPLED}+focal:gamma=2,class_weight=balanced",
)
"""What is put together with what; each one's parts are among these or the treatments alone."""

COSTS = (5, 20, 100)
"""What a missed positive costs, in false alarms."""

MARGINS = {"average_precision": "0.01", "log_loss": "2%", "expected_cost": "5%"}
"""The differences that would matter."""
