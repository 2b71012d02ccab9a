"""Just enough of HTTP/2 to have many requests open on one connection: it sends GETs, and reads status and body."""
import socket
import struct

DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE = 0, 1, 3, 4, 6, 7, 8
END_STREAM, END_HEADERS, ACK = 1, 4, 1


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    """A header in no table, and not compressed (RFC 7541, 6.2.2), of at most 126 + 127 bytes."""
    def text(data):
        return bytes([len(data)]) + data if len(data) < 127 else bytes([127, len(data) - 127]) + data
    return b"\0" + text(name.encode()) + text(value.encode())


def status_of(block):
    """A response's first header (RFC 7541): of a table, or the number behind the name's index."""
    while block[0] & 0xE0 == 0x20:  # the table's size
        block = block[1:]
    return {0x88: 200, 0x89: 204, 0x8C: 400, 0x8D: 404, 0x8E: 500}.get(block[0]) or int(block[2:5])


class Client:
    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.stream = self.socket.makefile("rb")
        self.socket.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, 0, 0) +
                            frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 1 << 30)))
        self.asked = self.ended = 0
        self.answers = {}  # by stream: [status, body]

    def get(self, path):
        """Sends the request only."""
        self.send_head("GET", path, END_STREAM)

    def send_head(self, method, path, flags=0):
        """Without END_STREAM a body is to follow."""
        headers = b"".join(literal(*header) for header in (
            (":method", method), (":scheme", "http"), (":path", path), (":authority", "h")))
        self.socket.sendall(frame(HEADERS, END_HEADERS | flags, 2 * self.asked + 1, headers))
        self.asked += 1

    def read_all(self):
        """Until every stream has ended."""
        while self.ended < self.asked:
            head = self.stream.read(9)
            assert len(head) == 9, "the connection was closed"
            payload = self.stream.read(int.from_bytes(head[:3], "big"))
            kind, flags = head[3], head[4]
            assert kind != RST_STREAM and (kind != GOAWAY or payload[4:8] == bytes(4)), (kind, payload)
            if kind == PING and not flags & ACK:
                self.socket.sendall(frame(PING, ACK, 0, payload))
            stream = int.from_bytes(head[5:], "big")
            if kind == HEADERS:
                self.answers[stream] = [status_of(payload), b""]
            elif kind == DATA:
                self.answers[stream][1] += payload
            self.ended += kind in (DATA, HEADERS) and flags & END_STREAM

    def close(self):
        self.stream.close()
        self.socket.close()
