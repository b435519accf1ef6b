"""Callables: parameters the other way round, results the same way."""

from __future__ import annotations

from pipeflow.hints.relation.outcome import Outcome, Rank, all_of, letter, mismatch, unknown
from pipeflow.hints.relation.shapes import ClassObject, Function, Instance, Shape
from pipeflow.hints.relation.signatures import Signature, call_of_class, call_of_instance, signature_fits
from pipeflow.hints.relation.walk import Walk
from pipeflow.hints.unions import Never


def function_to_function(walk: Walk, producer: Function, consumer: Function) -> Outcome:
    """``Callable`` into ``Callable``."""
    returns = _returns(walk, producer.returns, consumer.returns)
    if producer.parameters is None or consumer.parameters is None:
        return returns
    if len(producer.parameters) != len(consumer.parameters):
        return mismatch(
            "{} takes "
            + str(len(producer.parameters))
            + " arguments and is called with "
            + str(len(consumer.parameters)),
            producer.written,
        )
    pairs = zip(consumer.parameters, producer.parameters, strict=True)
    return all_of([returns, *(walk.relate(given, taken) for given, taken in pairs)])


def to_function(walk: Walk, producer: Shape, consumer: Function) -> Outcome:
    """A class, or an object that can be called, where a callable is taken."""
    signature = _signature(walk, producer)
    if signature is None:
        return unknown("how {} is called is not known", producer.written)
    if isinstance(signature, Outcome):
        return signature
    returns = _returns(walk, signature.returns, consumer.returns)
    if consumer.parameters is None:
        return returns
    return all_of((returns, signature_fits(walk, signature, consumer.parameters, producer.written)))


def _signature(walk: Walk, producer: Shape) -> Signature | Outcome | None:
    if isinstance(producer, ClassObject):
        inner = walk.shape(producer.of)
        return call_of_class(inner.cls) if isinstance(inner, Instance) else None
    if isinstance(producer, Instance):
        if producer.cls.__call__ is None if "__call__" in vars(producer.cls) else False:
            return mismatch("{} can't be called", producer.written)
        found = call_of_instance(producer.cls, producer.arguments)
        if found is None and not hasattr(producer.cls, "__call__"):
            return mismatch("{} can't be called", producer.written)
        return found
    return mismatch("{} can't be called", producer.written)


def _returns(walk: Walk, given: object, taken: object) -> Outcome:
    """A result that nobody is told to expect harms nobody: into ``-> None`` it is wrong only by the letter."""
    outcome = walk.relate(given, taken)
    if outcome.rank is Rank.MISMATCH and taken in (None, type(None)) and given is not Never:
        return letter("the result {} is not None", given)
    return outcome
