"""What nginx refuses before the module sees it is answered as the module's own problems are; limits and logs of
config/nginx.conf."""
import contextlib
import http.client
import http.server
import json
import re
import socket
import subprocess
import threading

import http2_client
import pytest
import serving
from documented import headers_must_be_as_documented
from servers import free_port, wait_until

LOOKUP = f"/v1/availability?sku={serving.SKU}&node={serving.NODE}"
CHANGES = {
    "# limit_req_zone": "limit_req_zone", "# limit_req_status": "limit_req_status", "rate=200r/s": "rate=1r/m",
    "flush=1s": "flush=10ms", "limit_conn connections 2000": "limit_conn connections 2",
    "        location / {\n            # limit_req zone=clients burst=400 nodelay;": """
        location = /v1/limited { limit_req zone=clients; stockfold; }
        location = /secret { auth_basic "shop"; auth_basic_user_file nobody; stockfold; }
        location = /away { proxy_pass http://127.0.0.1:1; }
        location = /late { proxy_read_timeout 100ms; proxy_pass http://127.0.0.1:SILENT; }
        location /asking-away/ { auth_request /away; stockfold; }
        location /asking-late/ { auth_request /late; stockfold; }
        location = /nowhere { return 404; }
        location /asking-nowhere/ { auth_request /nowhere; stockfold; }
        location /asking-loop/ { auth_request /loop; stockfold; }
        ASKED
        location ~ ^/gate/(.*)$ { proxy_pass http://127.0.0.1:GATE/$1; proxy_pass_request_body off; proxy_set_header Content-Length "";
            proxy_set_header X-Request-ID $call_id; }
        location = /forbidden { deny all; stockfold; }
        location = /elsewhere { error_log elsewhere.log; error_log syslog:server=unix:SYSLOG; deny all; stockfold; }
        location = /rewritten { rewrite_log on; error_log error.log notice; rewrite ^ /v1/nodes?limit=2 last; }
        location = /failing { return 500; }
        location = /loop { rewrite ^ /loop; }
        location / {""",
}


GATES = ("301", "302", "400", "404", "429", "500", "503", "401", "403", "204")
CHANGES["ASKED"] = " ".join(f"location /asking-{gate}/ {{ auth_request /gate/{gate}; stockfold; }}" for gate in GATES)


class Syslog:
    """What a server of the system's log gets."""

    def __init__(self, path):
        self.path, self.socket = path, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        path.chmod(0o777)
        self.socket.setblocking(False)

    def received(self):
        with contextlib.suppress(BlockingIOError):
            while True:
                yield self.socket.recv(65536)


class Gate(http.server.BaseHTTPRequestHandler):
    """A service that permits requests, or answers whatever it is asked to. It remembers what came with them."""
    asked = []

    def do_GET(self):  # noqa: N802, so it is called
        self.asked.append(self.headers)
        self.send_response(int(self.path.strip("/")))
        self.send_header("Content-Length", "0")
        if self.path == "/401":
            self.send_header("WWW-Authenticate", 'Bearer realm="shop"')
        self.end_headers()

    do_HEAD = do_POST = do_GET

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def served(tmp_path_factory, kafka):
    shop = serving.Serving(tmp_path_factory.mktemp("refusals"), kafka, "refusals.")
    shop.http2_port, listen = free_port(), f"listen 127.0.0.1:{shop.nginx.port};"
    shop.syslog = Syslog(shop.nginx.folder / "syslog.socket")
    shop.nginx.changes.update(CHANGES)
    silent, gate = socket.create_server(("127.0.0.1", 0)), http.server.ThreadingHTTPServer(("127.0.0.1", 0), Gate)
    threading.Thread(target=gate.serve_forever, daemon=True).start()
    shop.tls_port = free_port()
    shop.nginx.changes.update({
        listen: f"{listen} listen 127.0.0.1:{shop.http2_port} http2; listen 127.0.0.1:{shop.tls_port} ssl;"
                "ssl_certificate own.pem; ssl_certificate_key own.key;",
        "SYSLOG": str(shop.syslog.path), "SILENT": str(silent.getsockname()[1]), "GATE": str(gate.server_port)})
    (shop.nginx.folder / "nobody").write_text("")
    subprocess.run("openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=h -keyout own.key -out own.pem".split(),
                   cwd=shop.nginx.folder, check=True, capture_output=True)
    try:
        yield shop.start()
    finally:
        shop.stop()
        gate.shutdown()
        gate.server_close()
        silent.close()


def read_to_end(connection):
    """A server that closes without having read all that was sent resets the connection, behind its answer."""
    answer = b""
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(65536):
            answer += part
    return answer


def exchange(served, head, body=b""):
    """What comes until the connection is closed: (status, headers, body)."""
    with socket.create_connection(("127.0.0.1", served.nginx.port), 60) as connection:
        connection.sendall(head.replace("\n", "\r\n").encode() + body)
        answer = read_to_end(connection)
    top, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = top.decode("latin-1").split("\r\n")
    return int(status.split(" ")[1]), dict(line.split(": ", 1) for line in lines), body


def log_lines(served, of):
    return [line for line in (served.nginx.folder / "access.log").read_text().splitlines() if of in line]


def logged(served, of):
    """The line of the access log that has these words."""
    wait_until(lambda: log_lines(served, of), what=f"a log line of {of}")
    return log_lines(served, of)[-1]


def field(line, name):
    return re.search(rf" {name}=(\S+)", line)[1]


# --- one author ------------------------------------------------------------------------------------------------------

END = " HTTP/1.1\nHost: h\nOrigin: https://shop.example\nConnection: close\n"
POST = "POST /v1/availability" + END


@pytest.mark.parametrize("head, status, code", [
    ("GET /v1/items/%zz" + END, 400, "malformed_request"),
    ("GET /secret" + END, 401, "unauthorized"),
    ("GET /forbidden" + END, 403, "not_allowed"),
    ("GET /v1/nowhere" + END, 404, "unknown_route"),
    ("TRACE /" + END, 405, "wrong_method"),
    ("DELETE /v1/nodes" + END, 405, "wrong_method"),
    (POST + "Content-Length: 99999999\n", 413, "body_too_large"),
    pytest.param(f"GET /{'a' * 60000}{END}", 414, "uri_too_long", id="long path"),
    pytest.param(f"GET /{END}X: {'a' * 60000}\n", 431, "header_too_large", id="long header"),
    (POST + "Transfer-Encoding: zip\n", 501, "unknown_encoding"),
    ("GET /failing" + END, 500, "internal_error"),
    ("GET /away" + END, 502, "bad_gateway"),
    ("GET /late" + END, 504, "gateway_timeout"),
    ("GET / HTTP/3.7\nHost: h\nConnection: close\n", 505, "unknown_version"),
])
def test_refusal_is_a_problem_that_pages_may_read_and_nobody_keeps(served, head, status, code):
    got, headers, body = exchange(served, head + "\n")
    assert got == status
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in headers["Access-Control-Expose-Headers"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["Vary"] == "Origin, Authorization"
    problem = json.loads(body)
    assert (problem["status"], problem["code"]) == (status, code)


@pytest.mark.parametrize("gate, status, code", [
    ("away", 503, "authorization_unavailable"), ("late", 503, "authorization_unavailable"),
    ("loop", 503, "authorization_unavailable"), ("nowhere", 503, "authorization_unavailable"),
    *((gate, 503, "authorization_unavailable") for gate in GATES[:-3]),
    ("401", 401, "unauthorized"), ("403", 403, "not_allowed"), ("204", 200, None)])
def test_who_is_to_permit_a_request_and_cannot_say_is_no_fault_of_the_server(served, gate, status, code):
    document = served.get("/openapi.json").json
    for method, path in ("GET", "/v1/nodes"), ("HEAD", "/v1/nodes"), ("POST", "/v1/availability"):
        body = json.dumps({"pairs": [[serving.SKU, serving.NODE]]}).encode() if method == "POST" else None
        answer = served.ask(method, f"/asking-{gate}{path}", body)
        assert answer.status == status
        if code and method != "HEAD":
            assert (answer.json["code"], answer.json["status"]) == (code, status)
        assert answer.headers.get("Retry-After") == ("1" if status == 503 else None)
        assert answer.headers.get("WWW-Authenticate") == ('Bearer realm="shop"' if status == 401 else None)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        operation = document["paths"][path]["post" if method == "POST" else "get"]
        headers_must_be_as_documented(document, operation["responses"][str(status)], answer)


def test_plain_http_to_a_port_of_tls_is_a_problem_too(served):
    with socket.create_connection(("127.0.0.1", served.tls_port), 60) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        head, _, body = connection.makefile("rb").read().partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ") and json.loads(body)["code"] == "malformed_request"


def test_what_nginx_refuses_of_any_route_is_documented_and_logged_with_it(served):
    for path, methods in served.get("/openapi.json").json["paths"].items():
        for method, operation in methods.items():
            line = f"{method.upper()} {re.sub('[{}]', '', path)}"
            for head, status, code in (
                    (f"{line} HTTP/3.7\nHost: h\nConnection: close\n", 505, "unknown_version"),
                    (f"{line}?{'a' * 60000}{END}", 414, "uri_too_long"),
                    (f"{line}{END}X: {'a' * 60000}\n", 431, "header_too_large"),
                    (f"{line}?{operation['operationId']}{END}Transfer-Encoding: zip\n", 501, "unknown_encoding")):
                assert exchange(served, head + "\n")[0] == status
                documented = operation["responses"][str(status)]["content"]["application/problem+json"]["schema"]
                assert code in documented["properties"]["code"]["enum"]
            if "operations" not in operation["tags"][0].lower():
                refused = logged(served, f"?{operation['operationId']} ")
                assert (field(refused, "route"), field(refused, "code")) == (operation["operationId"], "unknown_encoding")


@pytest.mark.parametrize("path, methods", [
    ("/v1/nodes?limit=1", "GET, HEAD, OPTIONS"), ("/v1/availability", "GET, HEAD, POST, OPTIONS"), ("/v1/nowhere", None)])
def test_a_method_that_nginx_refuses_is_told_which_the_path_takes(served, path, methods):
    got, headers, _ = exchange(served, f"TRACE {path}{END}\n")
    assert (got, headers.get("Allow")) == (405, methods)


def test_limit_is_a_problem_but_not_for_preflights_and_probes(served):
    wait_until(lambda: served.get("/v1/limited").status == 429, what="the limit")
    refused = served.get("/v1/limited?again")
    assert (refused.status, refused.json["code"]) == (429, "too_many_requests")
    assert refused.headers["Retry-After"] == "1" and refused.headers["Access-Control-Allow-Origin"] == "*"
    assert field(logged(served, "/v1/limited?again"), "code") == "too_many_requests"
    for _ in range(20):
        assert served.ask("OPTIONS", "/v1/limited").status == 404  # no such route, but not throttled
        assert served.get("/healthz").status == served.get("/readyz").status == 200


FAR = ("127.0.0.2", 0)  # an address of this machine that config/nginx.conf does not know for one


def ask_from(served, address, path, method="GET"):
    """(status, code of the problem)"""
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", served.nginx.port, 60, address)) as connection:
        connection.request(method, path)
        answer = connection.getresponse()
        body = answer.read()
        return answer.status, json.loads(body).get("code") if body else None


def test_requests_at_once_from_one_address_are_bounded(served):
    head = b"POST /v1/availability HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{"
    with contextlib.ExitStack() as connections:
        for _ in range(2):
            connection = connections.enter_context(socket.create_connection(("127.0.0.1", served.nginx.port), 60, FAR))
            connection.sendall(head)
        wait_until(lambda: ask_from(served, FAR, LOOKUP) == (429, "too_many_requests"), what="the bound")
        assert ask_from(served, FAR, LOOKUP, "OPTIONS") == (204, None)
        for path in ("/healthz", "/readyz"):
            assert ask_from(served, FAR, path)[0] == 200
        for other in ("127.0.0.3", "127.0.0.1"):
            assert ask_from(served, (other, 0), LOOKUP)[0] == 200
    wait_until(lambda: ask_from(served, FAR, LOOKUP)[0] == 200, what="room again")


# --- what is logged --------------------------------------------------------------------------------------------------

def test_log_says_what_was_asked_how_it_ended_and_what_it_took(served):
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    served.get(f"{LOOKUP}&wait_ms=1", traceparent=parent)
    line = logged(served, "wait_ms=1")
    assert field(line, "trace") == parent and re.fullmatch("[0-9a-f]{32}", field(line, "id"))
    assert (field(line, "route"), field(line, "code"), field(line, "shards")) == ("getAvailability", "-", "1")
    assert 0 < float(field(line, "time")) < 60 and float(field(line, "wait")) == 0
    served.get("/v1/items/unknown-thing")
    line = logged(served, "unknown-thing")
    assert (field(line, "route"), field(line, "code")) == ("getItem", "unknown_sku")
    after = f"{served.stockfold.topic('store')}:0:99999999"
    served.get(f"/v1/nodes?limit=77&wait_ms=150&after={after}")
    line = logged(served, "limit=77")
    assert field(line, "code") == "not_folded" and float(field(line, "wait")) > 0
    assert float(field(line, "time")) + float(field(line, "wait")) >= 0.149  # of the wait, looking takes its time


def test_a_request_is_called_what_its_client_calls_it_or_nginx_does(served):
    """In the answer, too, so that a shopper's picture of it leads to the line in the log."""
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    for number, (path, status) in enumerate((("/v1/nodes", 200), ("/asking-204/v1/nodes", 200), ("/asking-403/v1/nodes", 403),
                                             ("/v1/nowhere", 404), ("/failing", 500))):
        name = f"shop:17.{number}_b-C"
        answer = served.get(path, **{"X-Request-ID": name, "traceparent": parent})
        assert (answer.status, answer.headers.get_all("X-Request-ID")) == (status, [name])
        line = logged(served, f" id={name} ")
        assert field(line, "trace") == parent
        if "asking" in path:
            assert (Gate.asked[-1]["X-Request-ID"], Gate.asked[-1]["traceparent"]) == (name, parent)
    for number, name in enumerate(("", "two words", "a" * 129, "\"quoted\"", "a,b")):
        answer = served.get(f"/asking-204/v1/nodes?limit={50 + number}", **{"X-Request-ID": name})
        given = field(logged(served, f"limit={50 + number} "), "id")
        assert (answer.status, answer.headers.get_all("X-Request-ID")) == (200, [given])
        assert re.fullmatch("[0-9a-f]{32}", given) and Gate.asked[-1]["X-Request-ID"] == given


def test_a_client_writes_no_fields_into_the_log(served):
    parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    for number, forged in enumerate(("x route=getItem code=view_broken", "x", f"{parent} x", f"{parent},x", f"x{parent}",
                                     parent.upper(), f'"{parent}"', "")):
        served.get(f"/v1/nodes?limit={60 + number}", traceparent=forged, **{"X-Request-ID": "x code=forged"})
        line = logged(served, f"limit={60 + number} ")
        assert [name for name, _ in re.findall(r" (\w+)=(\S+)", line.rsplit('" ', 1)[1])] == [
            "id", "trace", "route", "code", "shards", "time", "wait"]
        assert (field(line, "trace"), field(line, "route"), field(line, "code")) == ("-", "listNodes", "-")


SECRET = "hidden-from-all"
KEY = f"/v1/nodes?limit=1&key={SECRET}"
INSIDE = ('"', '",', '", ', '" ', " ", "?", "=", "/", " HTTP/1.1 ", ' HTTP/1.1" ', "\t")  # what may stand in a value
WITH_KEY = [  # heads of requests that are refused, by nginx or by the module, with lines in the error log or without
    f"GET {KEY} HTTP/9.9\n", f"GET {KEY} HTTP/1.1 more\n", f"GET {KEY}\n", f"G\x01T {KEY} HTTP/1.1\n", f"get {KEY} HTTP/1.1\n",
    f"GET {KEY} HTTP/1.1\nHost: h\n: nothing\n", f"GET {KEY} HTTP/1.1\nHost: a b\n", f"GET {KEY} HTTP/1.1\nHost: a\nHost: b\n",
    f"GET {KEY}{END}X: {'a' * 60000}\n", f"GET {KEY}&x={'a' * 60000}{END}", f"TRACE {KEY}{END}",
    f"POST {KEY}{END}Transfer-Encoding: zip\n", f"POST {KEY}{END}Content-Length: x\n",
    f"POST /v1/availability?key={SECRET}{END}Content-Length: 99\n",
    f"POST /v1/availability?key={SECRET}{END}Transfer-Encoding: chunked\n\nnothing",
    f"GET /away?key={SECRET}{END}", f"GET /away?key={SECRET}\"quoted{END}", f"GET /away?%6Bey={SECRET}{END}", f"GET /away?KEY={SECRET}{END}",
    f"GET /away{END}Referer: https://shop.example/?key={SECRET}\n", f"GET /secret?key={SECRET}{END}",
    f"GET /secret?key={SECRET}{END}Authorization: Basic YTpi\n", f"GET /forbidden?key={SECRET}{END}",
    f"GET /v1/limited?key={SECRET}{END}", f"GET /v1/limited?key={SECRET}{END}", f"GET /elsewhere?key={SECRET}{END}",
    *(f"GET {path}?a=1&key=se{inner}{SECRET}&z=1{END}" for path in ("/away", "/v1/nodes", "/rewritten") for inner in INSIDE),
    *(f"GET /away{END}Referer: https://shop.example/?key=se{inner}{SECRET}\n" for inner in INSIDE),
    f"GET /rewritten?key={SECRET}{END}", f"GET /loop?key={SECRET}{END}", f"GET http://h{KEY}{END}"]


def test_keys_are_in_no_log(served):
    for head in WITH_KEY:
        with socket.create_connection(("127.0.0.1", served.nginx.port), 60) as connection:
            connection.sendall(head.replace("\n", "\r\n").encode() + b"\r\n")
            connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionResetError):
                connection.makefile("rb").read()
    with contextlib.closing(http2_client.Client(served.http2_port)) as client:
        for path in KEY, f"/away?key={SECRET}", f"/forbidden?key={SECRET}":
            client.get(path)
        client.read_all()
    last = served.get(f"/v1/nowhere/last?key={SECRET}")
    assert last.status == 404 and logged(served, "/v1/nowhere/last")
    logs = {file.name: file.read_text(errors="replace") for file in served.nginx.folder.glob("*.log")}
    logs["syslog"] = b"\n".join(served.syslog.received()).decode(errors="replace")
    assert set(logs) >= {"access.log", "error.log", "elsewhere.log", "syslog"}
    for name, text in logs.items():
        assert SECRET not in text, (name, [line for line in text.splitlines() if SECRET in line])
        assert "key=***" in text, name
    stars = "*" * len(SECRET)
    assert f'request: "GET /away?key={stars} HTTP/1.1", upstream: "http://127.0.0.1:1/away?key={stars}", host: "h"' in logs["error.log"]
    assert f'referrer: "https://shop.example/?key={stars}"\n' in logs["error.log"]


def test_keys_are_not_logged(served):
    for number, query in enumerate(["key=hidden", "sku=x&key=hidden&node=y", "%6bey=hidden", "key=a%26hidden"]):
        served.get(f"/v1/nowhere/{number}?{query}")
        assert "***" in logged(served, f"/v1/nowhere/{number}")
    served.get("/v1/nowhere/5?monkey=seen&keys=seen")
    assert "monkey=seen&keys=seen HTTP/1.1" in logged(served, "/v1/nowhere/5")
    assert not log_lines(served, "hidden")


# --- what is counted -------------------------------------------------------------------------------------------------

def counted(served, name):
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
            for line in served.get("/metrics").body.decode().splitlines() if line.startswith(name)}


def test_codes_are_counted(served):
    name = 'stockfold_http_problems_total{route="getNode",code="unknown_node"}'
    before = counted(served, name).get(name, 0)
    served.get("/v1/nodes/nowhere")
    assert counted(served, name)[name] == before + 1


def test_scrapes_count_nothing_and_what_is_idle_is_nought(served):
    first, second = (counted(served, "stockfold_http_") for _ in range(2))
    assert first == second
    assert not any('route="metrics"' in name and value for name, value in first.items())
    for name in ("in_flight", "waiting"):
        assert first[f"stockfold_http_requests_{name}"] == 0
    assert counted(served, "stockfold_redis_queue_depth") == {"stockfold_redis_queue_depth": 0}


def test_cut_bulk_says_so_in_log_and_metric(served):
    """Its client reads nothing, until Redis is away."""
    body = json.dumps({"pairs": [[serving.SKU, serving.NODE]] * 10000}).encode()
    head = f"POST /v1/availability HTTP/1.1\r\nHost: h\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.connect(("127.0.0.1", served.nginx.port))
        connection.sendall(head + body)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 ")
        served.redis.kill()
        wait_until(lambda: served.get("/v1/nodes").json.get("code") == "view_unreachable", what="news of it")
        while connection.recv(65536):
            pass
    name = "stockfold_http_answers_cut_total"
    wait_until(lambda: counted(served, name) == {name: 1}, what="a cut that is counted")
    error_log = (served.nginx.folder / "error.log").read_text()
    assert "stockfold: an answer is cut in the middle, route=postAvailability code=view_unreachable" in error_log
    assert field(logged(served, "POST /v1/availability HTTP/1.1\" 200"), "code") == "view_unreachable"
