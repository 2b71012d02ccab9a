"""fold-late: one event in a hundred out of order by up to 71 hours, a quarter of these counts, against the same with
all in order. Both have their events spread over these 71 hours."""
import folding
import harness

SPREAD = ("--from", 71 * 60, "--to", 0)


def measure(stage):
    scenes = [folding.Scene(stage, name, items=stage.size(250_000, 25_000), nodes=4) for name in ("late", "in-order")]
    for scene, late in zip(scenes, (["--late", 100], [])):
        scene.produce_one_each()
        scene.prime()
        scene.produce("--events", stage.size(1_000_000, 200_000), *SPREAD, *late)
    yield harness.Comparison("fold-late", "events/s", "fold with all in order", scenes[0].fold, scenes[1].fold)
