"""Requests that wait for a message: parked, they are no work. They cost Redis next to nothing however many they are, take
nobody's place, have a bound of their own, and go on when their message is folded, or when their time is over."""
import collections
import contextlib
import json
import pathlib
import re
import signal
import socket
import statistics
import threading
import time

import http_client
import http2_client
import pytest
import servers
import serving
from servers import free_port, rounds, wait_until

pytestmark = pytest.mark.address
LOOKUP = f"/v1/availability?sku={serving.SKU}&node={serving.NODE}"
WAITERS, STREAMS = rounds(300, 4200), rounds(100, 1000)  # streams of HTTP/2 among them
STREAMS_EACH = 100


@contextlib.contextmanager
def serving_with(folder, kafka, settings):
    """nginx speaks HTTP/2 on a port of its own."""
    served = serving.Serving(folder, kafka, f"{folder.name}.", settings)
    nginx, served.http2_port = served.nginx, free_port()
    nginx.changes[f"listen 127.0.0.1:{nginx.port};"] = \
        f"listen 127.0.0.1:{nginx.port} backlog=8192; listen 127.0.0.1:{served.http2_port} http2;"
    nginx.changes["worker_connections 4096"] = "worker_connections 16384"
    nginx.changes["worker_rlimit_nofile 8192"] = "worker_rlimit_nofile 20000"
    try:
        yield served.start()
    finally:
        served.stop()


@pytest.fixture(scope="module")
def served(tmp_path_factory, kafka):
    with serving_with(tmp_path_factory.mktemp("waiting"), kafka, {"http.requests_max": 100}) as served:
        yield served


@pytest.fixture
def bounded(tmp_path, kafka):
    settings = {"http.requests_max": 10, "http.waiting_max": 12, "http.waiting_max_of_client": 5}
    with serving_with(tmp_path, kafka, settings) as served:
        yield served


def metric(served, name):
    return float(re.search(rf"^{name} (\S+)$", served.get("/metrics").body.decode(), re.MULTILINE)[1])


def waiting(served):
    return metric(served, "stockfold_http_requests_waiting")


def nothing(served, partition=0, more=0):
    """A message that does not come."""
    return f"{served.stockfold.topic('store')}:{partition}:{99999999 + more}"


def next_message(served):
    """What the next message of the sku's partition is going to be called."""
    partition, = {message.partition() for message in served.stockfold.kafka.read(served.stockfold.topic("store"))
                  if message.key() == serving.SKU.encode() and b'"received"' in (message.value() or b"")}
    offset = served.stockfold.kafka.ends(served.stockfold.topic("store"))[partition]
    return f"{served.stockfold.topic('store')}:{partition}:{offset}"


def write_it(served, identity):
    served.stockfold.publish(serving.event(identity, "received", serving.SKU, serving.NODE, qty=1))


def whole_status(answer):
    """Of what came until the connection was closed, which is one whole answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"\r\nContent-Length: (\d+)", head)
    assert len(body) == int(length[1]) if length else body.endswith(b"\r\n0\r\n\r\n"), answer[:1000]
    return int(head.split(b" ", 2)[1])


class Waiters:
    """Many that wait, half of them with a route that waits for every shard; some of them streams of HTTP/2."""

    def __init__(self, served, number, streams, after, wait_ms=30000):
        self.served, self.after, self.wait_ms, self.connections, self.clients = served, after, wait_ms, [], []
        before = waiting(served)
        for at in range(number):
            if at < number - streams:
                self.ask(at)
            else:
                self.ask_in_stream(at)
            if at % 50 == 49 or at == number - 1:  # until they wait, they are work
                wait_until(lambda n=before + at + 1: waiting(served) == n, what="those that asked to wait")

    def path(self, at):
        path = "/v1/nodes?" if at % 2 else LOOKUP + "&"
        return f"{path}after={self.after}&wait_ms={self.wait_ms}"

    def ask_in_stream(self, at):
        if not self.clients or self.clients[-1].asked == STREAMS_EACH:
            self.clients.append(http2_client.Client(self.served.http2_port))
        self.clients[-1].get(self.path(at))

    def ask(self, at):
        connection = socket.create_connection(("127.0.0.1", self.served.nginx.port), 60)
        connection.sendall(f"GET {self.path(at)} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
        self.connections.append(connection)

    def statuses(self):
        """Of their answers, which are whole."""
        statuses = set()
        for client in self.clients:
            client.read_all()
            for status, body in client.answers.values():
                assert json.loads(body)["as_of" if status == 200 else "code"]
                statuses.add(status)
        for connection in self.connections:
            with connection.makefile("rb") as answer:
                statuses.add(whole_status(answer.read()))
        return statuses

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for connection in self.connections + self.clients:
            connection.close()


class Load:
    """A client that asks all the time, each time on a new connection."""

    def __init__(self, served):
        self.served, self.statuses, self.over = served, collections.Counter(), False
        self.thread = threading.Thread(target=self.run)

    def run(self):
        while not self.over:
            try:
                with socket.create_connection(("127.0.0.1", self.served.nginx.port), 60) as connection:
                    connection.sendall(f"GET {LOOKUP} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n".encode())
                    self.statuses[whole_status(connection.makefile("rb").read())] += 1
            except Exception as why:  # the test wants to see any
                self.statuses[repr(why)] += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.thread.join()


# --- what they cost --------------------------------------------------------------------------------------------------

def commands(served):
    stats = served.redis.client().info("commandstats")
    calls = {name: stats.get(f"cmdstat_{name}", {}).get("calls", 0) for name in ("hmget", "fcall", "fcall_ro")}
    return served.redis.client().info("stats")["total_commands_processed"], \
        calls["hmget"] - calls["fcall"] - calls["fcall_ro"]


def commands_per_second(served, seconds=3):
    """All; and of those that a fold takes for somebody who looks stock up (store/readers.h)."""
    before, began = commands(served), time.monotonic()
    time.sleep(seconds)  # what is measured
    return [(after - start) / (time.monotonic() - began) for start, after in zip(before, commands(served))]


def p99_ms(served, lookups=2000):
    took = []
    with http_client.Client(served.nginx.port) as client:
        for _ in range(lookups):
            began = time.perf_counter()
            assert client.get(LOOKUP).status == 200
            took.append(time.perf_counter() - began)
    return sorted(took)[lookups * 99 // 100] * 1000


def test_many_that_wait_cost_nobody_anything(served):
    """More of them than requests may be answered at once."""
    slower, more = [], []
    for _ in range(3):
        idle, _ = commands_per_second(served)
        alone_ms = p99_ms(served)
        with Waiters(served, WAITERS, STREAMS, nothing(served)) as waiters:
            beside_ms = p99_ms(served)
            busy, lookups = commands_per_second(served)
            assert served.get("/readyz").status == served.get("/healthz").status == 200
            assert metric(served, "stockfold_http_requests_in_flight") == metric(served, "stockfold_redis_queue_depth") == 0
            assert waiting(served) == WAITERS and not waiters.clients[0].ended
        wait_until(lambda: waiting(served) == 0, what="their leaving")
        print(f"{WAITERS} wait ({STREAMS} of HTTP/2): p99 {alone_ms:.2f} -> {beside_ms:.2f} ms, "
              f"Redis {idle:.0f} -> {busy:.0f} commands/s, of them {lookups:.0f} as lookups have")
        assert lookups < 500
        slower.append(beside_ms / alone_ms)
        more.append(busy / idle)
    assert statistics.median(more) <= 2, more
    assert statistics.median(slower) <= rounds(4, 2), slower  # in the suite others want the machine too


def test_all_go_on_when_their_message_is_folded(served):
    message = next_message(served)
    with Waiters(served, WAITERS, STREAMS, message) as waiters, Load(served) as load:
        wait_until(lambda: load.statuses[200] > 10, what="load")
        write_it(served, "awaited")
        assert waiters.statuses() == {200}
    assert set(load.statuses) == {200}, load.statuses  # nobody is turned away for those that are let go at once
    assert metric(served, "stockfold_http_requests_in_flight") == 0


def test_all_end_when_their_time_is_over(served):
    with Waiters(served, WAITERS, STREAMS, nothing(served), wait_ms=rounds(3000, 20000)) as waiters:
        assert waiters.statuses() == {412}
    assert waiting(served) == 0


def test_who_asks_last_goes_on_first_when_its_message_is(served):
    """Those that wait for what does not come hold up nobody who waits for what does."""
    with Waiters(served, 40, 0, nothing(served)):
        for number in range(3):
            message = next_message(served)
            with Waiters(served, 2, 0, message, wait_ms=20000) as waiters:
                write_it(served, f"first-{number}")
                assert waiters.statuses() == {200}


# --- how many ---------------------------------------------------------------------------------------------------------

def wait_from(stack, served, address):
    connection = socket.create_connection(("127.0.0.1", served.nginx.port), 30, (address, 0))
    stack.enter_context(connection)
    connection.sendall(f"GET {LOOKUP}&after={nothing(served)}&wait_ms=30000 HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    return connection


def refusal(connection):
    return http_client.Client.read(type("", (), {"stream": connection.makefile("rb")}))


def test_there_is_a_bound_for_a_client_and_one_for_all(bounded):
    with contextlib.ExitStack() as stack:
        for address in ("127.0.0.1", "127.0.0.2"):
            before = waiting(bounded)
            for _ in range(5):
                wait_from(stack, bounded, address)
            wait_until(lambda: waiting(bounded) == before + 5, what="five of a client")
            answer = refusal(wait_from(stack, bounded, address))
            assert (answer.status, answer.json["code"], answer.headers["retry-after"]) == (503, "too_busy", "1")
        for at in range(2):
            wait_from(stack, bounded, f"127.0.0.{3 + at}")
        wait_until(lambda: waiting(bounded) == 12, what="all that may wait")
        assert refusal(wait_from(stack, bounded, "127.0.0.9")).json["code"] == "too_busy"
        assert metric(bounded, "stockfold_http_waits_refused_total") == 3
        assert bounded.get(LOOKUP).status == 200  # though requests_max is less than wait
    wait_until(lambda: waiting(bounded) == 0, what="their leaving")
    with contextlib.ExitStack() as stack:
        for _ in range(5):
            wait_from(stack, bounded, "127.0.0.1")
        wait_until(lambda: waiting(bounded) == 5, what="the same client once more")


def slow_reader(stack, served, address="127.0.0.1", query=""):
    """It has asked for much, and reads nothing yet."""
    body = json.dumps({"pairs": [[serving.SKU, serving.NODE]] * 10000}).encode()
    connection = stack.enter_context(socket.socket())
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.bind((address, 0))
    connection.connect(("127.0.0.1", served.nginx.port))
    head = f"POST /v1/availability{query} HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
    connection.sendall(head.encode() + body)
    return connection


def begins_well(connection):
    assert connection.recv(12) == b"HTTP/1.1 200"


def test_who_goes_on_after_a_wait_is_work_again(bounded):
    message = next_message(bounded)
    with contextlib.ExitStack() as stack:
        readers = [slow_reader(stack, bounded, f"127.0.0.{1 + at // 5}", f"?after={message}&wait_ms=30000")
                   for at in range(10)]
        wait_until(lambda: waiting(bounded) == 10, what="ten that wait")
        assert bounded.get(LOOKUP).status == 200
        write_it(bounded, "awaited")
        for reader in readers:
            begins_well(reader)
        refused = bounded.get(LOOKUP)  # as many as requests_max are being answered
        assert (refused.status, refused.json["code"]) == (503, "too_busy")
    wait_until(lambda: bounded.get(LOOKUP).status == 200, what="their leaving")


# --- what can be waited for ------------------------------------------------------------------------------------------

def test_what_is_no_input_of_the_view_is_a_wrong_parameter(served):
    topics = [f"{served.stockfold.topic('store')}:99", f"{served.stockfold.topic('nodes')}:99", "nothing:0",
              f"{served.stockfold.topic('refused')}:0"]
    for topic in topics:
        for path in LOOKUP, "/v1/nodes?limit=9", f"/v1/nodes/{serving.NODE}?":
            answer = served.get(f"{path}&after={topic}:0&wait_ms=20000")
            assert (answer.status, answer.json["code"], answer.json["parameter"]) == (400, "wrong_parameter", "after")
            assert topic in answer.json["detail"]


# --- what happens meanwhile ------------------------------------------------------------------------------------------

def test_waiting_is_no_latency_and_gauges_of_idle_are_zero(served):
    def latency():
        name = r'stockfold_http_request_duration_seconds_sum\{route="getAvailability"\}'
        return metric(served, name)
    latency_before, waits, waited = latency(), metric(served, "stockfold_http_waits_total"), metric(
        served, "stockfold_http_wait_seconds_total")
    assert served.get(f"{LOOKUP}&after={nothing(served)}&wait_ms=1500").status == 412
    assert latency() - latency_before < 1.4
    assert metric(served, "stockfold_http_waits_total") == waits + 1
    assert metric(served, "stockfold_http_wait_seconds_total") - waited > 1.4
    for gauge in "http_requests_in_flight", "http_requests_waiting", "redis_queue_depth":
        assert metric(served, f"stockfold_{gauge}") == 0, gauge


def rest_of(connection):
    """And the client closes its side too, for which nginx waits a while."""
    with connection, connection.makefile("rb") as answer:
        return answer.read()


def test_a_worker_that_a_reload_replaces_answers_who_waits_and_ends(served, yardstick):
    """Nothing that it works at is cut."""
    with Load(served) as load, contextlib.ExitStack() as stack:
        reader = slow_reader(stack, served)
        begins_well(reader)
        with Waiters(served, 500, 200, nothing(served)) as waiters:
            wait_until(lambda: load.statuses[200] > 10, what="load")
            began = time.monotonic()
            before = served.nginx.reload()
            assert waiters.statuses() == {412}
            print(f"500 that wait are answered {time.monotonic() - began:.2f} s after a reload")
            yardstick.must_be_within(2, began)
        assert before & set(served.nginx.workers())  # somebody still reads
        assert rest_of(reader).endswith(b"\r\n0\r\n\r\n")
        ended = time.monotonic()
        wait_until(lambda: not before & set(served.nginx.workers()), what="the end of the worker before")
        print(f"and the worker has gone {time.monotonic() - ended:.2f} s after its last answer")
        yardstick.must_be_within(1, ended)
    assert set(load.statuses) == {200}, load.statuses


def test_who_waits_is_told_by_a_worker_that_ends_when_to_ask_again(bounded):
    with contextlib.ExitStack() as stack:
        before = waiting(bounded)
        connection = wait_from(stack, bounded, "127.0.0.1")
        wait_until(lambda: waiting(bounded) == before + 1, what="one that waits")
        bounded.nginx.signal(signal.SIGQUIT)
        answer = refusal(connection)
        assert (answer.status, answer.json["code"], answer.headers["retry-after"]) == (412, "not_folded", "1")
        assert answer.headers["connection"] == "close"
    assert bounded.nginx.process.wait(60) == 0


def test_what_is_asked_of_a_worker_that_ends_does_not_wait(bounded):
    """One that came before its end, and is whole after."""
    with contextlib.ExitStack() as stack:
        reader = slow_reader(stack, bounded)  # it keeps the worker alive
        begins_well(reader)
        late = stack.enter_context(socket.create_connection(("127.0.0.1", bounded.nginx.port), 60))
        late.sendall(b"GET ")
        assert bounded.get("/healthz").status == 200  # by the same worker, which so has accepted the others
        before = bounded.nginx.reload()
        worker, = before
        wait_until(lambda: b"shutting down" in pathlib.Path(f"/proc/{worker}/cmdline").read_bytes(), what="its end")
        late.sendall(f"{LOOKUP}&after={nothing(bounded)}&wait_ms=30000 HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        answer = refusal(late)
        assert (answer.status, answer.headers["retry-after"]) == (412, "1")
        assert rest_of(reader).endswith(b"\r\n0\r\n\r\n")
    wait_until(lambda: not before & set(bounded.nginx.workers()), what="the end of the worker before")


def test_who_waits_is_told_when_the_view_goes(bounded):
    with Waiters(bounded, 4, 0, nothing(bounded)) as waiters:
        bounded.redis.kill()
        assert waiters.statuses() == {503}
    assert bounded.get("/healthz").status == 200
