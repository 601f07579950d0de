"""What the reader makes of a store's answers; that it signs as a store wants is seen with MinIO."""

import http.server
import sys
import threading
import unittest
import urllib.error
import urllib.parse

sys.dont_write_bytecode = True

from s3_reader import NoSuchObject, S3Reader  # noqa: E402

LISTING = ('<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>{truncated}</IsTruncated>{keys}'
           "<NextContinuationToken>a b+c</NextContinuationToken></ListBucketResult>")


class Store(http.server.BaseHTTPRequestHandler):
    """Lists two pages, has the object `there`, and refuses everything once."""

    busy = True
    headers_seen = None

    def do_GET(self):  # noqa: N802 the name that http.server wants
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        Store.headers_seen = self.headers
        if Store.busy:
            Store.busy = False
            self.answer(503, "")
        elif query.get("list-type") == "2":
            second = query.get("continuation-token") == "a b+c"
            keys = ["log/3"] if second else ["log/1", "log/2"]
            self.answer(200, LISTING.format(truncated="false" if second else "true",
                                            keys="".join(f"<Contents><Key>{key}</Key></Contents>" for key in keys)))
        elif url.path == "/bucket/there":
            self.answer(200, "bytes")
        else:
            self.answer(403 if "secret" in url.path else 404, "")

    def answer(self, code, text):
        self.send_response(code)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


class Reader(unittest.TestCase):
    def setUp(self):
        server = http.server.HTTPServer(("127.0.0.1", 0), Store)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        self.addCleanup(server.server_close)
        self.addCleanup(thread.join)
        self.addCleanup(server.shutdown)
        self.reader = S3Reader(f"http://127.0.0.1:{server.server_port}", "bucket", "user", "password")

    def test_lists_all_pages(self):
        self.assertEqual(self.reader.list("log/"), ["log/1", "log/2", "log/3"])

    def test_waits_for_a_store_that_is_busy(self):
        Store.busy = True
        self.assertEqual(self.reader.get("there"), b"bytes")
        self.assertIn("Credential=user/", Store.headers_seen["Authorization"])

    def test_tells_what_is_not_there_from_what_may_not_be_read(self):
        with self.assertRaises(NoSuchObject):
            self.reader.get("nowhere")
        with self.assertRaises(urllib.error.HTTPError):
            self.reader.get("secret")


if __name__ == "__main__":
    unittest.main()
