"""Options that several verbs have."""

from __future__ import annotations

import argparse
import inspect
from collections.abc import Callable
from typing import Any

from pipeflow import engines
from pipeflow.checks import titles
from pipeflow.choices import START_METHODS, unknown

Verb = Callable[[argparse.Namespace], int]


def verb(verbs: Any, name: str, run: Verb, help: str) -> argparse.ArgumentParser:  # noqa: A002
    """A new verb; `help` is its line in the overview."""
    parser: argparse.ArgumentParser = verbs.add_parser(
        name, help=help, description=inspect.cleandoc(run.__doc__ or help)
    )
    parser.set_defaults(verb=run)
    return parser


def add_where(parser: argparse.ArgumentParser) -> None:
    """On which engine, and how its workers start."""
    names = engines.names()
    parser.add_argument("--engine", default="process", choices=names, help="where to run (default: process)")
    parser.add_argument(
        "--start-method", choices=START_METHODS, help="how worker processes start (default: the platform's)"
    )


def add_strictness(parser: argparse.ArgumentParser) -> None:
    """What the checks let pass."""
    parser.add_argument("--strict", action="store_true", help="warnings count as errors")
    parser.add_argument(
        "--ignore",
        action="extend",
        type=_codes,
        default=[],
        metavar="CODE",
        help="be silent about this check, for instance PF302 (several: again, or with commas)",
    )


def _codes(said: str) -> list[str]:
    codes = [code.strip().upper() for code in said.split(",") if code.strip()]
    for code in codes:
        if wrong := unknown("code", code, sorted(titles())):
            raise argparse.ArgumentTypeError(wrong)
    return codes
