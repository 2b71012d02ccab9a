"""A broker that is away holds up what it has, and for half of fold.history nothing else: not a fold that starts meanwhile."""
import json
import time

import confluent_kafka.admin
import pytest
import reference
import servers
from servers import wait_until

HOUR_MS = 3_600_000


def received(number, age_ms):
    return {"id": f"r{number}", "source": "wms", "type": "received", "sku": "A", "node": "store-1", "qty": 1,
            "time": reference.format_time(int(time.time() * 1000) - age_ms)}


@pytest.fixture
def two_brokers(tmp_path, redis_server):
    """Everything lies on the first broker, but for two of the partitions of one topic, which lie on the second."""
    first, second = servers.Kafka(tmp_path / "first"), servers.Kafka(tmp_path / "second")
    listener = f"PLAINTEXT://{second.bootstrap}"
    second.settings.update({"process.roles": "broker", "node.id": "2", "listeners": listener,
                            "controller.quorum.voters": first.settings["controller.quorum.voters"],
                            "advertised.listeners": listener})
    stockfold = None
    try:
        first.start()
        stockfold = servers.Stockfold(tmp_path, first, redis_server, "", {"topics.partitions": 2})
        stockfold.setup()
        stockfold.fold_until_end()
        second.start()
        wanted = confluent_kafka.admin.NewPartitions(stockfold.topic("store"), 4, replica_assignment=[[2], [2]])
        with first.admin() as admin:
            for made in admin.create_partitions([wanted]).values():
                made.result(20)
        yield stockfold, second
    finally:
        if stockfold:
            stockfold.stop()
        if second.running():
            second.kill()
        first.stop()


def is_complete(stockfold, since_ms):
    client = stockfold.redis.client()
    return all(int(client.hget(f"sf:{{{shard}}}:m", "complete") or 0) >= since_ms for shard in range(64))


def has_leader(stockfold, name, partition):
    with stockfold.kafka.admin() as admin:
        return admin.list_topics(name, timeout=10).topics[name].partitions[partition].leader >= 0


def test_a_fold_that_starts_while_a_broker_is_away_takes_history(two_brokers):
    stockfold, second = two_brokers
    fold, since_ms = stockfold.start_fold(), int(time.time() * 1000)
    wait_until(lambda: is_complete(stockfold, since_ms), what="a view that is complete up to now")
    second.kill()
    wait_until(lambda: not has_leader(stockfold, stockfold.topic("store"), 2), what="partitions without leader")
    fold.kill()
    stockfold.start_fold()
    events = [received(1, 100 * HOUR_MS), received(2, 0)]
    stockfold.kafka.produce(stockfold.topic("warehouse"), [("A", json.dumps(event)) for event in events])
    stockfold.wait_dump(reference.dump(events))
