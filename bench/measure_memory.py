"""memory: bytes of Redis per settled record with one place, its item at 32, 8 and 1 nodes; the same at 32 nodes where each
part of a place has 20 bytes, with Redis as it comes and with the advised hash-max-listpack-value; and per event in a window,
of a record that has ten of them and of one that has no other. Against the same as JSON strings. Smaller is better."""
import harness
import servers

PROGRAM = servers.BUILD / "bench/bench_memory"


def measure(stage):
    def bytes_of(what, each, name, listpack_value):
        redis = stage.redis(**{"hash-max-listpack-value": listpack_value})
        taken = stage.run([PROGRAM, what, each, name, redis.url, stage.size(500_000, 100_000)])
        redis.stop()
        return harness.Round(taken.operations, 1)

    strings, lists = "a JSON string per record", "a list of JSON events"
    for name, what, each, listpack_value, peer in [("memory-32", "records", 32, 64, strings),
                                                   ("memory-8", "records", 8, 64, strings),
                                                   ("memory-1", "records", 1, 64, strings),
                                                   ("memory-32-long-places", "places", 32, 64, strings),
                                                   ("memory-32-long-places-128", "places", 32, 128, strings),
                                                   ("memory-window", "window", 10, 64, lists),
                                                   ("memory-window-sparse", "window", 1, 64, lists)]:
        sides = [lambda side=side, w=what, e=each, v=listpack_value: bytes_of(w, e, side, v) for side in ("ours", "theirs")]
        yield harness.Comparison(name, "bytes", peer, *sides, rounds=1)
