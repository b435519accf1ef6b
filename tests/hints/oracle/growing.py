# ruff: noqa: E501
"""Random types, and random pairs of types that are close enough to be interesting.

Types are trees of (head, arguments) so that one can be made from another: half of all pairs are a type and the
same type with some of it widened, narrowed or replaced, since two types drawn apart rarely fit each other.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

LEAVES: dict[str, int] = {
    "int": 10, "str": 10, "bytes": 3, "bool": 6, "float": 6, "complex": 2, "object": 3, "None": 4,
    "bytearray": 1, "memoryview": 1, "range": 1, "slice": 0, "Path": 3, "PurePath": 1, "date": 2, "datetime": 2,
    "timedelta": 1, "Decimal": 1, "Fraction": 1, "UUID": 1,
    "Animal": 5, "Dog": 5, "Puppy": 2, "Cat": 3, "Base": 1, "Impl": 1,
    "Color": 2, "Level": 2, "Mode": 2, "Only": 1, "Perm": 1, "MyInt": 1, "MyStr": 1, "IntList": 1, "StrMap": 1,
    "Point": 2, "FrozenPoint": 2, "Pair": 2, "Triple": 2, "Movie": 2, "MoreMovie": 2, "PartMovie": 2,
    "MixMovie": 2, "RoMovie": 1, "UserId": 2, "AdminId": 1, "Name": 2, "Dogs": 1, "IntBox": 1, "Rows": 1,
    "Loop": 2, "Sized_": 1, "HasName": 2, "HasReadName": 1, "HasX": 2, "ReadX": 2, "Named": 1, "NamedMore": 1,
    "NameProp": 1, "Closes": 2, "Opened": 1, "ClosesInt": 1, "ClosesArg": 1, "ClosesOpt": 1, "Fn": 1, "FnPos": 1,
    "FnKw": 1, "FnAny": 1, "Fetches": 1, "Fetcher": 1, "SyncFetcher": 1, "Nested": 1, "Chain": 1, "BadChain": 1,
    "Len": 2, "Ordered": 1, "Model": 1, "Json": 2, "Tree": 1, "IntOrStr": 2, "Numbers": 1, "Handler": 1,
    "Flag": 1, "Meters": 1, "F64": 2, "F32": 1, "Anyhow": 1, "Matrix": 1, "Vector": 1, "Registry": 1,
    "Sized": 1, "Hashable": 2, "SupportsInt": 1, "SupportsFloat": 1, "SupportsAbs[int]": 1, "SupportsIndex": 1,
    "np.float64": 2, "np.float32": 1, "np.int64": 2, "np.int32": 1, "np.bool": 1, "np.number": 1,
    "np.generic": 1, "np.ndarray": 2, "np.integer": 1, "np.floating": 1, "np.dtype": 1,
    "TextIO": 1, "BinaryIO": 1, "StringIO": 1, "BytesIO": 1, "Exception": 1, "ValueError": 1, "OSError": 1,
    "type": 1, "Any": 2, "Never": 1, "LiteralString": 1, "ModuleType": 1, "FunctionType": 0, "dict": 1, "list": 1,
    "Slotted": 1, "Cached": 1, "SetProp": 1, "AnyAttr": 1, "Statics": 1, "Makes": 1, "StaticClose": 1, "ClassName": 1,
    "HasClassName": 1, "SetName": 1, "Converts": 1, "Converter": 1, "WideConverter": 1, "NarrowConverter": 1,
    "Defaulted": 1, "Compares": 1, "Comparable_": 1, "IntTree": 1, "StrTree": 1, "BadTree": 1, "Linked": 1,
    "Linked2": 1, "StrLinked": 1, "Functional": 1, "FuncTuple": 1, "FuncEnum": 1, "SlotPoint": 1, "InitPoint": 1,
    "OldRead": 1, "Reads": 1, "ReadsText": 1, "WithMeta": 1, "SubMeta": 1, "Contexts": 1, "AsyncLoop": 1, "Awaits": 1,
    "KeyMap": 1, "Upper": 1, "Gets": 1, "StrDict": 1, "Deep": 1, "Callback": 1, "OptStr": 1, "Variadic[int, str]": 1,
    "Variadic[int, bool]": 1, "Decorates[[int], str]": 1, "Concat[[str]]": 1, "npt.DTypeLike": 1, "np.str_": 1,
    "np.random.Generator": 1, "tuple": 1, "Callable": 1, "set": 1, "Sequence": 1, "Iterable": 1, "Mapping": 1, "npt.ArrayLike": 1,
}  # fmt: skip
LITERALS = ["1", "2", "0", "True", "False", '"a"', '"b"', '"on"', '"off"', 'b"x"', "Color.RED", "Color.BLUE", "Level.LOW",
            'Mode.A', "Only.ONE", "None"]  # fmt: skip
# head -> (weight, number of arguments)
GENERICS: dict[str, tuple[int, int]] = {
    "list": (8, 1), "set": (3, 1), "frozenset": (2, 1), "dict": (7, 2), "Sequence": (5, 1), "Iterable": (5, 1),
    "Iterator": (3, 1), "Collection": (2, 1), "Container": (1, 1), "Reversible": (1, 1), "Mapping": (4, 2),
    "MutableMapping": (2, 2), "MutableSequence": (2, 1), "AbstractSet": (2, 1), "MutableSet": (1, 1),
    "Generator3": (2, 3), "AsyncIterator": (1, 1), "AsyncIterable": (1, 1), "Awaitable": (2, 1),
    "Coroutine": (1, 3), "AsyncGenerator": (1, 2), "deque": (2, 1), "defaultdict": (1, 2), "OrderedDict": (1, 2),
    "Counter": (1, 1), "KeysView": (1, 1), "ValuesView": (1, 1), "ItemsView": (1, 2),
    "AbstractContextManager": (1, 1), "Box": (4, 1), "SubBox": (2, 1), "Source": (4, 1), "Both": (2, 1),
    "Taker": (3, 1), "Two": (2, 2), "Flipped": (2, 2), "Tagged": (2, 1), "GenericPair": (1, 1), "BoxDict": (1, 1),
    "Gives": (2, 1), "Takes": (2, 1), "Holds": (1, 1), "Shelf": (2, 1), "GetItem": (1, 1), "Opt": (2, 1),
    "PairOf": (2, 1), "Table": (1, 1), "type": (4, 1), "t.List": (1, 1), "t.Dict": (1, 2), "t.Sequence": (1, 1),
    "t.Type": (1, 1), "Optional": (8, 1), "Annotated": (2, 1), "quoted": (3, 1), "tuple...": (4, 1),
    "tuple0": (0, 0), "tuple1": (2, 1), "tuple2": (6, 2), "tuple3": (2, 3), "tuple*": (1, 3), "union2": (8, 2),
    "union3": (3, 3), "bar2": (6, 2), "Callable...": (2, 1), "Callable0": (2, 1), "Callable1": (5, 2),
    "Callable2": (3, 3), "Literal": (5, 0), "Literal2": (3, 0), "NDArray": (3, 0), "PathLike": (1, 0),
    "TreeNode": (2, 1), "CallsBack": (1, 1), "Adds": (2, 1), "Appends": (2, 1), "Keys": (2, 1),
    "PairAlias": (2, 1), "DefaultedG": (1, 1), "zip": (1, 1), "enumerate": (1, 1), "Pattern": (1, 0), "TypeGuard": (0, 1),
}  # fmt: skip
SCALARS = [
    "np.float64",
    "np.float32",
    "np.int64",
    "np.int32",
    "np.bool",
    "np.number",
    "np.generic",
    "Any",
    "np.str_",
]
HASHABLE = [
    "int",
    "str",
    "bytes",
    "bool",
    "float",
    "Color",
    "Path",
    "tuple[int, str]",
    "UserId",
    "Level",
    "date",
]
RELATIVES = [
    ["bool", "int", "float", "complex", "object", "MyInt", "UserId", "AdminId", "Level", "SupportsInt", "SupportsIndex",
     "np.int64", "np.float64", "Literal1", "SupportsFloat", "Decimal", "Fraction"],
    ["str", "MyStr", "Name", "Flag", "LiteralString", "Sequence_str", "object", "Mode", "Hashable", "Sized", "Len"],
    ["Animal", "Dog", "Puppy", "Cat", "object"],
    ["Base", "Impl", "object"],
    ["date", "datetime", "object", "Hashable", "Ordered"],
    ["bytes", "bytearray", "memoryview"],
    ["Path", "PurePath", "str", "PathLike0"],
    ["Movie", "MoreMovie", "PartMovie", "MixMovie", "RoMovie", "dict0", "Mapping_str_object"],
    ["Point", "FrozenPoint", "HasX", "ReadX", "Pair"],
    ["Named", "NamedMore", "NameProp", "HasName", "HasReadName"],
    ["Opened", "ClosesInt", "ClosesArg", "ClosesOpt", "Closes", "TextIO", "StringIO", "BytesIO", "BinaryIO"],
    ["Fn", "FnPos", "FnKw", "FnAny", "Cat", "Handler", "Callable_int_str"],
    ["Fetches", "Fetcher", "SyncFetcher"],
    ["Nested", "Chain", "BadChain"],
    ["F64", "F32", "Anyhow", "Matrix", "Vector", "np.ndarray"],
    ["np.float64", "np.float32", "np.floating", "np.number", "np.generic", "float"],
    ["np.int64", "np.int32", "np.integer", "np.number", "int", "np.bool", "SupportsIndex"],
    ["ValueError", "Exception", "OSError"],
    ["Json", "Tree", "int", "str", "list_int", "dict_str_int"],
    ["Pair", "Triple", "tuple_int_str", "tuple0"],
    ["Rows", "list_float", "Loop", "IntList", "Sized_", "Len"],
    ["StrMap", "dict_str_int", "KeyMap", "StrDict", "Gets"],
    ["Slotted", "Cached", "SetProp", "AnyAttr", "HasName", "HasReadName", "SetName", "ClassName", "HasClassName", "SlotPoint"],
    ["Statics", "Makes", "StaticClose", "Closes", "Opened"],
    ["Converts", "Converter", "WideConverter", "NarrowConverter"],
    ["Compares", "Comparable_", "int", "str", "Ordered", "datetime"],
    ["IntTree", "StrTree", "BadTree", "TreeNode_int", "TreeNode_float", "TreeNode_object"],
    ["Linked", "Linked2", "StrLinked"],
    ["Functional", "Movie", "MoreMovie", "RoMovie"],
    ["FuncTuple", "Pair", "tuple_int_str"],
    ["OldRead", "Reads", "ReadsText", "BinaryIO", "TextIO", "BytesIO", "StringIO"],
    ["WithMeta", "SubMeta"],
    ["Deep", "Tree", "list_int", "int"],
    ["Callback", "Handler", "Callable_int_str"],
    ["Variadic[int, str]", "Variadic[int, bool]", "Variadic[int]"],
    ["Contexts", "AnyAttr", "Context_int"], ["AsyncLoop", "AsyncIterable_str"], ["Awaits", "Awaitable_int"],
    ["Defaulted", "DefaultedG_int"],
    ["Concat[[str]]", "Callable_int_str", "Fn", "Decorates[[int], str]"],
    ["Upper", "str", "MyStr", "bytes", "Adds_str", "Adds_int", "int", "float"],
    ["InitPoint", "HasX", "ReadX", "Point", "SlotPoint"],
]  # fmt: skip
SPELLED = {
    "Literal1": "Literal[1]", "Sequence_str": "Sequence[str]", "PathLike0": "PathLike[str]", "dict0": "dict[str, Any]",
    "Mapping_str_object": "Mapping[str, object]", "Callable_int_str": "Callable[[int], str]", "list_int": "list[int]",
    "TreeNode_int": "TreeNode[int]", "TreeNode_float": "TreeNode[float]", "TreeNode_object": "TreeNode[object]",
    "Context_int": "AbstractContextManager[int]", "AsyncIterable_str": "AsyncIterable[str]", "Awaitable_int": "Awaitable[int]",
    "DefaultedG_int": "Defaulted[int]", "Adds_str": "Adds[str]", "Adds_int": "Adds[int]", "dict_str_int": "dict[str, int]", "tuple_int_str": "tuple[int, str]", "list_float": "list[float]",
}  # fmt: skip
WIDER = {
    "list": ["Appends", "Sequence", "Iterable", "MutableSequence", "Collection", "list", "Reversible", "GetItem"],
    "IntList": ["list", "Sequence"], "set": ["AbstractSet", "Iterable", "Collection", "MutableSet"],
    "frozenset": ["AbstractSet", "Iterable", "Collection"], "deque": ["MutableSequence", "Sequence", "Iterable"],
    "Sequence": ["Iterable", "Collection", "list", "Reversible"], "Iterator": ["Iterable"], "SubBox": ["Box"],
    "Box": ["SubBox", "Holds"], "Both": ["Source", "Gives"], "Source": ["Gives", "Both"], "Taker": ["Takes"],
    "Shelf": ["Holds"], "tuple...": ["Sequence", "Iterable", "Collection", "GetItem"], "AsyncIterator": ["AsyncIterable"],
    "KeysView": ["AbstractSet", "Iterable"], "enumerate": ["Iterator"], "Opt": ["Optional"], "Optional": ["Opt"],
    "type": ["Callable0", "type", "t.Type"], "Iterable": ["Collection", "Container"], "t.List": ["list", "Sequence"],
    "dict": ["Mapping", "MutableMapping", "dict", "Keys"], "defaultdict": ["dict", "Mapping"], "OrderedDict": ["dict", "Mapping"],
    "MutableMapping": ["Mapping", "dict"], "Two": ["Flipped"], "Flipped": ["Two"], "Mapping": ["dict"],
}  # fmt: skip


@dataclass(frozen=True)
class Node:
    head: str
    args: tuple[Node, ...] = ()

    def __str__(self) -> str:
        return render(self)


def render(node: Node) -> str:  # noqa: C901
    a = [str(each) for each in node.args]
    h = node.head
    if h in SPELLED:
        return SPELLED[h]
    if h == "quoted":
        return a[0] if '"' in a[0] or "'" in a[0] else f'"{a[0]}"'
    if h.startswith("union"):
        return f"Union[{', '.join(a)}]"
    if h.startswith("bar"):
        return (
            " | ".join(f"({x})" if " | " in x else x for x in a)
            if all(_barable(x) for x in a)
            else f"Union[{', '.join(a)}]"
        )
    if h == "Annotated":
        return f"Annotated[{a[0]}, 'note']"
    if h == "tuple...":
        return f"tuple[{a[0]}, ...]"
    if h == "tuple0":
        return "tuple[()]"
    if h == "tuple*":
        return f"tuple[{a[0]}, Unpack[tuple[{a[1]}, ...]], {a[2]}]"
    if h in ("tuple1", "tuple2", "tuple3"):
        return f"tuple[{', '.join(a)}]"
    if h == "Callable...":
        return f"Callable[..., {a[0]}]"
    if h in ("Callable0", "Callable1", "Callable2"):
        return f"Callable[[{', '.join(a[:-1])}], {a[-1]}]"
    if h == "Generator3":
        return f"Generator[{', '.join(a)}]"
    h = {"DefaultedG": "Defaulted"}.get(h, h)
    return f"{h}[{', '.join(a)}]" if a else h


def _barable(text: str) -> bool:
    return not text.startswith('"')


class Grower:
    """A source of random types; ``extra`` are the names of freshly made classes."""

    def __init__(self, rng: random.Random, extra: dict[str, int], generic: dict[str, int]) -> None:
        self.rng = rng
        leaves = {**LEAVES, **extra}
        self.leaf_names, self.leaf_weights = list(leaves), list(leaves.values())
        generics = {**GENERICS, **{name: (3, n) for name, n in generic.items()}}
        self.generic_names, self.generics = list(generics), generics
        self.generic_weights = [weight for weight, _ in generics.values()]
        self.extra = list(extra)
        self.relatives: dict[str, list[str]] = {}
        for group in [*RELATIVES, *([self.extra] if self.extra else [])]:
            for name in group:
                self.relatives.setdefault(name, []).extend(group)

    def leaf(self) -> Node:
        return Node(self.rng.choices(self.leaf_names, self.leaf_weights)[0])

    def type(self, depth: int, variables: tuple[str, ...] = ()) -> Node:
        if variables and self.rng.random() < 0.35:
            return Node(self.rng.choice(variables))
        if depth <= 0 or self.rng.random() < 0.42:
            return self.leaf()
        head = self.rng.choices(self.generic_names, self.generic_weights)[0]
        return self.generic(head, depth, variables)

    def generic(self, head: str, depth: int, variables: tuple[str, ...] = ()) -> Node:
        if head == "Literal":
            return Node(f"Literal[{self.rng.choice(LITERALS)}]")
        if head == "Literal2":
            return Node(f"Literal[{', '.join(self.rng.sample(LITERALS, self.rng.choice([2, 3])))}]")
        if head == "NDArray":
            return Node(f"npt.NDArray[{self.rng.choice(SCALARS)}]")
        if head in ("PathLike", "Pattern"):
            return Node(f"{head}[{self.rng.choice(['str', 'bytes'])}]")
        arguments = [self.type(depth - 1, variables) for _ in range(self.generics[head][1])]
        if head in (
            "dict",
            "Mapping",
            "MutableMapping",
            "set",
            "frozenset",
            "AbstractSet",
            "Counter",
            "defaultdict",
        ):
            if not variables:
                arguments[0] = Node(self.rng.choice(HASHABLE))
        if head in ("type", "t.Type"):
            names = [
                "int",
                "str",
                "Animal",
                "Dog",
                "Cat",
                "Any",
                "object",
                "Exception",
                "Point",
                "bool",
                "float",
                "Opened",
            ]
            arguments = [Node(self.rng.choice(names))]
        return Node(head, tuple(arguments))

    def mutate(self, node: Node, variables: tuple[str, ...] = ()) -> Node:
        """Something near: a part replaced, widened, wrapped, put in another order."""
        if node.args and self.rng.random() < 0.6:
            i = self.rng.randrange(len(node.args))
            changed = self.mutate(node.args[i], variables)
            return replace(node, args=(*node.args[:i], changed, *node.args[i + 1 :]))
        roll = self.rng.random()
        if variables and roll < 0.5:
            return Node(self.rng.choice(variables))
        if node.head in WIDER and roll < 0.7:
            head = self.rng.choice(WIDER[node.head])
            wanted = self.generics[head][1]
            return Node(head, (*node.args, Node("int"), Node("str"))[:wanted])
        if node.head in self.relatives and roll < 0.8:
            return Node(self.rng.choice(self.relatives[node.head]))
        if roll < 0.8:
            return Node(self.rng.choice(["union2", "bar2"]), (node, self.type(1, variables)))
        if roll < 0.85:
            return Node("Optional", (node,))
        if node.head.startswith(("union", "bar", "tuple2", "tuple3", "Two")) and roll < 0.95:
            shuffled = list(node.args)
            self.rng.shuffle(shuffled)
            return replace(node, args=tuple(shuffled))
        if node.head in ("tuple2", "tuple3", "tuple1"):
            return Node("tuple...", (node.args[0],))
        if node.args and roll > 0.97:
            return node.args[0]
        return self.type(1, variables)

    def pair(self) -> tuple[str, str]:
        producer = self.type(self.rng.choice([0, 1, 1, 2, 2, 3]))
        variables: tuple[str, ...] = ()
        if self.rng.random() < 0.12:
            variables = tuple(self.rng.sample(["T", "S", "N", "A", "C", "Txt", "H"], 2))
        roll = self.rng.random()
        if roll < 0.25 and not variables:
            consumer = self.type(self.rng.choice([0, 1, 1, 2, 2]))
        elif roll < 0.3:
            consumer = producer
        else:
            consumer = producer
            for _ in range(self.rng.choice([1, 1, 2, 3])):
                consumer = self.mutate(consumer, variables)
        return str(producer), str(consumer)
