"""What the checks say: a Report of Findings."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from pipeflow.choices import START_METHODS, unknown
from pipeflow.errors import GraphError
from pipeflow.places import Place

Severity = Literal["error", "warning", "note"]
Intent = Literal["run", "stream", "check"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The worst first."""


@dataclass(frozen=True)
class Target:
    """What the graph is checked for.

    Attributes:
        engine: the name of the engine it would run on.
        start_method: of the worker processes; None is the platform's default.
        intent: "run" (``run()`` and ``compile()``: no output may be open), "stream" (exactly one must be) or
            "check" (one may be, where there is no Sink).
        strict: warnings count as errors.
    """

    engine: str = "process"
    start_method: str | None = None
    intent: Intent = "check"
    strict: bool = False

    def __post_init__(self) -> None:
        """Raises:
        GraphError: an intent or a start method that there is not.
        """
        wrong = unknown("intent", self.intent, get_args(Intent))
        if not wrong and self.start_method is not None:
            wrong = unknown("start method", self.start_method, START_METHODS)
        if wrong:
            raise GraphError(wrong)


@dataclass(frozen=True)
class Finding:
    """One problem of a graph.

    Attributes:
        code: stable, ``"PF101"``.
        severity: "error" (nothing is started), "warning" or "note".
        title: the first line, without the code.
        pipes: names of the pipes it is about, the one to blame first.
        message: the whole text: title, where it is in the graph, what would happen, what to do.
        fixes: what to write instead.
        places: where those pipes were created.
        streams: names of the streams it is about.
    """

    code: str
    severity: Severity
    title: str
    pipes: tuple[str, ...] = ()
    message: str = ""
    fixes: tuple[str, ...] = ()
    places: tuple[Place, ...] = ()
    streams: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Unchecked:
    """Something a rule could not decide. It counts in the report and is drawn dashed.

    Attributes:
        code: of the finding it might have been.
        reason: why it is not known.
        pipes: names of the pipes, `streams` of the streams it is about.
    """

    code: str
    reason: str
    pipes: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """All findings about one graph.

    Attributes:
        findings: the worst first, then in the order of the graph.
        unknown: what could not be decided.
        pipes: how many pipes were looked at, `streams` how many streams.
    """

    findings: tuple[Finding, ...] = ()
    unknown: tuple[Unchecked, ...] = field(default=(), repr=False)
    pipes: int = 0
    streams: int = 0

    @property
    def errors(self) -> tuple[Finding, ...]:
        """What keeps the graph from being started."""
        return self._of("error")

    @property
    def warnings(self) -> tuple[Finding, ...]:
        """What is probably wrong."""
        return self._of("warning")

    @property
    def notes(self) -> tuple[Finding, ...]:
        """What is good to know."""
        return self._of("note")

    @property
    def unchecked(self) -> int:
        """How many things could not be decided."""
        return len(self.unknown)

    @property
    def ok(self) -> bool:
        """Whether the graph may be started."""
        return not self.errors

    def raise_if_errors(self) -> None:
        """Raise `GraphError` with the whole text when there are errors."""
        if self.errors:
            from pipeflow.checks.reporters import text

            raise GraphError(text.refusal(self), self)

    def __str__(self) -> str:
        from pipeflow.checks.reporters import text

        return text.render(self)

    def _repr_html_(self) -> str:
        from pipeflow.checks.reporters import html

        return html.render(self)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values."""
        from pipeflow.checks.reporters import json

        return json.as_dict(self)

    def to_json(self) -> str:
        """The report as JSON text."""
        from pipeflow.checks.reporters import json

        return json.render(self)

    def to_sarif(self) -> str:
        """The report as SARIF 2.1.0 text, which code hosts show beside the lines."""
        from pipeflow.checks.reporters import sarif

        return sarif.render([self])

    def _of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == severity)
