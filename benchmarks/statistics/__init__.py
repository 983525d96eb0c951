"""The trial's comparison under simulation: false calls, power and coverage of several methods."""
