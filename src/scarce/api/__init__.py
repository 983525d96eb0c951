"""The trial from Python: `scarce.run`, and the object that it returns.

A room above the report, for the object draws itself with the report's figures, and the trial may not import them.
"""
