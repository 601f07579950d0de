"""Holds the documentation to the program. Usage: documentation_test.py [--update] PATH_OF_LAMINAR

* The reference pages are what tools/generate_docs writes.
* docs/errors.md lists the codes that the sources use, no more and no fewer.
* Programs in ```sql blocks of the pages pass `laminar check`. A block marked "sql fragment" is no whole program.
* Commands in ```console blocks ("$ command", in one folder per page, in order) print what the page shows on standard output and standard error.
  An ellipsis in the page stands for any text on its line; a line that is nothing else, for any lines. --update writes what they print.
* Links between pages lead somewhere.
"""

import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
UPDATE = "--update" in sys.argv
if UPDATE:
    sys.argv.remove("--update")
LAMINAR = os.path.abspath(sys.argv.pop(1) if len(sys.argv) > 1 else ROOT / "build" / "laminar")
PAGES = sorted([*ROOT.glob("docs/*.md"), ROOT / "README.md"])
BLOCK = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def environment(folder):
    """Where `laminar` is the program under test, and nothing of the user's is set."""
    binaries = pathlib.Path(folder) / "bin"
    binaries.mkdir()
    (binaries / "laminar").symlink_to(LAMINAR)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LAMINAR")}
    return {**kept, "PATH": f"{binaries}:{kept['PATH']}", "XDG_CONFIG_HOME": "/nonexistent", "LC_ALL": "C.UTF-8"}


def stand_in_for_clone(folder):
    """What the commands of the README name."""
    build = pathlib.Path(folder) / "build"
    build.mkdir()
    (build / "laminar").symlink_to(LAMINAR)
    (pathlib.Path(folder) / "examples").symlink_to(ROOT / "examples")


def sessions(block):
    """The commands of a console block with the lines below each; a command goes on while lines end in a backslash or a bar or a quote is open."""
    found = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append([line[2:], []])
        elif found and not found[-1][1] and (found[-1][0].endswith(("\\", "|")) or is_open(found[-1][0])):
            found[-1][0] += "\n" + line
        else:
            found[-1][1].append(line)
    return found


def is_open(command):
    single = double = False
    here = re.search(r"<<'(\w+)'", command)
    if here:
        return command.splitlines()[-1] != here.group(1)
    for character in command:
        if character == "'" and not double:
            single = not single
        elif character == '"' and not single:
            double = not double
    return single or double


def matches(pattern, lines):
    parts = []
    for line in pattern:
        parts.append("(?:.*\n)*?" if line.strip() == "…" else ".*".join(re.escape(piece) for piece in line.split("…")) + "\n")
    return re.fullmatch("".join(parts), "".join(line + "\n" for line in lines)) is not None


class Pages(unittest.TestCase):
    maxDiff = None

    def test_reference_pages_are_what_the_program_says(self):
        result = subprocess.run([ROOT / "tools" / "generate_docs", "--check", LAMINAR], capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)

    def test_every_error_code_is_explained(self):
        used = set()
        for pattern in ("*.cc", "*.h"):
            for path in (ROOT / "src").rglob(pattern):
                if "_test" not in path.name and "for_test" not in path.name:
                    used.update(re.findall(r'"(LM\d{4})"', path.read_text(encoding="utf-8")))
        page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
        listed = re.findall(r'<a id="(LM\d{4})"></a>\1', page)
        self.assertEqual(sorted(listed), sorted(used))

    def test_programs_are_accepted(self):
        for page in PAGES:
            for number, (kind, text) in enumerate(BLOCK.findall(page.read_text(encoding="utf-8"))):
                if kind.strip() == "sql":
                    with self.subTest(page=page.name, block=number), tempfile.TemporaryDirectory() as folder:
                        result = subprocess.run([LAMINAR, "check", "-"], input=text, capture_output=True, text=True, cwd=folder, check=False)
                        self.assertEqual(result.returncode, 0, result.stderr)

    def test_commands_print_what_the_pages_show(self):
        for page in PAGES:
            text = page.read_text(encoding="utf-8")
            with tempfile.TemporaryDirectory() as place, tempfile.TemporaryDirectory() as folder:
                env = environment(place)
                stand_in_for_clone(folder)

                def run_block(match, page=page, folder=folder, env=env):
                    if match.group(1).strip() != "console":
                        return match.group(0)
                    shown = []
                    for command, expected in sessions(match.group(2)):
                        result = subprocess.run(["bash", "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder,
                                                env=env, timeout=120, check=False)
                        lines = result.stdout.splitlines()
                        shown += [f"$ {command}", *(expected if matches(expected, lines) else lines)]
                        if not UPDATE:
                            with self.subTest(page=page.name, command=command):
                                self.assertTrue(matches(expected, lines), f"{page.name}: {command}\nprints\n{result.stdout}")
                    return "```console\n" + "\n".join(shown) + "\n```"

                changed = BLOCK.sub(run_block, text)
                if UPDATE:
                    page.write_text(changed, encoding="utf-8")

    def test_links_lead_somewhere(self):
        for page in PAGES:
            text = page.read_text(encoding="utf-8")
            for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", BLOCK.sub("", text)):
                if "://" not in target:
                    with self.subTest(page=page.name, target=target):
                        self.assertTrue((page.parent / target).exists())


if __name__ == "__main__":
    unittest.main()
