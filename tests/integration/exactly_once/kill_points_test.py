"""The lists of kill points and seeded bugs are those of the sources. Usage: kill_points_test.py SRC"""

import pathlib
import re
import sys
import unittest

sys.dont_write_bytecode = True

import kill_points  # noqa: E402
import seeded_bugs  # noqa: E402
import workloads  # noqa: E402

SOURCES = pathlib.Path(sys.argv.pop(1)) if len(sys.argv) > 1 else pathlib.Path("src")
HERE = pathlib.Path(__file__).resolve().parent


def names_of(macro):
    """{name: files} of what the sources name so."""
    found = {}
    for path in SOURCES.rglob("*.cc"):
        if path.name.startswith("kill_point"):
            continue
        for name in re.findall(rf'{macro}\("([^"]*)"\)', path.read_text(encoding="utf-8")):
            found.setdefault(name, set()).add(str(path.relative_to(SOURCES)))
    return found


class Lists(unittest.TestCase):
    def test_every_kill_point_is_listed_and_every_listed_one_is_there(self):
        self.assertEqual(set(names_of("LAMINAR_KILLPOINT")), set(kill_points.POINTS))

    def test_there_are_enough_of_them(self):
        self.assertGreaterEqual(len(kill_points.POINTS), 25)

    def test_every_seeded_bug_is_listed_and_every_listed_one_is_there(self):
        self.assertEqual(set(names_of("LAMINAR_SEEDED_BUG")), set(seeded_bugs.BUGS))
        self.assertGreaterEqual(len(seeded_bugs.BUGS), 10)

    def test_their_workloads_and_points_exist(self):
        for workload, _, _ in kill_points.POINTS.values():
            self.assertIn(workload, workloads.WORKLOADS)
        self.assertTrue(set(kill_points.ONCE_A_JOB) | set(kill_points.OF_FOLDERS) <= set(kill_points.POINTS))
        for point, workload in kill_points.IN_LAST_EPOCH.items():
            self.assertIn(point, kill_points.POINTS)
            self.assertIn(workload, workloads.WORKLOADS)
        self.assertTrue(set(seeded_bugs.OF_FOLDERS) <= set(seeded_bugs.BUGS))
        for names, point in seeded_bugs.BUGS.values():
            self.assertTrue(set(names) <= set(workloads.WORKLOADS))
            self.assertTrue(point is None or point in kill_points.POINTS)

    def test_sources_with_points_are_built_with_them(self):
        built = set(re.findall(r"^  ([a-z_/]+\.cc)", (HERE / "CMakeLists.txt").read_text(encoding="utf-8"), re.MULTILINE))
        used = set().union(*names_of("LAMINAR_KILLPOINT").values(), *names_of("LAMINAR_SEEDED_BUG").values())
        self.assertEqual(built, used)


if __name__ == "__main__":
    unittest.main()
