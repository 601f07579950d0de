"""State of ten times the memory budget: the results of a run with room, in a process that stays within its budget, without and with checkpoints.

Usage: spill_test.py PATH_OF_LAMINAR
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import unittest

LAMINAR = sys.argv.pop(1) if len(sys.argv) > 1 else "build/laminar"
BUDGET = 128 << 20
STATE_TIMES = 10
MAY_EXCEED = 1.05

# A group is a row of some 1,200 bytes.
AGGREGATE = """
select w, count(*) as groups, sum(n) as events, sum(length(t)) as bytes, max(k) as last from (
  select counter * 7919 % {groups} as k, tumble(datetime, interval '1000 days') as w, count(*) as n, max(repeat('x', 1000) || counter::varchar) as t
  from impulse(message_count => {events}, event_time_interval => interval '1 millisecond') group by 1, 2
) group by w
"""

# Both sides are kept as rows until their window ends.
JOIN = """
create view a as select counter as k, tumble(datetime, interval '1000 days') as w, repeat('a', 1000) || counter::varchar as t
  from impulse(message_count => {events}, event_time_interval => interval '1 millisecond');
create view b as select counter * 2 as k, tumble(datetime, interval '1000 days') as w, repeat('b', 1000) || counter::varchar as t
  from impulse(message_count => {events}, event_time_interval => interval '1 millisecond');
select w, count(*) as pairs, sum(length(a.t) + length(b.t)) as bytes from a join b using (k, w) group by w
"""


def environment():
    return {**os.environ, "XDG_CONFIG_HOME": "/nonexistent"}


class Run:
    """A finished run: its rows, and the most memory the process had resident."""

    def __init__(self, program, memory_limit, *arguments, interrupt_after=None):
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
            process = subprocess.Popen(
                [LAMINAR, "run", "-o", "jsonl", "-e", program, "-X", f"worker.memory-limit={memory_limit}", *arguments],
                stdout=out, stderr=errors, env=environment())
            if interrupt_after is not None:
                time.sleep(interrupt_after)
                process.send_signal(signal.SIGINT)
            _, status, usage = os.wait4(process.pid, 0)
            self.returncode = os.waitstatus_to_exitcode(status)
            process.returncode = self.returncode
            self.peak_bytes = usage.ru_maxrss * 1024
            out.seek(0)
            errors.seek(0)
            self.rows = [json.loads(line) for line in out]
            self.errors = errors.read()


BACKENDS = ("memory", "rocksdb")


class Spill(unittest.TestCase):
    def check(self, program):
        plain = Run(program, 8 << 30)
        self.assertEqual(plain.returncode, 0, plain.errors)
        for backend in BACKENDS:
            with self.subTest(backend=backend):
                self.check_spilled(program, plain, backend)

    def check_spilled(self, program, plain, backend):
        small = Run(program, BUDGET, "-X", f"worker.state-backend={backend}")
        self.assertEqual(small.returncode, 0, small.errors)
        self.assertEqual(small.rows, plain.rows)
        self.assertEqual(len(small.rows), 1)
        self.assertGreater(plain.peak_bytes, STATE_TIMES * BUDGET, "the program does not need what it is to need")
        self.assertLessEqual(small.peak_bytes, MAY_EXCEED * BUDGET)

    def test_groups_of_ten_times_the_budget(self):
        self.check(AGGREGATE.format(groups=1_250_000, events=1_400_000))

    def test_joined_rows_of_ten_times_the_budget(self):
        self.check(JOIN.format(events=700_000))

    def test_a_job_with_spilled_state_goes_on_from_its_checkpoint(self):
        # What one backend has written, the other goes on from.
        for before, after, groups, events, seconds in (
                ("memory", "memory", 500_000, 3_000_000, 3),
                ("memory", "rocksdb", 250_000, 2_500_000, 1),
                ("rocksdb", "rocksdb", 250_000, 600_000, 3),
                ("rocksdb", "memory", 250_000, 600_000, 3)):
            with self.subTest(before=before, after=after), tempfile.TemporaryDirectory() as folder:
                program = AGGREGATE.format(groups=groups, events=events)
                first = Run(program, BUDGET, "-S", folder, "--checkpoint-interval", "500ms", "-X", f"worker.state-backend={before}",
                            interrupt_after=seconds)
                self.assertEqual(first.returncode, 130, first.errors)
                self.assertEqual(first.rows, [])
                second = Run(program, BUDGET, "-S", folder, "--checkpoint-interval", "2s", "-X", f"worker.state-backend={after}")
                self.assertEqual(second.returncode, 0, second.errors)
                self.assertIn("going on from checkpoint", second.errors)
                self.assertEqual([(row["groups"], row["events"]) for row in second.rows], [(groups, events)])

    def test_a_folder_that_takes_no_more_is_named_with_the_remedy(self):
        program = AGGREGATE.format(groups=1_250_000, events=1_400_000)
        refused = Run(program, BUDGET, "-X", "worker.spill-limit=64mb")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("out of memory budget", refused.errors)
        self.assertIn("spill limit reached", refused.errors)
        self.assertIn("worker.spill-limit", refused.errors)

    def test_without_spilling_the_job_fails(self):
        refused = Run(AGGREGATE.format(groups=1_250_000, events=1_400_000), BUDGET, "-X", "worker.spill-dir=off")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("out of memory budget", refused.errors)

    def test_a_folder_that_is_not_there_is_refused_at_once(self):
        refused = Run("select 1", BUDGET, "-X", "worker.spill-dir=/nonexistent/laminar")
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("/nonexistent/laminar", refused.errors)


if __name__ == "__main__":
    unittest.main()
