"""Google Cloud Storage on loopback: as much of its JSON API as reading objects takes, in pages of two names."""

import http.server
import json
import threading
import urllib.parse

from server import HOST

PAGE = 2


class Gcs:
    """One bucket, `models`; runs until it is stopped. Put it into the environment as STORAGE_EMULATOR_HOST."""

    def __init__(self):
        self.objects = {}  # generation and content, by the name
        self.generations = 0
        self.server = http.server.ThreadingHTTPServer((HOST, 0), type("Answer", (Answer,), {"store": self}))
        self.address = f"{HOST}:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def put(self, name, content):
        self.generations += 1
        self.objects[name] = (str(self.generations), content)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Answer(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store = None

    def do_GET(self):
        path, _, query = self.path.partition("?")
        query = dict(urllib.parse.parse_qsl(query))
        root = "/storage/v1/b/models/o"
        if path == root:
            self.reply(200, json.dumps(self.listing(**query)).encode())
        elif path.startswith(root + "/"):
            generation, content = self.store.objects.get(urllib.parse.unquote(path[len(root) + 1 :]), ("", b""))
            found = generation and generation == query["generation"] and query["alt"] == "media"
            self.reply(200 if found else 404, content)
        else:
            self.reply(404, b"")

    def listing(self, prefix="", delimiter="", pageToken=""):
        """Objects and prefixes in one order; the token is the last name of the page before."""
        names = sorted(name for name in list(self.store.objects) if name.startswith(prefix))
        entries = {}
        for name in names:
            head, slash, _ = name[len(prefix) :].partition(delimiter) if delimiter else (name, "", "")
            entries[prefix + head + slash if slash else name] = bool(slash)
        later = [entry for entry in entries if entry > pageToken]
        page = later[:PAGE]
        answer = {"kind": "storage#objects", "prefixes": [entry for entry in page if entries[entry]]}
        answer["items"] = [self.item(entry) for entry in page if not entries[entry]]
        return answer | ({"nextPageToken": page[-1]} if len(later) > PAGE else {})

    def item(self, name):
        generation, content = self.store.objects[name]
        return {"name": name, "generation": generation, "size": str(len(content))}

    def reply(self, status, content):
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        """Says nothing."""
