"""Azure Blob Storage on loopback: Azurite, which `setup` has installed, and as much of a client as fills it."""

import base64
import hashlib
import hmac
import http.client
import pathlib
import subprocess
import time
import urllib.parse
from email.utils import formatdate

from ports import free_port
from server import HOST, START_SECONDS

PROGRAM = pathlib.Path(__file__).parent / ".azurite/node_modules/.bin/azurite-blob"
# Azurite's own, which its documentation prints.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


class Azurite:
    """Runs until it is stopped; `folder` is where it keeps its blobs."""

    def __init__(self, folder):
        self.port = free_port()
        self.endpoint = f"http://{HOST}:{self.port}/{ACCOUNT}"
        command = [PROGRAM, "--silent", "--disableTelemetry", "--skipApiVersionCheck", "--location", folder]
        self.process = subprocess.Popen(
            [*map(str, command), "--blobHost", HOST, "--blobPort", str(self.port)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            assert self.process.poll() is None and time.monotonic() < deadline, "Azurite does not start"
            time.sleep(0.05)

    def answers(self):
        try:
            return self.ask("GET", "?comp=list") == 200
        except OSError:
            return False

    def ask(self, method, path, body=b"", **headers):
        """The status of a request that is signed by the account's key."""
        uri = urllib.parse.urlsplit(f"/{ACCOUNT}{path}")
        fields = {f"x-ms-{name.replace('_', '-')}": value for name, value in headers.items()}
        fields |= {"x-ms-date": formatdate(usegmt=True), "x-ms-version": "2021-12-02"}
        named = "".join(f"{name}:{fields[name]}\n" for name in sorted(fields))
        query = "".join(f"\n{name}:{value}" for name, value in sorted(urllib.parse.parse_qsl(uri.query)))
        length = str(len(body)) if body else ""
        text = f"{method}\n\n\n{length}\n\n\n\n\n\n\n\n\n{named}/{ACCOUNT}{uri.path}{query}"
        signature = hmac.new(base64.b64decode(KEY), text.encode(), hashlib.sha256).digest()
        fields["Authorization"] = f"SharedKey {ACCOUNT}:{base64.b64encode(signature).decode()}"
        connection = http.client.HTTPConnection(HOST, self.port, timeout=30)
        try:
            connection.request(method, uri.geturl(), body, fields)
            answer = connection.getresponse()
            answer.read()
            return answer.status
        finally:
            connection.close()

    def create(self, container):
        assert self.ask("PUT", f"/{container}?restype=container") == 201

    def put(self, container, name, content):
        assert self.ask("PUT", f"/{container}/{urllib.parse.quote(name)}", content, blob_type="BlockBlob") == 201

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)
