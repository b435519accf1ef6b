"""Flows as a person writes them: ``(s1 | s2) >> batcher >> sum * 3``."""

from __future__ import annotations

from typing import Any

from pipeflow.flow import Bracket, Flow, pipes_of, walk
from pipeflow.streams import Stream

_LOOSE, _CHAIN, _TIGHT = 0, 1, 2
_STRENGTH = {"|": _LOOSE, ">>": _CHAIN, ">> stream": _CHAIN, "stream >>": _CHAIN}


def spell(flow: Flow) -> str:
    """The expression in operator spelling, brackets only where they are needed."""
    texts: dict[int, tuple[str, int]] = {}
    for node in walk(flow):
        texts[id(node)] = (_text(node, texts), _STRENGTH.get(node._op, _TIGHT))
    return texts[id(flow)][0]


def spell_pipe(pipe: Any) -> str:
    """A pipe with its replicas: ``sum*3``."""
    count = pipe.options.n_processes
    return f"{pipe.label}*{count}" if count and count > 1 else str(pipe.label)


def with_places(flow: Flow) -> str:
    """The expression, and for each pipe the file and line of its functor."""
    lines = [f"{type(flow).__name__} {spell(flow)}"]
    seen: set[Any] = set()
    for pipe in pipes_of(flow):
        if pipe not in seen:
            seen.add(pipe)
            lines.append(f"    {spell_pipe(pipe)}: {pipe.kind} at {pipe.functor_place}")
    return "\n".join(lines)


def _text(node: Flow, texts: dict[int, tuple[str, int]]) -> str:
    if node._op == "pipe":
        return spell_pipe(node)
    operands = [_operand(operand, texts) for operand in node._operands]
    if node._op == ">> stream":
        return f"{_bracketed(operands[0], _CHAIN)} >> {_stream(node._exit)}"
    if node._op == "stream >>":
        return f"{_stream(node._entry)} >> {_bracketed(operands[0], _TIGHT)}"
    if node._op == "balance":
        return "balance" + operands[0][0]
    if node._op == "bracket":
        return operands[0][0]
    if node._op == "|":
        return " | ".join(_bracketed(operand, _LOOSE) for operand in operands)
    # >> is associative: a fragment on the right needs no brackets.
    return " >> ".join(_bracketed(operand, _CHAIN) for operand in operands)


def _operand(operand: Flow | Bracket, texts: dict[int, tuple[str, int]]) -> tuple[str, int]:
    if isinstance(operand, Flow):
        return texts[id(operand)]
    items = [texts[id(item)][0] for item in operand.items]
    if operand.keys is None:
        return f"({', '.join(items)})", _TIGHT
    return "{" + ", ".join(f"{key!r}: {item}" for key, item in zip(operand.keys, items)) + "}", _TIGHT


def _bracketed(operand: tuple[str, int], needed: int) -> str:
    text, strength = operand
    return text if strength >= needed else f"({text})"


def _stream(end: Any) -> str:
    stream: Stream = end.stream
    return repr(stream)
