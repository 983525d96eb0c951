"""A loss of a user's own module, by its name: ``mymodule:MyLoss``.

Only what a person types or writes in Python is ever imported, never a name from a file.
"""

from __future__ import annotations

import importlib
import re
import sys
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from scarce.errors import ScarceError
from scarce.losses.loss import Loss
from scarce.losses.modulation import Modulation
from scarce.losses.settings_text import nearest

if TYPE_CHECKING:
    from types import ModuleType

_NAME = re.compile(r"\s*(?P<module>[^\W\d][\w.]*)\s*:\s*(?P<name>[^\W\d]\w*)\s*(?:\Z|:)")


def imported_name(text: str) -> str | None:
    """Return the ``module:name`` that a loss in words begins with; None if it begins with no such.

    Examples
    --------
    >>> imported_name("mylosses:Mine:gamma=3"), imported_name("focal:gamma=3")
    ('mylosses:Mine', None)
    """
    found = _NAME.match(text)
    return None if found is None else f"{found['module']}:{found['name']}"


def imported(name: str, known: list[str]) -> Modulation | type[Modulation] | Loss:
    """Return what ``module:name`` stands for: looked for in the current folder, then as Python does.

    ``known`` are names that may have been meant. Raises E530 if there is no such module, E531 if it cannot be
    imported, E532 if it has no such name, E533 if that is no modulation and no loss; E534 and E535 for a
    modulation that is not written as one.
    """
    module_name, _, attribute = name.partition(":")
    module = _module(module_name, name, known)
    if not hasattr(module, attribute):
        offered = [key for key, value in vars(module).items() if _is_loss(value)]
        all_of_it = "it has " + (", ".join(offered) or "no modulation and no loss")
        suggestion = nearest(attribute, offered, all_of_it)
        raise ScarceError("E532", module=module_name, name=attribute, suggestion=suggestion)
    found = getattr(module, attribute)
    if not _is_loss(found):
        what = f"the class {found.__name__}" if isinstance(found, type) else f"a {type(found).__name__}"
        raise ScarceError("E533", name=name, what=what)
    return found


def made_of(name: str, found: Any, kind: type[Loss], parameters: dict[str, Any]) -> Loss:
    """Return the loss of an imported modulation, with parameters of the modulation and settings of the loss.

    Raises E523 for a parameter that it does not have, E526 for a softmax of a modulation for a sigmoid only,
    E533 for a finished loss of another kind, or one that is given parameters.
    """
    if isinstance(found, Loss):
        if type(found) is not kind or parameters:
            takes = ", which takes no parameters" if parameters else ""
            raise ScarceError("E533", name=name, what=f"a finished {type(found).__name__}{takes}")
        return found
    settings = [item.name for item in fields(kind) if item.name != "modulation"]
    own = [item.name for item in fields(found)] if isinstance(found, type) else []
    unknown = next((key for key in parameters if key not in (*own, *settings)), None)
    if unknown is not None:
        suggestion = nearest(unknown, [*own, *settings], "it has " + ", ".join([*own, *settings]))
        raise ScarceError("E523", loss=name, name=unknown, suggestion=suggestion)
    of_modulation = {key: parameters[key] for key in own if key in parameters}
    modulation: Any = found(**of_modulation) if isinstance(found, type) else found
    if kind.kind not in modulation.kinds:
        raise ScarceError("E526", modulation=modulation.name)
    return kind(modulation, **{key: value for key, value in parameters.items() if key not in of_modulation})


def _module(module_name: str, name: str, known: list[str]) -> ModuleType:
    sys.path.insert(0, "")
    try:
        importlib.invalidate_caches()  # the file may be a moment old
        return importlib.import_module(module_name)
    except ModuleNotFoundError as missing:
        if missing.name is None or not f"{module_name}.".startswith(f"{missing.name}."):
            raise ScarceError("E531", module=module_name, reason=_reason(missing)) from missing
        elsewhere = f"put {module_name}.py into the current folder, or its folder on PYTHONPATH"
        suggestion = nearest(module_name, known, elsewhere)
        raise ScarceError("E530", module=module_name, name=name, suggestion=suggestion) from None
    except ScarceError:
        raise
    except Exception as broken:  # whatever a stranger's module raises
        raise ScarceError("E531", module=module_name, reason=_reason(broken)) from broken
    finally:
        sys.path.remove("")


def _reason(error: Exception) -> str:
    """Return what an error says, in one line that is not too long."""
    said = " ".join(str(error).split())
    return f"{type(error).__name__}: {said[:120]}" if said else type(error).__name__


def _is_loss(found: object) -> bool:
    if isinstance(found, type):
        return issubclass(found, Modulation) and found is not Modulation
    return isinstance(found, Modulation | Loss)
