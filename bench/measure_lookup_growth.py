"""lookup-growth: what a lookup costs in views of growing size, against a view of 10,000 records (ratios of cost: 1.5 is
half as much again), as wall time and, beside it, CPU of each process."""
import harness
import lookups

SMALL = 10_000
RECORDS = {"100k": 100_000, "1m": 1_000_000, "5m": 5_000_000}
QUICK = {"100k": 100_000}


def measure(stage):
    small = cost(stage, SMALL)
    for name, records in stage.size(RECORDS, QUICK).items():
        yield harness.Comparison(f"lookup-growth-{name}", "µs/lookup", f"{SMALL:,} records", cost(stage, records),
                                 small)


def cost(stage, records):
    front = lookups.Front(lookups.uniform_view(stage, f"growth-{records}", records))
    turn = front.load(front.uniform(lambda sku, node: f"/v1/availability?sku={sku}&node={node}"))

    def measured():
        done = turn()
        return harness.Round(1e6 / done.rate, 1, done.cpu, done.latency_us)
    return measured
