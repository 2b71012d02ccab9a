"""Clients that take their time over a body: what is theirs counts against no deadline, no wait and no latency."""
import contextlib
import json
import re
import select
import socket
import time

import http2_client
import pytest
import serving
from servers import free_port, wait_until

DEADLINE = 0.25
BODY = json.dumps({"pairs": [[serving.SKU, serving.NODE]] * 30}).encode()

pytestmark = pytest.mark.address


@pytest.fixture(scope="module")
def served(tmp_path_factory, kafka):
    shop = serving.Serving(tmp_path_factory.mktemp("slow"), kafka, "slow.", {"http.deadline": f"{DEADLINE * 1000:.0f}ms"})
    shop.http2_port, listen = free_port(), f"listen 127.0.0.1:{shop.nginx.port};"
    shop.nginx.changes.update({
        listen: f"{listen} listen 127.0.0.1:{shop.http2_port} http2;", "flush=1s": "flush=10ms",
        "client_header_timeout 10s": "client_header_timeout 2s", "client_body_timeout 10s": "client_body_timeout 2s"})
    try:
        yield shop.start()
    finally:
        shop.stop()


def answered_within(connection, seconds):
    return select.select([connection], [], [], seconds)[0] != []


def post_over(served, seconds, query=""):
    """Sends the body in pieces over so many seconds, or until it is answered. Returns the status and how long after the
    last piece that came."""
    head = f"POST /v1/availability{query} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {len(BODY)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.nginx.port), 30) as connection:
        connection.sendall(head.encode())
        began = whole = time.monotonic()
        sent = 0
        while sent < len(BODY) and not answered_within(connection, 0.02):
            whole = time.monotonic()
            end = int(min(1, (whole - began) / seconds) * len(BODY))
            connection.sendall(BODY[sent:end])
            sent = end
        with connection.makefile("rb") as answer:
            return int(answer.read().split()[1]), time.monotonic() - whole


@pytest.mark.parametrize("seconds", [0.3, 1, 5])
def test_body_that_is_sent_slowly_is_answered(served, seconds):
    """A machine that is busy may miss the deadline by itself: not every time."""
    wait_until(lambda: post_over(served, seconds)[0] == 200, 40, f"an answer to what was sent over {seconds} s")


def test_wait_begins_when_the_request_is_whole(served):
    nothing = f"?after={served.stockfold.topic('store')}:0:99999999&wait_ms=700"
    status, waited = post_over(served, 1, nothing)
    assert status == 412 and waited > 0.7 - 0.001  # nginx counts whole milliseconds


# --- who takes too long ------------------------------------------------------------------------------------------------

def timed_out(served, of):
    """The lines of the access log of requests that were not whole in time."""
    log = (served.nginx.folder / "access.log").read_text()
    return [line for line in log.splitlines() if of in line and " 408 " in line]


@pytest.mark.parametrize("framing", ["Content-Length: 9", "Transfer-Encoding: chunked"])
def test_body_that_stops_coming_is_a_problem(served, framing):
    with socket.create_connection(("127.0.0.1", served.nginx.port), 60) as connection:
        connection.sendall(f"POST /v1/availability?{framing[0]} HTTP/1.1\r\nHost: h\r\n{framing}\r\n\r\n".encode())
        head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ") and json.loads(body)["code"] == "request_timeout"
    for header in b"Connection: close", b"Access-Control-Allow-Origin: *", b"Content-Type: application/problem+json":
        assert header in head.split(b"\r\n")
    wait_until(lambda: timed_out(served, f"?{framing[0]} "), what="a line of it in the log")
    assert "route=postAvailability code=request_timeout" in timed_out(served, f"?{framing[0]} ")[0]
    counted = 'stockfold_http_problems_total{route="postAvailability",code="request_timeout"}'
    assert counted in served.get("/metrics").body.decode()


def test_body_that_stops_coming_in_a_stream_is_a_problem(served):
    client = http2_client.Client(served.http2_port)
    with contextlib.closing(client):
        client.send_head("POST", "/v1/availability")
        client.get("/v1/nodes")
        client.read_all()
    (refused, body), (answered, _) = client.answers[1], client.answers[3]
    assert (refused, json.loads(body)["code"], answered) == (408, "request_timeout", 200)


def test_head_that_stops_coming_is_logged(served):
    """nginx closes the connection, and there is nobody to answer yet."""
    with socket.create_connection(("127.0.0.1", served.nginx.port), 60) as connection:
        connection.sendall(b"GET /v1/nodes?slow HTTP/1.1\r\nHost:")
        with contextlib.suppress(ConnectionResetError):
            assert connection.recv(1) == b""
    wait_until(lambda: timed_out(served, "?slow "), what="a line of it in the log")
    assert "route=- code=request_timeout" in timed_out(served, "?slow ")[0]


def test_slow_sending_is_no_latency(served):
    def latency():
        metric = r'^stockfold_http_request_duration_seconds_sum\{route="postAvailability"\} (\S+)$'
        return float(re.search(metric, served.get("/metrics").body.decode(), re.MULTILINE)[1])
    before = latency()
    post_over(served, 2)
    assert latency() - before < 1.9


def test_what_is_still_being_sent_is_not_work(served):
    """It is not whole, so it neither counts as a request in flight nor turns others away."""
    with contextlib.ExitStack() as connections:
        for _ in range(3):
            connection = socket.create_connection(("127.0.0.1", served.nginx.port), 30)
            connections.enter_context(connection)
            connection.sendall(b"POST /v1/availability HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{")
        wait_until(lambda: served.get("/readyz?strict=true").status == 200, what="a view that is ready")
        figures = served.get("/metrics").body.decode()
        assert re.search(r"^stockfold_http_requests_in_flight 0$", figures, re.MULTILINE)
