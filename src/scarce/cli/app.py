"""The commands on one typer application; each is imported light and loads its rooms when it runs."""

import functools
import os
from collections.abc import Sequence
from typing import Annotated, Any

import typer
import typer.main
from typer.core import TyperGroup

from scarce.cli import (
    check,
    compare,
    demo,
    evaluate,
    explain,
    export,
    inspect,
    methods,
    monitor,
    plan,
    predict,
    run,
    threshold,
    tune,
    usage,
)


class Commands(TyperGroup):
    """The commands, in the order a user meets them; an unknown one is a coded error."""

    def list_commands(self, ctx: typer.Context) -> list[str]:
        """Return the names in the order they were added, not by the alphabet."""
        return list(self.commands)

    def resolve_command(self, ctx: typer.Context, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Find the command, or say which one may have been meant."""
        if args[0] not in self.commands and not args[0].startswith("-"):
            raise usage.unknown_command(args[0], list(self.commands))
        return super().resolve_command(ctx, args)


app = typer.Typer(
    name="scarce",
    cls=Commands,
    no_args_is_help=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Train, calibrate and decide when one class is rare and the mistake is expensive.",
)
COMMANDS = {
    "demo": demo.demo,
    "run": run.run,
    "tune": tune.tune,
    "compare": compare.compare,
    "plan": plan.plan,
    "check": check.check,
    "predict": predict.predict,
    "evaluate": evaluate.evaluate,
    "threshold": threshold.threshold,
    "monitor": monitor.monitor,
    "inspect": inspect.inspect,
    "export": export.export,
    "methods": methods.methods,
    "explain": explain.explain,
}
for name, function in COMMANDS.items():
    app.command(name)(function)


@app.callback(invoke_without_command=True)
def begin(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and leave.")] = False,
) -> None:
    """Train, calibrate and decide when one class is rare and the mistake is expensive."""
    if context.invoked_subcommand is None:  # `main` has answered --version, for it needs no extra
        print(context.get_help())


@functools.cache
def _command() -> TyperGroup:
    """Return the command line, which takes time to make."""
    return typer.main.get_command(app)


def execute(arguments: Sequence[str]) -> int:
    """Run the command in `arguments` and return its exit code.

    typer's own way in is not used: it makes a silent exit code of Ctrl-C, and a failure of a closed pipe.

    Raises
    ------
    ScarceError
        For bad usage and bad input alike.
    """
    command = _command()
    if os.environ.get("_SCARCE_COMPLETE"):  # a shell asks what may come next: typer answers, and leaves
        command.main(list(arguments), prog_name="scarce")
    try:
        with command.make_context("scarce", list(arguments)) as context:
            command.invoke(context)
    except typer.Exit as left:
        return left.exit_code
    except typer.TyperException as error:
        called = [word for word in arguments[:1] if word in COMMANDS]
        raise usage.worded(error, " ".join(["scarce", *called])) from error
    return 0
