"""One HTTP connection that stays open: requests one by one, or many in a pipeline."""
import collections
import json
import socket


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()
        self.socket.close()

    def get(self, path):
        return next(self.get_all([path]))

    def get_all(self, paths, window=64):
        """The answers to GETs in the order of `paths`, with up to `window` of them under way."""
        waiting = collections.deque()
        for path in paths:
            waiting.append(path)
            if len(waiting) == window:
                yield from self.exchange(waiting)
        yield from self.exchange(waiting)

    def exchange(self, paths):
        self.socket.sendall(b"".join(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode() for path in paths))
        while paths:
            paths.popleft()
            yield self.read()

    def read(self):
        status = int(self.stream.readline().split(b" ", 2)[1])
        headers = {}
        while (line := self.stream.readline().strip()):
            name, value = line.decode("latin-1").split(":", 1)
            headers[name.lower()] = value.strip()
        return Answer(status, headers, self.stream.read(int(headers["content-length"])))
