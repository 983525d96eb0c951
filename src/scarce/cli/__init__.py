"""The command line: one file a command; `console` draws, `usage` words what typer raises."""
