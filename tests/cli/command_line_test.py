"""Runs the laminar program as a user would. Usage: command_line_test.py PATH_OF_LAMINAR"""

import json
import os
import signal
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
        self.assertEqual(run("config", "show", "-c", "/nonexistent.yaml").returncode, 3)
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

    def test_show_describe_and_explain_answer_at_once(self):
        result = run("run", "-o", "jsonl", "-e", "create table t (a bigint) with (connector = 'impulse', event_rate = 1); describe t")
        self.assertIn(result.returncode, (0, 3))
        shown = run("run", "-e", "explain select counter from impulse(event_rate => 1)")
        self.assertEqual(shown.returncode, 0, shown.stderr)
        self.assertIn("impulse", shown.stdout)


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
