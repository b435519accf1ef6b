# ruff: noqa: E501
"""Classes made at random: what a check meets is never the classes it was written for."""

from __future__ import annotations

import random

_TYPES = [
    "int", "str", "float", "bool", "bytes", "object", "Animal", "Dog", "int | None", "list[int]", "list[float]",
    "Sequence[int]", "dict[str, int]", "tuple[int, str]", "Iterable[str]", "None", "Any", "Literal[1]",
    "Callable[[int], str]", "Optional[Dog]", "UserId", "type[Animal]", "np.ndarray", "list[Animal]", "complex",
]  # fmt: skip
_NAMES = ["alpha", "beta", "gamma"]
_METHODS = ["first", "second", "third"]


class Fresh:
    """One random module."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.lines: list[str] = []
        self.plain: dict[str, int] = {}
        self.generic: dict[str, int] = {}
        for i in range(10):
            self._protocol(f"Pr{i}")
        for i in range(18):
            self._class(f"Kl{i}", i)
        for i in range(8):
            self._record(f"Rec{i}", i)
        for i in range(4):
            self._named_tuple(f"Nt{i}")
        for i in range(8):
            self._generic(f"Gen{i}", i)
        for i in range(4):
            self._alias(f"Al{i}", i)

    @property
    def text(self) -> str:
        names = [*self.plain, *self.generic]
        return f"__all__ = {names!r}\n" + "\n".join(self.lines) + "\n"

    def _type(self) -> str:
        known = list(self.plain)
        if known and self.rng.random() < 0.15:
            return self.rng.choice(known)
        return self.rng.choice(_TYPES)

    def _members(self, variable: str | None, *, protocol: bool, count: int) -> list[str]:
        lines: list[str] = []
        for name in self.rng.sample(_NAMES, min(count, self.rng.randint(0, 2))):
            kind = self.rng.random()
            type_ = variable if variable and self.rng.random() < 0.6 else self._type()
            if kind < 0.6:
                lines.append(f"    {name}: {type_}")
            elif kind < 0.8:
                lines += ["    @property", f"    def {name}(self) -> {type_}: ..."]
            elif kind < 0.9 and protocol is False:
                lines.append(f"    {name}: ClassVar[{self.rng.choice(['int', 'str'])}]")
            else:
                lines.append(
                    f"    {name}: {type_} = cast(Any, None)" if not protocol else f"    {name}: {type_}"
                )
        for name in self.rng.sample(_METHODS, self.rng.randint(0, 2)):
            prefix = "async " if self.rng.random() < 0.12 else ""
            lines.append(
                f"    {prefix}def {name}(self{self._parameters(variable)}) -> {self._result(variable)}: ..."
            )
        return lines

    def _result(self, variable: str | None) -> str:
        return variable if variable and self.rng.random() < 0.6 else self._type()

    def _parameters(self, variable: str | None) -> str:
        made: list[str] = []
        defaults = False
        names = ["x", "y", "z"][: self.rng.choice([0, 1, 1, 1, 2, 3])]
        for name in names:
            type_ = variable if variable and self.rng.random() < 0.6 else self._type()
            defaults = defaults or self.rng.random() < 0.25
            made.append(f"{name}: {type_}" + (" = ..." if defaults else ""))
        roll = self.rng.random()
        if made and roll < 0.2:
            made.append("/")
        elif roll < 0.3:
            made.append(f"*args: {self._type()}")
        elif roll < 0.4:
            made.append(f"*, key: {self._type()}" + (" = ..." if self.rng.random() < 0.6 else ""))
        elif roll < 0.45:
            made.append(f"**kwargs: {self._type()}")
        return "".join(", " + each for each in made)

    def _protocol(self, name: str) -> None:
        bases = "Protocol"
        others = [each for each in self.plain if each.startswith("Pr")]
        if others and self.rng.random() < 0.2:
            bases = f"{self.rng.choice(others)}, Protocol"
        body = self._members(None, protocol=True, count=1)
        self.lines += [f"class {name}({bases}):", *(body or ["    def first(self) -> int: ..."]), ""]
        self.plain[name] = 2

    def _class(self, name: str, i: int) -> None:
        others = [each for each in self.plain if each.startswith("Kl")]
        roll = self.rng.random()
        head = f"class {name}:"
        if others and roll < 0.3:
            head = f"class {name}({self.rng.choice(others)}):"
        elif roll < 0.4:
            protocols = [each for each in self.plain if each.startswith("Pr")]
            head = f"class {name}({self.rng.choice(protocols)}):"
        elif roll < 0.55:
            self.lines.append("@dataclasses.dataclass" + ("(frozen=True)" if self.rng.random() < 0.4 else ""))
            fields = [f"    {each}: {self._type()}" for each in self.rng.sample(_NAMES, 2)]
            self.lines += [head, *fields, *self._members(None, protocol=False, count=0), ""]
            self.plain[name] = 2
            return
        elif roll < 0.62:
            fields = self.rng.sample(_NAMES, 2)
            lines = [f"        self.{each}: {self._type()} = cast(Any, None)" for each in fields]
            self.lines += [
                head,
                "    def __init__(self) -> None:",
                *lines,
                *self._members(None, protocol=False, count=0),
                "",
            ]
            self.plain[name] = 2
            return
        elif roll < 0.68:
            special = self.rng.choice([
                "def __len__(self) -> int: ...", "def __iter__(self) -> Iterator[str]: ...",
                "def __call__(self, x: int) -> str: ...", "def __getitem__(self, key: int) -> str: ...",
                "def __lt__(self, other: Any) -> bool: ...", "def __float__(self) -> float: ...",
                "def __eq__(self, other: object) -> bool: ...", "def __contains__(self, x: object) -> bool: ...",
            ])  # fmt: skip
            self.lines += [head, "    " + special, *self._members(None, protocol=False, count=1), ""]
            self.plain[name] = 2
            return
        body = self._members(None, protocol=False, count=2)
        self.lines += [head, *(body or ["    pass"]), ""]
        self.plain[name] = 2

    def _record(self, name: str, i: int) -> None:
        total = ", total=False" if self.rng.random() < 0.3 else ""
        others = [each for each in self.plain if each.startswith("Rec")]
        base = self.rng.choice(others) if others and self.rng.random() < 0.25 else "TypedDict"
        self.lines.append(f"class {name}({base}{total}):")
        keys = ["title", "year", "rate"] if base == "TypedDict" else [f"more{i}"]
        for key in self.rng.sample(keys, self.rng.randint(1, len(keys))):
            type_ = self.rng.choice(
                ["int", "str", "float", "list[int]", "bool", "int | None", "Any", "Animal", "Dog"]
            )
            roll = self.rng.random()
            if roll < 0.12:
                type_ = f"NotRequired[{type_}]"
            elif roll < 0.2:
                type_ = f"Required[{type_}]"
            elif roll < 0.28:
                type_ = f"ReadOnly[{type_}]"
            self.lines.append(f"    {key}: {type_}")
        self.lines.append("")
        self.plain[name] = 2

    def _named_tuple(self, name: str) -> None:
        fields = [f"    {each}: {self._type()}" for each in self.rng.sample(_NAMES, self.rng.randint(1, 3))]
        self.lines += [f"class {name}(NamedTuple):", *fields, ""]
        self.plain[name] = 1

    def _generic(self, name: str, i: int) -> None:
        variable = self.rng.choice(["T", "T", "T_co", "T_contra"])
        protocol = self.rng.random() < 0.5
        base = f"Protocol[{variable}]" if protocol else f"Generic[{variable}]"
        others = [each for each in self.generic if each.startswith("Gen")]
        if others and not protocol and self.rng.random() < 0.35:
            base = f"{self.rng.choice(others)}[{variable}], Generic[{variable}]"
        self.lines += [f"class {name}({base}):", *self._generic_body(variable), ""]
        self.generic[name] = 1

    def _generic_body(self, variable: str) -> list[str]:
        lines: list[str] = []
        for method in self.rng.sample(_METHODS, self.rng.randint(1, 2)):
            if variable == "T_co":
                lines.append(f"    def {method}(self) -> {variable}: ...")
            elif variable == "T_contra":
                lines.append(f"    def {method}(self, x: {variable}) -> {self._type()}: ...")
            elif self.rng.random() < 0.5:
                lines.append(f"    def {method}(self, x: {variable}) -> {variable}: ...")
            else:
                lines.append(f"    def {method}(self) -> list[{variable}]: ...")
        if variable == "T" and self.rng.random() < 0.4:
            lines.append(f"    {self.rng.choice(_NAMES)}: {variable}")
        return lines

    def _alias(self, name: str, i: int) -> None:
        first, second = self._type(), self._type()
        form = self.rng.choice(
            ["Union[{0}, {1}]", "list[Union[{0}, {1}]]", "dict[str, {0}]", "Callable[[{0}], {1}]"]
        )
        self.lines += [f"{name} = {form.format(first, second)}", ""]
        self.plain[name] = 1
