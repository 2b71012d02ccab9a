"""Bad messages are set aside with their reason and headers, and nothing else of their batch is touched."""
import datetime
import json
import os
import time

import pytest
import reference
import servers
from servers import wait_until

LARGE = {"message_max_bytes": 20_000_000}


def moment(**ago):
    return reference.format_time(int(1000 * (time.time() - datetime.timedelta(**ago).total_seconds())))


def sold(identity, **fields):
    return {"id": identity, "source": "pos", "type": "sold", "time": moment(minutes=1), "sku": "A", "node": "store-1",
            "qty": 1, **fields}


def encoded(document):
    return document if isinstance(document, bytes) else json.dumps(document).encode()


def without(event, field):
    return {key: value for key, value in event.items() if key != field}


@pytest.mark.address
@pytest.mark.thread
def test_every_reason_reaches_the_refused_topic_with_its_headers(stockfold):
    bad = [
        ("malformed", b'{"id":'),
        ("malformed", b"\xff\xfe"),
        ("missing_field", without(sold("b1"), "node")),
        ("wrong_type", sold("b2", qty="1")),
        ("wrong_type", sold("b3", qty=1.5)),
        ("out_of_range", sold("b4", qty=0)),
        ("out_of_range", sold("b5", place={"floor": "more than 64 letters " * 4})),
        ("unknown_type", sold("b6", type="vanished")),
        ("bad_time", sold("b7", time="yesterday")),
        ("future", sold("b8", time=moment(minutes=-30))),
    ]
    good = [sold("g0", type="received", qty=50)] + [sold(f"g{n}") for n in range(1, len(bad) + 1)]
    values = [encoded(good[0])]
    for (_, document), between in zip(bad, good[1:]):
        values += [encoded(document), encoded(between)]

    stockfold.setup({"store": 1})
    topic = stockfold.topic("store")
    places = stockfold.kafka.produce(topic, [("A", value) for value in values])
    totals = stockfold.fold_until_end()

    reasons = [reason for reason, _ in bad]
    assert totals["refused"] == {reason: reasons.count(reason) for reason in reasons}
    assert (totals["read"], totals["folded"]) == (len(values), len(good))
    assert stockfold.dump() == reference.dump(good)

    letters = sorted(stockfold.kafka.read(stockfold.topic("refused")), key=lambda m: int(dict(m.headers())["offset"]))
    assert [letter.value() for letter in letters] == values[1::2]
    for letter, reason, (partition, offset) in zip(letters, reasons, places[1::2]):
        headers = {name: text.decode() for name, text in letter.headers()}
        assert headers.pop("detail")
        assert headers == {"reason": reason, "topic": topic, "partition": str(partition), "offset": str(offset), "view": "sf"}
        assert letter.key() == b"A"


def test_what_comes_too_late_says_by_how_much(stockfold, tmp_path):
    """The mock broker takes any Kafka time, and is the only one whose producers may give it."""
    broker = servers.MockBroker(tmp_path / "broker", stockfold).start()
    try:
        stockfold.setup()
        now = int(time.time() * 1000)
        good = sold("g", time=moment(hours=26))
        broker.produce(stockfold.topic("store"), [
            ("A", encoded(good), {"timestamp": now - 25 * 3_600_000}),
            ("A", encoded(sold("b", time=moment(days=100, minutes=1))), {"timestamp": now})])
        assert stockfold.fold_until_end()["refused"] == {"late": 1}
        assert stockfold.dump() == reference.dump([good])
        letter, = broker.read(stockfold.topic("refused"))
        headers = {name: text.decode() for name, text in letter.headers()}
        assert headers["reason"] == "late" and "is 100d00h before its Kafka time (window 3d00h)" in headers["detail"], headers
    finally:
        broker.stop()


def test_a_refused_message_keeps_its_own_headers(stockfold):
    """But for those that say why it was refused, which it may have from another time."""
    stockfold.setup()
    own = {"headers": [("trace", b"7"), ("reason", b"another")]}
    stockfold.kafka.produce(stockfold.topic("store"), [("A", b"{", own)])
    stockfold.fold_until_end()
    letter, = stockfold.kafka.read(stockfold.topic("refused"))
    headers = [(name, text) for name, text in letter.headers() if name in ("trace", "reason")]
    assert headers == [("trace", b"7"), ("reason", b"malformed")]


def letters_by_key(stockfold):
    """{key: (value, headers)} of the topic of refused messages, each key once."""
    letters = stockfold.kafka.read(stockfold.topic("refused"))
    found = {letter.key(): (letter.value(), {name: text.decode() for name, text in letter.headers()}) for letter in letters}
    assert len(found) == len(letters)
    return found


@pytest.mark.address
@pytest.mark.parametrize("value", [os.urandom(1_030_006), os.urandom(1_048_490), b"{" + b" " * 9_000_000],
                         ids=["large", "as large as the broker takes", "9 MB, compressed"])
def test_a_large_refused_message_holds_up_nobody(stockfold, value):
    """Neither its own shard nor the refusals of others; its letter has the value where the broker takes it again."""
    stockfold.setup({"store": 1})
    topic = stockfold.topic("store")
    stockfold.kafka.produce(topic, [("A", encoded(sold("a0")))])
    stockfold.kafka.produce(topic, [("A", value)], compression_codec="lz4", **LARGE)
    stockfold.kafka.produce(topic, [(key, encoded(sold(key, sku=key))) for key in "BCDEFG"])
    stockfold.kafka.produce(topic, [("A", encoded(sold("a1"))), *((f"bad{n}", b"{") for n in range(50))])
    assert stockfold.fold_until_end()["refused"] == {"malformed": 51}
    assert len(stockfold.dump().splitlines()) == 7 and stockfold.show("A", "store-1")[0]["on_hand"] == -2
    found = letters_by_key(stockfold)
    assert len(found) == 51
    sent, headers = found[b"A"]
    if len(value) == 1_048_490:
        assert sent is None
        assert headers["omitted"].startswith("the value of 1048490 bytes: ") and "too large" in headers["omitted"]
        assert (headers["topic"], headers["partition"], headers["offset"]) == (topic, "0", "1")
    else:
        assert sent == value and "omitted" not in headers


def test_letters_that_are_too_large_together_go_one_by_one(stockfold):
    """The broker refuses whole batches: what fits alone keeps its value."""
    stockfold.kafka.create_topic(stockfold.topic("refused"), 1, max_message_bytes=4000)
    stockfold.setup({"store": 1})
    values = {f"k{n}".encode(): os.urandom(8000 if n % 7 == 0 else 700) for n in range(40)}
    stockfold.kafka.produce(stockfold.topic("store"), list(values.items()))
    stockfold.fold_until_end()
    found = letters_by_key(stockfold)
    assert {key: value for key, (value, _) in found.items()} == {
        key: None if len(value) == 8000 else value for key, value in values.items()}


def test_a_letter_that_the_broker_never_takes_is_given_up_and_said(stockfold):
    """A compacted topic takes none without a key; the message stays where it was refused."""
    stockfold.kafka.create_topic(stockfold.topic("refused"), 1, cleanup_policy="compact")
    stockfold.setup({"store": 1})
    stockfold.kafka.produce(stockfold.topic("store"), [(None, b"{"), ("A", encoded(sold("a"))), ("B", b"[")])
    done = stockfold.run("fold", "--until-end")
    assert json.loads(done.stdout)["refused"] == {"malformed": 2}
    said = [line for line in done.stderr.decode().splitlines() if "dead letter not stored" in line]
    assert len(said) == 1 and f"topic={stockfold.topic('store')} partition=0 offset=0" in said[0]
    assert list(letters_by_key(stockfold)) == [b"B"]


def test_letters_wait_for_a_topic_that_is_missing_and_go_when_it_is_made(stockfold):
    stockfold.setup({"store": 1})
    stockfold.kafka.delete_topic(stockfold.topic("refused"))
    stockfold.kafka.produce(stockfold.topic("store"), [("A", b"{"), ("A", encoded(sold("a")))])
    fold = stockfold.start_fold()
    wait_until(lambda: "dead letters wait" in fold.log.read_text(), what="a word that letters wait")
    stockfold.setup()
    wait_until(lambda: stockfold.try_dump(), what="the event behind it")
    assert [key for key in letters_by_key(stockfold)] == [b"A"]


def test_refusals_are_logged_once_per_reason_and_topic_with_an_example(stockfold):
    stockfold.setup({"store": 1})
    bad = [(f"k{n}", b"{") for n in range(100)] + [("A", encoded(sold(f"q{n}", qty=0))) for n in range(100)]
    stockfold.kafka.produce(stockfold.topic("store"), bad)
    stockfold.publish({"sku": "x", "title": "ok"})
    stockfold.kafka.produce(stockfold.topic("items"), [("x", b"{")])
    said = [line for line in stockfold.run("fold", "--until-end").stderr.decode().splitlines() if " refused reason=" in line]
    assert len(said) == 3, said
    assert all("example=" in line and 'detail="' in line for line in said)


def test_messages_that_producers_stamp_are_refused_one_by_one(stockfold, kafka):
    """Also where the topic was right before, and is again: what the broker stamps is folded, and the view serves."""
    topic = stockfold.topic("store")
    kafka.create_topic(topic, 1, retention_ms=-1, message_timestamp_after_max_ms=2**62)
    stamped = [sold(f"s{n}") for n in range(4)]
    kafka.produce(topic, [("A", encoded(sold("u1"))), ("B", encoded(sold("u2", sku="B")), {"timestamp": 4_000_000_000_000})])
    stockfold.setup()
    kafka.produce(topic, [("A", encoded(event)) for event in stamped[:2]])
    alter = (f"kafka-configs --bootstrap-server {kafka.bootstrap} --alter --entity-type topics --entity-name {topic} "
             "--add-config message.timestamp.type=")
    kafka.run_tool(alter + "CreateTime")
    kafka.produce(topic, [("A", encoded(sold("u3")))])
    kafka.run_tool(alter + "LogAppendTime")
    kafka.produce(topic, [("A", encoded(event)) for event in stamped[2:]])

    totals = stockfold.fold_until_end()
    assert totals["refused"] == {"not_stamped": 3} and totals["folded"] == 4
    assert stockfold.dump() == reference.dump(stamped)
    letters = kafka.read(stockfold.topic("refused"))
    details = [dict(letter.headers())["detail"].decode() for letter in letters]
    assert len(details) == 3 and all("expected the broker's" in detail and "setup" in detail for detail in details)
    status = json.loads(stockfold.run("status", "--json", "--interval", "0s").stdout)
    assert status["progress"] < "2090"
    assert stockfold.fold_until_end()["read"] == 0


def test_publish_tells_line_and_reason_and_sends_the_rest(stockfold):
    stockfold.setup()
    done = stockfold.publish(sold("p1"), sold("p2", qty=0), b"{", sold("p3"), status=4)
    said = done.stderr.decode()
    assert "2" in said and "out_of_range" in said and "3" in said and "malformed" in said
    assert stockfold.fold_until_end()["folded"] == 2
    assert stockfold.show("A", "store-1")[0]["on_hand"] == -2


# --- listing and replaying -----------------------------------------------------------------------------------------

def refused(stockfold, *words, status=0):
    done = stockfold.run("refused", *words, status=status)
    return [json.loads(line) for line in done.stdout.splitlines()], done.stderr.decode()


def test_refused_messages_are_listed_with_reason_detail_and_place(stockfold):
    stockfold.setup({"store": 1})
    assert refused(stockfold) == ([], "")
    topic = stockfold.topic("store")
    stockfold.kafka.produce(topic, [("A", encoded(sold("a", qty=0))), ("B", b"{\xff"), (None, encoded(sold("c", node=7)))])
    stockfold.fold_until_end()
    listed = sorted(refused(stockfold)[0], key=lambda row: row["offset"])
    assert [(row["reason"], row["topic"], row["partition"], row["offset"], row["key"]) for row in listed] == [
        ("out_of_range", topic, 0, 0, "A"), ("malformed", topic, 0, 1, "B"), ("wrong_type", topic, 0, 2, "")]
    assert json.loads(listed[0]["value"])["qty"] == 0 and "qty" in listed[0]["detail"] and listed[1]["value"] == "{\ufffd"
    assert [row["key"] for row in refused(stockfold, "--reason", "malformed")[0]] == ["B"]
    assert len(refused(stockfold, "--since", "1h")[0]) == len(refused(stockfold, "--since", moment(hours=1))[0]) == 3
    assert refused(stockfold, "--since", moment(hours=-1))[0] == []
    assert "the nearest is malformed" in refused(stockfold, "--reason", "malformd", status=2)[1]
    assert "--since monday: expected" in refused(stockfold, "--since", "monday", status=2)[1]


def test_a_message_is_listed_once_whoever_folds_its_log_and_how_often(stockfold):
    """By the view that is asked, two of which share the topic of refused messages."""
    stockfold.setup({"store": 1})
    other = {"view.prefix": "other", "fold.group": f"{stockfold.prefix}other"}
    stockfold.run("setup", settings=other)
    stockfold.kafka.produce(stockfold.topic("store"), [("A", encoded(sold("a", qty=0))), ("B", b"{")])
    stockfold.fold_until_end()
    stockfold.fold_until_end(settings=other)
    stockfold.redis.client().flushall()
    stockfold.setup()
    stockfold.fold_until_end()
    stockfold.kafka.produce(stockfold.topic("refused"), [("C", b"[", {"headers": [("reason", b"malformed")]})])
    assert len(stockfold.kafka.read(stockfold.topic("refused"))) == 7
    for settings, view in ({}, "sf"), (other, "other"):
        done = stockfold.run("refused", settings=settings)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        assert sorted((row["key"], row["view"]) for row in rows) == [("A", view), ("B", view), ("C", None)]
    listed, said = refused(stockfold, "--reason", "out_of_range", "--replay")
    assert len(listed) == 1 and "listed=1 sent=1" in said
    sent = stockfold.kafka.read(stockfold.topic("store"))[-1]
    assert sent.key() == b"A" and not sent.headers()


def test_what_is_replayed_is_judged_anew_and_what_cannot_be_is_said(stockfold):
    """Two events of the future, whose time has come by a setting; a letter whose value was too large for its topic."""
    stockfold.kafka.create_topic(stockfold.topic("refused"), 1, max_message_bytes=4000)
    stockfold.setup({"store": 1})
    own = {"headers": [("trace", b"7")]}
    ahead = [sold(f"f{n}", time=moment(minutes=-30)) for n in range(2)]
    stockfold.kafka.produce(stockfold.topic("store"), [("A", encoded(event), own) for event in ahead])
    stockfold.kafka.produce(stockfold.topic("store"), [("big", os.urandom(8000)), ("A", b"{")])
    assert stockfold.fold_until_end()["refused"] == {"future": 2, "malformed": 2}
    listed, said = refused(stockfold, "--reason", "future", "--replay")
    assert len(listed) == 2 and "listed=2 sent=2 not_sent=0" in said
    sent = stockfold.kafka.read(stockfold.topic("store"))[-2:]
    assert [(message.key(), json.loads(message.value()), message.headers()) for message in sent] == [
        (b"A", event, own["headers"]) for event in ahead]
    listed, said = refused(stockfold, "--reason", "malformed", "--replay", status=4)
    assert len(listed) == 2 and "listed=2 sent=1 not_sent=1" in said and "1 messages could not be sent again" in said
    assert f"{stockfold.topic('refused')}:0:" in said and "not sent: its value is where it was refused" in said
    assert stockfold.fold_until_end()["refused"] == {"future": 2, "malformed": 1}
