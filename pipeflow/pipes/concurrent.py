"""The step of an ``async def`` functor: several items in flight on an event loop of the worker.

asyncio is imported by the workers that have a loop: it takes a tenth of the memory that workers start with.
"""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import wait
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from pipeflow.pipes._base import Options, Step, StepContext
from pipeflow.pipes.failures import pause_before
from pipeflow.pipes.functors import initialised, ready
from pipeflow.waiting import Mailbox

if TYPE_CHECKING:
    import asyncio


_LOOK_AGAIN = 0.5
"""Seconds between looks at whether the loop that is waited for still runs."""


class ConcurrentStep(Step):
    """Runs coroutines on a loop in a thread of its own: results arrive while the worker waits for input.

    The run loop submits inputs with a token and takes `(token, result, error)` from `ready` when woken.

    Attributes:
        limit: how many items may be in flight.
        pending: how many are (submitted, and not yet taken from `ready`).
        retried: how many calls were repeated.
    """

    def __init__(self, functor: Any, options: Options, context: StepContext, sends: bool = True) -> None:
        import asyncio

        self.limit = options.concurrency or 1
        self.sends = sends
        self.pending = 0
        self._wake = context.wake
        self._done: Mailbox[tuple[Any, Any, BaseException | None]] = Mailbox()
        self._closing = False
        """From now on a coroutine that is cancelled was cancelled by us."""
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self.retried = 0
        first = initialised(functor, options.init_kwargs)
        self._thread = threading.Thread(
            target=contextvars.copy_context().run,  # what the worker knows of itself, coroutines know
            args=(self._serve,),
            name=f"pipeflow {context.name} event loop",
            daemon=True,
        )
        self._thread.start()
        try:
            self._awaited(first)
        except BaseException:
            self._end_loop()
            raise
        self._call, self._term = ready(functor, options.init_kwargs)
        if options.retries:
            self._call = self._repeating(self._call, options.retries)

    def follow(self, around: Callable[[Any], Any]) -> None:
        """Call what `around` makes of the coroutine function; before the first input."""
        self._call = around(self._call)

    def submit(self, token: Any, args: tuple[Any, ...]) -> None:
        """Start the coroutine of one input."""
        self.pending += 1
        self._loop.call_soon_threadsafe(self._begin, token, args)

    def ready(self) -> list[tuple[Any, Any, BaseException | None]]:
        """What has finished since the last call, in the order it finished."""
        finished = [self._done.take() for _ in range(len(self._done))]
        self.pending -= len(finished)
        return finished

    def wait(self, timeout: float | None = None) -> bool:
        """Block until something is ready; False when `timeout` seconds passed first."""
        return self._done.wait(timeout)

    def close(self) -> Any:
        """Cancel what is in flight, then end the functor and the loop."""
        import asyncio

        self._closing = True
        try:
            if self._thread.is_alive():
                asyncio.run_coroutine_threadsafe(self._cancel(), self._loop).result(5)
            return self._awaited(self._term())
        finally:
            self._end_loop()

    def _end_loop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(5)

    def _awaited(self, result: Any) -> Any:
        """What ``local_init`` or ``local_term`` gives: where that is a coroutine, it runs on the loop too."""
        if not _is_coroutine(result):
            return result
        import asyncio

        outcome = asyncio.run_coroutine_threadsafe(_outcome(result), self._loop)
        try:
            while not wait([outcome], _LOOK_AGAIN).done:
                if not self._thread.is_alive():
                    raise RuntimeError(f"{result.__name__} has ended the event loop that it ran on")
        except BaseException:
            outcome.cancel()
            raise
        value, error = outcome.result()
        if error is not None:
            raise error
        return value

    def _serve(self) -> None:
        import asyncio

        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        left = asyncio.all_tasks(self._loop)  # begun by the functor, or a local_init that nobody waits for
        for task in left:
            task.cancel()
        self._loop.run_until_complete(asyncio.wait(left, timeout=1) if left else asyncio.sleep(0))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    def _repeating(self, call: Callable[..., Any], retries: int) -> Callable[..., Any]:
        import asyncio

        async def repeat(*args: Any) -> Any:
            for attempt in range(1, retries + 1):
                try:
                    return await call(*args)
                except Exception:  # noqa: BLE001 - the last one is raised below
                    self.retried += 1
                    await asyncio.sleep(pause_before(attempt))
            return await call(*args)

        return repeat

    def _begin(self, token: Any, args: tuple[Any, ...]) -> None:
        task = self._loop.create_task(self._one(token, args))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _one(self, token: Any, args: tuple[Any, ...]) -> None:
        result, error = None, None
        try:
            result = await self._call(*args)
        except BaseException as raised:  # handed to the guard in the worker's own thread
            if self._closing:
                raise
            error = raised
        self._done.put((token, result if self.sends else None, error))
        self._wake()

    async def _cancel(self) -> None:
        import asyncio

        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _is_coroutine(value: object) -> bool:
    return type(value) is CoroutineType


async def _outcome(coroutine: Coroutine[Any, Any, Any]) -> tuple[Any, BaseException | None]:
    """Its result or its error: some errors would end the loop if they left a task."""
    try:
        return await coroutine, None
    except BaseException as error:  # noqa: BLE001 - raised again in the worker's own thread
        return None, error
