"""From a checked graph to a plan: what the graph leaves open is decided here.

Where items get numbers so that joins can pair by origin, which streams keep the order of replicas, which
pipes
form a loop, who is pulled by the caller.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import networkx as nx

from pipeflow import origins
from pipeflow.errors import GraphError
from pipeflow.graph import Graph, is_spread, name_of, pipe_nodes, stream_nodes
from pipeflow.pipes import Join, Pipe
from pipeflow.pipes.started import stays
from pipeflow.plan.model import InputPlan, OutputPlan, Owed, Plan, StagePlan, StreamPlan
from pipeflow.streams import Stream


class Planner:
    """Decides what the graph leaves open, for one graph."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.pipes = pipe_nodes(graph)
        self.streams = stream_nodes(graph)
        self.stage_of = {pipe: number for number, pipe in enumerate(self.pipes)}
        self.stream_of = {stream: number for number, stream in enumerate(self.streams)}
        self.stages: list[StagePlan] = []
        self.planned: list[StreamPlan] = []
        self.notes: list[str] = []

    def plan(self, iterate: bool) -> Plan:
        """The plan; `iterate`: the items of the one open output go to the caller."""
        joins = {join.join: join for join in origins.joins(self.graph)}
        documented = self.graph.graph["profile"] == "documented"
        owed = self._owed(joins.values())
        tagged: set[Stream] = set()
        numbering: dict[Pipe, str] = {}
        for join in joins.values():
            tagged |= join.tagged
            numbering.update(dict.fromkeys(join.numbered_by, "index" if join.by_index else "own"))
        needed = self._needed()
        self.planned = [
            self._stream(stream, stream in tagged, needed.get(stream, 0)) for stream in self.streams
        ]
        loops = self._loops()
        self.stages = [
            replace(self._stage(pipe, joins, numbering, loops, documented), owed=owed.get(pipe))
            for pipe in self.pipes
        ]
        if iterate:
            self._add_caller()
        self._pair_in_front_of_replicas()
        self._keep_order()
        return Plan(tuple(self.stages), tuple(self.planned), tuple(self.notes))

    def _effective(self, pipe: Pipe) -> Pipe:
        effective: Pipe = self.graph.nodes[pipe]["pipe"]
        return effective

    def _owed(self, joins: Iterable[origins.JoinPlan]) -> dict[Pipe, Owed]:
        """What pipes owe to the joins that pair what is counted behind them."""
        owed: dict[Pipe, Owed] = {}
        for join in joins:
            for pipe, (counter, whole, streams) in join.counted.items():
                known = owed.get(pipe)
                outputs = {n for n, each in enumerate(self.graph.successors(pipe)) if each in streams}
                owed[pipe] = Owed(
                    name_of(self.graph, counter),
                    name_of(self.graph, join.join),
                    whole or (known is not None and known.whole),
                    frozenset(outputs if known is None else outputs | known.outputs),
                )
        return owed

    def _needed(self) -> dict[Stream, int]:
        """For streams without a size: what the rates between a fork and its join take, where that is more."""
        needed: dict[Stream, int] = {}
        for need in origins.buffers(self.graph):
            for stream, size in need.automatic.items():
                needed[stream] = max(needed.get(stream, 0), size)
        self.notes += [
            f"{name_of(self.graph, stream)}: room for {size} items, as the rates in front of a join need"
            for stream, size in needed.items()
        ]
        return needed

    def _stream(self, stream: Stream, tagged: bool, at_least: int) -> StreamPlan:
        data = self.graph.nodes[stream]
        readers = tuple(self.stage_of[pipe] for pipe in self.graph.successors(stream))
        return StreamPlan(
            name=data["name"],
            capacity=data["buffer_size"],
            writers=tuple(self.stage_of[pipe] for pipe in self.graph.predecessors(stream)),
            readers=readers,
            tagged=tagged,
            initial=tuple(stream.q.items),
            discards=not readers,
            at_least=at_least,
        )

    def _stage(
        self,
        pipe: Pipe,
        joins: dict[Pipe, origins.JoinPlan],
        numbering: dict[Pipe, str],
        loops: dict[Pipe, int],
        documented: bool,
    ) -> StagePlan:
        effective = self._effective(pipe)
        inputs = tuple(self._inputs(pipe, loops))
        outputs = tuple(
            OutputPlan(self.stream_of[stream], self.graph.edges[pipe, stream]["ports"])
            for stream in self.graph.successors(pipe)
        )
        arguments = sum(len(port.arguments) for port in inputs)
        pairing = ("arrival" if documented else effective.pairs_by) if arguments > 1 else ""
        return StagePlan(
            name=name_of(self.graph, pipe),
            pipe=effective,
            replicas=effective.options.n_processes or 1,
            inputs=inputs,
            outputs=outputs,
            pairing=pairing,
            keys=getattr(effective, "keys", None),
            waiting=getattr(effective, "waiting", 0),
            numbers=numbering.get(pipe, ""),
            loop=loops.get(pipe),
            ends_loop=pipe in loops and self._ends_loop(pipe, loops),
            hosted=not effective.has_input and stays(effective.functor),
            any_parts=documented,
        )

    def _inputs(self, pipe: Pipe, loops: dict[Pipe, int]) -> Iterator[InputPlan]:
        for stream in self.graph.predecessors(pipe):
            writers = list(self.graph.predecessors(stream))
            yield InputPlan(
                stream=self.stream_of[stream],
                arguments=self.graph.edges[stream, pipe]["ports"],
                spread=is_spread(self.graph, stream),
                in_loop=pipe in loops and any(loops.get(writer) == loops[pipe] for writer in writers),
            )

    def _ends_loop(self, pipe: Pipe, loops: dict[Pipe, int]) -> bool:
        """A loop ends where a Feedback says; loops of the documented classes, which have
        none, at every pipe.
        """
        members = [other for other, number in loops.items() if number == loops[pipe]]
        return pipe.closes_loops or not any(other.closes_loops for other in members)

    def _loops(self) -> dict[Pipe, int]:
        found: dict[Pipe, int] = {}
        for number, component in enumerate(nx.strongly_connected_components(self.graph)):
            if len(component) > 1:
                found.update((node, number) for node in component if node in self.stage_of)
        return found

    # ------------------------------------------------------------ what the planner adds

    def _add_caller(self) -> None:
        outputs = self.graph.graph["outputs"]
        if len(outputs) != 1:
            raise GraphError(f"iterating needs exactly one open output, this graph has {len(outputs)}")
        number, caller = self.stream_of[outputs[0]], len(self.stages)
        self.planned[number] = replace(self.planned[number], readers=(caller,), discards=False)
        spread = is_spread(self.graph, outputs[0])
        self.stages.append(StagePlan("caller", None, inputs=(InputPlan(number, spread=spread),)))

    def _pair_in_front_of_replicas(self) -> None:
        """Several workers of a joining pipe share one Join in front of them (rule 9: paired once)."""
        for number, stage in enumerate(list(self.stages)):
            if stage.pairing and stage.replicas > 1:
                join_number, stream_number = len(self.stages), len(self.planned)
                name = f"{stage.name} join"
                join = StagePlan(
                    name,
                    Join(name=name),
                    inputs=stage.inputs,
                    outputs=(OutputPlan(stream_number),),
                    pairing=stage.pairing,
                    loop=stage.loop,
                )
                tagged = any(self.planned[port.stream].tagged for port in stage.outputs) and not stage.numbers
                for port in stage.inputs:
                    stream = self.planned[port.stream]
                    readers = tuple(join_number if reader == number else reader for reader in stream.readers)
                    self.planned[port.stream] = replace(stream, readers=readers)
                capacity = None if stage.pipe is None else stage.pipe.options.buffer_size
                self.planned.append(
                    StreamPlan(f"{name} -> {stage.name}", capacity, (join_number,), (number,), tagged=tagged)
                )
                into = InputPlan(stream_number, spread=True, in_loop=stage.loop is not None)
                self.stages[number] = replace(stage, inputs=(into,), pairing="")
                self.stages.append(join)

    def _keep_order(self) -> None:
        """``ordered=True``: number what enters the replicas, carry the numbers, restore the order behind
        them.
        """
        for number in self._downstream_order():
            stage = self.stages[number]
            if stage.pipe is None or not stage.pipe.options.ordered or stage.replicas < 2:
                continue
            entering = self.planned[stage.inputs[0].stream]
            if len(entering.readers) > 1 or not (entering.sequenced or self._single_workers(entering)):
                self.notes.append(f"{stage.name}: ordered=True has no effect, its input has no order")
                continue
            self._sequence(stage.inputs[0].stream)
            for port in stage.outputs:
                self._sequence(port.stream)
                self._widen(port.stream, stage.replicas)
        for number, stage in enumerate(self.stages):
            self.stages[number] = replace(
                stage, inputs=tuple(self._restoring(stage, p) for p in stage.inputs)
            )

    def _restoring(self, stage: StagePlan, port: InputPlan) -> InputPlan:
        stream = self.planned[port.stream]
        # Those who compete for a stream get some of it each: there is no order to restore.
        reorder = stream.sequenced and stage.replicas == 1 and len(stream.readers) == 1
        return replace(port, reorder=reorder, holds=reorder and all(map(self._sends_rising, stream.writers)))

    def _sends_rising(self, writer: int) -> bool:
        """Whether each worker of a stage sends rising numbers: then the next one in order is never behind
        others.

        Where numbers come to a worker by several ways (from replicas again, or from several sources), its
        next one may stand behind later ones that wait for it elsewhere. Holding those back would be a
        deadlock.
        """
        stage = self.stages[writer]
        carried = [
            port for port in stage.inputs if self.planned[port.stream].sequenced and stage.replicas > 1
        ]
        feeding = [before for port in carried for before in self.planned[port.stream].writers]
        return not feeding or (len(feeding) == 1 and self.stages[feeding[0]].replicas == 1)

    def _sequence(self, number: int) -> None:
        self.planned[number] = replace(self.planned[number], sequenced=True)

    def _widen(self, number: int, replicas: int) -> None:
        # Every replica needs room of its own: the one that holds the next item in order must get it through.
        stream = self.planned[number]
        if stream.capacity is not None and stream.capacity < replicas:
            self.planned[number] = replace(stream, capacity=replicas)
            self.notes.append(
                f"{stream.name}: {replicas} items instead of {stream.capacity}, one for each replica"
            )

    def _single_workers(self, stream: StreamPlan) -> bool:
        return all(self.stages[writer].replicas == 1 for writer in stream.writers)

    def _downstream_order(self) -> list[int]:
        order: Any = nx.DiGraph()  # pyright: ignore[reportUnknownVariableType]
        order.add_nodes_from(range(len(self.stages)))
        for stream in self.planned:
            order.add_edges_from((writer, reader) for writer in stream.writers for reader in stream.readers)
        condensed: Any = nx.condensation(order)
        return [
            number
            for component in nx.topological_sort(condensed)
            for number in sorted(condensed.nodes[component]["members"])
        ]
