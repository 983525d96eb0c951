"""The laws that every loss of this package obeys, to be run on a loss of your own: `check`."""

from scarce.testing.one_loss import LawsPassed, check

__all__ = ["LawsPassed", "check"]
