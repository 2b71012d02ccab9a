"""Random event streams from a seed: every type, ties, repetitions, corrections before and after, out of order.

    generate.py [--seed N] [--events N] [--items N] [--hours N] [--until RFC3339]      NDJSON on standard output

The same arguments give the same bytes. Every event is valid and lies in the last `hours` before `until`, so a broker
whose clock is near `until` makes none of them late.
"""
import argparse
import json
import random
import time

from reference import format_time, parse_time

NODES = ("warehouse-1", "store-1", "store-2", "store-3", "web")
PLACES = (
    {"floor": "1"},
    {"floor": "1", "zone": "men"},
    {"floor": "1", "zone": "men", "aisle": "A1", "bay": "B1", "shelf": "S1"},
    {"floor": "1", "zone": "men", "aisle": "A1", "bay": "B1", "shelf": "S2", "position": "3"},
    {"floor": "1", "shelf": "S9"},
    {"floor": "2", "zone": "women"},
    {"floor": "2", "zone": "women", "aisle": "A2"},
    {"floor": "2", "zone": "café", "shelf": "Ü1"},
)
STATES = ("sellable", "damaged", "quality_hold", "staged")
TYPES = ("received", "sold", "returned", "adjusted", "moved", "counted", "shipped", "arrived", "state_changed",
         "expected")
WEIGHTS = (12, 25, 5, 5, 10, 12, 6, 6, 8, 4)


class Stream:
    def __init__(self, seed, items, hours, until_ms):
        self.random = random.Random(seed)
        self.items = [f"SKU-{seed}-{i}" for i in range(items)]
        self.from_ms, self.until_ms = until_ms - hours * 3_600_000, until_ms
        self.moments = [self.random.randrange(self.from_ms, until_ms) for _ in range(50)]
        self.made = 0

    def event(self):
        """One event of any type but `corrected`."""
        rng = self.random
        self.made += 1
        event = {"id": f"e{self.made}", "source": rng.choice(("pos-1", "pos-2", "wms")),
                 "type": rng.choices(TYPES, WEIGHTS)[0], "time": format_time(self.moment()),
                 "sku": rng.choice(self.items), "node": rng.choice(NODES)}
        if rng.random() < 0.25:
            event["seq"] = rng.choice((0, 1, 2, 2**53 - 1))
        getattr(self, event["type"])(event)
        return event

    def moment(self):
        """Now and then a moment that other events have too."""
        if self.random.random() < 0.2:
            return self.random.choice(self.moments)
        return self.random.randrange(self.from_ms, self.until_ms)

    def maybe_place(self, event, key="place"):
        if self.random.random() < 0.6:
            event[key] = self.random.choice(PLACES)

    def delta(self, event):
        event["qty"] = self.random.choice((1, 1, 1, 2, 5, 40))
        self.maybe_place(event)
        if self.random.random() < 0.15:
            event["state"] = self.random.choice(STATES)

    def received(self, event):
        self.delta(event)
        self.maybe_ref(event)

    arrived = received
    returned = delta

    def sold(self, event):
        self.delta(event)
        if self.random.random() < 0.1:
            event["reservation"] = f"r{self.random.randrange(10)}"

    def adjusted(self, event):
        self.delta(event)
        event["qty"] *= self.random.choice((1, -1))
        event["reason"] = "it was so"

    def moved(self, event):
        event["qty"] = self.random.randint(1, 5)
        source, target = self.random.sample((None, *PLACES), 2)
        event.update({key: place for key, place in (("place", source), ("to_place", target)) if place})

    def counted(self, event):
        event["scope"] = self.random.choice(("place", "zone", "floor", "node"))
        {"place": self.count_place, "node": self.count_node}.get(event["scope"], self.count_area)(event)

    def total(self, event):
        event["qty"] = self.random.randint(0, 40)
        if event["scope"] == "node" and self.random.random() < 0.2:
            event["qty"] = -event["qty"]
        if event["scope"] == "node" and self.random.random() < 0.5:
            event["state"] = "sellable"

    def count_place(self, event):
        event.update(place=self.random.choice(PLACES), qty=self.random.randint(0, 9))

    def count_area(self, event):
        zoned = event["scope"] == "zone"
        depth = 2 if zoned else 1
        scope = self.random.choice([p for p in PLACES if len(p) == depth and ("zone" in p) == zoned])
        event["place"] = scope
        self.total_or_lines(event, [p for p in PLACES if all(p.get(c) == name for c, name in scope.items())])

    def count_node(self, event):
        self.total_or_lines(event, PLACES)
        if "lines" in event and self.random.random() < 0.5:
            event["lines"].append({"qty": self.random.randint(0, 9)})
        if "lines" in event and self.random.random() < 0.3:
            event["lines"].append({"state": self.random.choice(STATES[1:]), "qty": self.random.randint(0, 3)})

    def total_or_lines(self, event, places):
        if self.random.random() < 0.3:
            self.total(event)
            return
        chosen = self.random.sample(places, self.random.randint(0, len(places)))
        event["lines"] = [{"place": place, "qty": self.random.randint(0, 9)} for place in chosen]
        if self.random.random() < 0.5:
            event["missing"] = self.random.choice(("zero", "keep"))

    def shipped(self, event):
        self.delta(event)
        event["to_node"] = self.random.choice([node for node in NODES if node != event["node"]])
        event["ref"] = f"TR-{self.random.randrange(20)}"
        self.maybe_eta(event)

    def state_changed(self, event):
        event["from_state"], event["to_state"] = self.random.sample(STATES, 2)
        event["qty"] = self.random.randint(1, 3)
        self.maybe_place(event)

    def expected(self, event):
        event.update(qty=self.random.choice((0, 10, 100)), ref=f"TR-{self.random.randrange(20)}")
        self.maybe_eta(event)

    def maybe_ref(self, event):
        if self.random.random() < 0.5:
            event["ref"] = f"TR-{self.random.randrange(20)}"

    def maybe_eta(self, event):
        if self.random.random() < 0.5:
            event["eta"] = format_time(self.until_ms + self.random.randrange(10) * 3_600_000)

    def corrected(self, event):
        """What strikes `event` out."""
        self.made += 1
        mark = {"id": f"e{self.made}", "source": event["source"], "type": "corrected",
                "time": format_time(self.random.randrange(parse_time(event["time"]), self.until_ms + 1)),
                "sku": event["sku"], "node": event["node"], "ref": event["id"], "ref_time": event["time"]}
        if event["type"] == "shipped":
            mark["to_node"] = event["to_node"]
        if self.random.random() < 0.2:
            self.mislead(mark)
        return mark

    def mislead(self, mark):
        """Makes a correction name the right key and other nodes, so that it strikes nothing."""
        other = self.random.choice([node for node in NODES if node not in (mark["node"], mark.get("to_node"))])
        if self.random.random() < 0.5:
            mark["node"] = mark.get("to_node", other)
        if mark.pop("to_node", None) is None or mark["node"] == other:
            mark["to_node"] = self.random.choice([node for node in NODES if node != mark["node"]])


def stream(seed, events=1000, items=20, hours=48, until_ms=None):
    """Events (dicts) in the order in which to publish them: nearly in order of time, with stragglers, repetitions, and
    corrections on either side of what they correct."""
    made = Stream(seed, items, hours, int(time.time() * 1000) if until_ms is None else until_ms)
    rng = made.random
    out = []
    for _ in range(events):
        event = made.event()
        out.append(event)
        if rng.random() < 0.05:
            out.append(made.corrected(event))
        if rng.random() < 0.05:
            out.extend([event] * rng.randint(1, 2))
    slack = hours * 3_600_000 // 10
    return sorted(out, key=lambda event: parse_time(event["time"]) + rng.randint(-slack, slack))


def role_of(event):
    """The topic an event belongs to, by the kind of its node."""
    return {"warehouse": "warehouse", "web": "ecommerce"}.get(event["node"].split("-")[0], "store")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--events", type=int, default=1000)
    parser.add_argument("--items", type=int, default=20)
    parser.add_argument("--hours", type=int, default=48)
    parser.add_argument("--until", type=parse_time, default=None)
    given = parser.parse_args()
    for event in stream(given.seed, given.events, given.items, given.hours, given.until):
        print(json.dumps(event, ensure_ascii=False, separators=(",", ":")))


if __name__ == "__main__":
    main()
