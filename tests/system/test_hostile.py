"""Clients that nobody wants: hundreds of connections of odd, broken, slow and cut requests at once. No worker dies, every
answer is one that is documented, good clients hardly notice, and nothing is left behind."""
import contextlib
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import time

import pytest

import http_client
import servers
import serving
from servers import rounds

pytestmark = pytest.mark.address

REQUESTS = rounds(50_000, 1_000_000)
SEED, CONNECTIONS = 20261122, 128
# In each turn good clients ask so often a second, for so long, while PARKED wait for nothing and hostile ones, the slow
# among them, ask no more often than RATE.
TURNS, GOOD_RATE, GOOD_SECONDS, RATE, PARKED = rounds(1, 7), 500, 4, 2000, rounds(100, 1000)
LOOKUP = f"/v1/availability?sku={serving.SKU}&node={serving.NODE}"
KEPT_SECONDS = 2
PATIENCE = {  # so that slow clients get to its end
    "client_header_timeout 10s": "client_header_timeout 1s", "client_body_timeout 10s": "client_body_timeout 1s",
    "send_timeout 10s": "send_timeout 1s", "keepalive_timeout 60s": f"keepalive_timeout {KEPT_SECONDS}s"}
# Then neither memory nor time is what it would be without.
SANITIZED = b"__asan_init" in (servers.BUILD / "ngx_http_stockfold_module.so").read_bytes()


@pytest.fixture
def served(tmp_path, kafka):
    shop = serving.Serving(tmp_path, kafka, "hostile.")
    shop.nginx.changes.update(PATIENCE)
    shop.nginx.changes["worker_processes 1"] = "worker_processes 2"
    shop.nginx.changes.update(servers.NO_ACCESS_LOG)
    shop.nginx.changes["error_log error.log info"] = "error_log error.log warn"
    try:
        yield shop.start()
    finally:
        shop.stop()


def program(name, *arguments):
    return [str(servers.BUILD / "tests" / name), *map(str, arguments)]


def hostile(served, requests, seed, rate=0):
    return subprocess.Popen(program("hostile", served.nginx.port, requests, seed, CONNECTIONS, rate),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def must_be_answered(process):
    out, complaints = process.communicate(timeout=3600)
    assert process.returncode == 0, out + complaints
    totals = json.loads(out)
    assert totals["wrong"] == 0, complaints
    return totals


def good_clients(served):
    done = subprocess.run(program("polite", served.nginx.port, 16, GOOD_RATE, GOOD_SECONDS, LOOKUP), check=True,
                          stdout=subprocess.PIPE, text=True)
    took = json.loads(done.stdout)
    assert took["failed"] == 0
    return took


def descriptors(served):
    return {pid: len(os.listdir(f"/proc/{pid}/fd")) for pid in served.nginx.workers()}


def wait_for_rest(served):
    """Descriptors once no client's is among them: they have not changed for as long as any connection is kept."""
    seen = [(time.monotonic(), descriptors(served))]

    def rests():
        if seen[-1][1] != (now := descriptors(served)):
            seen.append((time.monotonic(), now))
        return time.monotonic() - seen[-1][0] > KEPT_SECONDS + 1 and seen[-1][1]
    return servers.wait_until(rests, what="the end of all connections", every=0.1)


def resident_kb(served):
    return sum(int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])
               for pid in served.nginx.workers())


def test_a_connection_that_is_closed_behind_its_answer_is_told_so(served):
    """Here the body's end is never sent."""
    with http_client.Client(served.nginx.port) as client:
        piece = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
        client.socket.sendall(b"POST /v1/availability HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + 129 * piece)
        answer = client.read()
        assert (answer.status, answer.json["code"], answer.headers["connection"]) == (413, "body_too_large", "close")


@contextlib.contextmanager
def parked(served):
    """Clients that wait for a message that does not come."""
    request = (f"GET {LOOKUP}&after={served.stockfold.topic('store')}:0:99999999&wait_ms=30000 HTTP/1.1\r\n"
               "Host: h\r\n\r\n").encode()
    with contextlib.ExitStack() as connections:
        for _ in range(PARKED):
            connection = socket.create_connection(("127.0.0.1", served.nginx.port), 30)
            connections.enter_context(connection).sendall(request)
        yield


def turn(served, number, yardstick):
    """p99 of good clients alone and beside the crowd, and what the latter may be at most if the machine is slow just now."""
    alone = good_clients(served)["p99_us"]
    with parked(served):
        crowd = hostile(served, RATE * GOOD_SECONDS * 2, SEED + 10 + number, RATE)
        began = time.monotonic()
        beside = good_clients(served)["p99_us"]
        bound = 1_000_000 * yardstick.slowness(began)
        must_be_answered(crowd)
    assert SANITIZED or beside < bound
    return alone, beside


def test_hostile_requests_harm_nobody(served, yardstick):
    idle = wait_for_rest(served)
    must_be_answered(hostile(served, 5000, SEED))  # what is grown once is grown now
    turn(served, 0, yardstick)
    memory = resident_kb(served)
    turns = [turn(served, number + 1, yardstick) for number in range(TURNS)]
    totals = must_be_answered(hostile(served, REQUESTS, SEED + 2))

    assert wait_for_rest(served) == idle and served.get(LOOKUP).status == 200  # the same workers as before
    grown = resident_kb(served) - memory
    print(f"hostile: {totals}; good clients' p99 alone and beside hostile and parked ones, us: {turns}, median ratio "
          f"{statistics.median(beside / alone for alone, beside in turns):.2f}; "
          f"workers' memory {memory} kB and {grown:+} kB, descriptors {sum(idle.values())} as before")
    assert not [line for line in served.nginx.errors().splitlines() if re.search(r"\[(alert|crit|emerg)\]", line)]
    assert SANITIZED or grown < 40_000
