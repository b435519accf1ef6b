"""A flow as torch's IterableDataset. The one module that imports torch, when it is called."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from typing import Any

from pipeflow.errors import PipelineStateError
from pipeflow.flow import Flow
from pipeflow.system.flows import compile_flow, stream_flow
from pipeflow.system.resuming import ResumableStream
from pipeflow.system.streaming import NOT_FOLLOWED, FlowStream


def to_torch(flow: Flow, engine: str = "process", *, resumable: bool = False, **options: Any) -> Any:
    """The flow as a `torch.utils.data.IterableDataset`; options as `stream_flow`.

    Raises:
        GraphError: the graph has errors; nothing was started.
        PipelineStateError: it can't be resumed.
        ImportError: there is no torch.
    """
    try:
        torch: Any = importlib.import_module("torch.utils.data")
    except ImportError as error:
        raise ImportError("to_torch() needs torch:  python -m pip install torch") from error

    class FlowDataset(torch.IterableDataset):  # type: ignore[misc]
        """Each iteration is a run of the flow; for ``DataLoader(dataset, batch_size=None)``."""

        _state: Mapping[str, Any] | None = None
        _stream: FlowStream | None = None

        def __iter__(self) -> Iterator[Any]:
            worker: Any = torch.get_worker_info()
            if worker is not None:
                raise PipelineStateError(_in_a_worker(worker.num_workers))
            stream = stream_flow(flow, engine, resumable=resumable, **options)
            if self._state is not None:
                stream.load_state_dict(self._state)
            self._state, self._stream = None, stream
            return stream

        def state_dict(self) -> dict[str, Any]:
            """Where the current iteration is; see `ResumableStream`."""
            _check_followed(resumable, "state_dict()")
            stream = self._stream or stream_flow(flow, engine, resumable=resumable, **options)
            return stream.state_dict()

        def load_state_dict(self, state: Mapping[str, Any]) -> None:
            """Let the next iteration begin there; see `ResumableStream`."""
            _check_followed(resumable, "load_state_dict(state)")
            stream_flow(flow, engine, resumable=resumable, **options).load_state_dict(state)
            self._state = state

    system = compile_flow(flow, engine, iterate=True, **options)
    if resumable:
        ResumableStream(system)
    return FlowDataset()


def _check_followed(resumable: bool, call: str) -> None:
    if not resumable:
        raise PipelineStateError(f"{NOT_FOLLOWED}  flow.to_torch(resumable=True).{call}")


def _in_a_worker(number: int) -> str:
    return (
        f"a flow in a DataLoader with num_workers={number}: each of these workers would run the whole flow, "
        "with all its processes, and deliver all its items. A flow has workers of its own: use  "
        "DataLoader(dataset, batch_size=None, num_workers=0)  and give the slow pipe more of them,  "
        f"pipe * {number}"
    )
