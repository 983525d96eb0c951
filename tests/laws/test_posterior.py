"""The posterior of the minimiser of the expected loss is the truth; the base score is its constant case."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from tests.laws import checks
from tests.laws.cases import CASES, CLASS_LOSSES, LOSSES, has_posterior, margins

from scarce.errors import ScarceError, ScarceWarning
from scarce.losses import SigmoidLoss, SoftmaxLoss, get
from scarce.losses.asymmetric import Asymmetric
from scarce.losses.modulation import LDAM, Focal

BINARY = [name for name in LOSSES if has_posterior(name)]
CLASSES = [(k, name) for k in (2, 3, 5) for name in CLASS_LOSSES[k] if has_posterior(name)]


@pytest.mark.parametrize("prior", [0.4, 0.05], ids="truth={}".format)
@pytest.mark.parametrize("name", BINARY)
def test_posterior_of_the_binary_minimiser_is_the_truth(name, prior):
    if "asymmetric(" in name and prior == 0.05:
        prior = 0.1  # at .05 the clipped loss is flat around its minimum
    checks.check_posterior_of_minimiser(LOSSES[name], (1.0 - prior, prior))


@pytest.mark.parametrize(("n_classes", "name"), CLASSES)
def test_posterior_of_the_softmax_minimiser_is_the_truth(n_classes, name):
    truth = {2: (0.8, 0.2), 3: (0.6, 0.3, 0.1), 5: (0.4, 0.25, 0.15, 0.12, 0.08)}[n_classes]
    checks.check_posterior_of_minimiser(CLASS_LOSSES[n_classes][name], truth)


def test_the_law_of_the_minimiser_can_fail():
    class Raw(SigmoidLoss):
        def posterior(self, logits):
            return 1.0 / (1.0 + np.exp(-np.asarray(logits)))

    with pytest.raises(AssertionError, match="is not"):
        checks.check_posterior_of_minimiser(Raw(Focal(2.0)), (0.9, 0.1))


@pytest.mark.parametrize("name", BINARY)
def test_base_score_has_the_prior_as_its_posterior(name):
    loss = LOSSES[name]
    for prior in (0.5, 0.3, 0.08):
        start = loss.base_score(prior)
        assert start.shape == ()
        np.testing.assert_allclose(loss.posterior(start), prior, rtol=1e-10)


@pytest.mark.parametrize("name", [name for name in CLASS_LOSSES[3] if has_posterior(name)])
def test_base_score_of_classes_has_the_prior_as_its_posterior(name):
    loss, prior = CLASS_LOSSES[3][name], np.array([0.8, 0.12, 0.08])
    np.testing.assert_allclose(loss.posterior(loss.base_score(prior)), prior, rtol=1e-9)


@pytest.mark.parametrize("n_classes", [3, 5])
def test_base_score_of_ldam_where_a_rare_class_has_the_larger_share(n_classes):
    loss = SoftmaxLoss(LDAM(margins=margins(n_classes)))
    prior = np.linspace(2.0, 1.0, n_classes) / np.linspace(2.0, 1.0, n_classes).sum()
    np.testing.assert_allclose(loss.posterior(loss.base_score(prior)), prior, rtol=1e-9)


def test_base_scores_for_scarce_positives_are_the_published_ones():
    focal = get("focal", gamma=2.0)
    assert focal.base_score(0.01).round(3) == -1.706
    assert get("focal", gamma=2.0, alpha=0.25).base_score(0.01).round(3) == -2.107
    assert get("focal", gamma=5.0).base_score(0.01).round(3) == -0.825
    assert focal.base_score(0.001).round(3) == -2.545


def test_base_score_takes_a_prior_a_label():
    loss = SigmoidLoss(class_weight=[[1.0, 9.0], [1.0, 1.0]])
    np.testing.assert_allclose(loss.base_score([0.1, 0.5]), [0.0, 0.0], atol=1e-15)
    assert loss.base_score(0.1).shape == (2,)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0, 5.0])
def test_focal_log_odds_do_not_saturate(gamma):
    z = np.array([-1e4, -700.0, -40.0, -1.0, 0.0, 2.0, 40.0, 700.0, 1e4])

    def v(x):
        t = np.exp(-np.abs(x))
        safe = np.where(t > 0.0, t, 1.0)
        return np.where(x >= 0.0, np.where(t > 0.0, np.log1p(t) / safe, 1.0), t * (np.abs(x) + np.log1p(t)))

    closed = (1.0 + gamma) * z - np.log1p(gamma * v(z)) + np.log1p(gamma * v(-z)) - np.log(3.0)
    loss = get("focal", gamma=gamma, class_weight=[1.0, 3.0])
    np.testing.assert_allclose(loss.log_odds(z), closed, rtol=1e-13)
    assert (np.diff(loss.log_odds(z)) > 0.0).all()


@pytest.mark.parametrize("case", [c for c in CASES if has_posterior(c.id)], ids=lambda case: case.id)
def test_log_odds_never_decrease_and_agree_with_the_posterior(case):
    z = np.linspace(-60.0, 60.0, 2001)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ScarceWarning)
        log_odds, posterior = case.loss.log_odds(z), case.loss.posterior(z)
    assert (log_odds[1:] >= log_odds[:-1]).all()
    np.testing.assert_allclose(posterior, 1.0 / (1.0 + np.exp(-log_odds)), rtol=1e-12, atol=1e-300)


def test_asymmetric_posterior_is_zero_below_its_clip():
    loss = get("asymmetric", clip=0.0625)
    clip_logit = np.log(0.0625 / 0.9375)
    assert loss.posterior([clip_logit - 0.1, -50.0]).tolist() == [0.0, 0.0]
    assert loss.posterior([clip_logit + 0.1])[0] > 0.0
    assert loss.log_odds([clip_logit - 0.1])[0] == -np.inf


def test_asymmetric_posterior_without_positive_focusing_saturates_with_a_warning():
    loss = SigmoidLoss(Asymmetric(4.0, 0.0, 0.05))
    with pytest.warns(ScarceWarning) as caught:
        posterior = loss.posterior([50.0])
    assert posterior.round(4) == [0.9637]
    assert str(caught[0].message) == (
        "[W052] asymmetric with gamma_positive=0 saturates: its posterior stays below 1 however large the "
        "logit; choose gamma_positive above 0, or calibrate on held-out rows"
    )
    assert caught[0].filename == __file__
    with pytest.warns(ScarceWarning), pytest.raises(ScarceError) as refused:
        loss.base_score(0.99)
    assert refused.value.two_lines() == (
        "error[E517]: no constant logit has the posterior log-odds 4.59512\n"
        "hint: this loss saturates: choose other parameters, or start from 0"
    )


def test_a_wide_margin_warns_that_the_posterior_is_ill_conditioned():
    loss = get("ldam", class_counts=[900, 100])
    with pytest.warns(ScarceWarning) as caught:
        loss.posterior([0.0])
    assert str(caught[0].message) == (
        "[W051] ldam with a margin of 15 is close to a hinge: its posterior is ill-conditioned; "
        "lower scale * max_margin, or calibrate on held-out rows"
    )


@pytest.mark.parametrize("kind", ["sigmoid", "softmax"])
def test_generalized_cross_entropy_at_one_has_no_posterior(kind):
    loss = get("generalized_cross_entropy", kind=kind, q=1.0)
    with pytest.raises(ScarceError) as caught:
        loss.posterior([0.0, 1.0])
    assert caught.value.two_lines() == (
        "error[E513]: generalized_cross_entropy with q=1 has no posterior: its minimiser is all or nothing\n"
        "hint: choose q below 1"
    )


def test_a_class_of_weight_zero_leaves_no_posterior():
    with pytest.raises(ScarceError) as caught:
        SigmoidLoss(class_weight=[0.0, 1.0]).posterior([0.0])
    assert caught.value.two_lines() == (
        "error[E513]: cross_entropy has no posterior: a class has weight 0 and was never seen\n"
        "hint: give every class a weight above 0"
    )


def test_smoothing_is_undone_and_clipped_at_certainty():
    loss = SigmoidLoss(label_smoothing=0.2)
    shown = np.array([0.05, 0.1, 0.5, 0.9, 0.95])
    logits = np.log(shown / (1.0 - shown))
    np.testing.assert_allclose(loss.posterior(logits), [0.0, 0.0, 0.5, 1.0, 1.0], atol=1e-15)
    pairs = np.stack([-logits, np.zeros(5)], axis=-1)
    both = SoftmaxLoss(label_smoothing=0.2).posterior(pairs)
    np.testing.assert_allclose(both[:, 1], [0.0, 0.0, 0.5, 1.0, 1.0], atol=1e-15)
    np.testing.assert_allclose(both.sum(axis=1), 1.0)
