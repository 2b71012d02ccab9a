"""fold-growth: what an event costs in views of growing size, against a view of 10,000 records (ratios of cost: 1.5 is
half as much again); and what the fold and a dump of the largest view keep resident, against what they may."""
import subprocess
import time

import folding
import harness

RECORDS = {"100k": 100_000, "1m": 1_000_000, "5m": 5_000_000}
QUICK = {"100k": 100_000}
NODES = 4
FOLD_MB, DUMP_MB = 200, 50


def measure(stage):
    events = stage.size(1_000_000, 200_000)
    small = scene_of(stage, "10k", 10_000, events)
    for name, records in stage.size(RECORDS, QUICK).items():
        scene = scene_of(stage, name, records, events)
        yield harness.Comparison(f"fold-growth-{name}", "µs/event", "10,000 records", cost(scene), cost(small))
    yield harness.Comparison("fold-growth-resident", f"MB of fold at {records:,} records", f"{FOLD_MB} MB",
                             figure(lambda: max(scene.resident_mb)), figure(lambda: FOLD_MB), rounds=1)
    yield harness.Comparison("fold-growth-dump", f"MB of dump at {records:,} records", f"{DUMP_MB} MB",
                             figure(lambda: dump_resident_mb(scene.stockfold)), figure(lambda: DUMP_MB), rounds=1)


def scene_of(stage, name, records, events):
    scene = folding.Scene(stage, name, items=records // NODES, nodes=NODES)
    scene.produce_one_each()
    scene.prime()
    scene.produce("--events", events)
    return scene


def cost(scene):
    def turn():
        done = scene.fold()
        return harness.Round(1e6 * done.seconds / done.operations, 1, done.cpu)
    return turn


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
