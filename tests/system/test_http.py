"""nginx with the module: what it makes of requests, and that neither Redis nor clients nor reloads can bring it out of
step. What the answers say is tested elsewhere."""
import concurrent.futures
import contextlib
import http.client
import itertools
import json
import os
import pathlib
import re
import signal
import socket
import statistics
import subprocess
import threading
import time

import pytest
import servers
import serving
from servers import wait_until

DEADLINE = 0.25

pytestmark = pytest.mark.address
LOOKUP = f"/v1/availability?sku={serving.SKU}&node={serving.NODE}"


@pytest.fixture(scope="module")
def kept(tmp_path_factory, kafka):
    """For tests that leave it as they found it."""
    served = serving.Serving(tmp_path_factory.mktemp("http"), kafka, "http.")
    try:
        yield served.start()
    finally:
        served.stop()


@pytest.fixture
def served(tmp_path, kafka):
    """With a Redis that is given up after one second of silence."""
    served = serving.Serving(tmp_path, kafka, f"{tmp_path.name}.", {"redis.timeout": "1s", "http.deadline": f"{DEADLINE * 1000:.0f}ms"})
    try:
        yield served.start()
    finally:
        served.stop()


def exchange(served, head, body=b""):
    """Sends bytes, returns all that comes until nginx closes."""
    with socket.create_connection(("127.0.0.1", served.nginx.port), 10) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body)
        with connection.makefile("rb") as answer:
            return answer.read()


def metric(served, name):
    return int(re.search(rf"^{name} (\d+)$", served.get("/metrics").body.decode(), re.MULTILINE)[1])


def is_problem(answer, status, code):
    return (answer.status, answer.json["code"], answer.headers["Content-Type"]) == (
        status, code, "application/problem+json")


# --- requests and answers --------------------------------------------------------------------------------------------

def test_answer_has_an_etag_and_is_not_sent_again_to_who_has_it(kept):
    first = kept.get(LOOKUP)
    assert first.headers["Cache-Control"] == "public, max-age=5"
    assert first.headers["Vary"] == "Origin, Authorization"
    again = kept.get(LOOKUP, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert again.headers["Content-Length"] is None
    for answer in (first, again):
        assert answer.headers["Stockfold-As-Of"].endswith("Z") and answer.headers["Stockfold-Complete-At"].endswith("Z")
        exposed = answer.headers["Access-Control-Expose-Headers"].split(", ")
        assert exposed == ["ETag", "Retry-After", "Location", "Stockfold-As-Of", "Stockfold-Complete-At", "X-Request-ID"]
    assert kept.get(LOOKUP, Authorization="Bearer key").headers["Cache-Control"] == "private"
    assert kept.get(LOOKUP, **{"If-None-Match": '"another"'}).status == 200


def test_long_answer_is_compressed_with_a_weak_etag(kept):
    plain = kept.get("/v1/nodes")
    packed = kept.get("/v1/nodes", **{"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.headers["ETag"] == "W/" + plain.headers["ETag"]
    unchanged = kept.get("/v1/nodes", **{"If-None-Match": packed.headers["ETag"]})
    assert unchanged.status == 304
    assert unchanged.headers.get_all("Vary") == packed.headers.get_all("Vary") == [
        "Accept-Encoding", "Origin, Authorization"]


def test_words_find_items_without_a_style_each_time(kept):
    """However fresh what is known of their shards."""
    for _ in range(40):
        assert [item["sku"] for item in kept.get("/v1/items?q=hat").json["items"]] == ["no-stock"]


def test_cursor_of_another_list_is_refused(kept):
    answer = kept.get(f"/v1/availability?sku={serving.SKU}&cursor=61")
    assert is_problem(answer, 400, "wrong_parameter") and answer.json["parameter"] == "cursor"


def test_skus_and_styles_are_answered_in_the_order_asked_and_unknown_ones_among_them(kept):
    asked = [("style", "nothing"), ("sku", "no-stock"), ("style", serving.STYLE), ("sku", "nothing"), ("node", "web"),
             ("sku", serving.SKU), ("node", serving.NODE)]
    lines = kept.get("/v1/availability", asked).json["lines"]
    subjects = [None, "no-stock", serving.OTHER_SKU, serving.SKU, "nothing", serving.SKU]
    assert [(line["sku"], line["node"]) for line in lines] == [
        (sku, node) for sku in subjects for node in ("web", serving.NODE)]
    statuses = [line["status"] for line in lines]
    assert [line.get("style") for line in lines] == ["nothing"] * 2 + [None] * 10
    assert statuses[:4] == ["unknown"] * 2 + ["out"] * 2 and statuses[8:] == ["unknown"] * 2 + ["in_stock"] * 2
    unknown = kept.get("/v1/availability?style=nothing&style=nowhere&node=web").json["lines"]
    assert [(line["style"], line["status"]) for line in unknown] == [("nothing", "unknown"), ("nowhere", "unknown")]


def test_as_many_skus_as_there_may_be_fit_into_a_request_as_long_as_they_may_be(kept):
    skus = ["é" * 30 + f"{number:04}" for number in range(200)]
    lines = kept.get("/v1/availability", [("sku", sku) for sku in skus] + [("node", serving.NODE)]).json["lines"]
    assert [line["sku"] for line in lines] == skus


def test_unknown_parameter_is_named(kept):
    assert kept.get("/v1/nodes?colour=red").json["parameter"] == "colour"


def test_head_has_the_headers_of_get(kept):
    get, head = kept.get(LOOKUP), kept.ask("HEAD", LOOKUP)
    assert (head.status, head.body) == (200, b"")
    assert head.headers["ETag"] == get.headers["ETag"]
    assert abs(int(head.headers["Content-Length"]) - len(get.body)) < 10  # lag_ms differs


def test_preflight_of_a_web_page_is_answered(kept):
    answer = kept.ask("OPTIONS", LOOKUP, headers={"Origin": "https://shop.example",
                                                 "Access-Control-Request-Method": "GET"})
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Methods"] == answer.headers["Allow"] == "GET, HEAD, POST, OPTIONS"
    assert answer.headers["Access-Control-Allow-Headers"].split(", ") == [
        "Authorization", "Content-Type", "If-None-Match", "Last-Event-ID", "Idempotency-Key", "traceparent", "x-request-id"]
    assert answer.headers["Access-Control-Max-Age"] == "86400"
    assert kept.get(LOOKUP, Origin="https://shop.example").headers["Access-Control-Allow-Origin"] == "*"


def test_path_is_taken_as_it_came(kept):
    for start in (f"GET http://elsewhere.example{LOOKUP} HTTP/1.1", f"GET {LOOKUP} HTTP/1.1"):
        assert exchange(kept, f"{start}\nHost: h\nConnection: close").startswith(b"HTTP/1.1 200 ")
    for path in ("//v1/nodes", "/v1/./nodes", "/v1/nodes/", "/v1/items/x/", "/v1/../v1/nodes", "/v1%2Fnodes"):
        answer = exchange(kept, f"GET {path} HTTP/1.1\nHost: h\nConnection: close")
        assert answer.startswith(b"HTTP/1.1 404 ") and b'"unknown_' in answer, path


@pytest.mark.parametrize("request_line, status, code", [
    ("GET /nothing HTTP/1.1", 404, "unknown_route"),
    (f"DELETE {LOOKUP} HTTP/1.1", 405, "wrong_method"),
    ("TRACE / HTTP/1.1", 405, "wrong_method"),
    ("GET /v1/items/%zz HTTP/1.1", 400, "malformed_request"),
    ("GET /v1/items/%00 HTTP/1.1", 400, "malformed_request"),
    ("NONSENSE", 400, "malformed_request"),
    pytest.param(f"GET /{'a' * 60000} HTTP/1.1", 414, "uri_too_long", id="long path"),
    pytest.param(f"GET / HTTP/1.1\nX: {'a' * 60000}", 431, "header_too_large", id="long header"),
])
def test_refusal_is_a_problem_whoever_refuses(kept, request_line, status, code):
    head, _, body = exchange(kept, f"{request_line}\nHost: h\nConnection: close").partition(b"\r\n\r\n")
    assert f" {status} ".encode() in head.split(b"\r\n")[0]
    assert b"application/problem+json" in head
    problem = json.loads(body)
    assert (problem["status"], problem["code"]) == (status, code)


def test_body_may_come_in_any_pieces(kept):
    body = json.dumps({"pairs": [[serving.SKU, serving.NODE]] * 3000}).encode()
    whole = kept.ask("POST", "/v1/availability", body)
    assert whole.status == 200 and len(whole.json["lines"]) == 3000
    for size in (1000, 65536, len(body)):
        pieces = [body[at:at + size] for at in range(0, len(body), size)]
        chunked = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
        head = "POST /v1/availability HTTP/1.1\nHost: h\nConnection: close\n"
        answer = exchange(kept, head + "Transfer-Encoding: chunked", chunked)
        assert answer.startswith(b"HTTP/1.1 200 ") and answer.count(b'"sku"') == 3000
        with socket.create_connection(("127.0.0.1", kept.nginx.port), 10) as connection:
            connection.sendall(f"{head}Content-Length: {len(body)}\n\n".replace("\n", "\r\n").encode())
            for piece in pieces[:20]:
                connection.sendall(piece)
                time.sleep(0.001)
            connection.sendall(b"".join(pieces[20:]))
            assert connection.makefile("rb").read().count(b'"sku"') == 3000


def test_longest_body_is_answered_however_it_comes(kept):
    """As many pairs as may be, of the longest names, each byte of them escaped."""
    body = serving.escaped_pairs(10_000)
    assert len(body) > 7_700_000
    whole = kept.ask("POST", "/v1/availability", body)
    assert whole.status == 200 and len(whole.json["lines"]) == 10_000
    assert whole.json["lines"][-1]["sku"] == "s" * 64
    head = "POST /v1/availability HTTP/1.1\nHost: h\nConnection: close\nTransfer-Encoding: chunked"
    pieces = (body[at:at + 77_777] for at in range(0, len(body), 77_777))
    answer = exchange(kept, head, b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ") and answer.count(b'"sku"') == 10_000


def test_wrong_body_is_refused_before_its_end_comes(kept):
    head = "POST /v1/availability HTTP/1.1\nHost: h\nContent-Length: 1000000"
    for wrong in (b"{]", b'{"pairs":[["a",7', b'{"pairs":[["' + b"\\u0061" * 65, bytes(100)):
        answer = exchange(kept, head, wrong)
        assert answer.startswith(b"HTTP/1.1 400 ") and b'"malformed_body"' in answer and b"\r\nConnection: close\r\n" in answer


def test_too_large_a_body_is_refused_before_it_is_read(kept):
    head = "POST /v1/availability HTTP/1.1\nHost: h\n"
    answer = exchange(kept, f"{head}Expect: 100-continue\nContent-Length: {1 << 30}")
    assert answer.startswith(b"HTTP/1.1 413 ") and b'"body_too_large"' in answer
    spaces = b" " * 0x100000
    answer = exchange(kept, f"{head}Transfer-Encoding: chunked", (b"100000\r\n" + spaces + b"\r\n") * 9)
    assert answer.startswith(b"HTTP/1.1 413 ") and b'"body_too_large"' in answer
    assert kept.get(LOOKUP).status == 200


def test_pipelined_requests_are_answered_in_order(kept):
    paths = [LOOKUP, "/nothing", "/healthz", f"/v1/items/{serving.SKU}", LOOKUP] * 20
    requests = "".join(f"GET {path} HTTP/1.1\r\nHost: h\r\n\r\n" for path in paths)
    last = "GET /healthz HTTP/1.1\nHost: h\nConnection: close"
    with socket.create_connection(("127.0.0.1", kept.nginx.port), 10) as connection:
        connection.sendall(requests.encode() + last.replace("\n", "\r\n").encode() + b"\r\n\r\n")
        answer = connection.makefile("rb").read()
    statuses = [int(status) for status in re.findall(rb"HTTP/1.1 (\d+) ", answer)]
    assert statuses == [404 if path == "/nothing" else 200 for path in paths] + [200]


def test_slow_reader_gets_all_parts_while_others_are_served(kept):
    body = json.dumps({"pairs": [[serving.SKU, serving.NODE]] * 10000}).encode()
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.settimeout(10)
    connection.connect(("127.0.0.1", kept.nginx.port))
    with connection, connection.makefile("rb") as answer:
        connection.sendall(b"POST /v1/availability HTTP/1.0\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        wait_until(lambda: metric(kept, "stockfold_http_requests_in_flight") >= 1, what="parts in flight")
        for _ in range(50):
            assert kept.get(LOOKUP).status == 200
        text = answer.read()
    head, _, text = text.partition(b"\r\n\r\n")
    assert b" 200 " in head and len(json.loads(text)["lines"]) == 10000


def test_settings_that_are_wrong_are_told_where_they_stand(kept, tmp_path):
    nginx = servers.Nginx(tmp_path, kept.stockfold)
    nginx.configure()
    lines = nginx.settings.read_text().splitlines()
    nginx.settings.write_text("\n".join([*lines, "[http]", "dealine = 1s"]))
    done = subprocess.run(["nginx", "-t", "-p", tmp_path, "-c", "nginx.conf"], env=nginx.environment(),
                          capture_output=True, text=True)
    assert done.returncode != 0
    assert f"{nginx.settings}:{len(lines) + 2}" in done.stderr and "deadline" in done.stderr
    assert f"{tmp_path}/nginx.conf:" in done.stderr


# --- trouble ---------------------------------------------------------------------------------------------------------

class Load:
    """Clients that ask without pause, a connection for each request; what they were answered, by time."""

    def __init__(self, served, clients=8):
        self.served, self.answers, self.going, self.began = served, [], True, time.monotonic()
        self.threads = [threading.Thread(target=self.run) for _ in range(clients)]

    def run(self):
        while self.going:
            start = time.monotonic()
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.served.nginx.port, timeout=10)
                connection.request("GET", LOOKUP)
                answer = connection.getresponse()
                body, status = answer.read(), answer.status
                connection.close()
            except OSError as error:
                body, status = repr(error).encode(), 0
            self.answers.append((start, time.monotonic() - start, status, body))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        for thread in self.threads:
            thread.join()

    def statuses(self):
        return {status for _, _, status, _ in self.answers}

    def wait_for(self, more):
        n = len(self.answers) + more
        wait_until(lambda: len(self.answers) >= n, what=f"{more} more answers")


def right_or_503(load, yardstick):
    """No wrong answer, and none that came late (twice the deadline is for a busy test)."""
    for _, took, status, body in load.answers:
        assert status in (200, 503), body
        answer = json.loads(body)
        if status == 200:
            assert answer["lines"][0]["available"] == 8
        else:
            assert answer["code"] in ("too_slow", "view_unreachable", "view_rebuilding")
    slow = sorted(took for _, took, _, _ in load.answers)
    assert slow[int(len(slow) * 0.99)] < (2 * DEADLINE + 0.2) * yardstick.slowness(load.began), slow[-10:]


def descriptors(served):
    return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in served.nginx.workers())


def heals(served, yardstick, since, within):
    wait_until(lambda: served.get(LOOKUP).status == 200, what="an answer")
    yardstick.must_be_within(within, since)


def test_paused_redis_costs_a_deadline_and_no_more(served, yardstick):
    with Load(served) as load:
        load.wait_for(50)
        served.redis.pause()
        wait_until(lambda: 503 in load.statuses(), what="a refusal")
        wait_until(lambda: any(status == 503 and took < DEADLINE / 2 for _, took, status, _ in load.answers[:]),
                   what="a refusal that waited for nothing")
        quick, began = len(load.answers), time.monotonic()
        load.wait_for(200)  # refused at once
        bound = DEADLINE * yardstick.slowness(began)
        assert all(status == 503 and took < bound for _, took, status, _ in load.answers[quick + 8:])
        for path in "/v1/nodes/nowhere", "/v1/nodes/nowhere/stock", f"/v1/styles/{serving.STYLE}?node=nowhere", \
                f"/v1/nearby?item={serving.SKU}&node=nowhere", "/v1/availability?style=nothing&node=nowhere":
            assert served.get(path).status == 503, path  # nobody knows now
        served.redis.resume()
        heals(served, yardstick, time.monotonic(), 1.5)
        load.wait_for(50)
    right_or_503(load, yardstick)


def test_silent_redis_is_left_and_found_again(served, yardstick):
    disconnects = metric(served, "stockfold_redis_disconnects_total")
    served.redis.pause()
    wait_until(lambda: "view=lost" in served.nginx.errors(), what="the end of patience")
    assert is_problem(served.get(LOOKUP), 503, "view_unreachable")
    assert served.get(LOOKUP).headers["Retry-After"] == "1"
    assert served.get("/healthz").status == 200
    served.redis.resume()
    heals(served, yardstick, time.monotonic(), 2.5)
    assert metric(served, "stockfold_redis_disconnects_total") == disconnects + 1
    assert metric(served, "stockfold_redis_connected_workers") == 1
    assert served.nginx.errors().count("view=lost") == served.nginx.errors().count("view=reached") == 1


def test_killed_redis_is_reached_again_and_serves_once_it_is_verified(served, yardstick):
    before = descriptors(served)
    with Load(served) as load:
        for _ in range(3):
            load.wait_for(50)
            served.redis.kill()
            wait_until(lambda: served.get(LOOKUP).status == 503, what="a refusal")
            served.redis.start()
            since = time.monotonic()
            wait_until(lambda: metric(served, "stockfold_redis_connected_workers") == 1, what="a connection")
            yardstick.must_be_within(1.5, since)
            wait_until(lambda: served.get(LOOKUP).status == 200, what="a view that is whole again")
    right_or_503(load, yardstick)
    wait_until(lambda: descriptors(served) <= before, what="no more descriptors than before")


def test_reload_fails_no_request(kept):
    served = kept
    with Load(served, 6) as load:
        for _ in range(4):
            load.wait_for(50)
            old = served.nginx.reload()
            load.wait_for(50)
            wait_until(lambda: not old & set(served.nginx.workers()), what="the end of the old workers")
    assert load.statuses() == {200}, [answer for answer in load.answers if answer[2] != 200][:5]
    assert metric(served, "stockfold_redis_connected_workers") == 1
    assert "alert" not in served.nginx.errors()


def test_killed_worker_leaves_no_trace_in_the_gauges(served):
    worker, = served.nginx.workers()
    os.kill(worker, signal.SIGKILL)
    wait_until(lambda: served.nginx.workers() not in ([worker], []), what="another worker")
    wait_until(lambda: served.get(LOOKUP).status == 200, what="an answer")
    assert metric(served, "stockfold_redis_connected_workers") == 1
    assert metric(served, "stockfold_http_requests_in_flight") == 0


def leave(served, clients):
    """Clients that ask and are gone before the answer."""
    connections = [socket.create_connection(("127.0.0.1", served.nginx.port), 10) for _ in range(clients)]
    for connection in connections:
        connection.sendall(f"GET {LOOKUP} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
    for connection in connections:
        connection.close()


def resident_kb(served):
    worker, = served.nginx.workers()
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{worker}/status").read_text())[1])


def test_clients_that_leave_leave_nothing_behind(served, yardstick):
    before, memory = descriptors(served), []
    for _ in range(6):
        served.redis.pause()
        leave(served, 300)
        served.redis.resume()
        wait_until(lambda: metric(served, "stockfold_http_requests_in_flight") == 0, what="no request in flight")
        heals(served, yardstick, time.monotonic(), 2)
        memory.append(resident_kb(served))
    wait_until(lambda: descriptors(served) <= before, what="no more descriptors than before")
    if served.nginx.environment() is None:  # a sanitizer keeps what was freed
        grown = [after - before for before, after in itertools.pairwise(memory)]
        assert statistics.median(grown) < 100, memory  # malloc() takes at once what a crowd needs, and may keep it
    assert metric(served, "stockfold_http_abandoned_total") > 0


def test_too_many_requests_at_once_are_turned_away(tmp_path, kafka):
    settings = {"http.requests_max": "10", "http.deadline": "20s"}
    served = serving.Serving(tmp_path, kafka, f"{tmp_path.name}.", settings)
    with contextlib.ExitStack() as stack, concurrent.futures.ThreadPoolExecutor(40) as clients:
        stack.callback(served.stop)
        served.start()
        served.redis.pause()
        answers = [clients.submit(served.get, LOOKUP) for _ in range(40)]
        wait_until(lambda: sum(answer.done() for answer in answers) >= 30, what="those turned away")
        served.redis.resume()
        codes = [answer.result().json.get("code") for answer in answers]
    assert codes.count("too_busy") == 30 and codes.count(None) == 10, codes


def test_workers_end_with_nothing_left_open(served):
    with Load(served):
        served.nginx.signal(signal.SIGQUIT)
        served.nginx.process.wait(20)
    assert served.nginx.process.returncode == 0
    assert "alert" not in served.nginx.errors()
