"""What the fold leaves in Redis for those who read nothing else: how far shards are, when nodes were last heard of,
safety stock, words of titles, progress of partitions, times."""
import collections
import datetime
import json

import pytest

from servers import wait_until
from shop import IMPATIENT, Shop

ROLES = ("warehouse", "store", "ecommerce", "items", "nodes", "reservations")
MINUTE = datetime.timedelta(minutes=1)
NOW = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=250000)


def text_of(moment):
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


def ms(moment):
    return round(moment.timestamp() * 1000)


def event(identity, kind, node, moment, **fields):
    return {"id": identity, "source": "pos", "type": kind, "time": text_of(moment), "sku": "sku-1", "node": node,
            **fields}


@pytest.fixture
def redis(stockfold):
    stockfold.settings.update(IMPATIENT)
    return stockfold.redis.client()


def numbers(redis, field):
    """Of every shard that has it."""
    return {key: int(value) for key in redis.keys("sf:{[0-9]*}:m") if (value := redis.hget(key, field))}


def totals(redis):
    return {name.decode(): int(number) for name, number in redis.hgetall("sf:{stats}:t").items()}


# --- shards ----------------------------------------------------------------------------------------------------------

def test_an_idle_fold_keeps_saying_that_every_shard_is_complete(stockfold, redis):
    stockfold.setup()
    stockfold.start_fold()
    wait_until(lambda: len(numbers(redis, "complete")) == 64, what="every shard to be complete")
    for _ in range(2):
        before = numbers(redis, "complete")
        wait_until(lambda: all(now > before[shard] for shard, now in numbers(redis, "complete").items()),
                   what="all of them to move on")
    complete = numbers(redis, "complete")  # first: it and the watermarks only grow
    watermarks = {key: [int(text.split()[3]) for field, text in redis.hgetall(key).items() if field.startswith(b"w:")]
                  for key in complete}
    partitions = sum(stockfold.kafka.partitions(stockfold.topic(role)) for role in ROLES if role != "nodes")
    assert {len(times) for times in watermarks.values()} == {partitions}
    assert all(complete[shard] <= min(times) for shard, times in watermarks.items())
    assert numbers(redis, "newest") == {}


def test_newest_is_the_kafka_time_of_the_last_message_and_stands_while_nothing_comes(stockfold, redis):
    """In the shard of its item and in those that passed over it."""
    stockfold.setup()
    stockfold.publish(event("1", "received", "store-1", NOW - MINUTE, qty=3))
    stockfold.start_fold()
    message, = stockfold.kafka.read(stockfold.topic("store"))
    newest = message.timestamp()[1]
    wait_until(lambda: set(numbers(redis, "newest").values()) == {newest} and len(numbers(redis, "newest")) == 64,
               what="every shard to have passed the message")
    wait_until(lambda: min(numbers(redis, "complete").values()) > newest + 500, what="the view to be complete later")
    assert set(numbers(redis, "newest").values()) == {newest}
    stockfold.stop()
    stockfold.start_fold()
    complete = max(numbers(redis, "complete").values())
    wait_until(lambda: min(numbers(redis, "complete").values()) > complete, what="the next fold to go on")
    assert set(numbers(redis, "newest").values()) == {newest}


def test_under_load_complete_never_goes_back(stockfold, redis):
    shop = Shop(stockfold, 20, 4000)
    stockfold.start_fold(settings={"fold.checkpoint": "50ms"})
    seen = collections.defaultdict(list)
    while shop.publish(100):
        for shard, complete in numbers(redis, "complete").items():
            seen[shard].append(complete)
    shop.must_be_exact()
    assert all(times == sorted(times) for times in seen.values())
    assert any(len(set(times)) > 1 for times in seen.values())


# --- nodes -----------------------------------------------------------------------------------------------------------

def test_a_node_is_heard_of_when_its_newest_event_happened(stockfold, redis):
    stockfold.setup()
    stockfold.publish(event("1", "received", "store-1", NOW - 9 * MINUTE, qty=3),
                      event("2", "sold", "store-1", NOW - 5 * MINUTE, qty=1),
                      event("3", "sold", "store-1", NOW - 7 * MINUTE, qty=1),
                      event("4", "received", "store-2", NOW - 8 * MINUTE, qty=3),
                      event("5", "shipped", "store-2", NOW - 6 * MINUTE, qty=1, to_node="store-3", ref="TR-1"))
    stockfold.fold_until_end()

    def heard():
        return {node.decode(): int(time) for node, time in redis.hgetall("sf:{nodes}:h").items()}
    on_its_way = {"store-3": -1}
    assert heard() == {"store-1": ms(NOW - 5 * MINUTE), "store-2": ms(NOW - 6 * MINUTE), **on_its_way}

    stockfold.publish(event("6", "corrected", "store-1", NOW - 4 * MINUTE, ref="2",
                            ref_time=text_of(NOW - 5 * MINUTE)),
                      event("7", "received", "store-2", NOW - 8 * MINUTE, qty=1))
    stockfold.fold_until_end()
    assert heard() == {"store-1": ms(NOW - 4 * MINUTE), "store-2": ms(NOW - 6 * MINUTE), **on_its_way}
    stockfold.publish(event("8", "arrived", "store-3", NOW - 3 * MINUTE, qty=1, ref="TR-1"))
    stockfold.fold_until_end()
    assert heard()["store-3"] == ms(NOW - 3 * MINUTE)


def test_the_version_of_the_nodes_grows_with_each_change(stockfold, redis):
    stockfold.setup()
    versions = [0]
    for document in ({"id": "a", "kind": "store"}, {"id": "a", "kind": "store", "name": "A"}, None):
        stockfold.kafka.produce(stockfold.topic("nodes"), [("a", document and json.dumps(document))])
        stockfold.fold_until_end()
        versions.append(int(redis.hget("sf:{nodes}:m", "version")))
    assert versions == sorted(set(versions))
    stockfold.fold_until_end()
    assert int(redis.hget("sf:{nodes}:m", "version")) == versions[-1]


# --- items -----------------------------------------------------------------------------------------------------------

def aside(redis, sku):
    return {field.decode(): int(units) for key in redis.keys(f"sf:{{*}}:r:{sku}")
            for field, units in redis.hgetall(key).items() if field[:1] == b"\0"}


def having(redis, word):
    return {name.decode() for key in redis.keys(f"sf:{{*}}:w:{word}") for name in redis.zrange(key, 0, -1)}


def put(stockfold, *items):
    stockfold.kafka.produce(stockfold.topic("items"), [(item["sku"], json.dumps(item)) for item in items])
    stockfold.fold_until_end()


def test_safety_stock_lies_beside_the_item_and_goes_with_it(stockfold, redis):
    stockfold.setup()
    put(stockfold, {"sku": "a", "safety_stock": {"default": 1, "nodes": {"store-014": 3, "Köln": 0}}}, {"sku": "b"})
    assert aside(redis, "a") == {"\0": 1, "\0store-014": 3, "\0Köln": 0}
    assert aside(redis, "b") == {}
    put(stockfold, {"sku": "a", "safety_stock": {"nodes": {"store-015": 2}}}, {"sku": "b", "safety_stock": {"default": 4}})
    assert (aside(redis, "a"), aside(redis, "b")) == ({"\0store-015": 2}, {"\0": 4})
    stockfold.kafka.produce(stockfold.topic("items"), [("a", None)])
    stockfold.fold_until_end()
    assert (aside(redis, "a"), aside(redis, "b")) == ({}, {"\0": 4})


def test_what_lies_beside_records_is_no_record(stockfold, redis):
    """Each fold begins with nothing in memory, so a record that it reads brings along what lies beside it."""
    nodes = ["store-014", "store-015", "store-016"]
    stockfold.setup()
    put(stockfold, {"sku": "sku-1", "safety_stock": {"default": 1, "nodes": {"store-014": 3}}})
    for turn in range(3):
        stockfold.publish(*(event(f"{turn}-{node}", "received", node, NOW, qty=5) for node in nodes[turn:] + nodes[:turn]))
        stockfold.fold_until_end()
    assert [(line["node"], line["on_hand"], line["safety_stock"]) for line in stockfold.show("sku-1")] == [
        ("store-014", 15, 3), ("store-015", 15, 1), ("store-016", 15, 1)]
    assert aside(redis, "sku-1") == {"\0": 1, "\0store-014": 3}
    status = json.loads(stockfold.run("status", "--json", "--interval", "0s").stdout)["view"]
    assert (status["records"], status["items"]) == (3, 1)


def test_words_find_items_and_still_do_after_a_shard_was_cleared(stockfold, redis):
    stockfold.setup()
    put(stockfold, *({"sku": f"shirt-{size}", "style": "shirt", "title": "Camisa de LINO"} for size in range(48)),
        {"sku": "sock", "title": "Calcetín de lana"})
    skus = {f"shirt-{size}".encode() for size in range(48)}
    assert having(redis, "lino") == {sku.decode() for sku in skus}
    assert having(redis, "calcetin") == {"sock"}
    style = redis.keys("sf:{*}:s:shirt")[0]
    assert redis.smembers(style) == skus
    for key in redis.keys("sf:{*}:[swa]:*"):
        redis.hset(key.split(b"}:")[0] + b"}:m", "token", "damaged")
    stockfold.fold_until_end()
    assert all(redis.hget(key, "token") != b"damaged" for key in redis.keys("sf:{[0-9]*}:m"))
    assert redis.smembers(style) == skus
    assert having(redis, "de") == {sku.decode() for sku in skus} | {"sock"}
    assert len(redis.keys("sf:{*}:i:*")) == 49


# --- for those who watch ---------------------------------------------------------------------------------------------

def test_partitions_say_where_they_are_and_batches_how_long_they_took(stockfold, redis):
    shop = Shop(stockfold, 21, 600)
    shop.publish(600)
    stockfold.fold_until_end()
    progress = {field.decode(): list(map(int, text.split())) for field, text in redis.hgetall("sf:{stats}:p").items()}
    ends = {f"{stockfold.topic(role)}:{partition}": end
            for role in ROLES
            for partition, end in stockfold.kafka.ends(stockfold.topic(role)).items()}
    assert {name: (row[0], row[1]) for name, row in progress.items()} == {name: (end, end) for name, end in ends.items()}
    counted = totals(redis)
    for name in ("batch", "commit"):
        within = [counted.get(f"{name}_within_{bound}us", 0)
                  for bound in (500, 1000, 2000, 5000, 10000, 20000, 50000, 100000, 500000)]
        assert within == sorted(within) and within[-1] <= counted[f"{name}_within_any"] == counted[f"{name}_count"]
        assert counted[f"{name}_count"] == counted["commits"] and counted[f"{name}_sum_us"] > 0
    assert not any("within" in name for name in json.loads(stockfold.run("status", "--json").stdout)["totals"])
