"""Kills `laminar run` again and again, and checks that nothing is lost and nothing doubled.

Usage: laminar-killtest [--kills N] [--seed S] ...   see --help and README.md
"""

import argparse
import collections
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

sys.dont_write_bytecode = True

import job  # noqa: E402
import kill_points  # noqa: E402
import seeded_bugs  # noqa: E402
import store_service  # noqa: E402
import trial  # noqa: E402
import workloads  # noqa: E402
from state_directory import StateDirectory, StateInStore  # noqa: E402


NO_CHECKPOINTS_MS = 600_000  # longer than any case: the last epoch is the only one


def parse_arguments(arguments):
    parser = argparse.ArgumentParser(prog="laminar-killtest", description="Kills running jobs and checks their output.")
    parser.add_argument("--laminar", default=os.environ.get("LAMINAR_KILLTEST_PROGRAM"), help="the program to kill")
    parser.add_argument("--kills", type=int, default=20, help="end after so many kills")
    parser.add_argument("--seed", type=int, default=1, help="of workloads, kinds and times; times vary with the machine")
    parser.add_argument("--workload", action="append", choices=list(workloads.WORKLOADS), help="only these; repeatable")
    parser.add_argument("--kind", action="append", choices=list(trial.KILL_KINDS | trial.STORE_KINDS),
                        help="only these kinds; repeatable")
    parser.add_argument("--store", choices=["minio"],
                        help="keep state in an object store of its own, which is paused and killed, too")
    parser.add_argument("--points", action="store_true", help="a kill at each named kill point, in turn")
    parser.add_argument("--hits", type=int, default=3, help="of --points: at its first so many visits, each by itself")
    parser.add_argument("--stop", action="store_true", help="of --points: stand still there for a while instead")
    parser.add_argument("--point", action="append", choices=list(kill_points.POINTS), help="only these; repeatable")
    parser.add_argument("--bugs", action="store_true", help="looks for each seeded bug, which must be found")
    parser.add_argument("--bug", action="append", choices=list(seeded_bugs.BUGS), help="only these; repeatable")
    parser.add_argument("--takeovers", type=int, default=0, help="so many times a second process takes over, without a lock")
    parser.add_argument("--killable", default=os.environ.get("LAMINAR_KILLTEST_KILLABLE"),
                        help="the program with kill points and seeded bugs")
    parser.add_argument("--kills-per-case", type=int, default=5, help="kills of a pipeline before it is left to end")
    parser.add_argument("--scale", type=float, default=1.0, help="of the input")
    parser.add_argument("--folder", help="where cases are made; by default below the system's temporary folder")
    parser.add_argument("--keep", action="store_true", help="keep folders of good cases, too")
    parser.add_argument("--verbose", action="store_true", help="a line for each case")
    options = parser.parse_args(arguments)
    if not options.laminar:
        parser.error("--laminar is missing")
    options.laminar = os.path.abspath(options.laminar)
    options.points = options.points or bool(options.point)
    options.bugs = options.bugs or bool(options.bug)
    if (options.points or options.bugs or options.takeovers) and not (options.killable and os.path.exists(options.killable)):
        parser.error("this needs the program with kill points: ninja laminar_killable, or --killable")
    return options


class Session:
    """All cases of one command: folders, figures, and the report."""

    def __init__(self, options):
        self.options = options
        self.figures = trial.Figures()
        self.started = time.monotonic()
        self.failures = []
        self._made_folder = options.folder is None
        self.folder = pathlib.Path(options.folder or tempfile.mkdtemp(prefix="laminar-killtest-"))
        self.folder.mkdir(parents=True, exist_ok=True)
        self.store = store_service.Minio(self.folder / "store") if options.store else None
        self.cases = 0

    def make_case(self, name, seed):
        self.cases += 1
        folder = self.folder / f"{self.cases}-{name}"
        folder.mkdir()
        return workloads.WORKLOADS[name](name, folder, seed, self.options.laminar, self.options.scale)

    def make_trial(self, case, laminar, environment=None):
        if self.store:
            name = case.folder.name
            state = StateInStore(self.store.reader(), name, self.store.location(name))
        else:
            state = StateDirectory(case.folder / "state")
        return trial.Trial(case, state, self.figures, laminar, environment, self.store)

    def attempt(self, one, work, what=""):
        """Does the work with the trial; returns the violation's text, or None."""
        started = time.monotonic()
        before = self.figures.num_kills
        problem = None
        try:
            work(one)
        except (trial.Violation, job.Stuck) as violation:
            problem = str(violation)
        case = one.case
        if problem is None and not self.options.keep:
            one.remove()
        if self.options.verbose:
            print(f"{case.workload:18} seed {case.seed:<12} {self.figures.num_kills - before} kills, {one.attempts} starts, "
                  f"{time.monotonic() - started:.1f} s {what}{'' if problem is None else '  VIOLATION'}", flush=True)
        return problem

    def fail(self, one, problem, how):
        self.failures.append(problem)
        print(f"\nVIOLATION in workload {one.case.workload}, kept in {one.case.folder}\n  {problem}\n"
              f"repeat with: laminar-killtest {'--store minio ' if self.store else ''}{how}\n", flush=True)

    def report(self):
        figures = self.figures
        kinds = ", ".join(f"{kind} {number}" for kind, number in sorted(figures.kills.items()))
        print(f"kills: {figures.num_kills} ({kinds})")
        print(f"cases: {self.cases}, starts: {figures.starts}, checks: {figures.checks}")
        print(f"rows verified: {figures.rows}, lost: {figures.lost}, duplicated: {figures.doubled}, "
              f"violations: {len(self.failures)}")
        print(f"seconds: {time.monotonic() - self.started:.1f}, seed: {self.options.seed}")
        return 1 if self.failures else 0

    def close(self):
        if self.store:
            self.store.close()
        if self.failures or self.options.keep or sys.exc_info()[0] is not None:
            return
        if self.store:
            shutil.rmtree(self.folder / "store")
        if self._made_folder:
            self.folder.rmdir()


def run_kills(session):
    options = session.options
    names = options.workload or list(workloads.WORKLOADS)
    kinds = trial.STORE_KINDS if options.store else trial.KILL_KINDS
    kinds = {kind: weight for kind, weight in kinds.items() if not options.kind or kind in options.kind}
    number = 0
    while session.figures.num_kills < options.kills and not session.failures:
        seed = options.seed + number
        chooser = random.Random(f"kinds-{seed}")
        name = names[number % len(names)]
        number += 1
        left = min(options.kills - session.figures.num_kills, options.kills_per_case)
        chosen = chooser.choices(list(kinds), list(kinds.values()), k=options.kills_per_case)[:left]
        one = session.make_trial(session.make_case(name, seed), options.laminar)
        problem = session.attempt(one, lambda each, chosen=chosen: each.run(chosen, 0.8))
        if problem is not None:
            session.fail(one, problem, f"--workload {name} --seed {seed} --kills {options.kills_per_case}")


def run_takeovers(session):
    options = session.options
    names = options.workload or list(workloads.WORKLOADS)
    number = 0
    while session.figures.num_kills < options.takeovers and not session.failures:
        name = names[number % len(names)]
        seed = options.seed + number
        number += 1
        one = session.make_trial(session.make_case(name, seed), options.killable, {"LAMINAR_SEEDED_BUG": "skip_the_lock"})
        problem = session.attempt(one, lambda each: each.run_with_takeovers(3))
        if problem is not None:
            session.fail(one, problem, f"--workload {name} --seed {seed} --takeovers 3")


def run_point(session, point, hit, name, how, interval_ms=None, processes=1):
    """Whether the point was reached; None after a violation, which counts by itself."""
    options = session.options
    case = session.make_case(name, options.seed)
    case.interval_ms = interval_ms or case.interval_ms
    one = session.make_trial(case, options.killable)
    reached = []
    what = f"{point}:{hit}" + (" in the last epoch" if interval_ms else "") + (f" {processes} times" if processes > 1 else "")
    problem = session.attempt(
        one, lambda each: reached.append(each.run_to_point(point, hit, how, options.stop, processes)), what)
    if problem is not None:
        session.fail(one, problem, f"--point {point} --hits {hit} --seed {options.seed}")
        return None
    if not reached[0] and options.verbose:
        print(f"  not reached by this: {what}")
    return reached[0]


def run_visits(session, point, name, how):
    """How each of the first visits was reached: {hit: a word}.

    Where no process comes by so often, as many processes as that die there, one after the other.
    """
    visits = {}
    for hit in range(1, session.options.hits + 1):
        reached = run_point(session, point, hit, name, how)
        if reached is None:
            visits[hit] = "in violation"
        elif reached:
            visits[hit] = "by one process"
        elif hit > 1 and point not in kill_points.ONCE_A_JOB and run_point(session, point, 1, name, how, processes=hit):
            visits[hit] = "by as many processes"
        else:
            visits[hit] = "once a job" if hit > 1 and point in kill_points.ONCE_A_JOB else "not reached"
    return visits


def run_points(session):
    """Each point, at each of its first visits; one that is not reached, and could be, is a failure."""
    options = session.options
    visits = {}
    for point, (name, how, _) in kill_points.POINTS.items():
        if (options.point and point not in options.point) or (options.store and point in kill_points.OF_FOLDERS):
            continue
        for hit, word in run_visits(session, point, name, how).items():
            visits[f"{point}:{hit}"] = word
        if point in kill_points.IN_LAST_EPOCH:
            reached = run_point(session, point, 1, kill_points.IN_LAST_EPOCH[point], "end", NO_CHECKPOINTS_MS)
            visits[f"{point} in the last epoch"] = {True: "by one process", False: "not reached", None: "in violation"}[reached]
    words = collections.Counter(visits.values())
    print(f"visits of points: {', '.join(f'{number} {word}' for word, number in words.most_common())}")
    unreached = [visit for visit, word in visits.items() if word == "not reached"]
    if unreached:
        session.failures.append("points that were not reached")
        print(f"\nVIOLATION: nothing has reached {', '.join(unreached)}\n")


def run_bugs(session):
    """Each seeded bug, until it is found; one that is not is a failure."""
    options = session.options
    for bug, (names, point) in seeded_bugs.BUGS.items():
        if (options.bug and bug not in options.bug) or (options.store and bug in seeded_bugs.OF_FOLDERS):
            continue
        before = session.figures.num_kills
        problem = None
        number = 0
        while problem is None and session.figures.num_kills - before < seeded_bugs.KILLS_MAX:
            name = names[number % len(names)]
            one = session.make_trial(session.make_case(name, options.seed + number), options.killable,
                                     {"LAMINAR_SEEDED_BUG": bug})
            number += 1
            problem = session.attempt(one, lambda each, point=point: each.run_with_bug(point), bug)
            if problem is not None and not options.keep:
                one.remove()
        kills = session.figures.num_kills - before
        if problem is None:
            session.failures.append(f"{bug} was not found")
            print(f"VIOLATION: the seeded bug {bug} was not found by {kills} kills", flush=True)
        else:
            print(f"found {bug} after {kills} kills: {' '.join(problem.split())[:150]}", flush=True)
    # What a bug does to rows is no finding of this session.
    session.figures.lost = session.figures.doubled = 0


def main(arguments):
    session = Session(parse_arguments(arguments))
    try:
        if session.options.bugs:
            run_bugs(session)
        elif session.options.takeovers:
            run_takeovers(session)
        elif session.options.points:
            run_points(session)
        else:
            run_kills(session)
        return session.report()
    finally:
        session.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
