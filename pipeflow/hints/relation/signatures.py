"""How an object is called, for comparing it with a ``Callable``."""

from __future__ import annotations

from dataclasses import dataclass

from pipeflow.hints.facts import Parameter
from pipeflow.hints.relation.outcome import Outcome, all_of, mismatch
from pipeflow.hints.relation.walk import Walk
from pipeflow.hints.signatures import Taken, signature_of_class, signature_of_function
from pipeflow.hints.unknown import UNKNOWN
from pipeflow.hints.unwrapping import Call, static_method


@dataclass(frozen=True)
class Signature:
    """What can be passed by position, and what comes back."""

    parameters: tuple[Parameter, ...]
    rest: Parameter | None
    needs_keywords: tuple[str, ...]
    returns: object


def call_of_class(cls: type) -> Signature | None:
    """Calling a class."""
    return _signature(signature_of_class(cls))


def call_of_instance(cls: type, arguments: tuple[object, ...] | None) -> Signature | None:
    """Calling an instance of a class."""
    call = static_method(cls, "__call__")
    if call is None or call.function is None:
        return None
    bound = Call(call.target, call.skip, call.keywords, call.innermost, call.owner, None, cls)
    return _signature(signature_of_function(call.function, bound))


def signature_fits(walk: Walk, given: Signature, arguments: tuple[object, ...], written: object) -> Outcome:
    """Whether it can be called with arguments of these types."""
    if given.needs_keywords:
        return mismatch("{} needs the keyword argument " + given.needs_keywords[0], written)
    needed = sum(1 for parameter in given.parameters if not parameter.has_default)
    if len(arguments) < needed or (given.rest is None and len(arguments) > len(given.parameters)):
        return mismatch("{} can't be called with " + str(len(arguments)) + " arguments", written)
    taken = [parameter.annotation for parameter in given.parameters]
    taken += [given.rest.annotation if given.rest is not None else UNKNOWN] * (len(arguments) - len(taken))
    return all_of(walk.relate(argument, t) for argument, t in zip(arguments, taken, strict=False))


def _signature(taken: Taken) -> Signature | None:
    if not taken.known:
        return None
    needed = tuple(parameter.name for parameter in taken.keyword_only if not parameter.has_default)
    return Signature(taken.parameters, taken.var_positional, needed, taken.returns)
