"""How far partitions were read: what is written of it moves whole, and what does not fit together is not believed."""
import re
import signal
import struct
import time

import pytest
import redis
import reference
from servers import wait_until

STORES = "store-1", "store-2"


def received(number, sku):
    return {"id": f"r{number}", "source": "wms", "type": "received", "sku": sku, "node": STORES[number % 2], "qty": 1,
            "time": reference.format_time(int(time.time() * 1000))}


def watermarks(stockfold, role, partition=0):
    """Of every shard: {shard: (next, last offset)}."""
    client, field, found = stockfold.redis.client(), f"w:{stockfold.topic(role)}:{partition}", {}
    for key in client.scan_iter("sf:{*}:m"):
        text = client.hget(key, field)
        if text:
            found[int(re.search(rb"\{(\d+)\}", key)[1])] = tuple(map(int, text.split()[:2]))
    return found


def digest(message):
    """FNV-1a of Kafka time, length of the key, key and value."""
    digest = 0xcbf29ce484222325
    for byte in struct.pack("<qQ", message.timestamp()[1], len(message.key())) + message.key() + message.value():
        digest = (digest ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return digest


def shard_of(stockfold, sku):
    key, = stockfold.redis.client().scan_iter(f"sf:{{*}}:r:{sku}")
    return int(re.search(rb"\{(\d+)\}", key)[1])


def test_a_crash_after_lost_writes_skips_nothing(stockfold):
    """Redis loses commits that it had acknowledged, while the broker is silent: what shards without those events write
    then must not say that these events were read."""
    stockfold.setup({"warehouse": 1, "store": 1, "ecommerce": 1})
    events = [received(n, f"sku-{n % 10}") for n in range(100)]
    stockfold.publish(*events)
    stockfold.fold_until_end()
    busy = max((f"sku-{n}" for n in range(10)), key=lambda sku: shard_of(stockfold, sku))
    fold = stockfold.start_fold(settings={"fold.checkpoint": "1m"})  # other shards stay at 100
    first, second = [[received(n, busy) for n in range(at, to)] for at, to in ((100, 110), (110, 124))]
    wait_until(lambda: "partitions assigned" in fold.log.read_text(), what="an assignment")
    for lines, reached in ((first, 110), (second, 124)):
        stockfold.publish(*lines)
        wait_until(lambda: watermarks(stockfold, "store")[shard_of(stockfold, busy)][0] == reached, what=reached)
        if reached == 110:
            snapshot = stockfold.redis.snapshot()
    assert min(next for next, _ in watermarks(stockfold, "store").values()) == 100
    stockfold.kafka.pause()
    try:
        stockfold.redis.restore(snapshot)
        wait_until(lambda: "view lost writes" in fold.log.read_text(), what="the loss is noticed")
        until = time.monotonic() + 1.0  # no wait for anything: a checkpoint may come at any moment
        wait_until(lambda: time.monotonic() > until or min(watermarks(stockfold, "store").values())[0] > 100)
        assert all(last < next for next, last in watermarks(stockfold, "store").values())
    finally:
        fold.signal(signal.SIGKILL)
        stockfold.kafka.resume()
    stockfold.start_fold()
    stockfold.wait_dump(reference.dump(events + first + second))


def test_the_view_takes_no_position_that_cannot_be(stockfold):
    stockfold.setup()
    stockfold.publish(received(1, "sku-1"))
    stockfold.fold_until_end()
    client, field = stockfold.redis.client(), f"w:{stockfold.topic('store')}:0"
    meta = f"sf:{{{shard_of(stockfold, 'sku-1')}}}:m"
    checkpoint, = set(re.findall(r"\w+_checkpoint", str(client.function_list())))
    before = client.hgetall(meta)
    with pytest.raises(redis.ResponseError, match="broken watermark 7 9 5 1"):
        client.fcall(checkpoint, 1, meta, "", "", "", "", "", field, before[field.encode()], "7 9 5 1")
    assert client.hgetall(meta) == before


def test_a_position_that_nothing_can_have_written_is_not_believed(stockfold):
    """As older versions left it."""
    stockfold.setup({"warehouse": 1, "store": 1, "ecommerce": 1})
    events = [received(n, f"sku-{n % 10}") for n in range(200)]
    stockfold.publish(*events[:100])
    stockfold.fold_until_end()
    stockfold.publish(*events[100:])
    newest = stockfold.kafka.read(stockfold.topic("store"))[-1]
    client, field = stockfold.redis.client(), f"w:{stockfold.topic('store')}:0"
    for shard in watermarks(stockfold, "store"):
        before, _, _, complete_to = client.hget(f"sf:{{{shard}}}:m", field).split()
        client.hset(f"sf:{{{shard}}}:m", field,
                    b"%s %d %x %s" % (before, newest.offset(), digest(newest), complete_to))
    stockfold.fold_until_end()
    assert stockfold.dump() == reference.dump(events)
