"""What typer says of a command line it cannot read, in our two lines."""

import difflib

import typer

from scarce.errors import ScarceError

EXAMPLES = {
    "run": "scarce run data.csv --target fraud",
    "check": "scarce check data.csv --target fraud",
    "predict": "scarce predict scarce-run/model.scarce new.csv",
    "evaluate": "scarce evaluate scarce-run/model.scarce labelled.csv",
    "demo": "scarce demo",
}


def worded(error: typer.TyperException) -> ScarceError:
    """Return the coded error that says what `error` says.

    typer keeps its kinds of usage error private, so they are told apart by name; a kind it may add one day
    still ends as a plain E204.
    """
    command = getattr(getattr(error, "cmd", None), "name", None) or ""
    speak = {
        "NoSuchOption": _option,
        "MissingParameter": _missing,
        "BadOptionUsage": _valueless,
        "BadParameter": _value,
    }.get(type(error).__name__, _other)
    return speak(error, command)


def unknown_command(name: str, commands: list[str]) -> ScarceError:
    """Return the error for a command that does not exist."""
    return ScarceError("E202", name=name, suggestion=_near(name, commands, f"one of {', '.join(commands)}"))


def _option(error: typer.TyperException, command: str) -> ScarceError:
    option = str(getattr(error, "option_name", ""))
    context = getattr(error, "ctx", None)
    known = [o for p in context.command.params for o in p.opts if o.startswith("--")] if context else []
    fallback = f"{_command(command)} --help lists them"
    return ScarceError("E201", command=command, option=option, suggestion=_near(option, known, fallback))


def _missing(error: typer.TyperException, command: str) -> ScarceError:
    return ScarceError(
        "E203", command=command, what=_name(error), example=EXAMPLES.get(command, "scarce --help")
    )


def _valueless(error: typer.TyperException, command: str) -> ScarceError:
    if "requires" not in error.message:
        return _other(error, command)
    return ScarceError("E205", option=getattr(error, "option_name", ""), command=command)


def _value(error: typer.TyperException, command: str) -> ScarceError:
    reason = error.message.rstrip(".")
    value, _, rest = reason.partition("' ") if reason.startswith("'") else ("", "", reason)
    return ScarceError(
        "E204",
        option=_name(error),
        value=value.lstrip("'"),
        reason=(rest or reason).removeprefix("is "),
        suggestion=f"{_command(command)} --help says what it takes",
    )


def _other(error: typer.TyperException, command: str) -> ScarceError:
    message = error.message
    if "unexpected extra argument" in message:
        extra = message.partition("(")[2].rpartition(")")[0]
        return ScarceError("E206", command=command, extra=extra)
    return ScarceError(
        "E204",
        option=_command(command),
        value="",
        reason=message.rstrip("."),
        suggestion=f"{_command(command)} --help shows how to call it",
    )


def _name(error: typer.TyperException) -> str:
    parameter = getattr(error, "param", None)
    if parameter is None:
        return str(getattr(error, "param_hint", "") or "a value")
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name).upper()
    return str(max(parameter.opts, key=len))


def _command(command: str) -> str:
    return f"scarce {command}".strip()


def _near(name: str, known: list[str], otherwise: str) -> str:
    close = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else otherwise
