"""What numpy's classes are generic in. It is never imported: its classes are only met when it is loaded."""

from __future__ import annotations

from typing import TypeVar, cast

_Shape_co = TypeVar("_Shape_co", covariant=True)
_Item_co = TypeVar("_Item_co", covariant=True)
_PARAMETERS: dict[str, tuple[object, ...]] = {"ndarray": (_Shape_co, _Item_co), "dtype": (_Item_co,)}
# Each is one class when the program runs. For type checkers they are generic, and bare they go into
# each of their members: floating[Any] into float32.
_FAMILIES = ("floating", "signedinteger", "unsignedinteger", "complexfloating")
_REAL_CLASSES = ("float64", "complex128")


def array_parameters(cls: type) -> tuple[object, ...] | None:
    """The type parameters of a class of numpy, or None."""
    return _PARAMETERS.get(cls.__name__) if cls.__module__ == "numpy" else None


def is_array_parameter(parameter: object) -> bool:
    """Whether it is a type parameter of an array."""
    return parameter is _Shape_co or parameter is _Item_co


def is_array_number(cls: type) -> bool:
    """Whether it is one of numpy's numbers, or a class made from one."""
    return any(base.__module__ == "numpy" and base.__name__ in ("number", "bool") for base in cls.__mro__)


def checked_array(cls: type) -> object | None:
    """The array class behind ``Float[ndarray, "batch dim"]`` (jaxtyping), None for any other class.

    Its values are plain arrays; the class only checks their shape and the kind of their numbers.
    """
    if not all(
        any(name in vars(base) for base in cls.__mro__) for name in ("array_type", "dtypes", "dim_str")
    ):
        return None
    found: object = next(vars(base)["array_type"] for base in cls.__mro__ if "array_type" in vars(base))
    return found


def number_kinds(cls: type) -> frozenset[str]:
    """The kinds of numbers that such a class allows; empty when it allows all."""
    found: object = next((vars(base)["dtypes"] for base in cls.__mro__ if "dtypes" in vars(base)), ())
    kinds = cast("tuple[object, ...]", found) if isinstance(found, (tuple, list)) else ()
    return frozenset(kind for kind in kinds if isinstance(kind, str))


def is_abstract_scalar(cls: type) -> bool:
    """Whether it is one of the classes that numpy's scalars are grouped under."""
    return cls.__module__ == "numpy" and cls.__name__ in (
        *_FAMILIES,
        "generic",
        "number",
        "integer",
        "inexact",
    )


def is_family_of(family: type, cls: type) -> bool:
    """Whether type checkers let the abstract ``family`` of scalars into its member ``cls``."""
    if family.__module__ != "numpy" or family.__name__ not in _FAMILIES:
        return False
    return family in cls.__bases__ and cls.__name__ not in _REAL_CLASSES
