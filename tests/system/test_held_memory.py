"""What clients can make a worker hold: bodies that do not end and answers that nobody reads. And for how long."""
import contextlib
import json
import pathlib
import re
import socket

import pytest
import serving
from servers import Nginx, wait_until

CLIENTS, MEGABYTE = 200, 1024 * 1024
PAIRS = json.dumps({"pairs": [[serving.SKU, serving.NODE]] * 9999}).encode()


@pytest.fixture
def served(tmp_path, kafka):
    shop = serving.Serving(tmp_path, kafka, "held.")
    shop.nginx = Nginx(tmp_path / "nginx", shop.stockfold, changes={"worker_shutdown_timeout 60s": "worker_shutdown_timeout 2s"})
    try:
        yield shop.start()
    finally:
        shop.stop()


def most_held(served):
    """Bytes of memory that the worker has had at most."""
    [worker] = served.nginx.workers()
    return 1024 * int(re.search(r"^VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{worker}/status").read_text(), re.MULTILINE)[1])


def open_connection(served, connections):
    connection = connections.enter_context(socket.create_connection(("127.0.0.1", served.nginx.port), 30))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return connection


def send_head(connection, length):
    connection.sendall(f"POST /v1/availability HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n".encode())


def test_bodies_that_do_not_end_are_bounded_in_bytes(served):
    refused = 0
    with contextlib.ExitStack() as connections:
        for _ in range(CLIENTS):
            connection = open_connection(served, connections)
            send_head(connection, 2 * MEGABYTE)
            try:
                connection.sendall(b" " * (2 * MEGABYTE - 1))
            except OSError:
                refused += 1  # the worker has answered and hears no more
        assert served.get("/healthz").status == 200
        refusal = served.ask("POST", "/v1/availability", b" " * (2 * MEGABYTE))
        assert (refusal.status, refusal.json["code"]) == (503, "too_busy")
        assert int(refusal.headers["Retry-After"]) >= 1
        assert served.get(f"/v1/items/{serving.SKU}").status == 200
    assert most_held(served) < 150 * MEGABYTE
    wait_until(lambda: served.ask("POST", "/v1/availability", PAIRS).status == 200, what="room for bodies again")


def test_answers_that_nobody_reads_are_bounded_in_bytes(served):
    with contextlib.ExitStack() as connections:
        for _ in range(CLIENTS):
            connection = open_connection(served, connections)
            send_head(connection, len(PAIRS))
            with contextlib.suppress(OSError):
                connection.sendall(PAIRS)
        assert served.get(f"/v1/items/{serving.SKU}").status == 200
        assert most_held(served) < 150 * MEGABYTE


def test_worker_that_is_replaced_ends_in_time(served):
    waits = f"GET /v1/nodes?after={served.stockfold.topic('store')}:0:99999999&wait_ms=30000 HTTP/1.1\r\nHost: h\r\n\r\n"
    with contextlib.ExitStack() as connections:
        connection = open_connection(served, connections)
        connection.sendall(waits.encode())
        wait_until(lambda: b"\nstockfold_http_requests_waiting 1\n" in served.get("/metrics").body, what="a waiter")
        before = served.nginx.reload()
        wait_until(lambda: not before & set(served.nginx.workers()), 25, "the end of the worker before")
