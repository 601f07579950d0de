"""Reads objects of a server that speaks S3, with nothing of the program under test.

Requests are signed by AWS Signature Version 4 (docs.aws.amazon.com, "Authenticating Requests"), with
the payload left unsigned, since a GET has none.
"""

import hashlib
import hmac
import time
import urllib.error
import urllib.parse
import urllib.request
import xml.etree.ElementTree

REGION = "us-east-1"
NAMES = "{http://s3.amazonaws.com/doc/2006-03-01/}"
SECONDS = 30


class NoSuchObject(Exception):
    pass


class S3Reader:
    def __init__(self, endpoint, bucket, user, password):
        self.endpoint = endpoint
        self.bucket = bucket
        self.user = user
        self.password = password

    def get(self, key):
        return self._request(f"/{self.bucket}/{urllib.parse.quote(key)}", {})

    def list(self, prefix):
        """Keys that begin so, in order."""
        keys = []
        query = {"list-type": "2", "prefix": prefix}
        while True:
            page = xml.etree.ElementTree.fromstring(self._request(f"/{self.bucket}", query))
            keys.extend(entry.findtext(f"{NAMES}Key") for entry in page.iter(f"{NAMES}Contents"))
            if page.findtext(f"{NAMES}IsTruncated") != "true":
                return keys
            query["continuation-token"] = page.findtext(f"{NAMES}NextContinuationToken")

    def list_uploads(self, prefix):
        """Keys of multipart uploads that nobody has finished."""
        page = xml.etree.ElementTree.fromstring(self._request(f"/{self.bucket}", {"prefix": prefix, "uploads": ""}))
        return [upload.findtext(f"{NAMES}Key") for upload in page.iter(f"{NAMES}Upload")]

    def _request(self, path, query):
        text = urllib.parse.urlencode(sorted(query.items()), quote_via=urllib.parse.quote)
        end = time.monotonic() + SECONDS
        while True:
            request = urllib.request.Request(f"{self.endpoint}{path}?{text}", headers=self._sign(path, text))
            try:
                with urllib.request.urlopen(request, timeout=SECONDS) as answer:
                    return answer.read()
            except urllib.error.HTTPError as error:
                if error.code == 404:
                    raise NoSuchObject(path) from error
                # 5xx: not now, as while it starts.
                if error.code < 500 or time.monotonic() > end:
                    raise
            time.sleep(0.1)

    def _sign(self, path, query):
        now = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        host = urllib.parse.urlsplit(self.endpoint).netloc
        headers = {"host": host, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", "x-amz-date": now}
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        canonical = f"GET\n{path}\n{query}\n{lines}\n{names}\nUNSIGNED-PAYLOAD"
        scope = f"{now[:8]}/{REGION}/s3/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{now}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = f"AWS4{self.password}".encode()
        for part in scope.split("/"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        signature = hmac.new(key, to_sign.encode(), hashlib.sha256).hexdigest()
        return headers | {"Authorization": f"AWS4-HMAC-SHA256 Credential={self.user}/{scope}, SignedHeaders={names}, "
                                           f"Signature={signature}"}
