"""The named kill points, and which workload passes each; kill_points_test.py compares the list with the sources.

  how   "run"      reached while rows flow
        "restart"  reached by an attempt that goes on from a checkpoint
        "stop"     reached when the process is told to end
        "end"      reached at the end of the input, which is waited for
        "savepoint"  reached by the command that makes a savepoint while the job runs
"""

POINTS = {
    # state directory and restore
    "state_log_made": ("single-file", "run", "the metadata database is there, laminar.json is not"),
    "state_identity_made": ("single-file", "run", "the state directory is new and complete"),
    "restore_point_found": ("windows", "restart", "it is known what the job goes on from"),
    "generation_claimed": ("single-file", "run", "earlier attempts are fenced, nothing else is done"),
    "files_leftover_removed": ("rows", "restart", "a hidden file of an earlier attempt is gone"),
    "file_leftover_removed": ("single-file", "restart", "a log of an earlier attempt is gone"),
    "restore_file_fetched": ("windows", "restart", "a state file is on the local disk"),
    "restore_chunk_applied": ("windows", "restart", "some state is restored"),
    "restore_applied": ("rescale-windows", "restart", "the state of a task is restored"),
    "files_beginning_copied": ("partitioned", "restart", "a file goes on under another hidden name"),
    # the cut and its files
    "barrier_before": ("rows", "run", "an epoch begins"),
    "barrier_after": ("windows", "run", "barriers are on their way"),
    "cut_begun": ("windows", "run", "a task has all barriers"),
    "cut_taken": ("windows", "run", "a task has cut its tables"),
    "state_file_written": ("windows", "run", "a state file is whole on the local disk"),
    "state_files_joined": ("counter", "end", "several state files have become one"),
    "upload_begun": ("tumbling", "run", "a state file is about to be stored"),
    "upload_done": ("tumbling", "run", "a state file is stored"),
    "task_before_report": ("windows", "run", "all of a task's part is durable, nobody knows"),
    "task_after_report": ("two-sinks", "run", "a task has reported"),
    "task_ended": ("rows", "end", "a task has come to the end of its input"),
    # sinks make their part durable
    "files_one_completed": ("parquet", "run", "a file is whole under its hidden name"),
    "files_before_sync": ("partitioned", "run", "files that go on are about to be synced"),
    "files_synced": ("partitioned", "run", "files that go on are synced"),
    "file_log_written": ("single-file", "run", "rows of an epoch are in the log"),
    "file_log_synced": ("single-file", "run", "and synced"),
    # manifest and record
    "manifest_before_put": ("windows", "run", "all parts are there"),
    "manifest_after_put": ("windows", "run", "the manifest is stored, the epoch is not complete"),
    "record_before": ("rows", "run", "about to be complete"),
    "log_before_create": ("single-file", "run", "about to add to the log of epochs"),
    "log_after_create": ("single-file", "run", "added"),
    "log_after_removing_positions": ("empty-epochs", "run", "old positions of the log are gone"),
    "record_after": ("rows", "run", "complete, and nothing is published"),
    # commits
    "commit_before": ("two-sinks", "run", "about to publish one sink's part"),
    "files_commit_begun": ("rows", "run", "files are about to be renamed"),
    "files_one_renamed": ("partitioned", "run", "one of several files is published"),
    "files_marker_made": ("rows", "run", "all are, and the commit says so"),
    "file_commit_begun": ("single-file", "run", "a log is about to be appended"),
    "file_first_log_renamed": ("three-files", "run", "the first log is the file now"),
    "file_appended": ("single-file", "run", "appended, not synced"),
    "file_append_synced": ("single-file", "run", "and synced"),
    "file_old_log_removed": ("single-file", "run", "the log before is gone"),
    "commit_after": ("two-sinks", "run", "one sink's part is published, the other's is not"),
    "mark_before": ("rows", "run", "all is published, and not marked"),
    "mark_after": ("rows", "run", "marked"),
    # retention
    "retention_before": ("windows", "run", "old epochs are about to be dropped"),
    "retention_after": ("windows", "run", "they are, and their objects are still there"),
    "garbage_one_deleted": ("windows", "run", "some of the objects are gone"),
    "garbage_collected": ("windows", "run", "all are"),
    # savepoints
    "savepoint_objects_copied": ("windows", "savepoint", "its objects are there, its manifest is not"),
    # the end
    "stop_requested": ("two-sinks", "stop", "the last checkpoint is asked for"),
    "job_ended": ("rows", "end", "all is done but the process"),
}

# The same in the last epoch of a job, which nothing follows that would make up for it: with no epoch before it, the
# first visit is the last.
IN_LAST_EPOCH = {
    "record_before": "rows",
    "record_after": "two-sinks",
    "commit_before": "windows",
    "files_one_renamed": "partitioned",
    "files_marker_made": "parquet",
    "file_first_log_renamed": "three-files",
    "commit_after": "two-sinks",
    "mark_before": "rows",
    "mark_after": "single-file",
}

# A job comes by only once, however often it is started.
ONCE_A_JOB = {
    "job_ended": "what comes after is no attempt any more",
}

# With state in an object store there is no such step.
OF_FOLDERS = {
    "state_log_made": "the log of epochs is made of objects",
}
