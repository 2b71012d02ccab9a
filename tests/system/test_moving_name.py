"""The name of Redis' host leads elsewhere after a failover, or nowhere for a while. Who moved is found; who waits for a
name does everything else meanwhile."""
import statistics
import time
import urllib.request

import pytest
import servers
import serving
from servers import BUILD, wait_until

NOBODY_WAITS = 20  # rounds; each is held against as many before


class NamedRedis(servers.Redis):
    """At an address of its own, and a port that others have at theirs."""

    def __init__(self, folder, address, port):
        super().__init__(folder, {"bind": address})
        self.address, self.port = address, port

    @property
    def url(self):
        return f"redis://redis.test:{self.port}/0"

    def client(self):
        return servers.redis.Redis(host=self.address, port=self.port)


@pytest.fixture
def names(tmp_path, monkeypatch):
    """A function that says where redis.test leads from now on, for programs that are started from now on."""
    path = tmp_path / "names"

    def lead(address):
        new = tmp_path / "new"
        new.write_text(address)
        new.replace(path)

    lead("127.0.0.1")
    monkeypatch.setenv("STOCKFOLD_TEST_NAMES", str(path))
    return lead


@pytest.fixture
def served(tmp_path, kafka, names, monkeypatch):
    port = servers.free_port()
    first = NamedRedis(tmp_path / "redis-1", "127.0.0.1", port).start()
    second = NamedRedis(tmp_path / "redis-2", "127.0.0.2", port).start()
    served = serving.Serving(tmp_path, kafka, f"name{time.monotonic_ns()}.", redis_server=first)
    served.second = second
    monkeypatch.setenv("LD_PRELOAD", str(BUILD / "tests/names.so"))
    try:
        yield served.start()
    finally:
        names("none")
        served.stop()
        second.stop()


def health(served):
    """Seconds that an answer takes for which no Redis is asked."""
    begin = time.monotonic()
    with urllib.request.urlopen(served.nginx.url + "/healthz", timeout=60) as answer:
        assert answer.status == 200
    return time.monotonic() - begin


def visible(served, units):
    lines = served.get("/v1/availability", [("sku", serving.SKU), ("node", serving.NODE)]).json.get("lines")
    return lines and lines[0].get("available") == units


def test_a_server_that_moved_is_found_by_its_name(served, names):
    served.second.client().execute_command("REPLICAOF", "127.0.0.1", served.redis.port)
    wait_until(lambda: served.second.client().info("replication").get("master_link_status") == "up", what="a replica")
    served.redis.client().wait(1, 10000)
    served.redis.kill()
    served.second.client().execute_command("REPLICAOF", "NO", "ONE")
    names("127.0.0.2")
    served.stockfold.publish(serving.event("more", "received", serving.SKU, serving.NODE, qty=1))
    wait_until(lambda: visible(served, 9), what="the event behind the move")


def test_nobody_waits_for_a_name(served, names):
    calm = [health(served) for _ in range(NOBODY_WAITS)]
    names("stuck")
    served.redis.kill()
    wait_until(lambda: served.get("/readyz").status == 503, what="nginx to notice")
    stuck = [health(served) for _ in range(NOBODY_WAITS)]
    assert statistics.median(stuck) < 10 * statistics.median(calm) + 0.05
    fresh = servers.Nginx(served.nginx.folder.parent / "fresh", served.stockfold).start()  # answers /healthz
    wait_until(lambda: "its name is still being looked up" in fresh.errors(), what="nginx to say so")
    fresh.stop()
    fold = served.stockfold.start_fold()
    wait_until(lambda: "still being looked up" in fold.tail(), what="a fold that waits for the name")
    assert fold.stop() == 0
    served.redis.start()
    names("127.0.0.1")
    served.stockfold.start_fold()
    wait_until(lambda: visible(served, 8), what="the view when names are back")
