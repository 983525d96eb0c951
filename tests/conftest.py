"""What every test may rely on: the development data, skips that count, and two cores shared fairly."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

# Before NumPy is loaded: waiting OpenMP threads sleep, or two busy processes stop each other; and each worker
# is one process on two cores, where two threads each would fight, not help.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
if "PYTEST_XDIST_WORKER" in os.environ:
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")

# Also before Triton is: without a GPU its kernels are interpreted, which tests alone ask for.
if os.environ.get("SCARCE_TEST_DEVICE", "cpu").startswith("cpu"):
    os.environ.setdefault("TRITON_INTERPRET", "1")

import pytest
from tests import campaign

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

with suppress(ModuleNotFoundError):  # a machine with a GPU may have pytest and no more
    from hypothesis import settings

    settings.register_profile("slice", derandomize=True, database=None)
    if not campaign.FULL:  # the slice is the same every time; a whole campaign looks further each time
        settings.load_profile("slice")

ROOT = Path(__file__).parents[1]
DATA = ROOT.parent / "shared" / "data"
NO_DATA = "the development data does not lie beside the checkout"


def _is_forbidden(report: pytest.TestReport | pytest.CollectReport) -> bool:
    """Return whether a skip must fail; in a campaign and under SCARCE_REQUIRE_ALL all but absent data do."""
    required = campaign.FULL or os.environ.get("SCARCE_REQUIRE_ALL")
    if not required or not report.skipped or hasattr(report, "wasxfail"):
        return False
    return NO_DATA not in str(report.longrepr)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if _is_forbidden(report):
        report.outcome = "failed"
        report.longrepr = f"this run forbids a skip: {report.longrepr}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    report = yield
    if _is_forbidden(report):
        report.outcome = "failed"
        report.longrepr = f"this run forbids a skip: {report.longrepr}"
    return report


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Callable[[str, int], None]:
    """Return what a test of a campaign tells its counts to: ``tally("files", 60)``."""

    def add(family: str, count: int) -> None:
        assert family in campaign.FAMILIES
        record_property("campaign", [family, count])

    return add


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> Generator[None]:
    """End with the table of the campaign; a whole one in which a family tried nothing has failed."""
    yield
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None:  # a worker, whose reports are shown elsewhere
        return
    tests = [
        ([value for name, value in report.user_properties if name == "campaign"], report.duration)
        for report in terminal.getreports("passed")
        if report.when == "call"
    ]
    families = campaign.added_up(tests)
    whole = campaign.FULL and session.config.args_source is pytest.Config.ArgsSource.TESTPATHS
    if not whole and not any(one.count for one in families.values()):
        return
    terminal.section("campaign" if campaign.FULL else "a slice of the campaign")
    for line in campaign.table(families):
        terminal.write_line(line)
    if whole:
        failed = [report.nodeid for kind in ("failed", "error") for report in terminal.getreports(kind)]
        for line in campaign.gaps(families, failed):
            terminal.write_line(line, red=True)
            session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def root() -> Path:
    """Return the top of the checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of the development data, or skip."""
    if not DATA.is_dir():
        pytest.skip(NO_DATA)
    return DATA
