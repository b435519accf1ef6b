"""What only the documented classes ask of a system: seeds, term flags, options for all pipes at once.

Nothing below this package knows of these.
"""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import Any

from pipeflow.errors import CompositionError
from pipeflow.graph import Graph, effective, name_of, pipe_nodes, stream_nodes
from pipeflow.pipes import Pipe, Source
from pipeflow.pipes.started import is_generator, stays
from pipeflow.plan import Plan, StagePlan, Tracing
from pipeflow.runtime.worker import with_own_functor

# ---------------------------------------------------------------- options of the whole system


def ignore_everywhere(graph: Graph, exceptions: Collection[type[BaseException]]) -> None:
    """Let every pipe ignore these exceptions too, besides its own.

    Raises:
        CompositionError: for something that is no collection of exception classes.
    """
    if not isinstance(exceptions, (list, tuple, set, frozenset)):
        raise CompositionError(f"ignore_exceptions must be a list of exception classes, not {exceptions!r}")
    for pipe in pipe_nodes(graph):
        known = effective(graph, pipe)
        if "ignore_exceptions" in known.takes:
            mine = known.options.ignore_exceptions or ()
            graph.nodes[pipe]["pipe"] = known.with_(ignore_exceptions=[*mine, *exceptions])


def tracing(graph: Graph, plan: Plan, *, monitor: bool, items: bool) -> Tracing:
    """What the workers are to say for the log.

    Args:
        graph: what is planned.
        plan: its plan.
        monitor: every stream is monitored, not only those that say so themselves.
        items: every input and result is logged.
    """
    asked = {name_of(graph, stream) for stream in stream_nodes(graph) if stream.monitor}
    streams = (number for number, stream in enumerate(plan.streams) if monitor or stream.name in asked)
    return Tracing(frozenset(streams), items=items, skips=True)


# ---------------------------------------------------------------- before each run


def seeded(plan: Plan, graph: Graph) -> Plan:
    """The plan with what the streams hold now, for ``stream.q.put()`` may come after ``build()``."""
    held = {name_of(graph, stream): tuple(stream.q.items) for stream in stream_nodes(graph)}
    streams = (replace(stream, initial=held.get(stream.name, ())) for stream in plan.streams)
    return replace(plan, streams=tuple(streams))


def detached(plan: Plan, *, one_process: bool) -> Plan:
    """The plan with pipes that can travel: their streams and term flags stay with the caller.

    Args:
        plan: the plan.
        one_process: the workers share a process, so a functor object that several pipes share is copied, as
            processes of their own would have copied it.
    """
    functors = Counter(id(stage.pipe.functor) for stage in plan.stages if stage.pipe is not None)
    stages = tuple(_detached(stage, functors if one_process else Counter()) for stage in plan.stages)
    return replace(plan, stages=stages)


def _detached(stage: StagePlan, functors: Counter[int]) -> StagePlan:
    if stage.pipe is None:
        return stage
    shared = functors[id(stage.pipe.functor)] > 1
    pipe = with_own_functor(stage.pipe) if shared else copy.copy(stage.pipe)
    if pipe is stage.pipe:
        pipe = copy.copy(pipe)
    pipe.set_upstreams(())
    pipe.set_downstreams(())
    pipe.set_term_flag(None)
    return replace(stage, pipe=pipe)


def clear_term_flags(graph: Graph) -> None:
    """As documented, ``reset()`` clears the events that end pipes."""
    for pipe in pipe_nodes(graph):
        if pipe.term_flag is not None:
            pipe.term_flag.clear()


def used_up(graph: Graph) -> Iterator[str]:
    """What is to be said of each started generator, or other iterator, that has nothing left to give."""
    for pipe in pipe_nodes(graph):
        source = effective(graph, pipe)
        if isinstance(source, Source) and source.rest.used_up(source.functor):
            yield _rewound(pipe, source.functor)


def pulled_twice(graph: Graph) -> Iterator[str]:
    """What is to be said of each iterator of the caller that several sources would pull: who gets what is
    a race. (Of an iterator that goes to its worker each gets a copy.)
    """
    pullers: dict[int, Pipe] = {}
    for pipe in pipe_nodes(graph):
        source = effective(graph, pipe)
        functor = source.functor
        if isinstance(source, Source) and stays(functor):
            other = pullers.setdefault(id(functor), pipe)
            if other is not pipe:
                name = functor.__name__ if is_generator(functor) else "make_items"
                yield (
                    f"{pipe.label_with_place}: it would pull the same {type(functor).__name__} as "
                    f"{other.label_with_place}, and each item would go to one of them, by chance. "
                    f"Give each a function that makes one of its own:  Source({name})"
                )


def used_up_generators(graph: Graph) -> Iterator[str]:
    """The same of generators alone: they can be looked at without being asked for an item."""
    for pipe in pipe_nodes(graph):
        source = effective(graph, pipe)
        if isinstance(source, Source) and is_generator(source.functor):
            if source.rest.used_up(source.functor):
                yield _rewound(pipe, source.functor)


def _rewound(pipe: Pipe, generator: Any) -> str:
    if not is_generator(generator):
        return (
            f"{pipe.label_with_place}: its functor is an iterator ({type(generator).__name__}) and has been "
            "used up; it can't be rewound. Give the pipe what the iterator was made of, or a function that "
            "makes it:  Source(make_items)"
        )
    return (
        f"{pipe.label_with_place}: its functor is a started generator and has been used up; "
        "a generator can't be rewound. Give the pipe the generator function instead:  "
        f"Source({generator.__name__})"
    )
