"""Asking whoever sits at the terminal. Where nobody does, it is wrong usage, said in one line."""

import sys

import click


def somebody_answers() -> bool:
    """Whether a person sits at the terminal."""
    return sys.stdin.isatty()


def asked(
    what: str,
    otherwise: str,
    *,
    secret: bool = False,
    twice: bool = False,
    default: str | None = None,
) -> str:
    """What was typed, or the default; `otherwise` is said where there is no terminal to ask on."""
    if not somebody_answers():
        raise click.UsageError(otherwise)
    text: str = click.prompt(what, default, hide_input=secret, confirmation_prompt=twice, err=True)
    return text
