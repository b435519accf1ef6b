"""The command line: ``pipeflow check | draw | run | demo``. One file per verb."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from pipeflow.cli import check, demo, draw, run
from pipeflow.cli.loading import NotLoaded
from pipeflow.cli.out import NobodyReads, remark
from pipeflow.errors import PipeflowError

__all__ = ["main"]

NOT_LOADED = 2
INTERRUPTED = 130
NOBODY_READS = 141
"""What a shell says of a program that SIGPIPE has ended."""


def main(arguments: Sequence[str] | None = None) -> int:
    """What the `pipeflow` command does; returns its exit status.

    0: clean. 1: the graph has errors, or a pipe failed. 2: wrong usage, or a flow could not be imported.
    141: who read what it said has gone, as in ``| head``; a run is stopped then.
    """
    options = _parser().parse_args(arguments)
    try:
        return _status(options)
    except NobodyReads:
        return NOBODY_READS


def _status(options: argparse.Namespace) -> int:
    try:
        status: int = options.verb(options)
    except NotLoaded as error:
        remark(f"pipeflow: {error}")
        return NOT_LOADED
    except PipeflowError as error:
        remark(f"{type(error).__name__}: {error}")
        return 1
    except KeyboardInterrupt:
        remark("interrupted")
        return INTERRUPTED
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="pipeflow", description="Check, draw and run pipelines; a FLOW is written  module:name ."
    )
    verbs = parser.add_subparsers(title="verbs", required=True, metavar="VERB")
    for verb in (check, draw, run, demo):
        verb.add_to(verbs)
    return parser
