"""The checks: pure functions over the graph, one file per rule, nothing started.

A rule is a module of this package whose name begins with no underscore. It exports
``check(graph, target) -> Iterator[Finding | Unchecked]`` and is found by being there: a new rule is one file.
"""

from __future__ import annotations

from pipeflow.checks._base import Finding, Report, Severity, Target, Unchecked
from pipeflow.checks._running import check, rules, titles

__all__ = ["Finding", "Report", "Severity", "Target", "Unchecked", "check", "rules", "titles"]
