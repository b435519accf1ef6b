"""Reading functors, and the relation "is assignable to" between their annotations."""

from __future__ import annotations

from pipeflow.hints.comparing import assignable, solve
from pipeflow.hints.facts import FunctorFacts, Parameter
from pipeflow.hints.items import accepted, item_type, may_drop, produced
from pipeflow.hints.reading import read
from pipeflow.hints.rebuilding import substitute
from pipeflow.hints.splitting import arity, parts
from pipeflow.hints.unions import Never, strip_none, union
from pipeflow.hints.unknown import UNKNOWN
from pipeflow.hints.verdict import Verdict
from pipeflow.hints.writing import show

__all__ = [
    "UNKNOWN",
    "FunctorFacts",
    "Never",
    "Parameter",
    "Verdict",
    "accepted",
    "arity",
    "assignable",
    "item_type",
    "may_drop",
    "parts",
    "produced",
    "read",
    "show",
    "solve",
    "strip_none",
    "substitute",
    "union",
]
