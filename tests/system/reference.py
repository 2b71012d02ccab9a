"""What the view must say: the meaning of events, written down a second time, as plainly as possible.

Shares no code and no idea of efficiency with the fold: takes every accepted event of the log at once, and gives the
lines of `stockfold dump` without master data. Differences between this and the dump are errors in one of them.
"""
import collections
import datetime
import json
import re

COMPONENTS = ("floor", "zone", "aisle", "bay", "shelf", "position")
STATES = ("damaged", "quality_hold", "staged")
ADDING = {"received", "returned", "arrived", "adjusted"}
TAKING = {"sold", "shipped"}
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d+))?([Zz]|[+-]\d\d:\d\d)")


def parse_time(text):
    """RFC 3339 -> ms since 1970."""
    day, clock, fraction, offset = TIME.fullmatch(text).groups()
    moment = datetime.datetime.fromisoformat(f"{day}T{clock}{'+00:00' if offset in 'Zz' else offset}")
    return (moment - EPOCH) // datetime.timedelta(milliseconds=1) + int(((fraction or "") + "000")[:3])


def format_time(ms):
    """As the dump prints it: a fraction of three digits, or none when it is zero."""
    digits = "milliseconds" if ms % 1000 else "seconds"
    return (EPOCH + datetime.timedelta(milliseconds=ms)).isoformat(timespec=digits)[:-6] + "Z"


def place_of(document):
    """A place as its six components, "" for a missing one; None when there is none."""
    return tuple(document.get(c, "") for c in COMPONENTS) if document else None


def place_bytes(place):
    return tuple(component.encode() for component in place)


class Record:
    def __init__(self):
        self.as_of = None
        self.unplaced = self.undrawn = 0
        self.states = dict.fromkeys(STATES, 0)
        self.places = collections.defaultdict(int)
        self.seen = {}
        self.incoming = {}  # ref -> (qty, eta)

    def apply(self, event, inbound):
        self.as_of = max(self.as_of or event["ms"], event["ms"])
        if inbound:
            self.come(event["ref"], event["qty"], event.get("eta"))
        elif event["type"] == "counted":
            self.count(event)
        elif event["type"] == "moved":
            self.move(event)
        elif event["type"] == "state_changed":
            self.change_state(event)
        elif event["type"] == "expected":
            self.incoming[event["ref"]] = (event["qty"], event.get("eta"))
        elif event["type"] in ADDING | TAKING:
            self.change(event)
        self.forget_nothings()

    def change(self, event):
        units = -event["qty"] if event["type"] in TAKING else event["qty"]
        state = event.get("state", "sellable")
        if state != "sellable":
            self.states[state] += units
        else:
            self.put(event, place_of(event.get("place")), units)
        if "ref" in event and event["type"] == "arrived":
            self.come(event["ref"], -units, None)
        elif "ref" in event and event["type"] == "received":
            there = self.incoming.get(event["ref"], (0, None))[0]
            self.come(event["ref"], -min(units, max(0, there)), None)

    def put(self, event, place, units):
        """Units come (or, negative, go) at a place, or nowhere in particular."""
        if place:
            self.places[place] += units
            self.seen[place] = event
        elif units > 0:
            self.unplaced += units
        else:
            self.undrawn -= units

    def move(self, event):
        source, target, units = place_of(event.get("place")), place_of(event.get("to_place")), event["qty"]
        if source:
            self.put(event, source, -units)
        else:
            self.unplaced -= units
        if target:
            self.put(event, target, units)
        else:
            self.undrawn -= units

    def change_state(self, event):
        place, units = place_of(event.get("place")), event["qty"]
        if event["from_state"] == "sellable":
            self.put(event, place, -units)
        else:
            self.states[event["from_state"]] -= units
        if event["to_state"] != "sellable":
            self.states[event["to_state"]] += units
        elif event["from_state"] == "staged" and not place:
            self.undrawn -= units
        else:
            self.put(event, place, units)

    def come(self, ref, units, eta):
        qty, before = self.incoming.get(ref, (0, None))
        self.incoming[ref] = (qty + units, eta or before)

    def count(self, event):
        if event["scope"] == "node":
            self.count_node(event)
            return
        scope = place_of(event["place"])
        depth = {"place": 6, "zone": 2, "floor": 1}[event["scope"]]
        covered = [p for p in self.places if p[:depth] == scope[:depth]]
        before = sum(self.places[p] for p in covered)
        if "lines" in event:
            self.set_lines(event, covered)
        else:
            self.places[scope] = event["qty"] - sum(self.places[p] for p in covered if p != scope)
            self.seen[scope] = event
        gained = sum(q for p, q in self.places.items() if p[:depth] == scope[:depth]) - before
        self.settle(gained, scope)

    def settle(self, gained, scope):
        for depth in (2, 1):
            above = scope[:depth] + ("",) * (6 - depth)
            if above == scope or above not in self.places:
                continue
            there = self.places[above]
            part = min(gained, max(0, there)) if gained > 0 else -min(-gained, max(0, -there))
            self.places[above] -= part
            gained -= part
        if gained > 0:
            self.unplaced -= min(gained, max(0, self.unplaced))
        else:
            self.undrawn -= min(-gained, max(0, self.undrawn))

    def set_lines(self, event, covered):
        listed = {place_of(line.get("place")): line["qty"] for line in event["lines"] if is_placed(line)}
        if event.get("missing", "zero") == "zero":
            for place in covered:
                self.places[place] = 0
        for place, qty in listed.items():
            self.places[place] = qty
            self.seen[place] = event

    def count_node(self, event):
        if "qty" in event:
            aside = ("staged",) if event.get("state") == "sellable" else STATES
            rest = event["qty"] - sum(self.places.values()) - sum(self.states[state] for state in aside)
            self.unplaced, self.undrawn = max(0, rest), max(0, -rest)
            return
        if event.get("missing", "zero") == "zero":
            self.unplaced = self.undrawn = 0
        self.set_lines(event, list(self.places))
        for line in event["lines"]:
            if line.get("state", "sellable") != "sellable":
                self.states[line["state"]] = line["qty"]
            elif not is_placed(line):
                self.unplaced, self.undrawn = line["qty"], 0

    def forget_nothings(self):
        for place in [p for p, qty in self.places.items() if qty == 0]:
            del self.places[place]
        for ref in [r for r, (qty, _) in self.incoming.items() if qty == 0]:
            del self.incoming[ref]

    def line(self, sku, node):
        sellable = sum(self.places.values()) + self.unplaced - self.undrawn + self.states["staged"]
        places = [{**{c: name for c, name in zip(COMPONENTS, place) if name}, "qty": self.places[place],
                   "seen_at": format_time(self.seen[place]["ms"]), "seen_by": self.seen[place]["source"]}
                  for place in sorted(self.places, key=place_bytes)]
        coming = sorted((eta is None, parse_time(eta) if eta else 0, ref.encode(), ref, qty)
                        for ref, (qty, eta) in self.incoming.items() if qty > 0)
        return json.dumps({
            "sku": sku, "node": node, "as_of": format_time(self.as_of),
            "on_hand": sellable + self.states["damaged"] + self.states["quality_hold"],
            "damaged": self.states["damaged"], "quality_hold": self.states["quality_hold"],
            "staged": self.states["staged"], "unplaced": self.unplaced, "undrawn": self.undrawn,
            "reserved": 0, "short_by": max(0, -sellable), "safety_stock": 0,
            "available": max(0, sellable), "available_for_pickup": max(0, sellable),
            "places": places,
            "incoming": [{"ref": ref, "qty": qty, **({} if none else {"eta": format_time(eta)})}
                         for none, eta, _, ref, qty in coming],
        }, ensure_ascii=False, separators=(",", ":"))


def is_placed(line):
    return "place" in line and line.get("state", "sellable") == "sellable"


def content(event):
    return json.dumps(event, sort_keys=True, ensure_ascii=False).encode()


def names(event, ms, event_id):
    """Everything that a correction names of an event: its key and its nodes. Only a shipment has a `to_node`."""
    to_node = event.get("to_node") if event["type"] in ("shipped", "corrected") else None
    return ms, event["source"], event_id, event["node"], to_node


def unique(events):
    """One of each (time, source, id): of different contents the smaller."""
    kept = {}
    for event, inbound in events:
        key = (event["ms"], event["source"], event["id"])
        if key not in kept or content(event) < content(kept[key][0]):
            kept[key] = event, inbound
    return list(kept.values())


def order(event):
    """Of one moment: what is no count and has no seq; what has one; counts that have none."""
    turn = 1 if "seq" in event else 2 if event["type"] == "counted" else 0
    return event["ms"], turn, event["source"].encode(), event.get("seq", 0), event["id"].encode()


def fold(events):
    """The record of these events, all of one sku and node: a list of (event, inbound)."""
    marks = [event for event, _ in events if event["type"] == "corrected"]
    struck = {names(mark, parse_time(mark["ref_time"]), mark["ref"]) for mark in marks}
    record = Record()
    for event, inbound in sorted(unique((e, i) for e, i in events if e["type"] != "corrected"),
                                 key=lambda pair: order(pair[0])):
        if names(event, event["ms"], event["id"]) not in struck:
            record.apply(event, inbound)
    for mark in marks:
        record.as_of = max(record.as_of or mark["ms"], mark["ms"])
    return record


def records_of(event):
    """The (sku, node) that an event belongs to: two for a shipment, and for a correction that names `to_node`."""
    nodes = [event["node"]]
    if "to_node" in event and event["type"] in ("shipped", "corrected"):
        nodes.append(event["to_node"])
    return [(event["sku"], node) for node in nodes]


def taken(messages, window_ms=72 * 3_600_000, history_ms=24 * 3_600_000):
    """Which messages (event, Kafka time in ms) of a log are taken, in the order given; the others are late."""
    accepted = collections.defaultdict(list)  # record -> (key time, Kafka time)
    decided = [None] * len(messages)
    for index in sorted(range(len(messages)), key=lambda index: messages[index][1]):
        event, kafka_ms = messages[index]
        key_ms = parse_time(event["ref_time"] if event["type"] == "corrected" else event["time"])
        closed = any(newest >= key_ms and came <= kafka_ms - history_ms
                     for record in records_of(event) for newest, came in accepted[record])
        decided[index] = key_ms >= kafka_ms - window_ms or not closed
        if decided[index]:
            for record in records_of(event):
                accepted[record].append((key_ms, kafka_ms))
    return decided


def dump(events):
    """The bytes of `stockfold dump` after these events (dicts as published), whatever their order."""
    records = collections.defaultdict(list)
    for event in events:
        event = {**event, "ms": parse_time(event["time"])}
        for inbound, record in enumerate(records_of(event)):
            records[record].append((event, bool(inbound)))
    lines = [fold(records[key]).line(*key)
             for key in sorted(records, key=lambda key: (key[0].encode(), key[1].encode()))]
    return "".join(line + "\n" for line in lines).encode()
