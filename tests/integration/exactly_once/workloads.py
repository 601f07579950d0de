"""The programs that are killed: their input, their SQL, and what their output must be.

A workload makes cases: one pipeline in a folder of its own. The rate of made-up input and the work per
row of files let each run last a few seconds, whatever the machine.
"""

import json
import pathlib
import subprocess

import checker
import rows
from sink_files import Damaged, FileSink, FolderSink
from state_directory import source_positions, source_watermark


class Case:
    """One pipeline: SQL, sinks, and the checks of its output. All paths are below `folder`."""

    def __init__(self, workload, folder, seed, laminar, scale):
        self.workload = workload
        self.folder = pathlib.Path(folder)
        self.seed = seed
        self.laminar = laminar
        self.scale = scale
        self.splits = 2  # of made-up input: the parallelism of the first attempt
        self.sinks = []
        self.sql = ""
        self.prepare()
        (self.folder / "program.sql").write_text(self.sql)

    interval_ms = 60
    parallelisms = (2,)

    def prepare(self):
        raise NotImplementedError

    def count(self, number):
        return max(40, int(number * self.scale))

    def made_up(self, name, number, rate, extra=""):
        return (f"CREATE TABLE {name} WITH (connector = 'impulse', type = 'source', message_count = '{number}', "
                f"event_rate = '{rate}', event_time_interval = '1 ms'{extra});\n")

    def check_durable(self, contents, manifest, final):
        """Findings; contents: {sink: rows} of the newest epoch, all of them; manifest: None before the first."""
        raise NotImplementedError

    def check_visible(self, contents):
        """Findings on what readers see, which may be less."""
        raise NotImplementedError


def table(name, columns, connector, path, format_name, options=""):
    return (f"CREATE TABLE {name} ({', '.join(f'{column} BIGINT' for column in columns)}) WITH (connector = '{connector}', "
            f"type = 'sink', path = '{path}', format = '{format_name}'{options});\n")


class RowsCase(Case):
    """Each row of the input comes out exactly once: (part, seq, v, busy)."""

    columns = ("part", "seq", "v", "busy")
    sink_format = "json"
    sink_options = ", 'rolling_policy.file_size' = '48 KB'"

    def expected(self, manifest):
        """{part: range} of what the manifest's sources have delivered."""
        raise NotImplementedError

    def all_rows(self):
        raise NotImplementedError

    def is_right(self, identity, row):
        part, seq = identity
        v = rows.value(self.seed, part, seq)
        return row == (part, seq, v, rows.busy(v))

    def pairs(self, found):
        return (((row[0], row[1]), row) for row in found)

    def check_durable(self, contents, manifest, final):
        if final:
            expected = self.all_rows()
        else:
            expected = self.expected(manifest) if manifest else {}
        return checker.check_rows(self.pairs(contents["o"]), expected, self.is_right)

    def check_visible(self, contents):
        return checker.check_subset(self.pairs(contents["o"]), self.is_right)

    def folder_sink(self, format_name=None, options=None, compression=None, partitioned_by=""):
        format_name = format_name or self.sink_format
        options = self.sink_options if options is None else options
        if compression:
            options += f", compression = '{compression}'"
        path = self.folder / "out"
        self.sinks.append(FolderSink("o", self.columns, path, format_name, compression))
        sql = table("o", self.columns, "filesystem", path, format_name, options)
        return sql.replace(");\n", f") PARTITIONED BY ({partitioned_by});\n") if partitioned_by else sql

    def file_sink(self, format_name="json", compression=None):
        path = self.folder / "out" / f"rows.{format_name}"
        self.sinks.append(FileSink("o", self.columns, path, format_name, compression))
        options = f", compression = '{compression}'" if compression else ""
        return table("o", self.columns, "single_file", path, format_name, options)


class MadeUpRows(RowsCase):
    """Input from impulse; part is the split, of which each has every so manieth number."""

    number = 40_000
    rate = 16_000

    def select(self):
        v = rows.value_sql(self.seed, "subtask_index")
        return (f"SELECT subtask_index AS part, counter AS seq, {v} AS v, {rows.BUSY} + ({v}) % 7 AS busy FROM numbers")

    def all_rows(self):
        return {part: range(part, self.count(self.number), self.splits) for part in range(self.splits)}

    def expected(self, manifest):
        positions = source_positions(manifest)["numbers"]
        # An attempt that died before its first checkpoint has left nothing: the next one chose the splits.
        self.splits = next(iter(positions.values()))["splits"]
        return self.expected_of(positions)

    def expected_of(self, positions):
        return {int(split): range(int(split), min(position["next"], self.count(self.number)), position["splits"])
                for split, position in positions.items()}

    def sink_sql(self):
        return self.folder_sink()

    def prepare(self):
        self.sql = (self.made_up("numbers", self.count(self.number), self.rate) + self.sink_sql()
                    + f"INSERT INTO o {self.select()};\n")


class FileRows(RowsCase):
    """Input from files, each a part."""

    source_format = "json"
    files = 5
    per_file = 24_000

    def input_path(self, part):
        return self.folder / "in" / f"part-{part}.{self.source_format}"

    def write_input(self):
        (self.folder / "in").mkdir()
        per_file = self.count(self.per_file)
        for part in range(self.files):
            values = ((seq, rows.value(self.seed, part, seq)) for seq in range(per_file))
            with open(self.input_path(part), "w", encoding="ascii") as file:
                if self.source_format == "csv":
                    file.write("part,seq,v\n")
                    file.writelines(f"{part},{seq},{v}\n" for seq, v in values)
                else:
                    file.writelines(f'{{"part":{part},"seq":{seq},"v":{v}}}\n' for seq, v in values)

    def source_sql(self):
        return ("CREATE TABLE numbers (part BIGINT, seq BIGINT, v BIGINT) WITH (connector = 'filesystem', type = 'source', "
                f"path = '{self.folder / 'in'}', format = '{self.source_format}');\n")

    def all_rows(self):
        return {part: range(self.count(self.per_file)) for part in range(self.files)}

    def expected(self, manifest):
        expected = {}
        for split, position in source_positions(manifest)["numbers"].items():
            part = int(split.rsplit("-", 1)[1].split(".")[0])
            number = self.count(self.per_file) if position.get("done") else position.get("rows", 0)
            expected[part] = range(number)
        return expected

    def sink_sql(self):
        return self.folder_sink()

    def prepare(self):
        self.write_input()
        self.sql = (self.source_sql() + self.sink_sql()
                    + f"INSERT INTO o SELECT part, seq, v, {rows.busy_sql()} AS busy FROM numbers;\n")


class ParquetRows(FileRows):
    source_format = "parquet"
    sink_format = "parquet"
    sink_options = ""
    per_file = 20_000

    def write_input(self):
        (self.folder / "in").mkdir()
        for part in range(self.files):
            sql = (f"CREATE TABLE p (part BIGINT, seq BIGINT, v BIGINT) WITH (connector = 'single_file', type = 'sink', "
                   f"path = '{self.input_path(part)}', format = 'parquet'); INSERT INTO p SELECT {part}, counter, "
                   f"{rows.value_sql(self.seed, str(part))} FROM impulse(message_count => {self.count(self.per_file)})")
            subprocess.run([self.laminar, "run", "-q", "-e", sql], check=True, timeout=120)


class CsvRows(FileRows):
    source_format = "csv"
    sink_format = "csv"

    def sink_sql(self):
        return self.folder_sink(compression="gzip")


class PartitionedRows(FileRows):
    columns = ("part", "seq", "v", "busy")
    sink_options = ", 'rolling_policy.file_size' = '24 KB'"

    def sink_sql(self):
        return self.folder_sink(partitioned_by="busy")


class SingleFileRows(MadeUpRows):
    def sink_sql(self):
        return self.file_sink()


class ThreeFiles(MadeUpRows):
    """Three sinks that share the rows."""

    def prepare(self):
        self.sql = self.made_up("numbers", self.count(self.number), self.rate)
        inserts = ""
        for number in range(3):
            path = self.folder / f"out-{number}" / "rows.json"
            self.sinks.append(FileSink(f"o{number}", self.columns, path, "json"))
            self.sql += table(f"o{number}", self.columns, "single_file", path, "json")
            inserts += f"INSERT INTO o{number} {self.select()} WHERE counter // 8 % 3 = {number};\n"
        self.sql += inserts

    def all_of(self, contents):
        for number in range(3):
            if any(row[1] // 8 % 3 != number for row in contents[f"o{number}"]):
                raise Damaged(f"sink {number} has rows of another one")
        return {"o": [row for found in contents.values() for row in found]}

    def check_durable(self, contents, manifest, final):
        return super().check_durable(self.all_of(contents), manifest, final)

    def check_visible(self, contents):
        return super().check_visible(self.all_of(contents))


class SingleFileFromFiles(FileRows):
    def sink_sql(self):
        return self.file_sink("csv", "gzip")


class RescaledRows(FileRows):
    """A walk over parallelisms: every attempt has another one."""

    parallelisms = (2, 1, 4, 3)


class RescaledMadeUpRows(MadeUpRows):
    parallelisms = (3, 1, 2, 5)

    def prepare(self):
        self.splits = 3
        super().prepare()


class RandomRows(MadeUpRows):
    """A query that gives other rows each time: each input row once, and what was published stays."""

    columns = ("part", "seq", "v", "busy", "r")

    def prepare(self):
        super().prepare()
        self.sql = self.sql.replace("busy BIGINT", "busy BIGINT, r DOUBLE").replace(", r BIGINT", "")
        self.sql = self.sql.replace(" AS busy FROM", " AS busy, random() AS r FROM")

    def is_right(self, identity, row):
        return super().is_right(identity, row[:4]) and 0 <= row[4] < 1


class EmptyEpochs(MadeUpRows):
    """Rows come seldom: most epochs have none."""

    number = 120
    rate = 60
    interval_ms = 20


class IdleInputs(MadeUpRows):
    """One source of rows, one that has one now and then, and one that has none at all."""

    seldom = 6

    def prepare(self):
        (self.folder / "none").mkdir()
        v = rows.value_sql(self.seed, "(subtask_index + 100)")
        self.sql = (
            self.made_up("numbers", self.count(self.number), self.rate) + self.made_up("seldom", self.seldom, 4)
            + "CREATE TABLE none (part BIGINT, seq BIGINT, v BIGINT, busy BIGINT) WITH (connector = 'filesystem', "
              f"type = 'source', path = '{self.folder / 'none'}', format = 'json');\n" + self.sink_sql()
            + f"INSERT INTO o {self.select()} UNION ALL SELECT subtask_index + 100, counter, {v}, {rows.BUSY} + ({v}) % 7 "
              "FROM seldom UNION ALL SELECT part, seq, v, busy FROM none;\n")

    def all_rows(self):
        return super().all_rows() | {100 + part: range(part, self.seldom, self.splits) for part in range(self.splits)}

    def expected(self, manifest):
        positions = source_positions(manifest)
        seldom = {int(split) + 100: range(int(split), min(position["next"], self.seldom), position["splits"])
                  for split, position in positions["seldom"].items()}
        return self.expected_of(positions["numbers"]) | seldom


class BankTransfers(MadeUpRows):
    """Each transfer takes from one account and gives to another: the sum of all is nothing, always."""

    columns = ("part", "seq", "account", "amount")
    accounts = 50

    def select(self):
        v = rows.value_sql(self.seed, "subtask_index")
        legs = (f"unnest([{{'account': ({v}) % {self.accounts}, 'amount': -(({v}) % 1000) }}, "
                f"{{'account': (({v}) + 1) % {self.accounts}, 'amount': ({v}) % 1000 }}])")
        return (f"SELECT part, seq, leg.account, leg.amount FROM (SELECT subtask_index AS part, counter AS seq, {legs} AS leg "
                "FROM numbers)")

    def pairs(self, found):
        # Both legs of a transfer, of which each is there once.
        return (((row[0], row[1], row[2]), row) for row in found)

    def is_right(self, identity, row):
        v = rows.value(self.seed, row[0], row[1])
        return row[2:] in ((v % self.accounts, -(v % 1000)), ((v + 1) % self.accounts, v % 1000))

    def check_durable(self, contents, manifest, final):
        transfers = self.all_rows() if final else self.expected(manifest) if manifest else {}
        findings = checker.check_subset(self.pairs(contents["o"]), self.is_right)
        legs = {}
        for row in contents["o"]:
            legs[row[0], row[1]] = legs.get((row[0], row[1]), 0) + 1
        findings.add("halved", (identity for identity, number in legs.items() if number != 2))
        once = checker.check_rows(((identity, None) for identity in legs), transfers, lambda *_: True)
        once.rows = 0
        findings.merge("transfers", once)
        balance = sum(row[3] for row in contents["o"])
        if balance != 0:
            findings.problems.append(f"the balances of all accounts come to {balance}")
        return findings


class WindowCase(Case):
    """Results of windows over impulse, whose numbers are its milliseconds."""

    number = 40_000
    rate = 16_000
    keys = 7

    def input_rows(self):
        """(number, key, value); the value has no part in it, so that it is the same for any parallelism."""
        for n in range(self.count(self.number)):
            yield n, n % self.keys, rows.value(self.seed, 0, n)

    def reference(self):
        raise NotImplementedError

    columns = ()

    def select(self):
        raise NotImplementedError

    def end_of(self, identity):
        return identity[0]

    def pairs(self, found):
        # The first two columns: the window's end and the key.
        return ((row[:2], row[2:]) for row in found)

    def sources(self):
        return self.made_up("numbers", self.count(self.number), self.rate)

    def prepare(self):
        path = self.folder / "out"
        self.sinks.append(FolderSink("o", self.columns, path, "json"))
        self.sql = (self.sources() + table("o", self.columns, "filesystem", path, "json", ", 'rolling_policy.file_size' = '32 KB'")
                    + f"INSERT INTO o {self.select()};\n")
        self.known = self.reference()

    def check_durable(self, contents, manifest, final):
        watermark = source_watermark(manifest) if manifest and not final else None
        reference = self.known if manifest or final else {}
        return checker.check_windows(self.pairs(contents["o"]), reference, self.end_of, watermark, final)

    def check_visible(self, contents):
        return checker.check_subset(self.pairs(contents["o"]), lambda identity, row: self.known.get(identity) == row)


class TumblingWindows(WindowCase):
    columns = ("w", "k", "n", "s", "d")
    width = 2_000

    def select(self):
        return (f"SELECT epoch_ms(w.end) AS w, k, n, s, d FROM (SELECT counter % {self.keys} AS k, {self.window_sql()} AS w, "
                f"count(*) AS n, sum(v)::BIGINT AS s, count(DISTINCT v % 100) AS d FROM (SELECT counter, {rows.value_sql(self.seed)} AS v, "
                "datetime FROM numbers) GROUP BY k, w)")

    def window_sql(self):
        return f"tumble(INTERVAL '{self.width} ms')"

    def ends_of(self, n):
        return [n // self.width * self.width + self.width]

    def reference(self):
        groups = {}
        for n, k, v in self.input_rows():
            for end in self.ends_of(n):
                group = groups.setdefault((end, k), [0, 0, set()])
                group[0] += 1
                group[1] += v
                group[2].add(v % 100)
        return {identity: (n, s, len(d)) for identity, (n, s, d) in groups.items()}


class HoppingWindows(TumblingWindows):
    width = 3_000
    slide = 1_000

    def window_sql(self):
        return f"hop(INTERVAL '{self.slide} ms', INTERVAL '{self.width} ms')"

    def ends_of(self, n):
        first = n // self.slide * self.slide + self.slide
        return range(first, first + self.width, self.slide)


class RescaledWindows(HoppingWindows):
    parallelisms = (2, 4, 1, 3)


class WideWindow(TumblingWindows):
    """One window over all: its state goes through every checkpoint and every restart."""

    width = 10_000_000


class SessionWindows(WindowCase):
    """Numbers are silent for a quarter of the time, which is longer than the sessions' gap."""

    columns = ("w", "k", "n", "s")
    gap = 100

    def is_silent(self, n):
        return n // 256 % 4 == 3

    def select(self):
        return (f"SELECT epoch_ms(w.end) AS w, k, n, s FROM (SELECT counter % {self.keys} AS k, session(INTERVAL '{self.gap} ms') "
                f"AS w, count(*) AS n, sum(v)::BIGINT AS s FROM (SELECT counter, {rows.value_sql(self.seed)} AS v, datetime "
                "FROM numbers WHERE counter // 256 % 4 <> 3) GROUP BY k, w)")

    def reference(self):
        result = {}
        running = {}
        for n, k, v in self.input_rows():
            if self.is_silent(n):
                continue
            if k in running and n - running[k][0] >= self.gap:
                last, count, total = running.pop(k)
                result[last + self.gap, k] = (count, total)
            _, count, total = running.get(k, (n, 0, 0))
            running[k] = (n, count + 1, total + v)
        for k, (last, count, total) in running.items():
            result[last + self.gap, k] = (count, total)
        return result


class RunningCounter(WindowCase):
    """Numbers the rows of each key: 1 to N, in each window."""

    columns = ("w", "k", "seq", "r")
    width = 1_000
    number = 24_000
    rate = 10_000

    def select(self):
        return (f"SELECT epoch_ms(w.end) AS w, k, seq, row_number() OVER (PARTITION BY w, k ORDER BY seq) AS r FROM "
                f"(SELECT counter AS seq, counter % {self.keys} AS k, tumble(INTERVAL '{self.width} ms') AS w FROM numbers "
                "GROUP BY seq, k, w)")

    def pairs(self, found):
        return ((row[:3], row[3:]) for row in found)

    def reference(self):
        result = {}
        running = {}
        for n, k, _ in self.input_rows():
            end = n // self.width * self.width + self.width
            running[end, k] = running.get((end, k), 0) + 1
            result[end, k, n] = (running[end, k],)
        return result


class WindowJoin(WindowCase):
    columns = ("w", "l", "r")
    width = 500
    number = 30_000
    rate = 12_000

    def sources(self):
        number = self.count(self.number)
        return (self.made_up("numbers", number, self.rate)
                + self.made_up("others", number // 2, self.rate // 2).replace("'1 ms'", "'2 ms'"))

    def select(self):
        return ("SELECT epoch_ms(a.window_end) AS w, a.counter AS l, b.counter AS r FROM "
                f"tumble(numbers, datetime, INTERVAL '{self.width} ms') a JOIN tumble(others, datetime, INTERVAL '{self.width} ms') b "
                "ON a.window_start = b.window_start AND a.window_end = b.window_end AND a.counter % 211 = b.counter % 211")

    def pairs(self, found):
        return ((row, ()) for row in found)

    def reference(self):
        number = self.count(self.number)
        windows = {}
        for n in range(number // 2):
            windows.setdefault((2 * n // self.width, n % 211), []).append(n)
        return {(n // self.width * self.width + self.width, n, other): ()
                for n in range(number) for other in windows.get((n // self.width, n % 211), [])}


class TwoSinks(Case):
    """Rows and windows of the same source, in two kinds of sinks: both name the same prefix."""

    def prepare(self):
        self.rows_part = MadeUpRows.__new__(MadeUpRows)
        self.windows_part = TumblingWindows.__new__(TumblingWindows)
        for part in (self.rows_part, self.windows_part):
            part.__dict__.update(folder=self.folder, seed=self.seed, scale=self.scale, splits=self.splits, sinks=self.sinks)
        windows = self.windows_part
        windows.known = windows.reference()
        path = self.folder / "windows" / "file.json"
        self.sql = (self.made_up("numbers", self.count(MadeUpRows.number), MadeUpRows.rate) + self.rows_part.folder_sink()
                    + table("w", windows.columns, "single_file", path, "json")
                    + f"INSERT INTO o {self.rows_part.select()};\nINSERT INTO w {windows.select()};\n")
        self.sinks.append(FileSink("w", windows.columns, path, "json"))

    def _both(self, contents, check):
        findings = check(self.rows_part, {"o": contents["o"]})
        findings.merge("w", check(self.windows_part, {"o": contents["w"]}))
        return findings

    def check_durable(self, contents, manifest, final):
        return self._both(contents, lambda part, found: part.check_durable(found, manifest, final))

    def check_visible(self, contents):
        return self._both(contents, lambda part, found: part.check_visible(found))


WORKLOADS = {
    "rows": FileRows,
    "windows": HoppingWindows,
    "single-file": SingleFileRows,
    "two-sinks": TwoSinks,
    "rescale-rows": RescaledRows,
    "counter": RunningCounter,
    "parquet": ParquetRows,
    "bank": BankTransfers,
    "rescale-windows": RescaledWindows,
    "join": WindowJoin,
    "random": RandomRows,
    "partitioned": PartitionedRows,
    "sessions": SessionWindows,
    "csv": CsvRows,
    "empty-epochs": EmptyEpochs,
    "wide-window": WideWindow,
    "single-file-gzip": SingleFileFromFiles,
    "idle-inputs": IdleInputs,
    "tumbling": TumblingWindows,
    "rescale-made-up": RescaledMadeUpRows,
    "three-files": ThreeFiles,
}


def describe(case):
    return json.dumps({"workload": case.workload, "seed": case.seed, "scale": case.scale})
