"""PipeSystem: what a Flow compiles into, and the documented class of that name. Also running and iterating.

pipe_system   the class
flows         compile_flow, run_flow, stream_flow: what a Flow's verbs do
streaming     the iterator over a flow's one open output
failures      the PipeError of a run that has failed
ending        runs that nobody waits for any more
"""

from __future__ import annotations

from pipeflow.system.failures import failure_of
from pipeflow.system.flows import compile_flow, run_flow, stream_flow
from pipeflow.system.pipe_system import PipeSystem
from pipeflow.system.streaming import FlowStream

__all__ = ["FlowStream", "PipeSystem", "compile_flow", "failure_of", "run_flow", "stream_flow"]
