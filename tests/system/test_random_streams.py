"""Random streams of every event type through real servers give what the reference gives, byte for byte."""
import json
import time

import generate
import pytest
import reference
from redis_proxy import RedisProxy


@pytest.mark.parametrize("seed", range(1, 4))
def test_published_stream_equals_the_reference(stockfold, seed):
    events = generate.stream(seed, events=5000)
    stockfold.setup()
    stockfold.publish(*events)
    stockfold.fold_until_end()
    assert stockfold.dump().decode().splitlines() == reference.dump(events).decode().splitlines()


@pytest.mark.address
@pytest.mark.parametrize("events, items, commit_events", ((3000, 1, 3), (20000, 2, 50)))
def test_busy_records_whose_events_come_a_moment_out_of_order_give_the_same(stockfold, events, items, commit_events):
    """Within minutes of each other, in many commits: mostly folded from what is in memory (tail.c), now and then from the
    journal."""
    stockfold.settings["fold.commit_events"] = commit_events
    stream = generate.stream(11, events=events, items=items, hours=1)
    stockfold.setup()
    stockfold.publish(*stream)
    stockfold.fold_until_end()
    assert stockfold.dump().decode().splitlines() == reference.dump(stream).decode().splitlines()
    totals = {name: int(value) for name, value in stockfold.redis.client().hgetall("sf:{stats}:t").items()}
    assert 0 < totals[b"replays"] < totals[b"records"] / 2


def test_whole_seconds_cost_a_busy_record_no_replays(stockfold):
    """Tills that stamp whole seconds: each event but the first of a second comes at a time that was there already."""
    stockfold.settings["fold.commit_events"] = 7
    start = int(time.time()) * 1000 - 3_600_000
    sales = [{"id": f"e{i}", "source": f"pos-{i % 7}", "type": "sold", "time": reference.format_time(start + i // 20 * 1000),
              "sku": "bestseller", "node": "web", "qty": 1} for i in range(4000)]
    stockfold.setup()
    stockfold.kafka.produce(stockfold.topic("ecommerce"), [("bestseller", json.dumps(sale)) for sale in sales])
    stockfold.fold_until_end()
    assert stockfold.dump() == reference.dump(sales)
    totals = {name: int(value) for name, value in stockfold.redis.client().hgetall("sf:{stats}:t").items()}
    assert totals[b"commits"] > 500 and totals[b"replays"] <= 2


@pytest.mark.address
def test_as_many_commits_in_flight_as_the_setting_takes_give_the_same(stockfold):
    """Redis answers late, so that they pile up to the bound."""
    events = generate.stream(12, events=2000, items=1, hours=1)
    stockfold.setup()
    stockfold.publish(*events)
    proxy = RedisProxy(stockfold.redis.port)
    try:
        proxy.delay = 0.05
        stockfold.run("fold", "--until-end", settings={"redis.url": proxy.url, "fold.commits_in_flight": 64,
                                                       "fold.commit_events": 10})
    finally:
        proxy.stop()
    assert stockfold.dump().decode().splitlines() == reference.dump(events).decode().splitlines()


@pytest.mark.address
def test_topics_with_other_partition_counts_and_partitioners_give_the_same(stockfold):
    events = generate.stream(7, events=5000)
    stockfold.setup({"warehouse": 1, "store": 3, "ecommerce": 4})
    for role, partitioner in (("warehouse", "murmur2_random"), ("store", "consistent"), ("ecommerce", "random")):
        messages = [(event["sku"], json.dumps(event)) for event in events if generate.role_of(event) == role]
        stockfold.kafka.produce(stockfold.topic(role), messages, partitioner=partitioner)
    stockfold.fold_until_end()
    assert stockfold.dump().decode().splitlines() == reference.dump(events).decode().splitlines()


def test_a_fold_does_not_read_like_lookups(stockfold):
    """What HMGET is called for more often than FCALL counts as lookups, for which the fold makes way (store/readers.h)."""
    stockfold.setup()
    stockfold.publish(*generate.stream(8, events=2000))
    stockfold.fold_until_end()
    calls = {name: stats["calls"] for name, stats in stockfold.redis.client().info("commandstats").items()}
    folds = calls["cmdstat_fcall"] + calls.get("cmdstat_fcall_ro", 0)
    assert 0 < calls["cmdstat_hmget"] <= folds
