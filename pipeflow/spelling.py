"""Expressions as a person writes them: ``(s1 | s2) >> batcher >> sum*3``."""

from __future__ import annotations

from typing import Any

from pipeflow.ends import End, Via
from pipeflow.expression import Bracket, Described, Expression, Written, walk

_LOOSE, _CHAIN, _TIGHT = 0, 1, 2
_STRENGTH = {"|": _LOOSE, ">>": _CHAIN, ">> stream": _CHAIN, "stream >>": _CHAIN}

Text = tuple[str, int]


def spell(written: Expression | Described) -> str:
    """An expression, or that of a flow, in operator spelling; brackets only where they are needed."""
    expression = written.expression if isinstance(written, Described) else written
    texts: dict[int, Text] = {}
    for node in walk(expression):
        texts[id(node)] = (_text(node, texts), _STRENGTH.get(node.op, _TIGHT))
    return texts[id(expression)][0]


def short(value: Any) -> str:
    """Its ``repr``, cut; a user's own that fails must not hide what we have to say."""
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001
        text = f"<{type(value).__name__}>"
    return text if len(text) <= 60 else text[:57] + "..."


def spell_pipe(pipe: Any) -> str:
    """A pipe with its replicas: ``sum*3``."""
    count = pipe.options.n_processes
    return f"{pipe.label}*{count}" if count and count > 1 else str(pipe.label)


def _text(node: Expression, texts: dict[int, Text]) -> str:
    if node.op == "pipe":
        return spell_pipe(node.pipe)
    operands = [_operand(operand, texts) for operand in node.operands]
    first = operands[0][0]
    if node.op == "errors":
        return f"{first}.errors"
    if node.op == ">> stream":
        return f"{_bracketed(operands[0], _CHAIN)} >> {_stream(node.exit)}"
    if node.op == "stream >>":
        return f"{_stream(node.entry)} >> {_bracketed(operands[0], _TIGHT)}"
    if node.op == "balance":
        return f"balance{first}"
    if node.op == "bracket":
        return first
    if node.op == "|":
        return " | ".join(_bracketed(operand, _LOOSE) for operand in operands)
    # >> is associative: a fragment on the right needs no brackets.
    return " >> ".join(_bracketed(operand, _CHAIN) for operand in operands)


def _operand(operand: Written, texts: dict[int, Text]) -> Text:
    if isinstance(operand, Expression):
        return texts[id(operand)]
    return _bracket(operand, [texts[id(item)][0] for item in operand.items]), _TIGHT


def _bracket(bracket: Bracket, items: list[str]) -> str:
    if bracket.keys is None:
        return f"({', '.join(items)})"
    return (
        "{" + ", ".join(f"{short(key)}: {item}" for key, item in zip(bracket.keys, items, strict=True)) + "}"
    )


def _bracketed(operand: Text, needed: int) -> str:
    text, strength = operand
    return text if strength >= needed else f"({text})"


def _stream(end: End | None) -> str:
    assert isinstance(end, Via), "only a stream makes these two operators"
    return repr(end.stream)
