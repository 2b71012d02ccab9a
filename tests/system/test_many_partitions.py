"""As many partitions and shards as a large retailer has: nothing stands still, also beside others who want the processor.
With STOCKFOLD_LONG set, again and again."""
import json
import os
import subprocess
import sys
import time

import pytest
import reference
import servers

ITEMS = 1000
LONG = bool(os.environ.get("STOCKFOLD_LONG"))


def events(count):
    now = int(time.time() * 1000)
    for n in range(count):
        yield {"id": str(n), "source": "wms", "type": "received", "sku": f"sku-{n % ITEMS}", "node": f"store-{n % 7}",
               "time": reference.format_time(now - count + n), "qty": 1 + n % 3}


@pytest.fixture
def busy_loop():
    process = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    yield
    process.kill()
    process.wait()


def fold_in_new_view(stockfold, folder):
    """Folds all of it into an empty Redis, and returns the totals. A fold that asks the view more than it can answer buries
    its commits behind the questions, and does not end."""
    stockfold.redis = servers.Redis(folder).start()
    try:
        stockfold.settings.update({"redis.url": stockfold.redis.url, "fold.group": folder.name})
        return stockfold.fold_until_end(timeout=600)
    finally:
        stockfold.redis.stop()


@pytest.mark.parametrize("partitions,shards,count,rounds",
                         [(64, 128, 100000, 50), (256, 256, 100000, 20)] if LONG else
                         [(64, 128, 30000, 1), (256, 256, 10000, 1)])
def test_many_partitions_are_folded_to_their_ends(stockfold, tmp_path, busy_loop, partitions, shards, count, rounds):
    stockfold.settings.update({"topics.partitions": partitions, "view.shards": shards})
    stockfold.setup()
    for at, role in enumerate(servers.STOCK_TOPICS):
        stockfold.kafka.produce(stockfold.topic(role), [
            (event["sku"], json.dumps(event)) for n, event in enumerate(events(count)) if n % 3 == at])
    for number in range(rounds):
        totals = fold_in_new_view(stockfold, tmp_path / f"view-{number}")
        assert totals["read"] == totals["folded"] == count
