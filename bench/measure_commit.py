"""commit: records written through the view's commits, 256 to a call, against one HSET each, pipelined by one hiredis
client; commit-ahead: against the same client when it sends the next HSETs before it reads the last answers."""
import harness
import servers

PROGRAM = servers.BUILD / "bench/bench_commit"
ITEMS = 250_000


def measure(stage):
    redis = stage.redis()
    stage.run([PROGRAM, "fill", redis.url, ITEMS], operations=1)

    def side(name):
        return lambda: stage.run([PROGRAM, name, redis.url, ITEMS, stage.size(1_000_000, 200_000)],
                                 {"redis-server": redis})

    yield harness.Comparison("commit", "records/s", "pipelined HSET by one hiredis client", side("ours"),
                             side("theirs"))
    yield harness.Comparison("commit-ahead", "records/s", "pipelined HSET by one hiredis client that sends ahead",
                             side("ours"), side("ahead"))
