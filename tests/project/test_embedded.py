"""The demo sample: what is in it, where it comes from, and that the package carries it."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pyarrow.parquet as pq
import pytest

from scarce.data import embedded
from scarce.data.embedded import build

if TYPE_CHECKING:
    from pathlib import Path


def test_size_and_content() -> None:
    assert embedded.path().stat().st_size <= 4_000_000
    table = pq.read_table(embedded.path())
    fraud = table["Class"].to_numpy() == 1
    weight = table["weight"].to_numpy()
    assert (table.num_rows, int(fraud.sum())) == (28_924, 492)
    assert set(weight[fraud]) == {1}
    assert set(weight[~fraud]) == {10}
    assert {str(table.schema.field(f"V{i}").type) for i in range(1, 29)} == {"float"}


def test_its_weights_stand_for_the_full_table() -> None:
    dataset = embedded.load()
    assert dataset.row_weight is not None
    assert dataset.row_weight.sum() == pytest.approx(284_807, rel=1e-4)
    assert np.average(dataset.target, weights=dataset.row_weight) == pytest.approx(492 / 284_807, rel=1e-4)


def test_the_weight_and_the_target_are_no_features_but_the_cost_is() -> None:
    names = embedded.load().features.column_names
    assert {"weight", "Class"}.isdisjoint(names)
    assert "Amount" in names


def test_source_and_licence_lie_beside_it() -> None:
    folder = embedded.path().parent
    assert "Université Libre de Bruxelles" in (folder / "SOURCE.md").read_text(encoding="utf-8")
    assert "Dal Pozzolo" in (folder / "SOURCE.md").read_text(encoding="utf-8")
    licence = (folder / "LICENSE-DATA.md").read_text(encoding="utf-8")
    assert "opendatacommons.org/licenses/odbl/1-0" in licence
    assert "opendatacommons.org/licenses/dbcl/1-0" in licence


def test_the_script_builds_the_same_rows(shared_data: Path) -> None:
    full = pq.read_table(shared_data / "creditcard.parquet")
    assert build.narrow(build.sample(full)).equals(pq.read_table(embedded.path()))


@pytest.mark.parametrize("seed", [1, 2])
def test_a_draw_keeps_every_positive_and_a_tenth_of_the_rest(seed: int) -> None:
    positive = np.arange(1000) % 50 == 0
    kept = build.kept_rows(positive, seed)
    assert positive[kept].sum() == positive.sum()
    assert (~positive[kept]).sum() == 98
    assert (np.diff(kept) > 0).all()


def test_another_seed_is_another_draw() -> None:
    positive = np.arange(1000) % 50 == 0
    assert not np.array_equal(build.kept_rows(positive, 1), build.kept_rows(positive, 2))


def test_the_wheel_carries_what_a_user_needs(root: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=root,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    for needed in (
        "scarce/py.typed",
        "scarce/data/embedded/card_fraud.parquet",
        "scarce/data/embedded/SOURCE.md",
        "scarce/data/embedded/LICENSE-DATA.md",
    ):
        assert needed in names
    assert any(name.startswith("scarce/report/templates/") for name in names)
    assert any(name.endswith("licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests", "benchmarks"))]
    assert wheel.stat().st_size < 6_000_000
