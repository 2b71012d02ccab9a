"""Items and nodes: put, replaced, deleted, refused; and a compacted topic whose deletions may be forgotten is read whole."""
import json
import signal
import time

import pytest

from servers import wait_until
from shop import IMPATIENT

SECONDS = {"fold.master_retention": "1s"}
KINDS = ("items", "nodes")


def item(sku, **fields):
    return {"sku": sku, "style": "shirt", **fields}


def node(identity, **fields):
    return {"id": identity, "kind": "store", **fields}


DOCUMENT = {"items": item, "nodes": node}
CHANGE = {"items": {"title": "Other"}, "nodes": {"name": "Other"}}


def received(sku, at, qty=10):
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    return {"id": f"{sku}-{at}", "source": "wms", "type": "received", "time": moment, "sku": sku, "node": at, "qty": qty}


class Master:
    """What the view holds of items and nodes, and topics to change it by."""

    def __init__(self, stockfold):
        self.stockfold = stockfold
        self.redis = stockfold.redis.client()

    def put(self, kind, *documents):
        self.stockfold.kafka.produce(self.stockfold.topic(kind), [
            (document.get("sku") or document["id"], json.dumps(document)) for document in documents])

    def delete(self, kind, *keys):
        self.stockfold.kafka.produce(self.stockfold.topic(kind), [(key, None) for key in keys])

    def make_again(self, kind, *documents):
        """What compaction leaves in the end: a topic without those that were deleted, nor their deletions."""
        topic = self.stockfold.topic(kind)
        self.stockfold.kafka.delete_topic(topic)
        self.stockfold.kafka.create_topic(topic, 8, cleanup_policy="compact")
        self.put(kind, *documents)

    def documents(self, kind):
        if kind == "nodes":
            return {key.decode(): json.loads(text) for key, text in self.redis.hgetall("sf:{nodes}:d").items()}
        found = {key.decode().split(":i:")[1]: self.redis.get(key) for key in self.redis.keys("sf:{*}:i:*")}
        return {key: json.loads(text) for key, text in found.items() if text}

    def index(self, kind, name):
        return {sku.decode() for key in self.redis.keys(f"sf:{{*}}:{kind}:{name}") for sku in self.redis.smembers(key)}

    def complete_to(self, kind):
        """Of every watermark of the topic, ms."""
        field = f"w:{self.stockfold.topic(kind)}:".encode()
        return [int(text.split()[3]) for key in self.redis.keys("sf:{*}:m")
                for name, text in self.redis.hgetall(key).items() if name.startswith(field)]

    def wait_stale(self, kind):
        """Until the end was reached more than SECONDS ago."""
        wait_until(lambda: time.time() * 1000 - max(self.complete_to(kind)) > 1100, what="time to pass")


@pytest.fixture
def master(stockfold):
    stockfold.settings.update(IMPATIENT)
    stockfold.setup()
    return Master(stockfold)


# --- arriving --------------------------------------------------------------------------------------------------------

def test_documents_arrive_with_their_indexes_and_are_replaced_and_deleted(stockfold, master):
    shirts = [item("shirt-m", gtin="4006381333931"), item("shirt-l", gtin="4006381333948")]
    master.put("items", *shirts)
    master.put("nodes", node("store-1"), node("store-2"))
    assert stockfold.fold_until_end()["folded"] == 4
    assert master.documents("items") == {shirt["sku"]: shirt for shirt in shirts}
    assert master.documents("nodes") == {"store-1": node("store-1"), "store-2": node("store-2")}
    assert master.index("s", "shirt") == {"shirt-m", "shirt-l"}
    assert master.index("g", "4006381333931") == {"shirt-m"}

    changed = item("shirt-m", style="blouse", gtin="4006381333955")
    master.put("items", changed)
    master.put("nodes", node("store-1", address="Moved"))
    stockfold.fold_until_end()
    assert master.documents("items")["shirt-m"] == changed
    assert master.documents("nodes")["store-1"]["address"] == "Moved"
    assert (master.index("s", "shirt"), master.index("s", "blouse")) == ({"shirt-l"}, {"shirt-m"})
    assert (master.index("g", "4006381333931"), master.index("g", "4006381333955")) == (set(), {"shirt-m"})

    master.delete("items", "shirt-m", "never-there")
    master.delete("nodes", "store-2")
    stockfold.fold_until_end()
    assert set(master.documents("items")) == {"shirt-l"}
    assert set(master.documents("nodes")) == {"store-1"}
    assert master.index("s", "blouse") == master.index("g", "4006381333955") == set()


def test_a_document_whose_key_is_another_is_refused(stockfold, master):
    """Compaction and deletions go by the key: the view folded anew from what is left would be another."""
    master.put("items", item("a"))
    master.put("nodes", node("n"))
    astray = [("items", b"K2", item("K1")), ("items", b"", item("a", title="Other")), ("items", b"\xff\xfe", item("K1")),
              ("nodes", b"N", node("n", name="Other")), ("nodes", b"n ", node("n", name="Other"))]
    for kind, key, document in astray:
        stockfold.kafka.produce(stockfold.topic(kind), [(key, json.dumps(document))])
    assert stockfold.fold_until_end()["refused"] == {"out_of_range": len(astray)}
    assert master.documents("items") == {"a": item("a")} and master.documents("nodes") == {"n": node("n")}
    details = {json.loads(line)["detail"] for line in stockfold.run("refused").stdout.splitlines()}
    why = ": the key decides which documents compaction keeps"
    assert details == {f'key: "K2", expected the document\'s sku "K1"{why}', "key: is not UTF-8, expected the document's sku \"K1\"",
                       "key: there is none, expected the document's sku \"a\"",
                       f'key: "N", expected the document\'s id "n"{why}', f'key: "n ", expected the document\'s id "n"{why}'}


def test_safety_stock_is_by_item_and_node_then_node_then_item_then_setting(stockfold, master):
    setting = {"availability.safety_stock": 1}
    master.put("items", item("a", safety_stock={"default": 2, "nodes": {"store-1": 4}}), item("b"))
    master.put("nodes", node("store-1", safety_stock=3), node("store-2", safety_stock=0), node("store-3"))
    stockfold.publish(*(received(sku, at) for sku in ("a", "b") for at in ("store-1", "store-2", "store-3")))
    stockfold.fold_until_end()

    def withheld(sku):
        records = [json.loads(line) for line in stockfold.run("show", sku, settings=setting).stdout.splitlines()]
        assert all(record["available"] == 10 - record["safety_stock"] for record in records)
        return [record["safety_stock"] for record in records]
    assert withheld("a") == [4, 0, 2]
    assert withheld("b") == [3, 0, 1]

    master.delete("items", "a")
    master.delete("nodes", "store-1")
    stockfold.fold_until_end()
    assert withheld("a") == [1, 0, 1]


def test_refused_documents_are_set_aside_with_their_reason_and_change_nothing(stockfold, master):
    master.put("items", item("a"))
    master.put("nodes", node("n"))
    stockfold.fold_until_end()
    bad = [("items", b"a", b'{"sku":'), ("items", b"a", b'{"title":"no sku"}'),
           ("items", b"a", b'{"sku":"a","gtin":"12"}'), ("items", b"a", b'{"sku":"a","title":7}'),
           ("items", b"", None), ("nodes", b"n", b'{"id":"n"}'), ("nodes", b"n", b'{"id":"n","kind":"kiosk"}')]
    reasons = ["malformed", "missing_field", "out_of_range", "wrong_type", "malformed", "missing_field", "out_of_range"]
    for kind, key, value in bad:
        stockfold.kafka.produce(stockfold.topic(kind), [(key, value)])
    totals = stockfold.fold_until_end()

    letters = stockfold.kafka.read(stockfold.topic("refused"))
    found = {(dict(letter.headers())["topic"].decode(), letter.key(), letter.value()):
             dict(letter.headers())["reason"].decode() for letter in letters}
    assert len(letters) == len(bad)
    assert found == {(stockfold.topic(kind), key, value): reason for (kind, key, value), reason in zip(bad, reasons)}
    assert totals["refused"] == {reason: reasons.count(reason) for reason in reasons}
    assert master.documents("items") == {"a": item("a")} and master.documents("nodes") == {"n": node("n")}


def test_an_event_on_the_items_topic_is_refused_there_and_replaces_nothing(stockfold, master):
    shirt = item("shirt-m", title="Shirt")
    master.put("items", shirt)
    stockfold.fold_until_end()
    astray = received("shirt-m", "store-1")
    master.put("items", astray, {field: astray[field] for field in ("sku", "id", "source")}, {**shirt, "qty": 3})
    totals = stockfold.fold_until_end()
    assert totals["refused"] == {"out_of_range": 3} and totals["folded"] == 0
    assert master.documents("items") == {"shirt-m": shirt}
    letter = stockfold.kafka.read(stockfold.topic("refused"))[0]
    assert b"astray" in dict(letter.headers())["detail"]


# --- in several partitions -------------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", KINDS)
def test_after_partitions_were_added_the_newer_document_stays_whatever_is_read_first(stockfold, kind):
    """Also where it is a deletion, and in each rebuild."""
    stockfold.settings.update(IMPATIENT)
    topic, make = stockfold.topic(kind), DOCUMENT[kind]
    stockfold.kafka.create_topic(topic, 1, cleanup_policy="compact", message_timestamp_type="LogAppendTime")
    stockfold.setup()
    master = Master(stockfold)
    master.put(kind, *(make(f"k{n}") for n in range(300)))
    stockfold.kafka.add_partitions(topic, 4)
    master.put(kind, *(make(f"k{n}", **CHANGE[kind]) for n in range(0, 300, 2)))
    master.delete(kind, *(f"k{n}" for n in range(0, 300, 5)))
    expected = {f"k{n}": make(f"k{n}", **(CHANGE[kind] if n % 2 == 0 else {})) for n in range(300) if n % 5}
    for _ in range(3):
        stockfold.fold_until_end(settings={"fold.commit_events": 16})
        assert master.documents(kind) == expected
        master.redis.flushall()


@pytest.mark.parametrize("kind", KINDS)
def test_an_older_document_that_is_read_later_changes_nothing(stockfold, kind):
    stockfold.settings.update(IMPATIENT)
    topic, make, now = stockfold.topic(kind), DOCUMENT[kind], int(time.time() * 1000)
    stockfold.kafka.create_topic(topic, 4, cleanup_policy="compact", message_timestamp_type="CreateTime")
    stockfold.setup()
    master = Master(stockfold)

    def fold(partition, minutes_ago, value):
        place = {"partition": partition, "timestamp": now - 60_000 * minutes_ago}
        stockfold.kafka.produce(topic, [("k", value and json.dumps(value), place)])
        stockfold.fold_until_end()
        return master.documents(kind)
    new, old = make("k", **CHANGE[kind]), make("k")
    assert fold(0, 10, new) == {"k": new}
    assert fold(1, 20, old) == {"k": new}
    assert fold(1, 15, None) == {"k": new}
    assert fold(2, 5, None) == {}
    assert fold(3, 6, old) == {}
    assert fold(3, 4, old) == {"k": old}


# --- read whole ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("more", [0, 40])
def test_what_a_topic_not_read_for_long_no_longer_has_is_deleted(stockfold, master, kind, more):
    make = DOCUMENT[kind]
    master.put(kind, *(make(f"k{n}") for n in range(20)))
    stockfold.fold_until_end()
    master.wait_stale(kind)
    left = [make(f"k{n}", **CHANGE[kind]) for n in range(1, 20)]
    left += [make(f"new{n}") for n in range(more)]
    master.make_again(kind, *left)
    stockfold.fold_until_end(settings=SECONDS)
    assert master.documents(kind) == {document.get("sku") or document["id"]: document for document in left}
    assert min(master.complete_to(kind)) > 0
    stockfold.fold_until_end()
    assert len(master.documents(kind)) == len(left)


@pytest.mark.parametrize("kind", KINDS)
def test_a_topic_read_lately_goes_on_where_it_was_and_later_from_its_beginning(stockfold, master, kind):
    make = DOCUMENT[kind]
    master.put(kind, *(make(f"k{n}") for n in range(20)))
    stockfold.fold_until_end()
    master.put(kind, make("later"))
    assert stockfold.fold_until_end()["folded"] == 1
    master.wait_stale(kind)
    assert stockfold.fold_until_end(settings=SECONDS)["folded"] == 21
    assert len(master.documents(kind)) == 21


@pytest.mark.parametrize("kind", KINDS)
def test_a_topic_made_again_shorter_is_read_whole(stockfold, master, kind):
    make = DOCUMENT[kind]
    master.put(kind, *(make(f"k{n}") for n in range(40)))
    stockfold.fold_until_end()
    master.make_again(kind, *(make(f"k{n}") for n in range(3, 9)))
    stockfold.fold_until_end()
    assert set(master.documents(kind)) == {f"k{n}" for n in range(3, 9)}


@pytest.mark.parametrize("kind", KINDS)
def test_a_topic_made_again_shorter_under_a_running_fold_is_read_whole(stockfold, master, kind):
    make = DOCUMENT[kind]
    master.put(kind, *(make(f"k{n}") for n in range(40)))
    fold = stockfold.start_fold()
    wait_until(lambda: len(master.documents(kind)) == 40, what="the first documents")
    master.make_again(kind, *(make(f"k{n}") for n in range(3, 9)))
    wait_until(lambda: set(master.documents(kind)) == {f"k{n}" for n in range(3, 9)}, what="the other topic")
    master.put(kind, make("later"))
    wait_until(lambda: "later" in master.documents(kind), what="what came later")
    assert " error " not in fold.log.read_text()  # of our own: what librdkafka calls one is a warning, and the topic's end


@pytest.mark.parametrize("kind", KINDS)
def test_an_old_backup_under_a_running_fold_brings_nothing_back(stockfold, master, kind):
    make = DOCUMENT[kind]
    master.put(kind, *(make(f"k{n}") for n in range(20)))
    stockfold.fold_until_end()
    backup = stockfold.redis.snapshot()
    left = {f"k{n}" for n in range(1, 80)}
    master.make_again(kind, *(make(key) for key in sorted(left)))
    master.wait_stale(kind)
    stockfold.start_fold(settings=SECONDS)
    wait_until(lambda: set(master.documents(kind)) == left and min(master.complete_to(kind)) > 0, what="reading it whole")
    stockfold.redis.restore(backup)
    wait_until(lambda: set(master.documents(kind)) == left, what="reading it whole again")


def test_two_consumers_that_share_a_topic_delete_nothing_and_say_so(stockfold, master):
    master.put("items", *(item(f"k{n}") for n in range(20)))
    stockfold.fold_until_end()
    backup = stockfold.redis.snapshot()
    left = {f"k{n}" for n in range(1, 80)}
    master.make_again("items", *(item(key, title="Other") for key in sorted(left)))
    master.wait_stale("items")
    folds = [stockfold.start_fold(settings=SECONDS) for _ in range(2)]
    for fold in folds:
        wait_until(lambda: "partitions assigned count=24" in fold.log.read_text(), what="half of the partitions")
    wait_until(lambda: len(master.documents("items")) >= 79 and min(master.complete_to("items")) > 0, what="reading it all")
    word = f"was read whole by several topic={stockfold.topic('items')}"
    said = [fold.log.read_text().count(word) for fold in folds]
    stockfold.redis.restore(backup)
    for fold, before in zip(folds, said):
        wait_until(lambda: fold.log.read_text().count(word) > before, what="a word of it")
    documents = master.documents("items")
    assert set(documents) == left | {"k0"}
    assert all(documents[key] == item(key, title="Other") for key in left)


def test_one_that_stood_still_deletes_nothing_that_came_meanwhile(stockfold, master):
    """While it deleted what it had not seen; another fold has read the topic since, and what was added to it. Others' keys
    are there so that it goes through the view's for a while."""
    master.redis.eval("for n = 1, 300000 do redis.call('SET', 'other:' .. n, '') end", 0)
    master.put("items", *(item(f"k{n}") for n in range(3000)))
    stockfold.fold_until_end()
    master.wait_stale("items")
    with master.redis.monitor() as monitor:
        zombie, words = stockfold.start_fold(settings=SECONDS), ""
        while not words.startswith("SCAN 0 MATCH sf:{*}:i*"):
            words = monitor.next_command()["command"]
        zombie.pause()
    stockfold.start_fold()
    master.put("items", *(item(f"new{n}") for n in range(600)))
    wait_until(lambda: len(master.documents("items")) == 3600 and min(master.complete_to("items")) > 0, what="all items")
    assigned = zombie.log.read_text().count("partitions assigned")
    zombie.resume()
    wait_until(lambda: zombie.log.read_text().count("partitions assigned") > assigned, what="its return to the group")
    assert len(master.documents("items")) == 3600


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("step", ["commit_acknowledged:1", "commit_acknowledged:5", "checkpoint:2"])
def test_dying_in_the_middle_starts_it_again(stockfold, master, kind, step):
    make = DOCUMENT[kind]
    keys = [f"k{n}" for n in range(400)]
    master.put(kind, *(make(key) for key in keys))
    stockfold.fold_until_end()
    master.wait_stale(kind)
    master.make_again(kind, *(make(key) for key in keys[1:]))
    dying = stockfold.start_fold(settings={**SECONDS, "fold.commit_events": 8},
                                 environment={"STOCKFOLD_FAILPOINT": step})
    wait_until(lambda: not dying.running(), what=f"death at {step}")
    assert dying.process.returncode == -signal.SIGKILL
    assert keys[0] in master.documents(kind) or step.startswith("checkpoint")  # which may come after the end

    stockfold.fold_until_end()
    assert set(master.documents(kind)) == set(keys[1:])
