"""A program that writes numbers 0, 1, 2, ... and counts of them into files, run by build/laminar until it is told to end."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

LAMINAR = sys.argv.pop(1) if len(sys.argv) > 1 else "build/laminar"
RATE = 2000
PATIENCE_SECONDS = 60


def environment(variables):
    return {**os.environ, "XDG_CONFIG_HOME": "/nonexistent", **variables}


def wait_for(what, is_there):
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not is_there():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited in vain for {what()}")
        time.sleep(0.02)


class Job:
    def __init__(self, folder, count=0):
        """`count`: how many numbers there are; 0: no end."""
        self.folder = pathlib.Path(folder)
        self.state = self.folder / "state"
        self.numbers = self.folder / "numbers"
        self.sums = self.folder / "sums"
        self.errors = self.folder / "errors"
        self.variables = {}
        self.interval = ["--checkpoint-interval", "100ms"]
        self.arguments = []
        self.process = None
        last = f", message_count = {count}" if count else ""
        self.program = (
            f"create table source with (connector = 'impulse', event_rate = {RATE}{last});"
            f"create table numbers (n bigint) with (connector = 'filesystem', type = 'sink', path = '{self.numbers}', format = 'json',"
            " 'rolling_policy.interval' = interval '300 milliseconds');"
            f"create table sums (k bigint, c bigint) with (connector = 'filesystem', type = 'sink', path = '{self.sums}', format = 'json');"
            "insert into numbers select counter from source;"
            "insert into sums select counter % 1000, count(*) from source group by counter % 1000, tumble(interval '500 milliseconds')")

    def start(self, *arguments):
        with open(self.errors, "w", encoding="utf-8") as errors:
            self.process = subprocess.Popen(
                [LAMINAR, "run", "-e", self.program, "-S", self.state, *self.interval, *self.arguments, *arguments],
                stdout=subprocess.DEVNULL, stderr=errors, env=environment(self.variables))

    def run(self, *arguments):
        self.start(*arguments)
        return self.wait()

    def wait(self):
        return self.process.wait(timeout=PATIENCE_SECONDS)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def interrupt(self):
        self.process.send_signal(signal.SIGINT)

    def said(self):
        return self.errors.read_text(encoding="utf-8")

    def wait_until_it_says(self, *words):
        wait_for(lambda: f"{words} in: {self.said()}", lambda: all(word in self.said() for word in words))

    def wait_for_checkpoints(self, number):
        """Until so many more are complete."""
        wanted = self.newest() + number
        wait_for(lambda: f"checkpoint {wanted}: {self.said()}", lambda: self.newest() >= wanted)

    def newest(self):
        return max((int(row["id"]) for row in self.checkpoints()), default=0)

    def checkpoints(self):
        result = subprocess.run([LAMINAR, "checkpoints", "ls", "-S", self.state, "-o", "json"], capture_output=True, text=True,
                                env=environment(self.variables), timeout=PATIENCE_SECONDS, check=False)
        return json.loads(result.stdout) if result.returncode == 0 else []

    @staticmethod
    def rows(folder):
        return [json.loads(line) for file in folder.glob("*.json") for line in file.read_text(encoding="utf-8").splitlines()]

    def check_rows(self):
        """All numbers are there, once, from 0 on; how many."""
        numbers = sorted(row["n"] for row in self.rows(self.numbers))
        assert numbers == list(range(len(numbers))), f"lost or doubled: {len(numbers)} rows, the greatest is {numbers[-1]}"
        return len(numbers)

    def check_all_rows(self, count):
        """Of a program that has come to its end."""
        found = self.check_rows()
        assert found == count, f"{found} rows instead of {count}"
        counted = sum(row["c"] for row in self.rows(self.sums))
        assert counted == count, f"{counted} were counted instead of {count}"
