"""/metrics after real traffic: well-formed, counting what happened; and whatever the dashboard and the alert rules ask
is there."""
import collections
import json
import math
import re

import pytest
import serving
import yaml
from prometheus_client.parser import text_string_to_metric_families
from servers import ROOT, wait_until
from serving import NODE, SKU

PROMETHEUS_OWN = {"instance", "job"}  # labels that it adds
WORDS = {"and", "or"}
FUNCTIONS = {"absent", "count", "histogram_quantile", "increase", "max", "rate", "sum", "vector"}


@pytest.fixture(scope="module")
def served(tmp_path_factory, kafka):
    shop = serving.Serving(tmp_path_factory.mktemp("metrics"), kafka, "metrics.")
    try:
        shop.start()
        wait_until(lambda: samples(shop)[("stockfold_fold_refused_total", (("reason", "malformed"),))] > 0,
                   what="the fold's report of what it refused")
        yield shop
    finally:
        shop.stop()


def text(served):
    answer = served.get("/metrics")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    return answer.body.decode()


def families(served):
    return list(text_string_to_metric_families(text(served)))


def samples(served):
    """{(name, labels): value}"""
    return collections.Counter({(sample.name, tuple(sorted(sample.labels.items()))): sample.value
                                for family in families(served) for sample in family.samples})


def requests_counted(counted, route, status):
    return counted[("stockfold_http_requests_total", (("route", route), ("status", status)))]


# --- the text --------------------------------------------------------------------------------------------------------

def test_every_metric_has_one_help_one_type_and_its_samples_together(served):
    lines = text(served).splitlines()
    for what in ("HELP", "TYPE"):
        names = [line.split()[2] for line in lines if line.startswith(f"# {what} ")]
        assert len(names) == len(set(names)) > 30
    described = {line.split()[2]: line.split()[3] for line in lines if line.startswith("# TYPE ")}
    current, seen = None, set()
    for line in lines:
        if line.startswith("# HELP "):
            current = line.split()[2]
        elif not line.startswith("#"):
            name = re.match(r"\w+", line)[0]
            suffixes = ("_bucket", "_sum", "_count") if described[current] == "histogram" else ("",)
            assert name in {current + suffix for suffix in suffixes}
            assert described[current] != "counter" or name.endswith("_total")
            key = line.rsplit(" ", 1)[0]
            assert key not in seen
            seen.add(key)


def test_histograms_add_up(served):
    served.get(f"/v1/items/{SKU}")
    histograms = [family for family in families(served) if family.type == "histogram"]
    assert {family.name for family in histograms} == {
        "stockfold_http_request_duration_seconds", "stockfold_fold_batch_seconds", "stockfold_fold_commit_seconds"}
    for family in histograms:
        series = collections.defaultdict(lambda: {"buckets": []})
        for sample in family.samples:
            labels = tuple(sorted((name, value) for name, value in sample.labels.items() if name != "le"))
            if sample.name.endswith("_bucket"):
                series[labels]["buckets"].append((float(sample.labels["le"]), sample.value))
            else:
                series[labels][sample.name.removeprefix(family.name)] = sample.value
        for one in series.values():
            bounds, counts = zip(*one["buckets"])
            assert list(bounds) == sorted(set(bounds)) and math.isinf(bounds[-1])
            assert list(counts) == sorted(counts) and counts[-1] == one["_count"]
            assert (one["_sum"] > 0) == (one["_count"] > 0)


def test_requests_are_counted_once_by_route_and_status(served):
    asked = [(f"/v1/items/{SKU}", "getItem", "200", 3), ("/v1/items/nothing", "getItem", "404", 2),
             (f"/v1/nodes/{NODE}?limit=1", "getNode", "400", 1), ("/nothing", "none", "404", 2),
             ("/healthz", "healthz", "200", 1)]
    before = samples(served)
    for path, _, _, times in asked:
        for _ in range(times):
            served.get(path)
    after = samples(served)
    for _, route, status, times in asked:
        assert requests_counted(after, route, status) - requests_counted(before, route, status) == times
    assert after[("stockfold_redis_round_trips_total", ())] > before[("stockfold_redis_round_trips_total", ())]


def test_the_folds_counts_are_what_was_published(served):
    counted = samples(served)
    assert counted[("stockfold_fold_read_total", ())] == \
        len(serving.EVENTS) + len(serving.REFUSED) + len(serving.NODES) + len(serving.ITEMS)
    assert counted[("stockfold_fold_folded_total", ())] == len(serving.EVENTS)
    assert counted[("stockfold_fold_master_total", ())] == len(serving.NODES) + len(serving.ITEMS)
    refused = {dict(labels)["reason"]: value for (name, labels), value in counted.items()
               if name == "stockfold_fold_refused_total" and value}
    assert sum(refused.values()) == len(serving.REFUSED) and refused["unknown_type"] == 1
    lags = [value for (name, _), value in counted.items() if name == "stockfold_fold_lag_messages"]
    assert len(lags) == 6 * 8 and not any(lags)
    assert counted[("stockfold_view_shards", (("state", "open"),))] == 64


def test_records_without_master_data_are_counted(tmp_path, kafka):
    shop = serving.Serving(tmp_path, kafka, "undescribed.")
    try:
        check_records_without_master_data(shop.start())
    finally:
        shop.stop()


def check_records_without_master_data(shop):
    def without():
        counted = samples(shop)
        return [counted[("stockfold_view_records_without_master_data", (("missing", what),))] for what in ("item", "node")]
    kafka, topic = shop.stockfold.kafka, shop.stockfold.topic
    assert without() == [1, 1]  # no-document, at the node of that name
    for kind, name, document in (("items", "sku", {}), ("nodes", "id", {"kind": "store", "name": "New"})):
        kafka.produce(topic(kind), [("no-document", json.dumps({name: "no-document", **document}))])
    wait_until(lambda: without() == [0, 0], what="documents that are counted")
    kafka.produce(topic("items"), [("no-document", None), (SKU, None)])
    kafka.produce(topic("nodes"), [("no-document", None)])
    wait_until(lambda: without() == [4, 1], what="documents that are gone again")
    kafka.produce(topic("items"), [(SKU, json.dumps(serving.ITEMS[0]))])
    wait_until(lambda: without() == [1, 1], what="the item's document")
    shop.stockfold.publish(serving.event("11", "shipped", SKU, "web", qty=3, to_node="on-its-way", ref="tr-1"))
    wait_until(lambda: without() == [1, 2], what="a node that something is on its way to")
    node = shop.get("/v1/nodes/on-its-way").json
    assert (node["id"], node["heard_at"], node["stale"]) == ("on-its-way", None, False)


def test_counters_do_not_go_back(served):
    counters = {f"{family.name}_total" for family in families(served) if family.type == "counter"}
    before = samples(served)
    served.get(f"/v1/items/{SKU}")
    reloaded = served.nginx.reload()
    wait_until(lambda: not reloaded & set(served.nginx.workers()), what="the old workers' end")
    after = samples(served)
    for (name, labels), value in before.items():
        assert name not in counters or after[(name, labels)] >= value, (name, labels)


# --- dashboard and alert rules ---------------------------------------------------------------------------------------

def dashboard():
    return json.loads((ROOT / "deploy/grafana-dashboard.json").read_text())


def rules():
    groups = yaml.safe_load((ROOT / "deploy/alerts.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def queries():
    return [target["expr"] for panel in dashboard()["panels"] for target in panel.get("targets", [])] + \
        [rule["expr"] for rule in rules()]


def exposed(served):
    """{sample's name: {label: values}}"""
    found = {}
    for family in families(served):
        for sample in family.samples:
            labels = found.setdefault(sample.name, {})
            for name, value in sample.labels.items():
                labels.setdefault(name, set()).add(value)
    return found


def must_be_answerable(query, found):
    """No more of PromQL is understood than these queries use; what it does not understand fails."""
    query = query.replace("$__rate_interval", "1m")
    assert query.count("(") == query.count(")")
    for name, matchers in re.findall(r"(stockfold_\w+)(?:\{([^}]*)\})?", query):
        assert name in found, f"{name} is not in /metrics: {query}"
        for label, operator, value in re.findall(r'(\w+)(=~|!~|!=|=)"([^"]*)"', matchers or ""):
            if label in PROMETHEUS_OWN:
                continue
            assert label in found[name], f"{name} has no label {label}: {query}"
            known = found[name][label]
            assert operator != "=" or value in known, f"{label} of {name} is never {value}"
            assert operator != "!~" or all(one in known for one in value.split("|")), query
    labels = {label for name in re.findall(r"stockfold_\w+", query) for label in found[name]} | PROMETHEUS_OWN
    for group in re.findall(r"\b(?:by|without) \(([^)]*)\)", query):
        assert set(re.split(r",\s*", group)) <= labels, query
    rest = re.sub(r"\{[^}]*\}|\[[^\]]*\]|(by|without) \([^)]*\)", " ", query)
    others = set(re.findall(r"[a-zA-Z_]\w*", rest)) - set(found)
    assert others <= WORDS | FUNCTIONS, query
    return set(re.findall(r"stockfold_\w+", query))


def test_every_query_asks_for_what_is_there(served):
    served.get("/nothing")
    served.get(f"/v1/items/{SKU}")
    found = exposed(served)
    asked = set().union(*(must_be_answerable(query, found) for query in queries()))
    for word in ("", "{"):
        with pytest.raises(AssertionError):
            must_be_answerable(f"rate(stockfold_http_request_total{word}[5m])", found)
    with pytest.raises(AssertionError):
        must_be_answerable("sum by (path) (stockfold_http_requests_total)", found)
    assert {name for name in found if not name.endswith(("_sum", "_count"))} <= asked, "a metric that nobody looks at"


def test_the_dashboard_can_be_imported():
    board = dashboard()
    assert board["schemaVersion"] == 38 and board["uid"] and "id" not in board
    panels = board["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert {variable["name"] for variable in board["templating"]["list"]} == {"datasource", "instance"}
    taken = set()
    for panel in panels:
        grid = panel["gridPos"]
        cells = {(grid["x"] + x, grid["y"] + y) for x in range(grid["w"]) for y in range(grid["h"])}
        assert grid["x"] + grid["w"] <= 24 and not cells & taken, panel["title"]
        taken |= cells
        if panel["type"] != "row":
            assert panel["description"] and panel["targets"] and panel["fieldConfig"]["defaults"]["unit"]
            assert all(target["datasource"]["uid"] == "${datasource}" for target in panel["targets"])
    titles = [panel["title"] for panel in panels]
    assert len(titles) == len(set(titles))


def test_every_alert_says_what_to_do():
    assert len({rule["alert"] for rule in rules()}) == len(rules()) > 10
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "warn")
        assert rule["annotations"]["summary"] and len(rule["annotations"]["description"]) > 80
