"""locate: where one item stands in one store, of 100,000 records, each item one of five sizes; against a static answer
of the same nginx worker with the same bytes and headers."""
import harness
import lookups

SIZES = ("XS", "S", "M", "L", "XL")


def document(item):
    return {"sku": lookups.sku(item), "style": f"ZR-{item // len(SIZES):06}", "title": "Linen shirt", "color": "black",
            "size": SIZES[item % len(SIZES)], "price": {"amount": "39.95", "currency": "EUR"}}


def measure(stage):
    scene = lookups.uniform_view(stage, "locate", stage.size(100_000, 10_000))
    lookups.put(scene, "items", map(document, range(scene.items)))
    scene.stockfold.fold_until_end()
    front = lookups.Front(scene)
    make = lambda sku, node: f"/v1/items/{sku}/locate?node={node}"
    targets = front.uniform(make)
    static = front.static(make(lookups.sku(0), lookups.node(2)), targets)
    yield harness.Comparison("locate", "requests/s", "nginx' return 200 of the same bytes", front.load(targets),
                             front.load(static))
