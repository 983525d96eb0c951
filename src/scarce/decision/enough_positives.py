"""How many positive rows each conclusion takes: the one place where these numbers stand.

All but the last count rows, not weights, and a row once however many repeats it is in.
"""

from __future__ import annotations

TO_SPLIT = 2
"""With fewer rows of a class nothing can be learnt on some and tested on others: an error."""

TO_CALL_BETTER = 20
"""With fewer nothing is ever called better or worse, whatever the figures say."""

TO_TUNE_A_CUT = 50
"""With fewer the cut that the costs give is kept: a fitted one would mostly follow chance."""

TO_SEE_SMALL_DIFFERENCES = 50
"""With fewer intervals are so wide that only large differences show: a warning."""

TO_DRAW_A_CURVE = 100
"""With fewer a calibration is a line: two slopes gain little over it then (docs/calibration.md)."""

TO_ESTIMATE_A_PREVALENCE = 100
"""With fewer in the training its calibration says too little of new rows to read their prevalence off."""

LEAST_SHARE = 1e-9
"""The least share of a population that a class may have: the log-loss clips probabilities at 1e-15."""
