"""A word that must be one of a few, and a flag."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

START_METHODS = ("fork", "forkserver", "spawn")


def unknown(what: str, word: object, known: Iterable[str]) -> str:
    """The sentence that says what is wrong with `word`, "" when it is one of `known`.

    Args:
        what: what the word names, such as ``"engine"``.
        word: what was given, of any type.
        known: what may be given.
    """
    words = list(known)
    if isinstance(word, str) and word in words:
        return ""
    near = difflib.get_close_matches(str(word), words, n=1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"unknown {what} {word!r}; there are {', '.join(map(repr, words))}.{hint}"


def no_flag(what: str, value: object) -> str:
    """The sentence that says that `value` is neither True nor False; "" when it is one of them.

    Args:
        what: the name of the flag.
        value: what was given, of any type.
    """
    return "" if isinstance(value, bool) else f"{what} must be True or False, not {value!r}."
