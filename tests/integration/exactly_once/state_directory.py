"""What a state directory says: complete epochs, their manifests, and which objects they need.

Reads what the program has left, and changes nothing: SQLite would finish or take back the
transaction of a killed process by itself, so its file is read from a copy.
"""

import fcntl
import json
import pathlib
import shutil
import sqlite3
import tempfile


class StateDirectory:
    def __init__(self, path):
        self.path = pathlib.Path(path)

    def is_locked(self):
        """Whether a process holds it."""
        try:
            with open(self.path / ".laminar-lock", "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return False
        except BlockingIOError:
            return True
        except FileNotFoundError:
            return False

    def epochs(self):
        """Records of complete epochs, the newest first."""
        return self._newest_entry().get("epochs", [])

    def _newest_entry(self):
        database = self.path / "metadata.sqlite"
        if not database.exists():
            return {}
        with tempfile.TemporaryDirectory() as folder:
            copy = shutil.copy(database, folder)
            journal = self.path / "metadata.sqlite-journal"
            if journal.exists():
                shutil.copy(journal, folder)
            connection = sqlite3.connect(copy)
            try:
                tables = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'checkpoint_log'")
                if tables.fetchone()[0] == 0:
                    return {}
                row = connection.execute("SELECT entry FROM checkpoint_log ORDER BY position DESC LIMIT 1").fetchone()
            finally:
                connection.close()
        return json.loads(row[0]) if row and row[0] else {}

    def manifest(self, record):
        return json.loads((self.path / record["manifest"]).read_text())

    def objects(self):
        """Keys of all that lies below data/ and manifests/."""
        return {str(file.relative_to(self.path)) for folder in ("data", "manifests")
                for file in (self.path / folder).rglob("*") if file.is_file()}

    def unfinished(self):
        """Files that a writer has begun and not finished."""
        return [str(file.relative_to(self.path)) for file in (self.path / ".laminar-unfinished").rglob("*")
                if file.is_file()]

    def reachable(self):
        """Keys that retained manifests name."""
        keys = set()
        for record in self.epochs():
            keys.add(record["manifest"])
            for operator in self.manifest(record)["operators"]:
                for table in operator["tables"]:
                    keys.update(file["object"] for file in table["files"])
        return keys


def source_positions(manifest):
    """Of each source by its name: {split: position}."""
    descriptions = {node["operator"]: node["description"] for node in manifest["nodes"]}
    positions = {}
    for source in manifest["sources"]:
        # "impulse numbers: ..." or "filesystem numbers (json): ..."
        name = descriptions[source["operator"]].split()[1].rstrip(":")
        splits = positions.setdefault(name, {})
        for split in source["splits"]:
            splits[split["split"]] = json.loads(split["position"])
    return positions


def source_watermark(manifest):
    """Milliseconds: the least of all sources."""
    return min(source["watermark_micros"] for source in manifest["sources"]) // 1000
