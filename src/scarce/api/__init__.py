"""The trial from Python: `scarce.run`, and the object that it returns.

A room above the report: the object draws itself with the report's figures, which the trial may not import.
"""
