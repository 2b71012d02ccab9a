"""A broker that is away holds up what it has, and for half of fold.history nothing else: no fresh event, no history, not a
fold that starts meanwhile."""
import json
import time

import confluent_kafka.admin
import pytest
import reference
import servers
from servers import wait_until

HOUR_MS = 3_600_000


def received(number, age_ms, sku="A", node="store-1"):
    return {"id": f"r{number}", "source": "wms", "type": "received", "sku": sku, "node": node, "qty": 1,
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


class Tills:
    """One in each partition, and a slow one, which tells of four days ago, in the same partition as one of them."""

    def __init__(self, stockfold):
        self.stockfold, self.events = stockfold, []

    def send(self, turn, partitions):
        """A fresh event of an item of this turn to each partition, and among these some slow ones: of the first item, of the
        last and of this one."""
        wanted = [("store", 0, item, 96 * HOUR_MS + turn) for item in sorted({0, max(turn - 1, 0), turn})]
        wanted += [(role, partition, turn, 0) for role, partition in partitions]
        for topic in sorted({role for role, *_ in wanted}):
            messages = []
            for role, partition, item, age_ms in wanted:
                if role == topic:
                    event = received(len(self.events), age_ms, f"ITEM-{item}", f"{role}-{partition}")
                    self.events.append(event)
                    messages.append((event["sku"], json.dumps(event), {"partition": partition}))
            self.stockfold.kafka.produce(self.stockfold.topic(topic), messages)

    def are_seen(self, turn, partitions):
        """Every till's events of the turn, in a view that serves."""
        said = self.stockfold.run("show", f"ITEM-{turn}", status=None).stdout  # nothing while it is not known
        shown = {record["node"]: record["on_hand"] for record in map(json.loads, said.splitlines())}
        of_turn = [event["node"] for event in self.events if event["sku"] == f"ITEM-{turn}"]
        return all(shown.get(f"{role}-{partition}") == of_turn.count(f"{role}-{partition}")
                   for role, partition in partitions)


def test_while_a_partition_has_no_leader_fresh_events_are_seen_at_once_and_a_slow_till_is_taken(two_brokers, yardstick):
    stockfold, second = two_brokers
    away = [("store", 2), ("store", 3)]
    others = [("warehouse", 0), ("warehouse", 1), ("store", 0), ("store", 1), ("ecommerce", 0), ("ecommerce", 1)]
    tills, fold, since_ms = Tills(stockfold), stockfold.start_fold(), int(time.time() * 1000)
    wait_until(lambda: is_complete(stockfold, since_ms), what="a view that is complete up to now")
    tills.send(0, others + away)
    wait_until(lambda: tills.are_seen(0, others + away), what="the first turn")
    second.kill()
    wait_until(lambda: not has_leader(stockfold, stockfold.topic("store"), 2), what="partitions without leader")
    began, turn = time.monotonic(), 0
    while time.monotonic() < began + servers.rounds(5, 60) or turn < 3:
        turn += 1
        tills.send(turn, others)
        sent = time.monotonic()
        wait_until(lambda: tills.are_seen(turn, others), what="what was just sent")
        yardstick.must_be_within(1, sent)
    second.start()
    wait_until(lambda: has_leader(stockfold, stockfold.topic("store"), 2), what="the leader back")
    tills.send(turn + 1, others + away)
    expected = reference.dump(tills.events)
    stockfold.wait_dump(expected)
    fold.stop()
    stockfold.redis.client().flushall()
    totals = stockfold.fold_until_end()
    assert totals["refused"] == {} and totals["folded"] == len(tills.events)
    assert stockfold.dump() == expected
