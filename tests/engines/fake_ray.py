"""As much of Ray as the engine uses, in threads of this process, to test our own bookkeeping with.

An actor is a thread that carries out its calls in their order (an async one: an event loop); what it is given
and what it returns is pickled in between.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import inspect
import pickle
import queue
import threading
import types
from typing import Any

import cloudpickle


class RayError(Exception):
    pass


class ActorDiedError(RayError):
    pass


class ActorUnavailableError(RayError):
    pass


class ObjectLostError(RayError):
    pass


class Ref:
    """A result that may not be there yet."""

    def __init__(self) -> None:
        self.result: concurrent.futures.Future[bytes] = concurrent.futures.Future()

    def future(self) -> concurrent.futures.Future[Any]:
        opened: concurrent.futures.Future[Any] = concurrent.futures.Future()

        def copy(result: concurrent.futures.Future[bytes]) -> None:
            error = result.exception()
            if error is None:
                opened.set_result(loads(result.result()))
            else:
                opened.set_exception(error)

        self.result.add_done_callback(copy)
        return opened

    def __reduce__(self) -> Any:
        return (_same, (id(_kept(self)),))


_known: dict[int, Any] = {}


def _kept(thing: Any) -> Any:
    _known[id(thing)] = thing
    return thing


def _same(number: int) -> Any:
    return _known[number]


def dumps(thing: Any) -> tuple[bytes, list[bytes]]:
    aside: list[pickle.PickleBuffer] = []
    body = cloudpickle.dumps(thing, 5, buffer_callback=aside.append)
    return body, [bytes(buffer.raw()) for buffer in aside]


def loads(data: Any) -> Any:
    body, buffers = data
    return pickle.loads(body, buffers=buffers)


class Actor:
    def __init__(self, kind: type, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self._calls: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._dead = threading.Event()
        self._made = loads(dumps((args, kwargs)))
        self._kind = kind
        self._pending: list[Ref] = []
        self._held: Any = None
        self._lock = threading.Lock()
        is_async = any(inspect.iscoroutinefunction(m) for m in vars(kind).values())
        threading.Thread(target=self._serve_async if is_async else self._serve, daemon=True).start()

    def __reduce__(self) -> Any:
        return (_same, (id(_kept(self)),))

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") and name != "__ray_terminate__":
            raise AttributeError(name)
        return Method(self, name)

    def call(self, name: str, args: tuple[Any, ...], count: int) -> Any:
        refs = [Ref() for _ in range(count)]
        with self._lock:
            self._pending += refs
            dead = self._dead.is_set()
        if dead:
            self.die()
        self._calls.put((name, dumps(args), refs))
        return refs[0] if count == 1 else refs

    def die(self) -> None:
        self._dead.set()
        with self._lock:
            pending, self._pending = self._pending, []
        for ref in pending:
            if not ref.result.done():
                ref.result.set_exception(ActorDiedError("it was killed"))
        self._calls.put(None)

    def _serve(self) -> None:
        made = self._kind(*self._made[0], **self._made[1])
        while (call := self._calls.get()) is not None and not self._dead.is_set():
            name, args, refs = call
            if name == "__ray_terminate__":
                return
            try:
                values = [get(a) if isinstance(a, Ref) else a for a in loads(args)]
            except RayError as error:
                refs[0].result.set_exception(error)
                continue
            self._settle(refs, getattr(made, name)(*values))

    def _settle(self, refs: list[Ref], result: Any) -> None:
        results = [result] if len(refs) == 1 else list(result)
        assert len(results) == len(refs)
        packed = [dumps(each) for each in results]
        if self._dead.is_set():
            return
        with self._lock:
            self._pending = [ref for ref in self._pending if ref not in refs]
        for number, (ref, data) in enumerate(zip(refs, packed, strict=True)):
            if number and self._kind.__name__ in lost:
                ref.result.set_exception(ObjectLostError("its node is gone"))
            elif not ref.result.done():
                ref.result.set_result(data)  # type: ignore[arg-type]

    def _serve_async(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        made = self._kind(*self._made[0], **self._made[1])
        loop = asyncio.get_running_loop()
        tasks: set[Any] = set()
        while (call := await loop.run_in_executor(None, self._next_call)) is not None:
            name, args, refs = call
            task = loop.create_task(self._answer(getattr(made, name)(*loads(args)), refs))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    def _next_call(self) -> Any:
        """Ray keeps no order among the calls of such an actor: an answer is overtaken by the next call."""
        if self._held is not None:
            call, self._held = self._held, None
            return call
        call = self._calls.get()
        if call is None or call[0] != "answer":
            return call
        try:
            later = self._calls.get(timeout=0.005)
        except queue.Empty:
            return call
        if later is None:
            return None
        self._held = call
        return later

    async def _answer(self, call: Any, refs: list[Ref]) -> None:
        try:
            self._settle(refs, await call)
        except Exception as error:
            refs[0].result.set_exception(error)


class Method:
    def __init__(self, actor: Actor, name: str, count: int = 1) -> None:
        self._actor, self._name, self._count = actor, name, count

    def options(self, num_returns: int = 1) -> Method:
        return Method(self._actor, self._name, num_returns)

    def remote(self, *args: Any) -> Any:
        return self._actor.call(self._name, args, self._count)


class Remote:
    def __init__(self, kind: type) -> None:
        self._kind = kind

    def options(self, **_: Any) -> Remote:
        return self

    def remote(self, *args: Any, **kwargs: Any) -> Actor:
        actor = Actor(self._kind, args, kwargs)
        started.append(actor)
        return actor


started: list[Actor] = []
"""Actors in the order of their making."""
connected = [True]
lost: set[str] = set()
"""Actor classes whose results are on a machine that is gone."""
NODE = {"Alive": True, "Resources": {"CPU": 4.0, "GPU": 1.0}, "Labels": {"kind": "large"}}


def get(ref: Any) -> Any:
    if isinstance(ref, list):
        return [get(each) for each in ref]
    return loads(ref.result.result())


def put(value: Any) -> Ref:
    ref = Ref()
    ref.result.set_result(dumps(value))  # type: ignore[arg-type]
    return ref


def wait(refs: list[Ref], num_returns: int, timeout: float) -> tuple[list[Ref], list[Ref]]:
    concurrent.futures.wait([ref.result for ref in refs], timeout)
    ready = [ref for ref in refs if ref.result.done()]
    return ready, [ref for ref in refs if ref not in ready]


def as_module() -> types.ModuleType:
    """Something that can stand in `sys.modules` as ``ray``."""
    module: Any = types.ModuleType("ray")
    module.exceptions = types.SimpleNamespace(
        RayError=RayError,
        ActorDiedError=ActorDiedError,
        ActorUnavailableError=ActorUnavailableError,
        ObjectLostError=ObjectLostError,
    )
    module.remote, module.get, module.put, module.wait = Remote, get, put, wait
    module.kill = lambda actor, no_restart=True: actor.die()
    module.is_initialized = lambda: connected[0]
    here = types.SimpleNamespace(gcs_address="here:1", get_node_id=lambda: "here")
    module.get_runtime_context = lambda: here
    module.nodes = lambda: [NODE]
    module.available_resources = lambda: NODE["Resources"]
    return module


def strategies() -> types.ModuleType:
    """Something that can stand in for ``ray.util.scheduling_strategies``."""
    module: Any = types.ModuleType("ray.util.scheduling_strategies")
    module.NodeAffinitySchedulingStrategy = lambda node_id, soft: (node_id, soft)
    return module
