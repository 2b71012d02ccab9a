"""decode: one event's JSON into what the fold reads, against jansson parsing the same bytes and checking nothing."""
import harness
import servers


def measure(stage):
    def side(name, events):
        return lambda: stage.run([servers.BUILD / "bench/bench_decode", name, events])

    yield harness.Comparison("decode", "events/s", "jansson", side("ours", stage.size(4_000_000, 400_000)),
                             side("theirs", stage.size(400_000, 100_000)))
