"""Stops programs, changes them, and goes on with their state. Usage: evolution_test.py PATH_OF_LAMINAR"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

LAMINAR = os.path.abspath(sys.argv.pop(1) if len(sys.argv) > 1 else "build/laminar")

# Ends after 1.5 s, with its event time far ahead of the clock's: windows of a day close at the end.
COUNT = 1500
SOURCE = f"impulse(event_rate => 1000, message_count => {COUNT}, event_time_interval => interval '1 second')"
DAY = "tumble(interval '1 day')"


def laminar(folder, *arguments):
    environment = {**os.environ, "XDG_CONFIG_HOME": "/nonexistent"}
    return subprocess.run([LAMINAR, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=60, env=environment, check=False)


def sink(name="o", columns="k bigint, n bigint, m bigint, x bigint"):
    return f"create table {name} ({columns}) with (connector = 'single_file', path = '{name}.json', format = 'json', type = 'sink');"


def per_key(*calls):
    return f"{sink()} insert into o select counter % 3, {', '.join(calls)} from {SOURCE} group by counter % 3, {DAY};"


class Evolution(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def begin(self, program, parallelism=1, duration="600ms"):
        result = laminar(self.folder, "run", "-q", "-e", program, "-S", "state", "-p", parallelism, "--checkpoint-interval", "200ms", "--for", duration)
        self.assertEqual(result.returncode, 0, result.stderr)
        newest = laminar(self.folder, "checkpoints", "ls", "-S", "state", "-o", "json")
        self.assertEqual(json.loads(newest.stdout)[0]["end"], "stopped", "it was not interrupted half-way")

    def diff(self, program, exit_code=5, parallelism=1):
        """The fate of each operator by its kind, sorted, and all that changes."""
        result = laminar(self.folder, "explain", "-e", program, "--diff", "-S", "state", "-p", parallelism, "-o", "json")
        self.assertEqual(result.returncode, exit_code, result.stderr)
        fates = {}
        for row in json.loads(result.stdout):
            fates.setdefault(row["operator"].rsplit("_", 1)[0], []).append(row["fate"])
        return {kind: sorted(all_fates) for kind, all_fates in fates.items()}, [row["changes"] for row in json.loads(result.stdout) if row["changes"]]

    def go_on(self, program, *words, parallelism=1):
        """Refused, naming what goes on, until it is forced; then the rows of the sink `o`."""
        refused = laminar(self.folder, "run", "-q", "-e", program, "-S", "state", "-p", parallelism)
        self.assertEqual(refused.returncode, 5, refused.stderr)
        for word in ("another program", "--force", *words):
            self.assertIn(word, refused.stderr)
        result = laminar(self.folder, "run", "-q", "-e", program, "-S", "state", "-p", parallelism, "--force")
        self.assertEqual(result.returncode, 0, result.stderr)
        return self.rows()

    def rows(self, name="o"):
        return sorted(tuple(json.loads(line).values()) for line in (self.folder / f"{name}.json").read_text().splitlines())

    def expected(self, *calls):
        keys = [range(k, COUNT, 3) for k in range(3)]
        return [(k, *(call(values) for call in calls)) for k, values in enumerate(keys)]

    def test_an_aggregate_is_dropped_and_others_change_their_places(self):
        for number, (before, after) in enumerate(((1, 1), (1, 2), (2, 1))):
            with self.subTest(before=before, after=after):
                self.folder = self.folder / str(number)
                self.folder.mkdir()
                self.begin(per_key("count(*)", "sum(counter)", "max(counter)"), before)
                changed = per_key("max(counter)", "count(*)", "0")
                fates, changes = self.diff(changed, parallelism=after)
                self.assertEqual(fates, {"source": ["reuse"], "window_aggregate": ["migrate"], "sink": ["reuse"]})
                self.assertEqual(changes, ["groups: column _1_sum is dropped; groups: column _1_count is dropped"])
                rows = self.go_on(changed, "migrate  window_aggregate", "column _1_sum is dropped", parallelism=after)
                self.assertEqual(rows, self.expected(max, len, lambda values: 0))

    def test_an_aggregate_that_is_added_begins_while_the_others_go_on(self):
        self.begin(per_key("count(*)", "0", "max(counter)"))
        changed = per_key("count(*)", "count(counter)", "max(counter)")
        fates, changes = self.diff(changed)
        self.assertEqual(fates, {"source": ["reuse"], "window_aggregate": ["migrate"], "sink": ["reuse"]})
        self.assertEqual(changes, ["groups: column _1_count is new, and begins with the rows that come from here on"])
        rows = self.go_on(changed, "begins with the rows that come")
        self.assertEqual([(k, n, x) for k, n, m, x in rows], self.expected(len, max))
        for _, n, m, _ in rows:
            self.assertTrue(0 < m < n, (m, n))

    def test_sliding_and_session_windows_keep_the_aggregates_that_stay(self):
        for number, window in enumerate(("hop(interval '12 hours', interval '1 day')", "session(interval '1 hour')")):
            with self.subTest(window=window):
                self.folder = self.folder / str(number)
                self.folder.mkdir()

                def program(*calls):
                    return per_key(*calls).replace(DAY, window)
                self.begin(program("count(*)", "avg(counter)", "max(counter)"))
                changed = program("count(*)", "sum(counter)", "0")
                self.assertEqual(self.diff(program("count(*)", "0", "0"))[0]["window_aggregate"], ["migrate"])
                self.assertEqual(self.diff(changed)[0]["window_aggregate"], ["migrate"])
                rows = set(self.go_on(program("count(*)", "0", "0")))
                self.assertEqual(rows, set(self.expected(len, lambda values: 0, lambda values: 0)))

    def test_distinct_aggregates_are_rebuilt_and_the_rest_goes_on(self):
        both = per_key("count(distinct counter)", "0", "0") + sink("p") + f"insert into p select counter % 3, count(*), 0, 0 from {SOURCE} group by counter % 3, {DAY};"
        self.begin(both)
        changed = both.replace("count(distinct counter)", "sum(distinct counter)")
        fates, _ = self.diff(changed)
        self.assertEqual(fates, {"source": ["reuse"], "window_aggregate": ["dropped", "rebuild", "reuse"], "sink": ["reuse", "reuse"]})
        self.go_on(changed, "rebuild  window_aggregate")
        self.assertEqual(self.rows("p"), self.expected(len, lambda values: 0, lambda values: 0))

    def test_a_condition_after_the_aggregate_takes_no_state(self):
        before = per_key("count(*)", "sum(counter)", "0")
        self.begin(before)
        changed = before.replace(f", {DAY};", f", {DAY} having sum(counter) > 374500;")
        fates, _ = self.diff(changed, exit_code=0)
        self.assertEqual(fates, {"source": ["reuse"], "window_aggregate": ["reuse"], "sink": ["reuse"]})
        self.assertEqual(self.go_on(changed), self.expected(len, sum, lambda values: 0)[1:])

    def test_another_insert_leaves_the_first_as_it_is(self):
        before = per_key("count(*)", "sum(counter)", "0").replace(" group by", " where counter > 5 group by")
        self.begin(before)
        # It reads another column, and shares the rows of the source, which are filtered for both at once.
        changed = before + sink("p", "s bigint, n bigint") + f"insert into p select subtask_index, count(*) from {SOURCE} where counter % 2 = 1 group by subtask_index, {DAY};"
        fates, _ = self.diff(changed)
        self.assertEqual(fates, {"source": ["reuse"], "window_aggregate": ["rebuild", "reuse"], "sink": ["rebuild", "reuse"]})
        rows = self.go_on(changed, "3 operators of it can go on")
        self.assertEqual(rows, self.expected(lambda values: len(values) - 2, lambda values: sum(values) - sum(values[:2]), lambda values: 0))
        (_, count), = self.rows("p")
        self.assertTrue(0 < count < COUNT / 2, count)

    def test_a_join_keeps_rows_whose_columns_change(self):
        def program(column, renamed="a"):
            return (f"{sink()} create view l as select counter % 3 as k, counter as {renamed}, counter % 7 as s, {DAY} as w from {SOURCE} where counter % 100 = 1 group by 1, 2, 3, 4;"
                    f"create view r as select counter % 3 as k, max(counter) as c, {DAY} as w from {SOURCE} group by 1, 3;"
                    f"insert into o select l.k, l.{renamed}, {column}, r.c from l join r on l.k = r.k and l.w = r.w;")

        def joined(column):
            return sorted((i % 3, i, column(i), 1497 + i % 3) for i in range(1, COUNT, 100))
        self.begin(program("l.s"))
        fates, changes = self.diff(program("0", renamed="other"))
        self.assertEqual(fates, {"source": ["reuse"], "window_aggregate": ["reuse", "reuse"], "window_join": ["migrate"], "sink": ["reuse"]})
        self.assertEqual(changes, ["left_rows: column s is dropped"])
        self.assertEqual(self.go_on(program("0", renamed="other")), joined(lambda i: 0))

        self.folder = self.folder / "added"
        self.folder.mkdir()
        self.begin(program("0"))
        fates, changes = self.diff(program("l.s"))
        self.assertEqual(fates["window_join"], ["migrate"])
        self.assertEqual(changes, ["left_rows: column s is added, NULL in rows that are there"])
        self.assertEqual(self.go_on(program("l.s")), joined(lambda i: i % 7))

    def test_a_column_is_widened(self):
        def program(key, value):
            slow = "md5(" * 12 + "s" + ")" * 12
            return (f"create table i (k {key}, v {value}, s varchar) with (connector = 'single_file', path = 'in.json', format = 'json', type = 'source');"
                    f"{sink()} insert into o select k, count(*), sum(v), max(v) from i where length({slow}) > 0 group by k, tumble(interval '1000 days');")
        # As many as take a second to read.
        num_rows = 300_000
        with open(self.folder / "in.json", "w", encoding="utf-8") as file:
            file.writelines(f'{{"k":{i % 3},"v":{i},"s":"x"}}\n' for i in range(num_rows))
        self.begin(program("integer", "integer"), duration="300ms")
        fates, changes = self.diff(program("bigint", "integer"))
        self.assertEqual(fates, {"source": ["reuse"], "window_aggregate": ["rebuild"], "sink": ["reuse"]})
        self.assertEqual(changes, ["groups: its keys are others: k BIGINT, and were k INTEGER"])
        self.assertEqual(self.diff(program("integer", "varchar").replace("sum(v)", "count(v)").replace("max(v)", "0"))[0]["window_aggregate"], ["migrate"])
        fates, changes = self.diff(program("integer", "bigint"))
        self.assertEqual(fates, {"source": ["reuse"], "window_aggregate": ["migrate"], "sink": ["reuse"]})
        self.assertEqual(changes, ["groups: column _2_value is widened from INTEGER to BIGINT"])
        rows = self.go_on(program("integer", "bigint"), "is widened", parallelism=2)
        keys = [range(k, num_rows, 3) for k in range(3)]
        self.assertEqual(rows, [(k, len(values), sum(values), max(values)) for k, values in enumerate(keys)])

    def test_the_order_of_statements_does_not_matter(self):
        first = f"insert into o select counter % 3, count(*), 0, 0 from {SOURCE} group by counter % 3, {DAY};"
        second = f"insert into p select counter % 3, sum(counter), 0, 0 from {SOURCE} group by counter % 3, {DAY};"
        self.begin(sink() + sink("p") + first + second)
        self.diff(sink() + sink("p") + second + first, exit_code=0)
        result = laminar(self.folder, "run", "-q", "-e", sink("p") + sink() + second + first, "-S", "state")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(self.rows(), self.expected(len, lambda values: 0, lambda values: 0))
        self.assertEqual(self.rows("p"), self.expected(sum, lambda values: 0, lambda values: 0))


if __name__ == "__main__":
    unittest.main()
