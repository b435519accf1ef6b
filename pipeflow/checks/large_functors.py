"""PF403: a large object that travels inside a functor to every worker."""

from __future__ import annotations

from collections.abc import Iterator

from pipeflow.checks._base import Finding, Target
from pipeflow.checks._findings import counted, finding
from pipeflow.checks._functors import functor_of
from pipeflow.checks._travel import LARGEST, cargo, heaviest, packed, way
from pipeflow.graph import Graph, effective, name_of, pipe_nodes
from pipeflow.pipes import Pipe

_LARGE = 1 << 20


def check(graph: Graph, target: Target) -> Iterator[Finding]:
    """Over 1 MiB, once for each worker, before the first item. A Source's own data has to travel anyway."""
    if way(target) is None:
        return
    for pipe in pipe_nodes(graph):
        whole = effective(graph, pipe)
        if not whole.has_input and functor_of(whole).facts.form in ("iterable", "started_generator"):
            continue
        parcel = packed(whole)
        if parcel.size > _LARGE and not parcel.error:
            yield _large(graph, pipe, whole, parcel.size)


def _large(graph: Graph, pipe: Pipe, whole: Pipe, size: int) -> Finding:
    name = name_of(graph, pipe)
    part, value = max(cargo(whole), key=lambda each: packed(each[1]).size, default=("description", whole))
    path, culprit, weight = heaviest(f"{name}.{part}", value, size)
    workers = effective(graph, pipe).options.n_processes or 1
    times = f", {workers} times" if workers > 1 else ""
    heavy = f"a {type(culprit).__qualname__} of {_mebibytes(weight)}"
    fixes = ["def local_init(self, ...):", "Transform.of(build, ...)"]
    return finding(
        "PF403",
        "warning",
        f"large functor: {_mebibytes(size)} travel with {name!r} to {counted(workers, 'worker')}.",
        graph=graph,
        pipes=[pipe],
        body=[
            f"{path}   is {heavy}          created at {effective(graph, pipe).place}",
            f"It is pickled and unpickled before the first item{times}.",
        ],
        fix=f"load it inside the worker:  {fixes[0]} ,  or let the worker build it:  {fixes[1]}",
        fixes=fixes,
    )


def _mebibytes(size: int) -> str:
    more = "more than " if size > LARGEST else ""
    return f"{more}{min(size, LARGEST) / (1 << 20):.3g} MiB"
