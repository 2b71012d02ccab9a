"""Half a million real rows through Apache Kafka: nothing lost, nothing twice, and again nothing new."""
import json

import pytest

import online_retail

pytestmark = pytest.mark.skipif(not online_retail.DATA.exists(),
                                reason=f"no real data at {online_retail.DATA} (STOCKFOLD_DATA names its folder)")


@pytest.fixture
def rows_file(tmp_path):
    path = tmp_path / "online-retail.ndjson"
    with path.open("wb") as file:
        assert online_retail.write(file) == 541909
    return path


def test_real_rows_fold_to_independent_sums_and_publishing_them_again_changes_no_byte(stockfold, rows_file):
    stockfold.setup()
    stockfold.run("publish", rows_file)
    totals = stockfold.fold_until_end()
    dump = stockfold.dump()

    expected = online_retail.sums()
    records = [json.loads(line) for line in dump.splitlines()]
    found = {(record["sku"], record["node"]): record["on_hand"] for record in records}
    differing = {key for key in found.keys() | expected.keys() if found.get(key) != expected.get(key)}
    print(f"online retail: {totals}, {len(records)} records, {len(differing)} differ")
    assert (totals["read"], totals["folded"], len(records), len(differing)) == (541909, 541909, 19839, 0)
    keys = [(record["sku"].encode(), record["node"].encode()) for record in records]
    assert keys == sorted(set(keys))

    stockfold.run("publish", rows_file)
    again = stockfold.fold_until_end()
    print(f"online retail, published again: {again}")
    assert (again["read"], again["folded"]) == (541909, 0)
    assert stockfold.dump() == dump
