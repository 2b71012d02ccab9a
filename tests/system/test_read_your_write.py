"""A producer sees its own write at once by naming where it was put; without that, it sees it soon."""
import datetime
import json
import time
import urllib.parse

import confluent_kafka
import pytest

import http_client
import servers

NODE, SKUS, WRITES = "store-1", 40, 1000


class Till:
    """Receives units, and knows how many there must be. One producer for all, as tills have."""

    def __init__(self, stockfold):
        self.stockfold = stockfold
        self.topic, self.told, self.units = stockfold.topic("store"), 0, {}
        self.put_ms = None  # Kafka time of the last write
        self.producer = confluent_kafka.Producer({"bootstrap.servers": stockfold.kafka.bootstrap, "linger.ms": 0,
                                                  "partitioner": "murmur2_random", "log_level": 0})

    def event(self, sku):
        self.told += 1
        self.units[sku] = self.units.get(sku, 0) + 1
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        return json.dumps({"id": str(self.told), "source": "till", "type": "received", "time": moment, "sku": sku,
                           "node": NODE, "qty": 1})

    def write(self, *skus):
        """Waits for the acknowledgements, and returns where the messages were put."""
        placed = []

        def acknowledged(error, message):
            assert not error, error
            placed.append(f"{self.topic}:{message.partition()}:{message.offset()}")
            self.put_ms = message.timestamp()[1]
        for sku in skus:
            self.producer.produce(self.topic, self.event(sku), sku, on_delivery=acknowledged)
        assert self.producer.flush(60) == 0 and len(placed) == len(skus)
        return placed


def path(sku, **query):
    return "/v1/availability?" + urllib.parse.urlencode({"sku": sku, "node": NODE, **query})


def available(answer):
    assert answer.status == 200, answer.body
    return answer.json["lines"][0]["available"]


def as_of_ms(answer):
    return datetime.datetime.fromisoformat(answer.json["as_of"].replace("Z", "+00:00")).timestamp() * 1000


@pytest.fixture(scope="module")
def served(tmp_path_factory, kafka):
    folder = tmp_path_factory.mktemp("served")
    view = servers.Redis(folder / "redis").start()
    stockfold = servers.Stockfold(folder, kafka, view, prefix="own.", settings={"http.deadline": "5s"})
    nginx = servers.Nginx(folder / "nginx", stockfold)
    try:
        stockfold.setup()
        stockfold.start_fold()
        nginx.start()
        with http_client.Client(nginx.port) as client:
            servers.wait_until(lambda: client.get("/readyz?strict=true").status == 200, what="a view that is ready")
            yield client, Till(stockfold)
    finally:
        nginx.stop()
        stockfold.stop()
        view.stop()


def test_each_of_a_thousand_writes_is_seen_at_once(served):
    client, till = served
    waits = []
    for number in range(WRITES):
        sku = f"sku-{number % SKUS}"
        message, = till.write(sku)
        began = time.monotonic()
        answer = client.get(path(sku, after=message, wait_ms=5000))
        assert available(answer) == till.units[sku] and as_of_ms(answer) > till.put_ms - 0.5
        waits.append(time.monotonic() - began)
    waits.sort()
    print(f"read your write: {WRITES} of {WRITES} seen, waited {waits[WRITES // 2] * 1000:.1f} ms (p50), "
          f"{waits[WRITES * 99 // 100] * 1000:.1f} ms (p99), {waits[-1] * 1000:.1f} ms at most")


def test_without_naming_it_every_write_is_seen_soon(served):
    client, till = served
    skus, slowest = [f"another-{number}" for number in range(WRITES)], 0
    for begin in range(0, WRITES, 20):
        portion = skus[begin:begin + 20]
        till.write(*portion)
        began = time.monotonic()
        unseen = set(portion)

        def all_seen(unseen=unseen):
            asked = sorted(unseen)
            for sku, answer in zip(asked, client.get_all(map(path, asked))):
                if available(answer) == till.units[sku]:
                    unseen.discard(sku)
            return not unseen
        servers.wait_until(all_seen, what="a write's sight", every=0.001)
        slowest = max(slowest, time.monotonic() - began)
    print(f"soon: {WRITES} of {WRITES} seen, portions of 20 within {slowest * 1000:.0f} ms of their acknowledgement")


def test_what_is_not_there_yet_is_waited_for_and_then_refused(served):
    client, till = served
    message, = till.write("sku")
    topic, partition, offset = message.rsplit(":", 2)
    nothing = f"{topic}:{partition}:{int(offset) + 1000}"

    began = time.monotonic()
    answer = client.get(path("sku", after=nothing))
    assert (answer.status, answer.json["code"]) == (412, "not_folded")
    at_once = time.monotonic() - began
    began = time.monotonic()
    answer = client.get(path("sku", after=nothing, wait_ms=3000))
    assert (answer.status, answer.json["code"]) == (412, "not_folded")
    waited = time.monotonic() - began
    assert waited >= 3 and at_once < waited
    assert client.get(path("sku", after=message, wait_ms=3000)).status == 200


def put_node(stockfold, name, title):
    """Returns where its document was put."""
    (partition, offset), = stockfold.kafka.produce(
        stockfold.topic("nodes"), [(name, json.dumps({"id": name, "name": title, "kind": "store"}))])
    return f"{stockfold.topic('nodes')}:{partition}:{offset}"


def test_each_node_is_seen_at_once(served):
    """By the routes of nodes, and by those of items too."""
    client, till = served
    for number in range(3):
        for title in "first", "second":
            name = f"node-{number}"
            after = {"after": put_node(till.stockfold, name, title), "wait_ms": 5000}
            query = urllib.parse.urlencode(after)
            if title == "first":
                listed = client.get(f"/v1/nodes?limit=1000&{query}")
                assert [node["name"] for node in listed.json["nodes"] if node["id"] == name] == [title]
            assert client.get(f"/v1/nodes/{name}?{query}").json["name"] == title
            line, = client.get("/v1/availability?" + urllib.parse.urlencode({"sku": "sku", "node": name, **after})).json["lines"]
            assert line["name"] == title
            assert client.get(f"/v1/nodes/{name}/stock?{query}").status == 200


def test_nodes_wait_for_messages_of_items_and_are_unknown_only_then(served):
    client, till = served
    message, = till.write("sku")
    servers.wait_until(lambda: client.get(f"/v1/nodes/{NODE}").status == 200, what="a node that was heard of")
    query = urllib.parse.urlencode({"after": message, "wait_ms": 5000})
    assert client.get(f"/v1/nodes/{NODE}?{query}").status == 200
    unknown = client.get(f"/v1/nodes/nowhere?{query}")
    assert (unknown.status, unknown.json["code"]) == (404, "unknown_node")
    topic, partition, offset = put_node(till.stockfold, "node-last", "last").rsplit(":", 2)
    for path_ in "/v1/nodes", "/v1/nodes/nowhere", "/v1/nodes/nowhere/stock", path("sku"):
        separator = "&" if "?" in path_ else "?"
        early = client.get(f"{path_}{separator}after={topic}:{partition}:{int(offset) + 1000}")
        assert (early.status, early.json["code"]) == (412, "not_folded"), path_


MALFORMED = ["", ":", "t", "t:0", "t:0:", ":0:0", "t::0", "t:-1:0", "t:0:-1", "t:x:0", "t:0:1x", "t:0: 1",
             "t:0:99999999999999999999", "t:99999999999:0", "t" * 300 + ":0:0"]


def test_what_cannot_be_a_message_or_a_wait_is_a_wrong_parameter(served):
    client, till = served
    till.write("sku")
    queries = [("after", {"after": after}) for after in MALFORMED] + \
        [("wait_ms", {"after": f"{till.topic}:0:0", "wait_ms": wait_ms}) for wait_ms in ("-1", "x", "", "1.5", "9" * 11)]
    for name, query in queries:
        answer = client.get(path("sku", **query))
        assert (answer.status, answer.json["code"], answer.json["parameter"]) == (400, "wrong_parameter", name), query
