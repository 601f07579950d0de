"""Small file systems for a test, in a mount namespace of its own, so that they go with it."""

import os
import pathlib
import subprocess
import sys
import unittest

SKIPPED = 77  # as CTest is told


def enter_namespace():
    """Starts this program once more where it may mount; ends it as skipped where it may not."""
    if os.environ.get("LAMINAR_TEST_MAY_MOUNT") == "1":
        return
    tried = subprocess.run(["unshare", "--mount", "--propagation", "private", "mount", "-t", "tmpfs", "none", "/mnt"],
                           capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        print(f"skipped: file systems cannot be mounted here, which takes root: {tried.stderr.strip()}")
        sys.exit(SKIPPED)
    os.environ["LAMINAR_TEST_MAY_MOUNT"] = "1"
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", sys.executable, "-B", *sys.argv])


def run_tests():
    """As unittest.main; tests that were left out make the whole one that was skipped, unless others fail."""
    result = unittest.main(module="__main__", exit=False, verbosity=2).result
    sys.exit(1 if not result.wasSuccessful() else SKIPPED if result.skipped else 0)


def command(*arguments):
    subprocess.run([str(argument) for argument in arguments], check=True, capture_output=True)


class MemoryDisk:
    """A disk of so many bytes and files, at `path`."""

    def __init__(self, path, size, files=0, options=""):
        self.path = pathlib.Path(path)
        self.path.mkdir(parents=True, exist_ok=True)
        self.filler = self.path / ".filler"
        command("mount", "-t", "tmpfs", "-o", f"size={size},nr_inodes={files}{options}", "none", self.path)

    def fill(self):
        """Takes all that is free; hidden, as nothing foreign may be in a state directory."""
        with open(self.filler, "ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass

    def free(self):
        self.filler.unlink()

    def grow(self):
        command("mount", "-o", "remount,size=64m,nr_inodes=0", self.path)

    def make_read_only(self, read_only=True):
        command("mount", "-o", "remount,ro" if read_only else "remount,rw", self.path)

    def unmount(self):
        command("umount", self.path)


class ImageDisk:
    """A disk in a file, which can have an error: then its file system turns read-only until it is mounted anew."""

    def __init__(self, path, image, size="64M"):
        self.path = pathlib.Path(path)
        self.image = image
        self.path.mkdir(parents=True, exist_ok=True)
        command("truncate", "-s", size, image)
        command("mkfs.ext4", "-q", "-F", "-O", "^has_journal", "-m", "0", image)
        self.mount()

    @staticmethod
    def is_possible():
        return pathlib.Path("/sys/fs/ext4").is_dir() and subprocess.run(["losetup", "--find"], capture_output=True, check=False).returncode == 0

    def mount(self):
        command("mount", "-o", "loop,errors=remount-ro", self.image, self.path)
        found = subprocess.run(["findmnt", "--noheadings", "--output", "SOURCE", self.path], capture_output=True, text=True, check=True)
        self.device = pathlib.Path(found.stdout.strip()).name

    def fail(self):
        pathlib.Path(f"/sys/fs/ext4/{self.device}/trigger_fs_error").write_text("1", encoding="utf-8")

    def unmount(self):
        command("umount", self.path)
