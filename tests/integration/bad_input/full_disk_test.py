"""Disks that are full, at the start and while the job runs, under each folder that a job writes to.

Usage: full_disk_test.py PATH_OF_LAMINAR
"""

import pathlib
import tempfile
import time
import unittest

import small_disk

small_disk.enter_namespace()

import job_under_test  # noqa: E402: takes the path from the command line, once
from job_under_test import Job
from small_disk import ImageDisk, MemoryDisk

SIZE = "2m"
FULL = "No space left on device"
REMEDY = "free some space"


class Base(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.job = Job(self.folder)

    def disk(self, path, size=SIZE, files=0):
        disk = MemoryDisk(path, size, files)
        self.addCleanup(disk.unmount)
        self.addCleanup(self.job.kill)  # before
        return disk

    def ends_by_interrupt(self, *words):
        self.job.interrupt()
        self.assertEqual(self.job.wait(), 130, self.job.said())
        for word in words:
            self.assertIn(word, self.job.said())

    def goes_on_to_the_end(self):
        """The same command once more, now with room: nothing is lost, nothing doubled."""
        self.assertEqual(self.job.run("--for", "1s"), 0, self.job.said())
        return self.job.check_rows()


class StateDirectory(Base):
    def test_full_at_the_start_is_refused_with_the_remedy(self):
        disk = self.disk(self.job.state)
        disk.fill()
        self.assertEqual(self.job.run("--for", "1s"), 1, self.job.said())
        for word in ("error[LM4002]", f"the state directory {self.job.state} cannot be written", REMEDY, FULL):
            self.assertIn(word, self.job.said())
        disk.free()
        self.assertGreater(self.goes_on_to_the_end(), 1000)

    def test_full_for_a_while_holds_checkpoints_up_and_nothing_else(self):
        disk = self.disk(self.job.state)
        self.job.start()
        self.job.wait_for_checkpoints(3)
        disk.fill()
        self.job.wait_until_it_says("warning: no checkpoint at the moment", str(self.job.state), FULL, REMEDY)
        time.sleep(1)
        self.assertIsNone(self.job.process.poll())
        disk.free()
        self.job.wait_until_it_says("checkpoints are complete again")
        self.job.wait_for_checkpoints(3)
        self.ends_by_interrupt()
        self.assertNotIn("waiting for the last checkpoint", self.job.said())
        self.assertEqual(self.job.checkpoints()[0]["end"], "stopped")
        self.assertGreater(self.job.check_rows(), 2000)

    def test_the_last_checkpoint_waits_for_room_and_says_so_at_once(self):
        for quiet in ((), ("-q",)):
            with self.subTest(quiet=quiet):
                self.job = Job(self.folder / f"job{len(quiet)}")
                self.job.folder.mkdir()
                disk = self.disk(self.job.state)
                self.job.start(*quiet)
                self.job.wait_for_checkpoints(3)
                disk.fill()
                time.sleep(1)
                self.job.interrupt()
                asked = time.monotonic()
                self.job.wait_until_it_says("waiting for the last checkpoint", FULL, REMEDY, str(self.job.state), "press Ctrl-C or send SIGTERM",
                                            f"goes on from checkpoint {self.job.newest()}")
                self.assertLess(time.monotonic() - asked, 2)
                self.assertIsNone(self.job.process.poll())
                disk.free()
                self.assertEqual(self.job.wait(), 130, self.job.said())
                self.assertEqual(self.job.checkpoints()[0]["end"], "stopped")
                self.assertGreater(self.job.check_rows(), 1000)

    def test_a_run_that_ends_by_itself_says_how_not_to_wait(self):
        disk = self.disk(self.job.state)
        self.job.start("--for", "2s")
        self.job.wait_for_checkpoints(3)
        disk.fill()
        self.job.wait_until_it_says("waiting for the last checkpoint", FULL, REMEDY, "press Ctrl-C or send SIGTERM")
        self.ends_by_interrupt()
        disk.free()
        self.assertGreater(self.goes_on_to_the_end(), 2000)

    def test_a_second_signal_ends_without_the_last_checkpoint(self):
        disk = self.disk(self.job.state)
        self.job.start()
        self.job.wait_for_checkpoints(3)
        disk.fill()
        self.job.interrupt()
        self.job.wait_until_it_says("waiting for the last checkpoint")
        self.ends_by_interrupt()
        # Still full: refused, and nothing is worse for it.
        self.assertEqual(self.job.run("--for", "1s"), 1, self.job.said())
        disk.free()
        self.assertGreater(self.goes_on_to_the_end(), 2000)
        self.assertIn("going on from checkpoint", self.job.said())

    def test_a_program_that_has_ended_waits_for_room(self):
        self.job = Job(self.folder, count=2000)
        disk = self.disk(self.job.state)
        self.job.start()
        self.job.wait_for_checkpoints(2)
        disk.fill()
        self.job.wait_until_it_says("warning: no checkpoint at the moment", FULL, REMEDY)
        time.sleep(1.5)
        self.assertIsNone(self.job.process.poll())
        disk.free()
        self.assertEqual(self.job.wait(), 0, self.job.said())
        self.job.check_all_rows(2000)

    def is_full(self):
        return any(text in self.job.said() for text in (FULL, "database or disk is full"))

    def fills_up(self, count, **limits):
        """A short run on a disk with so little room, then with enough; whether the first had enough."""
        self.job = Job(self.folder / "-".join(map(str, limits.values())), count)
        self.job.folder.mkdir()
        disk = MemoryDisk(self.job.state, **limits)
        try:
            self.job.start()
            deadline = time.monotonic() + job_under_test.PATIENCE_SECONDS
            while self.job.process.poll() is None and not self.is_full():
                self.assertLess(time.monotonic(), deadline, self.job.said())
                time.sleep(0.02)
            enough = self.job.process.poll() == 0 and not self.is_full()
            if not enough:
                time.sleep(0.2)
                self.assertIn(str(self.job.state), self.job.said())
                self.assertIn(REMEDY, self.job.said())
            self.job.kill()
            disk.grow()
            self.assertEqual(self.job.run(), 0, self.job.said())
            self.job.check_all_rows(count)
            return enough
        finally:
            self.job.kill()
            disk.unmount()

    def test_wherever_a_disk_is_out_of_files_the_state_can_be_gone_on_from(self):
        # Each object is a file, as is each folder: every one of them is once what has no room.
        limits = next((files for files in range(2, 80) if self.fills_up(800, size="4m", files=files)), None)
        self.assertIsNotNone(limits, "the run never has enough")
        self.assertGreater(limits, 10)

    def test_wherever_a_disk_is_out_of_room_the_state_can_be_gone_on_from(self):
        limits = next((pages for pages in range(1, 120, 2) if self.fills_up(800, size=f"{4 * pages}k")), None)
        self.assertIsNotNone(limits, "the run never has enough")
        self.assertGreater(limits, 10)


class OtherFolders(Base):
    def test_a_full_output_folder_fails_the_job_which_then_goes_on(self):
        disk = self.disk(self.job.numbers, size="256k")
        self.job.start()
        self.job.wait_for_checkpoints(3)
        disk.fill()
        self.assertEqual(self.job.wait(), 9, self.job.said())
        for word in ("error[LM4001]", str(self.job.numbers), FULL, REMEDY, "run the same command again", "goes on from checkpoint"):
            self.assertIn(word, self.job.said())
        disk.free()
        disk.grow()
        self.assertGreater(self.goes_on_to_the_end(), 2000)

    def test_an_output_folder_that_is_full_from_the_start_fails_the_job_which_can_begin_again(self):
        disk = self.disk(self.job.numbers, size="256k")
        disk.fill()
        self.assertEqual(self.job.run(), 9, self.job.said())
        for word in ("error[LM4001]", str(self.job.numbers), FULL, REMEDY):
            self.assertIn(word, self.job.said())
        disk.free()
        disk.grow()
        self.assertGreater(self.goes_on_to_the_end(), 1000)

    def test_files_on_their_way_go_to_the_spill_folder_which_may_be_full_for_a_while(self):
        disk = self.disk(self.folder / "spill")
        self.job.arguments = ["-X", f"worker.spill-dir={disk.path}"]
        self.job.start()
        self.job.wait_for_checkpoints(3)
        disk.fill()
        self.job.wait_until_it_says("warning: no checkpoint at the moment", str(disk.path), FULL, REMEDY, "worker.spill-dir")
        time.sleep(0.5)
        disk.free()
        self.job.wait_until_it_says("checkpoints are complete again")
        self.job.wait_for_checkpoints(3)
        self.ends_by_interrupt()
        self.assertGreater(self.job.check_rows(), 2000)
        self.assertEqual(list(disk.path.iterdir()), [])

    def test_files_on_their_way_do_not_go_into_memory(self):
        disk = self.disk(self.folder / "temporary")
        disk.fill()
        self.job.variables = {"TMPDIR": str(disk.path)}
        self.job.start()
        self.job.wait_for_checkpoints(5)
        self.ends_by_interrupt()
        self.assertNotIn("warning", self.job.said())
        self.job.variables = {"TMPDIR": str(self.folder / "none")}
        self.assertGreater(self.goes_on_to_the_end(), 1000)

    def test_a_full_spill_folder_is_named_with_the_remedy(self):
        if not ImageDisk.is_possible():
            self.skipTest("file systems in files cannot be mounted here")
        disk = ImageDisk(self.folder / "spill", self.folder / "image")
        self.addCleanup(disk.unmount)
        self.addCleanup(self.job.kill)
        self.job.program = ("select count(*), max(length(t)) from (select counter as k, max(repeat('x', 1000) || counter::varchar) as t from"
                            " impulse(message_count => 1000000, event_time_interval => interval '1 millisecond')"
                            " group by counter, tumble(interval '1000 days')) group by tumble(interval '1000 days')")
        self.job.arguments = ["-X", f"worker.spill-dir={disk.path}", "-X", "worker.memory-limit=128mb"]
        self.assertEqual(self.job.run(), 9, self.job.said())
        for word in ("error[LM4001]", "out of memory budget", "worker.spill-dir"):
            self.assertIn(word, self.job.said())


if __name__ == "__main__":
    small_disk.run_tests()
