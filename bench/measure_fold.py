"""fold: events in Kafka -> committed in Redis, over uniform records that exist already; and fold-new, where every event
makes a record, in an empty view. Against reading the same topics and doing nothing, against one pipelined function call
per event (one that does the fold's work as far as it can, and a bare one that only sums and checks nothing), and
against writing as many records with plain HSETs, without Kafka and JSON. There are four events of each record: a fold
that has just started reads every record once, and is to be measured at what it does for the rest of its days."""
import folding
import harness
import servers

HSET = servers.BUILD / "bench/bench_commit"


def measure(stage):
    items = stage.size(250_000, 25_000)
    scene = folding.Scene(stage, "fold", items=items, nodes=4)
    scene.produce_one_each()
    yield harness.Comparison("fold-new", "events/s", "reading the topics with librdkafka", scene.fold, scene.read)

    scene.prime()
    exact, bare = (folding.PerEvent(scene, how) for how in ("exact", "bare"))
    scene.produce("--events", stage.size(4_000_000, 300_000))
    yield harness.Comparison("fold", "events/s", "reading the topics with librdkafka", scene.fold, scene.read)
    for name, peer, does in (("fold-per-event", exact, "exactly once"), ("fold-per-event-bare", bare, "unchecked")):
        yield harness.Comparison(name, "events/s", f"poll, jansson and one pipelined function call per event, {does}",
                                 scene.fold, lambda: peer.fold(stage.size(300_000, 100_000)))

    hashes = stage.redis()
    stage.run([HSET, "fill", hashes.url, items], operations=1)
    yield harness.Comparison("fold-hset", "records/s", "pipelined HSET of records by one hiredis client", scene.fold,
                             lambda: stage.run([HSET, "theirs", hashes.url, items, stage.size(2_000_000, 300_000)],
                                               {"redis-server": hashes}))
