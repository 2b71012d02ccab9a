"""Searching as people type: thousands of titles in twelve scripts, and what shoppers type for them (titles.py)."""
import json
import unicodedata

import pytest
import servers
import serving
import titles
from servers import wait_until

TITLES = list(titles.titles())


@pytest.fixture(scope="module")
def served(tmp_path_factory, kafka):
    """Every fourth title comes in parts, as some systems write it."""
    served = serving.Serving(tmp_path_factory.mktemp("search"), kafka, "search.")
    try:
        served.start()
        items = [{"sku": f"item-{i}", "title": unicodedata.normalize("NFD" if i % 4 == 0 else "NFC", title)}
                 for i, (title, _) in enumerate(TITLES)]
        served.stockfold.kafka.produce(served.stockfold.topic("items"), [(item["sku"], json.dumps(item)) for item in items])
        wait_until(lambda: served.get(f"/v1/items/item-{len(items) - 1}").status == 200 and len(found(served, "denim")) ==
                   sum("denim" in words for _, words in TITLES), what="all items")
        yield served
    finally:
        served.stop()


def found(served, typed):
    """Numbers of the titles that all pages together have."""
    numbers, query = [], {"q": typed, "limit": 300}
    while True:
        answer = served.get("/v1/items", query)
        assert answer.status == 200, (typed, answer.body)
        numbers += [int(item["sku"].removeprefix("item-")) for item in answer.json["items"] if item["sku"] not in OTHERS]
        if answer.json["next"] is None:
            assert len(numbers) == len(set(numbers)), typed
            return set(numbers)
        query["cursor"] = answer.json["next"]


OTHERS = {item["sku"] for item in serving.ITEMS}


def meant(words):
    return {i for i, (_, has) in enumerate(TITLES) if words and words <= has}


def test_what_shoppers_type_is_found(served):
    missing, alone = [], 0
    for typed, words in titles.queries():
        wanted, got = meant(words), found(served, typed)
        assert wanted or not words, f"no title has {words}"
        if wanted - got:
            missing.append((typed, TITLES[min(wanted - got)][0]))
        alone += wanted == got
    print(f"{len(titles.queries())} queries, {alone} of them find nothing else")
    assert not missing
    assert len(titles.queries()) >= 200 and alone >= 150


def test_what_is_known_not_to_be_found(served):
    """A list that may become shorter."""
    for typed, words in titles.not_found():
        assert meant(words), typed
        assert not meant(words) <= found(served, typed), f"{typed} is found now"
