"""The schedule of gamma: what it tries, what moves it, that it stays where nothing helps, and its state."""

from __future__ import annotations

import numpy as np
import pytest

from scarce.calibration.validated_schedule import ValidatedSchedule
from scarce.errors import ScarceError

COUNTS = (900.0, 100.0)


def rows(rng, n):
    """Return log-odds and labels, with two rows of each class at least."""
    odds = 2.0 * rng.normal(size=n) - 2.0
    target = (rng.random(n) < 1.0 / (1.0 + np.exp(-odds))).astype(int)
    target[:4] = [0, 0, 1, 1]
    return odds, target


def trained(seed, helps=0.0, n=200, epochs=19, **settings):
    """Return the schedule of a made-up training whose errors shrink, by gamma the faster as it helps.

    The network always says what is read as the same probabilities, whatever the loss: without help, gamma
    changes nothing but what a posterior has to undo.
    """
    rng = np.random.default_rng(seed)
    schedule = ValidatedSchedule("sigmoid", **settings)
    odds, target = rows(rng, n)
    errors, left = 2.0 * rng.normal(size=n), 1.0
    for _ in range(epochs):
        left *= max(1.0 - 0.08 * (1.0 + helps * schedule.gamma), 0.0)
        noise = 0.1 * rng.normal(size=n) + 0.05 * rng.normal()  # of a row, and of the epoch
        believed = 1.0 / (1.0 + np.exp(-(odds + left * errors + noise)))
        schedule.observe(schedule.loss.base_score(believed), target)
    return schedule


def centre(schedule):
    """Return the centre of gamma after the last epoch, which ended a round."""
    return schedule.packed()[2]


def test_a_round_is_two_steps_down_two_up_and_two_down():
    schedule = trained(0, gamma=1.0, epochs=7)
    assert [one["gamma"] for one in schedule.history] == [1.0, 0.5, 0.5, 1.5, 1.5, 0.5, 0.5]
    assert [one["centre"] for one in schedule.history] == [1.0] * 7
    assert [one["epoch"] for one in schedule.history] == [*range(7)]
    assert {one["power"] for one in schedule.history} == {None}
    assert schedule.class_weight is None


def test_with_counts_every_other_round_moves_the_weights():
    schedule = trained(0, class_counts=COUNTS, epochs=12)
    assert [one["power"] for one in schedule.history] == [0.0] * 9 + [0.25, 0.25, 0.0]
    assert [one["gamma"] for one in schedule.history[:7]] == [0.0, 0.0, 0.0, 0.5, 0.5, 0.0, 0.0]
    assert {one["gamma"] for one in schedule.history[7:]} == {centre(schedule)}


def test_weights_are_the_power_of_the_inverse_frequency_and_1_on_average():
    schedule = trained(0, class_counts=COUNTS, epochs=9)
    assert schedule.power == 0.25
    weight = schedule.class_weight
    assert weight[1] / weight[0] == pytest.approx(9.0**0.25)
    assert 0.9 * weight[0] + 0.1 * weight[1] == pytest.approx(1.0)
    assert schedule.loss.class_weight == pytest.approx(tuple(weight))


def test_where_gamma_changes_nothing_it_ends_at_0_in_95_of_100_trainings():
    assert sum(centre(trained(seed)) == 0.0 for seed in range(100)) >= 95


def test_an_output_that_follows_late_is_no_reason_to_move():
    """Where the loss has just changed, it is misread once; that is no gain of what the epoch before tried."""
    for settings in ({}, {"class_counts": COUNTS}):
        rng = np.random.default_rng(0)
        schedule = ValidatedSchedule("sigmoid", gamma=1.0, **settings)
        odds, target = rows(rng, 3_000)
        noise, last = rng.normal(size=3_000), None
        for _ in range(19):
            now = schedule.gamma, schedule.power
            late = 0.5 * noise * (last not in (None, now))
            schedule.observe(schedule.loss.base_score(1.0 / (1.0 + np.exp(-odds - late))), target)
            last = now
        assert max(one["centre"] for one in schedule.history) == 1.0


def test_where_gamma_speeds_the_training_up_it_moves_there():
    ends = [centre(trained(seed, helps=1.0, n=2_000)) for seed in range(8)]
    assert sum(end > 0.0 for end in ends) >= 7


def test_from_a_gamma_that_does_not_help_it_falls():
    assert np.mean([centre(trained(seed, gamma=2.0, epochs=25)) for seed in range(8)]) < 1.5


def test_gamma_stays_inside_its_ends():
    for seed in range(3):
        schedule = trained(seed, helps=1.0, n=2_000, highest=0.5)
        assert {one["gamma"] for one in schedule.history} <= {0.0, 0.5}


def test_the_loss_is_that_of_recovered_and_calibrated_probabilities():
    """What gamma 2 says, read by its posterior, costs what the plain loss says of the same probabilities."""
    odds, target = rows(np.random.default_rng(3), 500)
    believed = 1.0 / (1.0 + np.exp(-odds))
    plain, focal = ValidatedSchedule("sigmoid"), ValidatedSchedule("sigmoid", gamma=2.0)
    for schedule in (plain, focal):
        schedule.observe(schedule.loss.base_score(believed), target)
    said = [schedule.history[0]["validation_loss"] for schedule in (plain, focal)]
    assert said[0] == pytest.approx(said[1], rel=1e-6)
    too_low = ValidatedSchedule("sigmoid")
    too_low.observe(odds - 0.5, target)
    uncalibrated = np.mean(np.logaddexp(0.0, np.where(target == 1, 0.5 - odds, odds - 0.5)))
    assert too_low.history[0]["validation_loss"] == pytest.approx(said[0], rel=0.01)
    assert uncalibrated > 1.02 * said[0]


def test_two_logits_are_one():
    odds, target = rows(np.random.default_rng(4), 200)
    one, two = ValidatedSchedule("sigmoid", gamma=1.0), ValidatedSchedule("softmax", gamma=1.0)
    one.observe(odds, target)
    two.observe(np.stack([np.zeros(200), odds], axis=1), target)
    np.testing.assert_allclose(one.packed(), two.packed(), rtol=1e-9)


def test_several_classes_have_weights_and_a_loss():
    rng = np.random.default_rng(5)
    schedule = ValidatedSchedule(class_counts=(70, 20, 10))
    logits, target = rng.normal(size=(60, 3)), np.arange(60) % 3
    for _ in range(9):
        schedule.observe(logits, target)
    assert 0.0 < schedule.history[-1]["validation_loss"] < 2.0
    assert schedule.class_weight @ [0.7, 0.2, 0.1] == pytest.approx(1.0)


@pytest.mark.parametrize("epochs", [0, 1, 4, 7, 10])
def test_a_packed_schedule_goes_on_as_if_nothing_had_happened(epochs):
    rng = np.random.default_rng(epochs)
    odds, target = rows(rng, 100)
    logits = odds + rng.normal(size=(epochs + 5, 100))
    schedule = ValidatedSchedule("sigmoid", class_counts=COUNTS, gamma=0.5)
    for z in logits[:epochs]:
        schedule.observe(z, target)
    twin = ValidatedSchedule("sigmoid", class_counts=COUNTS)
    twin.unpack(schedule.packed())
    assert (twin.gamma, twin.power, twin.history) == (schedule.gamma, schedule.power, schedule.history)
    for z in logits[epochs:]:
        for one in (schedule, twin):
            one.observe(z, target)
    assert twin.history == schedule.history
    np.testing.assert_array_equal(twin.packed(), schedule.packed())


def error_of(call):
    with pytest.raises(ScarceError) as caught:
        call()
    return caught.value.two_lines()


def test_other_rows_than_before_are_refused():
    schedule = trained(0, epochs=1)
    odds, target = rows(np.random.default_rng(1), 200)
    assert error_of(lambda: schedule.observe(odds, target)) == (
        "error[E915]: a schedule of gamma was shown 200 rows that are not the 200 of the epoch before\n"
        "hint: validate on the same rows in the same order each time, without a shuffle"
    )
    assert len(schedule.history) == 1
    few = [0, 0, 0, 1]
    assert error_of(lambda: ValidatedSchedule("sigmoid").observe([0.0] * 4, few)).startswith(
        "error[E915]: a schedule of gamma was shown 3 rows of class 0 and 1 of class 1\n"
    )


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"kind": "hinge"}, "E501"),
        ({"gamma": -1.0}, "E501"),
        ({"gamma": 3.0, "highest": 2.0}, "E501"),
        ({"step": 0.0}, "E501"),
        ({"class_counts": [3, 0]}, "E506"),
        ({"class_counts": [[3, 4], [3, 4]]}, "E509"),
    ],
)
def test_settings_outside_their_domains_are_refused(settings, code):
    assert error_of(lambda: ValidatedSchedule(**settings)).startswith(f"error[{code}]")


def test_a_sigmoid_has_two_counts():
    with pytest.raises(ScarceError):
        ValidatedSchedule("sigmoid", class_counts=[1, 2, 3])
