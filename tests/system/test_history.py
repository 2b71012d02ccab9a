"""Ten months of history, published at once: however it comes and by whomever it is folded, the same bytes, and nothing is
late. A few events of it here; `tests/run --long history` takes all 48,000."""
import json
import random
import subprocess
import time

import pytest
import reference
import servers
from reference import format_time
from servers import rounds

DAY_MS = 86_400_000
NODES = {"dc": "warehouse", "st-1": "store", "st-2": "store", "web": "ecommerce"}
PLACES = ({"floor": "0"}, {"floor": "0", "zone": "women"}, {"floor": "1", "zone": "men", "aisle": "A1", "shelf": "S2"})


class Shop:
    """A warehouse, two stores and a web shop: deliveries, transfers, sales, returns, counts and corrections."""

    def __init__(self, seed, items, events, months=10):
        self.random = random.Random(seed)
        until = int(time.time() * 1000) // DAY_MS * DAY_MS - 5 * DAY_MS
        begin = until - months * 30 * DAY_MS
        self.items, self.out = [f"ART-{n:04}" for n in range(items)], []
        moments = sorted(self.random.randrange(begin, until) for _ in range(events))
        for moment in moments[:events - events // 4]:
            self.happen(moment)
        while len(self.out) < events:
            self.happen(moments[len(self.out)])
        self.out = sorted(self.out[:events], key=lambda event: reference.parse_time(event["time"]))

    def add(self, kind, moment, sku, node, **fields):
        event = {"id": f"{kind}-{len(self.out)}", "source": f"{node}-system", "type": kind, "time": format_time(moment),
                 "sku": sku, "node": node, **fields}
        self.out.append(event)
        return event

    def happen(self, moment):
        sku, chance = self.random.choice(self.items), self.random.random()
        node = self.random.choice(("st-1", "st-2", "web"))
        if chance < 0.15:
            self.add("received", moment, sku, "dc", qty=self.random.randint(10, 60), ref=f"PO-{len(self.out)}")
        elif chance < 0.30:
            self.transfer(moment, sku, node)
        elif chance < 0.75:
            self.sell(moment, sku, node)
        elif chance < 0.85:
            self.add("counted", moment, sku, node, scope="place", place=self.random.choice(PLACES),
                     qty=self.random.randint(0, 8))
        elif chance < 0.95:
            self.add("adjusted", moment, sku, "dc", qty=self.random.choice((-2, -1, 1)))
        else:
            self.add("counted", moment, sku, node, scope="node", qty=self.random.randint(0, 20))

    def transfer(self, moment, sku, node):
        ref, qty = f"TR-{len(self.out)}", self.random.randint(1, 9)
        shipped = self.add("shipped", moment, sku, "dc", qty=qty, to_node=node, ref=ref)
        if self.random.random() < 0.9:
            self.add("arrived", moment + self.random.randrange(DAY_MS, 3 * DAY_MS), sku, node, qty=qty, ref=ref)
        else:
            self.add("corrected", moment + DAY_MS, sku, "dc", ref=shipped["id"], ref_time=shipped["time"], to_node=node)

    def sell(self, moment, sku, node):
        place = {"place": self.random.choice(PLACES)} if self.random.random() < 0.3 else {}
        sold = self.add("sold", moment, sku, node, qty=self.random.randint(1, 2), **place)
        if self.random.random() < 0.1:
            self.add("returned", moment + self.random.randrange(4 * DAY_MS), sku, node, qty=sold["qty"])
        elif self.random.random() < 0.05:
            self.add("corrected", moment + self.random.randrange(2 * DAY_MS), sku, node, ref=sold["id"], ref_time=sold["time"])


def lines(events):
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def topic_of(event):
    return NODES[event["node"]]


def in_one_file(stockfold, events):
    stockfold.publish(*events)


def in_two_files(stockfold, events):
    """One after the other, the later months first."""
    for part in (events[len(events) // 2:], events[:len(events) // 2]):
        stockfold.publish(*part)


def shuffled(stockfold, events):
    stockfold.publish(*random.Random(1).sample(events, len(events)))


def by_topic(stockfold, events):
    for role in ("ecommerce", "warehouse", "store"):
        part = lines(event for event in events if topic_of(event) == role)
        stockfold.run("publish", "--topic", stockfold.topic(role), input=part)


def by_two_publishers(stockfold, events):
    publishers = [subprocess.Popen(stockfold.argv("publish"), stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
                  for _ in range(2)]
    for begin in range(0, len(events), 500):
        publishers[begin // 500 % 2].stdin.write(lines(events[begin:begin + 500]))
    for publisher in publishers:
        publisher.stdin.close()
        assert publisher.wait(120) == 0


def documents():
    return [{"id": node, "name": node, "kind": kind, "lat": 40.4, "lon": -3.7} for node, kind in NODES.items()]


def another_view(stockfold, name):
    return servers.Stockfold(stockfold.folder / name, stockfold.kafka, stockfold.redis, stockfold.prefix,
                             {**stockfold.settings, "view.prefix": name, "fold.group": f"{stockfold.prefix}{name}"})


def fold_together(view, expected, folds):
    running = [view.start_fold() for _ in range(folds)]
    view.wait_dump(expected, 600)
    for fold in running:
        fold.stop()


@pytest.mark.parametrize("way", (in_one_file, in_two_files, shuffled, by_topic, by_two_publishers))
def test_ten_months_are_the_same_however_they_come(stockfold, way):
    events = Shop(12, rounds(40, 300), rounds(3000, 48000)).out
    expected = reference.dump(events)
    stockfold.setup()
    stockfold.publish(*documents())
    began = time.monotonic()
    fold = stockfold.start_fold()
    way(stockfold, events)
    stockfold.wait_dump(expected, 600)
    live = time.monotonic() - began
    fold.stop()

    stockfold.redis.client().flushall()
    totals = stockfold.fold_until_end()
    assert totals["refused"] == {} and totals["duplicate"] == 0
    assert stockfold.dump() == expected
    for folds in (1, 2, 3):
        fold_together(another_view(stockfold, f"view-{folds}"), expected, folds)
    assert not stockfold.kafka.read(stockfold.topic("refused"))
    print(f"{way.__name__}: {len(events)} events, {len(expected.splitlines())} records; published and folded in "
          f"{live:.1f} s, refolded in {totals['seconds']:.1f} s, {len(events) / totals['seconds']:.0f} events a second")


def split_newest(events):
    """The last event of every record, and the others."""
    last = {(event["sku"], node): n for n, event in enumerate(events)
            for node in (event["node"], event.get("to_node", event["node"]))}
    newest = set(last.values())
    return [events[n] for n in sorted(newest)], [event for n, event in enumerate(events) if n not in newest]


def windows_read(stockfold, events):
    """Since the view began, once so many events are counted as folded."""
    def totals():
        return {name.decode(): int(n) for name, n in stockfold.redis.client().hgetall("sf:{stats}:t").items()}
    servers.wait_until(lambda: totals().get("folded") == events, what="the count of what is folded")
    return totals().get("replays", 0)


def test_what_catches_up_costs_no_more_late_in_its_history(stockfold):
    """What happened last is there, and the months before come in batches of a few events, each out of order: reading
    their records' windows would cost more with every event."""
    events, reads = Shop(13, 10, 2000).out, []
    stockfold.settings.update({"fold.commit_events": "4", "view.shards": "4", "topics.partitions": "4"})
    stockfold.setup()
    stockfold.publish(*documents())
    folded, others = split_newest(events)
    stockfold.publish(*folded)
    stockfold.start_fold()
    stockfold.wait_dump(reference.dump(folded), 60)
    for part in (others[:len(others) // 2], others[len(others) // 2:]):
        before = windows_read(stockfold, len(folded))
        stockfold.publish(*part)
        folded += part
        stockfold.wait_dump(reference.dump(folded), 60)
        reads.append(windows_read(stockfold, len(folded)) - before)
    print(f"{len(others)} events: {reads[0]} windows read for the first half, {reads[1]} for the second")
    assert reads[1] < len(others) / 10
