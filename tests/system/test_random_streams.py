"""Random streams of every event type through real servers give what the reference gives, byte for byte."""
import json

import generate
import pytest
import reference


@pytest.mark.parametrize("seed", range(1, 4))
def test_published_stream_equals_the_reference(stockfold, seed):
    events = generate.stream(seed, events=5000)
    stockfold.setup()
    stockfold.publish(*events)
    stockfold.fold_until_end()
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
