"""Who is near and has the whole basket: 2,992 real stores, held against a search that looks at every one of them."""
import csv
import json
import math
import os
import pathlib
import random
import time
import urllib.parse

import pytest

import http_client
import servers
import serving

DATA = pathlib.Path(os.environ.get("STOCKFOLD_DATA", servers.ROOT.parent / "shared/data")) / "store-locations.csv"
pytestmark = pytest.mark.skipif(not DATA.exists(),
                                reason=f"no real data at {DATA} (STOCKFOLD_DATA names its folder)")

SEED, QUERIES = 20261122, 1000
RARE, COMMON = "rare:one", "common one"  # in one store of 300, in one of ten
EARTH_RADIUS_KM = 6371.0088
PASSED_MAX = 100


class Store:
    """What is known of a store, and what is put into it."""

    def __init__(self, row, dice):
        self.id = f"store-{row['storenum']}"
        self.lat, self.lon = float(row["LAT"]), float(row["LON"])
        self.north, self.east = math.radians(self.lat), math.radians(self.lon)
        self.city = row["STRCITY"]
        fate = dice.randrange(60)
        self.pickup, self.opens, self.speaks = fate != 0, fate != 1, fate != 2
        self.safety = dice.choice((0, 0, 0, 2))
        self.stock = {}  # sku → (units on the sales floor, units where nobody may pick)

    def document(self):
        hours = {"time_zone": "Etc/UTC", "hours": serving.HOURS if self.opens else {}}
        return {"id": self.id, "name": self.city, "kind": "store", "lat": self.lat, "lon": self.lon,
                "pickup": {"enabled": self.pickup}, "safety_stock": self.safety, **hours,
                "zones": [{"floor": "0", "zone": "back", "pickable": False}]}

    def events(self, now):
        moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(now - (60 if self.speaks else 30 * 3600)))
        for sku, units in self.stock.items():
            for zone, qty in zip(("sales", "back"), units):
                if qty > 0:
                    yield {"id": f"{self.id}-{sku}-{zone}", "source": "wms", "type": "received", "time": moment,
                           "sku": sku, "node": self.id, "qty": qty, "place": {"floor": "0", "zone": zone}}

    def available(self, sku):
        return max(0, sum(self.stock.get(sku, (0, 0))) - self.safety)

    def for_pickup(self, sku):
        return max(0, self.available(sku) - self.stock.get(sku, (0, 0))[1])

    def reason(self, basket):
        if not self.pickup:
            return "no_pickup"
        if any(self.available(sku) == 0 for sku in basket):
            return "out"
        if any(self.available(sku) < qty for sku, qty in basket.items()):
            return "not_enough"
        if any(self.for_pickup(sku) < qty for sku, qty in basket.items()):
            return "not_pickable"
        if not self.opens:
            return "closed"
        return None if self.speaks else "silent"


def stores():
    dice = random.Random(SEED)
    with DATA.open(newline="") as file:
        found = [Store(row, dice) for row in csv.DictReader(file)]
    for sku, count in ((RARE, len(found) // 300 + 1), (COMMON, len(found) // 10)):
        for store in dice.sample(found, count):
            store.stock[sku] = (dice.randint(1, 12), dice.choice((0, 0, 5)))
    return found


def distances(found, lat, lon):
    """Haversine, to each."""
    north, east = math.radians(lat), math.radians(lon)
    for store in found:
        a = math.sin((store.north - north) / 2) ** 2 + \
            math.cos(north) * math.cos(store.north) * math.sin((store.east - east) / 2) ** 2
        yield 2 * EARTH_RADIUS_KM * math.asin(min(1, math.sqrt(a))), store.id, store


def search(found, lat, lon, basket, k, max_km):
    """Every store is looked at: those taken as (store, distance), those passed over as (store, distance, reason)."""
    taken, passed, too_far = [], [], []
    for distance, _, store in sorted(distances(found, lat, lon)):
        reason = store.reason(basket)
        beyond = max_km is not None and distance > max_km
        if reason is None and not beyond:
            taken.append((store, distance))
            if len(taken) == k:
                return taken, passed[:PASSED_MAX]
        elif reason is None:
            too_far.append((store, distance, "too_far"))
        elif not beyond:
            passed.append((store, distance, reason))
    return taken, (passed + too_far[:k])[:PASSED_MAX]


class Query:
    def __init__(self, found, dice):
        skus = dice.choice(([RARE], [COMMON], [COMMON], [RARE, COMMON], [COMMON, RARE]))
        self.basket = {sku: dice.choice((1, 1, 2, 4, 8)) for sku in skus}
        self.k = dice.randint(1, 20)
        self.max_km = dice.choice((None, None, round(dice.uniform(20, 1500), 3)))
        self.node = dice.choice((None, None, None, dice.choice(found)))
        self.lat, self.lon = (self.node.lat, self.node.lon) if self.node else \
            (round(dice.uniform(25, 49), 5), round(dice.uniform(-124, -67), 5))

    def path(self):
        items = [("item", urllib.parse.quote(sku, safe="") + (f":{qty}" if qty > 1 else ""))
                 for sku, qty in self.basket.items()]
        origin = [("node", self.node.id)] if self.node else [("lat", self.lat), ("lon", self.lon)]
        reach = [("max_km", self.max_km)] if self.max_km else []
        return "/v1/nearby?" + "&".join(f"{name}={value}" for name, value in [*items, *origin, ("k", self.k), *reach])


def must_equal(answer, query, found):
    taken, passed = search(found, query.lat, query.lon, query.basket, query.k, query.max_km)
    assert [node["node"] for node in answer["nodes"]] == [store.id for store, _ in taken]
    assert [(node["node"], node["reason"]) for node in answer["passed_over"]] == \
        [(store.id, reason) for store, _, reason in passed]
    for node, (store, distance, *_) in zip(answer["nodes"] + answer["passed_over"], taken + passed):
        assert abs(node["distance_km"] - distance) <= 0.001
        assert node["name"] == store.city
    for node, (store, _) in zip(answer["nodes"], taken):
        assert node["open_now"] and node["ready_by"]
        assert [(item["sku"], item["available"], item["available_for_pickup"]) for item in node["items"]] == \
            [(sku, store.available(sku), store.for_pickup(sku)) for sku in query.basket]
    return taken, passed


@pytest.fixture
def served(stockfold, tmp_path):
    """The stores, folded, and behind HTTP."""
    found, now = stores(), time.time()
    stockfold.settings["http.deadline"] = "10s"
    stockfold.setup()
    stockfold.kafka.produce(stockfold.topic("nodes"), [(store.id, json.dumps(store.document())) for store in found])
    events = [event for store in found for event in store.events(now)]
    stockfold.kafka.produce(stockfold.topic("store"), [(event["sku"], json.dumps(event)) for event in events])
    totals = stockfold.fold_until_end()
    assert (totals["folded"], totals["refused"]) == (len(found) + len(events), {}), totals
    nginx = servers.Nginx(tmp_path / "nginx", stockfold).start()
    try:
        with http_client.Client(nginx.port) as client:
            servers.wait_until(lambda: client.get("/v1/nodes").status == 200, what="the nodes")
            yield client, found
    finally:
        nginx.stop()


def test_nearby_equals_a_search_of_every_store(served):
    client, found = served
    assert len(found) == len({store.id for store in found}) == 2992
    dice = random.Random(SEED + 1)
    queries = [Query(found, dice) for _ in range(QUERIES)]
    reasons, cut, began = {}, 0, time.monotonic()
    for query, answer in zip(queries, client.get_all(query.path() for query in queries)):
        assert answer.status == 200, (query.path(), answer.body)
        try:
            taken, passed = must_equal(answer.json, query, found)
        except AssertionError as error:
            raise AssertionError(f"seed {SEED}: {query.path()}") from error
        cut += len(passed) == PASSED_MAX
        for reason in (reason for *_, reason in passed):
            reasons[reason] = reasons.get(reason, 0) + 1
    print(f"nearby: {QUERIES} queries over {len(found)} stores equal in {time.monotonic() - began:.1f} s, "
          f"{cut} with {PASSED_MAX} passed over, {reasons}")
    assert set(reasons) == {"no_pickup", "out", "not_enough", "not_pickable", "closed", "silent", "too_far"} and cut > 0
