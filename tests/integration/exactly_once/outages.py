"""What befalls a job whose state lies in an object store, when the store does not answer for a while.

The job must live through it, publish nothing that is not complete, and complete a checkpoint soon after.
"""

import signal
import time

import job

KINDS = {  # and how often each comes
    "store-pause": 3,  # it takes connections and answers nothing
    "store-kill": 3,  # it dies in the middle of what it does, and comes back with its data
    "store-outage": 1,  # it is away for longer than any request is sent again
}
SECONDS_MAX = 4.0  # less than a process that starts waits for its store
LONG_SECONDS = (11.0, 14.0)  # more than that: only a job that has come to a checkpoint survives it
PROGRESS_SECONDS = 60  # for a checkpoint after an outage: pauses between attempts have grown meanwhile
POLL_SECONDS = 0.05


def befall(trial, kind, process):
    """True when the process has come to its end; else it is dead."""
    seconds = trial.random.uniform(0.1, SECONDS_MAX)
    if kind == "store-outage":
        seconds = trial.random.uniform(*LONG_SECONDS)
        if not await_epoch(trial, process, newest_epoch(trial)):
            return ended(trial, process)
    meanwhile = trial.random.choice(("nothing", "nothing", "nothing", "kill", "interrupt"))
    with trial.store.paused() if kind == "store-pause" else trial.store.away():
        time.sleep(seconds / 2)
        if meanwhile == "kill":
            process.kill()
        elif meanwhile == "interrupt":
            process.signal(signal.SIGINT)
        time.sleep(seconds / 2)
    if meanwhile == "kill":
        return process.wait(0) == 0
    if meanwhile == "interrupt":
        return trial.await_last_checkpoint(process)
    if not await_epoch(trial, process, newest_epoch(trial)):
        return ended(trial, process)
    return process.kill() == 0


def newest_epoch(trial):
    records = trial.state.epochs()
    return records[0]["epoch"] if records else 0


def await_epoch(trial, process, before):
    """Whether there is a newer one; false when the process has ended."""
    end = time.monotonic() + PROGRESS_SECONDS
    while newest_epoch(trial) <= before:
        if process.wait(POLL_SECONDS) is not None:
            return False
        if time.monotonic() > end:
            process.kill()
            raise job.Stuck(f"no checkpoint within {PROGRESS_SECONDS} s after the store has come back:\n{process.tail()}")
    return True


def ended(trial, process):
    trial.check_code(process.wait(0), job.ENDED_WELL, process)
    return True
