"""Losses as objectives for gradient boosting: `scarce.boosting.lightgbm`, one module a library."""
