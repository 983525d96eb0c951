"""Print the scores of a benchmark, what they come to, and what is more than chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import rankdata

from benchmarks.control.ours import expected_positives
from benchmarks.control.peers import PEERS
from benchmarks.control.scoring import FOLDS, OURS
from scarce.data.folds.splitting import splits
from scarce.evaluation.corrected_test import LEVEL, corrected_test, holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from benchmarks.control.scoring import Scored
    from benchmarks.control.tables import Source
    from scarce.evaluation.corrected_test import CorrectedTest

    FloatArray = npt.NDArray[np.float64]

MODELS = (OURS, *PEERS)
SIGNS = {"average precision": 1.0, "log-loss": -1.0}
FEW_TO_JUDGE = 50  # positives among new rows: by chance alone the ratio is then off by 14 %
LEAST_RATIO, MOST_RATIO = 0.95, 1.05


def print_tables(scored: Sequence[Scored]) -> None:
    """Print average precision and log-loss of every model on every table."""
    width = max(len(one.name) for one in scored)
    for title, form in (("average precision", "{:11.3f}"), ("log-loss", "{:11.4f}")):
        head = "".join(f"{model:>11}" for model in MODELS)
        print(f"\n{title:<{width}} {'rows':>7} {'pos':>5}{head}  our control, and the seconds of its fits")
        for one in scored:
            figures = _figures(one, title)
            line = "".join(form.format(figures[model].mean()) for model in MODELS)
            size = f"{one.name:<{width}} {one.rows:>7,} {one.positives:>5,}"
            print(f"{size}{line}  {one.chosen}, {one.seconds:.1f} s")


def print_means(scored: Sequence[Scored]) -> None:
    """Print means over tables, mean ranks, and by how much ours is behind the best single peer."""
    for title, sign in SIGNS.items():
        figures = np.array([[_figures(one, title)[model].mean() for model in MODELS] for one in scored])
        means, ranks = figures.mean(axis=0), rankdata(-sign * figures, axis=1).mean(axis=0)
        best = 1 + int(np.argmax(sign * means[1:]))
        behind = np.maximum(0.0, sign * (figures[:, best] - figures[:, 0]))
        print(f"\n{title}, {len(scored)} tables")
        for model, mean, rank in zip(MODELS, means, ranks, strict=True):
            print(f"  {model:<12} mean {mean:.4f}   mean rank {rank:.2f}")
        print(
            f"  best single peer: {MODELS[best]}; ours is behind it by {behind.mean():.4f} in the mean, "
            f"at most by {behind.max():.4f} ({scored[int(behind.argmax())].name})"
        )
    ratios = np.array([one.ratio[OURS] for one in scored])
    print(
        f"\nour calibration ratio out of fold: median {np.median(ratios):.3f}, "
        f"{ratios.min():.3f} to {ratios.max():.3f}"
    )


def print_calls(scored: Sequence[Scored]) -> None:
    """Print each difference that is more than chance after Holm over all tables and peers."""
    for title, sign in SIGNS.items():
        pairs = [(one, peer) for one in scored for peer in PEERS]
        tests = [_test(one, _figures(one, title), peer, sign) for one, peer in pairs]
        called = [
            (one.name, peer, test.difference, p)
            for (one, peer), test, p in zip(pairs, tests, holm([test.p_value for test in tests]), strict=True)
            if p <= LEVEL
        ]
        behind = [call for call in called if call[2] < 0.0]
        print(
            f"\n{title}, {len(pairs)} comparisons after Holm: "
            f"ours is ahead in {len(called) - len(behind)}, a peer in {len(behind)}"
        )
        for name, peer, difference, p in behind:
            print(f"  {name}: {peer} is ahead by {-difference:.4f} (p = {p:.3g})")


def print_new_rows(sources: Sequence[Source], jobs: int) -> None:
    """Print expected over found positives where a trial learns from half the rows and meets the others."""
    found = Parallel(n_jobs=jobs)(delayed(_on_new_rows)(source) for source in sources)
    print("\nexpected over found positives on new rows")
    for source, (expected, positives) in zip(sources, found, strict=True):
        if positives >= FEW_TO_JUDGE:
            print(f"  {source.name:<34} {expected / positives:.3f} (+-{1.96 / positives**0.5:.3f} by chance)")
    expected, positives = np.sum(found, axis=0)
    ratio = expected / positives
    reached = "reached" if LEAST_RATIO <= ratio <= MOST_RATIO else "missed"
    print(f"  all tables: {ratio:.3f}, between {LEAST_RATIO} and {MOST_RATIO} wanted: {reached}")


def _on_new_rows(source: Source) -> tuple[float, int]:
    dataset = source.load()
    half = splits(dataset, 2, 1, 1)[0]
    new = dataset.take(half.test)
    return expected_positives(dataset.take(half.train), new), new.n_positive


def _figures(one: Scored, title: str) -> dict[str, FloatArray]:
    return one.precision if title == "average precision" else one.loss


def _test(one: Scored, figures: dict[str, FloatArray], peer: str, sign: float) -> CorrectedTest:
    """Test ours against a peer on the folds; above 0 ours is ahead."""
    n_test = one.rows / FOLDS
    difference = sign * (figures[OURS] - figures[peer])
    scale = float(np.abs(figures[peer]).max())
    return corrected_test(difference, n_train=one.rows - n_test, n_test=n_test, scale=scale)
