"""before: the fold and the module against those of another build, its folder in STOCKFOLD_BEFORE (such as one of the commit
before a change); nothing without it. new: every event makes a record; known: every record is there; hot: all events are of one
record; late: one event in a hundred is out of order by up to 71 hours; lookup: one item at one node."""
import os
import pathlib

import folding
import harness
import lookups
import measure_fold_late
import servers

BEFORE = os.environ.get("STOCKFOLD_BEFORE")


def measure(stage):
    if not BEFORE:
        return
    uniform = {"items": stage.size(250_000, 25_000), "nodes": 4}
    new = pair(stage, "uniform", uniform)
    yield compare("before-new", new)
    for scene in new:
        scene.prime()
        scene.produce("--events", stage.size(2_000_000, 300_000))
    yield compare("before-known", new)

    events = stage.size(2_000_000, 300_000)
    yield compare("before-hot", primed(pair(stage, "hot", {"items": 1, "nodes": 1}), "--events", events, "--hot"))
    events = stage.size(1_000_000, 200_000)
    yield compare("before-late", primed(pair(stage, "late", uniform), "--events", events, *measure_fold_late.SPREAD,
                                        "--late", 100))
    yield lookup(stage)


def pair(stage, name, records):
    scenes = [folding.Scene(stage, f"{name}{i}", build=build, **records)
              for i, build in enumerate((servers.BUILD, pathlib.Path(BEFORE)))]
    for scene in scenes:
        scene.produce_one_each()
    return scenes


def primed(scenes, *events):
    for scene in scenes:
        scene.prime()
        scene.produce(*events)
    return scenes


def lookup(stage):
    """Both without a log of requests, of which lines differ."""
    loads = []
    for i, build in enumerate((servers.BUILD, pathlib.Path(BEFORE))):
        front = lookups.Front(lookups.uniform_view(stage, f"lookup{i}", stage.size(100_000, 10_000), build=build))
        front.log_nothing()
        loads.append(front.load(front.uniform(lambda sku, node: f"/v1/availability?sku={sku}&node={node}")))
    return harness.Comparison("before-lookup", "requests/s", f"the build in {BEFORE}", *loads, rounds=11)


def compare(name, scenes):
    return harness.Comparison(name, "events/s", f"the build in {BEFORE}", *(scene.fold for scene in scenes))
