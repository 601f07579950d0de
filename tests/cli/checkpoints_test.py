"""Looks into state directories as a user would. Usage: checkpoints_test.py PATH_OF_LAMINAR"""

import contextlib
import json
import os
import pathlib
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

LAMINAR = sys.argv.pop(1) if len(sys.argv) > 1 else "build/laminar"

# A window that stays open: every row that was read is counted in the state.
COUNT = "select counter % 5 as k, count(*) as n from impulse(event_rate => 1000) group by k, tumble(interval '1000 days')"


def environment():
    return {**os.environ, "XDG_CONFIG_HOME": "/nonexistent"}


def laminar(*arguments, timeout=60):
    return subprocess.run([LAMINAR, *map(str, arguments)], capture_output=True, text=True, timeout=timeout, env=environment(), check=False)


def program(folder, query=COUNT):
    return (f"create table o (k bigint, n bigint) with (connector = 'filesystem', type = 'sink', path = '{folder}/out', format = 'json');"
            f"insert into o {query}")


def rows(*arguments):
    result = laminar(*arguments, "-o", "json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


class Base(unittest.TestCase):
    def refused(self, result, code, exit_code, *words):
        self.assertEqual(result.returncode, exit_code, result.stdout + result.stderr)
        self.assertIn(f"error[{code}]", result.stderr)
        for word in words:
            self.assertIn(word, result.stderr)

    def accepted(self, result):
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        return result.stdout


class Checkpoints(Base):
    @classmethod
    def setUpClass(cls):
        cls.made = tempfile.TemporaryDirectory()
        cls.folder = cls.made.name
        result = laminar("run", "-q", "-e", program(cls.folder), "-S", f"{cls.folder}/state", "--checkpoint-interval", "200ms", "--for", "1500ms")
        assert result.returncode == 0, result.stderr

    @classmethod
    def tearDownClass(cls):
        cls.made.cleanup()

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.state = f"{self.temporary.name}/state"
        shutil.copytree(f"{self.folder}/state", self.state)

    def do(self, command, *arguments):
        return laminar("checkpoints", command, *arguments, "-S", self.state)

    def ids(self):
        return [row["id"] for row in rows("checkpoints", "ls", "-S", self.state)]

    def manifest(self, name="latest"):
        return json.loads(self.accepted(self.do("inspect", name, "-o", "json")))

    def damage(self, key, truncate=False):
        path = pathlib.Path(self.state) / key
        data = bytearray(path.read_bytes())
        if truncate:
            data = data[:-1]
        else:
            data[len(data) // 2] ^= 1
        path.chmod(0o644)
        path.write_bytes(data)

    def files(self):
        return [file["object"] for operator in self.manifest()["operators"] for table in operator["tables"] for file in table["files"]]

    def test_ls_shows_what_there_is(self):
        listed = rows("checkpoints", "ls", "-S", self.state)
        self.assertGreaterEqual(len(listed), 2)
        newest = listed[0]
        self.assertEqual(newest["end"], "stopped")
        self.assertEqual(newest["kind"], "checkpoint")
        self.assertEqual(newest["id"], newest["epoch"])
        self.assertGreater(int(newest["state"]), 0)
        self.assertEqual(newest["operators"], "1")
        self.assertEqual([row["end"] for row in listed[1:]], ["-"] * (len(listed) - 1))
        table = self.accepted(self.do("ls"))
        self.assertEqual(table.splitlines()[0].split(),
                         ["ID", "KIND", "EPOCH", "COMPLETED", "AGE", "GENERATION", "STATE", "CHANGED", "OPERATORS", "FILES", "COMMITTED", "END"])
        self.assertEqual(laminar("checkpoint", "ls", "-S", self.state).returncode, 0)
        self.assertEqual(laminar("checkpoints", "ls", "-X", f"run.state-dir={self.state}").returncode, 0)

    def test_places_that_hold_no_state_are_named(self):
        for command in (("ls",), ("inspect", "1"), ("verify",), ("create", "a"), ("restore", "1"), ("rm", "1"), ("query", "1", "select 1")):
            self.refused(laminar("checkpoints", *command, "-S", f"{self.temporary.name}/none"), "LM4002", 4, "none")
        pathlib.Path(self.temporary.name, "file").write_text("x", encoding="utf-8")
        self.refused(laminar("checkpoints", "ls", "-S", f"{self.temporary.name}/file"), "LM4002", 2)
        foreign = pathlib.Path(self.temporary.name, "foreign")
        foreign.mkdir()
        (foreign / "letter.txt").write_text("x", encoding="utf-8")
        self.refused(laminar("checkpoints", "ls", "-S", foreign), "LM4002", 5, "letter.txt")
        self.refused(laminar("checkpoints", "ls"), "LM0001", 2, "-S DIR")

    def test_a_folder_below_a_file_is_no_place(self):
        file = pathlib.Path(self.temporary.name, "file")
        file.write_text("x", encoding="utf-8")
        for below in ("state", "some/state"):
            result = laminar("run", "-q", "-e", program(self.temporary.name), "-S", file / below, "--for", "1s")
            self.refused(result, "LM4002", 2, f"{file} is a file", "name another place")
            self.assertNotIn("mkdir", result.stderr)

    def test_a_log_that_a_stopped_process_holds_is_named(self):
        with contextlib.closing(sqlite3.connect(f"{self.state}/metadata.sqlite")) as other:
            other.execute("BEGIN EXCLUSIVE")
            self.refused(self.do("ls"), "LM4002", 7, "metadata.sqlite", "another process is changing the log", "last opened by process", "let it go on or end it")
        self.accepted(self.do("ls"))

    def test_names_that_are_not_there_are_answered_with_those_that_are(self):
        for command in (("inspect", "999"), ("verify", "999"), ("verify", "nightly"), ("restore", "999"), ("rm", "999"), ("rm", "nightly"),
                        ("query", "999", "select 1"), ("inspect", "nightly")):
            self.refused(self.do(*command), "LM4003", 4)
        self.assertIn(self.ids()[0], self.do("inspect", "999").stderr)
        self.refused(self.do("inspect", "none"), "LM4003", 2)
        self.refused(self.do("inspect", "no name"), "LM4003", 2)

    def test_inspect_shows_all_parts(self):
        text = self.accepted(self.do("inspect"))
        for word in (f"checkpoint {self.ids()[0]} of {self.state}", "window_aggregate_", "groups", "0-255", "source_0", "sink_", "stopped"):
            self.assertIn(word, text)
        self.assertEqual(self.manifest(self.ids()[1])["epoch"], int(self.ids()[1]))
        self.refused(self.do("inspect", "-o", "csv"), "LM0001", 2)

    def test_verify_names_every_damaged_object(self):
        self.accepted(self.do("verify"))
        self.accepted(self.do("verify", "latest"))
        keys = self.files()
        self.damage(keys[0])
        self.damage(keys[-1], truncate=True)
        newest = self.ids()[0]
        self.refused(self.do("verify", newest), "LM4003", 1, keys[0], keys[-1], "checksum", "bytes")
        result = self.do("verify", "-o", "json")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(next(row["problems"] for row in json.loads(result.stdout) if row["id"] == newest), "2")
        self.refused(self.do("restore", newest), "LM4003", 1, keys[-1], "Nothing was changed")
        os.remove(f"{self.state}/{keys[0]}")
        self.refused(self.do("verify", newest), "LM4003", 1, keys[0], "missing")

    def test_a_damaged_manifest_hides_nothing_else(self):
        newest = self.ids()[0]
        self.damage(f"manifests/g1-e{newest}.json")
        listed = rows("checkpoints", "ls", "-S", self.state)
        self.assertEqual(listed[0]["end"], "damaged")
        self.assertEqual(listed[1]["end"], "-")
        self.refused(self.do("inspect", newest), "LM4003", 1, f"manifests/g1-e{newest}.json")
        self.refused(self.do("create", "nightly"), "LM4003", 1, f"manifests/g1-e{newest}.json")
        self.refused(self.do("rm", listed[1]["id"]), "LM4003", 1, f"manifests/g1-e{newest}.json")
        self.assertEqual(self.do("inspect", listed[1]["id"]).returncode, 0)

    def test_savepoints_are_made_and_removed(self):
        self.assertIn("nightly", self.accepted(self.do("create", "nightly")))
        self.assertEqual(self.ids()[-1], "nightly")
        self.accepted(self.do("verify", "nightly"))
        self.refused(self.do("create", "nightly"), "LM4003", 5, "nightly")
        self.refused(self.do("create", "17"), "LM4003", 2)
        self.refused(self.do("create", "a/b"), "LM4003", 2)
        self.assertEqual(self.manifest("nightly")["savepoint"], "nightly")
        self.accepted(self.do("rm", "nightly"))
        self.assertNotIn("nightly", self.ids())
        self.assertEqual(os.listdir(self.state).count("savepoints"), 0)

    def test_rm_frees_what_no_other_checkpoint_needs(self):
        ids = self.ids()
        self.refused(self.do("rm", ids[0]), "LM4003", 5, "newest")
        self.refused(self.do("rm", "latest", "--force"), "LM4003", 5, "newest")
        self.assertIn(f"checkpoint {ids[-1]} removed", self.accepted(self.do("rm", ids[-1])))
        self.assertEqual(self.ids(), ids[:-1])
        self.assertFalse(os.path.exists(f"{self.state}/manifests/g1-e{ids[-1]}.json"))
        self.accepted(self.do("verify"))

    def test_rm_takes_away_a_damaged_checkpoint(self):
        oldest = self.ids()[-1]
        self.damage(f"manifests/g1-e{oldest}.json")
        self.accepted(self.do("rm", oldest))
        self.assertNotIn(oldest, self.ids())
        self.accepted(self.do("verify"))

    def test_restore_prints_the_command_that_goes_on(self):
        ids = self.ids()
        self.assertIn(f"--restore {ids[0]}\n", self.accepted(self.do("restore", "latest")))
        older = self.accepted(self.do("restore", ids[1]))
        self.assertIn(f"--restore {ids[1]} --force\n", older)
        self.assertIn(ids[0], older)
        spaced = f"{self.temporary.name}/it's here"
        shutil.copytree(self.state, spaced)
        command = self.accepted(laminar("checkpoints", "restore", ids[0], "-S", spaced)).splitlines()[-1]
        self.assertEqual(shlex.split(command), ["laminar", "run", "FILE", "-S", spaced, "--restore", ids[0]])

    def test_query_gives_the_rows_as_they_were(self):
        for name in self.ids():
            position = json.loads(self.manifest(name)["sources"][0]["splits"][0]["position"])["next"]
            operator = next(op["name"] for op in self.manifest(name)["operators"] if op["tables"])
            found = rows("checkpoint", "query", name, f"select count(*) as groups, sum(_0_count)::bigint as n from {operator}.groups", "-S", self.state)
            self.assertEqual(found, [{"groups": 5, "n": position}], name)

    def test_query_answers_in_every_format(self):
        query = "select 1 as a, null as b, true as c, 'x' as d"
        self.assertEqual(rows("checkpoints", "query", "latest", query, "-S", self.state), [{"a": 1, "b": None, "c": True, "d": "x"}])
        self.assertEqual(self.accepted(self.do("query", "latest", query, "-o", "csv")), "a,b,c,d\n1,,true,x\n")
        self.assertEqual(self.accepted(self.do("query", "latest", query, "-o", "jsonl")), '{"a":1,"b":null,"c":true,"d":"x"}\n')
        self.assertIn("NULL", self.accepted(self.do("query", "latest", query)))
        tables = rows("checkpoint", "query", "latest", "select schema, name from (show all tables) order by name", "-S", self.state)
        self.assertEqual([table["name"] for table in tables], ["groups", "values"])

    def test_wrong_queries_are_answered_with_the_tables(self):
        self.refused(self.do("query", "latest", "select * from nothing"), "LM4004", 3, ".groups")
        self.refused(self.do("query", "latest", "selekt"), "LM4004", 3)
        self.refused(self.do("query", "latest", "select * from read_csv('/etc/hostname')"), "LM4004", 3)

    def test_query_reads_no_damaged_file(self):
        operator = next(op["name"] for op in self.manifest()["operators"] if op["tables"])
        key = self.files()[0]
        self.damage(key)
        self.refused(self.do("query", "latest", f"select * from {operator}.groups"), "LM4003", 1, key)
        self.accepted(self.do("query", "latest", f'select * from {operator}."values"'))

    def test_diff_says_what_goes_on(self):
        def diff(query):
            return laminar("explain", "--diff", "-S", self.state, "-e", program(self.folder, query), "-o", "json")
        same = diff(COUNT)
        self.assertEqual({row["fate"] for row in json.loads(self.accepted(same))}, {"reuse"})
        aggregate = next(row for row in json.loads(same.stdout) if row["operator"].startswith("window_aggregate"))
        self.assertGreater(int(aggregate["state"]), 0)
        other = diff(COUNT.replace("count(*)", "sum(counter)"))
        self.assertEqual(other.returncode, 5, other.stderr)
        fates = {row["operator"].rsplit("_", 1)[0]: [] for row in json.loads(other.stdout)}
        for row in json.loads(other.stdout):
            fates[row["operator"].rsplit("_", 1)[0]].append(row["fate"])
        self.assertEqual(fates["source"], ["reuse"])
        self.assertEqual(fates["window_aggregate"], ["migrate"])
        self.assertEqual(fates["sink"], ["reuse"])

    def test_diff_needs_a_checkpoint(self):
        text = program(self.folder)
        self.refused(laminar("explain", "--diff", "-e", text), "LM0001", 2, "-S")
        self.refused(laminar("explain", "-S", self.state, "-e", text), "LM0001", 2, "--diff")
        self.refused(laminar("explain", "--diff", "-S", f"{self.temporary.name}/none", "-e", text), "LM4002", 4)
        self.refused(laminar("explain", "--diff", "-S", self.state, "--restore", "999", "-e", text), "LM4003", 4)
        self.refused(laminar("explain", "--diff", "-S", self.state, "-X", "pipeline.key-groups=64", "-e", text), "LM4003", 5, "key groups")


@contextlib.contextmanager
def running(folder):
    process = subprocess.Popen([LAMINAR, "run", "-q", "-e", program(folder), "-S", f"{folder}/state", "--checkpoint-interval", "100ms"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment())
    try:
        deadline = time.monotonic() + 30
        while laminar("checkpoints", "inspect", "-S", f"{folder}/state").returncode != 0:
            assert time.monotonic() < deadline and process.poll() is None, "no checkpoint"
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


class WhileAJobRuns(Base):
    def test_checkpoints_can_be_seen_and_kept_but_not_removed(self):
        with tempfile.TemporaryDirectory() as folder:
            state = f"{folder}/state"
            with running(folder) as process:
                self.accepted(laminar("checkpoints", "ls", "-S", state))
                self.accepted(laminar("checkpoints", "verify", "-S", state))
                self.accepted(laminar("checkpoints", "create", "kept", "-S", state))
                self.refused(laminar("checkpoints", "rm", "kept", "-S", state), "LM4002", 5, f"process {process.pid}")
                process.send_signal(signal.SIGINT)
                process.wait(timeout=30)
            self.accepted(laminar("checkpoints", "verify", "kept", "-S", state))
            before = json.loads(self.accepted(laminar("checkpoints", "inspect", "kept", "-S", state, "-o", "json")))
            result = laminar("run", "-q", "-e", program(folder), "-S", state, "--restore", "kept", "--force", "--for", "300ms")
            self.assertEqual(result.returncode, 0, result.stderr)
            after = json.loads(self.accepted(laminar("checkpoints", "inspect", "-S", state, "-o", "json")))
            self.assertEqual(after["parent"], before["epoch"])

    def test_a_missing_older_manifest_is_told_once(self):
        with tempfile.TemporaryDirectory() as folder:
            command = ["run", "-e", program(folder), "-S", f"{folder}/state", "--checkpoint-interval", "100ms", "--for", "1500ms"]
            self.accepted(laminar(*command))
            epochs = sorted(int(row["id"]) for row in rows("checkpoints", "ls", "-S", f"{folder}/state") if row["id"].isdigit())
            manifest = next(pathlib.Path(f"{folder}/state/manifests").glob(f"*-e{epochs[-2]}.json"))
            manifest.unlink()
            result = laminar(*command)
            self.accepted(result)
            self.assertEqual(result.stderr.count("old checkpoints are not removed at the moment"), 1, result.stderr)
            self.assertIn(manifest.name, result.stderr)
            self.assertNotIn("no checkpoint at the moment", result.stderr)


if __name__ == "__main__":
    unittest.main()
