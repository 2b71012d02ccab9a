"""Events settle while Kafka time passes, and whatever dies meanwhile, the view is what the reference says, byte for byte."""
import random
import signal
import time

import generate
import pytest
import reference
from kafka_log import DAY_MS, HOUR_MS, KafkaLog, begin_ms
from reference import format_time, parse_time
from servers import wait_until

# The mock broker lets a group wait 3 s for its first members.
SOON_GONE = {"kafka.session.timeout.ms": "4000", "kafka.heartbeat.interval.ms": "300"}
FEW_SHARDS = {"view.shards": "4"}  # so that each has much to settle


def stream(seed, events, days=60, behind_ms=10 * DAY_MS, jitter_ms=20 * HOUR_MS):
    """(role, event, Kafka time) in order of Kafka time: each event about `behind_ms` after it happened, and so are
    corrections and some repetitions. None is late, since what came over a day before is older by more than the jitter."""
    rng = random.Random(seed)
    begin = begin_ms()
    made = generate.Stream(seed, 30, 24 * days, begin + days * DAY_MS - behind_ms)
    out = []

    def add(event, like):
        out.append(("store", event, parse_time(like["time"]) + behind_ms + rng.randrange(jitter_ms)))

    for _ in range(events):
        event = made.event()
        add(event, event)
        if rng.random() < 0.05:
            mark = made.corrected(event)
            mark["time"] = format_time(parse_time(event["time"]) + rng.randrange(jitter_ms))
            add(mark, event)
        if rng.random() < 0.05:
            add(event, event)
    return sorted(out, key=lambda message: message[2])


def portions(messages, n):
    size = -(-len(messages) // n)
    return [messages[begin:begin + size] for begin in range(0, len(messages), size)]


def total(stockfold, name):
    return int(stockfold.redis.client().hget("sf:{stats}:t", name) or 0)


def send(log, portion):
    log.send(portion)
    log.tick(portion[-1][2])


def test_history_settles_between_portions_and_again_changes_nothing(timed_stockfold):
    stockfold = timed_stockfold
    stockfold.settings.update(FEW_SHARDS)
    stockfold.setup()
    stockfold.start_fold()
    log = KafkaLog(stockfold)
    messages = stream(70, 12000)
    for portion in portions(messages, 8):
        send(log, portion)
        wait_until(lambda: total(stockfold, "read") == len(log.messages), what="the portion folded", timeout=40)
    assert not log.late()
    expected = log.dump()
    stockfold.wait_dump(expected, 60)
    wait_until(lambda: total(stockfold, "settled") > len(messages) / 2, what="most of it settled")
    again_ms = messages[-1][2] + 5 * DAY_MS
    log.tick(again_ms)
    log.send([("store", event, again_ms) for _, event, _ in messages])
    log.tick(again_ms)
    wait_until(lambda: total(stockfold, "read") == len(log.messages), what="all of it read again")
    assert total(stockfold, "refused_late") == len(messages) == len(log.late())
    stockfold.wait_dump(log.dump(), 60)
    assert total(stockfold, "drift") == 0


@pytest.mark.address
def test_killed_at_each_step_of_a_sweep(timed_stockfold):
    stockfold = timed_stockfold
    stockfold.settings.update(FEW_SHARDS, **SOON_GONE)
    stockfold.setup()
    log = KafkaLog(stockfold)
    deaths = [(step, passes) for step in ("sweep_send", "sweep_sent") for passes in (1, 3)]
    for portion in portions(stream(71, 12000), 6):
        send(log, portion)
        if deaths:
            step, passes = deaths.pop()
            dying = stockfold.start_fold(environment={"STOCKFOLD_FAILPOINT": f"{step}:{passes}"})
            wait_until(lambda fold=dying: not fold.running(), what=f"death at {step}:{passes}")
            assert dying.process.returncode == -signal.SIGKILL
    stockfold.start_fold()
    assert not log.late()
    expected = log.dump()
    stockfold.wait_dump(expected, 60)
    wait_until(lambda: total(stockfold, "settled") > len(log.messages) / 10, what="what the dead left settled")
    assert total(stockfold, "drift") == 0
    stockfold.wait_dump(expected, 60)


def test_what_a_record_stood_on_goes_with_its_oldest_hour(timed_stockfold):
    """A quiet record's events come in ever earlier hours, the last of them while those before are still in memory; the
    earliest hour settles alone."""
    stockfold = timed_stockfold
    stockfold.settings.update(FEW_SHARDS)
    stockfold.setup()
    stockfold.start_fold()
    log, begin = KafkaLog(stockfold), begin_ms()
    late_ms = begin + 5 * DAY_MS

    def fold(kind, qty, time_ms, kafka_ms):
        event = {"id": f"e{len(log.messages)}", "source": "pos", "type": kind, "time": format_time(time_ms), "sku": "A",
                 "node": "store-1", "qty": qty}
        log.send([("store", event, kafka_ms)])
        wait_until(lambda: total(stockfold, "read") == len(log.messages), what="the event folded")

    def pass_time(kafka_ms, settled):
        log.tick(kafka_ms)
        wait_until(lambda: total(stockfold, "settled") >= settled, what=f"{settled} settled")

    fold("received", 100, begin, begin)
    pass_time(late_ms, 1)
    settled = total(stockfold, "settled")
    fold("sold", 1, late_ms, late_ms)
    fold("sold", 2, late_ms - 3 * HOUR_MS, late_ms + 1)
    fold("sold", 4, late_ms - 5 * HOUR_MS, late_ms + 2)
    pass_time(late_ms + (73 - 3) * HOUR_MS, settled + 1)
    fold("sold", 8, late_ms - HOUR_MS, late_ms + (73 - 3) * HOUR_MS)
    stockfold.wait_dump(log.dump(), 20)
    pass_time(late_ms + 9 * DAY_MS, len(log.messages) - 12)
    assert total(stockfold, "drift") == 0
    stockfold.wait_dump(log.dump(), 20)


def test_history_that_may_not_settle_yet_is_not_read_again_after_each_conflict(stockfold):
    """Two folds write the same shards: either learns them anew after what the other has committed."""
    begin = int(1000 * time.time()) - 60 * DAY_MS
    events = [{"id": f"e{n}", "source": "wms", "type": "received", "time": format_time(begin + n * HOUR_MS // 4),
               "sku": f"item-{n % 50}", "node": "store-1", "qty": 1} for n in range(2000)]
    stockfold.settings.update({"view.shards": "8", "fold.inspect": "0"})
    stockfold.setup({"store": 3})
    folds = [stockfold.start_fold() for _ in range(2)]
    for fold in folds:
        wait_until(lambda: "partitions assigned" in fold.log.read_text(), what="partitions for both folds")
    stockfold.publish(*events)
    stockfold.wait_dump(reference.dump(events))

    redis = stockfold.redis.client()

    def chunks_read():
        return redis.info("commandstats").get("cmdstat_lrange", {"calls": 0})["calls"]

    def conflict(until):
        event = dict(events[0], id=f"now-{time.time()}", time=format_time(int(1000 * time.time())))
        stockfold.publish(*(dict(event, sku=f"item-{n}") for n in range(20)))
        return total(stockfold, "conflicts") >= until

    def read_in_conflicts(n):
        """How many chunks were read until there were so many."""
        before, until = chunks_read(), total(stockfold, "conflicts") + n
        wait_until(lambda: conflict(until), what=f"{n} conflicts")
        return chunks_read() - before

    wait_until(lambda: read_in_conflicts(20) == 0, what="a time without a look at the journal")
    assert read_in_conflicts(200) < len(redis.keys("sf:{*}:j:*"))
