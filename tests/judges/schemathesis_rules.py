"""What an OpenAPI document cannot say of Stockfold's requests, for Schemathesis: which parameters exclude or need each other,
that lengths are bytes, and which messages and pages there are. Requests that are meant to be right are mended by it; those
that are meant to be wrong go as they are."""
import os
import urllib.parse

import schemathesis

AFTER = os.environ["STOCKFOLD_AFTER"]  # a message that is folded
NODE, SKU = os.environ["STOCKFOLD_NODE"], os.environ["STOCKFOLD_SKU"]  # known ones
WAIT_MAX_MS = 100  # nobody is to wait here
EACH_MAX = 5  # of skus, styles and nodes: 200 pairs are allowed
EACH_IN_BODY_MAX = 100  # 10,000 pairs
SKU_MAX = 64


def one_of(query, *names):
    given = [name for name in names if name in query]
    for name in given[1:]:
        del query[name]
    return bool(given)


def find_items(query):
    if not one_of(query, "gtin", "style", "q", "sku"):
        query["sku"] = [SKU]
    if "q" in query:
        query["q"] = ("a " + " ".join(query["q"].split()[:8]))[:200]


def availability(query):
    if query.get("summary"):
        query.pop("sku", None)
        query.setdefault("style", ["a"])
    if query.get("summary") or "style" in query or len(query.get("sku", [])) > 1:
        query.setdefault("node", [NODE])
    if "sku" not in query and "style" not in query:
        query["sku"] = [SKU]
    for name in ("sku", "style", "node"):
        if name in query:
            query[name] = query[name][:EACH_MAX]


def origin(query):
    if "lat" in query or "lon" in query:
        query.setdefault("lat", 40)
        query.setdefault("lon", -3.7)
        query.pop("node", None)


def nearby(query):
    query["item"] = [mend_item(item) for item in query["item"]]
    origin(query)
    if "lat" not in query:
        query["node"] = NODE


def nodes(query):
    if "lat" in query or "lon" in query:
        query.setdefault("lat", 40)
        query.setdefault("lon", -3.7)


def stock(query):
    if "zone" in query:
        query.setdefault("floor", "2")


MEND = {"findItems": find_items, "getAvailability": availability, "findNearby": nearby, "getStyle": origin,
        "listNodes": nodes, "getNodeStock": stock}


def shortened(value, most):
    """A character may be up to four bytes."""
    if isinstance(value, dict):
        return {name: shortened(one, most) for name, one in value.items()}
    if isinstance(value, list):
        return [shortened(one, most) for one in value]
    return value.encode()[:most].decode(errors="ignore") or "a" if isinstance(value, str) else value


def mend_texts(values, parameters, take=lambda text: text, put=lambda text: text):
    for parameter in parameters:
        schema = parameter.definition["schema"]
        most = schema.get("items", schema).get("maxLength")
        if most and isinstance(values.get(parameter.name), (str, list)):
            values[parameter.name] = put(shortened(take(values[parameter.name]), most))


def mend_item(text):
    """A sku in it has its own bound."""
    sku, colon, qty = text.rpartition(":")
    return shortened(sku, SKU_MAX) + colon + qty if colon else shortened(text, SKU_MAX)


@schemathesis.hook
def before_call(context, case, kwargs):
    query = case.query
    if query and "wait_ms" in query and str(query["wait_ms"]).isdigit():
        query["wait_ms"] = min(int(query["wait_ms"]), WAIT_MAX_MS)
    if not case.meta or not case.meta.generation.mode.is_positive:
        return
    mend_texts(case.path_parameters or {}, case.operation.path_parameters, urllib.parse.unquote,
               lambda text: urllib.parse.quote(text, safe=""))
    if isinstance(case.body, dict):
        case.body = {name: names[:EACH_IN_BODY_MAX] if name in ("skus", "nodes") else names
                     for name, names in shortened(case.body, SKU_MAX).items()}
    if query is None:
        return
    mend_texts(query, case.operation.query)
    query.pop("cursor", None)  # any that is right comes from the page before
    if "after" in query:
        query["after"] = AFTER
    MEND.get(case.operation.definition.raw["operationId"], lambda _: None)(query)
