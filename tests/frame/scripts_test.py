#!/usr/bin/env python3
"""scripts/ say what failed and what to do, install only what is missing, and report ctest's result.

Each test runs a copy of the scripts with a PATH of stand-ins for what would change the machine.
"""

import os
import pathlib
import shutil
import subprocess
import unittest

from project_tree import ROOT, ProjectTree

# What the scripts may really run.
REAL = """awk bash cat chmod cp cut df dirname env find flock grep head mkdir mktemp mv nproc rm sed sha256sum
sort tail tar tee touch tr uname""".split()

PACKAGES = [
    line.split()[:2]
    for line in (ROOT / "third_party/debian-packages.txt").read_text().splitlines()
    if line.strip() and not line.startswith("#")
]

# npm ci: makes the folders that the pinned packages would have.
NPM_CI = """
case $1 in --version) echo 9; exit 0 ;; esac
echo "$@" >>"$CALLS/npm"
for folder in linux-x64 linux-arm64; do
  mkdir -p node_modules/@duckdb/node-bindings-$folder
  echo library >node_modules/@duckdb/node-bindings-$folder/libduckdb.so
done
duckdb=node_modules/duckdb/src/duckdb
mkdir -p $duckdb/src/include/duckdb $duckdb/third_party/re2 $duckdb/extension/icu
echo >node_modules/duckdb/LICENSE
echo >$duckdb/src/include/duckdb.hpp
echo >$duckdb/src/include/duckdb/vector.hpp
echo >$duckdb/third_party/re2/re2.h
echo >$duckdb/third_party/re2/re2.cc
"""

SUMMARY = """
100% tests passed, 0 tests failed out of 12

Total Test time (real) =   0.01 sec
"""

FAILED_SUMMARY = """
75% tests passed, 3 tests failed out of 12

The following tests FAILED:
\t  4 - plan.A (Failed)
"""


def fails_with(text, code=1):
    return f"cat <<'TEXT'\n{text}\nTEXT\nexit {code}"


@unittest.skipUnless(pathlib.Path("/etc/os-release").read_text().find("VERSION_ID=\"12\"") >= 0, "not Debian 12")
class Setup(unittest.TestCase):
    def setUp(self):
        self.tree = ProjectTree({})
        self.addCleanup(self.tree.close)
        root = self.tree.root
        for name in ("scripts", ".ci"):
            shutil.copytree(ROOT / name, root / name)
        (root / "third_party").mkdir()
        for name in ("debian-packages.txt", "package.json", "package-lock.json"):
            shutil.copy(ROOT / "third_party" / name, root / "third_party" / name)
        for folder in ("bin", "calls", "home"):
            (root / folder).mkdir()
        # Wrappers and not links, so that a stand-in can never be written through to the machine.
        for name in REAL:
            self.stand_in(name, f'exec {shutil.which(name)} "$@"', shell="/bin/sh")
        self.stand_in("dpkg-query", self.installed(PACKAGES))
        self.stand_in("id", "echo 0")
        self.stand_in("apt-get", 'echo "$@" >>"$CALLS/apt-get"; exit 0')
        self.stand_in("npm", NPM_CI)

    @staticmethod
    def installed(packages):
        return "cat <<'TEXT'\n" + "".join(
            f"{name} installed 1:{version}.1-1\n" for name, version in packages) + "TEXT\n"

    def stand_in(self, name, text, shell="/usr/bin/env bash"):
        path = self.tree.root / "bin" / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!{shell}\n{text}\n")
        path.chmod(0o755)

    def without(self, name):
        (self.tree.root / "bin" / name).unlink()

    def run_script(self, name, *arguments, **variables):
        root = self.tree.root
        environment = {"PATH": str(root / "bin"), "HOME": str(root / "home"), "CALLS": str(root / "calls")}
        environment.update(variables)
        done = subprocess.run([str(root / name), *arguments], env=environment, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode, done.stdout

    def calls(self, program):
        path = self.tree.root / "calls" / program
        return path.read_text().splitlines() if path.exists() else []

    def expect_failure(self, *parts, script="scripts/setup", arguments=(), **variables):
        code, output = self.run_script(script, *arguments, **variables)
        self.assertEqual(code, 1, output)
        self.assertIn("\nerror: ", "\n" + output)
        for part in parts:
            self.assertIn(part, output)

    def test_lays_out_duckdb_and_then_does_nothing(self):
        self.assertEqual(self.run_script("scripts/setup"), (0, "==> fetching DuckDB 1.4.4\n"))
        self.assertEqual(self.run_script("scripts/setup"), (0, ""))
        self.assertEqual(self.calls("apt-get"), [])
        self.assertEqual(len(self.calls("npm")), 1)
        self.assertIn("--ignore-scripts", self.calls("npm")[0])
        folder = self.tree.root / "home/.cache/laminar"
        found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
        self.assertEqual(found, {"setup.lock"} | {f"duckdb-1.4.4/{name}" for name in (
            "LICENSE", "setup-stamp", "lib/libduckdb.so", "include/duckdb.hpp", "include/duckdb/vector.hpp",
            "include/third_party/re2/re2.h")})

    def test_another_lock_file_fetches_duckdb_again(self):
        self.run_script("scripts/setup")
        self.tree.write("third_party/package-lock.json", "{}\n")
        code, output = self.run_script("scripts/setup")
        self.assertEqual((code, output), (0, "==> fetching DuckDB 1.4.4\n"))

    def test_cache_folder_can_be_elsewhere(self):
        cache = self.tree.root / "cache"
        self.assertEqual(self.run_script("scripts/setup", XDG_CACHE_HOME=str(cache))[0], 0)
        self.assertTrue((cache / "laminar/duckdb-1.4.4/lib/libduckdb.so").exists())

    def test_installs_only_what_is_missing(self):
        missing = [name for name, _ in PACKAGES[-2:]]
        self.stand_in("dpkg-query", f"""
            if [ -e "$CALLS/apt-get" ] && grep -q install "$CALLS/apt-get"; then
              {self.installed(PACKAGES)}
            else
              {self.installed(PACKAGES[:-2])}
            fi""".replace("\n            ", "\n").replace("\n              ", "\n"))
        code, output = self.run_script("scripts/setup")
        self.assertEqual(code, 0, output)
        self.assertEqual(len(self.calls("apt-get")), 2)
        self.assertTrue(self.calls("apt-get")[1].endswith("--no-install-recommends " + " ".join(missing)))

    def test_warns_of_another_upstream_version(self):
        self.stand_in("dpkg-query", self.installed([("cmake", "4.0"), *PACKAGES[1:]]))
        code, output = self.run_script("scripts/setup")
        self.assertEqual(code, 0, output)
        self.assertIn("warning: cmake is version 4.0.1-1; Laminar was tested with 3.25", output)

    def test_says_what_root_must_run_when_there_is_no_sudo(self):
        self.stand_in("dpkg-query", self.installed(PACKAGES[1:]))
        self.stand_in("id", "echo 1000")
        self.expect_failure("neither root nor is sudo there", "apt-get install --no-install-recommends cmake")

    def test_says_what_root_must_run_when_sudo_refuses(self):
        self.stand_in("dpkg-query", self.installed(PACKAGES[1:]))
        self.stand_in("id", "echo 1000")
        self.stand_in("sudo", "exit 1")
        self.expect_failure("sudo does not let", "apt-get install --no-install-recommends cmake")

    def test_uses_sudo_for_packages_alone(self):
        self.stand_in("dpkg-query", self.installed(PACKAGES[1:]))
        self.stand_in("id", "echo 1000")
        self.stand_in("sudo", 'printf "%s\\n" "$*" >>"$CALLS/sudo"')
        self.expect_failure("these are not installed: cmake")
        self.assertEqual([call.split()[:3] for call in self.calls("sudo")[1:]],
                         [["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]] * 2)

    def test_explains_why_apt_failed(self):
        self.stand_in("dpkg-query", self.installed(PACKAGES[1:]))
        for text, reason in (
            ("Temporary failure resolving 'host'", "Debian's package server cannot be reached"),
            ("write error: No space left on device", "the disk is full"),
            ("E: You don't have enough free space in /var/cache/apt", "the disk is full"),
            ("E: Could not get lock /var/lib/dpkg/lock", "another program is installing packages"),
            ("E: Unable to locate package cmake", "apt does not know a package"),
            ("E: something new", "the last lines above say why"),
        ):
            with self.subTest(text=text):
                self.stand_in("apt-get", fails_with(text, 100))
                self.expect_failure(reason, text)

    def test_explains_why_npm_failed(self):
        for text, reason in (
            ("npm error code ENOTFOUND", "package server cannot be reached"),
            ("npm error code ENOSPC", "the disk is full"),
            ("npm error code EINTEGRITY", "not what third_party/package-lock.json pins"),
            ("npm error code E404", "does not have the pinned version"),
            ("npm error something new", "last lines above say why"),
        ):
            with self.subTest(text=text):
                self.stand_in("npm", "[ $1 = --version ] || {\n" + fails_with(text) + "\n}")
                self.expect_failure(reason, text)
                self.assertEqual(list((self.tree.root / "home/.cache/laminar").iterdir()),
                                 [self.tree.root / "home/.cache/laminar/setup.lock"])

    def test_a_failed_fetch_leaves_the_old_duckdb(self):
        self.run_script("scripts/setup")
        self.tree.write("third_party/package-lock.json", "{}\n")
        self.stand_in("npm", "[ $1 = --version ] || exit 1")
        self.expect_failure("fetching DuckDB failed")
        self.assertTrue((self.tree.root / "home/.cache/laminar/duckdb-1.4.4/lib/libduckdb.so").exists())

    def test_says_when_the_disk_is_full(self):
        self.stand_in("df", "printf 'Avail\\n1024\\n'")
        self.expect_failure("has 1 MB left", "free some and run again")

    def test_says_when_the_cache_folder_cannot_be_made(self):
        self.tree.write("home/.cache", "a file")
        self.expect_failure("cannot be made", "XDG_CACHE_HOME")

    def test_installs_npm_when_there_is_none(self):
        self.without("npm")
        self.expect_failure("installing 2 packages: nodejs npm", "npm is not there")

    def test_says_when_npm_is_missing_and_packages_are_not_looked_at(self):
        self.without("npm")
        self.expect_failure("npm is not there", LAMINAR_SKIP_PACKAGES="1")

    def test_refuses_a_duckdb_folder_without_duckdb(self):
        self.expect_failure("LAMINAR_DUCKDB_DIR is", LAMINAR_DUCKDB_DIR=str(self.tree.root))

    def test_refuses_an_unknown_processor(self):
        self.stand_in("uname", '[ "$1" = -s ] && echo Linux || echo riscv64')
        self.expect_failure("no prebuilt library for the processor riscv64")

    def test_refuses_arguments(self):
        for script in ("scripts/setup", "scripts/quickstart", "scripts/build", "scripts/test"):
            with self.subTest(script=script):
                self.expect_failure("--frobnicate", script=script, arguments=["--frobnicate"])
                self.assertEqual(self.run_script(script, "--help")[0], 0)

    def test_build_asks_for_setup_first(self):
        self.expect_failure("Run scripts/setup first", script="scripts/build")

    def prepare_build(self):
        for name in ("cmake", "ninja", "clang++-19"):
            self.stand_in(name, f'echo "$@" >>"$CALLS/{name}"')
        self.tree.write("home/.cache/laminar/duckdb-1.4.4/lib/libduckdb.so", "")

    def test_build_configures_once_a_preset(self):
        self.prepare_build()
        self.stand_in("cmake", 'echo "$@" >>"$CALLS/cmake"; mkdir -p build-asan; touch build-asan/build.ninja')
        for _ in range(2):
            code, output = self.run_script("scripts/build", "asan", "all", LAMINAR_JOBS="3")
            self.assertEqual(code, 0, output)
        self.assertEqual(self.calls("cmake"), ["--preset asan"])
        self.assertEqual(self.calls("ninja"), [f"-C {self.tree.root}/build-asan -j 3 all"] * 2)

    def test_build_explains_why_it_failed(self):
        self.prepare_build()
        for text, reason in (
            ("clang++: error: unable to execute command: Killed", "ran out of memory"),
            ("error: No space left on device", "the disk of"),
            ("a.cc:1:1: error: expected ';'", "building failed; the messages above say why"),
        ):
            with self.subTest(text=text):
                self.stand_in("ninja", fails_with(text))
                self.expect_failure(text, reason, script="scripts/build")

    def run_tests(self, ctest, *arguments):
        self.prepare_build()
        self.stand_in("ctest", 'echo "$@" >>"$CALLS/ctest"\n' + ctest)
        return self.run_script("scripts/test", *arguments)

    def test_test_ends_with_what_ctest_found(self):
        code, output = self.run_tests(fails_with(SUMMARY, 0))
        self.assertEqual(code, 0, output)
        self.assertEqual(output.splitlines()[-1], "12 passed, 0 failed")
        self.assertIn("-LE ^integration$", self.calls("ctest")[0])
        self.assertTrue(self.calls("ninja")[0].endswith(" all"))

    def test_test_fails_as_ctest_fails(self):
        code, output = self.run_tests(fails_with(FAILED_SUMMARY, 8), "--no-setup")
        self.assertEqual(code, 8, output)
        self.assertEqual(output.splitlines()[-1], "9 passed, 3 failed")

    def test_test_fails_when_ctest_comes_to_no_result(self):
        code, output = self.run_tests("exit 0")
        self.assertEqual(code, 1, output)
        self.assertIn("ctest came to no result", output)
        self.assertNotIn(" passed, ", output)

    def test_test_with_everything(self):
        code, output = self.run_tests(fails_with(SUMMARY, 0), "--integration", "--asan", "--filter", "plan")
        self.assertEqual(code, 0, output)
        self.assertEqual(self.calls("cmake"), ["--preset asan"])
        self.assertTrue(self.calls("ninja")[0].endswith(" all"))
        self.assertNotIn("integration", self.calls("ctest")[0])
        self.assertIn("-R plan", self.calls("ctest")[0])

    def test_continuous_integration_runs_the_tests(self):
        self.prepare_build()
        self.stand_in("ctest", fails_with(FAILED_SUMMARY, 8))
        code, output = self.run_script(".ci/run")
        self.assertEqual((code, output.splitlines()[-1]), (8, "9 passed, 3 failed"))

    def test_quickstart_sets_up_builds_and_runs_the_example(self):
        self.prepare_build()
        self.stand_in("build-laminar", 'echo "$@"; exit "${CODE:-0}"')
        (self.tree.root / "build").mkdir()
        shutil.copy(self.tree.root / "bin/build-laminar", self.tree.root / "build/laminar")
        code, output = self.run_script("scripts/quickstart", LAMINAR_QUICKSTART_SECONDS="2")
        self.assertEqual(code, 0, output)
        self.assertIn("run examples/quickstart.sql -o table --for 2s\n", output)
        self.assertIn("Next:", output)
        self.expect_failure("the example ended with exit code 3", script="scripts/quickstart", CODE="3")


if __name__ == "__main__":
    os.umask(0o022)
    unittest.main()
