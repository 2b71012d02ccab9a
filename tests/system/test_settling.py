"""History settles while it is loaded, and whatever dies meanwhile, the view is what the reference says, byte for byte."""
import json
import random
import signal

import generate
import pytest
import reference
from reference import format_time, parse_time
from servers import wait_until

DAY_MS = 86_400_000
JITTER_MS = 25 * 60_000  # history must come in order to within an hour
FEW_SHARDS = {"view.shards": "4", "topics.partitions": "4"}  # so that each has much to settle


def history(seed, events, days=60):
    """Old events in order of time but for some jitter, each correction near what it corrects, some repeated."""
    rng = random.Random(seed)
    until_ms = 1_700_000_000_000
    made = generate.Stream(seed, 30, 24 * days, until_ms)
    out = []
    for _ in range(events):
        event = made.event()
        time_ms = parse_time(event["time"])
        out.append((time_ms + rng.randrange(JITTER_MS), event))
        if rng.random() < 0.05:
            mark = made.corrected(event)
            mark["time"] = format_time(time_ms + rng.randrange(JITTER_MS))
            out.append((time_ms + rng.randrange(JITTER_MS), mark))
        if rng.random() < 0.05:
            out.append((time_ms + rng.randrange(JITTER_MS), event))
    return [event for _, event in sorted(out, key=lambda pair: pair[0])]


def publish(stockfold, events):
    """By sku into one topic: what concerns a record comes in the order given."""
    messages = [(event["sku"], json.dumps(event)) for event in events]
    stockfold.kafka.produce(stockfold.topic("store"), messages)


def total(stockfold, name):
    return int(stockfold.redis.client().hget("sf:{stats}:t", name) or 0)


def must_have_settled(stockfold, published):
    assert total(stockfold, "settled") > len(published) / 4
    assert total(stockfold, "drift") == 0
    assert total(stockfold, "refused_late") == 0


def test_history_settles_between_portions_and_again_changes_nothing(stockfold):
    stockfold.settings.update(FEW_SHARDS)
    stockfold.setup()
    stockfold.start_fold()
    events = history(70, 24000)
    for begin in range(0, len(events), 3000):
        publish(stockfold, events[begin:begin + 3000])
        wait_until(lambda end=begin + 3000: total(stockfold, "read") >= min(end, len(events)), what="the portion folded")
    expected = reference.dump(events)
    stockfold.wait_dump(expected, 60)
    wait_until(lambda: total(stockfold, "settled") > len(events) / 2, what="most of it settled")
    must_have_settled(stockfold, events)
    publish(stockfold, events)
    wait_until(lambda: total(stockfold, "read") >= 2 * len(events), what="all of it read again")
    stockfold.wait_dump(expected, 60)
    assert total(stockfold, "drift") == 0


@pytest.mark.address
def test_killed_at_each_step_of_a_sweep(stockfold):
    stockfold.settings.update(FEW_SHARDS, **{"kafka.session.timeout.ms": "2000", "kafka.heartbeat.interval.ms": "300"})
    stockfold.setup()
    events = history(71, 24000)
    portions = [events[begin:begin + 4000] for begin in range(0, len(events), 4000)]
    deaths = [(step, passes) for step in ("sweep_send", "sweep_sent") for passes in (1, 3)]
    for portion in portions:
        publish(stockfold, portion)
        if deaths:
            step, passes = deaths.pop()
            dying = stockfold.start_fold(environment={"STOCKFOLD_FAILPOINT": f"{step}:{passes}"})
            wait_until(lambda fold=dying: not fold.running(), what=f"death at {step}:{passes}")
            assert dying.process.returncode == -signal.SIGKILL
    stockfold.start_fold()
    stockfold.wait_dump(reference.dump(events), 60)
    assert total(stockfold, "drift") == 0
