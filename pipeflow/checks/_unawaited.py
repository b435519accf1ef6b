"""A plain function that returns a coroutine: it is called where nothing can be awaited."""

from __future__ import annotations

import inspect
from collections.abc import Coroutine
from types import CoroutineType

from pipeflow.checks._functors import Functor
from pipeflow.checks._wrong import Wrong
from pipeflow.hints.forms import class_of, derives, is_none
from pipeflow.hints.unions import arms
from pipeflow.hints.unwrapping import unwrap
from pipeflow.pipes.functors import is_coroutine


def gives_coroutine(functor: Functor) -> bool:
    """Whether its annotation, or the ``async def`` inside its wrapper, says so of all that it returns."""
    form = functor.facts.run_form or functor.facts.form
    if form not in ("function", "coroutine") or is_coroutine(functor.pipe.functor):
        return False
    if form == "coroutine":  # in a cache, which hides it
        return inspect.iscoroutinefunction(unwrap(functor.pipe.functor).function())
    classes = [class_of(each) for each in arms(functor.facts.returns) if not is_none(each)]
    return bool(classes) and all(cls is not None and _is_coroutine(cls) for cls in classes)


def _is_coroutine(cls: type) -> bool:
    return cls is CoroutineType or derives(cls, Coroutine)


def unawaited(functor: Functor) -> Wrong:
    """What is said of it. (Only a Transform and a Sink take ``async def``.)"""
    name, kind = functor.spelled, functor.pipe.kind
    if kind not in ("Transform", "Sink"):
        spelled = "Switch" if kind == "Switch" else "filter"
        fix = f"Transform(wait) >> {spelled}({name})   where  wait  is an  async def , and  {name}  is not"
    elif functor.shape == "coroutine":
        fix = f"the  async def {name}(...)  itself, without a cache around it"
    elif functor.facts.wrapped_form == "coroutine":
        fix = "async def wrapper(*args): return await function(*args)   in the decorator, too"
    else:
        fix = f"async def {name}(...): return await ...   it is awaited then"
    return Wrong(
        "a plain function that returns a coroutine",
        "Only what an  async def  returns is awaited: here every item would fail.",
        (fix,),
    )
