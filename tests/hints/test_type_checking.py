"""Names that exist only for type checkers, looked up among the loaded modules and never imported."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from pipeflow.hints import UNKNOWN, accepted, produced

FILES = {
    "pkg/__init__.py": "",
    "pkg/shapes.py": """
        from __future__ import annotations
        from typing import TYPE_CHECKING, Union
        if TYPE_CHECKING:
            from decimal import Decimal
        class Circle: ...
        class Square: ...
        Shape = Union["Circle", "Square"]
        Text = "Union[Circle, str]"
        Maybe = Union["Circle", "Decimal"]
    """,
    "pkg/never.py": "raise RuntimeError('this module must not be imported')",
    "pkg/passing.py": "from pkg.shapes import Shape, Text",
    "pkg/user.py": """
        from __future__ import annotations
        import typing
        from typing import TYPE_CHECKING
        from .passing import Shape
        from pkg import shapes
        if typing.TYPE_CHECKING:
            import decimal as dec
            import os.path
            from . import shapes as forms
            from .shapes import Circle
            from .shapes import Maybe as Perhaps
            from .never import Gone
            from .passing import Text
            Alias = list[Circle]
            Written: typing.TypeAlias = "dict[str, Circle]"
            class Only: ...
        def runs(x: Shape) -> None: ...
        def hidden(x: Circle) -> forms.Square: ...
        def module(x: dec.Decimal) -> list[dec.Decimal]: ...
        def aliases(x: Alias, y: Written, z: Perhaps, w: Text) -> None: ...
        def lost(x: Gone, y: Only, z: dec.Nothing) -> list[Gone]: ...
    """,
}


@pytest.fixture
def user(tmp_path, monkeypatch):
    import textwrap

    for name, text in FILES.items():
        path: Path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text))
    monkeypatch.syspath_prepend(str(tmp_path))
    yield importlib.import_module("pkg.user")
    for name in [name for name in sys.modules if name.partition(".")[0] == "pkg"]:
        del sys.modules[name]


def test_an_alias_with_text_is_read_where_it_was_written(user):
    from pkg.shapes import Circle, Square  # type: ignore[import-not-found]

    assert accepted(user.runs, "transform", 0) == Circle | Square


def test_type_checking_imports(user):
    from decimal import Decimal

    from pkg.shapes import Circle, Square  # type: ignore[import-not-found]

    assert accepted(user.hidden, "transform", 0) is Circle
    assert produced(user.hidden, "transform") is Square
    assert accepted(user.module, "transform", 0) is Decimal
    assert produced(user.module, "transform") == list[Decimal]


def test_aliases_for_type_checkers(user):
    from decimal import Decimal

    from pkg.shapes import Circle  # type: ignore[import-not-found]

    found = [accepted(user.aliases, "transform", i) for i in range(4)]
    assert found == [list[Circle], dict[str, Circle], Circle | Decimal, Circle | str]


def test_what_is_not_loaded_is_unknown_and_not_imported(user):
    assert accepted(user.lost, "transform", 0) is UNKNOWN
    assert accepted(user.lost, "transform", 1) is UNKNOWN
    assert accepted(user.lost, "transform", 2) is UNKNOWN
    assert produced(user.lost, "transform") == list[UNKNOWN]
    assert "pkg.never" not in sys.modules


def test_a_module_whose_source_is_gone(user, tmp_path):
    from pipeflow.hints.type_checking import imported_for_types

    (tmp_path / "pkg" / "user.py").write_text("not python (")
    user.__file__ = str(tmp_path / "pkg" / "other.py")
    assert imported_for_types("pkg.user", "Circle") is UNKNOWN
    user.__file__ = str(tmp_path / "pkg" / "user.py")
    assert imported_for_types("pkg.user", "NoSuchName") is UNKNOWN
    assert imported_for_types(None, "Circle") is UNKNOWN
