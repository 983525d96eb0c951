"""`scarce.tune` finds numbers that are better, keeps the plain loss where none is, and does not flatter."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import scarce
from scarce.decision.arrays import expit
from scarce.evaluation import average_precision, log_loss
from scarce.losses import Loss, SigmoidLoss, get

N_ROWS = 2_000
WIDE = np.linspace(-80.0, 80.0, 20_001)


class Loop:
    """A training whose outcome is known: log-odds that are the truth and a noise that the loss decides on.

    Parameters
    ----------
    noise_at : callable
        From a loss to the standard deviation of the noise of each row.
    of_training : float
        Of a distortion that all rows of one training share.
    """

    def __init__(self, noise_at, of_training=0.0, seed=0, n_rows=N_ROWS, mean=-3.0):
        self.draw = np.random.default_rng(seed)
        self.noise_at, self.of_training = noise_at, of_training
        self.truth = mean + 1.5 * self.draw.normal(size=n_rows)
        self.target = (self.draw.random(n_rows) < expit(self.truth)).astype(int)
        self.seen = []

    def __call__(self, loss):
        self.seen.append(loss)
        noise = self.noise_at(loss) * self.draw.normal(size=self.truth.size)
        noise += self.of_training * self.draw.normal() * np.sin(3.0 * self.truth)
        return logits_of(loss, self.truth + noise), self.target

    @property
    def counts(self):
        return np.bincount(self.target)


def logits_of(loss, log_odds):
    """Return logits that stand for some log-odds under a loss."""
    return np.interp(log_odds, loss.log_odds(WIDE), WIDE)


def gamma(loss: Loss) -> float:
    return loss.modulation.gamma


def nothing_helps(loss):
    return 0.5


def gamma_3_helps(loss):
    away = gamma(loss) - 3.0
    return max(-away, 1.5 * away)  # so that of the coarse grid 2 is the best


def test_the_number_is_found_that_is_better_between_two_of_the_coarse_grid():
    loop = Loop(gamma_3_helps)
    found = scarce.tune(loop, "focal", gamma="auto", repeats=1)
    assert found.settings == {"gamma": 3.0}
    assert gamma(found.loss) == 3.0
    assert not found.is_plain
    assert 0.0 < found.gain.low < found.gain.value < found.gain.high
    assert [one.settings["gamma"] for one in found.table] == [0.0, 1.0, 2.0, 4.0, 3.0]
    assert [gamma(loss) for loss in loop.seen] == [one.settings["gamma"] for one in found.table]
    best = min(found.table, key=lambda one: one.figure)
    assert best.settings == found.settings


def test_the_figure_is_the_log_loss_of_recovered_probabilities_whatever_the_loss():
    loop = Loop(lambda loss: 0.0, n_rows=20_000)
    found = scarce.tune(loop, "focal", gamma="auto", class_weight="auto", class_counts=loop.counts)
    truth = log_loss(loop.target, loop.truth)
    assert [one.figure for one in found.table] == pytest.approx([truth] * len(found.table), rel=1e-3)
    assert found.is_plain


@pytest.mark.parametrize("by", ["log_loss", "average_precision", "cost"])
def test_of_numbers_that_help_nothing_plain_stays_and_the_gain_is_not_flattered(by):
    how = {"cost": "fn=100,fp=5"} if by == "cost" else {"by": by}
    found = [scarce.tune(Loop(nothing_helps, seed=seed), "focal", gamma="auto", **how) for seed in range(20)]
    assert sum(one.is_plain for one in found) >= 18
    assert sum(one.gain.low > 0.0 for one in found) <= 1
    gains = np.array([one.gain.value for one in found])
    assert gains.mean() <= 2.0 * gains.std() / gains.size**0.5


def test_the_gain_on_rows_that_chose_would_be_flattered():
    """So the test above can fail: the best of the table is never said to be worse than plain."""
    found = [scarce.tune(Loop(nothing_helps, seed=seed), "focal", gamma="auto") for seed in range(8)]
    best = np.array([one.table[0].figure - min(tried.figure for tried in one.table) for one in found])
    assert best.mean() > 3.0 * best.std() / best.size**0.5


def test_repeated_trainings_show_their_own_noise():
    once = [
        scarce.tune(Loop(lambda _: 0.0, 0.7, seed), "focal", gamma="auto", repeats=1) for seed in range(12)
    ]
    thrice = [
        scarce.tune(Loop(lambda _: 0.0, 0.7, seed), "focal", gamma="auto", repeats=3) for seed in range(12)
    ]
    assert sum(one.is_plain for one in once) < 9  # one training was luckier: chance, which rows cannot show
    assert sum(one.is_plain for one in thrice) >= 11
    assert [tried.calls for tried in thrice[0].table] == [3] * len(thrice[0].table)


def test_repeats_still_find_what_is_better():
    loop = Loop(gamma_3_helps, 0.2)
    found = scarce.tune(loop, "focal", gamma="auto", repeats=2)
    assert found.settings == {"gamma": 3.0}
    assert len(loop.seen) == sum(one.calls for one in found.table) == 10


def test_with_under_20_positives_nothing_is_better():
    loop = Loop(gamma_3_helps, n_rows=600, mean=-5.5)
    assert 5 <= loop.target.sum() < 20
    found = scarce.tune(loop, "focal", gamma="auto")
    assert found.is_plain
    assert found.gain.value == 0.0


def test_average_precision_is_that_of_all_rows():
    loop = Loop(gamma_3_helps)
    found = scarce.tune(loop, "focal", gamma="auto", by="average_precision")
    assert found.settings == {"gamma": 3.0}
    assert found.table[-1].figure == pytest.approx(average_precision(loop.target, loop.truth), abs=0.01)
    assert found.table[-1].figure > found.table[0].figure
    assert found.gain.low > 0.0


def test_costs_are_those_of_the_exact_rule():
    loop = Loop(gamma_3_helps, n_rows=10_000)
    found = scarce.tune(loop, "focal", gamma="auto", cost={"fn": 100.0, "fp": 5.0})
    flagged = loop.truth > np.log(5.0 / 100.0)
    spent = 10_000.0 * np.where(loop.target == 1, 100.0 * ~flagged, 5.0 * flagged).mean()
    assert found.settings == {"gamma": 3.0}
    assert found.table[-1].figure == pytest.approx(spent, rel=0.02)


def test_a_metric_of_the_users_own_decides():
    def squared(target, probability):
        assert probability.shape == target.shape
        return (target - probability) ** 2

    found = scarce.tune(Loop(gamma_3_helps), "focal", gamma="auto", by=squared)
    assert found.settings == {"gamma": 3.0}
    assert found.measure == "squared"


def classes_loop(seed=0):
    draw = np.random.default_rng(seed)
    truth = draw.normal([2.0, 0.5, -1.0], size=(3_000, 3))
    share = np.exp(truth) / np.exp(truth).sum(axis=1, keepdims=True)
    target = (draw.random((3_000, 1)) > share.cumsum(axis=1)).sum(axis=1)

    def train(loss):
        noise = abs(gamma(loss) - 2.0) * draw.normal(size=truth.shape)
        start = np.log(share) + noise  # a loss over classes is undone where focal's is: cross-entropy's own
        return (start if gamma(loss) == 0.0 else solved(loss, start)), target

    return train, target, share


def solved(loss, log_share):
    """Return logits with a given posterior: of focal loss, p / a(p) is proportional to it."""
    wanted = np.exp(log_share - log_share.max(axis=1, keepdims=True))
    logits = log_share / (1.0 + gamma(loss))
    for _ in range(200):
        said = loss.posterior(logits)
        logits = logits + (np.log(wanted / wanted.sum(axis=1, keepdims=True)) - np.log(said)) / (
            1.0 + gamma(loss)
        )
    return logits


def test_several_classes_are_calibrated_by_a_temperature():
    train, target, share = classes_loop()
    found = scarce.tune(train, "focal", kind="softmax", gamma="auto")
    assert found.settings == {"gamma": 2.0}
    assert found.gain.low > 0.0
    truth = -np.log(share[np.arange(target.size), target]).mean()
    [best] = [one.figure for one in found.table if one.settings == found.settings]
    assert best == pytest.approx(truth, rel=2e-3)


@pytest.mark.parametrize("slope", [0.3, 3.0])
def test_logits_that_are_too_sure_or_unsure_are_judged_by_what_calibration_makes_of_them(slope):
    _, target, share = classes_loop()
    truth = -np.log(share[np.arange(target.size), target]).mean()

    def train(loss):  # right up to a slope where gamma is 0, and everywhere else nothing but the prevalence
        return np.log(share) * (slope if gamma(loss) == 0.0 else 0.0), target

    found = scarce.tune(train, "focal", kind="softmax", gamma="auto")
    assert found.table[0].figure == pytest.approx(truth, rel=0.01)
    assert found.is_plain


def test_a_softmax_of_two_classes_is_judged_as_a_sigmoid_is():
    def two_logits(loss):
        of_one = get("focal", gamma=gamma(loss))
        logits, target = loop(of_one)
        return np.stack([np.zeros_like(logits), logits], axis=1), target

    loop = Loop(gamma_3_helps)
    softmax = scarce.tune(two_logits, "focal", kind="softmax", gamma="auto", by="average_precision")
    sigmoid = scarce.tune(Loop(gamma_3_helps), "focal", gamma="auto", by="average_precision")
    assert softmax.settings == sigmoid.settings
    assert softmax.gain.value == pytest.approx(sigmoid.gain.value, rel=1e-6)


def test_one_hot_targets_and_columns_are_the_same_rows():
    plain = scarce.tune(Loop(gamma_3_helps), "focal", gamma="auto")
    loop = Loop(gamma_3_helps)

    def columns(loss):
        logits, target = loop(loss)
        return logits[:, None], target[:, None].astype(bool)

    assert scarce.tune(columns, "focal", gamma="auto").gain == plain.gain
    train, target, _ = classes_loop()
    by_index = scarce.tune(train, "focal", kind="softmax", gamma="auto")
    train, target, _ = classes_loop()
    one_hot = scarce.tune(
        lambda loss: (train(loss)[0], np.eye(3)[target]), "focal", kind="softmax", gamma="auto"
    )
    assert one_hot.gain == by_index.gain


def test_a_weight_of_2_is_nearly_the_row_twice_and_one_of_0_no_row():
    loop, weighted = Loop(gamma_3_helps), Loop(gamma_3_helps)
    plain = scarce.tune(loop, "focal", gamma="auto")
    spare = np.zeros(100)

    def with_spare(loss):
        logits, target = weighted(loss)
        weight = np.concatenate([np.ones(target.size), spare])
        return np.concatenate([logits, spare + 50.0]), np.concatenate([target, spare]), weight

    found = scarce.tune(with_spare, "focal", gamma="auto")
    assert found.settings == plain.settings
    assert found.gain.value == pytest.approx(plain.gain.value, rel=1e-9)

    doubled = Loop(gamma_3_helps)
    heavy = scarce.tune(lambda loss: (*doubled(loss), 2.0 * np.ones(N_ROWS)), "focal", gamma="auto")
    assert heavy.table[0].figure == pytest.approx(plain.table[0].figure, rel=1e-9)


def test_open_weights_go_from_equal_to_balanced():
    def balanced_helps(loss):
        weight = loss.class_weight
        return abs(np.log(weight[1] / weight[0]) - np.log(loop.counts[0] / loop.counts[1]))

    loop = Loop(balanced_helps)
    found = scarce.tune(loop, "focal", gamma=1.0, class_weight="auto", class_counts=loop.counts)
    weight = found.settings["class_weight"]
    assert weight[1] / weight[0] == pytest.approx(loop.counts[0] / loop.counts[1], rel=1e-3)
    assert found.table[0].settings == {"class_weight": [1.0, 1.0]}
    assert gamma(found.loss) == 1.0


def test_a_loss_that_follows_from_the_counts_is_given_them():
    loop = Loop(nothing_helps)
    found = scarce.tune(loop, "logit_adjusted", tau="auto", class_counts=loop.counts)
    assert found.loss.class_counts == tuple(loop.counts)
    assert [one.settings["tau"] for one in found.table][:4] == [0.0, 0.5, 1.0, 2.0]


def test_a_losses_own_usual_value_sets_the_grid():
    loop = Loop(nothing_helps)
    found = scarce.tune(loop, "vs_loss", gamma="auto", class_counts=loop.counts)
    assert [one.settings["gamma"] for one in found.table][:4] == [0.0, 0.075, 0.15, 0.3]


def test_the_same_outputs_give_the_same_answer():
    first, second = (scarce.tune(Loop(gamma_3_helps), "focal", gamma="auto", repeats=2) for _ in range(2))
    assert first == second
    assert repr(first) == repr(second)


def test_it_says_what_it_chose_in_two_lines():
    found = scarce.tune(Loop(gamma_3_helps), "focal", gamma="auto")
    choice, gain = str(found).splitlines()
    assert choice.startswith("gamma=3.0: log-loss ")
    assert choice.endswith("(10 trainings)")
    assert f"{found.gain.value:.3g} (95 % interval {found.gain.low:.3g} to" in gain
    stays = str(scarce.tune(Loop(nothing_helps), "focal", gamma="auto"))
    assert "gamma=0.0: log-loss " in stays
    assert "nothing tried is surely better" in stays


def returning(*parts):
    return lambda loss: parts


LOGITS, TARGET = np.linspace(-3.0, 3.0, 100), np.arange(100) % 4 == 0


@pytest.mark.parametrize(
    ("train", "what"),
    [
        (lambda loss: LOGITS, "train returned ndarray"),
        (returning(LOGITS), "train returned tuple"),
        (returning(LOGITS[1:], TARGET), "logits of shape (99,) and targets of shape (100,)"),
        (returning(LOGITS.reshape(50, 2), TARGET), "logits of shape (50, 2)"),
        (returning(np.where(LOGITS > 2.0, np.nan, LOGITS), TARGET), "logits of which 17 are NaN"),
        (returning(LOGITS, ["yes"] * 100), "targets of which 1 are NaN or no numbers"),
        (returning(LOGITS, TARGET + 1), "the target 2"),
        (returning(LOGITS, TARGET, -np.ones(100)), "sample weights"),
        (returning(LOGITS, TARGET, np.ones(99)), "sample weights of shape (99,)"),
        (returning(LOGITS, np.arange(100) < 2), "100 targets, of which all or nearly all are of one class"),
        (returning(np.float64(1.0), TARGET), "logits of shape ()"),
    ],
)
def test_what_train_should_not_return_is_an_error_that_says_what_it_was(train, what):
    with pytest.raises(scarce.ScarceError) as caught:
        scarce.tune(train, "focal", gamma="auto")
    assert caught.value.code == "E910"
    assert what in caught.value.message


def test_validation_rows_that_change_are_an_error():
    draw = np.random.default_rng(0)
    with pytest.raises(scarce.ScarceError, match="other targets or weights than the first time") as caught:
        scarce.tune(lambda loss: (LOGITS, draw.permutation(TARGET)), "focal", gamma="auto")
    assert caught.value.code == "E910"


def test_a_metric_that_returns_something_else_is_an_error():
    with pytest.raises(scarce.ScarceError, match="by returned numbers of shape") as caught:
        scarce.tune(returning(LOGITS, TARGET), "focal", gamma="auto", by=lambda target, said: said.mean())
    assert caught.value.code == "E910"


@pytest.mark.parametrize(
    ("code", "loss", "how"),
    [
        ("E911", "focal", {"gamma": 2.0}),
        ("E911", "focal", {}),
        ("E538", "class_balanced", {"beta": "auto", "class_counts": [75, 25]}),
        ("E507", "focal", {"class_weight": "auto"}),
        ("E912", lambda gamma: gamma, {"gamma": "auto"}),
        ("E522", "fokal", {"gamma": "auto"}),
        ("E523", "brier", {"gamma": "auto"}),
        ("E538", "mylosses:Mine", {"gamma": "auto"}),
        ("E524", "focal:gamma", {}),
        ("E501", "focal", {"gamma": "auto", "by": "accuracy"}),
        ("E501", "focal", {"gamma": "auto", "by": "log_loss", "cost": "fn=2,fp=1"}),
        ("E501", "focal", {"gamma": "auto", "repeats": 0}),
        ("E257", "focal", {"gamma": "auto", "cost": "fn=amount,fp=1"}),
    ],
)
def test_what_cannot_be_asked_for_is_an_error_before_any_training(code, loss, how):
    def never(loss):
        raise AssertionError("it was trained")

    with pytest.raises(scarce.ScarceError) as caught:
        scarce.tune(never, loss, **how)
    assert caught.value.code == code


def test_average_precision_and_costs_are_for_two_classes():
    train, *_ = classes_loop()
    for how in ({"by": "average_precision"}, {"cost": "fn=2,fp=1"}):
        with pytest.raises(scarce.ScarceError, match="there are 3 classes"):
            scarce.tune(train, "focal", kind="softmax", gamma="auto", **how)


def test_a_loss_in_words_is_as_one_with_settings():
    said, given = (
        scarce.tune(Loop(gamma_3_helps), *how, **more)
        for how, more in ((("focal:gamma=auto",), {}), (("focal",), {"gamma": "auto"}))
    )
    assert (said.settings, said.gain, said.loss) == (given.settings, given.gain, given.loss)
    fixed = scarce.tune(
        Loop(gamma_3_helps), "focal:gamma=auto,class_weight=1;2", class_weight=[1.0, 3.0], repeats=1
    )
    assert fixed.loss.class_weight == (1.0, 3.0)  # what is named last stands


def test_any_callable_may_make_the_loss():
    def mine(gamma):
        return get("focal", gamma=gamma)

    found = scarce.tune(Loop(gamma_3_helps), mine, gamma="auto", class_counts=[900, 100])
    assert isinstance(found.loss, SigmoidLoss)
    assert found.settings == {"gamma": 3.0}
    by_partial = scarce.tune(Loop(gamma_3_helps), partial(get, "focal"), gamma="auto")
    assert by_partial.gain == found.gain
