"""The rules of tools/tidy that read one source file at a time.

Each rule has one right answer and names it; what is a matter of taste is left to the reader.
Exceptions are listed with their reasons in tools/tidy_allowed.txt.
"""

import re
from typing import NamedTuple


class Problem(NamedTuple):
    path: str
    line: int
    rule: str
    message: str


class BannedText(NamedTuple):
    rule: str
    pattern: str
    message: str
    homes: tuple = ("src/base/",)  # where it may stand, as beginnings of paths
    scope: tuple = ("src/", "tests/", "bench/")


# Not a member or a name in some namespace: `x.open(`, `file::open(`; but `::open(` and `std::` are.
_CALL = r"(?<![\w.:>])(?:std::|::)?"

BANNED = [
    BannedText(
        "clock",
        r"_clock::now\b|\b(?:clock_gettime|gettimeofday|timespec_get|GetCurrentTimestamp)\s*\("
        rf"|{_CALL}time\s*\(\s*(?:nullptr|NULL|0|&)",
        "take time from base::Clock (base/clock.h), so that tests and the simulator set it",
    ),
    BannedText(
        "thread",
        r"\bstd::(?:thread|jthread|async)\b|\bpthread_create\s*\(",
        "make threads with base::Thread or base::IoPool (base/thread.h, base/io_pool.h)",
    ),
    BannedText(
        "sleep",
        r"\bsleep_(?:for|until)\b|\b(?:usleep|nanosleep)\s*\(" rf"|{_CALL}sleep\s*\(",
        "wait on a base::Parker or base::ConditionVariable; threads that may block can call "
        "base::SleepNanos (base/thread.h)",
    ),
    BannedText(
        "random",
        rf"{_CALL}(?:s?rand|rand_r|drand48)\s*\(" r"|\bstd::(?:random_device|default_random_engine)\b",
        "use base::Random with a seed that is handed in (base/random.h)",
    ),
    BannedText(
        "environment",
        r"\b(?:secure_)?getenv\s*\(|\bextern\s+char\s*\*\*\s*environ\b",
        "read variables with base::EnvironmentVariable (base/environment.h)",
    ),
    BannedText(
        "socket",
        rf"{_CALL}(?:socket|socketpair|getaddrinfo)\s*\(" r"|(?<![\w>])::(?:accept4?|bind|connect|listen)\s*\(",
        "sockets belong in src/base",
    ),
    BannedText(
        "file",
        r"\b(?:fopen|freopen|fdopen|tmpfile|mkstemp|mkdtemp|opendir|openat)\s*\("
        r"|\bstd::(?:basic_)?[io]?fstream\b|\bstd::filesystem\b"
        r"|(?<![\w>])::(?:open|creat|unlink|rename|mkdir|rmdir|stat|fsync)\s*\(",
        "open, write and list files with base/file.h, whose errors name the path",
    ),
    BannedText(
        "mutex",
        r"\b(?:std|duckdb)::(?:(?:recursive_|timed_|recursive_timed_|shared_|shared_timed_)?mutex"
        r"|lock_guard|unique_lock|scoped_lock|shared_lock|condition_variable(?:_any)?|call_once|once_flag)\b"
        r"|\babsl::(?:Mutex|CondVar)\b|\bpthread_mutex_\w+",
        "use base::Mutex, base::MutexLock and LAMINAR_GUARDED_BY (base/mutex.h), which the compiler checks",
    ),
    BannedText(
        "atomic",
        r"\bstd::(?:atomic\w*|memory_order\w*)\b|\b__(?:atomic|sync)_\w+",
        "one thread owns each object: send mail (base/mailbox.h), or use base::Flag or base::Counter",
        homes=("src/base/", "src/engine/network/"),
    ),
    BannedText(
        "new",
        r"\bnew\b(?=\s*(?:\(|\[|[A-Za-z_:]))(?<!operator new)",
        "make objects with std::make_unique, or hold them by value (a private constructor: "
        "std::unique_ptr<T>(new T(...)))",
        homes=(),
    ),
    BannedText(
        "delete",
        r"(?<!=)(?<!= )(?<!operator )\bdelete\b(?=\s*(?:\[\s*\]|[A-Za-z_:(*]))",
        "let a std::unique_ptr end the object",
        homes=(),
    ),
    BannedText(
        "friend",
        r"\bfriend\b",
        "give the class the method that is needed",
        homes=(),
    ),
    BannedText(
        "using-namespace",
        r"\busing\s+namespace\s+(?!(?:\w+::)*(?:literals|\w+_literals)\s*;)",
        "name what is used: `using a::B;` or `namespace b = a::b;`",
        homes=(),
    ),
    BannedText(
        "throw",
        r"\bthrow\b",
        "return an absl::Status; exceptions live only in data, expression, sql, the adapters of connectors "
        "and of DuckDB's formats",
        homes=("src/data/", "src/expression/", "src/sql/", "src/connectors/", "src/formats/parquet/",
               "src/formats/csv/"),
        scope=("src/",),
    ),
    BannedText(
        "assert",
        r"(?<![\w.:>])assert\s*\(",
        "use LAMINAR_ASSERT, which stays on in release (base/assert.h)",
        homes=(),
    ),
    BannedText(
        "disabled-test",
        r"\bDISABLED_\w+",
        "repair the test or remove it",
        homes=(),
    ),
]
# What stands before a `new` whose object a unique_ptr owns at once.
_OWNED_AT_ONCE = re.compile(r"\bunique_ptr<[\w:<>, ]*>(?:\s+\w+)?\s*[({]\s*\Z")

_BANNED = [(banned, re.compile(banned.pattern)) for banned in BANNED]

_VAGUE_NAMES = {"util", "utils", "utility", "utilities", "helper", "helpers", "common", "misc"}

_NOT_CODE = re.compile(
    r'R"(?P<mark>[^(\s]{0,16})\(.*?\)(?P=mark)"'  # raw string
    r"|//(?:\\\n|[^\n])*"
    r"|/\*.*?\*/"
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'",
    re.DOTALL,
)


def code_only(text):
    """Blanks comments and the insides of strings; every line stays on its line."""

    def blank(match):
        found = match[0]
        kept = found[0] if found[0] in "\"'" else " "
        return kept + re.sub(r"[^\n]", " ", found[1:-1]) + (found[-1] if kept != " " else " ")

    return _NOT_CODE.sub(blank, text)


def without_preprocessor(code):
    """Blanks includes, conditions and pragmas, but leaves what macros expand to."""
    return re.sub(
        r"^[ \t]*#[ \t]*(?!define)\w+[^\n]*",
        lambda match: " " * len(match[0]),
        code,
        flags=re.MULTILINE,
    )


def line_of(text, position):
    return text.count("\n", 0, position) + 1


def check_source(path, text, sibling_text=""):
    """Every problem of one .h or .cc. `path` is relative to the project; `sibling_text` is the
    header of a source, or the source of a header."""
    code = without_preprocessor(code_only(text))
    yield from _check_banned(path, code)
    yield from _check_mutexes(path, code, sibling_text)
    yield from _check_words(path, text)
    yield from _check_test_names(path, code)
    yield from check_file_name(path)
    if path.endswith(".h"):
        yield from _check_header(path, text)


def _check_banned(path, code):
    for banned, pattern in _BANNED:
        if not path.startswith(banned.scope) or path.startswith(banned.homes):
            continue
        for match in pattern.finditer(code):
            if banned.rule == "new" and _OWNED_AT_ONCE.search(code[max(0, match.start() - 200):match.start()]):
                continue
            found = " ".join(match[0].split()).rstrip("( ")
            yield Problem(path, line_of(code, match.start()), banned.rule, f"{found}: {banned.message}")


def _check_mutexes(path, code, sibling_text):
    for match in re.finditer(r"^\s*(?:mutable\s+)?(?:laminar::)?(?:base::)?Mutex\s+(\w+)\s*;", code, re.MULTILINE):
        name = match[1]
        guards = re.compile(rf"LAMINAR_(?:GUARDED_BY|REQUIRES)\(\s*{name}\s*\)")
        if not guards.search(code) and not guards.search(sibling_text):
            yield Problem(
                path, line_of(code, match.start(1)), "unguarded-mutex",
                f"{name}: say what it guards with LAMINAR_GUARDED_BY({name}) (base/mutex.h)",
            )


def _check_words(path, text):
    for match in re.finditer(r"\b(?:TODO|FIXME|XXX|HACK)\b", text):
        yield Problem(path, line_of(text, match.start()), "unfinished",
                      f"{match[0]}: finish it, or write an issue")
    for match in re.finditer(r"\bNOLINT(?:NEXTLINE|BEGIN)?\b(?!\([\w*-])", text):
        yield Problem(path, line_of(text, match.start()), "nolint",
                      "NOLINT: name the check, NOLINT(some-check)")


def _check_test_names(path, code):
    for match in re.finditer(r"^TEST(?:_[FP])?\(\s*(\w+)\s*,\s*(\w+)\s*\)", code, re.MULTILINE):
        for name in match.groups():
            if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name) and not name.startswith("DISABLED_"):
                yield Problem(path, line_of(code, match.start()), "test-name",
                              f"{name}: a test's name is a sentence in PascalCase")


def check_file_name(path):
    name = path.rsplit("/", 1)[-1]
    stem, _, suffix = name.partition(".")
    if suffix not in {"h", "cc"}:
        yield Problem(path, 1, "file-name", "sources end in .cc, headers in .h")
    elif not re.fullmatch(r"[a-z][a-z0-9_]*", stem):
        yield Problem(path, 1, "file-name", "file names are in snake_case")
    elif vague := _VAGUE_NAMES & {stem, stem.split("_")[-1], *path.split("/")[:-1]}:
        yield Problem(path, 1, "file-name", f"{sorted(vague)[0]}: name the concept")


def guard_of(path):
    inside = path.removeprefix("src/")
    return "LAMINAR_" + re.sub(r"[^A-Z0-9]", "_", inside.upper()) + "_"


def _check_header(path, text):
    guard = guard_of(path)
    if not text.startswith("//"):
        yield Problem(path, 1, "header-comment",
                      "begin with what the header is for, who owns it and which thread calls it")
    if not re.search(rf"^#ifndef {guard}\n#define {guard}\n", text, re.MULTILINE):
        yield Problem(path, 1, "header-guard", f"guard it with #ifndef {guard}, #define {guard}")
    elif not text.endswith(f"#endif  // {guard}\n"):
        yield Problem(path, line_of(text, len(text)) - 1, "header-guard",
                      f"end it with #endif  // {guard}")


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^">]+)[">]', re.MULTILINE)


def check_own_header(path, text, header):
    """A source includes its own header first: so the header is known to stand by itself."""
    first = INCLUDE.search(text)
    if first is None or first[1] != header:
        yield Problem(path, line_of(text, first.start()) if first else 1, "own-header",
                      f'include "{header}" first')


def check_text(path, text):
    """Scripts, build files and manifests: what any editor can keep right."""
    if text and not text.endswith("\n"):
        yield Problem(path, line_of(text, len(text)), "text", "the last line does not end")
    for number, line in enumerate(text.split("\n"), start=1):
        if line != line.rstrip():
            yield Problem(path, number, "text", "blanks at the end of the line")
        if "\t" in line:
            yield Problem(path, number, "text", "a tab; indent with blanks")
