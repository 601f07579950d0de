"""The output of a sink as its readers see it, and as the newest complete epoch defines it.

  visible   what is published: files without a dot, or the one file
  durable   the same with what the newest complete epoch has yet to publish, and with the files that it
            goes on writing, as long as it says that they are
"""

import csv
import gzip
import io
import json
import os
import pathlib
import subprocess
import tempfile
import zlib


class Damaged(Exception):
    """Output that is not what its format says, or is not there."""


def whole_members(data):
    """What the complete gzip members of the bytes hold."""
    whole = b""
    while data:
        member = zlib.decompressobj(wbits=31)
        piece = member.decompress(data)
        if not member.eof:
            break
        whole += piece
        data = member.unused_data
    return whole


class Sink:
    def __init__(self, name, columns, path, format_name="json", compression=None):
        self.name = name
        self.columns = columns
        self.path = str(path)
        self.format = format_name
        self.compression = compression

    def decode(self, data):
        """Rows of a file's bytes, as tuples in the order of the columns."""
        if self.compression == "gzip":
            try:
                data = gzip.decompress(data)
            except (OSError, EOFError) as error:
                raise Damaged(f"{self.path}: {error}") from error
        return self.decode_plain(data)

    def decode_plain(self, data):
        try:
            text = data.decode()
            if text and not text.endswith("\n"):
                raise Damaged(f"{self.path}: the last line is not whole: {text[-80:]}")
            if self.format == "json":
                return [tuple(row[name] for name in self.columns) for row in map(json.loads, text.splitlines())]
            rows = csv.reader(io.StringIO(text))
            header = next(rows, None)
            if header is not None and tuple(header) != tuple(self.columns):
                raise Damaged(f"{self.path}: no header: {header}")
            return [tuple(map(json.loads, row)) for row in rows]
        except (ValueError, KeyError) as error:
            raise Damaged(f"{self.path}: {error}") from error

    def decode_parquet(self, paths, laminar):
        """Parquet files, all at once, read by the program itself in a process of its own."""
        if not paths:
            return []
        with tempfile.TemporaryDirectory(dir=pathlib.Path(self.path).parent) as folder:
            for number, path in enumerate(paths):
                os.link(path, f"{folder}/{number}.parquet")
            columns = ", ".join(self.columns)
            query = f"SELECT {columns} FROM filesystem('{folder}', format => 'parquet')"
            result = subprocess.run([laminar, "run", "-q", "-o", "jsonl", "-e", query], capture_output=True,
                                    timeout=120, check=False)
        if result.returncode != 0:
            raise Damaged(f"{self.path}: {result.stderr.decode()}")
        return [tuple(row[name] for name in self.columns) for row in map(json.loads, result.stdout.splitlines())]


class FolderSink(Sink):
    """A sink of connector filesystem."""

    def _published(self):
        return sorted(str(file) for file in pathlib.Path(self.path).rglob("*")
                      if file.is_file() and not file.name.startswith("."))

    def hidden(self):
        return sorted(str(file) for file in pathlib.Path(self.path).rglob(".*") if file.is_file())

    def _rows_of(self, pieces, laminar):
        if self.format == "parquet":
            return self.decode_parquet([path for path, _ in pieces], laminar)
        rows = []
        for path, size in pieces:
            with open(path, "rb") as file:
                data = file.read() if size is None else file.read(size)
            if size is not None and len(data) != size:
                raise Damaged(f"{path} has {len(data)} bytes and should have {size}")
            rows.extend(self.decode(data))
        return rows

    def visible(self, laminar):
        return self._rows_of([(path, None) for path in self._published()], laminar)

    def _commits(self, manifest):
        for sink in manifest["sinks"]:
            for text in sink["commits"]:
                commit = json.loads(text)
                if "marker" in commit and commit["marker"].startswith(self.path + "/"):
                    yield commit

    def _open_parts(self, manifest):
        for sink in manifest["sinks"]:
            for part in json.loads(sink["state"]).get("parts", []) if sink["state"] else []:
                if part["root"] == self.path:
                    yield part

    def durable(self, newest, uncommitted, laminar):
        published = self._published()
        pieces = [(path, None) for path in published]
        there = set(published)
        for manifest in uncommitted:
            for commit in self._commits(manifest):
                for file in commit["files"]:
                    if file["final"] in there:
                        continue
                    if not os.path.exists(file["path"]):
                        raise Damaged(f"a complete epoch publishes a file that is not there: {file['path']}")
                    pieces.append((file["path"], file["bytes"] if self.format != "parquet" else None))
                    there.add(file["final"])
        for part in self._open_parts(newest) if newest else []:
            if not os.path.exists(part["path"]):
                raise Damaged(f"the newest epoch goes on writing a file that is not there: {part['path']}")
            pieces.append((part["path"], part["bytes"]))
        return self._rows_of(pieces, laminar)

    def leftovers(self, retained):
        """Hidden files that no retained checkpoint knows."""
        known = set()
        for manifest in retained:
            for commit in self._commits(manifest):
                known.add(commit["marker"])
                known.update(file["path"] for file in commit["files"])
            known.update(part["path"] for part in self._open_parts(manifest))
        return [path for path in self.hidden() if path not in known]


class FileSink(Sink):
    """A sink of connector single_file."""

    def _commits(self, manifest):
        for sink in manifest["sinks"]:
            for text in sink["commits"]:
                commit = json.loads(text)
                if commit.get("path") == self.path and "log" in commit:
                    yield commit

    def _bytes(self):
        path = pathlib.Path(self.path)
        return path.read_bytes() if path.exists() else b""

    def visible(self, laminar):
        """Whole rows: what is being appended when the process dies is finished by the next one."""
        data = self._bytes()
        if self.compression == "gzip":
            data = whole_members(data)
        return self.decode_plain(data[:data.rfind(b"\n") + 1])

    def durable(self, newest, uncommitted, laminar):
        data = self._bytes()
        for manifest in uncommitted:
            for commit in self._commits(manifest):
                data = self._published(data, commit)
        size = sum(state["bytes"] for state in self._states(newest)) if newest else 0
        if len(data) != size:
            raise Damaged(f"{self.path} has {len(data)} bytes and should have {size}")
        return self.decode(data)

    def _published(self, data, commit):
        log = pathlib.Path(self.path).parent / commit["log"]
        end = commit["offset"] + commit["bytes"]
        if not log.exists():
            if len(data) >= end:
                return data
            raise Damaged(f"a complete epoch publishes a log that is not there: {log}")
        if commit["first"]:
            return log.read_bytes()
        if len(data) < commit["offset"]:
            raise Damaged(f"{self.path} has {len(data)} bytes, of which {commit['offset']} were published")
        if not log.read_bytes().startswith(data[commit["offset"]:end]):
            raise Damaged(f"{self.path} has other bytes behind {commit['offset']} than its log")
        return data[:commit["offset"]] + log.read_bytes()

    def _states(self, manifest):
        for sink in manifest["sinks"]:
            state = json.loads(sink["state"]) if sink["state"] else {}
            if state.get("path") == self.path:
                yield state

    def leftovers(self, retained):
        path = pathlib.Path(self.path)
        known = {commit["log"] for manifest in retained for commit in self._commits(manifest)}
        return [str(file) for file in path.parent.glob(f".{path.name}.*") if file.name not in known]
