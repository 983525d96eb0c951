"""The trial from Python: `scarce.run` and `scarce.compare`, and the object that they return."""
