"""fold-growth: what an event costs in views of growing size, against a view of 10,000 records (ratios of cost: 1.5 is
half as much again); and what the fold and a dump of the largest view keep resident, against what they may.

Drawn at random, many events of a small view's record meet in one commit and are one write: five of them at 10,000
records, one at a million. fold-growth says what events cost as they come, so it is mostly about that. fold-growth-write
says what an event costs that is a write of its own: records come in turn, and shards are so few that even the smallest
view has more records in each than a commit takes, so commits are alike at every size. fold-growth-hset says how much of
that is the machine: plain HSETs in a Redis with as many records, which its caches hold or do not. A turn is long enough
that reading every record once, which a fold does after its start, is a small part of it up to a million records."""
import subprocess
import time

import folding
import harness
import servers

SMALL = 10_000
RECORDS = {"100k": 100_000, "1m": 1_000_000, "5m": 5_000_000}
QUICK = {"100k": 100_000}
NODES = 4
HSET = servers.BUILD / "bench/bench_commit"
FOLD_MB, DUMP_MB = 200, 50
EVENTS = 3_000_000


def measure(stage):
    sizes = stage.size(RECORDS, QUICK)
    largest = yield from growth(stage, "fold-growth", sizes)
    yield harness.Comparison("fold-growth-resident", f"MB of fold at {largest.items * NODES:,} records",
                             f"{FOLD_MB} MB", figure(lambda: max(largest.resident_mb)), figure(lambda: FOLD_MB),
                             rounds=1)
    yield harness.Comparison("fold-growth-dump", f"MB of dump at {largest.items * NODES:,} records", f"{DUMP_MB} MB",
                             figure(lambda: dump_resident_mb(largest.stockfold)), figure(lambda: DUMP_MB), rounds=1)
    yield from growth(stage, "fold-growth-write", sizes, "--in-turn", settings={"view.shards": 8})
    small = hset(stage, SMALL)
    for name, records in sizes.items():
        yield harness.Comparison(f"fold-growth-hset-{name}", "µs/record", f"{SMALL:,} records", hset(stage, records),
                                 small)


def growth(stage, line, sizes, *produced, settings=None):
    """Compares each size with the smallest; gives the scene of the last."""
    def scene_of(name, records):
        scene = folding.Scene(stage, f"{line}-{name}", items=records // NODES, nodes=NODES, settings=settings)
        scene.produce_one_each()
        scene.prime()
        scene.produce("--events", stage.size(EVENTS, 200_000), *produced)
        return scene

    small = scene_of("small", SMALL)
    for name, records in sizes.items():
        scene = scene_of(name, records)
        yield harness.Comparison(f"{line}-{name}", "µs/event", f"{SMALL:,} records", cost(scene.fold),
                                 cost(small.fold))
    return scene


def hset(stage, records):
    redis = stage.redis()
    stage.run([HSET, "fill", redis.url, records // NODES], operations=1)
    return cost(lambda: stage.run([HSET, "theirs", redis.url, records // NODES, stage.size(2_000_000, 200_000)],
                                  {"redis-server": redis}))


def cost(turn):
    """The turn as a figure: µs of wall time per operation."""
    def measured():
        done = turn()
        return harness.Round(1e6 / done.rate, 1, done.cpu)
    return measured


def figure(value):
    return lambda: harness.Round(value(), 1)


def dump_resident_mb(stockfold):
    with subprocess.Popen(stockfold.argv("dump"), stdout=subprocess.DEVNULL) as dump:
        peak = 0
        while dump.poll() is None:
            peak = max(peak, folding.peak_kb(dump.pid))
            time.sleep(0.02)
    if dump.returncode:
        raise SystemExit(f"dump ended with {dump.returncode}")
    return peak / 1024
