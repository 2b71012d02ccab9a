"""fold-hot: all events are of one item at one node, against the same number spread uniformly over records."""
import folding
import harness


def measure(stage):
    events = stage.size(2_000_000, 300_000)
    uniform = folding.Scene(stage, "uniform", items=stage.size(250_000, 25_000), nodes=4)
    hot = folding.Scene(stage, "hot", items=1, nodes=1)
    for scene in (uniform, hot):
        scene.produce_one_each()
        scene.prime()
        scene.produce("--events", events, *(["--hot"] if scene is hot else []))
    yield harness.Comparison("fold-hot", "events/s", "fold of uniform records", hot.fold, uniform.fold)
