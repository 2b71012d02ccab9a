"""What is refused as late, and the view, are what the log says: however it is read, cut into batches, settled or folded
again. Kafka times are chosen, so that hours and days of it pass between loads."""
import random

import generate
import pytest
import servers
from kafka_log import DAY_MS, HOUR_MS, ROLES, KafkaLog, begin_ms
from reference import format_time, parse_time
from servers import rounds, wait_until

MINUTE_MS = 60_000
FEW_SHARDS = {"view.shards": "4"}


def view(stockfold, name, **settings):
    """Another view of the same topics, with a topic of its own for what it refuses."""
    stockfold.kafka.create_topic(f"refused.{name}")
    own = {"view.prefix": name, "fold.group": name, "topics.refused": f"refused.{name}"}
    return servers.Stockfold(stockfold.folder / name, stockfold.kafka, stockfold.redis,
                             settings={**stockfold.settings, **own, **{key.replace("__", "."): value
                                                                       for key, value in settings.items()}})


def read_so_far(stockfold):
    prefix = stockfold.settings.get("view.prefix", "sf")
    return int(stockfold.redis.client().hget(f"{prefix}:{{stats}}:t", "read") or 0)


def wait_read(stockfold, log):
    wait_until(lambda: read_so_far(stockfold) >= len(log.messages), what="all of it folded")


def must_equal(stockfold, log, **rule):
    assert stockfold.dump().decode().splitlines() == log.dump(**rule).decode().splitlines()
    wait_until(lambda: log.refused(stockfold.settings["topics.refused"]) == log.late(**rule), 20, "the same refused",
               every=0.3)


def fold_together(stockfold, log, folds):
    """With several at once, until all is in the view."""
    running = [stockfold.start_fold() for _ in range(folds)]
    stockfold.wait_dump(log.dump(), 60)
    for fold in running:
        fold.stop()


# --- random loads --------------------------------------------------------------------------------------------------------


class Loads:
    """Loads of all kinds: what happens just now, what a till brings days later, older history in any order, some of it of
    items that the view has not seen yet, corrections, and again what came before."""

    def __init__(self, seed, log):
        self.random = random.Random(seed)
        self.log, self.now = log, begin_ms()
        self.made = generate.Stream(seed, 12, 1, self.now)
        self.sent = []

    def old(self):
        """How old the events of a load are: from, to."""
        return self.random.choice(((2 * HOUR_MS, 0), (2 * HOUR_MS, 0), (75 * HOUR_MS, 65 * HOUR_MS),
                                   (5 * DAY_MS, 4 * DAY_MS), (60 * DAY_MS, 3 * DAY_MS), (60 * DAY_MS, 59 * DAY_MS)))

    def event(self):
        if self.sent and self.random.random() < 0.15:
            event = self.random.choice(self.sent)
            return self.corrected(event) if self.random.random() < 0.5 and event["type"] != "corrected" else event
        return self.made.event()

    def corrected(self, event):
        until_ms, self.made.until_ms = self.made.until_ms, self.now
        mark = self.made.corrected(event)
        self.made.until_ms = until_ms
        return mark

    def send(self, events):
        old, young = self.old()
        if self.random.random() < 0.4:
            self.made.items[self.random.randrange(12)] = f"SKU-new-{self.now}"
        self.made.from_ms, self.made.until_ms = self.now - old, self.now - young + 1
        self.made.moments = [self.made.random.randrange(self.made.from_ms, self.made.until_ms) for _ in range(10)]
        messages, length = [], self.random.choice((MINUTE_MS, HOUR_MS, 30 * HOUR_MS))
        for n in range(events):
            event = self.event()
            kafka_ms = self.now + n * length // events - self.random.choice((0, 0, 0, MINUTE_MS))
            messages.append((self.random.choice(ROLES), event, kafka_ms))
            self.sent.append(event)
        self.log.send(messages)
        self.now += length
        self.log.tick(self.now)
        self.now += self.random.choice((MINUTE_MS, HOUR_MS, 13 * HOUR_MS, DAY_MS, DAY_MS + HOUR_MS, 4 * DAY_MS))


@pytest.mark.parametrize("seed", range(1, rounds(3, 20)))
def test_loads_far_apart_are_decided_alike_by_every_fold(timed_stockfold, seed):
    stockfold = timed_stockfold
    stockfold.settings.update(FEW_SHARDS, **{"fold.commit_events": [1, 4, 200][seed % 3]})
    stockfold.setup()
    log = KafkaLog(stockfold)
    loads, fold = Loads(seed, log), None
    for _ in range(rounds(7, 30)):
        loads.send(150)
        if fold is None or loads.random.random() < 0.3:
            if fold:
                fold.stop()
            fold = stockfold.start_fold()
        wait_read(stockfold, log)
    fold.stop()
    late = log.late()
    assert len(late) > len(log.messages) / 50
    print(f"seed {seed}: {len(log.messages)} messages, {len(late)} late")
    must_equal(stockfold, log)
    drift = stockfold.redis.client().hget("sf:{stats}:t", "drift")
    assert not int(drift or 0)

    stockfold.redis.client().flushall()
    stockfold.fold_until_end()
    must_equal(stockfold, log)
    for name, folds, commit_events in (("one", 1, 3), ("two", 2, 50), ("three", 3, 200)):
        other = view(stockfold, name, fold__commit_events=commit_events)
        fold_together(other, log, folds)
        must_equal(other, log)


# --- what waits ----------------------------------------------------------------------------------------------------------


def test_history_waits_for_the_slowest_partition_and_what_waits_is_counted(timed_stockfold):
    """Two of a fold's partitions are a day of Kafka time behind: history in another waits, and what stands behind it; what
    is fresh in the others does not. With the least memory, all of it goes on once the slow ones come."""
    stockfold = timed_stockfold
    stockfold.settings.update(FEW_SHARDS, **{"fold.pending": "1MiB"})
    stockfold.setup()
    log, now = KafkaLog(stockfold), begin_ms()
    log.tick(now)
    stockfold.start_fold()
    wait_read(stockfold, log)
    read = len(log.messages)
    later = now + DAY_MS
    old = [("store", happening("received", f"old-{n}", later - 30 * DAY_MS - n, qty=1), later + n, 0)
           for n in range(rounds(8000, 16000))]
    fresh = [("ecommerce", happening("received", f"new-{n}", later, "web", qty=1), later, n % 4) for n in range(40)]
    log.send(old + fresh)
    wait_until(lambda: read_so_far(stockfold) == read + len(fresh), what="what is fresh folded")

    def waiting():
        rows = stockfold.redis.client().hgetall("sf:{stats}:p")
        return {name.decode(): int(row.split()[-1]) for name, row in rows.items() if int(row.split()[-1])}

    wait_until(lambda: list(waiting()) == ["stock.store:0"], what="history that waits")
    assert waiting()["stock.store:0"] < len(old)
    log.tick(later + len(old))
    wait_read(stockfold, log)
    assert not log.late()
    must_equal(stockfold, log)
    wait_until(lambda: not waiting(), what="none that waits")


# --- by hand -------------------------------------------------------------------------------------------------------------


def happening(kind, identity, time_ms, node="st", **fields):
    return {"id": identity, "source": "wms", "type": kind, "time": format_time(time_ms), "sku": "A", "node": node, **fields}


@pytest.mark.parametrize("kafka_ms", (0, 25 * HOUR_MS))
def test_a_shipment_after_a_sale_of_months_before_is_the_same_live_and_rebuilt(timed_stockfold, kafka_ms):
    """Sold in March at a store and folded; then shipped there in June, in another topic. Taken however much later it came."""
    stockfold = timed_stockfold
    stockfold.settings.update(FEW_SHARDS)
    stockfold.setup()
    fold, log, now = stockfold.start_fold(), KafkaLog(stockfold), begin_ms()
    log.send([("store", happening("sold", "s", parse_time("2026-03-10T10:00:00Z"), qty=1), now)])
    log.tick(now)
    wait_read(stockfold, log)
    shipped = happening("shipped", "w", parse_time("2026-06-10T10:00:00Z"), "dc", to_node="st", qty=5, ref="TR-1")
    log.send([("warehouse", shipped, now + kafka_ms)])
    log.tick(now + kafka_ms)
    wait_read(stockfold, log)
    assert not log.late()
    must_equal(stockfold, log)
    live, = stockfold.show("A", "st")
    assert live["incoming"][0]["qty"] == 5 and live["on_hand"] == -1
    fold.stop()
    stockfold.redis.client().flushall()
    stockfold.fold_until_end()
    must_equal(stockfold, log)


@pytest.mark.parametrize("commit_events", (1, 4))
def test_where_batches_are_cut_decides_nothing(timed_stockfold, commit_events):
    """Four events of a record with a window of an hour, folded as they come and all at once: two taken and two late."""
    stockfold = timed_stockfold
    stockfold.settings.update(FEW_SHARDS, **{"fold.window": "1h", "fold.history": "15m",
                                             "fold.commit_events": commit_events})
    stockfold.setup()
    fold, log, now = stockfold.start_fold(), KafkaLog(stockfold), begin_ms()
    rule = {"window_ms": HOUR_MS, "history_ms": 15 * MINUTE_MS}
    for n, (minute, kafka_minute) in enumerate(((0, 0), (30, 40), (15, 80), (-10, 81))):
        event = happening("received", f"e{n}", now + minute * MINUTE_MS, qty=1)
        log.send([("store", event, now + kafka_minute * MINUTE_MS)])
        log.tick(now + kafka_minute * MINUTE_MS)
        wait_read(stockfold, log)
    assert len(log.late(**rule)) == 2
    must_equal(stockfold, log, **rule)
    fold.stop()
    again = view(stockfold, "again")
    again.fold_until_end()
    must_equal(again, log, **rule)
