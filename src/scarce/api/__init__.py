"""The trial from Python: `scarce.run` and `scarce.compare`, and the object that they return.

A room above the report: the object draws itself with the report's figures, which the trial may not import.
"""
