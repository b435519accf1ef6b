"""For each guarantee: its mechanism taken out, and the tests that must then fail.

    python -m tests.faults.mutations            all, two at a time
    python -m tests.faults.mutations G8 G16     of these guarantees

A mutation is made in a copy of the package. A text that is to be replaced must occur once: code that moves
takes its line here along.
"""

# ruff: noqa: E501 - lines of the code, as they stand there

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300.0
"""For the tests of one mutation; a test by itself has 25."""

ACCOUNTING = "tests/faults/test_accounting.py::"
CHANNEL = "tests/transports/test_channel.py::"
DEATHS = "tests/faults/test_deaths.py::"
SIGNALS = "tests/faults/test_signals.py::"
ENGINES = "tests/conformance/test_engines.py::"
ITEMS = "tests/faults/test_items.py::"
MISBEHAVIOUR = "tests/faults/test_misbehaviour.py::"
PLACES = "tests/faults/test_places.py::"
RECOVERY = "tests/runtime/test_recovery.py::"
RESTARTS = "tests/faults/test_restarts.py::"
SCRIPTS = "tests/faults/test_scripts.py::"
SHOWN = "tests/runtime/test_shown.py::"
TRANSPORTS = "tests/conformance/test_transports.py::"


class Mutation(NamedTuple):
    """One mechanism.

    Attributes:
        guarantee: "G1" to "G23".
        without: what is taken out, in words.
        path: of the file under ``pipeflow/``; `old` what stands there once, `new` what is put there.
        tests: what pytest runs; at least one must fail.
        options: more of them for pytest.
    """

    guarantee: str
    without: str
    path: str
    old: str
    new: str
    tests: tuple[str, ...]
    options: tuple[str, ...] = ()


MUTATIONS = (
    Mutation(
        "G1",
        "a worker says why it fails",
        "runtime/worker.py",
        "        self.endpoint.report(Failed(error.failure, self.summary()))\n        try:\n",
        "        try:\n",
        (ENGINES + "test_a_failure_names_pipe_item_and_cause[process]",),
    ),
    Mutation(
        "G1",
        "to show an exception may raise anything",
        "runtime/shown.py",
        """    except BaseException:  # noqa: BLE001\n        return "(its text can't be shown)"\n""",
        """    except Exception:\n        return "(its text can't be shown)"\n""",
        (SHOWN + "test_an_exception_that_ends_the_interpreter_when_it_is_shown_is_a_failure_all_the_same",),
    ),
    Mutation(
        "G1",
        "the exception itself travels",
        "runtime/shown.py",
        '        found["pickled"] = _round_trip(error)\n',
        '        found["pickled"] = None\n',
        (ENGINES + "test_a_failure_names_pipe_item_and_cause[process]",),
    ),
    Mutation(
        "G1",
        "the others are stopped when one has failed",
        "runtime/supervisor.py",
        "            self.problems.append(replace(message.failure, item=number))\n            return self._stop(FAILING_GRACE)\n",
        "            self.problems.append(replace(message.failure, item=number))\n            return []\n",
        (DEATHS + "test_a_stuck_worker_does_not_keep_the_error_waiting",),
    ),
    Mutation(
        "G1",
        "the time that an exception gets to show itself is limited",
        "runtime/shown.py",
        "    done.acquire(timeout=PATIENCE)\n",
        "    done.acquire()\n",
        (SHOWN + "test_an_exception_that_never_ends_to_show_itself_is_a_failure_in_time",),
    ),
    Mutation(
        "G1",
        "there is room left to say that all memory is taken",
        "runtime/shown.py",
        "_RESERVE = 1 << 24\n",
        "_RESERVE = 1 << 12\n",
        (PLACES + "test_scripts[a functor that takes all memory has failed]",),
    ),
    Mutation(
        "G1",
        "what a generator's finally raises is a failure",
        "runtime/worker.py",
        '        return self.guard.call(step.close, during="local_term")\n',
        "        try:\n            return step.close()\n        except BaseException:\n            return None\n",
        (ENGINES + "test_what_a_generators_finally_raises_is_raised_in_the_caller",),
    ),
    Mutation(
        "G2",
        "later failures are attached",
        "system/failures.py",
        "    first.others = tuple(errors[1:])\n",
        "    first.others = ()\n",
        (ACCOUNTING + "test_the_first_failure_wins_and_the_later_ones_are_attached",),
    ),
    Mutation(
        "G2",
        "the first failure is the one that is raised",
        "system/failures.py",
        "    first = errors[0]\n",
        "    first = errors[-1]\n",
        (ACCOUNTING + "test_the_first_failure_wins_and_the_later_ones_are_attached",),
    ),
    Mutation(
        "G3",
        "subclasses are matched",
        "runtime/guard.py",
        "isinstance(error, self._ignore)",
        "type(error) in self._ignore",
        (ENGINES + "test_ignored_exceptions_match_subclasses_and_skip_one_item",),
    ),
    Mutation(
        "G3",
        "an ignored exception that has ended a source's generator is an error",
        "runtime/worker.py",
        'elif getattr(self._results, "ended", False):',
        "elif False:",
        (ENGINES + "test_an_ignored_exception_that_ended_a_generator_is_an_error",),
    ),
    Mutation(
        "G4",
        "the end of a process is watched for",
        "engines/process.py",
        "            for worker in self._processes:\n                self._await_end(worker)\n            while not",
        "            while not",
        (DEATHS + "test_os_exit_is_a_death_even_with_code_zero",),
    ),
    Mutation(
        "G4",
        "the item in hand is written where a death leaves it",
        "engines/process.py",
        "        item = reading.item\n",
        "        item = 0\n",
        (DEATHS + "test_os_exit_is_a_death_even_with_code_zero",),
    ),
    Mutation(
        "G4",
        "what a worker has said is heard before it counts as dead",
        "engines/process.py",
        "        self._hear_out(worker)\n        process.join()\n",
        "        process.join()\n",
        (DEATHS + "test_what_a_worker_has_said_is_heard_before_it_counts_as_dead",),
    ),
    Mutation(
        "G5",
        "the survivors of a death are stopped",
        "runtime/supervisor.py",
        "            self.problems.append(Death(event.worker, event.exitcode, event.item, event.pid, why))\n"
        "            instructions = self._stop(FAILING_GRACE)\n",
        "            self.problems.append(Death(event.worker, event.exitcode, event.item, event.pid, why))\n",
        (DEATHS + "test_kill_of_any_worker_ends_the_run_with_a_named_error",),
        ("-k", "fork and not forkserver and (work0 or idle0)"),
    ),
    Mutation(
        "G4",
        "its end is seen though children of its functor hold what it held",
        "engines/process.py",
        "                end = self._ends[worker] = ProcessEnd(process.pid)\n",
        "                pass\n",
        (MISBEHAVIOUR + "test_a_death_is_seen_while_children_of_the_functor_live_on",),
    ),
    Mutation(
        "G5",
        "a worker never holds another's end of a channel",
        "transports/sockets.py",
        "    for endpoint in list(_open):\n        endpoint.abandon()\n",
        "",
        ("tests/transports/test_sockets.py::test_a_forked_child_lets_go_of_the_sockets",),
    ),
    Mutation(
        "G6",
        "the account is looked at",
        "system/failures.py",
        "        lost = [] if supervisor.stop_asked else _lost(run)\n",
        "        lost: list[str] = []\n",
        (ACCOUNTING + "test_an_item_that_was_written_and_never_read_is_an_error",),
    ),
    Mutation(
        "G6",
        "what comes round when its loop has ended is looked at",
        "system/failures.py",
        "    return [*lost_items(run.plan, summaries), *late]\n",
        "    return lost_items(run.plan, summaries)\n",
        (ENGINES + "test_what_a_pipe_held_back_until_its_loop_had_ended_is_not_lost_in_silence",),
    ),
    Mutation(
        "G6",
        "results are sent also where failed items go",
        "runtime/outlet.py",
        "            [(n, routes) for n, routes in results if routes],\n",
        "            [(n, routes) for n, routes in results if n not in self.failures],\n",
        (ENGINES + "test_failed_items_merge_with_the_results_on_one_stream",),
    ),
    Mutation(
        "G6",
        "failed items carry the number of what they were made of",
        "runtime/outlet.py",
        "            self._put(port, (origin, failed) if port in self._tagged else failed)\n",
        "            self._put(port, failed)\n",
        (ENGINES + "test_a_failed_item_meets_what_it_was_made_of",),
    ),
    Mutation(
        "G6",
        "where only failed items are paired, the others are said not to come",
        "runtime/outlet.py",
        "        for port in (*missed, *self._hear_of_failures_alone):\n",
        "        for port in missed:\n",
        (ENGINES + "test_failed_items_alone_meet_what_they_were_made_of",),
    ),
    Mutation(
        "G7",
        "only a pipe that asks for it is restarted",
        "runtime/recovery.py",
        'return pipe is not None and pipe.options.on_crash == "restart"',
        "return pipe is not None",
        (RESTARTS + "test_the_default_is_to_fail",),
    ),
    Mutation(
        "G8",
        "what a dead worker had not finished is sent again",
        "transports/channel.py",
        "        self.backlog.put_back(back)\n",
        "",
        (RESTARTS + "test_a_dead_worker_is_replaced_and_its_items_run_again",),
    ),
    Mutation(
        "G8",
        "marks say how far a dead worker had come",
        "transports/marks.py",
        "        return pack_marks(self._flushed), pack_runs(_runs(parts))\n",
        '        return b"", b""\n',
        ("tests/transports/test_crash_points.py",),
    ),
    Mutation(
        "G8",
        "results that others wait for are not kept for a good chunk",
        "transports/channel.py",
        "        self._urgent = force and self.marker is not None\n",
        "",
        (
            "tests/transports/test_channel.py",
            RESTARTS + "test_arms_of_a_fork_that_bring_different_numbers_of_items_end",
        ),
    ),
    Mutation(
        "G8",
        "messages say of which items their results are",
        "transports/marks.py",
        "        return pack_marks(self._flushed), pack_runs(_runs(parts))\n",
        '        return pack_marks(self._flushed), b""\n',
        ("tests/transports/test_crash_points.py",),
    ),
    Mutation(
        "G8",
        "a new worker hears that a reader of its had ended meanwhile",
        "runtime/recovery.py",
        "            elif end % 2 and reader in ended:\n",
        "            elif False:\n",
        (RECOVERY + "test_a_writer_connected_to_a_reader_that_had_ended_is_told",),
    ),
    Mutation(
        "G8",
        "whatever comes first, the end of a neighbour or what is seen of it",
        "runtime/recovery.py",
        "            case.waiting = {end for end in case.waiting if peers[end] in living}\n"
        "        return [*self._sever(ended), *self._advance(living)]\n",
        "            case.waiting = {end for end in case.waiting if peers[end] in living}\n"
        "        return self._advance(living)\n",
        (RECOVERY + "test_its_end_may_be_heard_of_later",),
    ),
    Mutation(
        "G6",
        "a writer that ends says what its readers had done, for they may die later",
        "transports/sockets.py",
        "                if outgoing.keeps:\n",
        "                if False:\n",
        (RESTARTS + "test_a_writer_that_ended_before_the_death_is_accounted_for",),
    ),
    Mutation(
        "G6",
        "what came of a dead writer and is not wanted any more is accounted for",
        "transports/incoming.py",
        "        self.unread = sum(s.received - s.taken for s in dead)\n",
        "",
        (CHANNEL + "test_what_came_of_a_dead_writer_and_is_not_wanted_any_more_is_counted_by_its_reader",),
    ),
    Mutation(
        "G8",
        "with several streams the minimum over them is done",
        "transports/marks.py",
        "        return self.closed and len(self.out) == self.put\n",
        "        return self.closed and (bool(self.out) or not self.put)\n",
        ("tests/transports/test_crash_points.py",),
    ),
    Mutation(
        "G8",
        "what a stream has already is dropped when it is made again",
        "transports/marks.py",
        "        if (output, place) in origin.delivered:\n            return None\n",
        "",
        ("tests/transports/test_crash_points.py",),
    ),
    Mutation(
        "G8",
        "what had been delivered travels with what is sent again",
        "transports/channel.py",
        'repeats = b"" if not self.again else _repeats(one_by_one(pieces)[: self.again])',
        'repeats = b""',
        ("tests/transports/test_crash_points.py",),
    ),
    Mutation(
        "G8",
        "an item of which all has come does not run again",
        "transports/channel.py",
        "if number <= done or number in through:",
        "if number <= done:",
        ("tests/transports/test_crash_points.py",),
    ),
    Mutation(
        "G8",
        "what a dead reader knew of its writer is kept",
        "runtime/recovery.py",
        "            self._known[writer] = (message.marks, message.parts)\n",
        "",
        (
            "tests/runtime/test_recovery.py::test_what_a_dead_reader_knew_of_its_writer_counts_when_that_dies_too",
        ),
    ),
    Mutation(
        "G8",
        "a reader that leaves says what it got of a writer that may be restarted",
        "transports/sockets.py",
        "                self._pump.tell_got(self._inputs[port], end)\n",
        "",
        (RESTARTS + "test_a_stream_that_wants_no_more_leaves_the_other_alone",),
    ),
    Mutation(
        "G8",
        "the marks are heeded in a recovery",
        "runtime/recovery.py",
        "known.append((eof.marks, eof.parts))",
        "pass",
        ("tests/runtime/test_recovery.py::test_a_death_is_survived_once_all_neighbours_have_reported",),
    ),
    Mutation(
        "G8",
        "only what is out of a worker's hands is acknowledged",
        "transports/incoming.py",
        "return self.done if self.flushed is None else min(self.done, self.flushed)",
        "return self.done",
        ("tests/transports/test_crash_points.py",),
    ),
    Mutation(
        "G8",
        "who holds what is nowhere else may not die",
        "runtime/recovery.py",
        "        if self._exposed.get(event.worker):\n",
        "        if False:\n",
        (RECOVERY + "test_not_even_one_that_may_be_restarted_as_long_as_it_holds_what_is_nowhere_else",),
    ),
    Mutation(
        "G9",
        "restarts are counted",
        "runtime/recovery.py",
        "        if len(again) >= self.limit:\n",
        "        if False:\n",
        (RESTARTS + "test_three_restarts_in_a_minute_and_no_more",),
    ),
    Mutation(
        "G9",
        "an item that ends one worker after the other is known",
        "transports/channel.py",
        "poison = isinstance(entry, Remembered) and entry.blamed",
        "poison = False",
        (RESTARTS + "test_an_item_that_ends_two_workers_is_reported",),
    ),
    Mutation(
        "G9",
        "failing items are tried again",
        "runtime/guard.py",
        "if attempt < self._retries and",
        "if False and",
        (ENGINES + "test_retries_call_again",),
    ),
    Mutation(
        "G9",
        "on_error='skip' goes on",
        "runtime/guard.py",
        "(self._skips and isinstance(error, Exception))",
        "False",
        (ENGINES + "test_on_error_skip_within_a_diamond_takes_the_partner_along",),
    ),
    Mutation(
        "G9",
        "failed items go to the dead letters",
        "runtime/worker.py",
        "            self.guard.bury = self.outlet.fail\n",
        "            pass\n",
        (ENGINES + "test_failed_items_go_to_the_dead_letters",),
    ),
    Mutation(
        "G9",
        "retries wait longer each time",
        "runtime/guard.py",
        "                    time.sleep(pause_before(attempt))\n",
        "",
        ("tests/runtime/test_guard.py::test_retries_repeat_the_call_and_then_give_up",),
    ),
    Mutation(
        "G9",
        "an item may take no longer than its pipe's timeout",
        "engines/_base.py",
        "            late = self._overdue.look(now)\n",
        "            pass\n",
        ("tests/faults/test_timeouts.py::test_a_functor_that_hangs_is_named_with_its_item",),
    ),
    Mutation(
        "G9",
        "of several items in flight it is the oldest whose time counts",
        "runtime/worker.py",
        "        self.meter.hold(next(iter(self._in_flight), 0))\n",
        "        self.meter.hold(self._taken)\n",
        ("tests/faults/test_timeouts.py::test_a_coroutine_that_hangs_is_named_while_others_come_and_go",),
    ),
    Mutation(
        "G9",
        "retries of a pipe with several results begin the item again",
        "runtime/worker.py",
        "self._results_of if self.pipe.options.retries else self.step.feed",
        "self.step.feed",
        (ENGINES + "test_retries_of_what_fails_between_its_results_begin_again",),
    ),
    Mutation(
        "G9",
        "a coroutine that fails is tried again",
        "pipes/concurrent.py",
        "        if options.retries:\n",
        "        if False:\n",
        (ENGINES + "test_retries_call_a_coroutine_again",),
    ),
    Mutation(
        "G15",
        "a worker that waited for room looks again whether there is still an item",
        "engines/inline.py",
        "            if not self._loops[each].ready:",
        "            if False:",
        (ENGINES + "test_workers_that_wait_for_room_do_not_count_on_the_item_another_takes",),
    ),
    Mutation(
        "G10",
        "workers leave Ctrl-C to the caller",
        "engines/_child.py",
        "    signal.signal(signal.SIGINT, signal.SIG_IGN)\n",
        "    signal.signal(signal.SIGINT, signal.default_int_handler)\n",
        (DEATHS + "test_an_interrupt_that_the_script_takes_itself_ends_no_worker",),
    ),
    Mutation(
        "G10",
        "a worker that does not stop is killed",
        "engines/process.py",
        "                    os.kill(process.pid, number)\n",
        "                    pass\n",
        (DEATHS + "test_ctrl_c_leaves_nothing_behind",),
        ("-k", "alone and asleep"),
    ),
    Mutation(
        "G10",
        "who interrupts twice waits no longer",
        "system/ending.py",
        "        run.kill()\n        run.wait(5)\n        raise\n",
        "        raise\n",
        (DEATHS + "test_a_second_interrupt_ends_at_once_who_is_stuck",),
    ),
    Mutation(
        "G10",
        "a signal that was only noted is looked for",
        "waiting.py",
        "    return LOOK_UP if seconds is None else min(seconds, LOOK_UP)\n",
        "    return seconds\n",
        (SIGNALS + "test_it_ends_the_wait_for_the_end_of_a_run[fork]",),
    ),
    Mutation(
        "G10",
        "also while the caller waits for an item",
        "transports/pump.py",
        "self._selector.select, at_once(timeout))\n",
        "self._selector.select, timeout)\n",
        (SIGNALS + "test_it_ends_the_wait_for_the_next_item[process]",),
    ),
    Mutation(
        "G10",
        "a handler's call does not wait for the call that it has interrupted",
        "system/pipe_system.py",
        "        return self._calls.nested or (",
        "        return (",
        (SIGNALS + "test_a_handler_may_close_the_iteration_that_it_has_interrupted",),
    ),
    Mutation(
        "G10",
        "nor does a functor's, for its own run",
        "engines/process.py",
        "        return threading.current_thread() in self._hosts.values()\n",
        "        return False\n",
        (SIGNALS + "test_so_may_a_generator_of_the_caller",),
    ),
    Mutation(
        "G10",
        "a stop is heard while workers are being started",
        "system/pipe_system.py",
        "            run.stop(self._stop_asked)\n",
        "            pass\n",
        (SIGNALS + "test_a_handler_may_stop_a_run_that_is_just_being_started[loop-thread]",),
        ("--timeout", "40"),
    ),
    Mutation(
        "G10",
        "an interrupt waits while workers are started or let go of",
        "system/interrupts.py",
        "is not threading.main_thread() or not callable(handler):\n",
        "is not threading.main_thread() or callable(handler):\n",
        (SIGNALS + "test_an_interrupt_while_workers_are_started_leaves_nothing_behind",),
    ),
    Mutation(
        "G10",
        "an interrupted wait leaves no lock behind",
        "waiting.py",
        "        lock = threading.Lock()\n        lock.acquire()\n",
        '        lock = self._one = getattr(self, "_one", None) or threading.Lock()\n        lock.acquire(timeout=1)\n',
        ("tests/test_waiting.py",),
    ),
    Mutation(
        "G10",
        "a signal as a wait runs out does not make it one without end",
        "waiting.py",
        "lock.acquire(timeout=-1 if seconds is None else max(0.0, seconds))",
        "lock.acquire(timeout=-1)",
        ("tests/test_waiting.py::test_a_wait_ends_in_time_whatever_signals_come_as_it_runs_out",),
        ("--timeout", "10"),
    ),
    Mutation(
        "G10",
        "a lock that is let go while waiting is held again when a handler raises",
        "waiting.py",
        "            except BaseException as error:  # noqa: BLE001 - raised again when it is held\n                raised = error\n",
        "            except ZeroDivisionError as error:\n                raised = error\n",
        (
            "tests/test_waiting.py",
            TRANSPORTS
            + "test_an_interrupt_is_what_comes_out_of_a_wait_also_while_another_thread_has_the_lock",
        ),
    ),
    Mutation(
        "G10",
        "what an interrupt has left half read is left alone",
        "transports/backstop.py",
        " or pump.torn:",
        ":",
        ("tests/transports/test_sockets.py::test_what_an_interrupt_has_left_half_read_is_left_alone",),
    ),
    Mutation(
        "G11",
        "the kernel ends a worker with its parent",
        "engines/_child.py",
        "            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)\n",
        "            pass\n",
        (DEATHS + "test_the_workers_end_with_their_parent",),
        ("-k", "asleep"),
    ),
    Mutation(
        "G11",
        "a worker does not keep the fork server, which would keep it",
        "engines/_child.py",
        "        os.close(held)\n",
        "",
        (DEATHS + "test_so_does_one_that_was_restarted_which_the_fork_server_makes",),
    ),
    Mutation(
        "G11",
        "workers are made by a thread that outlives them",
        "engines/process.py",
        "        if threading.current_thread() is threading.main_thread():\n            start()\n",
        "        if True:\n            start()\n",
        (PLACES + "test_workers_started_by_a_thread_end_with_their_parent_also_when_stuck",),
    ),
    Mutation(
        "G11",
        "a run that nobody holds any more is ended",
        "system/pipe_system.py",
        "        self._end = weakref.finalize(self, abandon, run, watch, watched)\n",
        "        self._end = weakref.finalize(self, id, run)\n",
        (PLACES + "test_scripts[a run that nobody holds any more]",),
    ),
    Mutation(
        "G12",
        "a worker that waits for room hears that it is to stop",
        "transports/memory.py",
        "                if self._stopped:\n                    raise Stopped\n                answer = ready()\n",
        "                answer = ready()\n",
        (TRANSPORTS + "test_stop_while_blocked_on_full[memory]",),
    ),
    Mutation(
        "G12",
        "a generator of the caller that hangs is not waited for",
        "engines/process.py",
        "                self._put(sup.Gone(worker))\n",
        "                pass\n",
        (MISBEHAVIOUR + "test_a_generator_of_the_caller_that_hangs_does_not_keep_the_error_waiting",),
    ),
    Mutation(
        "G12",
        "a loop that is left ends its run",
        "system/streaming.py",
        "        self._over = True\n        self._system.stop()\n",
        "        self._over = True\n",
        (ENGINES + "test_a_loop_left_early_closes_the_source",),
    ),
    Mutation(
        "G12",
        "a generator that gives nothing hears that it is to stop",
        "transports/sockets.py",
        "            if self._pump.stopped:\n                raise Stopped\n            read",
        "            read",
        (ITEMS + "test_a_generator_that_gives_nothing_hears_that_it_is_to_stop",),
    ),
    Mutation(
        "G12",
        "a source whose items are all skipped hears that it is to stop",
        "runtime/worker.py",
        "        elif not self._wanted():\n            self._results = None\n            self._stop_early()\n\n    def _after",
        "\n    def _after",
        (ITEMS + "test_what_fails_for_ever_hears_that_it_is_to_stop",),
        ("-k", "source"),
    ),
    Mutation(
        "G12",
        "so does who tries again and again",
        "runtime/guard.py",
        "                    self.after_pause()\n",
        "",
        (ITEMS + "test_what_fails_for_ever_hears_that_it_is_to_stop",),
        ("-k", "retries"),
    ),
    Mutation(
        "G12",
        "the results of the item in hand are ended",
        "pipes/ready/flat_map.py",
        "            end(self._results)\n",
        "            pass\n",
        (ITEMS + "test_a_generator_that_gives_nothing_hears_that_it_is_to_stop",),
        ("-k", "results"),
    ),
    Mutation(
        "G12",
        "workers that stop let go of their functors",
        "runtime/worker.py",
        '        return self.guard.call(step.close, during="local_term")\n',
        "        return None\n",
        (ITEMS + "test_stopping_runs_finally_and_local_term_in_their_own_process",),
    ),
    Mutation(
        "G13",
        "sockets and memory are given back",
        "system/ending.py",
        "    run.close()\n",
        "",
        (PLACES + "test_scripts[fifteen runs leak nothing]",),
    ),
    Mutation(
        "G14",
        "an item that can't be pickled is its maker's error",
        "runtime/worker.py",
        "        if isinstance(error, Unpicklable):\n"
        '            raise UserError(guard.failure(error.__cause__ or error, "send")) from error\n',
        "        if isinstance(error, Unpicklable):\n            return\n",
        (ITEMS + "test_an_item_that_cannot_be_pickled_is_an_error_of_its_maker",),
    ),
    Mutation(
        "G14",
        "an item that can't be rebuilt is its reader's error, and costs no other",
        "transports/sockets.py",
        "        except BaseException as error:\n            raise Unreadable(port, error) from error\n",
        "        except BaseException:\n            return port, None\n",
        (ITEMS + "test_an_item_that_cannot_be_rebuilt_is_an_error_of_its_reader",),
    ),
    Mutation(
        "G14",
        "one that can't be rebuilt in the caller's loop names its maker",
        "engines/process.py",
        '            raise PipeError(\n                f"an item of pipe',
        '            raise ValueError(\n                f"an item of pipe',
        (ITEMS + "test_so_it_is_in_the_loop_of_the_caller",),
    ),
    Mutation(
        "G15",
        "None, and nothing else, is nothing to send",
        "runtime/outlet.py",
        "        if value is None:\n            if self.owed:\n",
        "        if not isinstance(value, Exception) and value in (None, 0, False):\n            if self.owed:\n",
        (ENGINES + "test_no_value_but_none_is_special",),
    ),
    Mutation(
        "G16",
        "an entry waits for room",
        "transports/channel.py",
        "        if self._own + self.backlog.count < self._window + self._tokens:\n            return True\n",
        "        return True\n",
        (
            TRANSPORTS + "test_the_bound_holds_for_any_number_of_ends",
            ITEMS + "test_a_slow_sink_bounds_the_memory",
        ),
        ("-k", "sockets or memory"),
    ),
    Mutation(
        "G16",
        "what shares a process has a bound, too",
        "transports/memory.py",
        "AUTOMATIC: Final = 64\n",
        "AUTOMATIC: Final = 6400\n",
        (TRANSPORTS + "test_in_memory_a_stream_without_a_capacity_holds_64",),
    ),
    Mutation(
        "G17",
        "a Regulator is told of the end",
        "pipes/regulator.py",
        "            value = coroutine.throw(EndOfStream())\n",
        "            value = None\n",
        (ENGINES + "test_a_regulator_flushes_what_it_holds",),
    ),
    Mutation(
        "G18",
        "a join that waits for more of one stream does not keep that stream's writer from its end",
        "runtime/pairing.py",
        "return super().in_step and not partly",
        "return super().in_step",
        (
            ENGINES
            + "test_what_is_left_of_a_stream_that_is_read_several_times_at_once_ends_the_run[thread-5-2]",
        ),
        ("--timeout", "20"),
    ),
    Mutation(
        "G18",
        "partners are found by their origin",
        "runtime/pairing.py",
        "        row = self._row(origin)\n        if row[port] is not self._MISSING:\n",
        "        row = self._row(next((o for o, r in self._table.items() if r[port] is self._MISSING), origin))\n"
        "        if row[port] is not self._MISSING:\n",
        (ENGINES + "test_a_join_pairs_by_origin_behind_replicas_and_droppers",),
    ),
    Mutation(
        "G18",
        "a result that is missing where it is counted ends the run",
        "runtime/outlet.py",
        "if owed is not None and owed.whole else",
        "if False else",
        (ENGINES + "test_a_drop_that_nobody_mentions_in_front_of_a_batch_is_an_error",),
    ),
    Mutation(
        "G18",
        "so does a part",
        "runtime/outlet.py",
        "        if not self._owed_parts <= delivered:\n",
        "        if False:\n",
        (ENGINES + "test_a_part_that_is_none_in_front_of_a_batch_is_an_error",),
    ),
    Mutation(
        "G18",
        "a loop is told that it is over",
        "runtime/supervisor.py",
        "            return [Tell(member, EndInput(loop_only=True)) for member in sorted(members)]\n",
        "            return []\n",
        (ENGINES + "test_example_12_loop",),
    ),
    Mutation(
        "G18",
        "an arm that has ended ends the others",
        "runtime/worker.py",
        "        if any(pairing.exhausted(port) for port in ended):\n",
        "        if False:\n",
        (ENGINES + "test_unequal_arms_end_and_stop_the_longer_source",),
    ),
    Mutation(
        "G18",
        "the smallest full stream grows where everybody waits",
        "runtime/supervisor.py",
        "            return self._grow(timer)\n",
        "            return []\n",
        (ENGINES + "test_a_stream_grows_where_everybody_waits_and_the_report_says_so[process]",),
    ),
    Mutation(
        "G18",
        "an output ends when what went there is done, not when all is",
        "transports/sockets.py",
        "            lambda: [output for output in left if self._outputs[output].settled] or None,\n",
        "            lambda: list(left) if all(self._outputs[o].settled for o in left) else None,\n",
        (
            TRANSPORTS + "test_an_output_does_not_wait_for_the_end_of_another",
            ENGINES + "test_a_join_by_arrival_ends_with_the_shorter_arm_of_a_fork[process-second-batch]",
        ),
    ),
    Mutation(
        "G18",
        "the same between threads",
        "transports/memory.py",
        "            lambda: [output for output in left if not self._writers[output].underway] or None,\n",
        "            lambda: None if any(self._writers[o].underway for o in left) else list(left),\n",
        (TRANSPORTS + "test_an_output_does_not_wait_for_the_end_of_another",),
    ),
    Mutation(
        "G18",
        "ordered=True restores the order",
        "runtime/worker.py",
        "{n: Resequencer() for n, port in enumerate(stage.inputs) if port.reorder}",
        "{}",
        (ENGINES + "test_ordered_keeps_the_order_of_the_input",),
    ),
    Mutation(
        "G19",
        "closing again is harmless",
        "system/pipe_system.py",
        "        if run is None or self.report is not None or self._is_a_parents(run) or self.nested:\n            return\n",
        "        assert run is not None\n",
        (ACCOUNTING + "test_closing_twice_and_running_twice",),
    ),
    Mutation(
        "G19",
        "several threads may close one system",
        "system/pipe_system.py",
        "            if self.report is not None:\n                return False\n",
        "",
        (
            MISBEHAVIOUR + "test_two_threads_may_end_the_same_run",
            MISBEHAVIOUR + "test_a_failure_is_raised_in_one_of_two_threads",
        ),
    ),
    Mutation(
        "G20",
        "a child that the script forks has no workers to end",
        "engines/process.py",
        "        multiprocessing_process._children.difference_update(_workers)",
        "        set[object]().difference_update(_workers)",
        (MISBEHAVIOUR + "test_a_child_that_the_script_forks_may_end_as_it_likes",),
    ),
    Mutation(
        "G20",
        "a daemonic process is refused before anything starts",
        "engines/process.py",
        "        if current.daemon:\n",
        "        if False:\n",
        (PLACES + "test_scripts[daemonic]",),
    ),
    Mutation(
        "G20",
        "a script that runs a pipeline as it is imported is told to guard it",
        "engines/process.py",
        '        if getattr(current, "_inheriting", False):\n',
        "        if False:\n",
        (PLACES + "test_scripts[a script that runs a pipeline as it is imported]",),
    ),
    Mutation(
        "G21",
        "what a script defines travels by value",
        "engines/process.py",
        "            return values.dumps(birth, pickle.DEFAULT_PROTOCOL)\n",
        "            return pickle.dumps(birth, pickle.DEFAULT_PROTOCOL)\n",
        (SCRIPTS + "test_scripts",),
        ("-k", "spawn and classes"),
    ),
    Mutation(
        "G21",
        "where workers pickle by value, they agree on classes before",
        "engines/process.py",
        "            values.agree_on_classes()\n",
        "            pass\n",
        (SCRIPTS + "test_scripts",),
        ("-k", "fork and restarted"),
    ),
    Mutation(
        "G22",
        "fork beside other threads is warned of",
        "engines/process.py",
        '        if method == "fork":\n            warn_of_threads()\n',
        "",
        (PLACES + "test_scripts[one clear warning of threads]",),
    ),
    Mutation(
        "G22",
        "workers start before the library's own threads",
        "engines/process.py",
        "        self._launch(functools.partial(self._start_all, births, local, context))\n"
        "        _monitors.add(self._monitor)\n        self.output.start()\n",
        "        self.output.start()\n"
        "        self._launch(functools.partial(self._start_all, births, local, context))\n"
        "        _monitors.add(self._monitor)\n",
        (PLACES + "test_scripts[workers are forked before the library's own threads begin]",),
    ),
    Mutation(
        "G23",
        "what is in the buffers of files left open is written",
        "engines/_child.py",
        "    _files.write_back(inherited=isinstance(payload, bytes))\n",
        "",
        ("tests/engines/test_files.py",),
    ),
    Mutation(
        "G23",
        "the script's own processes are told of the script",
        "engines/_launching.py",
        "        spawn.get_preparation_data = prepared\n",
        "",
        (PLACES + "test_scripts[what is the user's stays]",),
    ),
    Mutation(
        "G23",
        "a worker's last lines are written",
        "engines/_stdio.py",
        "    for stream in (sys.stdout, sys.stderr, sys.__stdout__, sys.__stderr__):\n",
        "    for stream in ():\n",
        (PLACES + "test_workers_output_arrives_in_order_and_whole",),
    ),
    Mutation(
        "G23",
        "the user's start method stays as it was",
        "engines/_launching.py",
        "        if unset:  #",
        "        if False:  #",
        (PLACES + "test_scripts[what is the user's stays]",),
    ),
    Mutation(
        "G23",
        "every worker's random numbers are its own",
        "engines/_child.py",
        "    seed_process(birth.seed, identity)\n",
        "",
        (ITEMS + "test_replicas_draw_different_numbers_and_a_seed_gives_them_again",),
    ),
)


def applied(mutation: Mutation, package: Path) -> str:
    """The changed text of its file.

    Raises:
        ValueError: the text to replace does not occur exactly once.
    """
    text = (package / mutation.path).read_text()
    if text.count(mutation.old) != 1:
        raise ValueError(f"{mutation.path}: {text.count(mutation.old)} times, not once: {mutation.old!r}")
    return text.replace(mutation.old, mutation.new)


def run(mutation: Mutation, folder: Path) -> tuple[bool, str]:
    """(whether a test failed, pytest's last line), in a copy of the project in `folder`."""
    for name in ("pipeflow", "tests"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "pipeflow" / mutation.path).write_text(applied(mutation, folder / "pipeflow"))
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--timeout", "25"]
    # A test that hangs is ended where it stands; workers that outlive their parent end with this group.
    done = subprocess.run(
        ["timeout", "-k", "5", str(SECONDS), *command, *mutation.options, *mutation.tests],
        cwd=folder,
        capture_output=True,
        text=True,
        errors="replace",
    )
    last = next((line for line in reversed(done.stdout.splitlines()) if line.strip()), "")
    return " failed" in last or "Timeout" in done.stdout + done.stderr, f"exit {done.returncode}, {last}"


def main(wanted: list[str]) -> int:
    """Run those of the named guarantees, or all; 0 when each made a test fail."""

    def one(mutation: Mutation) -> tuple[Mutation, bool, str, float]:
        begin = time.monotonic()
        with tempfile.TemporaryDirectory() as folder:
            seen, said = run(mutation, Path(folder))
        return mutation, seen, said, time.monotonic() - begin

    chosen = [m for m in MUTATIONS if not wanted or m.guarantee in wanted]
    missed = 0
    with ThreadPoolExecutor(2) as threads:
        for mutation, seen, said, seconds in threads.map(one, chosen):
            missed += not seen
            verdict = "a test fails" if seen else f"NOT SEEN ({said})"
            print(
                f"figure {mutation.guarantee:4} without: {mutation.without}: {verdict}, {seconds:.0f} s",
                flush=True,
            )
    print(f"figure {len(chosen) - missed} of {len(chosen)} mutations seen", flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
