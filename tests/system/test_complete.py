"""How complete a view says that it is: never more than every open shard holds, whatever is done to shards and folds, and
soon again as much as the log."""
import json
import random
import time

import reference
import servers
from servers import wait_until

PARTITIONS, SHARDS, SKUS = 4, 8, 40


def received(number, sku):
    return {"id": f"r{number}", "source": "wms", "type": "received", "sku": sku, "node": "store-1", "qty": 1,
            "time": reference.format_time(int(time.time() * 1000))}


def watch(client):
    """In one moment: {shard: (complete, {field: next offset})} of those that are open."""
    pipeline = client.pipeline(transaction=True)
    pipeline.hget("sf:{stats}:c", "complete")
    for shard in range(SHARDS):
        pipeline.hgetall(f"sf:{{{shard}}}:m")
    everywhere, *metas = pipeline.execute()
    return {shard: (max(int(meta.get(b"complete") or 0), int(everywhere or 0)),
                    {field[2:].decode(): int(text.split()[0]) for field, text in meta.items() if field[:2] == b"w:"})
            for shard, meta in enumerate(metas) if meta.get(b"open") and not meta[b"open"].startswith(b"closed")}


def complete(client):
    return int(client.hget("sf:{stats}:c", "complete") or 0)


def must_hold_what_they_say(stockfold, seen):
    """Every message with a Kafka time up to that was folded in its shard."""
    client, topic = stockfold.redis.client(), stockfold.topic("store")
    shard_of = {sku: int(client.keys(f"sf:{{*}}:r:{sku}")[0].split(b"{")[1].split(b"}")[0])
                for sku in {f"sku-{n}" for n in range(SKUS)} if client.keys(f"sf:{{*}}:r:{sku}")}
    messages = [(message.timestamp()[1], shard_of[message.key().decode()], f"{topic}:{message.partition()}",
                 message.offset()) for message in stockfold.kafka.read(topic)]
    for state in seen:
        for kafka_ms, shard, partition, offset in messages:
            if shard in state and kafka_ms <= state[shard][0]:
                assert state[shard][1].get(partition, 0) > offset, (state[shard], kafka_ms, partition, offset)


def test_no_shard_is_said_to_hold_more_than_it_does(stockfold):
    stockfold.settings.update({"topics.partitions": PARTITIONS, "view.shards": SHARDS, "fold.checkpoint": "200ms"})
    stockfold.setup()
    client, seen, dice = stockfold.redis.client(), [], random.Random(7)
    folds = [stockfold.start_fold() for _ in range(2)]
    wait_until(lambda: complete(client) > 0, what="a view that says how complete it is")
    for number in range(servers.rounds(30, 2000)):
        stockfold.kafka.produce(stockfold.topic("store"), [
            (sku, json.dumps(received(f"{number}-{n}", sku)))
            for n, sku in enumerate(f"sku-{dice.randrange(SKUS)}" for _ in range(5))])
        seen += [watch(client) for _ in range(10)]
        if number % 10 == 3:
            client.delete(f"sf:{{{dice.randrange(SHARDS)}}}:m")
        if number % 20 == 6:
            folds.pop(0).kill()
            folds.append(stockfold.start_fold())
        if number % 30 == 16:
            client.flushall()
    told = complete(client)
    wait_until(lambda: complete(client) > told + 500 and len(watch(client)) == SHARDS, what="all of it to be whole again")
    seen.append(watch(client))
    must_hold_what_they_say(stockfold, seen)
    assert len({complete_ms for state in seen for complete_ms, _ in state.values()}) > 1


def test_what_was_said_is_taken_back_before_a_lost_shard_is_folded_again(stockfold):
    stockfold.settings.update({"topics.partitions": PARTITIONS, "view.shards": SHARDS, "fold.checkpoint": "200ms"})
    stockfold.setup()
    client = stockfold.redis.client()
    stockfold.publish(*(received(n, f"sku-{n}") for n in range(SKUS)))
    stockfold.start_fold()
    wait_until(lambda: len(watch(client)) == SHARDS and complete(client) > 0, what="an open view")
    shard = client.keys("sf:{*}:r:sku-1")[0].split(b":r:")[0].decode()
    with client.monitor() as monitor:
        client.delete(f"{shard}:m")
        words, taken_back = [], False
        while words[:2] != ["FCALL", "stockfold_v5_commit"] or words[3] != f"{shard}:m":
            words = monitor.next_command()["command"].split(" ")
            if words[:2] == ["FCALL", "stockfold_v5_complete"]:
                taken_back = taken_back or (words[-2].startswith(stockfold.topic("")) and words[-1] == "")
    assert taken_back


def test_an_idle_view_says_so_without_checkpoints_of_all_shards(stockfold):
    stockfold.settings.update({"topics.partitions": PARTITIONS, "view.shards": SHARDS, "fold.checkpoint": "1m"})
    stockfold.setup()
    client = stockfold.redis.client()
    stockfold.start_fold()
    wait_until(lambda: len(watch(client)) == SHARDS and complete(client) > 0, what="an open view")
    for _ in range(5):
        told = complete(client)
        wait_until(lambda: complete(client) > told, what="the view to be complete later")
    now = client.time()
    assert now[0] * 1000 + now[1] // 1000 - complete(client) < 60_000
    assert all(int(text or 0) < told for text in (client.hget(f"sf:{{{shard}}}:m", "complete") for shard in range(SHARDS)))


def test_a_view_of_which_a_topic_is_missing_is_not_called_complete(stockfold):
    """A fold that starts and does not find it, or may not, knows nothing of what it holds."""
    stockfold.settings.update({"topics.partitions": PARTITIONS, "view.shards": SHARDS, "fold.checkpoint": "200ms"})
    stockfold.setup()
    client, missing = stockfold.redis.client(), stockfold.topic("ecommerce")
    stockfold.publish(*(received(n, f"sku-{n}") for n in range(SKUS)))
    fold = stockfold.start_fold()
    wait_until(lambda: len(watch(client)) == SHARDS and complete(client) > 0, what="an open view")
    assert fold.stop() == 0
    told = max(complete_ms for complete_ms, _ in watch(client).values())
    stockfold.kafka.delete_topic(missing)
    stockfold.start_fold()
    (partition, offset), = stockfold.kafka.produce(stockfold.topic("store"), [("sku-1", json.dumps(received("new", "sku-1")))])
    field = f"{stockfold.topic('store')}:{partition}"
    wait_until(lambda: all(nexts[field] > offset for _, nexts in watch(client).values()), what="checkpoints of all shards")
    assert all(complete_ms <= told for complete_ms, _ in watch(client).values())
    stockfold.kafka.create_topic(missing, PARTITIONS, message_timestamp_type="LogAppendTime")
    wait_until(lambda: complete(client) > told, what="a view that is complete later")
