"""What typer says of a command line it cannot read, in our two lines."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from scarce.errors import ScarceError

if TYPE_CHECKING:
    import typer

EXAMPLES = {
    "scarce run": "scarce run data.csv --target fraud",
    "scarce compare": "scarce compare scores.csv --target fraud --scores old,new",
    "scarce plan": "scarce plan --rows 100000 --positives 200",
    "scarce check": "scarce check data.csv --target fraud",
    "scarce predict": "scarce predict scarce-run/model.scarce new.csv",
    "scarce evaluate": "scarce evaluate scarce-run/model.scarce labelled.csv",
    "scarce threshold": "scarce threshold scarce-run/model.scarce --cost fn=100,fp=5 --out new.scarce",
    "scarce inspect": "scarce inspect scarce-run/model.scarce",
    "scarce export": "scarce export scarce-run/model.scarce --to onnx --out model.onnx",
}


def worded(error: typer.TyperException, call: str) -> ScarceError:
    """Return the coded error that says what `error` says of a `call` such as ``scarce run``.

    typer keeps its kinds of usage error private, so they are told apart by name; a kind it may add one day
    still ends as a plain E204.
    """
    speak = {
        "NoSuchOption": _option,
        "MissingParameter": _missing,
        "BadOptionUsage": _valueless,
        "BadParameter": _value,
    }.get(type(error).__name__, _other)
    return speak(error, call)


def unknown_command(name: str, commands: list[str]) -> ScarceError:
    """Return the error for a command that does not exist."""
    return ScarceError("E202", name=name, suggestion=_near(name, commands, f"it has {', '.join(commands)}"))


def _option(error: typer.TyperException, call: str) -> ScarceError:
    option = str(getattr(error, "option_name", ""))
    context = getattr(error, "ctx", None)
    known = [o for p in context.command.params for o in p.opts if o.startswith("--")] if context else []
    return ScarceError(
        "E201", call=call, option=option, suggestion=_near(option, known, f"{call} --help lists them")
    )


def _missing(error: typer.TyperException, call: str) -> ScarceError:
    return ScarceError("E203", call=call, what=_name(error), example=EXAMPLES.get(call, "scarce --help"))


def _valueless(error: typer.TyperException, call: str) -> ScarceError:
    if "requires" not in error.message:
        return _other(error, call)
    return ScarceError("E205", option=getattr(error, "option_name", ""), call=call)


def _value(error: typer.TyperException, call: str) -> ScarceError:
    reason = error.message.removeprefix("Value error, ")
    return ScarceError(
        "E204",
        option=_name(error),
        value=_input(error),
        reason=reason,
        suggestion=f"{call} --help says what it takes",
    )


def _input(error: typer.TyperException) -> object:
    """Return the value that was refused, which typer leaves to the validation error behind its own."""
    details = getattr(error.__cause__, "errors", list)()
    return details[0].get("input", "that") if details else "that"


def _other(error: typer.TyperException, call: str) -> ScarceError:
    if "unexpected extra argument" in error.message:
        extra = error.message.rpartition("(")[2].rstrip(")")
        return ScarceError("E206", call=call, extra=extra)
    return ScarceError(
        "E204", option=call, value="called so", reason=error.message, suggestion=f"{call} --help shows how"
    )


def _name(error: typer.TyperException) -> str:
    parameter = getattr(error, "param", None)
    if parameter is None:
        return "a value"
    if parameter.param_type_name == "argument":
        return str(parameter.name).upper()
    return str(max(parameter.opts, key=len))


def _near(name: str, known: list[str], otherwise: str) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else otherwise
