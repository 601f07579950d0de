#!/usr/bin/env python3
"""tools/tidy catches each kind of seeded mistake, and leaves good sources alone."""

import shutil
import unittest

from project_tree import ROOT, ProjectTree

HEADER = """// What this header is for.
#ifndef LAMINAR_ENGINE_TASK_TASK_H_
#define LAMINAR_ENGINE_TASK_TASK_H_

#include <cstdint>

namespace laminar::engine {

int64_t Step();

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_TASK_TASK_H_
"""

SOURCE = """#include "engine/task/task.h"

#include <memory>

#include "base/clock.h"

namespace laminar::engine {

int64_t Step() { return 1'000'000; }

%s
}  // namespace laminar::engine
"""

# Each of these, alone in an otherwise good source of src/engine/task, is one problem of the rule.
SEEDED = {
    "clock": [
        "auto t = std::chrono::steady_clock::now();",
        "auto t = time(nullptr);",
        "auto t = std::time(NULL);",
        "int r = clock_gettime(CLOCK_REALTIME, &spec);",
    ],
    "thread": ["std::thread t;", "std::jthread t;", "auto f = std::async(Step);"],
    "sleep": ["void F() { usleep(5); }", "void F() { std::this_thread::sleep_for(x); }", "int r = sleep(1);"],
    "random": ["int r = rand();", "void F() { srand(1); }", "std::random_device d;"],
    "environment": ['auto e = getenv("HOME");', 'auto e = std::getenv("HOME");'],
    "socket": ["int s = socket(1, 2, 3);", "int s = ::socket(1, 2, 3);", "int s = ::connect(1, a, 3);"],
    "file": [
        'auto f = fopen("a", "r");',
        'std::ifstream f("a");',
        'std::ofstream f("a");',
        'int f = ::open("a", 0);',
        'bool e = std::filesystem::exists("a");',
    ],
    "mutex": ["std::mutex m;", "std::condition_variable c;", "absl::Mutex m;"],
    "unguarded-mutex": ["class A {\n  base::Mutex mutex_;\n};"],
    "atomic": ["std::atomic<int> a;", "std::atomic_int a;"],
    "new": ["int* p = new int(3);", "auto p = new (buffer) A();"],
    "delete": ["void F(int* p) { delete p; }", "void F(int* p) { delete[] p; }"],
    "friend": ["class A {\n  friend class B;\n};"],
    "using-namespace": ["using namespace std;"],
    "throw": ["void F() { throw 3; }"],
    "assert": ["void F(bool a) { assert(a); }"],
    "disabled-test": ["TEST(Task, DISABLED_Steps) {}"],
    "test-name": ["TEST(Task, steps_once) {}", "TEST_F(task_test, Steps) {}"],
    "unfinished": ["// TODO: more", "// FIXME"],
    "nolint": ["int a = 1;  // NOLINT"],
    "format": ["int   a=1;", "int* p;int *q;"],
}

# Good, though they look like something banned.
GOOD = [
    "// std::thread, rand() and fopen() stand in a comment.",
    'const char* kText = "std::mutex, new int, throw, getenv()";',
    'const char* kText = R"(delete p; // friend)";',
    "class A {\n  A(const A&) = delete;\n};",
    "class A {\n  base::Mutex mutex_;\n  int a LAMINAR_GUARDED_BY(mutex_);\n};",
    "std::unique_ptr<A> a(new A(3));",
    "bool ok = file.open(x) && reader->accept(y) && Brand(3);",
    "static_assert(sizeof(int) == 4);",
    "using namespace std::literals;",
    "int renew = 1;",
    "auto t = clock.Now();",
    "char c = '\\'';",
    "TEST(Task, EmitsBarrierAfterAllInputsAligned) {}",
    "int a = 1;  // NOLINT(google-explicit-constructor): why",
]


def seeded_source(text):
    return SOURCE % (text + "\n")


class Tidy(unittest.TestCase):
    def setUp(self):
        self.tree = ProjectTree({
            ".clang-format": (ROOT / ".clang-format").read_text(),
            "tools/tidy_allowed.txt": "# rule path reason\n",
            "src/engine/task/task.h": HEADER,
            "src/engine/task/task.cc": SOURCE % "",
        })
        self.tree.write("src/engine/task/task.cc", (SOURCE % "").replace("\n\n}", "\n}"))
        self.addCleanup(self.tree.close)

    def found_rules(self):
        """The rules that fired, one entry a problem."""
        code, output = self.tree.run("tidy")
        rules = [line.split("[")[1].split("]")[0] for line in output.splitlines() if ": [" in line]
        self.assertEqual(code, 1 if rules else 0, output)
        return rules, output

    def expect(self, rules):
        found, output = self.found_rules()
        self.assertEqual(found, rules, output)

    def test_good_sources_pass(self):
        self.expect([])

    def test_catches_every_seeded_mistake(self):
        for rule, texts in SEEDED.items():
            for text in texts:
                with self.subTest(rule=rule, text=text):
                    self.tree.write("src/engine/task/task.cc", seeded_source(text))
                    found, output = self.found_rules()
                    self.assertIn(rule, found, output)
                    self.assertIn("src/engine/task/task.cc:", output)
                    self.assertLessEqual(set(found), {rule, "format"}, output)

    def test_leaves_look_alikes_alone(self):
        for text in GOOD:
            with self.subTest(text=text):
                self.tree.write("src/engine/task/task.cc", seeded_source(text))
                found, output = self.found_rules()
                self.assertLessEqual(set(found), {"format"}, output)

    def test_names_the_line_and_the_replacement(self):
        self.tree.write("src/engine/task/task.cc", SOURCE % "auto t = std::chrono::steady_clock::now();\n")
        _, output = self.found_rules()
        self.assertIn("src/engine/task/task.cc:11: [clock] _clock::now: take time from base::Clock", output)

    def test_base_may_do_what_others_may_not(self):
        self.tree.write("src/base/a.cc", "std::mutex m;\nstd::thread t;\nstd::atomic<int> a;\nint r = rand();\n")
        self.expect([])

    def test_network_may_use_atomics(self):
        self.tree.write("src/engine/network/a.cc", "std::atomic<int> a;\n")
        self.expect([])

    def test_sql_may_throw(self):
        self.tree.write("src/sql/binder/a.cc", "void F() { throw 3; }\n")
        self.expect([])

    def test_a_mutex_may_be_guarded_in_the_header(self):
        self.tree.write("src/engine/task/task.h",
                        HEADER.replace("int64_t Step();", "int64_t Step() LAMINAR_REQUIRES(mutex);"))
        self.tree.write("src/engine/task/task.cc", (SOURCE % "base::Mutex mutex;\n"))
        self.expect([])

    def test_catches_a_wrong_guard(self):
        self.tree.write("src/engine/task/task.h", HEADER.replace("TASK_TASK", "TASKS_TASK"))
        self.expect(["header-guard"])

    def test_catches_pragma_once(self):
        self.tree.write("src/engine/task/task.h", "// What it is for.\n#pragma once\n")
        self.expect(["header-guard"])

    def test_catches_an_unnamed_end_of_a_guard(self):
        self.tree.write("src/engine/task/task.h", HEADER.replace("#endif  // LAMINAR_ENGINE_TASK_TASK_H_", "#endif"))
        self.expect(["header-guard"])

    def test_catches_a_header_without_its_purpose(self):
        self.tree.write("src/engine/task/task.h", HEADER.split("\n", 1)[1])
        self.expect(["header-comment"])

    def test_catches_a_source_that_does_not_begin_with_its_header(self):
        self.tree.write("src/engine/task/task.cc", '#include <memory>\n\n#include "engine/task/task.h"\n')
        self.assertIn("own-header", self.found_rules()[0])

    def test_catches_includes_in_another_order(self):
        self.tree.write("src/engine/task/task.cc",
                        '#include "engine/task/task.h"\n\n#include "base/clock.h"\n\n#include <memory>\n')
        self.expect(["format"])

    def test_catches_vague_and_foreign_file_names(self):
        for name in ("src/base/utils.cc", "src/base/string_helpers.cc", "src/common/a.cc", "src/base/A.cc",
                     "src/base/a.cpp"):
            with self.subTest(name=name):
                self.tree.write(name, "")
                self.expect(["file-name"])
                (self.tree.root / name).unlink()

    def test_catches_untidy_scripts_and_build_files(self):
        self.tree.write("scripts/run", "true \n")
        self.tree.write("CMakeLists.txt", "\tproject(a)\n")
        self.tree.write("cmake/A.cmake", "project(a)")
        self.expect(["text", "text", "text"])

    def test_an_exception_excuses_only_its_rule_and_path(self):
        self.tree.write("src/engine/task/task.cc", SOURCE % "std::mutex m;\nstd::thread t;\n")
        self.tree.write("tools/tidy_allowed.txt", "mutex src/engine/task/task.cc the library wants it\n")
        self.expect(["thread"])
        self.tree.write("tools/tidy_allowed.txt", "mutex src/engine/ the library wants it\n")
        self.expect(["thread"])

    def test_an_exception_that_excuses_nothing_is_a_problem(self):
        self.tree.write("tools/tidy_allowed.txt", "mutex src/engine/task/task.cc no longer so\n")
        self.expect(["allowed-list"])

    def test_an_exception_without_a_reason_is_a_problem(self):
        self.tree.write("tools/tidy_allowed.txt", "mutex src/engine/task/task.cc\n")
        self.expect(["allowed-list"])

    def test_can_look_at_one_file(self):
        self.tree.write("src/engine/task/bad.cc", "std::mutex m;\n")
        code, output = self.tree.run("tidy", str(self.tree.root / "src/engine/task/task.cc"))
        self.assertEqual((code, output), (0, ""))
        code, output = self.tree.run("tidy", str(self.tree.root / "src/engine/task/bad.cc"))
        self.assertEqual(code, 1, output)

    def test_refuses_a_file_that_is_not_there(self):
        code, output = self.tree.run("tidy", str(self.tree.root / "src/none.cc"))
        self.assertEqual(code, 2)
        self.assertIn("is no file of", output)


@unittest.skipIf(shutil.which("clang-tidy-19") is None, "clang-tidy-19 is not installed")
class ClangTidy(unittest.TestCase):
    def setUp(self):
        self.tree = ProjectTree({".clang-tidy": (ROOT / ".clang-tidy").read_text()})
        self.addCleanup(self.tree.close)

    def run_on(self, text):
        root = self.tree.root
        self.tree.write("src/a.cc", text)
        self.tree.write("build/compile_commands.json",
                        f'[{{"directory": "{root}", "file": "{root}/src/a.cc", "command":'
                        f' "/usr/bin/ccache /usr/bin/clang++-19 -std=c++20 -Xclang -include-pch -Xclang none.pch'
                        f' -c {root}/src/a.cc"}}]')
        return self.tree.run("tidy", "--clang-tidy")

    def test_good_sources_pass(self):
        code, output = self.run_on("namespace laminar {\nint Twice(int value) { return 2 * value; }\n}\n")
        self.assertEqual(code, 0, output)

    def test_catches_names_and_conversions(self):
        code, output = self.run_on(
            "struct lower_case {};\nint* Nothing() { return 0; }\nint Narrow(double d) { return d; }\n"
        )
        self.assertEqual(code, 1, output)
        for check in ("readability-identifier-naming", "modernize-use-nullptr",
                      "cppcoreguidelines-narrowing-conversions"):
            self.assertIn(check, output)

    def test_says_when_nothing_is_configured(self):
        code, output = self.tree.run("tidy", "--clang-tidy")
        self.assertEqual(code, 2)
        self.assertIn("run scripts/build first", output)


if __name__ == "__main__":
    unittest.main()
