"""The same table is the same data, model and predictions, whatever the format it comes in."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.campaign import share
from tests.data import number_reference as reference
from tests.trial.tables import quick

from scarce.bundle.model import to_bytes
from scarce.data.dataset import Dataset
from scarce.data.reading import from_dataframe, read
from scarce.errors import ScarceError
from scarce.trial.config import TrialConfig
from scarce.trial.run import run_trial

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from scarce.data.table import Table

Rows = list[list[str]]
