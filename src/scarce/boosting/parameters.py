"""What an engine is told: parameters that would do nothing beside a loss of ours are refused."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from scarce.errors import ScarceError

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_METRIC = ("none", "null", "custom", "na", "", "[]")


@dataclass(frozen=True)
class Parameters:
    """The parameters of an engine, under each of their names.

    Parameters
    ----------
    engine : str
        What the engine is called in messages.
    names : mapping
        Each name with the main one.
    metric : str
        The main name of the built-in metric.
    instead : mapping
        What a loss decides, and how to tell it.
    no_effect : mapping
        What acts beside the engine's own objectives and metrics only, and what to do instead.
    """

    engine: str
    names: Mapping[str, str]
    metric: str
    instead: Mapping[str, str]
    no_effect: Mapping[str, str]

    def checked(self, params: Mapping[str, Any]) -> dict[str, Any]:
        """Return the parameters less the metric.

        Raises
        ------
        ScarceError
            E603, E606, E607 or E610 for one that the engine would silently not apply.
        """
        for given, value in params.items():
            self._check(given, value)
        return {given: value for given, value in params.items() if self.names[given] != self.metric}

    def _check(self, given: str, value: Any) -> None:
        name = self.names.get(given)
        if name is None:
            near = difflib.get_close_matches(given, self.names, n=1)
            other = "a loss's own go with its name, as in loss='focal:gamma=2'"
            suggestion = f"did you mean {near[0]!r}?" if near else other
            raise ScarceError("E610", engine=self.engine, name=given, suggestion=suggestion)
        if name in self.instead:
            raise ScarceError("E606", name=given, value=value, instead=self.instead[name])
        if name in self.no_effect:
            raise ScarceError("E607", name=given, instead=self.no_effect[name])
        if name == self.metric and str(value or "").lower() not in NO_METRIC:
            raise ScarceError("E603", name=given, metric=value)

    def given(self, params: Mapping[str, Any], name: str) -> list[Any]:
        """Return what is given for a parameter, under any of its names."""
        return [value for given, value in params.items() if self.names.get(given) == name]

    def threads(self, params: Mapping[str, Any], name: str) -> int:
        """Return how many threads are asked for; 0 is as many as there are cores."""
        return max(0, *(int(given) for given in self.given(params, name)), 0)
