#!/usr/bin/env python3
"""tools/services where nothing can be fetched or started: it says so, and never passes for success."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

SERVICES = pathlib.Path(__file__).resolve().parents[3] / "tools" / "services"


def run(*arguments, environment=None):
    return subprocess.run(
        [sys.executable, str(SERVICES), *arguments], capture_output=True, text=True, timeout=60,
        env={**os.environ, **(environment or {})}, check=False,
    )


class Services(unittest.TestCase):
    def test_says_how_it_is_used(self):
        for arguments in ([], ["dance"], ["run"], ["run", "minio"], ["run", "minio", "--"], ["stop"]):
            result = run(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn("tools/services run NAME", result.stdout + result.stderr)

    def test_names_the_services_there_are(self):
        self.assertIn("minio", run("list").stdout)
        result = run("run", "oracle", "--", "true")
        self.assertEqual(result.returncode, 2)
        self.assertIn("no such service: oracle (there are minio", result.stderr)

    def test_a_service_that_cannot_be_fetched_is_a_failure(self):
        with tempfile.TemporaryDirectory() as folder:
            for service, program in (("minio", "go"), ("fake-gcs-server", "go"), ("azurite", "npm")):
                result = run("run", service, "--", "true",
                             environment={"XDG_CACHE_HOME": folder, "PATH": folder})
                self.assertEqual(result.returncode, 3, result.stderr)
                self.assertIn(f"{program} is not installed", result.stderr)

    def test_a_service_that_does_not_start_is_a_failure_with_its_log(self):
        with tempfile.TemporaryDirectory() as folder:
            minio = [line.split()[1] for line in run("list").stdout.splitlines() if "minio" in line][0]
            cache = pathlib.Path(folder) / "laminar" / "services" / f"minio-{minio}"
            cache.mkdir(parents=True)
            (cache / "complete").touch()
            (cache / "minio").write_text("#!/bin/sh\necho broken on purpose\nexit 7\n")
            (cache / "minio").chmod(0o755)
            result = run("run", "minio", "--", "true", environment={"XDG_CACHE_HOME": folder})
            self.assertEqual(result.returncode, 3, result.stderr)
            self.assertIn("minio does not start", result.stderr)
            self.assertIn("broken on purpose", result.stderr)

    def test_stops_only_what_it_started(self):
        with tempfile.TemporaryDirectory() as folder:
            result = run("stop", folder)
            self.assertEqual(result.returncode, 3)
            self.assertIn("no services were started", result.stderr)


if __name__ == "__main__":
    unittest.main()
