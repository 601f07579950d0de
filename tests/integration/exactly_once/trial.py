"""One case from its first start to its end, with everything that befalls it on the way.

  start -> (a kill of some kind) -> check what is there -> start again -> ... -> the end -> check all
"""

import collections
import dataclasses
import random
import shutil
import signal
import time

import checker
import job
import outages
from sink_files import Damaged

END_SECONDS = 120  # for the last attempt, on a machine that does much else
ATTEMPTS_TO_POINT = 6
RESTART_SECONDS = 1.5  # within which a process that goes on from a checkpoint does what it does only then
ATTEMPTS_WITH_BUG = 4
FENCED_SECONDS = 20  # for an attempt that is not the newest any more, several checkpoints
STOP_SECONDS = 30  # for a last checkpoint
REFUSAL_SECONDS = 30  # for a second process that finds the directory in use

KILL_KINDS = {  # and how often each comes
    "kill": 8,
    "kill-early": 3,  # while it starts and goes on from a checkpoint
    "pause": 2,
    "second-process": 2,
    "interrupt": 3,
    "terminate": 1,
}

STORE_KINDS = {  # where the state lies in an object store, which nobody locks
    "kill": 6,
    "kill-early": 3,
    "pause": 2,
    "takeover": 2,
    "interrupt": 2,
    "terminate": 1,
} | outages.KINDS


class Violation(Exception):
    """Something that must never be."""


@dataclasses.dataclass
class Figures:
    kills: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    starts: int = 0
    checks: int = 0
    rows: int = 0
    lost: int = 0
    doubled: int = 0

    @property
    def num_kills(self):
        return sum(self.kills.values())


class Trial:
    """`state` is where the case keeps it; `store` is the service that it lies in, None for a folder."""

    def __init__(self, case, state, figures, laminar, environment=None, store=None):
        self.case = case
        self.state = state
        self.store = store
        self.figures = figures
        self.laminar = laminar
        self.environment = environment or {}
        self.random = random.Random(f"{case.workload}-{case.seed}")
        self.log = case.folder / "log"
        self.scratch = case.folder / "scratch"
        self.scratch.mkdir()
        self.attempts = 0
        self.seen = {sink.name: set() for sink in case.sinks}

    def start(self, environment=None, options=()):
        parallelism = self.case.parallelisms[self.attempts % len(self.case.parallelisms)]
        self.attempts += 1
        self.figures.starts += 1
        return job.run(self.laminar, self.case.folder / "program.sql", self.state.location, parallelism, self.case.interval_ms,
                       self.log, {**self.surroundings(), **self.environment, **(environment or {})}, options)

    def surroundings(self):
        """Environment variables that each of its processes gets."""
        return {"TMPDIR": str(self.scratch), **(self.store.environment if self.store else {})}

    def run(self, kinds, seconds_max):
        """Runs the case to its end, with a kill of each of these kinds as long as there is something to kill."""
        for kind in kinds:
            with self.start() as process:
                delay = self.random.uniform(0.0, 0.15) if kind == "kill-early" else self.random.uniform(0.1, seconds_max)
                code = process.wait(delay)
                if code is not None:
                    self.check_code(code, job.ENDED_WELL, process)
                    break
                if self.befall(kind, process):
                    break
            self.check()
        self.finish()

    def run_to_point(self, point, hit, how, stop=False, processes=1):
        """Runs the case, of which attempts die (or stand still) at this visit of the point, until so many have.

        Whether so many have. Of those that stand still only the last goes on, and so the next can come there.
        """
        left = processes
        for _ in range(ATTEMPTS_TO_POINT + processes):
            with self.start({"LAMINAR_KILL_POINT": f"{point}:{hit}{':stop' if stop else ''}"}) as process:
                ended, reached = self.await_point(process, how, stop, goes_on=left == 1)
            self.check()
            left -= reached
            if left == 0 or (ended and how != "stop"):
                break
        self.finish()
        return left == 0

    def seconds_to_point(self, process, how):
        """How long to wait for the point before the process is killed, or told to end."""
        if how == "stop":
            return self.random.uniform(0.3, 0.6)
        if how == "restart" and self.attempts == 1:
            # Not before there is something to go on from, and then soon, so that something is left.
            self.await_first_epoch(process)
            return self.random.uniform(0.05, 0.3)
        return RESTART_SECONDS if how == "restart" else END_SECONDS

    def await_point(self, process, how, stop, goes_on):
        """Whether the process has ended well, and whether it has come to its point; it is dead then."""
        if how == "savepoint":
            return False, self.run_to_savepoint(process, stop)
        seconds = self.seconds_to_point(process, how)
        if stop and process.wait_stopped(seconds):
            self.stand_still(process, goes_on)
            return False, True
        code = process.wait(0 if stop else seconds)
        if code is None and how == "stop":
            process.signal(signal.SIGINT)
            if stop and process.wait_stopped(STOP_SECONDS):
                self.stand_still(process, goes_on)
                return False, True
            code = process.wait_or_stuck(STOP_SECONDS, "a last checkpoint")
        if code is None:
            self.figures.kills["kill"] += 1
            process.kill()
            return False, False
        if code == -signal.SIGKILL:
            self.figures.kills["point"] += 1
            return False, True
        self.check_code(code, job.ENDED_BY_SIGNAL, process)
        return code == 0, False

    def stand_still(self, process, goes_on):
        """At a point: nobody else may come in, what is there must be right, and it may go on later, or die there."""
        self.figures.kills["point-stop"] += 1
        self.check()
        if self.state.is_locked():
            self.check_second_is_refused()
        if not goes_on:
            process.kill()
            return
        process.signal(signal.SIGCONT)
        if process.wait(self.random.uniform(0.0, 0.5)) is None:
            process.kill()

    def run_to_savepoint(self, process, stop):
        """The command that makes a savepoint dies (or stands still) at its point; whether it has come there."""
        self.await_first_epoch(process)
        name = f"savepoint-{self.attempts}"
        with self.command(process.environment, "create", name) as command:
            stopped = stop and command.wait_stopped(STOP_SECONDS)
            if stopped:
                self.stand_still(command, goes_on=True)
            code = command.wait_or_stuck(STOP_SECONDS, "a savepoint")
        killed = code == -signal.SIGKILL
        if killed and not stopped:
            self.figures.kills["point"] += 1
        if killed:
            self.run_command("create", name)
        self.run_command("verify", name)
        process.kill()
        self.run_command("rm", name)  # it keeps files of the sinks, too
        return killed or stopped

    def run_command(self, *arguments):
        with self.command({}, *arguments) as command:
            self.check_code(command.wait_or_stuck(STOP_SECONDS, arguments[0]), job.ENDED_WELL, command)

    def command(self, environment, verb, *arguments):
        return job.Process([self.laminar, "checkpoints", verb, *arguments, "-S", self.state.location], self.log,
                           {**self.surroundings(), **environment})

    def await_first_epoch(self, process):
        while not self.state.epochs() and process.wait(0.02) is None:
            pass

    def run_with_bug(self, point):
        """Some attempts that die at the point, or at any time; then one to the end."""
        for attempt in range(ATTEMPTS_WITH_BUG):
            hit = self.random.randint(2, 6)
            with self.start({"LAMINAR_KILL_POINT": f"{point}:{hit}"} if point else None) as process:
                code = process.wait(self.random.uniform(0.5, 1.2))
                if code is None:
                    if attempt == 1:
                        self.let_a_second_try(process)
                    process.kill()
                if code is None or code == -signal.SIGKILL:
                    self.figures.kills["kill" if code is None else "point"] += 1
                else:
                    self.check_code(code, job.ENDED_WELL, process)
            self.check()
        self.finish()

    def let_a_second_try(self, process):
        process.signal(signal.SIGSTOP)
        if process.wait_stopped(STOP_SECONDS) and self.state.is_locked():
            self.check_second_is_refused()

    def run_with_takeovers(self, times):
        """Some takeovers. A folder needs the seeded bug skip_the_lock: the lock keeps the second process out."""
        for _ in range(times):
            with self.start() as first:
                if first.wait(self.random.uniform(0.2, 0.8)) is not None:
                    break
                self.figures.kills["takeover"] += 1
                self.take_over(first)
            self.check()
        self.environment = {}
        self.finish()

    def take_over(self, first):
        """A second process takes over from one that stands still, and which goes on later: one of them must end."""
        first.signal(signal.SIGSTOP)
        with self.start() as second:
            second.wait(self.random.uniform(0.2, 0.6))
            first.signal(signal.SIGCONT)
            self.await_fenced(first, second)

    def await_fenced(self, first, second):
        """Of two processes one must find out that it is not wanted any more; the other may have been done before."""
        end = time.monotonic() + FENCED_SECONDS
        while first.wait(0.01) is None and second.wait(0.01) is None:
            if time.monotonic() > end:
                raise Violation("two processes go on with the same state directory")
        self.random.choice((first, second)).wait(self.random.uniform(0.0, 0.5))
        for process in (first, second):
            code = process.kill()
            if code < 0 and code != -signal.SIGKILL:
                raise Violation(f"a process was ended by signal {-code}:\n{process.tail()}")

    def befall(self, kind, process):
        """True when the process has come to its end instead."""
        self.figures.kills[kind] += 1
        if kind in ("kill", "kill-early"):
            return process.kill() == 0
        if kind in ("interrupt", "terminate"):
            process.signal(signal.SIGINT if kind == "interrupt" else signal.SIGTERM)
            return self.await_last_checkpoint(process)
        if kind in outages.KINDS:
            return outages.befall(self, kind, process)
        if kind == "takeover":
            self.take_over(process)
            return False
        process.signal(signal.SIGSTOP)
        is_stopped = process.wait_stopped(STOP_SECONDS)
        if kind == "second-process" and is_stopped and self.state.is_locked():
            self.check_second_is_refused()
        elif is_stopped:
            time.sleep(self.random.uniform(0.1, 1.0))
        process.signal(signal.SIGCONT)
        code = process.wait(self.random.uniform(0.05, 0.6))
        if code is not None:
            self.check_code(code, job.ENDED_WELL, process)
            return True
        return process.kill() == 0

    def await_last_checkpoint(self, process):
        """After a signal. False: there may be something left to run."""
        code = process.wait_or_stuck(STOP_SECONDS, "a last checkpoint")
        if code in (-signal.SIGINT, -signal.SIGTERM):
            return False  # it had not come so far yet that it listens
        self.check_code(code, job.ENDED_BY_SIGNAL, process)
        if code == 0 or process.was_told_to_end():
            self.check_all_published()
        return False

    def check_second_is_refused(self):
        with self.start() as second:
            code = second.wait(REFUSAL_SECONDS)
            if code is None or code <= 0 or "in use" not in second.tail():
                raise Violation(f"a second process was not refused the state directory (exit code {code}):\n{second.tail()}")

    def check_code(self, code, allowed, process):
        if code not in allowed:
            raise Violation(f"the process ended with {code}:\n{process.tail()}")

    def check_all_published(self):
        """After a last checkpoint nothing waits to be published."""
        waiting = [record["epoch"] for record in self.state.epochs() if not record["committed"]]
        if waiting:
            raise Violation(f"the process has ended well, and epochs {waiting} are not published")

    def finish(self):
        """Runs what is left, and checks what there is then.

        A process that was killed while it ended leaves nothing to do, and so nobody to clear up behind it.
        """
        had_ended = any(manifest["finished"] for manifest in self.retained())
        with self.start() as process:
            code = process.wait_or_stuck(END_SECONDS, "the rest of the job")
            self.check_code(code, job.ENDED_WELL, process)
        self.check(final=True)
        self.check_all_published()
        if not had_ended:
            self.check_leftovers()

    def retained(self):
        return [self.state.manifest(record) for record in self.state.epochs()]

    def check(self, final=False):
        self.figures.checks += 1
        records = self.state.epochs()
        newest = self.state.manifest(records[0]) if records else None
        uncommitted = [self.state.manifest(record) for record in reversed(records) if not record["committed"]]
        findings = checker.Findings()
        try:
            visible = {sink.name: sink.visible(self.laminar) for sink in self.case.sinks}
            # At the end nothing may wait any more.
            durable = visible if final else {sink.name: sink.durable(newest, uncommitted, self.laminar)
                                             for sink in self.case.sinks}
        except Damaged as damage:
            raise Violation(str(damage)) from damage
        findings.merge("of the newest epoch", self.case.check_durable(durable, newest, final))
        if not final:
            findings.merge("published", self.case.check_visible(visible))
        for name, rows in visible.items():
            now = set(rows)
            findings.merge(f"published by {name}", checker.check_grown(self.seen[name], now))
            self.seen[name] = now
        self.figures.rows += findings.rows
        self.figures.lost += findings.lost
        self.figures.doubled += findings.doubled
        if findings.problems:
            epoch = records[0]["epoch"] if records else "none"
            raise Violation(f"newest epoch {epoch}, {'at the end' if final else f'after attempt {self.attempts}'}:\n  "
                            + "\n  ".join(findings.problems))

    def check_leftovers(self):
        retained = self.retained()
        hidden = [path for sink in self.case.sinks for path in sink.leftovers(retained)]
        orphans = self.state.objects() - self.state.reachable()
        missing = self.state.reachable() - self.state.objects()
        unfinished = self.state.unfinished()
        scratch = [path.name for path in self.scratch.iterdir()]
        for what, items in (("hidden files that no checkpoint knows", hidden), ("objects that no checkpoint needs", orphans),
                            ("objects that checkpoints need are missing", missing), ("unfinished objects", unfinished),
                            ("scratch files of earlier attempts", scratch)):
            if items:
                raise Violation(f"left at the end: {what}: {', '.join(sorted(items)[:5])}")

    def remove(self):
        shutil.rmtree(self.case.folder)
