"""lookup-under-fold: how long lookups take (p99, beside p50) while a fold runs flat out over a backlog in Kafka, against
the same with nothing to fold. Lookups come at a constant rate, each measured from when it was due, so that what waits
for a commit is counted; how many cores lookups, fold, Kafka, Redis and load share stands in the peer's name.

lookup-under-fold-apart takes the waiting for cores away, as if Kafka and the fold had a machine of their own: Redis has a
core for itself, and on the others nginx and the load run before everybody else (which needs root)."""
import contextlib
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

    cores = sorted(os.sched_getaffinity(0))
    yield harness.Comparison("lookup-under-fold", "µs p99", f"no events to fold, on {len(cores)} cores", p99(busy),
                             p99(idle))
    if len(cores) > 1 and os.geteuid() == 0:
        with apart(front, cores):
            yield harness.Comparison("lookup-under-fold-apart", "µs p99", f"no events to fold, on {len(cores)} cores",
                                     p99(busy), p99(idle))


@contextlib.contextmanager
def apart(front, cores):
    """Redis on the first core, all else on the others. What is started meanwhile is this process' heir."""
    for thread in threads(front.scene.redis):
        os.sched_setaffinity(thread, cores[:1])
    rest = [front.nginx, front.fold, front.scene.kafka]
    for thread in [0, *(thread for server in rest for thread in threads(server))]:
        os.sched_setaffinity(thread, cores[1:])
    for worker in front.nginx.workers():
        os.sched_setaffinity(worker, cores[1:])
        harness.run_first(worker)
    front.load_first = True
    yield
    os.sched_setaffinity(0, cores)


def threads(server):
    return [int(thread) for thread in os.listdir(f"/proc/{server.process.pid}/task")]


def p99(turn):
    """The turn as a figure."""
    def measured():
        done = turn()
        return harness.Round(done.latency_us["p99"], 1, done.cpu, done.latency_us)
    return measured


