"""The trial from Python: `scarce.run`, and the object that it returns."""
