"""A small retailer behind HTTP, with something for every route to say: for tests of answers, and of what is counted."""
import json
import time
import urllib.error
import urllib.parse
import urllib.request

import servers

SKU, OTHER_SKU, STYLE, NODE, OTHER_NODE, GTIN = "ZR-7745-M-BLK", "ZR-7745-L-BLK", "ZR-7745", "store-014", "store-015", \
    "08435678901234"
HOURS = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
ZONES = [{"floor": "2", "zone": "women", "name": "Women", "walk": 20, "draw": 1, "pickable": True, "accessible": True}]
NODES = [
    {"id": NODE, "name": "Gran Vía 32", "kind": "store", "lat": 40.4203, "lon": -3.7058, "time_zone": "Europe/Madrid",
     "hours": HOURS, "pickup": {"enabled": True}, "floors": [{"floor": "2", "name": "Second floor"}], "zones": ZONES},
    {"id": OTHER_NODE, "name": "Serrano 5", "kind": "store", "lat": 40.43, "lon": -3.68, "time_zone": "Europe/Madrid",
     "hours": HOURS, "pickup": {"enabled": True}},
    {"id": "store-016", "kind": "store", "lat": 40.44, "lon": -3.69, "as_of": "a producer's own", "extra": [1.50]},
    {"id": "web", "name": "Web", "kind": "ecommerce", "sells_online": True},
]
ITEMS = [
    {"sku": SKU, "style": STYLE, "title": "Linen shirt", "color": "black", "size": "M", "gtin": GTIN,
     "price": {"amount": "39.95", "currency": "EUR"}},
    {"sku": OTHER_SKU, "style": STYLE, "title": "Linen shirt", "color": "black", "size": "L"},
    {"sku": "no-stock", "title": "Hat", "lag_ms": "a producer's own"},
]


def event(identity, kind, sku, node, **fields):
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    return {"id": identity, "source": "wms", "type": kind, "time": moment, "sku": sku, "node": node, **fields}


EVENTS = [
    event("1", "received", SKU, NODE, qty=10, place={"floor": "2", "zone": "women", "shelf": "S3"}),
    event("2", "sold", SKU, NODE, qty=2),
    event("3", "received", OTHER_SKU, NODE, qty=1),
    event("4", "received", SKU, OTHER_NODE, qty=5),
    event("5", "received", SKU, "web", qty=50),
    event("6", "expected", SKU, NODE, qty=40, ref="po-1", eta="2026-12-01T00:00:00Z"),
    event("7", "received", "no-document", "no-document", qty=1),
]
REFUSED = [{"id": "8"}, event("9", "vanished", SKU, NODE, qty=1), b"{", event("10", "sold", SKU, NODE, qty=-1)]


def escaped_pairs(n):
    """A body of so many pairs of the longest names, each of their bytes escaped."""
    sku, node = (64 * rf"\u{ord(letter):04x}" for letter in "sn")
    return ('{"pairs":[' + ",".join([f'["{sku}","{node}"]'] * n) + "]}").encode()


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)


class Serving:
    """Kafka's topics, a view, a fold and nginx, of which tests may take away what they like."""

    def __init__(self, folder, kafka, prefix, settings=None, redis_server=None):
        self.redis = redis_server or servers.Redis(folder / "redis").start()
        # Patient, unless a test is about impatience: on a busy machine a right answer may take its time.
        settings = {"http.deadline": "10s", **(settings or {})}
        self.stockfold = servers.Stockfold(folder, kafka, self.redis, prefix=prefix, settings=settings)
        self.nginx = servers.Nginx(folder / "nginx", self.stockfold)

    def start(self):
        self.stockfold.setup()
        for kind, documents in (("nodes", NODES), ("items", ITEMS)):
            self.stockfold.kafka.produce(self.stockfold.topic(kind), [
                (document.get("sku") or document["id"], json.dumps(document)) for document in documents])
        self.stockfold.publish(*EVENTS)
        self.stockfold.kafka.produce(self.stockfold.topic("store"), [
            (SKU, line if isinstance(line, bytes) else json.dumps(line)) for line in REFUSED])
        self.fold = self.stockfold.start_fold()
        self.nginx.start()
        servers.wait_until(lambda: self.get("/readyz?strict=true").status == 200, what="a view that is ready")
        known = [node["id"] for node in NODES] + ["no-document"]
        servers.wait_until(lambda: all(self.get(f"/v1/nodes/{node}").status == 200 for node in known), what="the nodes")
        return self

    def ask(self, method, path, body=None, headers=None):
        request = urllib.request.Request(self.nginx.url + path, body, headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as answer:
            with answer:
                return Answer(answer.code, answer.headers, answer.read())

    def get(self, path, query=(), **headers):
        return self.ask("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""), headers=headers)

    def stop(self):
        self.nginx.stop()
        self.stockfold.stop()
        self.redis.stop()
