#!/usr/bin/env python3
"""tools/check_layers catches each kind of wrong edge, and nothing else."""

import unittest

from project_tree import ROOT, ProjectTree

TABLE = """# Architecture

```
src/
  base/            [0]   ids
  data/            [1]   Chunk
  formats/         [2]   json/ csv/
  connectors/api/  [3]   interfaces
  connectors/<name>/ [4] one folder per connector
  engine/                the data plane
    task/          [8]   Task
  sql/
    planner/       [6]   plans
  control/
    job/          [12]   jobs
    pipeline/     [13]   versions
  app/            [15]   wiring
    main/         [16]   mains
  cli/            [15]   commands
docs/                    guide
tools/                   check_layers
```
"""

LAYERS = """# ranks
unit  0 base
unit  1 data             base
unit  2 formats          base data
unit  3 connectors/api   base data formats
unit  4 connectors/*     base data formats connectors/api
unit  6 sql/planner      base data
unit  8 engine/task      base data connectors/api
unit 12 control/job      base data
unit 13 control/pipeline base data sql/planner control/job
unit 15 app              *
unit 15 cli              *
unit 16 app/main         *
same cli app
duckdb data formats/csv
"""


class CheckLayers(unittest.TestCase):
    def setUp(self):
        self.tree = ProjectTree({
            "ARCHITECTURE.md": TABLE,
            "src/layers.txt": LAYERS,
            "src/base/clock.h": "#include <cstdint>\n",
            "src/data/chunk.h": '#include "duckdb/common/types.hpp"\n#include "base/clock.h"\n',
            "docs/README.md": "",
        })
        self.addCleanup(self.tree.close)

    def expect_clean(self):
        code, output = self.tree.run("check_layers")
        self.assertEqual((code, output), (0, ""))

    def expect_problem(self, *parts):
        code, output = self.tree.run("check_layers")
        self.assertEqual(code, 1, output)
        found = [line for line in output.splitlines() if all(part in line for part in parts)]
        self.assertEqual(len(found), 1, output)

    def test_allowed_edges_pass(self):
        self.tree.write("src/connectors/nexmark/a.cc",
                        '#include "connectors/nexmark/a.h"\n#include "connectors/api/b.h"\n')
        self.tree.write("src/control/pipeline/a.cc", '#include "sql/planner/plan.h"\n')
        self.tree.write("src/app/a.cc", '#include "engine/task/task.h"\n#include "app/b.h"\n')
        self.tree.write("src/cli/a.cc", '#include "app/b.h"\n#include <CLI/CLI.hpp>\n')
        self.tree.write("src/app/main/main.cc", '#include "cli/a.h"\n#include "app/b.h"\n')
        self.tree.write("src/data/a.cc", '#include "duckdb.hpp"\n#include "absl/status/status.h"\n')
        self.tree.write("src/formats/csv/a.cc", '#include "duckdb/x.hpp"\n#include "writer.hpp"\n')
        self.expect_clean()

    def test_includes_in_comments_do_not_count(self):
        self.tree.write("src/base/a.h", '/*\n#include "app/a.h"\n*/\n// #include "cli/a.h"\n')
        self.expect_clean()

    def test_catches_a_higher_rank(self):
        self.tree.write("src/base/a.h", '#include <string>\n\n#include "data/chunk.h"\n')
        self.expect_problem("src/base/a.h:3:", "base [0] may not include data [1]")

    def test_catches_a_higher_rank_in_angle_brackets(self):
        self.tree.write("src/base/a.h", "#  include <data/chunk.h>\n")
        code, output = self.tree.run("check_layers")
        self.assertEqual(code, 1)
        self.assertIn("src/base/a.h:1: <data/chunk.h>: headers of Laminar are included in quotes", output)
        self.assertIn("base [0] may not include data [1]", output)

    def test_catches_a_connector_that_includes_another(self):
        self.tree.write("src/connectors/stdin/a.cc", '#include "connectors/nexmark/a.h"\n')
        self.expect_problem("src/connectors/stdin/a.cc:1:",
                            "connectors/stdin [4] may not include connectors/nexmark [4]")

    def test_catches_an_engine_that_knows_sql(self):
        self.tree.write("src/engine/task/a.cc", '#include "sql/planner/plan.h"\n')
        self.expect_problem("engine/task [8] may not include sql/planner [6]")

    def test_catches_an_engine_that_knows_control(self):
        self.tree.write("src/engine/task/a.cc", '#include "control/job/job.h"\n')
        self.expect_problem("engine/task [8] may not include control/job [12]")

    def test_catches_sql_that_knows_the_engine(self):
        self.tree.write("src/sql/planner/a.cc", '#include "engine/task/task.h"\n')
        self.expect_problem("sql/planner [6] may not include engine/task [8]")

    def test_catches_control_that_knows_the_engine(self):
        self.tree.write("src/control/job/a.cc", '#include "engine/task/task.h"\n')
        self.expect_problem("control/job [12] may not include engine/task [8]")

    def test_catches_control_outside_pipeline_that_calls_the_planner(self):
        self.tree.write("src/control/job/a.cc", '#include "sql/planner/plan.h"\n')
        self.expect_problem("control/job [12] may not include sql/planner [6]")

    def test_catches_an_engine_that_names_a_connector(self):
        self.tree.write("src/engine/task/a.cc", '#include "connectors/nexmark/a.h"\n')
        self.expect_problem("engine/task [8] may not include connectors/nexmark [4]")

    def test_catches_duckdb_where_it_may_not_be(self):
        self.tree.write("src/engine/task/a.cc", '#include "duckdb/common/types.hpp"\n')
        self.expect_problem("src/engine/task/a.cc:1:", "take vectors and types from data/vector.h")

    def test_catches_duckdb_in_another_format(self):
        self.tree.write("src/formats/json/a.cc", '#include "yyjson.hpp"\n')
        self.expect_problem("src/formats/json/a.cc:1:", "DuckDB's headers may be included in")

    def test_catches_all_of_duckdb_in_a_header(self):
        self.tree.write("src/data/a.h", '#include "duckdb.hpp"\n')
        self.expect_problem("src/data/a.h:1:", "include what is used")

    def test_catches_a_path_that_begins_beside_the_file(self):
        self.tree.write("src/base/a.cc", '#include "clock.h"\n')
        self.expect_problem("src/base/a.cc:1:", "name the path from src/")

    def test_catches_a_folder_that_is_no_unit(self):
        self.tree.write("src/utilities/a.h", "")
        code, output = self.tree.run("check_layers")
        self.assertEqual(code, 1)
        self.assertIn("src/utilities: is in no unit", output)
        self.assertIn("src/utilities/a.h:1: is in no unit", output)

    def test_catches_a_link_that_is_no_edge(self):
        self.tree.write("src/CMakeLists.txt",
                        "laminar_unit(base FOLDER base DEPS laminar_data)\n"
                        "laminar_unit(data FOLDER data DEPS laminar_base fmt::fmt)\n")
        self.expect_problem("src/CMakeLists.txt:1:", "base [0] may not link data [1]")

    def test_catches_a_rank_that_the_table_has_otherwise(self):
        self.tree.write("ARCHITECTURE.md", TABLE.replace("data/            [1]", "data/            [2]"))
        self.expect_problem("ARCHITECTURE.md:6:", "data has rank 2 here and 1 in src/layers.txt")

    def test_catches_a_unit_that_the_table_lacks(self):
        self.tree.write("src/layers.txt", LAYERS + "unit 2 rpc base\n")
        self.expect_problem("the table lacks the unit rpc")

    def test_catches_a_unit_that_only_the_table_has(self):
        self.tree.write("ARCHITECTURE.md", TABLE.replace("docs/ ", "  rpc/  [2]  services\ndocs/ "))
        self.expect_problem("the unit rpc is not in src/layers.txt")

    def test_catches_a_root_folder_that_the_table_lacks(self):
        self.tree.write("misc/a.txt", "")
        self.tree.write("build-debug/a.txt", "")
        self.tree.write(".cache/a.txt", "")
        self.expect_problem("misc/: is not in the table")

    def test_catches_a_missing_table(self):
        self.tree.write("ARCHITECTURE.md", "# Architecture\n")
        self.expect_problem("has no table of the tree")

    def test_refuses_a_list_whose_edge_goes_up(self):
        self.tree.write("src/layers.txt", LAYERS.replace("unit  0 base", "unit  0 base data"))
        self.expect_problem("src/layers.txt:2:", "its rank is not lower")

    def test_refuses_a_list_with_an_unknown_unit(self):
        self.tree.write("src/layers.txt", LAYERS.replace("unit  1 data             base", "unit 1 data bas"))
        self.expect_problem("src/layers.txt:3:", "no such unit")

    def test_refuses_two_units_of_one_rank_that_include_each_other(self):
        self.tree.write("src/layers.txt", LAYERS + "same app cli\n")
        code, output = self.tree.run("check_layers")
        self.assertEqual(code, 1)
        self.assertIn("may not include each other", output)

    def test_refuses_a_line_of_another_form(self):
        self.tree.write("src/layers.txt", LAYERS + "layer 3 rpc\n")
        self.expect_problem("src/layers.txt:16:", "not a line of this file's form")

    def test_says_when_there_is_nothing_to_read(self):
        (self.tree.root / "src" / "layers.txt").unlink()
        code, output = self.tree.run("check_layers")
        self.assertEqual(code, 2)
        self.assertIn("layers.txt: not found", output)


class LayersOfThisProject(unittest.TestCase):
    def test_no_connector_may_be_named_below_app(self):
        for line in (ROOT / "src" / "layers.txt").read_text().splitlines():
            words = line.split("#")[0].split()
            if words[:1] == ["unit"]:
                self.assertNotIn("connectors/*", words[3:], line)


if __name__ == "__main__":
    unittest.main()
