"""What a run did: the `RunReport`, how it is made, and the forms it is shown in.

`model` holds the numbers, `making` adds the workers' numbers up, `verdict` says in words where the time went,
`table` shows it as text and HTML, `samples` looks at the workers while they work, and `timeline` and `trace`
draw what was seen.
"""

from __future__ import annotations

from pipeflow.runtime.report.making import fused_names, late_items, lost_items, make_report, missing_items
from pipeflow.runtime.report.model import PipeReport, RunReport
from pipeflow.runtime.report.samples import Sample, Sampler

__all__ = [
    "PipeReport",
    "RunReport",
    "Sample",
    "Sampler",
    "fused_names",
    "late_items",
    "lost_items",
    "make_report",
    "missing_items",
]
