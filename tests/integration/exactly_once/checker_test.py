"""The checker finds what it is for: outputs that were tampered with, one way at a time."""

import gzip
import json
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

import checker  # noqa: E402
import rows  # noqa: E402
import workloads  # noqa: E402
from sink_files import Damaged, FileSink, FolderSink  # noqa: E402

SEED = 7


def manifest_of(nexts, finished=False):
    """What an epoch says of impulse with these next numbers."""
    splits = [{"split": str(split), "position": json.dumps({"next": number, "splits": len(nexts), "base_micros": 0})}
              for split, number in enumerate(nexts)]
    return {"finished": finished, "nodes": [{"operator": "a", "description": "impulse numbers: 3 of 3 columns"}],
            "sources": [{"operator": "a", "watermark_micros": min(nexts) * 1000, "splits": splits}], "sinks": []}


class CaseTest(unittest.TestCase):
    workload = "single-file"

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.case = workloads.WORKLOADS[self.workload](self.workload, self.folder.name, SEED, "laminar", 0.01)

    def problems(self, contents, manifest=None, final=True):
        return self.case.check_durable({"o": contents}, manifest, final).problems

    def assert_found(self, contents, word, manifest=None, final=True):
        problems = self.problems(contents, manifest, final)
        self.assertTrue(any(word in problem for problem in problems), problems)


def row_of(part, seq):
    v = rows.value(SEED, part, seq)
    return (part, seq, v, rows.busy(v))


class RowsTest(CaseTest):
    def all_rows(self):
        return [row_of(part, seq) for part, numbers in self.case.all_rows().items() for seq in numbers]

    def test_right_rows_pass(self):
        self.assertEqual(self.problems(self.all_rows()), [])

    def test_a_lost_row_is_found(self):
        findings = self.case.check_durable({"o": self.all_rows()[1:]}, None, True)
        self.assertEqual(findings.lost, 1)
        self.assert_found(self.all_rows()[:-1], "1 lost")

    def test_a_doubled_row_is_found(self):
        findings = self.case.check_durable({"o": self.all_rows() + self.all_rows()[:2]}, None, True)
        self.assertEqual(findings.doubled, 2)
        self.assert_found(self.all_rows() + [self.all_rows()[5]], "1 doubled")

    def test_a_changed_row_is_found(self):
        changed = self.all_rows()
        changed[3] = changed[3][:2] + (changed[3][2] + 1,) + changed[3][3:]
        self.assert_found(changed, "1 changed")

    def test_rows_of_an_incomplete_epoch_are_found(self):
        manifest = manifest_of([100, 101])
        prefix = [row for row in self.all_rows() if row[1] < (100, 101)[row[0]]]
        self.assertEqual(self.problems(prefix, manifest, False), [])
        self.assert_found(prefix + [row_of(0, 100)], "not of any complete epoch", manifest, False)
        self.assert_found(prefix[1:], "1 lost", manifest, False)

    def test_rows_before_the_first_epoch_are_found(self):
        self.assertEqual(self.problems([], None, False), [])
        self.assert_found([row_of(0, 0)], "not of any complete epoch", None, False)

    def test_rows_of_another_input_are_found(self):
        self.assert_found(self.all_rows() + [row_of(9, 1)], "not of any complete epoch")

    def test_published_rows_that_go_are_found(self):
        published = set(self.all_rows())
        self.assertEqual(checker.check_grown(published, published | {row_of(0, 9998)}).problems, [])
        findings = checker.check_grown(published, set(self.all_rows()[2:]))
        self.assertEqual(findings.lost, 2)
        self.assertIn("gone that was published", findings.problems[0])


class BankTest(CaseTest):
    workload = "bank"

    def transfers(self):
        found = []
        for part, numbers in self.case.all_rows().items():
            for seq in numbers:
                v = rows.value(SEED, part, seq)
                found += [(part, seq, v % 50, -(v % 1000)), (part, seq, (v + 1) % 50, v % 1000)]
        return found

    def test_right_transfers_pass(self):
        self.assertEqual(self.problems(self.transfers()), [])

    def test_half_a_transfer_is_found(self):
        self.assert_found(self.transfers()[1:], "1 halved")
        self.assert_found(self.transfers()[1:], "balances of all accounts")

    def test_a_lost_and_a_doubled_transfer_are_found(self):
        self.assert_found(self.transfers()[2:], "lost")
        self.assert_found(self.transfers() + self.transfers()[:2], "2 doubled")


class WindowsTest(CaseTest):
    workload = "windows"

    def results(self):
        return [identity + row for identity, row in self.case.known.items()]

    def test_right_windows_pass(self):
        self.assertEqual(self.problems(self.results()), [])

    def test_lost_doubled_and_changed_windows_are_found(self):
        self.assert_found(self.results()[1:], "1 lost")
        self.assert_found(self.results() + self.results()[:1], "1 doubled")
        first = self.results()[0]
        self.assert_found([first[:2] + (first[2] + 1,) + first[3:]] + self.results()[1:], "1 changed")

    def test_windows_close_in_order(self):
        ends = sorted({row[0] for row in self.results()})
        manifest = manifest_of([ends[2], ends[2] + 1])
        prefix = [row for row in self.results() if row[0] <= ends[2]]
        self.assertEqual(self.problems(prefix, manifest, False), [])
        first = next(row for row in prefix if row[0] == ends[0])
        self.assert_found([row for row in prefix if row != first], "1 lost", manifest, False)

    def test_windows_that_close_before_the_watermark_are_found(self):
        ends = sorted({row[0] for row in self.results()})
        prefix = [row for row in self.results() if row[0] <= ends[2]]
        self.assert_found(prefix, "after the watermark", manifest_of([ends[1], ends[1] + 1]), False)

    def test_windows_of_unknown_keys_are_found(self):
        self.assert_found(self.results() + [(1, 2, 3, 4, 5)], "not in the reference")


class ReferencesTest(unittest.TestCase):
    def test_references_of_windows_hold_every_row(self):
        for name in ("tumbling", "windows", "wide-window", "sessions", "counter", "join"):
            with tempfile.TemporaryDirectory() as folder:
                case = workloads.WORKLOADS[name](name, folder, SEED, "laminar", 0.1)
                self.assertGreater(len(case.known), 0, name)
        with tempfile.TemporaryDirectory() as folder:
            case = workloads.WORKLOADS["counter"]("counter", folder, SEED, "laminar", 0.1)
            counts = {}
            for (end, key, _), (number,) in case.known.items():
                counts.setdefault((end, key), []).append(number)
            for numbers in counts.values():
                self.assertEqual(numbers, list(range(1, len(numbers) + 1)))


class SinkFilesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name) / "out"
        self.folder.mkdir()
        self.sink = FolderSink("o", ("n",), self.folder)

    def write(self, name, numbers):
        (self.folder / name).write_text("".join(f'{{"n":{number}}}\n' for number in numbers))

    def manifest(self, files=(), parts=(), marker=".m"):
        """Of an epoch that publishes these (hidden, final) names, and goes on with these (name, bytes)."""
        commit = {"marker": f"{self.folder}/{marker}", "obsolete": "",
                  "files": [{"path": f"{self.folder}/{hidden}", "final": f"{self.folder}/{final}",
                             "bytes": (self.folder / hidden).stat().st_size if (self.folder / hidden).exists() else 0}
                            for hidden, final in files]}
        state = {"parts": [{"root": str(self.folder), "path": f"{self.folder}/{name}", "bytes": size} for name, size in parts]}
        return {"sinks": [{"state": json.dumps(state), "commits": [json.dumps(commit)]}]}

    def test_hidden_files_are_not_seen(self):
        self.write("a.json", [1])
        self.write(".b.tmp", [2])
        self.assertEqual(self.sink.visible("laminar"), [(1,)])

    def test_what_an_epoch_has_yet_to_publish_counts(self):
        self.write("a.json", [1])
        self.write(".b.tmp", [2])
        newest = self.manifest(files=[(".b.tmp", "b.json")])
        self.assertEqual(sorted(self.sink.durable(newest, [newest], "laminar")), [(1,), (2,)])
        (self.folder / ".b.tmp").rename(self.folder / "b.json")
        self.assertEqual(sorted(self.sink.durable(newest, [newest], "laminar")), [(1,), (2,)])

    def test_a_file_that_an_epoch_promises_and_that_is_gone_is_damage(self):
        newest = self.manifest(files=[(".b.tmp", "b.json")])
        with self.assertRaises(Damaged):
            self.sink.durable(newest, [newest], "laminar")
        with self.assertRaises(Damaged):
            self.sink.durable(self.manifest(parts=[(".c.tmp", 8)]), [], "laminar")

    def test_of_a_file_that_goes_on_what_the_epoch_says_counts(self):
        self.write(".c.tmp", [1, 2, 3])
        newest = self.manifest(parts=[(".c.tmp", 16)])
        self.assertEqual(self.sink.durable(newest, [], "laminar"), [(1,), (2,)])
        with self.assertRaises(Damaged):
            self.sink.durable(self.manifest(parts=[(".c.tmp", 160)]), [], "laminar")

    def test_half_a_row_is_damage(self):
        (self.folder / "a.json").write_text('{"n":1}\n{"n":')
        with self.assertRaises(Damaged):
            self.sink.visible("laminar")

    def test_files_that_no_epoch_knows_are_leftovers(self):
        self.write(".b.tmp", [2])
        self.write(".old.tmp", [3])
        self.assertEqual(self.sink.leftovers([self.manifest(files=[(".b.tmp", "b.json")])]), [f"{self.folder}/.old.tmp"])

    def test_an_old_file_that_comes_back_doubles_its_rows(self):
        self.write("a.json", [1, 2])
        self.write("a-again.json", [1, 2])
        findings = checker.check_rows((((0, row[0]), row) for row in self.sink.visible("laminar")), {0: range(1, 3)},
                                      lambda *_: True)
        self.assertEqual(findings.doubled, 2)

    def test_rows_that_moved_to_another_file_are_the_same_rows(self):
        self.write("a.json", [1, 4])
        self.write("b.json", [3, 2])
        findings = checker.check_rows((((0, row[0]), row) for row in self.sink.visible("laminar")), {0: range(1, 5)},
                                      lambda *_: True)
        self.assertEqual(findings.problems, [])


class FileSinkTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "o.json"
        self.sink = FileSink("o", ("n",), self.path)

    def manifest(self, size, commit=None):
        commits = [json.dumps({"path": str(self.path), "log": ".o.log", "obsolete": "", **commit})] if commit else []
        return {"sinks": [{"state": json.dumps({"path": str(self.path), "bytes": size}), "commits": commits}]}

    def test_a_log_that_is_not_appended_yet_counts(self):
        self.path.write_text('{"n":1}\n')
        (self.path.parent / ".o.log").write_text('{"n":2}\n')
        newest = self.manifest(16, {"first": False, "offset": 8, "bytes": 8})
        self.assertEqual(self.sink.durable(newest, [newest], "laminar"), [(1,), (2,)])
        self.path.write_text('{"n":1}\n{"n"')
        self.assertEqual(self.sink.durable(newest, [newest], "laminar"), [(1,), (2,)])
        self.assertEqual(self.sink.visible("laminar"), [(1,)])

    def test_other_bytes_in_its_place_are_damage(self):
        (self.path.parent / ".o.log").write_text('{"n":2}\n')
        self.path.write_text('{"n":1}\n{"n":1}\n')
        newest = self.manifest(16, {"first": False, "offset": 8, "bytes": 8})
        with self.assertRaises(Damaged):
            self.sink.durable(newest, [newest], "laminar")

    def test_a_file_of_another_length_is_damage(self):
        self.path.write_text('{"n":1}\n{"n":2}\n')
        with self.assertRaises(Damaged):
            self.sink.durable(self.manifest(8), [], "laminar")

    def test_of_compressed_output_whole_members_are_seen(self):
        sink = FileSink("o", ("n",), self.path, "json", "gzip")
        self.path.write_bytes(gzip.compress(b'{"n":1}\n') + gzip.compress(b'{"n":2}\n')[:-3])
        self.assertEqual(sink.visible("laminar"), [(1,)])


if __name__ == "__main__":
    unittest.main()
