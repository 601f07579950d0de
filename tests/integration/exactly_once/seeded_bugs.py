"""Faults that can be switched on in build/laminar-killable, and where to look for them.

Of each: the workloads that may show it, and the kill point that makes it likely, or None for kills at any time.
The harness must find each within KILLS_MAX kills, else it is worth nothing.
"""

KILLS_MAX = 40

BUGS = {
    "commit_before_record": (("rows", "parquet"), "record_before"),
    "skip_repeated_commits": (("rows", "single-file"), "record_after"),
    "ignore_restored_positions": (("rows", "single-file"), None),
    "forget_commits_at_the_end_of_input": (("rows", "windows"), None),
    "append_at_the_end_of_the_file": (("single-file",), "file_appended"),
    "acknowledge_before_flush": (("single-file",), "mark_after"),
    "reuse_a_generation": (("rows", "windows"), "record_after"),
    "wrong_key_groups_on_restore": (("windows", "wide-window"), None),
    "drop_tombstones": (("windows", "sessions"), None),
    "take_unknown_for_no": (("rows", "windows"), None),
    "skip_the_lock": (("rows",), None),
    "delete_live_files_as_leftovers": (("partitioned", "single-file"), "record_after"),
    "collect_by_epoch": (("wide-window", "windows"), None),
}

# An object store has no lock that could be skipped: whoever comes second takes over.
OF_FOLDERS = ("skip_the_lock",)
