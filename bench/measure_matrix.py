"""matrix: a style of 8 sizes and 6 colors that 500 stores have, seen from one store; against a static answer of the same
nginx worker with the same bytes and headers."""
import harness
import lookups

SIZES, COLORS, STORES = 8, 6, 500
CONNECTIONS = 4  # each question reads 24,000 records: more of them at once would only wait for one another


def measure(stage):
    stores = [lookups.node_document(f"node-{number}", lat=36.8 + number % 25 / 4, lon=-9 + number // 25 / 2)
              for number in range(STORES)]
    items = [{"sku": lookups.sku(item), "style": "ZR-1", "title": "Linen shirt", "color": f"color {item // SIZES}",
              "size": str(34 + 2 * (item % SIZES))} for item in range(SIZES * COLORS)]
    events = [lookups.received(item * STORES + number, lookups.sku(item), f"node-{number}")
              for item in range(SIZES * COLORS) for number in range(STORES)]
    front = lookups.Front(lookups.documents_view(stage, "matrix", stores, events, items))
    targets = [f"/v1/styles/ZR-1?node=node-{number}" for number in range(STORES)]
    asked = front.targets(targets)
    yield harness.Comparison("matrix", "requests/s", "nginx' return 200 of the same bytes",
                             front.load(asked, CONNECTIONS), front.load(front.static(targets[0], asked), CONNECTIONS))
