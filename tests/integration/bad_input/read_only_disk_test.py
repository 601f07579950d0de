"""Disks that can only be read: from the start, and from an error of the disk on.

Usage: read_only_disk_test.py PATH_OF_LAMINAR
"""

import pathlib
import subprocess
import tempfile
import time
import unittest

import small_disk

small_disk.enter_namespace()

from job_under_test import LAMINAR, Job, environment  # noqa: E402: takes the path from the command line, once
from small_disk import ImageDisk, MemoryDisk

READ_ONLY = "Read-only file system"
REMEDY = "make it writable"


class ReadOnlyDisk(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.job = Job(self.folder)

    def mounted(self, disk):
        self.addCleanup(disk.unmount)
        self.addCleanup(self.job.kill)  # before
        return disk

    def refused(self, exit_code, *words):
        self.assertEqual(self.job.run("--for", "1s"), exit_code, self.job.said())
        for word in words:
            self.assertIn(word, self.job.said())

    def command(self, *arguments):
        return subprocess.run([LAMINAR, "checkpoints", *arguments, "-S", self.job.state], capture_output=True, text=True,
                              env=environment({}), timeout=60, check=False)

    def test_a_state_directory_is_refused_but_can_be_looked_at(self):
        disk = self.mounted(MemoryDisk(self.job.state, "4m"))
        disk.make_read_only()
        refusal = ("error[LM4002]", f"the state directory {self.job.state} cannot be written", REMEDY, READ_ONLY)
        self.refused(6, *refusal)
        disk.make_read_only(False)
        self.assertEqual(self.job.run("--for", "1s"), 0, self.job.said())
        disk.make_read_only()
        self.refused(6, *refusal)
        self.assertGreater(len(self.job.checkpoints()), 2)
        self.assertEqual(self.command("verify", "latest").returncode, 0)
        self.assertEqual(self.command("inspect").returncode, 0)
        created = self.command("create", "kept")
        self.assertEqual(created.returncode, 6)
        for word in ("savepoints", REMEDY, READ_ONLY, str(self.job.state)):
            self.assertIn(word, created.stderr)
        disk.make_read_only(False)
        self.assertEqual(self.job.run("--for", "1s"), 0, self.job.said())
        self.assertGreater(self.job.check_rows(), 2000)

    def test_a_state_directory_of_another_user_is_refused(self):
        self.assertEqual(self.job.run("--for", "1s"), 0, self.job.said())
        self.folder.chmod(0o755)
        self.job.state.chmod(0o700)
        refused = subprocess.run([LAMINAR, "checkpoints", "ls", "-S", self.job.state], capture_output=True, text=True, user=65534,
                                 cwd="/", env=environment({}), timeout=60, check=False)
        self.assertEqual(refused.returncode, 6, refused.stderr)
        for word in ("error[LM4002]", f"the state directory {self.job.state} cannot be read", "make it readable", "Permission denied"):
            self.assertIn(word, refused.stderr)

    def test_an_output_folder_fails_the_job_with_the_remedy(self):
        disk = self.mounted(MemoryDisk(self.job.numbers, "4m"))
        disk.make_read_only()
        self.refused(9, "error[LM4001]", str(self.job.numbers), READ_ONLY, REMEDY)
        disk.make_read_only(False)
        self.assertEqual(self.job.run("--for", "1s"), 0, self.job.said())
        self.assertGreater(self.job.check_rows(), 1000)

    def failing_disk(self, path):
        if not ImageDisk.is_possible():
            self.skipTest("file systems in files cannot be mounted here")
        return self.mounted(ImageDisk(path, self.folder / "image"))

    def test_a_state_directory_whose_disk_fails_holds_checkpoints_up_until_it_is_mounted_anew(self):
        disk = self.failing_disk(self.job.state)
        (self.job.state / "lost+found").rmdir()
        self.job.start()
        self.job.wait_for_checkpoints(3)
        disk.fail()
        self.job.wait_until_it_says("warning: no checkpoint at the moment", READ_ONLY, str(self.job.state))
        time.sleep(1)
        self.assertIsNone(self.job.process.poll())
        newest = self.job.newest()
        self.job.interrupt()
        self.job.wait_until_it_says("waiting for the last checkpoint", READ_ONLY, f"goes on from checkpoint {newest}")
        self.job.interrupt()
        self.assertEqual(self.job.wait(), 130, self.job.said())
        disk.unmount()
        disk.mount()
        self.assertEqual(self.job.run("--for", "1s"), 0, self.job.said())
        self.assertIn(f"going on from checkpoint {newest}", self.job.said())
        self.assertGreater(self.job.check_rows(), 2000)

    def test_an_output_folder_whose_disk_fails_fails_the_job_which_then_goes_on(self):
        disk = self.failing_disk(self.job.numbers)
        self.job.start()
        self.job.wait_for_checkpoints(3)
        disk.fail()
        self.assertEqual(self.job.wait(), 9, self.job.said())
        for word in ("error[LM4001]", str(self.job.numbers), READ_ONLY, REMEDY, "goes on from checkpoint"):
            self.assertIn(word, self.job.said())
        disk.unmount()
        disk.mount()
        self.assertEqual(self.job.run("--for", "1s"), 0, self.job.said())
        self.assertGreater(self.job.check_rows(), 2000)


if __name__ == "__main__":
    small_disk.run_tests()
