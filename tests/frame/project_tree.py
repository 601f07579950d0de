"""A small project in a temporary folder, for tests of tools/ that must catch what is wrong in it."""

import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


class ProjectTree:
    def __init__(self, files):
        self._folder = tempfile.TemporaryDirectory(prefix="laminar-frame-")
        self.root = pathlib.Path(self._folder.name)
        for name, text in files.items():
            self.write(name, text)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, tool, *arguments):
        """Runs a tool of tools/ on the tree: (exit code, everything it printed)."""
        done = subprocess.run(
            [sys.executable, str(ROOT / "tools" / tool), "--root", str(self.root), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        return done.returncode, done.stdout

    def close(self):
        self._folder.cleanup()
