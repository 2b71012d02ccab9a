"""bulk: availability of 1,000 random pairs of item and node in one request, of 100,000 records, by 4 connections to one
nginx worker; against one hiredis client that pipelines 1,000 pairs' HMGETs of the same fields (the record, what is
reserved there, and safety stock), and (bulk-record) of the record alone."""
import json
import random

import harness
import lookups
import servers

PAIRS, CONNECTIONS, BODIES = 1_000, 4, 200


def measure(stage):
    front = lookups.Front(lookups.uniform_view(stage, "bulk", stage.size(100_000, 10_000)))
    scene, rng = front.scene, random.Random(1)
    keys = lookups.record_keys(scene.redis)
    records = [(lookups.sku(item), lookups.node(node)) for item in range(scene.items) for node in range(scene.nodes)]
    bodies = (json.dumps({"pairs": rng.sample(records, PAIRS)}, separators=(",", ":")) for _ in range(BODIES))
    post = front.load(front.targets(f"/v1/availability {body}" for body in bodies), CONNECTIONS)
    rng.shuffle(records)

    def ours():
        return pairs(post(), PAIRS)

    def theirs(commands):
        file = front.targets(commands)
        each = len(records) / sum(1 for _ in open(file, encoding="ascii"))
        read = [servers.BUILD / "bench/read_fields", scene.redis.port, stage.size(5, 1), int(PAIRS / each), file]
        return lambda: pairs(stage.run(read, {"redis-server": scene.redis}), each)

    # Of the length of the fields beside a record, and as missing as these are here.
    both = (f"{keys[sku]} {node} +{node} -{node} -" for sku, node in records)
    record = (f"{keys[sku]} {node}" for sku, node in records)
    yield harness.Comparison("bulk", "pairs/s", "pipelined HMGETs of the same fields by one hiredis client", ours,
                             theirs(both))
    yield harness.Comparison("bulk-record", "pairs/s", "pipelined HMGET of the record alone by one hiredis client",
                             ours, theirs(record))


def pairs(done, each):
    """A turn of requests as one of the pairs in them."""
    return harness.Round(done.operations * each, done.seconds, {name: cpu / each for name, cpu in done.cpu.items()},
                         done.latency_us)
