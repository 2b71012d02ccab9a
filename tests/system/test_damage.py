"""Somebody else writes or deletes the view's keys: it is noticed, the shard is cleared, and folded again from its log."""
import random
import re
import time

import pytest
import reference
from kafka_log import KafkaLog
from servers import rounds, wait_until
from shop import Shop
from test_settling import FEW_SHARDS, portions, send, stream, total


def some_keys(redis, kind):
    """Of a kind, in order; of shards of items alone."""
    return sorted(key for key in redis.scan_iter(f"sf:{{*}}:{kind}") if key[4:5].isdigit())


def delete_keys(redis, kind):
    redis.delete(*some_keys(redis, kind))


# A record that is gone is noticed by whoever remembers it; two folds that share shards forget each other's.
@pytest.mark.parametrize("damage, folds", [("field", 1), ("key", 1), ("type", 1),
                                           pytest.param("type", 2, marks=pytest.mark.address), ("meta", 1), ("meta", 2),
                                           ("all metas", 2), ("chunks", 1), ("one chunk", 1), ("blob", 1), ("hours", 1),
                                           ("hours and chunks", 1), ("hours and chunks", 2)])
def test_damaged_shards_are_folded_again(stockfold, damage, folds):
    shop = Shop(stockfold, seed=80, events=12000)
    for _ in range(folds):
        stockfold.start_fold()
    shop.publish(4000)
    shop.must_be_exact()
    redis = stockfold.redis.client()
    for key in some_keys(redis, "r:*")[:5]:
        if damage == "field":
            redis.hdel(key, redis.hkeys(key)[0])
        elif damage == "key":
            redis.delete(key)
        elif damage == "type":
            redis.delete(key)
            redis.rpush(key, "not a record")
        elif damage == "meta":
            redis.delete(key.split(b"r:")[0] + b"m")
    if damage == "all metas":
        delete_keys(redis, "m")
    if damage == "blob":
        for key in some_keys(redis, "j:*"):
            redis.lpop(key)
    if damage == "one chunk":
        redis.delete(some_keys(redis, "j:*")[0])
    if "chunks" in damage.split():
        delete_keys(redis, "j:*")
    if "hours" in damage.split():
        delete_keys(redis, "h")
    shop.publish(8000)
    shop.must_be_exact()
    wait_until(lambda: any("cleared" in fold.log.read_text() for fold in stockfold.folds), what="a word of it in the log")


def test_one_takes_a_clearing_over_from_who_died_and_the_others_wait_for_it(stockfold):
    shop = Shop(stockfold, seed=86, events=2000)
    stockfold.settings["view.shards"] = "8"
    stockfold.redis.client().flushall()
    stockfold.setup()
    shop.publish(2000)
    stockfold.fold_until_end()
    redis = stockfold.redis.client()
    for shard in range(8):
        redis.delete(f"sf:{{{shard}}}:m")
        redis.hset(f"sf:{{{shard}}}:m", "token", "clearing.dead.1")
    folds = [stockfold.start_fold() for _ in range(3)]
    shop.must_be_exact(120)
    cleared = [int(n) for fold in folds for n in re.findall(r"shards cleared\b.* count=(\d+)", fold.log.read_text())]
    assert sum(cleared) == 8, cleared


def test_a_prefix_that_reads_as_a_pattern_is_cleared_like_any_other(stockfold):
    shop = Shop(stockfold, seed=87, events=500)
    stockfold.settings["view.prefix"] = "s[f]*"
    stockfold.setup()
    shop.publish(500)
    stockfold.fold_until_end()
    redis = stockfold.redis.client()
    redis.delete(*(key for key in redis.scan_iter("s\\[f\\]\\*:{*}:m") if key[7:8].isdigit()))
    said = stockfold.run("fold", "--until-end", "--timeout", "60s").stderr.decode()
    assert stockfold.dump() == shop.expected()
    assert "folded again from the beginning" not in said


ITEMS = [{"sku": f"SKU-81-{number}", "style": f"STYLE-{number % 3}", "title": "Linen shirt"} for number in range(30)]


def documents(stockfold):
    return {key: stockfold.redis.client().get(key) for key in some_keys(stockfold.redis.client(), "i:*")}


def filled_shop(stockfold, seed):
    """Stock and items, folded and at rest; nothing is published any more."""
    shop = Shop(stockfold, seed=seed, events=2000)
    fold = stockfold.start_fold(settings={"fold.inspect": "100000"})
    shop.publish(2000)
    stockfold.publish(*ITEMS)
    stockfold.wait_dump(shop.expected())
    wait_until(lambda: len(documents(stockfold)) == len(ITEMS), what="all documents")
    return fold, shop


def must_be_mended(stockfold, fold, shop, cleared, wanted):
    """By itself: nothing comes."""
    wait_until(lambda: fold.log.read_text().count("shards cleared") > cleared, what="what is gone found")
    stockfold.wait_dump(shop.expected())
    wait_until(lambda: documents(stockfold) == wanted, what="all documents")


@pytest.mark.parametrize("kind", ["r:*", "n:*", "k", "h", "j:*", "i:*", "t", "m"])
def test_what_is_gone_is_found_although_nothing_comes(stockfold, kind):
    fold, shop = filled_shop(stockfold, 81)
    wanted, cleared = documents(stockfold), fold.log.read_text().count("shards cleared")
    stockfold.redis.client().delete(some_keys(stockfold.redis.client(), kind)[0])
    must_be_mended(stockfold, fold, shop, cleared, wanted)


def test_keys_deleted_at_random_are_found_although_nothing_comes(stockfold):
    seed = random.randrange(1 << 32)
    print(f"deletions by seed {seed}")
    rng = random.Random(seed)
    fold, shop = filled_shop(stockfold, 82)
    wanted, redis = documents(stockfold), stockfold.redis.client()
    for _ in range(rounds(5, 100)):
        cleared = fold.log.read_text().count("shards cleared")
        kinds = ["r:*", "n:*", "k", "h", "j:*", "i:*", "t", "m"]
        key = rng.choice(some_keys(redis, rng.choice(kinds)))
        print(f"deleted {key}")
        redis.delete(key)
        must_be_mended(stockfold, fold, shop, cleared, wanted)


def test_a_record_that_was_made_anew_without_its_past_is_found(stockfold):
    fold, shop = filled_shop(stockfold, 83)
    wanted, redis = documents(stockfold), stockfold.redis.client()
    assert fold.stop() == 0
    key = some_keys(redis, "r:*")[0]
    node = next(field for field in redis.hkeys(key) if field[0] > 1)
    redis.hdel(key, node)
    event = {"id": "anew", "source": "pos", "type": "received", "time": reference.format_time(int(time.time() * 1000)),
             "sku": key.decode().split(":")[-1], "node": node.decode(), "qty": 1}
    stockfold.publish(event)
    shop.published.append(event)
    again = stockfold.start_fold(settings={"fold.inspect": "100000"})
    must_be_mended(stockfold, again, shop, 0, wanted)


def test_a_shard_that_somebody_damages_again_and_again_is_cleared_more_and_more_rarely(stockfold):
    fold, shop = filled_shop(stockfold, 88)
    redis = stockfold.redis.client()
    key = some_keys(redis, "r:*")[0]

    def waits():
        if redis.type(key) != b"list":
            redis.pipeline().delete(key).rpush(key, "not a record").execute()
        return re.findall(r"folded again from the beginning .*wait_ms=(\d+)", fold.log.read_text())

    wait_until(lambda: len(waits()) == 6, what="damage, found again and again")
    assert waits() == ["50", "100", "200", "400", "800", "1600"]
    redis.delete(key)
    stockfold.wait_dump(shop.expected())


@pytest.mark.parametrize("inspect", [0, 100000])
def test_settled_bases_that_are_gone_are_missed(timed_stockfold, inspect):
    """By who reads them, with what comes; or although nothing comes."""
    stockfold = timed_stockfold
    stockfold.settings.update(FEW_SHARDS)
    stockfold.setup()
    fold = stockfold.start_fold(settings={"fold.inspect": inspect})
    redis, log = stockfold.redis.client(), KafkaLog(stockfold)
    coming = portions(stream(84, 8000), 8)
    for portion in coming[:4]:
        send(log, portion)
        wait_until(lambda: total(stockfold, "read") == len(log.messages), what="the portion folded")
    wait_until(lambda: some_keys(redis, "b:*"), what="records of which a part is settled")
    redis.delete(*some_keys(redis, "b:*"))
    for portion in coming[4:] if inspect == 0 else []:
        send(log, portion)
    wait_until(lambda: "shards cleared, to be" in fold.log.read_text(), what="what is gone found")
    stockfold.wait_dump(log.dump())
    assert total(stockfold, "drift") == 0
