"""LightGBM with a loss of ours: what its own callback interface leaves undone is done."""

from __future__ import annotations

import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import lightgbm
import numpy as np
import pytest

from scarce.boosting.lightgbm import METRIC, objective, train
from scarce.boosting.lightgbm_parameters import INSTEAD, NO_EFFECT
from scarce.errors import ScarceError
from scarce.losses import get

QUIET = {"num_leaves": 7, "num_threads": 1, "lambda_l2": 1.0}
SETTINGS = (
    "cross_entropy",
    "weighted_cross_entropy",
    "focal:gamma=2",
    "focal:gamma=2,class_weight=balanced",
    "logit_adjusted",
    "detached_focal",
    "poly",
    "brier",
    "asymmetric",
)


def sample(n_rows, seed, shift=-4.5):
    """Return features, labels and true probabilities at about 2 % positives."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n_rows, 4)).round(1)
    eta = 1.0 / (1.0 + np.exp(-(shift + X[:, 0] + X[:, 1])))
    return X, (rng.random(n_rows) < eta).astype(np.float64), eta


X, Y, ETA = sample(12_000, 0)
X_NEW, Y_NEW, ETA_NEW = sample(12_000, 1)


def data(reference=None, rows=slice(None)):
    if reference is None:
        return lightgbm.Dataset(X[rows], Y[rows])
    return lightgbm.Dataset(X_NEW, Y_NEW, reference=reference)


@pytest.fixture(scope="module")
def focal():
    """Return a focal model with early stopping, and the datasets it was trained on."""
    train_set = data()
    valid_set = data(train_set)
    model = train(
        QUIET,
        train_set,
        "focal:gamma=2",
        num_boost_round=200,
        valid_sets=[valid_set],
        valid_names=["held out"],
        early_stopping_rounds=10,
    )
    return model, train_set, valid_set


@pytest.mark.parametrize("loss", SETTINGS)
def test_the_mean_posterior_is_the_prior_and_the_model_has_learned(loss):
    model = train(QUIET, data(), loss, num_boost_round=60)
    posterior = model.posterior(X)
    assert posterior.mean() == pytest.approx(Y.mean(), rel=0.2)
    order = np.argsort(posterior)
    assert ETA[order[-1000:]].mean() > 3 * ETA.mean()
    assert ETA[order[:1000]].mean() < ETA.mean() / 3
    assert posterior[order[-1000:]].mean() == pytest.approx(Y[order[-1000:]].mean(), rel=0.35)


def test_early_stopping_keeps_the_round_of_the_least_recovered_log_loss(focal):
    model, _, _ = focal
    history = model.history["held out"]
    assert model.best_iteration == int(np.argmin(history)) + 1 < len(history)
    assert len(history) == model.best_iteration + 10
    posterior = model.posterior(X_NEW)
    loss = -np.log(np.where(Y_NEW > 0, posterior, 1.0 - posterior)).mean()
    assert min(history) == pytest.approx(loss, rel=1e-6)
    assert model.booster.best_score["held out"][METRIC] == min(history)


def test_predictions_add_the_base_score_back(focal):
    model, _, _ = focal
    assert model.base_score == pytest.approx(get("focal", gamma=2.0).base_score(Y.mean()), rel=1e-6)
    trees = model.booster.predict(X_NEW, raw_score=True)
    assert np.array_equal(model.raw_score(X_NEW), trees + model.base_score)
    assert model.raw_score(X_NEW, num_iteration=0 + 1) == pytest.approx(
        model.booster.predict(X_NEW, raw_score=True, num_iteration=1) + model.base_score
    )


def test_the_faces_of_a_prediction_agree(focal):
    model, _, _ = focal
    posterior = model.posterior(X_NEW)
    proba = model.predict_proba(X_NEW)
    assert np.array_equal(proba[:, 1], posterior)
    assert proba.sum(axis=1) == pytest.approx(1.0)
    assert 1.0 / (1.0 + np.exp(-model.log_odds(X_NEW))) == pytest.approx(posterior)


def test_datasets_come_back_as_they_went_and_bins_are_shared(focal):
    model, train_set, valid_set = focal
    for dataset in (train_set, valid_set):
        assert dataset.get_init_score() is None
        assert dataset.get_field("init_score") is None
    other = train(QUIET, train_set, "cross_entropy", num_boost_round=5, valid_sets=[valid_set])
    fresh = train(QUIET, data(), "cross_entropy", num_boost_round=5)
    assert np.array_equal(other.raw_score(X_NEW), fresh.raw_score(X_NEW))
    assert not np.array_equal(other.raw_score(X_NEW), model.raw_score(X_NEW))


def test_an_error_in_training_leaves_the_dataset_as_it_was():
    train_set = data()

    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(QUIET, train_set, "focal", num_boost_round=3, callbacks=[interrupt])
    assert train_set.get_field("init_score") is None


def test_cross_entropy_is_the_built_in_log_loss():
    params = {**QUIET, "deterministic": True, "force_col_wise": True, "verbosity": -1}
    built_in = lightgbm.train({**params, "objective": "binary"}, data(), 30).predict(X_NEW)
    ours = train(QUIET, data(), "cross_entropy", num_boost_round=30).posterior(X_NEW)
    assert np.abs(ours / built_in - 1.0).mean() < 0.01


@pytest.mark.parametrize("loss", ["focal:gamma=2", "focal:gamma=1,class_weight=balanced"])
def test_weight_two_is_the_row_twice(loss):
    twice = Y == 1.0
    params = {**QUIET, "min_data_in_leaf": 1, "min_sum_hessian_in_leaf": 0.0}
    weighted = lightgbm.Dataset(X, Y, weight=1.0 + twice)
    repeated = lightgbm.Dataset(np.concatenate([X, X[twice]]), np.concatenate([Y, Y[twice]]))
    one, other = (train(params, rows, loss, num_boost_round=10) for rows in (weighted, repeated))
    assert one.base_score == pytest.approx(other.base_score, rel=1e-12)
    assert one.raw_score(X_NEW) == pytest.approx(other.raw_score(X_NEW), rel=1e-4, abs=1e-4)
    plain = train(params, lightgbm.Dataset(X, Y), loss, num_boost_round=10)
    apart = np.abs(plain.log_odds(X_NEW) - one.log_odds(X_NEW))
    assert apart.mean() == pytest.approx(np.log(2.0), rel=0.2)


def test_named_weights_count_the_rows_by_their_weight():
    weight = np.where(Y == 1.0, 3.0, 1.0)
    model = train(QUIET, lightgbm.Dataset(X, Y, weight=weight), "weighted_cross_entropy", num_boost_round=2)
    n1, n0 = 3.0 * Y.sum(), (1 - Y).sum()
    assert model.objective.rows.loss.class_weight == pytest.approx(((n0 + n1) / 2 / n0, (n0 + n1) / 2 / n1))
    assert model.objective.prior == pytest.approx(n1 / (n0 + n1))
    assert model.base_score == pytest.approx(0.0, abs=1e-9)


def test_trees_do_not_depend_on_the_number_of_threads():
    X_many, y_many, _ = sample(60_000, 5)
    params = {
        "num_leaves": 15,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "feature_fraction": 0.8,
        "seed": 3,
    }
    texts = [
        train(
            {**params, "num_threads": n}, lightgbm.Dataset(X_many, y_many), "focal:gamma=2", num_boost_round=8
        ).model_text()
        for n in (1, 2)
    ]
    assert texts[0] == texts[1]
    assert "num_threads" not in texts[0]
    assert lightgbm.Booster(model_str=texts[0]).num_trees() == 8


def test_a_trained_model_goes_to_another_process_and_predicts_the_same(focal, tmp_path):
    model, _, _ = focal
    (tmp_path / "model.pickle").write_bytes(pickle.dumps(model))
    np.save(tmp_path / "X.npy", X_NEW[:200])
    script = (
        "import pickle, sys, numpy as np, pathlib; folder = pathlib.Path(sys.argv[1]);"
        "model = pickle.loads((folder / 'model.pickle').read_bytes());"
        "np.save(folder / 'p.npy', model.posterior(np.load(folder / 'X.npy')))"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=True, timeout=120)
    assert np.array_equal(np.load(tmp_path / "p.npy"), model.posterior(X_NEW[:200]))


def test_the_objective_serves_lightgbms_own_train_and_cv():
    loss = objective("focal:gamma=2,class_weight=balanced", Y)
    start = np.full(Y.size, loss.base_score())
    params = {**QUIET, "objective": pickle.loads(pickle.dumps(loss)), "metric": "none", "verbosity": -1}
    train_set = lightgbm.Dataset(X, Y, init_score=start, free_raw_data=False)
    booster = lightgbm.train({**params, "max_delta_step": 2.0}, train_set, 40)
    posterior = loss.posterior(booster.predict(X, raw_score=True) + start)
    assert posterior.mean() == pytest.approx(Y.mean(), rel=0.2)
    scores = lightgbm.cv(params, train_set, 10, nfold=2, feval=loss.metric, seed=0)[f"valid {METRIC}-mean"]
    assert scores[-1] < scores[0] < 0.2


def test_the_metric_honours_weights_and_follows_a_changed_dataset():
    loss = objective("focal:gamma=2")
    dataset = lightgbm.Dataset(X[:100], Y[:100]).construct()
    raw = np.zeros(100)
    name, plain, higher_is_better = loss.metric(raw, dataset)
    assert (name, higher_is_better) == (METRIC, False)
    assert plain == pytest.approx(np.log(2.0), rel=1e-6)
    dataset.set_label(1.0 - Y[:100]).set_weight(np.linspace(0.1, 2.0, 100))
    raw = np.linspace(-3.0, 3.0, 100)
    posterior = loss.posterior(raw)
    losses = -np.log(np.where(Y[:100] < 1, posterior, 1 - posterior))
    weighted = np.average(losses, weights=np.linspace(0.1, 2.0, 100))
    assert loss.metric(raw, dataset)[1] == pytest.approx(weighted, rel=1e-5)


def test_training_rows_may_be_watched_too():
    train_set = data()
    model = train(QUIET, train_set, "focal", num_boost_round=4, valid_sets=[train_set, data(train_set)])
    assert [len(scores) for scores in model.history.values()] == [4, 4]
    assert model.history["training"][-1] < model.history["training"][0]


def wrong(params=None, loss="focal", dataset=None, **options):
    """Return a call of `train` that must fail."""
    return lambda: train({**QUIET, **(params or {})}, dataset or data(rows=slice(500)), loss, **options)


@pytest.mark.parametrize(
    ("work", "lines"),
    [
        pytest.param(
            wrong({"metric": "binary_logloss"}),
            "error[E603]: the metric 'binary_logloss' would be computed on raw scores, which are no "
            "probabilities here\n"
            "hint: leave 'metric' out: the recovered log-loss is reported, and early stopping watches it",
            id="built-in metric",
        ),
        pytest.param(
            wrong(dataset=lightgbm.Dataset(X, Y, init_score=np.zeros(Y.size))),
            "error[E604]: the training data already has an init_score\n"
            "hint: leave it out: the loss starts every row at its own base score",
            id="init_score",
        ),
        pytest.param(
            wrong(valid_sets=[lightgbm.Dataset(X, Y, init_score=np.zeros(Y.size))]),
            "error[E604]: the validation data already has an init_score\n"
            "hint: leave it out: the loss starts every row at its own base score",
            id="init_score of validation",
        ),
        pytest.param(
            wrong({"objective": "binary"}),
            "error[E606]: the parameter 'objective' is set to 'binary', but the loss decides that\n"
            "hint: leave 'objective' out, and pass it as loss=",
            id="objective",
        ),
        pytest.param(
            wrong({"unbalance": True}),
            "error[E606]: the parameter 'unbalance' is set to True, but the loss decides that\n"
            "hint: leave 'unbalance' out, and use loss='cross_entropy:class_weight=balanced'",
            id="is_unbalance",
        ),
        pytest.param(
            wrong({"scale_pos_weight": 9}),
            "error[E606]: the parameter 'scale_pos_weight' is set to 9, but the loss decides that\n"
            "hint: leave 'scale_pos_weight' out, and use a loss with class_weight=[1, w]",
            id="scale_pos_weight",
        ),
        pytest.param(
            wrong(dataset=lightgbm.Dataset(X[:50], np.arange(50) % 3)),
            "error[E602]: the label in row 2 is 2; a binary objective takes 0 and 1\n"
            "hint: code the rare class as 1, the other as 0",
            id="three labels",
        ),
        pytest.param(
            wrong(dataset=lightgbm.Dataset(X[:50], np.zeros(50))),
            "error[E605]: every label is 0: there is nothing to tell apart\n"
            "hint: give training rows of both classes, 0 and 1",
            id="one class",
        ),
        pytest.param(
            wrong(early_stopping_rounds=5),
            "error[E609]: early stopping has no validation data to watch\nhint: pass valid_sets=[...]",
            id="nothing to watch",
        ),
        pytest.param(
            wrong(loss=get("cross_entropy", kind="softmax")),
            "error[E601]: a binary objective cannot use SoftmaxLoss\n"
            "hint: give a SigmoidLoss or a binary name of the catalogue, such as 'focal:gamma=2'",
            id="softmax",
        ),
        pytest.param(
            wrong({"neg_subsample": 0.5}),
            "error[E607]: the parameter 'neg_subsample' has no effect beside a loss of scarce\n"
            "hint: leave 'neg_subsample' out: weigh the classes with a loss that has class_weight=[1, w]",
            id="sampling by class",
        ),
        pytest.param(
            wrong({"alpha": 0.25}),
            "error[E607]: the parameter 'alpha' has no effect beside a loss of scarce\n"
            "hint: leave 'alpha' out: a loss's own parameters go with its name, as in loss='focal:gamma=2'",
            id="alpha",
        ),
        pytest.param(
            wrong({"num_classes": 3}),
            "error[E606]: the parameter 'num_classes' is set to 3, but the loss decides that\n"
            "hint: leave 'num_classes' out, and code the rare class as 1, the others as 0",
            id="several classes",
        ),
        pytest.param(
            wrong({"learning_rte": 0.1}),
            "error[E610]: LightGBM has no parameter 'learning_rte'\nhint: did you mean 'learning_rate'?",
            id="misspelt",
        ),
        pytest.param(
            wrong({"gamma": 3.0}),
            "error[E610]: LightGBM has no parameter 'gamma'\n"
            "hint: a loss's own go with its name, as in loss='focal:gamma=2'",
            id="gamma",
        ),
        pytest.param(
            wrong(loss="focal:reduction=sum"),
            "error[E529]: reduction='sum' has no effect: boosting takes the gradient of each row\n"
            "hint: leave it out: rows count by their weights, and trees by the learning rate",
            id="reduction",
        ),
        pytest.param(
            wrong(valid_names="held out", valid_sets=[data()]),
            "error[E529]: valid_names='held out' has no effect: there are 1 valid_sets\n"
            "hint: give one name for each of valid_sets",
            id="names in one word",
        ),
        pytest.param(
            lambda: objective("focal", weight=np.ones(3)),
            "error[E529]: weight=[1.0, 1.0, 1.0] has no effect: it is only there to count the classes\n"
            "hint: pass target= too",
            id="weight alone",
        ),
    ],
)
def test_errors_say_what_and_what_instead(work, lines):
    with pytest.raises(ScarceError) as caught:
        work()
    assert caught.value.two_lines() == lines


OTHER_VALUES = {
    **dict.fromkeys(("eval_at", "label_gain"), "1,2"),
    **dict.fromkeys(("reg_sqrt", "is_provide_training_metric"), True),
    "lambdarank_norm": False,
    **dict.fromkeys(("objective_seed", "multi_error_top_k", "lambdarank_truncation_level", "metric_freq"), 3),
    "auc_mu_weights": "2",
    **dict.fromkeys(("tweedie_variance_power",), 1.2),
}


def trees(**params):
    """Return the trees of LightGBM's own `train` with an objective of ours."""
    goal = objective("focal", Y)
    settings = {**QUIET, "verbosity": -1, "metric": "none", "bagging_freq": 1, **params, "objective": goal}
    return lightgbm.train(settings, data(), 3).model_to_string().partition("parameters:")[0]


def test_what_is_refused_has_no_effect_beside_our_objective():
    plain = trees()
    assert trees(bagging_fraction=0.5) != plain
    for name in NO_EFFECT:
        assert trees(**{name: OTHER_VALUES.get(name, 0.5)}) == plain, name


def test_parameters_are_refused_under_every_name_that_lightgbm_has_for_them():
    table = lightgbm.basic._ConfigAliases._get_all_param_aliases()
    assert {*INSTEAD, *NO_EFFECT} <= set(table)
    for name, code in [*((name, "E606") for name in INSTEAD), *((name, "E607") for name in NO_EFFECT)]:
        for alias in table[name]:
            with pytest.raises(ScarceError) as caught:
                wrong({alias: 1})()
            assert (caught.value.code, caught.value.values["name"]) == (code, alias)


def test_verbosity_under_another_name_is_heard(capfd):
    train({**QUIET, "verbose": 2}, data(rows=slice(500)), num_boost_round=1)
    assert "[LightGBM] [Debug]" in capfd.readouterr().out


def test_early_stopping_asks_for_the_least_gain_that_is_named():
    def rounds(**params):
        train_set = data()
        valid_set = data(train_set)
        model = train(
            {**QUIET, **params},
            train_set,
            num_boost_round=20,
            valid_sets=[valid_set],
            early_stopping_rounds=3,
        )
        return model.best_iteration

    assert rounds(early_stopping_min_delta=1.0) == 1
    assert rounds() == 20


def refusal_of(which, given):
    """Return what `train` says of rows, and check that it says so before it trains."""
    plain, seen = data(), []
    train_set, valid_set = (given, plain) if which == "training" else (plain, given)
    with pytest.raises(ScarceError) as caught:
        train(QUIET, train_set, valid_sets=[valid_set], callbacks=[seen.append])
    assert not seen
    return caught.value.two_lines()


ROW_WEIGHT_HINT = "hint: give one weight a row, finite and at least 0"


@pytest.mark.parametrize("value", [-1.0, np.nan, np.inf], ids=["negative", "NaN", "infinite"])
@pytest.mark.parametrize("which", ["training", "validation"])
def test_a_weight_that_is_none_stops_before_the_training(which, value):
    weight = np.ones(Y.size)
    weight[7] = value
    said = refusal_of(which, lightgbm.Dataset(X, Y, weight=weight))
    assert said == f"error[E515]: sample_weight[7] is {value:g}\n{ROW_WEIGHT_HINT}"


@pytest.mark.parametrize("value", [-1.0, np.inf], ids=["negative", "infinite"])
def test_so_does_one_in_a_dataset_that_is_binned(value):
    weight = np.ones(Y.size)
    weight[7] = value
    said = refusal_of("training", lightgbm.Dataset(X, Y, weight=weight, params={"verbosity": -1}).construct())
    assert said == f"error[E515]: sample_weight[7] is {value:g}\n{ROW_WEIGHT_HINT}"


@pytest.mark.parametrize("which", ["training", "validation"])
def test_a_missing_label_is_not_read_as_a_negative(which):
    labels = Y.copy()
    labels[7] = np.nan
    assert refusal_of(which, lightgbm.Dataset(X, labels)) == (
        "error[E602]: the label in row 7 is nan; a binary objective takes 0 and 1\n"
        "hint: code the rare class as 1, the other as 0"
    )


@pytest.mark.parametrize(
    ("module", "missing"),
    [("scarce.boosting.lightgbm", "lightgbm"), ("scarce.kernels.cpu_compiler", "numba")],
)
def test_a_missing_library_says_what_to_install(module, missing):
    script = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from scarce.errors import ScarceError\n"
        f"try:\n    import {module}\n"
        "except ScarceError as error:\n    print(error.two_lines())"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout == f"error[E701]: {missing} is not installed\nhint: pip install 'scarce[trial]'\n"


def test_a_watch_sees_each_round_with_the_base_score_and_ends_the_training():
    seen, train_set = {}, data()
    valid_set = data(train_set)

    def watch(rounds, raw):
        seen[rounds] = raw
        return rounds < 4

    model = train(QUIET, train_set, num_boost_round=50, valid_sets=[valid_set], watch=watch)
    assert list(seen) == [1, 2, 3, 4]
    assert model.best_iteration == 4
    assert model.history == {}
    assert seen[4] == pytest.approx(model.raw_score(X_NEW), rel=1e-12)
    assert seen[1] == pytest.approx(model.raw_score(X_NEW, num_iteration=1), rel=1e-12)


@pytest.mark.parametrize(
    "options", [{"valid_sets": []}, {"early_stopping_rounds": 3}], ids=["no rows", "two ends"]
)
def test_a_watch_looks_at_one_validation_set_and_is_the_only_end(options):
    train_set = data()
    with pytest.raises(ScarceError) as caught:
        train(QUIET, train_set, **{"valid_sets": [data(train_set)], "watch": lambda *_: True} | options)
    assert caught.value.code == "E611"


def test_trainings_in_several_threads_share_one_dataset():
    def shared():
        train_set = data()
        return train_set.construct(), data(train_set).construct()

    def raw_scores(loss, sets):
        seen = []
        train(
            QUIET,
            sets[0],
            loss,
            num_boost_round=6,
            valid_sets=[sets[1]],
            watch=lambda _, raw: seen.append(raw) or True,
        )
        return seen[-1]

    losses = ["cross_entropy", "focal:gamma=2", "weighted_cross_entropy"]
    alone = [raw_scores(loss, shared()) for loss in losses]
    one = shared()
    with ThreadPoolExecutor(3) as pool:
        together = list(pool.map(lambda loss: raw_scores(loss, one), losses * 2))
    for raw, other in zip(alone * 2, together, strict=True):
        assert np.array_equal(raw, other)
