"""One process of `laminar`, from its start to its end or its death."""

import os
import signal
import subprocess
import time

POLL_SECONDS = 0.002
ENDED_WELL = (0,)
ENDED_BY_SIGNAL = (0, 130, 143)  # SIGINT and SIGTERM end it with a last checkpoint


class Stuck(Exception):
    """The process has not done in time what it must."""


def run(laminar, program, state, parallelism, interval_ms, log, environment, options=()):
    """A running job."""
    arguments = [laminar, "run", "-S", str(state), "-p", str(parallelism), "--checkpoint-interval", f"{interval_ms}ms",
                 *options, str(program)]
    return Process(arguments, log, environment)


class Process:
    def __init__(self, arguments, log, environment):
        self.log = log
        self.environment = environment
        self._log_file = open(log, "ab")  # closed with the process
        self._log_file.write((" ".join(arguments) + f"  # {environment}\n").encode())
        self._log_file.flush()
        self._output_from = os.path.getsize(log)
        self.process = subprocess.Popen(arguments, stdout=self._log_file, stderr=self._log_file, stdin=subprocess.DEVNULL,
                                        env={**os.environ, "XDG_CONFIG_HOME": "/nonexistent", **environment})

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self._log_file.close()

    def signal(self, number):
        if self.process.poll() is None:
            self.process.send_signal(number)

    def wait(self, seconds):
        """The exit code (negative: the signal), or None when it still runs after so long."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None

    def wait_or_stuck(self, seconds, what):
        code = self.wait(seconds)
        if code is None:
            self.process.kill()
            raise Stuck(f"{what} took more than {seconds} s")
        return code

    def kill(self):
        self.signal(signal.SIGKILL)
        return self.process.wait()

    def is_stopped(self):
        """Whether it stands still, as after SIGSTOP."""
        try:
            with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
                return file.read().rsplit(")", 1)[1].split()[0] in "Tt"
        except OSError:
            return False

    def wait_stopped(self, seconds):
        """True once it stands still, False when it has ended or not stopped by then."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            if self.is_stopped():
                return True
            time.sleep(POLL_SECONDS)
        return False

    def was_told_to_end(self):
        """Whether it says that it has ended because of a signal: else it ended before it had begun to run."""
        with open(self.log, "rb") as file:
            file.seek(self._output_from)
            return any(line.endswith((b"interrupted", b"terminated")) for line in file.read().splitlines())

    def tail(self):
        with open(self.log, "rb") as file:
            return file.read()[-2000:].decode(errors="replace")
