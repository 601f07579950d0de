"""An object store that is away for long: the job runs on, takes checkpoints again, and every row is there once.

  outage.py PATH_OF_LAMINAR [--minutes 30] [--pause]

MinIO is killed and started again on its data, or with --pause stopped, so that it takes connections and never answers.
Prints the job's resident memory each minute, and at the end what was found.
"""

import argparse
import pathlib
import sys
import tempfile
import time

from job_under_test import Job

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "exactly_once"))
from store_service import Minio  # noqa: E402

CALM_SECONDS = 20  # before and after
MAY_GROW = 1.1


def resident_kib(job):
    status = pathlib.Path(f"/proc/{job.process.pid}/status").read_text(encoding="utf-8")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS:"))


def watch(job, seconds):
    """Resident memory, by minutes; the job must be alive."""
    seen = []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert job.process.poll() is None, f"the job has ended: {job.said()}"
        seen.append(resident_kib(job))
        print(f"{time.strftime('%H:%M:%S')} resident {seen[-1]} KiB", flush=True)
        time.sleep(min(60, max(0, end - time.monotonic())))
    return seen


def outlive(folder, store, minutes, pause):
    job = Job(folder)
    job.state = store.location("outage")
    job.variables = {**store.environment, "AWS_REGION": "us-east-1"}
    try:
        job.interval = ["--checkpoint-interval", "2s"]
        job.start()
        watch(job, CALM_SECONDS)
        before = job.newest()
        with store.paused() if pause else store.away():
            memory = watch(job, 60 * minutes)
        back = time.monotonic()
        job.wait_for_checkpoints(1)
        print(f"checkpoint {before} before the outage, {job.newest()} {time.monotonic() - back:.1f} s after it")
        memory += watch(job, CALM_SECONDS)
        job.interrupt()
        assert job.wait() == 130, job.said()
    finally:
        job.kill()
    print(f"{job.check_rows()} rows, none lost, none doubled; resident {min(memory)} to {max(memory)} KiB; the job said:\n{job.said()}")
    # The first minutes of a process are its warming up.
    assert max(memory) <= MAY_GROW * max(memory[:5]), f"memory has grown: {memory}"


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--minutes", type=float, default=30)
    arguments.add_argument("--pause", action="store_true")
    chosen = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        service = pathlib.Path(folder) / "minio"
        service.mkdir()
        store = Minio(service)
        try:
            outlive(folder, store, chosen.minutes, chosen.pause)
        finally:
            store.close()


if __name__ == "__main__":
    main()
