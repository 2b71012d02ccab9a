"""fold-two: two consumers at once against one, of the same topics: partitioned alike (each consumer is the only writer
of its shards) and not alike (other numbers of partitions and another partitioner: both write every shard)."""
import folding
import harness
import servers


def measure(stage):
    # Both consumers have to be there when the group first assigns.
    kafka = stage.keep(servers.Kafka(stage.folder / "kafka-two", {"group.initial.rebalance.delay.ms": "1000"}))
    layouts = {"alike": {"partitions": (8, 8, 8)},
               "unlike": {"partitions": (8, 6, 5), "partitioner": "consistent_random"}}
    for name, layout in layouts.items():
        scene = folding.Scene(stage, name, items=stage.size(250_000, 25_000), nodes=4, kafka=kafka, **layout)
        scene.produce_one_each()
        scene.prime()
        scene.produce("--events", stage.size(2_000_000, 300_000))
        yield harness.Comparison(f"fold-two-{name}", "events/s", "one consumer", lambda: scene.fold(2), scene.fold)
