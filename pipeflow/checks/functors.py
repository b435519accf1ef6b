"""PF203: a functor of the wrong kind for its pipe."""

from __future__ import annotations

import inspect
from collections.abc import AsyncIterable, Callable, Generator, Iterable, Iterator
from typing import Any

from pipeflow import hints
from pipeflow.checks._base import Finding, Target
from pipeflow.checks._code import class_of, may_yield_none, receives, returns_nothing, sends
from pipeflow.checks._findings import created, finding, kind_of
from pipeflow.checks._functors import Functor, functor_of
from pipeflow.checks._guarding import Said, each_pipe
from pipeflow.checks._iterating import has_no_items, is_text
from pipeflow.checks._unawaited import gives_coroutine, unawaited
from pipeflow.checks._wrong import Wrong
from pipeflow.graph import Graph, effective, name_of
from pipeflow.hints.forms import class_of as hint_class_of
from pipeflow.hints.forms import derives
from pipeflow.hints.unions import arms
from pipeflow.pipes import Pipe
from pipeflow.pipes.functors import Deferred, is_coroutine


def check(graph: Graph, target: Target) -> Iterator[Said]:
    """Only what is certain: a plain function in a Source may well return something to iterate."""
    return each_pipe(graph, __name__, lambda pipe: _judged(graph, pipe))


def _judged(graph: Graph, pipe: Pipe) -> Iterator[Finding]:
    judge = _JUDGES.get(pipe.kind)
    if judge is None:
        return
    functor = functor_of(effective(graph, pipe))
    wrong = _class_itself(pipe, functor) or judge(pipe, functor) or _never_awaited(pipe, functor)
    if wrong is not None:
        yield _finding(graph, pipe, functor, wrong)
    elif pipe.kind == "Regulator":
        yield from _lost_items(graph, pipe, functor)


def _finding(graph: Graph, pipe: Pipe, functor: Functor, wrong: Wrong) -> Finding:
    name = name_of(graph, pipe)
    return finding(
        "PF203",
        "error",
        f"wrong kind of functor: {functor.spelled!r} is {wrong.what}, in {kind_of(pipe)}.",
        graph=graph,
        pipes=[pipe],
        body=[
            f"{name}  ({functor.place})  {functor.source_line}".rstrip(),
            created(graph, pipe),
            wrong.consequence,
        ],
        fix="\nor  ".join(wrong.fixes),
        fixes=[fix.split("   ")[0].strip() for fix in wrong.fixes],
    )


# ---------------------------------------------------------------- one judge for each kind


def _class_itself(pipe: Pipe, functor: Functor) -> Wrong | None:
    if functor.facts.form != "class" or not functor.facts.has_run:
        return None
    name = functor.spelled
    fixes = [f"{pipe.default_name or pipe.kind}({name}(...))   an instance"]
    if pipe.kind == "Transform":
        fixes.append(f"Transform.of({name}, ...)   when it is to be made in the worker")
    each = "" if pipe.kind in ("Source", "Regulator") else " for each item"
    return Wrong(
        "a functor class, not an instance of it",
        f"Calling it would make an object{each}; its  run  would never be called.",
        tuple(fixes),
    )


def _never_awaited(pipe: Pipe, functor: Functor) -> Wrong | None:
    """``async def local_init`` beside a plain ``run``: the worker has no event loop that could run it."""
    made: Any = functor.pipe.functor
    cls = made.build if issubclass(class_of(made), Deferred) else class_of(made)
    if not isinstance(cls, type):
        return None
    for method in ("local_init", "local_term"):
        if inspect.iscoroutinefunction(inspect.getattr_static(cls, method, None)):
            if functor.shape == "coroutine" or (pipe.kind in ("Transform", "Sink") and is_coroutine(made)):
                return None
            fixes = [f"def {method}(self, ...)   without async"]
            if pipe.kind in ("Transform", "Sink"):
                fixes.append("async def run(self, ...)   all on the event loop of the worker")
            return Wrong(
                f"an object whose {method} is an async def and whose run is none",
                f"Its worker runs no event loop: nothing would await {method}.",
                tuple(fixes),
            )
    return None


def _called_for_each(pipe: Pipe, functor: Functor) -> Wrong | None:
    """Transform, Sink and Switch call their functor with an item and want its result."""
    if gives_coroutine(functor):
        return unawaited(functor)
    if functor.shape not in ("generator", "async_generator"):
        return None
    if pipe.kind == "Filter":
        consequence = "A generator object is true, so every item would pass."
    elif pipe.kind == "Switch":
        consequence = "A generator object is the key of no branch."
    elif pipe.kind == "Collate":
        consequence = "Each batch would become a generator object, not what it yields."
    elif pipe.kind == "Sink":
        consequence = "Calling it only makes a generator: nothing of its body would ever run."
    else:
        consequence = "Each item would become a generator object, not what it yields."
    what = "an async generator function" if functor.shape == "async_generator" else "a generator function"
    return Wrong(what, consequence, _generator_advice(functor))


def _generator_advice(functor: Functor) -> tuple[str, ...]:
    name = functor.spelled
    if functor.pipe.kind in ("Filter", "Switch", "Collate"):
        return (f"def {name}(...) without yield",)
    if functor.pipe.kind == "Sink":
        alone = _waits(functor) and not functor.facts.min_args
        sending = f"{'... >> Regulator' if alone else 'flat_map'}({name}) >> sink   if it sends results on"
        return (f"def {name}(...) without yield", *([sending] if functor.shape == "generator" else []))
    if not functor.facts.parameters and functor.function is not None and not _waits(functor):
        return (f"Source({name})   it takes nothing and yields items",)
    if _waits(functor) and not functor.facts.min_args:
        return (f"Regulator({name})   it receives items with  x = yield",)
    if functor.shape == "async_generator":
        return (
            f"Transform({name}) >> unbatch()   where it returns a list instead of yielding",
            f"flat_map({name})   with  def  instead of  async def",
        )
    return (
        f"flat_map({name})   it is called with an item and yields any number of results",
        *([f"Regulator({name})   it receives items with  x = yield"] if _waits(functor) else []),
    )


def _waits(functor: Functor) -> bool:
    return functor.shape == "generator" and functor.function is not None and receives(functor.function)


def _flat_map(pipe: Pipe, functor: Functor) -> Wrong | None:
    """It sends what is inside of each result."""
    returns = hints.strip_none(functor.facts.returns)
    if functor.shape != "function" or not has_no_items(returns):
        return None
    text = all(is_text(arm) for arm in arms(returns))
    name, inside = functor.spelled, "Text is one item, not its letters" if text else "There is nothing inside"
    return Wrong(
        f"a plain function that returns {hints.show(returns)}",
        f"What is inside of each result would be sent. {inside}, so it would fail.",
        (f"Transform({name})   it sends the result itself", f"def {name}(...): ... yield result"),
    )


def _source(pipe: Pipe, functor: Functor) -> Wrong | None:
    name = functor.spelled
    if functor.shape == "coroutine":
        return Wrong(
            "a coroutine function",
            "Calling it gives one thing to await, no items.",
            (f"yield the items in it:  async def {name}(): ... yield item",),
        )
    if functor.shape != "function" or functor.facts.form == "class":
        return None
    if _gives_nothing(functor):
        return Wrong(
            "a plain function that returns nothing",
            "There is nothing that items could come from.",
            (f"yield the items:  def {name}(): ... yield item", f"Transform({name})   if it takes items"),
        )
    returns = hints.strip_none(functor.facts.returns)
    if _certainly_not(returns, Iterable[Any]) and _certainly_not(returns, AsyncIterable[Any]):
        if not (hasattr(returns, "__next__") or hasattr(returns, "__getitem__") or _is_a_class(returns)):
            return Wrong(
                f"a plain function that returns {hints.show(returns)}",
                "It is called once, and what it returns has no items.",
                (f"return something to iterate, or yield the items:  def {name}(): ... yield item",),
            )
    return None


def _is_a_class(annotation: object) -> bool:
    """Whether some of it is a class as a value: its metaclass may let it be iterated, as an Enum's."""
    classes = [hint_class_of(arm) for arm in arms(annotation)]
    return any(cls is not None and derives(cls, type) for cls in classes)


def _regulator(pipe: Pipe, functor: Functor) -> Wrong | None:
    if functor.shape == "generator":
        return _never_receives(functor) or _never_sends(functor)
    if functor.shape in ("async_generator", "coroutine"):
        what = "an async generator function" if functor.shape == "async_generator" else "a coroutine function"
        return Wrong(
            what, "A Regulator sends its items into a plain generator.", ("def instead of async def",)
        )
    if functor.facts.form == "class" or _plain_function(functor):
        return _not_a_coroutine(functor)
    return None


def _plain_function(functor: Functor) -> bool:
    """Whether calling it without arguments can't give a generator; a factory of one may be right."""
    if functor.shape != "function":
        return False
    if functor.missing(0) or _gives_nothing(functor):
        return True
    return _certainly_not(hints.strip_none(functor.facts.returns), Generator[Any, Any, Any])


def _gives_nothing(functor: Functor) -> bool:
    """Whether what is called surely returns None; a wrapper may return something else."""
    return functor.facts.believed and functor.function is not None and returns_nothing(functor.function)


def _not_a_coroutine(functor: Functor) -> Wrong:
    name = functor.spelled
    what = "a class" if functor.facts.form == "class" else "a plain function, it never yields"
    fixes = [f"Transform({name})   one result for each item"]
    fixes.append(f"receive with yield:  def {name}(): ... x = yield ... yield result")
    return Wrong(
        what, "A Regulator's functor is a coroutine function: it waits for items at  x = yield.", tuple(fixes)
    )


def _never_receives(functor: Functor) -> Wrong | None:
    if functor.function is None or not functor.facts.believed or receives(functor.function):
        return None
    name = functor.spelled
    fix = (
        f"flat_map({name})   it is called with each item"
        if functor.missing(0)
        else f"Source({name})   it makes items"
    )
    return Wrong(
        "a generator function that never receives anything",
        "Without  x = yield  it would take no item.",
        (fix, "x = yield   where it should wait for an item"),
    )


def _never_sends(functor: Functor) -> Wrong | None:
    """One that only returns its result; one that has no result may be meant to send nothing."""
    function = functor.function
    if function is None or not functor.facts.believed or sends(function) or returns_nothing(function):
        return None
    return Wrong(
        "a generator function that returns its result and never sends anything",
        "Only what it yields is sent; what it returns is thrown away.",
        ("yield result   instead of  return result",),
    )


_JUDGES: dict[str, Callable[[Pipe, Functor], Wrong | None]] = {
    "Transform": _called_for_each,
    "Sink": _called_for_each,
    "Switch": _called_for_each,
    "Filter": _called_for_each,
    "Collate": _called_for_each,
    "FlatMap": _flat_map,
    "Source": _source,
    "Regulator": _regulator,
}


def _certainly_not(producer: object, consumer: object) -> bool:
    verdict = hints.assignable(producer, consumer)
    return verdict.verdict == "mismatch" and verdict.certain


# ---------------------------------------------------------------- a yield that loses an item


def _lost_items(graph: Graph, pipe: Pipe, functor: Functor) -> Iterator[Finding]:
    """To yield None means "ready for the next item": where its value isn't used, that item is lost."""
    line = None
    if functor.function is not None and functor.facts.believed:
        line = may_yield_none(functor.function)
    if line is not None:
        yield finding(
            "PF203",
            "warning",
            f"{functor.spelled!r} may yield None and throw away the item that it then receives.",
            graph=graph,
            pipes=[pipe],
            body=[
                f"{functor.place}  {line}",
                "In a Regulator a yield of None waits for the next item; here nothing takes it.",
            ],
            fix="yield only what is to be sent:  if result is not None: yield result",
            fixes=["if result is not None: yield result"],
        )
