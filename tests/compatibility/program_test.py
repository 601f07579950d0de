"""Goes on from what earlier versions of the program have left. See README.md.

  program_test.py LAMINAR                  restores each program_N and compares with an uninterrupted run
  program_test.py LAMINAR --update FOLDER  interrupts FOLDER/program.sql anew and keeps what it leaves
"""

import collections
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

LAMINAR = str(pathlib.Path(sys.argv.pop(1)).resolve())
HERE = pathlib.Path(__file__).resolve().parent
# Traces of the process that wrote a state, and not part of it.
TRACES = (".laminar-lock", ".laminar-owner", ".laminar-unfinished", "metadata.sqlite-journal")


def command(rate, *arguments):
    return [LAMINAR, "run", "program.sql", "-q", "-D", f"rate={rate}", *arguments]


def rows_below(folder):
    """How often each line is in the files of each folder of out/; unfinished ones are hidden."""
    rows = collections.Counter()
    for path in (folder / "out").rglob("*.json"):
        if not path.name.startswith("."):
            rows.update((path.parent.name, line) for line in path.read_text().splitlines())
    return rows


def update(folder):
    with tempfile.TemporaryDirectory(prefix="laminar-") as temporary:
        work = pathlib.Path(temporary)
        shutil.copy(folder / "program.sql", work)
        process = subprocess.Popen(command(1000, "-S", "state", "-p", "2", "--checkpoint-interval", "600ms"), cwd=work)
        time.sleep(1.3)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130, "the program was not interrupted"
        for name in TRACES:
            path = work / "state" / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        for name in ("state", "out"):
            shutil.rmtree(folder / name, ignore_errors=True)
            shutil.copytree(work / name, folder / name)


class Programs(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="laminar-")
        self.addCleanup(temporary.cleanup)
        self.work = pathlib.Path(temporary.name)

    def run_program(self, folder, *arguments):
        result = subprocess.run(command(*arguments), cwd=folder, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_every_state_is_gone_on_from_at_any_parallelism(self):
        folders = sorted(HERE.glob("program_*/"))
        self.assertTrue(folders)
        for folder in folders:
            whole = self.work / folder.name
            whole.mkdir()
            shutil.copy(folder / "program.sql", whole)
            self.run_program(whole, 100_000, "-p", "1")
            expected = rows_below(whole)
            self.assertLess(rows_below(folder).total(), expected.total())
            for parallelism in ("1", "2", "3"):
                with self.subTest(folder.name, parallelism=parallelism):
                    restored = self.work / f"{folder.name}-{parallelism}"
                    shutil.copytree(folder, restored)
                    self.run_program(restored, 1000, "-S", "state", "-p", parallelism)
                    self.assertEqual(rows_below(restored), expected)


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] == "--update":
        update(pathlib.Path(sys.argv[2]).resolve())
    else:
        unittest.main()
