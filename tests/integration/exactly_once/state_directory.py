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

from s3_reader import NoSuchObject


class State:
    """What is the same for every place: where it lies is told by `location`, as `laminar run -S` takes it."""

    location = ""

    def is_locked(self):
        """Whether a process holds it."""
        raise NotImplementedError

    def objects(self):
        """Keys of all that lies below data/ and manifests/."""
        raise NotImplementedError

    def unfinished(self):
        """What a writer has begun and not finished."""
        raise NotImplementedError

    def read(self, key):
        """The bytes of an object."""
        raise NotImplementedError

    def newest_entry(self):
        """Of the log of checkpoints, None before the first."""
        raise NotImplementedError

    def epochs(self):
        """Records of complete epochs, the newest first."""
        entry = self.newest_entry()
        return json.loads(entry).get("epochs", []) if entry else []

    def manifest(self, record):
        return json.loads(self.read(record["manifest"]))

    def reachable(self):
        """Keys that retained manifests name."""
        keys = set()
        for record in self.epochs():
            keys.add(record["manifest"])
            for operator in self.manifest(record)["operators"]:
                for table in operator["tables"]:
                    keys.update(file["object"] for file in table["files"])
        return keys


class StateDirectory(State):
    """A folder."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.location = str(path)

    def is_locked(self):
        try:
            with open(self.path / ".laminar-lock", "rb") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return False
        except BlockingIOError:
            return True
        except FileNotFoundError:
            return False

    def newest_entry(self):
        database = self.path / "metadata.sqlite"
        if not database.exists():
            return None
        with tempfile.TemporaryDirectory() as folder:
            copy = shutil.copy(database, folder)
            journal = self.path / "metadata.sqlite-journal"
            if journal.exists():
                shutil.copy(journal, folder)
            connection = sqlite3.connect(copy)
            try:
                tables = connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'checkpoint_log'")
                if tables.fetchone()[0] == 0:
                    return None
                row = connection.execute("SELECT entry FROM checkpoint_log ORDER BY position DESC LIMIT 1").fetchone()
            finally:
                connection.close()
        return row[0] if row else None

    def read(self, key):
        return (self.path / key).read_bytes()

    def objects(self):
        return {str(file.relative_to(self.path)) for folder in ("data", "manifests")
                for file in (self.path / folder).rglob("*") if file.is_file()}

    def unfinished(self):
        begun = [self.path / ".laminar-unfinished", *self.path.glob(".laminar-checkpoint*")]
        return [str(file.relative_to(self.path)) for place in begun for file in (place, *place.rglob("*")) if file.is_file()]


class StateInStore(State):
    """Below a prefix of an object store, where no lock tells of another process."""

    def __init__(self, reader, name, location):
        self.reader = reader
        self.prefix = f"{name}/"
        self.location = location

    def is_locked(self):
        return False

    def newest_entry(self):
        while True:
            entries = self.reader.list(f"{self.prefix}log/")
            if not entries:
                return None
            try:
                return self.reader.get(max(entries))
            except NoSuchObject:
                continue  # others have got on since

    def read(self, key):
        return self.reader.get(self.prefix + key)

    def objects(self):
        return {key.removeprefix(self.prefix) for folder in ("data", "manifests")
                for key in self.reader.list(f"{self.prefix}{folder}/")}

    def unfinished(self):
        return self.reader.list_uploads(self.prefix)


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
