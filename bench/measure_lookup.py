"""lookup: one item at one node, of 100,000 records drawn uniformly, by 64 connections that stay, from one nginx worker;
against a static answer of the same worker with the same bytes and headers. lookup-webdis: against webdis' HMGET of the
same records, both without a log of requests, which webdis does not have. lookup-open: the same as a constant stream of
requests, 70 % of what the closed loop reached, each measured from the moment at which it was due; against the static
answer at the same rate."""
import tempfile
import urllib.parse

import harness
import lookups


def measure(stage):
    front = lookups.Front(lookups.uniform_view(stage, "lookup", stage.size(100_000, 10_000)))
    targets = front.uniform(lambda sku, node: f"/v1/availability?sku={sku}&node={node}")
    static = front.static(f"/v1/availability?sku={lookups.sku(0)}&node={lookups.node(2)}", targets)
    ours, theirs = front.load(targets), front.load(static)
    yield harness.Comparison("lookup", "requests/s", "nginx' return 200 of the same bytes", ours, theirs)

    rate = 0.7 * ours().rate
    yield harness.Comparison("lookup-open", "requests/s", "nginx' return 200 of the same bytes at the same rate",
                             front.load_at(rate, targets), front.load_at(rate, static))

    front.log_nothing()
    redis = front.scene.redis
    webdis = stage.keep(lookups.Webdis(tempfile.mkdtemp(dir=stage.folder), redis))
    keys = lookups.record_keys(redis)
    fields = front.uniform(lambda sku, node: f"/HMGET/{urllib.parse.quote(keys[sku], safe='')}/{node}.raw")
    theirs = front.load(fields, port=webdis.port, processes={"webdis": webdis, "redis-server": redis})
    yield harness.Comparison("lookup-webdis", "requests/s", "webdis' HMGET of the same records", ours, theirs, rounds=11)
