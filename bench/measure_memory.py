"""memory: bytes of Redis per settled record with one place, its item at 32, 8 and 1 nodes, and per event in a window, of
a record that has ten of them and of one that has no other. Against the same as JSON strings. Smaller is better."""
import harness
import servers

PROGRAM = servers.BUILD / "bench/bench_memory"


def measure(stage):
    def bytes_of(what, each, name):
        redis = stage.redis()
        taken = stage.run([PROGRAM, what, each, name, redis.url, stage.size(500_000, 100_000)])
        redis.stop()
        return harness.Round(taken.operations, 1)

    for name, what, each, peer in [("memory-32", "records", 32, "a JSON string per record"),
                                   ("memory-8", "records", 8, "a JSON string per record"),
                                   ("memory-1", "records", 1, "a JSON string per record"),
                                   ("memory-window", "window", 10, "a list of JSON events"),
                                   ("memory-window-sparse", "window", 1, "a list of JSON events")]:
        yield harness.Comparison(name, "bytes", peer, lambda w=what, e=each: bytes_of(w, e, "ours"),
                                 lambda w=what, e=each: bytes_of(w, e, "theirs"), rounds=1)
