"""UNKNOWN stands wherever a type could not be read.

It is a class and not an instance, because only classes are accepted everywhere in a typing expression
(``list[UNKNOWN]``, ``UNKNOWN | None``, ``Callable[[UNKNOWN], int]``) on every supported Python. That way one
name that cannot be resolved blanks only its own place in an annotation and not the whole of it.
"""

from __future__ import annotations

from typing import final


class _Marker(type):
    def __repr__(cls) -> str:
        return "UNKNOWN"


@final
class UNKNOWN(metaclass=_Marker):
    """An annotation that is missing or cannot be resolved; ``assignable`` answers "unknown" to it."""
