"""fold: events in Kafka -> committed in Redis, over uniform records that exist already; and fold-new, where every event
makes a record, in an empty view. Against reading the same topics and doing nothing, against one pipelined function call
per event, and against writing as many records with plain HSETs, without Kafka and JSON."""
import folding
import harness
import servers

HSET = servers.BUILD / "bench/bench_commit"


def measure(stage):
    scene = folding.Scene(stage, "fold", items=stage.size(250_000, 25_000), nodes=4)
    scene.produce_one_each()
    yield harness.Comparison("fold-new", "events/s", "reading the topics with librdkafka", scene.fold, scene.read)

    scene.prime()
    scene.produce("--events", stage.size(2_000_000, 300_000))
    yield harness.Comparison("fold", "events/s", "reading the topics with librdkafka", scene.fold, scene.read)
    yield harness.Comparison("fold-per-event", "events/s",
                             "poll, jansson and one pipelined function call per event", scene.fold,
                             lambda: scene.per_event(stage.size(300_000, 100_000)))

    hashes = stage.redis()
    stage.run([HSET, "fill", hashes.url], operations=1)
    yield harness.Comparison("fold-hset", "records/s", "pipelined HSET of records by one hiredis client", scene.fold,
                             lambda: stage.run([HSET, "theirs", hashes.url, stage.size(2_000_000, 300_000)],
                                               {"redis-server": hashes}))
