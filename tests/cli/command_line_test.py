"""Runs the laminar program as a user would. Usage: command_line_test.py PATH_OF_LAMINAR"""

import csv
import gzip
import io
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

LAMINAR = sys.argv.pop(1) if len(sys.argv) > 1 else "build/laminar"


def run(*arguments, stdin="", timeout=60, env=None):
    environment = {**os.environ, "XDG_CONFIG_HOME": "/nonexistent", **(env or {})}
    return subprocess.run([LAMINAR, *arguments], input=stdin, capture_output=True, text=True, timeout=timeout,
                          env=environment, check=False)


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


def shell(command, timeout=60):
    """Runs a shell command in which "laminar" is the program under test."""
    return subprocess.run(["bash", "-c", f"laminar() {{ '{LAMINAR}' \"$@\"; }}; {command}"], capture_output=True, text=True, timeout=timeout,
                          env={**os.environ, "XDG_CONFIG_HOME": "/nonexistent"}, check=False)


def rows_of(sql, *arguments, **keywords):
    """The rows of a program that must end well."""
    result = run("run", "-q", "-o", "jsonl", "-e", sql, *arguments, **keywords)
    assert result.returncode == 0, result.stderr
    return json_lines(result.stdout)


class Usage(unittest.TestCase):
    def test_version_names_program_and_duckdb(self):
        result = run("version")
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"^laminar \d+\.\d+\.\d+ \(revision \w+, DuckDB \d")

    def test_no_arguments_print_help(self):
        result = run()
        self.assertEqual(result.returncode, 0)
        self.assertIn("run", result.stdout)

    def test_unknown_command_is_wrong_usage_with_a_hint(self):
        result = run("chek", "x.sql")
        self.assertEqual(result.returncode, 2)
        self.assertEqual(result.stdout, "")
        self.assertIn("error[LM0001]", result.stderr)

    def test_unknown_option_is_wrong_usage_with_a_hint(self):
        result = run("run", "-e", "select 1", "--limt", "3")
        self.assertEqual(result.returncode, 2)
        self.assertIn("--limit", result.stderr)

    def test_missing_program_is_wrong_usage(self):
        self.assertEqual(run("run").returncode, 2)
        self.assertEqual(run("check").returncode, 2)

    def test_bad_rows_of_parquet_files_follow_the_policy(self):
        with tempfile.TemporaryDirectory() as folder:
            rows_of(f"create table o (a bigint) with (connector = 'single_file', type = 'sink', path = '{folder}/p', format = 'parquet');"
                    "insert into o select counter * 50 from impulse(message_count => 5)")

            def read(policy):
                table = (f"create table t (a tinyint) with (connector = 'filesystem', type = 'source', path = '{folder}/p', "
                         f"format = 'parquet'{policy}); select a from t")
                return run("run", "-o", "jsonl", "-e", table)
            failed = read("")
            self.assertEqual(failed.returncode, 9)
            self.assertIn("at row 3: {'a': 150}", failed.stderr)
            dropped = read(", bad_data = 'drop'")
            self.assertEqual(json_lines(dropped.stdout), [{"a": 0}, {"a": 50}, {"a": 100}])
            kept = read(f", bad_data = 'dead_letter', dead_letter_path = '{folder}/dead'")
            self.assertEqual(kept.returncode, 0, kept.stderr)
            with open(f"{folder}/dead", encoding="utf-8") as file:
                letters = json_lines(file.read())
            self.assertEqual([letter["record"] for letter in letters], ["{'a': 150}", "{'a': 200}"])

    def test_windows_wait_for_the_files_that_are_read_later(self):
        with tempfile.TemporaryDirectory() as folder:
            for name in ("a", "b", "c"):
                with open(f"{folder}/{name}.json", "w", encoding="utf-8") as file:
                    file.writelines(f'{{"ts":"2024-01-01T{hour:02}:00:00"}}\n' for hour in range(24))
            rows_of(f"create table i (ts timestamp) with (connector = 'filesystem', path = '{folder}/*.json', format = 'json', type = 'source');"
                    f"create table o (ts timestamp) with (connector = 'filesystem', path = '{folder}/parquet', format = 'parquet', type = 'sink',"
                    "'rolling_policy.file_size' = '1kb'); insert into o select ts from i", "-p", "3")
            for path, form in ((f"{folder}/*.json", "json"), (f"{folder}/parquet", "parquet")):
                for parallelism in ("1", "2", "4"):
                    counts = rows_of(f"create table t (ts timestamp, watermark for ts) with (connector = 'filesystem', type = 'source', path = '{path}',"
                                     f"format = '{form}'); select count(*) as n from t group by tumble(interval '1 hour')", "-p", parallelism)
                    self.assertEqual([row["n"] for row in counts], [3] * 24, (form, parallelism))
            # Rows of one file come by themselves when the query asks which it is.
            ordered = rows_of(f"create table t (ts timestamp, f text metadata from 'file', watermark for ts) with (connector = 'filesystem', type = 'source', path = '{folder}/*.json',"
                              "format = 'json', 'source.in_order' = true); select count(f) as n from t group by tumble(interval '1 hour')", "-p", "1")
            self.assertLess(sum(row["n"] for row in ordered), 72)

    def test_rows_without_event_time_are_counted(self):
        lines = '{"ts":null,"v":2}\n{"v":3}\nbad\n{"ts":"2024-01-01T00:00:01","v":7}\n'
        result = run("run", "-o", "jsonl", "-e", "create table t (ts timestamp, v int, watermark for ts) with (connector = 'stdin', format = 'json',"
                     "bad_data = 'drop'); select v from t", stdin=lines)
        self.assertEqual(json_lines(result.stdout), [{"v": 7}])
        self.assertIn("3 bad (3 dropped", result.stderr)

    def test_closed_standard_streams_are_errors(self):
        for text in ("select * from stdin(format => 'json')",
                     "create table t (a int) with (connector = 'stdin', format = 'json'); select * from t"):
            result = shell(f'laminar run -q -e "{text}" <&-', timeout=20)
            self.assertIn("Bad file descriptor", result.stderr)
            self.assertIn(result.returncode, (3, 9))
        result = shell('laminar run -q -e "select counter from impulse(message_count => 1)" >&-')
        self.assertEqual(result.returncode, 9)
        self.assertIn("Bad file descriptor", result.stderr)

    def test_limits_of_nothing_are_wrong_usage(self):
        for arguments in (("--for", "0s"), ("--for", "-1s"), ("--until-idle", "0s"), ("--limit", "0")):
            result = run("run", "-e", "select counter from impulse(event_rate => 1)", *arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn(arguments[0], result.stderr)

    def test_signals_end_what_comes_before_the_job(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen([LAMINAR, "run", "-"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
            time.sleep(0.3)
            process.send_signal(number)
            self.assertEqual(process.wait(timeout=20), 128 + number)
            process.stdin.close()

    def test_signals_end_a_run_that_waits_for_its_state_directory(self):
        with socket.socket() as store:  # takes connections and never answers
            store.bind(("127.0.0.1", 0))
            store.listen()
            variables = {**os.environ, "AWS_ENDPOINT_URL": f"http://127.0.0.1:{store.getsockname()[1]}",
                         "AWS_ACCESS_KEY_ID": "user", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_REGION": "us-east-1"}
            for number in (signal.SIGINT, signal.SIGTERM):
                process = subprocess.Popen([LAMINAR, "run", "-S", "s3://bucket/state", "-e", "select counter from impulse(event_rate => 1)"],
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=variables)
                store.settimeout(30)
                store.accept()[0].close()
                process.send_signal(number)
                self.assertEqual(process.wait(timeout=20), 128 + number)

    def test_signals_end_benchmarks(self):
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
            process = subprocess.Popen([LAMINAR, "bench", "nexmark", "--query", "q0", "--events", "1000M"], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            time.sleep(0.7)
            process.send_signal(number)
            self.assertEqual(process.wait(timeout=20), code)

    def test_programs_may_begin_with_a_byte_order_mark(self):
        result = run("check", "-", stdin="\ufeffselect counter from impulse(event_rate => 1)")
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_quiet_keeps_warnings_back(self):
        text = "select counter from impulse(event_rate => 1) where false"
        self.assertIn("warning", run("check", "-e", text).stderr)
        self.assertEqual(run("run", "-q", "-e", text, "--for", "100ms").stderr, "")

    def test_missing_file_is_not_found(self):
        result = run("run", "/nonexistent/x.sql")
        self.assertEqual(result.returncode, 4)
        self.assertIn("/nonexistent/x.sql", result.stderr)

    def test_help_topics(self):
        self.assertIn("130", run("help", "exit-codes").stdout)
        self.assertEqual(run("help", "exitcodes").returncode, 4)
        for command in ("run", "check", "explain", "connectors", "functions", "config", "bench", "generate"):
            result = run("help", command)
            self.assertEqual(result.returncode, 0, command)
            self.assertIn(command, result.stdout)

    def test_completion_scripts_are_generated(self):
        for shell in ("bash", "zsh", "fish"):
            result = run("generate", "completion", shell)
            self.assertEqual(result.returncode, 0)
            self.assertIn("explain", result.stdout)
        checked = subprocess.run(["bash", "-n"], input=run("generate", "completion", "bash").stdout, text=True, check=False)
        self.assertEqual(checked.returncode, 0)


    def test_bash_completes_commands_and_options(self):
        script = run("generate", "completion", "bash").stdout
        with tempfile.NamedTemporaryFile("w", suffix=".bash") as file:
            file.write(script)
            file.flush()

            def complete(*words):
                quoted = " ".join(f"'{word}'" for word in words)
                return shell(f"unset -f laminar; source {file.name}; COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; "
                             "$(complete -p laminar | sed 's/.*-F \\([^ ]*\\).*/\\1/'); printf '%s\\n' \"${COMPREPLY[@]}\"").stdout.split()

            self.assertIn("explain", complete("laminar", "ex"))
            self.assertEqual(complete("laminar", "run", "--lim"), ["--limit"])
            self.assertIn("describe", complete("laminar", "connectors", "de"))

    def test_reader_that_leaves_early_ends_a_listing_quietly(self):
        result = shell("laminar functions ls | head -n 1; echo \"${PIPESTATUS[0]}\"")
        self.assertEqual(result.stdout.splitlines()[-1], "0")
        self.assertEqual(result.stderr, "")

    def test_full_standard_output_is_a_failure(self):
        for command in ("version", "connectors ls", "help", "--help", "functions ls", "generate completion bash"):
            result = shell(f"laminar {command} > /dev/full")
            self.assertEqual(result.returncode, 1, command)
            self.assertIn("No space left", result.stderr)

    def test_closed_standard_error_does_no_harm(self):
        self.assertEqual(shell("laminar run -e 'select nothing from impulse()' 2>&-").returncode, 3)
        self.assertEqual(shell("laminar nonsense 2>/dev/full").returncode, 2)


class Listings(unittest.TestCase):
    def test_connectors_ls_and_describe(self):
        names = [row["name"] for row in json_lines(run("connectors", "ls", "-o", "jsonl").stdout)]
        for name in ("nexmark", "impulse", "single_file", "filesystem", "stdin", "stdout", "blackhole"):
            self.assertIn(name, names)
        for name in names:
            result = run("connectors", "describe", name, "-o", "json")
            self.assertEqual(result.returncode, 0, name)
            json.loads(result.stdout)

    def test_unknown_connector_is_not_found_with_a_hint(self):
        result = run("connectors", "describe", "nexmrk")
        self.assertEqual(result.returncode, 4)
        self.assertIn("nexmark", result.stderr)

    def test_functions_ls(self):
        for name in ("tumble", "row_time", "json_get_str", "approx_distinct", "list_transform"):
            self.assertEqual(run("functions", "ls", name).returncode, 0, name)
        result = run("functions", "ls", "tumble", "-o", "json")
        self.assertEqual(result.returncode, 0)
        self.assertTrue(json.loads(result.stdout))
        self.assertEqual(run("functions", "ls", "no_such_function_name").returncode, 4)


class Configuration(unittest.TestCase):
    def test_origin_of_every_layer(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "laminar.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write("[worker]\nthreads = 2\nmemory-limit = '1gb'\n")
            result = run("config", "show", "--origin", "-o", "jsonl", "-c", path, "-X", "logging.level=info",
                         env={"LAMINAR__WORKER__MEMORY_LIMIT": "2gb"})
            self.assertEqual(result.returncode, 0, result.stderr)
            rows = {row["key"]: row for row in json_lines(result.stdout)}
            self.assertEqual(rows["worker.threads"]["origin"], f"{path}:2")
            self.assertEqual(rows["worker.memory-limit"]["value"], "2gb")
            self.assertEqual(rows["worker.memory-limit"]["origin"], "env LAMINAR__WORKER__MEMORY_LIMIT")
            self.assertEqual(rows["logging.level"]["origin"], "flag -X")
            self.assertEqual(rows["pipeline.key-groups"]["origin"], "default")

    def test_unknown_keys_and_bad_values_are_refused(self):
        result = run("config", "show", "-X", "worker.thread=2")
        self.assertEqual(result.returncode, 3)
        self.assertIn("worker.threads", result.stderr)
        self.assertEqual(run("config", "show", "-X", "worker.threads=two").returncode, 3)
        self.assertEqual(run("config", "show", "-X", "worker.threads").returncode, 3)
        self.assertEqual(run("config", "show", "-c", "/nonexistent.yaml").returncode, 4)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write("worker: [1, 2")
            file.flush()
            result = run("config", "show", "-c", file.name)
            self.assertEqual(result.returncode, 3)
            self.assertIn(file.name, result.stderr)


class Check(unittest.TestCase):
    def test_good_program(self):
        self.assertEqual(run("check", "-e", "select counter + 1 as n from impulse(event_rate => 10)").returncode, 0)

    def test_every_error_is_reported_with_its_place(self):
        program = "select countr from impulse(event_rate => 10);\nselect nofunc(counter) from impulse(event_rate => 10);\n"
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(program)
            file.flush()
            result = run("check", file.name)
            self.assertEqual(result.returncode, 3)
            self.assertEqual(result.stdout, "")
            self.assertRegex(result.stderr, rf"{file.name}:1:8: error\[LM\d+\]")
            self.assertRegex(result.stderr, rf"{file.name}:2:8: error\[LM\d+\]")
            self.assertIn("counter", result.stderr)
            self.assertIn("^", result.stderr)

    def test_errors_as_json_keep_stdout_clean(self):
        result = run("check", "-o", "json", "-e", "select x from impulse(event_rate => 10)")
        self.assertEqual(result.returncode, 3)
        self.assertEqual(result.stdout, "")
        error = json_lines(result.stderr)[0]["error"]
        self.assertEqual(error["span"]["line"], 1)
        self.assertEqual(error["span"]["column"], 8)


class Run(unittest.TestCase):
    def test_bounded_program_ends_by_itself_with_every_row(self):
        result = run("run", "-o", "jsonl", "-e", "select counter from impulse(event_rate => 100000, message_count => 5000)")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(sorted(row["counter"] for row in json_lines(result.stdout)), list(range(5000)))

    def test_reads_a_pipe_with_a_declared_table(self):
        rows = "".join(json.dumps({"id": i, "name": f"n{i}"}) + "\n" for i in range(100))
        result = run("run", "-o", "jsonl", "-e",
                     "create table t (id bigint, name text) with (connector = 'stdin', format = 'json');"
                     "select id * 2 as twice, upper(name) as name from t where id >= 98", stdin=rows)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json_lines(result.stdout), [{"twice": 196, "name": "N98"}, {"twice": 198, "name": "N99"}])

    def test_reads_a_pipe_with_an_inferred_schema(self):
        result = run("run", "-o", "jsonl", "-e", "select a, b.c as c from stdin(format => 'json')",
                     stdin='{"a": 1, "b": {"c": "x"}}\n{"a": 2, "b": {"c": null}}\n')
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json_lines(result.stdout), [{"a": 1, "c": "x"}, {"a": 2, "c": None}])

    def test_program_from_a_file_and_variables(self):
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write("select counter from impulse(event_rate => 1000, message_count => ${n});")
            file.flush()
            result = run("run", file.name, "-D", "n=3", "-o", "csv")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual(result.stdout, "counter\n0\n1\n2\n")
            self.assertEqual(run("run", file.name).returncode, 3)

    def test_limit_ends_an_unbounded_program(self):
        started = time.monotonic()
        result = run("run", "-o", "jsonl", "--limit", "7", "-e", "select counter from impulse(event_rate => 1000)")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(result.stdout.splitlines()), 7)
        self.assertLess(time.monotonic() - started, 20)

    def test_for_ends_an_unbounded_program_with_a_summary(self):
        result = run("run", "-o", "jsonl", "--for", "500ms", "-e", "select counter from impulse(event_rate => 1000)")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(result.stdout)
        self.assertIn("rows", result.stderr)
        quiet = run("run", "-q", "-o", "jsonl", "--for", "200ms", "-e", "select counter from impulse(event_rate => 1000)")
        self.assertEqual(quiet.stderr, "")

    def test_dry_run_prints_the_plan_and_runs_nothing(self):
        result = run("run", "--dry-run", "-e", "select counter from impulse(event_rate => 1000)")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("impulse", result.stdout)

    def test_closed_pipe_ends_quietly(self):
        command = f"'{LAMINAR}' run -o jsonl -e 'select counter from impulse(event_rate => 100000)' 2>&1 >&3 3>&- | cat"
        process = subprocess.run(["bash", "-c", f"{{ {{ {command}; }} 3>&1 1>&2 | head -n 2; }} 2>/tmp/laminar_closed_pipe.$$; "
                                  "cat /tmp/laminar_closed_pipe.$$ >&2; rm -f /tmp/laminar_closed_pipe.$$"],
                                 capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(len(process.stdout.splitlines()), 2)
        self.assertNotIn("error", process.stderr)

    def test_interrupt_finishes_what_is_in_flight(self):
        with subprocess.Popen([LAMINAR, "run", "-o", "jsonl", "-e", "select counter from impulse(event_rate => 1000)"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            time.sleep(1.0)
            process.send_signal(signal.SIGINT)
            stdout, _ = process.communicate(timeout=30)
            self.assertEqual(process.returncode, 130)
            counters = [row["counter"] for row in json_lines(stdout)]
            self.assertEqual(counters, list(range(len(counters))))
            self.assertGreater(len(counters), 0)

    def test_terminate_has_its_own_exit_code(self):
        with subprocess.Popen([LAMINAR, "run", "-o", "jsonl", "-e", "select counter from impulse(event_rate => 1000)"],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=30)
            self.assertEqual(process.returncode, 143)

    def test_failing_expression_fails_the_pipeline(self):
        result = run("run", "-o", "jsonl", "-e", "select cast('x' || counter as integer) from impulse(event_rate => 1000)")
        self.assertEqual(result.returncode, 9)
        self.assertIn("error[", result.stderr)

    def test_bad_data_policies(self):
        lines = '{"a": 1}\nnot json\n{"a": "x"}\n{"a": 2}\n'
        table = "create table t (a bigint) with (connector = 'stdin', format = 'json'{});select a from t"
        self.assertEqual(run("run", "-o", "jsonl", "-e", table.format(""), stdin=lines).returncode, 9)
        dropped = run("run", "-o", "jsonl", "-e", table.format(", bad_data = 'drop'"), stdin=lines)
        self.assertEqual(dropped.returncode, 0, dropped.stderr)
        self.assertEqual(json_lines(dropped.stdout), [{"a": 1}, {"a": 2}])
        self.assertIn("2 bad", dropped.stderr)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "dead.jsonl")
            letter = run("run", "-o", "jsonl", "-e",
                         table.format(f", bad_data = 'dead_letter', dead_letter_path = '{path}'"), stdin=lines)
            self.assertEqual(letter.returncode, 0, letter.stderr)
            with open(path, encoding="utf-8") as file:
                records = [json.loads(line) for line in file]
            self.assertEqual([record["record"] for record in records], ["not json", '{"a": "x"}'])

    def test_full_disk_at_the_sink_is_an_error(self):
        result = run("run", "-e", "create table o (counter bigint) with (connector = 'single_file', type = 'sink', path = '/dev/full', "
                     "format = 'json'); insert into o select counter from impulse(event_rate => 100000, message_count => 100000)")
        self.assertEqual(result.returncode, 9)
        self.assertIn("No space left", result.stderr)

    def test_output_formats(self):
        sql = ("select counter as n, 'a,\"b\"' as s, [counter] as l, {'x': null} as st, null as nothing, 1.50 as d, "
               "timestamp '2024-01-02 03:04:05' as t from impulse(event_rate => 1000, message_count => 2)")
        as_json = json.loads(run("run", "-o", "json", "-e", sql).stdout)
        self.assertEqual(as_json, rows_of(sql))
        self.assertEqual(as_json[1], {"n": 1, "s": 'a,"b"', "l": [1], "st": {"x": None}, "nothing": None, "d": 1.5, "t": "2024-01-02T03:04:05Z"})
        table = list(csv.reader(io.StringIO(run("run", "-o", "csv", "-e", sql).stdout)))
        self.assertEqual(table, [["n", "s", "l", "st", "nothing", "d", "t"],
                                 ["0", 'a,"b"', "[0]", "{'x': NULL}", "", "1.50", "2024-01-02 03:04:05"],
                                 ["1", 'a,"b"', "[1]", "{'x': NULL}", "", "1.50", "2024-01-02 03:04:05"]])
        drawn = run("run", "-o", "table", "-e", sql).stdout.splitlines()
        self.assertEqual(len(drawn), 6)
        self.assertEqual({len(line) for line in drawn}, {len(drawn[0])})
        self.assertEqual(json.loads(run("run", "-o", "json", "-e", sql + " where counter > 5").stdout), [])
        wrong = run("run", "-o", "yaml", "-e", sql)
        self.assertEqual(wrong.returncode, 2)
        self.assertIn("jsonl", wrong.stderr)

    def test_parallel_runs_give_the_same_rows(self):
        sql = ("select counter % 10 as k, count(*) as n, sum(counter) as s, min(counter) as lo from impulse(event_rate => 1000000, "
               "message_count => 50000, event_time_interval => interval '1 millisecond') group by k, tumble(interval '10 seconds')")
        expected = sorted(json.dumps(row) for row in rows_of(sql, "-p", "1"))
        self.assertEqual(len(expected), 50)
        for parallelism in ("2", "4", "auto"):
            self.assertEqual(sorted(json.dumps(row) for row in rows_of(sql, "-p", parallelism)), expected, parallelism)

    def test_reads_a_big_pipe(self):
        count = 300000
        result = shell(f"seq 1 {count} | sed 's/.*/{{\"n\": &, \"text\": \"line number &\"}}/' | laminar run -q -o jsonl -p 2 -e "
                       "\"create table t (n bigint, text text) with (connector = 'stdin', format = 'json'); "
                       "select count(*) as c, sum(n) as s, max(length(text)) as l from t group by tumble(interval '1 day')\"")
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = json_lines(result.stdout)
        self.assertEqual(sum(row["c"] for row in rows), count)
        self.assertEqual(sum(row["s"] for row in rows), count * (count + 1) // 2)

    def test_rows_of_a_live_pipe_come_at_once(self):
        with subprocess.Popen([LAMINAR, "run", "-o", "jsonl", "-e",
                               "create table t (a bigint) with (connector = 'stdin', format = 'json'); select a + 1 as b from t"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
            for number in range(3):
                process.stdin.write(json.dumps({"a": number}) + "\n")
                process.stdin.flush()
                self.assertEqual(json.loads(process.stdout.readline()), {"b": number + 1})
            process.stdin.close()
            self.assertEqual(process.wait(timeout=30), 0)

    def test_second_interrupt_ends_at_once(self):
        # Nobody reads the pipe, so what is in flight cannot be finished.
        with subprocess.Popen([LAMINAR, "run", "-o", "jsonl", "-e", "select repeat('x', 1000) as x from impulse()"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
            time.sleep(1.0)
            process.send_signal(signal.SIGINT)
            time.sleep(0.5)
            self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            started = time.monotonic()
            self.assertEqual(process.wait(timeout=10), 130)
            self.assertLess(time.monotonic() - started, 1.0)
            process.stdout.close()

    def test_prepared_events_can_be_stopped_and_must_fit(self):
        program = "select * from nexmark(events => {}, replay => true)"
        with subprocess.Popen([LAMINAR, "run", "-q", "--sink", "none", "-X", "worker.memory-limit=8gb", "-e", program.format(40000000)],
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            time.sleep(0.5)
            process.send_signal(signal.SIGTERM)
            self.assertEqual(process.wait(timeout=10), 143)
        result = run("run", "-q", "-X", "worker.memory-limit=200mb", "-e", program.format(99999999999999))
        self.assertEqual(result.returncode, 9)
        self.assertIn("option replay", result.stderr)
        self.assertIn("set fewer events", result.stderr)

    def test_rows_before_a_bad_record_are_printed(self):
        result = run("run", "-q", "-o", "jsonl", "-e",
                     "create table t (a int) with (connector = 'stdin', format = 'json'); select a from t",
                     stdin='{"a":1}\n{"a":2}\nbad\n')
        self.assertEqual(result.returncode, 9)
        self.assertEqual(json_lines(result.stdout), [{"a": 1}, {"a": 2}])

    def test_until_idle(self):
        with subprocess.Popen([LAMINAR, "run", "-q", "--until-idle", "500ms", "-o", "jsonl", "-e",
                               "create table t (a bigint) with (connector = 'stdin', format = 'json'); select a from t"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
            process.stdin.write('{"a": 1}\n')
            process.stdin.flush()
            self.assertEqual(process.stdout.read(), '{"a":1}\n')
            self.assertEqual(process.wait(timeout=30), 0)

    def test_several_inserts_and_selects_are_one_job(self):
        with tempfile.TemporaryDirectory() as folder:
            result = run("run", "-o", "jsonl", "-e", f"""
                create view numbers as select counter as n from impulse(event_rate => 100000, message_count => 1000);
                create table even (n bigint) with (connector = 'single_file', type = 'sink', path = '{folder}/even.json', format = 'json');
                create table odd (n bigint, text text) with (connector = 'single_file', type = 'sink', path = '{folder}/odd.csv', format = 'csv');
                insert into even select n from numbers where n % 2 = 0;
                insert into odd select n, 'odd ' || n from numbers where n % 2 = 1;
                select n from numbers where n < 3;""")
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertEqual([row["n"] for row in json_lines(result.stdout)], [0, 1, 2])
            with open(f"{folder}/even.json", encoding="utf-8") as file:
                self.assertEqual([json.loads(line)["n"] for line in file], list(range(0, 1000, 2)))
            with open(f"{folder}/odd.csv", encoding="utf-8") as file:
                rows = list(csv.DictReader(file))
            self.assertEqual([row["text"] for row in rows], [f"odd {n}" for n in range(1, 1000, 2)])

    def test_settings_and_configuration_reach_the_run(self):
        self.assertEqual(run("run", "-X", "pipeline.default-sink=blackhole", "-o", "jsonl", "-e",
                             "select counter from impulse(event_rate => 1000, message_count => 5)").stdout, "")
        self.assertEqual(run("run", "-X", "pipeline.paralelism=2", "-e", "select counter from impulse()").returncode, 3)
        self.assertEqual(run("run", "--sink", "none", "-e", "select counter from impulse(event_rate => 1000, message_count => 5)").stdout, "")

    def test_show_describe_and_explain_answer_at_once(self):
        result = run("run", "-o", "jsonl", "-e", "create table t (a bigint) with (connector = 'impulse', event_rate = 1); describe t")
        self.assertIn(result.returncode, (0, 3))
        shown = run("run", "-e", "explain select counter from impulse(event_rate => 1)")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("impulse", shown.stdout)


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder, True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, data):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "wb") as file:
            file.write(data if isinstance(data, bytes) else data.encode())
        return self.path(name)

    def files(self, extension=""):
        return sorted(os.path.join(root, name) for root, _, names in os.walk(self.folder) for name in names if name.endswith(extension))

    def read(self, table, select="*", **keywords):
        return rows_of(f"create table f {table}; select {select} from f", **keywords)

    NUMBERS = "select counter as n, 'text ' || counter as s, counter % 3 as k from impulse(event_rate => 1000000, message_count => 3000)"

    def test_gzip_and_zstd_inputs(self):
        lines = "".join(f'{{"n": {n}}}\n' for n in range(1000))
        self.write("in/a.json.gz", gzip.compress(lines.encode()))
        self.write("in/b.json", lines)
        rows = self.read(f"(n bigint) with (connector = 'filesystem', path = '{self.path('in')}', format = 'json')")
        self.assertEqual(sorted(row["n"] for row in rows), sorted(list(range(1000)) * 2))
        # Several members, as log rotation makes them.
        name = self.write("two.gz", gzip.compress(b'{"n": 1}\n') + gzip.compress(b'{"n": 2}\n'))
        self.assertEqual([row["n"] for row in self.read(f"(n bigint) with (connector = 'single_file', path = '{name}', type = 'source', format = 'json')")],
                         [1, 2])
        result = shell(f"gzip -c {self.path('in', 'b.json')} | laminar run -q -o jsonl -e \"select count(*) as c from stdin(format => 'json') "
                       "group by tumble(interval '1 day')\"")
        self.assertEqual(sum(row["c"] for row in json_lines(result.stdout)), 1000, result.stderr)

    def test_sinks_are_read_back_as_written(self):
        columns = "n bigint, s text, d decimal(10, 2), t timestamp, l int[], st struct<a int, b text>, b boolean, x double, da date"
        values = ("counter as n, case when counter % 7 <> 0 then 'a \"quoted\", text' || chr(10) || 'ø ' || counter end as s, (counter * 1.25)::decimal(10, 2) as d, "
                  "timestamp '2024-02-29 23:59:59.123456' + to_seconds(counter) as t, [counter::int, null] as l, "
                  "{'a': counter::int, 'b': 'x'} as st, counter % 2 = 0 as b, counter / 7 as x, date '2024-02-29' + counter::int as da")
        source = "impulse(event_rate => 1000000, message_count => 500)"
        expected = sorted(rows_of(f"select {values} from {source}"), key=lambda row: row["n"])
        for file_format in ("json", "csv", "parquet"):
            with self.subTest(file_format):
                target = self.path(file_format)
                result = run("run", "-p", "2", "-e", f"create table o ({columns}) with (connector = 'filesystem', type = 'sink', path = '{target}', "
                             f"format = '{file_format}'); insert into o select {values} from {source}")
                self.assertEqual(result.returncode, 0, result.stderr)
                rows = self.read(f"({columns}) with (connector = 'filesystem', type = 'source', path = '{target}', format = '{file_format}')")
                self.assertEqual(sorted(rows, key=lambda row: row["n"]), expected)

    def test_columns_of_files_are_inferred(self):
        for file_format in ("json", "csv", "parquet"):
            with self.subTest(file_format):
                target = self.path(file_format)
                self.assertEqual(run("run", "-e", f"create table o with (connector = 'filesystem', type = 'sink', path = '{target}', "
                                     f"format = '{file_format}'); insert into o {self.NUMBERS}").returncode, 0)
                rows = rows_of(f"select n + 1 as n, upper(s) as s from filesystem('{target}', format => '{file_format}') where k = 0")
                self.assertEqual(sorted(row["n"] for row in rows), list(range(1, 3001, 3)))
                self.assertEqual({row["s"] for row in rows}, {f"TEXT {n}" for n in range(0, 3000, 3)})

    def test_partitions_and_rolling(self):
        result = run("run", "-e", f"create table o (n bigint, s text, k bigint) with (connector = 'filesystem', type = 'sink', path = '{self.path('o')}', "
                     f"format = 'json', 'rolling_policy.file_size' = '10kb', 'filename.strategy' = 'serial') partitioned by (k); insert into o {self.NUMBERS}")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(sorted(os.listdir(self.path("o"))), ["k=0", "k=1", "k=2"])
        self.assertGreater(len(self.files(".json")), 3)
        total = 0
        for name in self.files(".json"):
            with open(name, encoding="utf-8") as file:
                rows = [json.loads(line) for line in file]
            total += len(rows)
            self.assertTrue(all(f"k={row['n'] % 3}" in name for row in rows), name)
        self.assertEqual(total, 3000)

    def test_time_partitions(self):
        result = run("run", "-e", f"create table o (n bigint) with (connector = 'filesystem', type = 'sink', path = '{self.path('o')}', format = 'csv', "
                     "'partitioning.time_pattern' = '%Y/%m'); create table t (n bigint, at timestamp, watermark for at as at - interval '100 days') "
                     "with (connector = 'stdin', format = 'json'); insert into o select n from t",
                     stdin='{"n": 1, "at": "2024-01-31T00:00:00Z"}\n{"n": 2, "at": "2024-02-01T00:00:00Z"}\n{"n": 3, "at": "2024-01-01T00:00:00Z"}\n')
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(sorted(os.path.relpath(os.path.dirname(name), self.path("o")) for name in self.files()), ["2024/01", "2024/02"])

    def test_metadata_columns_globs_and_patterns(self):
        self.write("in/a/1.json", '{"n": 1}\n{"n": 2}\n')
        self.write("in/b/2.json", '{"n": 3}\n')
        self.write("in/b/3.log", '{"n": 4}\n')
        self.write("in/b/_unfinished.log", '{"n": 5}\n')  # left out of folders, not of globs that match it
        table = "(n bigint, file text metadata from 'filename') with (connector = 'filesystem', path = '{}', format = 'json'{})"
        rows = self.read(table.format(self.path("in/**/*.json"), ""), "n, parse_filename(file) as f")
        self.assertEqual(sorted((row["n"], row["f"]) for row in rows), [(1, "1.json"), (2, "1.json"), (3, "2.json")])
        rows = self.read(table.format(self.path("in"), ", 'source.regex_pattern' = '\\.log$'"), "n")
        self.assertEqual([row["n"] for row in rows], [4])
        rows = self.read(table.format(self.path("in"), ""), "n")
        self.assertEqual(sorted(row["n"] for row in rows), [1, 2, 3, 4])

    def test_missing_and_unreadable_files(self):
        table = "create table f (n bigint) with (connector = '{}', type = 'source', path = '{}', format = 'json'); select n from f"
        for connector in ("single_file", "filesystem"):
            result = run("run", "-e", table.format(connector, self.path("nothing.json")))
            self.assertIn(result.returncode, (3, 4, 9), connector)
            self.assertIn("nothing.json", result.stderr)
        result = run("run", "-e", table.format("single_file", self.folder))
        self.assertIn(result.returncode, (3, 9))
        self.assertIn(self.folder, result.stderr)
        result = run("run", "-e", f"select n from filesystem('{self.path('nothing.json')}', format => 'json')")
        self.assertIn(result.returncode, (3, 4, 9))
        self.assertIn("nothing.json", result.stderr)

    def test_truncated_and_other_files(self):
        whole = gzip.compress(b"".join(b'{"n": %d}\n' % n for n in range(10000)))
        cases = {
            "cut.gz": (whole[: len(whole) // 2], "json"),
            "binary.json": (bytes(range(256)) * 10, "json"),
            "text.parquet": (b"this is no Parquet file at all, but long enough to have a footer", "parquet"),
            "empty.parquet": (b"", "parquet"),
            "page.html": (b"<html><body>404</body></html>\n", "json"),
        }
        for name, (data, file_format) in cases.items():
            with self.subTest(name):
                path = self.write(name, data)
                result = run("run", "-o", "jsonl", "-e", f"create table f (n bigint) with (connector = 'filesystem', type = 'source', "
                             f"path = '{path}', format = '{file_format}'); select n from f")
                self.assertEqual(result.returncode, 9, result.stderr)
                self.assertIn(name, result.stderr)
                self.assertIn("error[", result.stderr)

    def test_truncated_parquet(self):
        self.assertEqual(run("run", "-e", f"create table o with (connector = 'filesystem', type = 'sink', path = '{self.path('o')}', format = 'parquet'); "
                             f"insert into o {self.NUMBERS}").returncode, 0)
        with open(self.files(".parquet")[0], "rb") as file:
            data = file.read()
        for size in (1, 4, 100, len(data) // 2, len(data) - 1):
            path = self.write("cut.parquet", data[:size])
            result = run("run", "-e", f"create table f (n bigint) with (connector = 'filesystem', type = 'source', path = '{path}', format = 'parquet'); "
                         "select n from f")
            self.assertEqual(result.returncode, 9, (size, result.stderr))

    def test_bad_csv_rows_under_each_policy(self):
        path = self.write("in.csv", "n,s\n1,a\nx,b\n3,c,extra\n4,\"d\"\n")
        table = "(n bigint, s text) with (connector = 'filesystem', type = 'source', path = '{}', format = 'csv', bad_data = '{}'{})"
        failed = run("run", "-e", "create table f " + table.format(path, "fail", "") + "; select n from f")
        self.assertEqual(failed.returncode, 9)
        self.assertIn("in.csv", failed.stderr)
        self.assertEqual([row["n"] for row in self.read(table.format(path, "drop", ""))], [1, 4])
        letters = self.path("letters.jsonl")
        self.assertEqual([row["s"] for row in self.read(table.format(path, "dead_letter", f", dead_letter_path = '{letters}'"))], ["a", "d"])
        with open(letters, encoding="utf-8") as file:
            self.assertEqual(len(file.readlines()), 2)

    def test_a_file_that_grows_while_it_is_read(self):
        path = self.write("grow.json", "".join(f'{{"n": {n}}}\n' for n in range(50000)))
        with subprocess.Popen([LAMINAR, "run", "-q", "-o", "jsonl", "-e", f"create table f (n bigint) with (connector = 'filesystem', path = '{path}', "
                               "type = 'source', format = 'json'); select n from f"], stdout=subprocess.PIPE, text=True) as process:
            with open(path, "a", encoding="utf-8") as file:
                for n in range(50000, 60000):
                    file.write(f'{{"n": {n}}}\n')
            stdout, _ = process.communicate(timeout=60)
        numbers = [row["n"] for row in json_lines(stdout)]
        self.assertEqual(process.returncode, 0)
        self.assertEqual(numbers, list(range(len(numbers))))
        self.assertGreaterEqual(len(numbers), 50000)


class Bench(unittest.TestCase):
    def test_prints_one_object_a_query(self):
        result = run("bench", "nexmark", "--query", "q0,q5", "--events", "20000", "-o", "json", timeout=120)
        self.assertEqual(result.returncode, 0, result.stderr)
        objects = json_lines(result.stdout)
        self.assertEqual([item["query"] for item in objects], ["q0", "q5"])
        for key in ("parallelism", "events", "seconds", "events_per_second", "cpu_seconds", "events_per_cpu_second",
                    "generator_cpu_seconds", "latency_ms_p50", "latency_ms_p99", "rss_mib_peak"):
            self.assertIn(key, objects[0])
        unknown = run("bench", "nexmark", "--query", "q99")
        self.assertEqual(unknown.returncode, 4)


class Extremes(unittest.TestCase):
    def check_survives(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
            file.write(text)
            file.flush()
            result = run("check", file.name, timeout=120)
            self.assertIn(result.returncode, (0, 3), result.stderr[:500])
            return result

    def test_parentheses(self):
        result = self.check_survives("select " + "(" * 100000 + "1" + ")" * 100000 + " from impulse(event_rate => 1)")
        self.assertEqual(result.returncode, 3)

    def test_columns(self):
        columns = ", ".join(f"counter + {i} as c{i}" for i in range(10000))
        self.assertEqual(self.check_survives(f"select {columns} from impulse(event_rate => 1)").returncode, 0)

    def test_ten_mebibytes(self):
        self.check_survives("select '" + "x" * (10 << 20) + "' as t from impulse(event_rate => 1)")

    def test_not_utf8(self):
        with tempfile.NamedTemporaryFile("wb", suffix=".sql") as file:
            file.write(b"select '\xff\xfe' from impulse(event_rate => 1); \x00\x01")
            file.flush()
            self.assertEqual(run("check", file.name).returncode, 3)


if __name__ == "__main__":
    unittest.main()
