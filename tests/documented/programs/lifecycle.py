"""close before run, build twice, run without build, close twice."""

from tests.documented.programs.delivery import count, deliver, mp, to


def line():
    made = mp.PipeLine()
    made.add(mp.Source(count, "source"))
    made.add(mp.Transform(str, "text"), n_processes=2)
    made.add(mp.Sink(to("sink"), "sink"))
    return made


def attempt(what, *calls):
    try:
        for call in calls:
            call()
        deliver(what, "ok")
    except BaseException as error:
        deliver(what, type(error).__name__)


system = line()
attempt("close before run", system.close)
attempt("build twice", system.build, system.build, system.run, system.close)
attempt("close twice", system.close)
attempt("run again without reset", system.run, system.close)
system = line()
attempt("run twice", system.run, system.run)
attempt("close", system.close)
attempt("reset before run", line().reset)
