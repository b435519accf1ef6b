"""Run the step of a pipe without an engine around it."""

from __future__ import annotations

from typing import Any

from pipeflow.pipes._base import StepContext


def send(pipe: Any, items: list[Any]) -> list[Any]:
    """What the pipe's step sends for `items`, its input's end included."""
    step = pipe.step(StepContext("under test"))
    sent = list(step.start())
    for item in items:
        if step.satisfied:
            break
        sent.extend(step.feed(item))
    sent.extend(step.finish())
    step.close()
    return sent


def send_joined(pipe: Any, rows: list[tuple[Any, ...]]) -> list[Any]:
    """The same for a pipe behind a join: each row is what it is called with."""
    step = pipe.step(StepContext("under test", arguments=2))
    return [*step.start(), *(sent for row in rows for sent in step.feed(*row)), *step.finish()]
