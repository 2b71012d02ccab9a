"""lookup-under-fold: how long lookups take (p99, beside p50) while a fold runs flat out over a backlog in Kafka, against
the same with nothing to fold. Lookups come at a constant rate, each measured from when it was due, so that what waits
for a commit is counted; how many cores lookups, fold, Kafka, Redis and load share stands in the peer's name."""
import itertools
import os

import folding
import harness
import lookups
import servers

RATE = 5_000


def measure(stage):
    front = lookups.Front(lookups.uniform_view(stage, "under-fold", stage.size(100_000, 10_000)))
    targets = front.uniform(lambda sku, node: f"/v1/availability?sku={sku}&node={node}")
    idle = front.load_at(RATE, targets, seconds=stage.size(4, 1))
    minutes = itertools.count(60, -5)  # before now, in which each turn's events lie: in order

    def busy():
        lookups.stop_fold(front.fold)
        begin = next(minutes)
        front.scene.produce("--events", stage.size(3_000_000, 1_500_000), "--from", begin, "--to", begin - 5)
        fold = folding.Fold(front.scene.stockfold)
        front.scene.wait_first_commit()
        done = idle()
        if fold.process.poll() is not None:
            raise SystemExit("the fold had nothing more to do before the lookups ended")
        fold.wait()
        front.fold = front.scene.stockfold.start_fold()
        servers.wait_until(lambda: front.fold.running(), 10, "the fold")
        return done

    yield harness.Comparison("lookup-under-fold", "µs p99", f"no events to fold, on {os.cpu_count()} cores",
                             p99(busy), p99(idle))


def p99(turn):
    """The turn as a figure."""
    def measured():
        done = turn()
        return harness.Round(done.latency_us["p99"], 1, done.cpu, done.latency_us)
    return measured
