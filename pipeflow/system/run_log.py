"""From what workers report to log lines."""

from __future__ import annotations

from pipeflow.plan import Plan
from pipeflow.runtime.messages import Failed, Finished, Moved, StreamUse, Worker
from pipeflow.runtime.supervisor import Death
from pipeflow.system.failures import occasion as occasion_of
from pipeflow.system.logs import Logger


class RunLog:
    """The log of one run.

    Args:
        plan: names the pipes and streams.
        logger: takes the lines.
    """

    def __init__(self, plan: Plan, logger: Logger) -> None:
        self._plan, self._logger = plan, logger

    def heard(self, message: object) -> None:
        """Log a worker's message, if it is one for the log."""
        if isinstance(message, Finished):
            self._say(message.worker, "info", _farewell(self._plan, message))
        elif isinstance(message, Failed):
            self._say(message.failure.worker, "error", _failure(self._plan, message))
        elif isinstance(message, Death):
            self._say(message.worker, "error", f"its process died (exit code {message.exitcode})")
        elif isinstance(message, Moved):
            skipped = message.how == "skipped"
            text = f"ignored {message.text}" if skipped else f"{message.how}({message.text})"
            self._say(message.worker, "warning" if skipped else "debug", text)
        elif isinstance(message, StreamUse):
            self._say(message.worker, "info", self._use(message))

    def late(self, worker: Worker, stream: int, what: str, seconds: float) -> None:
        """A worker has been waiting for a stream longer than its `timeout`."""
        name = self._plan.streams[stream].name
        self._say(
            worker, "warning", f"stream '{name}' {what}: waits longer than its timeout of {seconds:g} s"
        )

    def _say(self, worker: Worker, level: str, text: str) -> None:
        stage = self._plan.stages[worker.stage]
        name = stage.name if stage.replicas == 1 else f"{stage.name}[{worker.replica}]"
        self._logger.log(text, name, level)

    def _use(self, use: StreamUse) -> str:
        stream = self._plan.streams[use.stream]
        what = f"{'put' if use.writing else 'get'} {use.items} item{'s' if use.items > 1 else ''}"
        if stream.capacity is None:
            fill = f"{use.fill} waiting"
        else:
            fill = f"capacity:{100 * min(use.fill, stream.capacity) / stream.capacity:.2f}%"
        return f"stream '{stream.name}' {what} in {use.seconds:.6f} s, {fill}"


def _farewell(plan: Plan, message: Finished) -> str:
    summary = message.summary
    ended = "stopped" if message.stopped else "finished"
    if not plan.stages[message.worker.stage].inputs:
        return f"{ended if message.stopped else 'end of stream'}: {summary.sent} items sent"
    sent = f", {summary.sent} sent" if plan.stages[message.worker.stage].outputs else ""
    return f"{ended}: {summary.taken} items taken{sent}"


def _failure(plan: Plan, message: Failed) -> str:
    failure = message.failure
    item = f" on item {failure.item} ({failure.item_repr})" if failure.item and failure.item_repr else ""
    occasion = occasion_of(failure, plan.stages[failure.worker.stage])
    return f"failed {occasion}{item}: {failure.kind}: {failure.text}".rstrip(": ")
