"""What clients can make a worker hold: bodies that do not end and answers that nobody reads. And for how long."""
import contextlib
import http.client
import json
import pathlib
import re
import socket
import subprocess

import pytest
import serving
from servers import Nginx, wait_until

CLIENTS, MEGABYTE = 200, 1024 * 1024
PAIRS = json.dumps({"pairs": [[serving.SKU, serving.NODE]] * 9999}).encode()
LONGEST = json.dumps({"pairs": [["s" * 64, "n" * 64]] * 10_000}).encode()


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


def open_connection(served, connections, address=None):
    connection = connections.enter_context(socket.create_connection(("127.0.0.1", served.nginx.port), 30, address))
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return connection


def send_head(connection, length):
    connection.sendall(f"POST /v1/availability HTTP/1.1\r\nHost: h\r\nContent-Length: {length}\r\n\r\n".encode())


def send_all_but_the_end(served, connections, body, clients, address=None):
    for _ in range(clients):
        connection = open_connection(served, connections, address)
        send_head(connection, len(body))
        with contextlib.suppress(OSError):  # the worker may have answered, and hear no more
            connection.sendall(body[:-1])


def fill(served, connections):
    """The refusal of a body for which there was no room: one that found room may have taken it from one before it, so
    another that does not end takes its place."""
    def refusal():
        answer = served.ask("POST", "/v1/availability", LONGEST)
        if answer.status == 503:
            return answer
        send_all_but_the_end(served, connections, LONGEST, 1)
        return None
    return wait_until(refusal, what="no room for another")


def test_bodies_that_do_not_end_are_bounded_in_bytes(served):
    with contextlib.ExitStack() as connections:
        send_all_but_the_end(served, connections, LONGEST, CLIENTS)
        assert served.get("/healthz").status == 200
        refusal = fill(served, connections)
        assert refusal.json["code"] == "too_busy"
        assert int(refusal.headers["Retry-After"]) >= 1
        assert served.get(f"/v1/items/{serving.SKU}").status == 200
    assert most_held(served) < 150 * MEGABYTE
    wait_until(lambda: served.ask("POST", "/v1/availability", PAIRS).status == 200, what="room for bodies again")


def ask_from(served, address):
    """(status, code of the problem) of a small body."""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", served.nginx.port, 60, (address, 0))) as connection:
        connection.request("POST", "/v1/availability", json.dumps({"pairs": [[serving.SKU, serving.NODE]]}))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read()).get("code")


def held_for_bodies(served):
    return int(re.search(rb"^stockfold_http_bodies_held_bytes (\d+)$", served.get("/metrics").body, re.MULTILINE)[1])


def test_one_client_holds_a_quarter_of_what_all_may(served):
    """Addresses of this machine that config/nginx.conf does not know for such."""
    with contextlib.ExitStack() as connections:
        send_all_but_the_end(served, connections, LONGEST, 24, ("127.0.0.2", 0))
        small = 0
        while ask_from(served, "127.0.0.2")[0] == 200:
            small += 1
            assert small < 600
            send_head(open_connection(served, connections, ("127.0.0.2", 0)), 10_000)
        assert ask_from(served, "127.0.0.2") == (503, "too_busy")
        for other in "127.0.0.3", "127.0.0.1":
            assert ask_from(served, other) == (200, None)
        assert served.ask("POST", "/v1/availability", LONGEST).status == 200
        wait_until(lambda: 7 * MEGABYTE < held_for_bodies(served) < 9 * MEGABYTE, what="a gauge of a quarter")
    wait_until(lambda: ask_from(served, "127.0.0.2") == (200, None), what="room again")
    wait_until(lambda: held_for_bodies(served) == 0, what="a gauge of nothing")


def test_bytes_that_say_nothing_are_not_held(served):
    with contextlib.ExitStack() as connections:
        send_all_but_the_end(served, connections, b" " * (2 * MEGABYTE), CLIENTS)
        assert served.ask("POST", "/v1/availability", LONGEST).status == 200
    assert most_held(served) < 100 * MEGABYTE


def test_bound_is_a_directive(served):
    served.nginx.changes["http {"] = "http {\n    stockfold_bodies 4m;"
    served.nginx.configure()
    before = served.nginx.reload()
    wait_until(lambda: not before & set(served.nginx.workers()), 25, "the end of the worker before")
    with contextlib.ExitStack() as connections:
        fill(served, connections)
    wait_until(lambda: served.ask("POST", "/v1/availability", LONGEST).status == 200, what="room again")
    served.nginx.changes["http {"] = "http {\n    stockfold_bodies 3m;"
    served.nginx.configure()
    done = subprocess.run(["nginx", "-t", "-p", served.nginx.folder, "-c", "nginx.conf"], env=served.nginx.environment(),
                          capture_output=True, text=True)
    assert done.returncode != 0 and '"stockfold_bodies" directive expects 4m or more' in done.stderr


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
