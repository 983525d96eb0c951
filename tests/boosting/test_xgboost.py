"""XGBoost with a loss of ours: what its own interface for objectives leaves undone is done."""

from __future__ import annotations

import pickle
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from scarce.boosting.xgboost_parameters import NO_EFFECT, parameters
from scarce.errors import ScarceError
from scarce.losses import get

xgboost = pytest.importorskip("xgboost", reason="XGBoost is not installed: pip install 'scarce[xgboost]'")

from scarce.boosting.xgboost import METRIC, objective, train  # noqa: E402 - after that question

QUIET = {"max_depth": 3, "nthread": 1}


def sample(n_rows, seed):
    """Return features, labels and true probabilities at about 2 % positives."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 4)).round(1)
    eta = 1.0 / (1.0 + np.exp(4.5 - X[:, 0] - X[:, 1]))
    return X, (rng.random(n_rows) < eta).astype(np.float64), eta


X, Y, ETA = sample(12_000, 0)
X_NEW, Y_NEW, ETA_NEW = sample(12_000, 1)
ROWS_NEW = xgboost.DMatrix(X_NEW)


def data(**options):
    return xgboost.QuantileDMatrix(X, Y, nthread=1, **options)


def held():
    return xgboost.DMatrix(X_NEW, Y_NEW)


def log_loss(posterior, y=Y_NEW):
    return -np.log(np.where(y > 0, posterior, 1.0 - posterior)).mean()


@pytest.fixture(scope="module")
def focal():
    """Return a focal model with early stopping."""
    return train(
        {**QUIET, "learning_rate": 0.2},
        data(),
        "focal:gamma=2",
        num_boost_round=200,
        valid_sets=[held()],
        valid_names=["held out"],
        early_stopping_rounds=10,
    )


@pytest.mark.parametrize("loss", ["focal:gamma=2", "weighted_cross_entropy"])
def test_probabilities_are_recovered(loss):
    model = train(QUIET, data(), loss, num_boost_round=40)
    posterior = model.posterior(ROWS_NEW)
    assert posterior.mean() == pytest.approx(Y_NEW.mean(), rel=0.25)
    assert log_loss(posterior) < 1.1 * log_loss(ETA_NEW)


def test_early_stopping_keeps_the_round_of_the_least_log_loss_in_all_its_digits(focal):
    history = focal.history["held out"]
    assert focal.best_iteration == int(np.argmin(history)) + 1 == len(history) - 10
    assert min(history) == pytest.approx(log_loss(focal.posterior(ROWS_NEW)), rel=1e-6)
    assert any(round(loss, 6) != loss for loss in history)  # XGBoost itself hands six decimals around


def test_other_callbacks_see_the_same_metric():
    seen = {}

    class Look(xgboost.callback.TrainingCallback):
        def after_iteration(self, model, epoch, evals_log):
            seen[epoch] = evals_log["valid_0"][METRIC][-1]
            return False

    model = train(QUIET, data(), num_boost_round=3, valid_sets=[held()], callbacks=[Look()])
    assert list(seen.values()) == model.history["valid_0"]


def test_predictions_add_the_base_score_back(focal):
    assert focal.base_score == pytest.approx(get("focal", gamma=2.0).base_score(Y.mean()), rel=1e-6)
    kept = (0, focal.best_iteration)
    trees = focal.booster.predict(ROWS_NEW, output_margin=True, iteration_range=kept)
    assert np.array_equal(focal.raw_score(ROWS_NEW), trees.astype(np.float64) + focal.base_score)
    first = focal.booster.predict(ROWS_NEW, output_margin=True, iteration_range=(0, 1))
    assert focal.raw_score(ROWS_NEW, iteration_range=(0, 1)) == pytest.approx(first + focal.base_score)
    proba = focal.predict_proba(ROWS_NEW)
    assert np.array_equal(proba[:, 1], focal.posterior(ROWS_NEW))
    assert 1.0 / (1.0 + np.exp(-focal.log_odds(ROWS_NEW))) == pytest.approx(proba[:, 1])


def test_cross_entropy_is_the_built_in_log_loss():
    prior = float(Y.mean())
    params = {**QUIET, "objective": "binary:logistic", "base_score": prior, "min_child_weight": 0.0}
    built_in = xgboost.train(params, data(), 30).predict(ROWS_NEW)
    ours = train({**QUIET, "min_child_weight": 0.0}, data(), "cross_entropy", num_boost_round=30)
    assert np.abs(ours.posterior(ROWS_NEW) / built_in - 1.0).mean() < 1e-4


def test_weight_two_is_the_row_twice():
    twice = Y == 1.0
    repeated = xgboost.QuantileDMatrix(np.concatenate([X, X[twice]]), np.concatenate([Y, Y[twice]]))
    loss = "focal:gamma=1,class_weight=balanced"
    weighted = train(QUIET, data(weight=1.0 + twice), loss, num_boost_round=10)
    drawn = train(QUIET, repeated, loss, num_boost_round=10)
    assert weighted.base_score == pytest.approx(drawn.base_score, rel=1e-9)
    apart = weighted.raw_score(ROWS_NEW) - drawn.raw_score(ROWS_NEW)
    assert np.abs(apart).mean() < 0.02  # the bins are weighted too, and differ a little
    plain = train(QUIET, data(), loss, num_boost_round=10)
    apart = weighted.log_odds(ROWS_NEW) - plain.log_odds(ROWS_NEW)
    assert apart.mean() == pytest.approx(np.log(2.0), rel=0.2)


def test_trainings_in_several_threads_share_one_matrix():
    shared, looked_at = data(), held()

    def raw_scores(loss):
        seen = []
        train(
            QUIET,
            shared,
            loss,
            num_boost_round=6,
            valid_sets=[looked_at],
            watch=lambda _, raw: seen.append(raw) or True,
        )
        return seen[-1]

    losses = ["cross_entropy", "focal:gamma=2", "weighted_cross_entropy"]
    alone = list(map(raw_scores, losses))
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(raw_scores, losses * 2))
    for one, other in zip(alone * 2, together, strict=True):
        assert np.array_equal(one, other)


def test_a_watch_sees_each_round_with_the_base_score_and_ends_the_training():
    seen = {}

    def watch(rounds, raw):
        seen[rounds] = raw
        return rounds < 4

    model = train(QUIET, data(), num_boost_round=50, valid_sets=[held()], watch=watch)
    assert list(seen) == [1, 2, 3, 4]
    assert model.best_iteration == 4
    assert seen[4] == pytest.approx(model.raw_score(ROWS_NEW), abs=1e-6)
    assert seen[1] == pytest.approx(model.raw_score(ROWS_NEW, iteration_range=(0, 1)), abs=1e-6)


def test_a_trained_model_goes_to_another_process_and_predicts_the_same(focal, tmp_path):
    (tmp_path / "model.pickle").write_bytes(pickle.dumps(focal))
    np.save(tmp_path / "X.npy", X_NEW[:200])
    script = (
        "import pickle, sys, numpy as np, pathlib, xgboost; folder = pathlib.Path(sys.argv[1]);"
        "model = pickle.loads((folder / 'model.pickle').read_bytes());"
        "np.save(folder / 'p.npy', model.posterior(xgboost.DMatrix(np.load(folder / 'X.npy'))))"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=120)
    assert np.array_equal(np.load(tmp_path / "p.npy"), focal.posterior(xgboost.DMatrix(X_NEW[:200])))


def test_the_objective_serves_xgboosts_own_train():
    goal = pickle.loads(pickle.dumps(objective("focal:gamma=2,class_weight=balanced", Y)))
    start = np.full(Y.size, goal.base_score())
    matrix = xgboost.DMatrix(X, Y, base_margin=start)
    log = {}
    params = {**QUIET, "base_score": 0.0, "max_delta_step": 2.0, "disable_default_eval_metric": True}
    booster = xgboost.train(
        params,
        matrix,
        20,
        obj=goal,
        custom_metric=goal.metric,
        evals=[(matrix, "train")],
        evals_result=log,
        verbose_eval=False,
    )
    ours = train(QUIET, data(), "focal:gamma=2,class_weight=balanced", num_boost_round=20)
    posterior = goal.posterior(booster.predict(matrix, output_margin=True))
    assert np.abs(posterior / ours.posterior(xgboost.DMatrix(X)) - 1.0).mean() < 0.1
    assert log["train"][METRIC][-1] == pytest.approx(log_loss(posterior, Y), abs=2e-6)


def wrong(params=None, loss="focal", dataset=None, **options):
    """Return a call of `train` that must fail."""
    return lambda: train({**QUIET, **(params or {})}, dataset or data(), loss, **options)


WRONG = {
    "built-in metric": (
        wrong({"eval_metric": ["logloss"]}),
        "error[E603]: the metric ['logloss'] would be computed on raw scores, which are no probabilities "
        "here\n"
        "hint: leave 'eval_metric' out: the recovered log-loss is reported, and early stopping watches it",
    ),
    "base_margin": (
        wrong(dataset=xgboost.DMatrix(X, Y, base_margin=np.ones(Y.size))),
        "error[E604]: the training data already has a base_margin\n"
        "hint: leave it out: the loss starts every row at its own base score",
    ),
    "base score": (
        wrong({"base_score": 0.5}),
        "error[E606]: the parameter 'base_score' is set to 0.5, but the loss decides that\n"
        "hint: leave 'base_score' out, and the base score is always the loss's own",
    ),
    "of an objective": (
        wrong({"quantile_alpha": 0.5}),
        "error[E607]: the parameter 'quantile_alpha' has no effect beside a loss of scarce\n"
        "hint: leave 'quantile_alpha' out: a loss's own parameters go with its name, as in "
        "loss='focal:gamma=2'",
    ),
    "misspelt": (
        wrong({"max_dept": 3}),
        "error[E610]: XGBoost has no parameter 'max_dept'\nhint: did you mean 'max_depth'?",
    ),
    "nothing to watch": (
        wrong(early_stopping_rounds=5),
        "error[E609]: early stopping has no validation data to watch\nhint: pass valid_sets=[...]",
    ),
    "a watch beside early stopping": (
        wrong(watch=lambda rounds, raw: True, valid_sets=[held()], early_stopping_rounds=5),
        "error[E611]: watch= looks on at one validation set, in place of early stopping: there are 1, and "
        "early_stopping_rounds is 5\n"
        "hint: pass one dataset in valid_sets, leave early_stopping_rounds out, and return False to stop",
    ),
    "three labels": (
        wrong(dataset=xgboost.DMatrix(X[:50], np.arange(50) % 3)),
        "error[E602]: the label in row 2 is 2; a binary objective takes 0 and 1\n"
        "hint: code the rare class as 1, the other as 0",
    ),
}


@pytest.mark.parametrize(("work", "lines"), WRONG.values(), ids=WRONG)
def test_errors_say_what_and_what_instead(work, lines):
    with pytest.raises(ScarceError) as caught:
        work()
    assert caught.value.two_lines() == lines


def test_parameters_are_known_under_each_of_their_names():
    documented = {
        "eta",
        "learning_rate",
        "gamma",
        "min_split_loss",
        "lambda",
        "reg_lambda",
        "alpha",
        "reg_alpha",
    }
    documented |= {"max_depth", "min_child_weight", "subsample", "colsample_bynode", "max_leaves", "max_bin"}
    documented |= {"num_parallel_tree", "rate_drop", "device", "tree_method", "seed", "nthread", "n_jobs"}
    assert documented <= set(parameters().names)


@pytest.mark.parametrize("name", sorted(set(NO_EFFECT) - {"disable_default_eval_metric"}))
def test_what_is_refused_as_without_effect_is_unused_by_xgboost_too(name):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        xgboost.train({"base_score": 0.0, "verbosity": 1, name: "1"}, xgboost.DMatrix(X[:50], Y[:50]), 1)
    assert [name for one in told if f'"{name}"' in str(one.message) and "not used" in str(one.message)]
    with pytest.raises(ScarceError):
        parameters().checked({name: 1})


def test_without_xgboost_it_says_what_to_install():
    script = (
        "import sys; sys.modules['xgboost'] = None\n"
        "from scarce.errors import ScarceError\n"
        "try:\n    import scarce.boosting.xgboost\n"
        "except ScarceError as error:\n    print(error.two_lines())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout == "error[E701]: xgboost is not installed\nhint: pip install 'scarce[xgboost]'\n"
