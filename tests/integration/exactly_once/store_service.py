"""A MinIO of our own, on a port and a folder that it keeps, so that it can be paused, killed and started again.

tools/services knows how it is fetched and started; it is a module here.
"""

import contextlib
import importlib.machinery
import importlib.util
import os
import pathlib
import signal
import subprocess
import time

from s3_reader import S3Reader

SERVICES = pathlib.Path(__file__).resolve().parents[3] / "tools" / "services"
START_SECONDS = 60


def load_services():
    loader = importlib.machinery.SourceFileLoader("services", str(SERVICES))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("services", loader))
    loader.exec_module(module)
    return module


class Minio:
    """Its data lies below `folder`. close() ends it and leaves the data."""

    def __init__(self, folder):
        self._services = load_services()
        self._service = self._services.SERVICES["minio"]
        self._service.fetch()
        self._folder = pathlib.Path(folder)
        self._data = self._folder / "data"
        self._data.mkdir(parents=True)
        self._service.prepare(self._data)
        self._port = self._services.free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process = None
        self.start()

    @property
    def environment(self):
        """How `laminar` finds it."""
        return {"AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": self._services.MINIO_USER,
                "AWS_SECRET_ACCESS_KEY": self._services.MINIO_PASSWORD}

    def location(self, name):
        """The URL of a state directory."""
        return f"s3://{self._services.BUCKET}/{name}"

    def reader(self):
        return S3Reader(self.url, self._services.BUCKET, self._services.MINIO_USER, self._services.MINIO_PASSWORD)

    def start(self):
        with open(self._folder / "log", "ab") as log:
            self._process = subprocess.Popen(self._service.command(self._port, self._data), stdout=log, stderr=log,
                                             stdin=subprocess.DEVNULL, env={**os.environ, **self._service.environment()})
        end = time.monotonic() + START_SECONDS
        while not self._service.is_ready(self.url):
            if self._process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"minio does not start, see {self._folder / 'log'}")
            time.sleep(0.02)

    def close(self):
        self._process.kill()
        self._process.wait()

    @contextlib.contextmanager
    def paused(self):
        """It takes connections and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    @contextlib.contextmanager
    def away(self):
        """It was killed in the middle of what it did; nobody listens."""
        self.close()
        try:
            yield
        finally:
            self.start()
