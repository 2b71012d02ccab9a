"""nearby: the five nearest of 3,000 stores that have an item, which one in ten of them does, from random positions (in a
country of 700 by 1,000 km); against a static answer of the same nginx worker with the same bytes and headers."""
import random

import harness
import lookups

STORES, ITEMS = 3_000, 20


def position(rng):
    return round(rng.uniform(36.8, 43.2), 5), round(rng.uniform(-9.0, 3.0), 5)


def store(number, rng):
    lat, lon = position(rng)
    return lookups.node_document(f"node-{number}", lat=lat, lon=lon)


def measure(stage):
    rng = random.Random(1)
    stores = [store(number, rng) for number in range(STORES)]
    events = [lookups.received(item * STORES + number, lookups.sku(item), f"node-{number}")
              for item in range(ITEMS) for number in rng.sample(range(STORES), STORES // 10)]
    front = lookups.Front(lookups.documents_view(stage, "nearby", stores, events))
    targets = ["/v1/nearby?item={}&lat={}&lon={}&k=5".format(lookups.sku(i % ITEMS), *position(rng))
               for i in range(10_000)]
    asked = front.targets(targets)
    yield harness.Comparison("nearby", "requests/s", "nginx' return 200 of the same bytes", front.load(asked),
                             front.load(front.static(targets[0], asked)))
