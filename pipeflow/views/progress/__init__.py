"""What is to be seen of a run while it goes on.

    with watch(run, progress) as watched:       a sampler looks at the workers, a display shows what it saw
        run.wait()
    watched.samples                             what was seen, for the report

`panel` computes what is shown, `shown` says it as text and HTML, `displays` are the places it is shown in.
"""

from __future__ import annotations

from pipeflow.views.progress.displays import Display, display_for
from pipeflow.views.progress.panel import Panel, RunLike, panel
from pipeflow.views.progress.watching import Watched, watch

__all__ = ["Display", "Panel", "RunLike", "Watched", "display_for", "panel", "watch"]
