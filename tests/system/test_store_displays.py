"""A real store over 53 weeks: its layout, and where every product stands after it was moved about 37,628 times.

A department is a floor, a product's category a zone of it; a display location is a place. At the store's front and rear
(1, 2) that is the floor's own zone of that name, all others lie in the zone of the category, where 0 (on no display) is
the ordinary shelf, and a product without category has the floor only. A product arrives in the week of its first row
and stands, whole, where its newest row says: rows are read by week, and a row that says the same as the one before is no
relocation. Relocations are told in turn as moves and as counts of the node, the floor and the place.
"""
import collections
import csv
import datetime
import itertools
import json
import lzma
import os
import pathlib
import time
import urllib.parse
import zlib

import pytest

import http_client
import servers

DATA = pathlib.Path(os.environ.get("STOCKFOLD_DATA", servers.ROOT.parent / "shared/data"))
DISPLAYS, PRODUCTS = DATA / "store-displays.csv.xz", DATA / "products.csv.xz"
pytestmark = pytest.mark.skipif(not (DISPLAYS.exists() and PRODUCTS.exists()),
                                reason=f"no real data in {DATA} (STOCKFOLD_DATA names the folder)")

NODE, FIRST_DAY = "store-317", datetime.date(2017, 1, 1)
ENDS = {"1": "front", "2": "rear"}  # of the floor
SHELVES = {"0": "shelf", "3": "front-end-cap", "4": "mid-end-cap", "5": "rear-end-cap", "6": "side-end-cap",
           "7": "in-aisle", "9": "secondary", "A": "in-shelf"}
MOST_UNITS = 24


def rows(path):
    with lzma.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


class Layout:
    """Departments and categories by number: a place's components are short."""

    def __init__(self):
        self.products = {row["product_id"]: row for row in rows(PRODUCTS)}
        departments = {row["department"] for row in self.products.values()}
        categories = {row["product_category"] for row in self.products.values()} - {""}
        self.floors = {name: f"F{number:02}" for number, name in enumerate(sorted(departments))}
        self.zones = {name: f"Z{number:03}" for number, name in enumerate(sorted(categories))}

    def place(self, product_id, location):
        product = self.products[product_id]
        place = {"floor": self.floors[product["department"]]}
        if location in ENDS:
            return {**place, "zone": ENDS[location], "shelf": "display"}
        if product["product_category"]:
            place["zone"] = self.zones[product["product_category"]]
        return {**place, "shelf": SHELVES[location]}

    def document(self):
        pairs = {(row["department"], row["product_category"]) for row in self.products.values()}
        zones = [{"floor": self.floors[department], "zone": self.zones[category], "name": category}
                 for department, category in sorted(pairs) if category]
        zones += [{"floor": floor, "zone": end, "name": end.title()} for floor in self.floors.values()
                  for end in ENDS.values()]
        return {"id": NODE, "name": "Store 317", "kind": "store", "zones": zones,
                "floors": [{"floor": floor, "name": name} for name, floor in self.floors.items()]}


def units(product_id):
    return zlib.crc32(product_id.encode()) % MOST_UNITS + 1


def events():
    """What is told, in order; and where every product is said to be at last."""
    layout, places, numbers = Layout(), {}, itertools.count()
    kinds, told = itertools.cycle(("moved", "node", "floor", "place")), []

    def tell(row, **fields):
        day = FIRST_DAY + datetime.timedelta(weeks=int(row["week"]) - 1)
        told.append({"id": str(next(numbers)), "source": "displays", "time": f"{day}T06:00:00Z",
                     "sku": row["product_id"], "node": NODE, **fields})

    for row in rows(DISPLAYS):
        sku, qty = row["product_id"], units(row["product_id"])
        before, place = places.get(sku), layout.place(sku, row["display_location"])
        places[sku] = place
        if before == place:
            continue
        kind = next(kinds)
        if before is None:
            tell(row, type="received", qty=qty, place=place)
        elif kind == "moved":
            tell(row, type="moved", qty=qty, place=before, to_place=place)
        elif kind == "place":
            tell(row, type="counted", scope="place", place=before, qty=0)
            tell(row, type="counted", scope="place", place=place, qty=qty)
        else:
            scope = {"place": {"floor": place["floor"]}} if kind == "floor" else {}
            tell(row, type="counted", scope=kind, lines=[{"place": place, "qty": qty}], **scope)
    return layout, told, places


def shown_place(layout, product_id, place):
    """As `locate` has it."""
    product = layout.products[product_id]
    zone_name = {"front": "Front", "rear": "Rear", None: None}.get(place.get("zone"), product["product_category"])
    return {**place, "floor_name": product["department"], "zone_name": zone_name, "qty": units(product_id),
            "likely": units(product_id)}


@pytest.fixture
def served(stockfold, tmp_path):
    layout, told, places = events()
    stockfold.settings["http.deadline"] = "10s"
    stockfold.setup()
    stockfold.kafka.produce(stockfold.topic("nodes"), [(NODE, json.dumps(layout.document()))])
    stockfold.kafka.produce(stockfold.topic("store"), [(event["sku"], json.dumps(event)) for event in told])
    totals = stockfold.fold_until_end()
    assert (totals["folded"], totals["refused"]) == (1 + len(told), {}), totals
    nginx = servers.Nginx(tmp_path / "nginx", stockfold).start()
    try:
        with http_client.Client(nginx.port) as client:
            servers.wait_until(lambda: client.get(f"/v1/nodes/{NODE}").status == 200, what="the node")
            yield client, layout, told, places
    finally:
        nginx.stop()


def test_every_product_stands_where_the_file_says(served):
    client, layout, told, places = served
    kinds = collections.Counter(event["type"] for event in told)
    relocated = len({(event["sku"], event["time"]) for event in told}) - kinds["received"]
    assert (kinds["received"], relocated) == (29849, 37628)

    began, wrong = time.monotonic(), []
    skus = sorted(places)
    paths = (f"/v1/items/{urllib.parse.quote(sku, safe='')}/locate?node={NODE}" for sku in skus)
    for sku, answer in zip(skus, client.get_all(paths)):
        assert answer.status == 200, (sku, answer.body)
        located = answer.json
        found = [{name: place.get(name) for name in expected} for place in located["places"]
                 for expected in [shown_place(layout, sku, places[sku])]]
        if found != [shown_place(layout, sku, places[sku])] or located["unplaced"] != 0 or \
                any(place.keys() & {"aisle", "bay", "position"} for place in located["places"]) or \
                located["available"] != units(sku):
            wrong.append((sku, places[sku], located))
    print(f"store displays: {dict(kinds)}, {relocated} relocations, {len(skus)} products located in "
          f"{time.monotonic() - began:.1f} s, {len(wrong)} elsewhere")
    assert not wrong, wrong[:3]
