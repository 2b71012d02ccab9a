"""A rebalance finds shards in every state; nothing is passed over because of what an earlier assignment had read."""
import json

import reference
from servers import wait_until
from shop import IMPATIENT


def received(identity, sku):
    return {"id": identity, "source": "wms", "type": "received", "time": reference.format_time(1_767_225_600_000),
            "sku": sku, "node": "store-1", "qty": 1}


def view_key(stockfold, sku, kind):
    """The key of a kind ("m" meta, "r:SKU" record) in the shard of an item that the view holds."""
    record, = stockfold.redis.client().keys(f"sf:{{*}}:r:{sku}")
    return record.decode().split("}")[0] + "}:" + kind


def assignments(fold):
    return fold.log.read_text().count("partitions assigned")


def count_consumed(client, consumed, more):
    """A transaction in which the shard's meta counts the fields of that hash as one more, or one less."""
    meta = consumed[:-1] + "m"
    hours, lines, counts = client.hget(meta, "sizes").split()
    return client.pipeline(transaction=True).hset(meta, "sizes", b"%s %d %s" % (hours, int(lines) + more, counts))


def test_what_an_earlier_assignment_had_read_is_not_passed_over(stockfold):
    """One item cannot be committed, so its messages are read but not folded; then partitions are taken and given again
    while one shard cannot be learned, so that the others wait for it."""
    partitions = 6
    stockfold.settings.update(IMPATIENT)
    stockfold.setup({"store": partitions})
    events = [received(f"a-{n}", f"item-{n}") for n in range(40)]
    fold, other = stockfold.start_fold(), stockfold.start_fold()
    stockfold.publish(*events)
    stockfold.wait_dump(reference.dump(events), 30)

    client = stockfold.redis.client()
    consumed, unlearnable = view_key(stockfold, "item-0", "c"), view_key(stockfold, "item-1", "m")
    assert consumed[:-1] != unlearnable[:-1]
    line = "web-1\0item-0\0store-1"
    count_consumed(client, consumed, 1).hset(consumed, line, "in the way").execute()
    more = [{**received(f"b-{n}", "item-0"), "type": "sold", "reservation": "web-1"} for n in range(partitions)]
    messages = [("item-0", json.dumps(event), {"partition": n}) for n, event in enumerate(more)]
    stockfold.kafka.produce(stockfold.topic("store"), messages)
    for one in fold, other:
        wait_until(lambda log=one.log: "broken consumption" in log.read_text(), what="a commit that cannot be")

    client.hset(unlearnable, "settled", "in the way")
    before = assignments(fold)
    other.kill()
    wait_until(lambda: assignments(fold) > before, what="all partitions at one")
    wait_until(lambda: fold.log.read_text().count("description is broken") > 6, what="a shard that cannot be learned")
    count_consumed(client, consumed, -1).hdel(consumed, line).execute()
    client.hdel(unlearnable, "settled")
    stockfold.wait_dump(reference.dump(events + more), 30)


def test_two_views_with_one_group_are_noticed_and_whole_with_two(stockfold):
    stockfold.settings.update(IMPATIENT)
    stockfold.setup()
    events = [received(f"a-{n}", f"item-{n}") for n in range(100)]
    stockfold.publish(*events)
    second = {"view.prefix": "other"}
    stockfold.run("setup", settings=second)
    folds = [stockfold.start_fold(), stockfold.start_fold(settings=second)]
    for fold in folds:
        wait_until(lambda log=fold.log: "shared with another view" in log.read_text(), what="a word about the other view")
    for settings in (None, second):
        said = stockfold.run("check", settings=settings, status=1).stdout.decode()
        assert f"FAIL  consumer group {stockfold.settings['fold.group']} is shared with view " in said
        assert "a fold.group of its own" in said

    assert folds[1].stop() == 0
    own = {**second, "fold.group": f"{stockfold.settings['fold.group']}-other"}
    stockfold.run("fold", "--until-end", settings=own)
    assert stockfold.run("dump", settings=own).stdout == reference.dump(events)
    stockfold.wait_dump(reference.dump(events), 60)


def test_folds_of_one_view_are_not_taken_for_two(stockfold):
    """Also when it is made anew under them."""
    stockfold.settings.update(IMPATIENT)
    stockfold.setup()
    folds = [stockfold.start_fold(), stockfold.start_fold()]
    events = [received(f"a-{n}", f"item-{n}") for n in range(20)]
    stockfold.publish(*events)
    stockfold.wait_dump(reference.dump(events), 60)
    stockfold.redis.client().flushall()
    stockfold.wait_dump(reference.dump(events), 60)
    said = stockfold.run("check").stdout.decode()
    assert "shared" not in said and all("shared" not in fold.log.read_text() for fold in folds)
