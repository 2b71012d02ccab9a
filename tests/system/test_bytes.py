"""Bytes from outside, all the way: what would spoil an answer is in none, and the longest names there may be are in all."""
import json
import time
import urllib.parse

import pytest
import reference
import servers
import serving

SPOILT = [b'{"id":"bad","kind":"store","lat":1\0}', b'{"id":"bad","kind":"store","x":true\0}',
          b'{"id":"bad","kind":"store","x":[null\0]}', b'{"id":"bad","kind":"store"}\0',
          b'{"id":"bad","kind":"store","x":1e400}', b'{"id":"bad","kind":"store","x":' + b"[" * 900 + b"]" * 900 + b"}",
          b'{"id":"bad\xe2\x80\x8b","kind":"store"}', b'{"id":"bad ","kind":"store"}', b'{"id":"\xff","kind":"store"}']


@pytest.fixture
def shop(tmp_path, kafka):
    made = serving.Serving(tmp_path, kafka, f"{tmp_path.name}.")
    try:
        yield made.start()
    finally:
        made.stop()


def refused(shop):
    return len(shop.stockfold.kafka.read(shop.stockfold.topic("refused")))


def test_documents_that_would_spoil_an_answer_are_in_none(shop):
    before = refused(shop)
    topic = shop.stockfold.topic
    as_items = [text.replace(b'"id":"bad', b'"sku":"bad').replace(b'"id"', b'"sku"') for text in SPOILT]
    astray = [json.dumps(event).encode() for event in serving.EVENTS[:3]]
    shop.stockfold.kafka.produce(topic("nodes"), [("bad", text) for text in SPOILT])
    shop.stockfold.kafka.produce(topic("items"), [("bad", text) for text in as_items] +
                                 [(serving.SKU, text) for text in astray])
    expected = before + 2 * len(SPOILT) + len(astray)
    servers.wait_until(lambda: refused(shop) == expected, what="the documents to be refused")
    for path in ("/v1/nodes", f"/v1/items/{serving.SKU}", f"/v1/items?style={serving.STYLE}", "/v1/items?q=linen"):
        answer = shop.get(path)
        assert answer.status == 200 and answer.json and b"\0" not in answer.body and b"bad" not in answer.body
    assert shop.get(f"/v1/items/{serving.SKU}").json["title"] == "Linen shirt"


SKU, NODE = "s" * 64, ("Éire & Co / United Kingdom 100%? #1 " * 2)[:62].strip().ljust(61, "x")
PLACE = {component: f"{component} of Baking Ingredients ".ljust(64, ".") for component in reference.COMPONENTS}


def longest(identity, kind, **fields):
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    return {"id": f"urn:uuid:{identity}:".ljust(128, "i"), "source": "p" * 64, "type": kind, "time": moment, "sku": SKU,
            "node": NODE, **fields}


def test_the_longest_names_go_all_the_way(shop):
    assert len(NODE.encode()) <= 64 and all(len(part.encode()) == 64 for part in PLACE.values())
    events = [longest(1, "received", qty=12, place=PLACE),
              longest(2, "expected", qty=4, ref="r" * 128, eta="2099-12-01T00:00:00Z"),
              longest(3, "sold", qty=2, reservation="v" * 64, reason="x" * 200, seq=2**53 - 1),
              longest(4, "shipped", qty=3, place=PLACE, to_node="t" * 64, ref="r" * 128)]
    events.append(longest(5, "corrected", ref=events[2]["id"], ref_time=events[2]["time"]))
    node = {"id": NODE, "kind": "store", "lat": 40.0, "lon": -3.0, "name": "n" * 200, "hours": serving.HOURS, "time_zone": "Etc/UTC",
            "zones": [{"floor": PLACE["floor"], "zone": PLACE["zone"], "name": "z" * 200}]}
    item = {"sku": SKU, "style": "y" * 64, "title": "t" * 1000}
    shop.stockfold.publish(node)
    shop.stockfold.publish(item)
    shop.stockfold.publish(*events)
    line = reference.dump(events).decode().splitlines()

    def dumped():
        return [text for text in shop.stockfold.dump().decode().splitlines() if json.loads(text)["sku"] == SKU]

    servers.wait_until(lambda: dumped() == line, what="the events to be folded")
    place = {**PLACE, "qty": 9}
    path = urllib.parse.quote(NODE, safe="")
    servers.wait_until(lambda: shop.get(f"/v1/nodes/{path}").status == 200, what="the node")
    located = shop.get(f"/v1/items/{SKU}/locate", {"node": NODE}).json
    assert {name: located["places"][0][name] for name in place} == place and located["node"] == NODE
    available, = shop.get("/v1/availability", {"sku": SKU, "node": NODE}).json["lines"]
    assert (available["available"], available["incoming"][0]["ref"]) == (9, "r" * 128)
    body = json.dumps({"pairs": [[SKU, NODE]]}).encode()
    posted, = shop.ask("POST", "/v1/availability", body, {"Content-Type": "application/json"}).json["lines"]
    assert (posted["node"], posted["available"]) == (NODE, 9)
    stock = shop.get(f"/v1/nodes/{path}/stock", {"floor": PLACE["floor"], "zone": PLACE["zone"]}).json["lines"]
    assert [(found["sku"], found["available"]) for found in stock] == [(SKU, 9)]
    assert shop.get(f"/v1/items/{SKU}").json["title"] == "t" * 1000
    nearby = shop.get(f"/v1/nearby?item={SKU}:9&lat=40&lon=-3").json["nodes"]
    assert [found["node"] for found in nearby] == [NODE]
