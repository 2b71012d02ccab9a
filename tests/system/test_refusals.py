"""Bad messages are set aside with their reason and headers, and nothing else of their batch is touched."""
import datetime
import json
import time

import pytest
import reference


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
        ("out_of_range", sold("b5", place={"floor": "seventeen letters"})),
        ("unknown_type", sold("b6", type="vanished")),
        ("bad_time", sold("b7", time="yesterday")),
        ("future", sold("b8", time=moment(minutes=-30))),
        ("late", sold("b9", time=moment(days=100))),
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
        assert headers == {"reason": reason, "topic": topic, "partition": str(partition), "offset": str(offset)}
        assert letter.key() == b"A"


def test_a_refused_message_keeps_its_own_headers(stockfold):
    """But for those that say why it was refused, which it may have from another time."""
    stockfold.setup()
    own = {"headers": [("trace", b"7"), ("reason", b"another")]}
    stockfold.kafka.produce(stockfold.topic("store"), [("A", b"{", own)])
    stockfold.fold_until_end()
    letter, = stockfold.kafka.read(stockfold.topic("refused"))
    headers = [(name, text) for name, text in letter.headers() if name in ("trace", "reason")]
    assert headers == [("trace", b"7"), ("reason", b"malformed")]


def test_publish_tells_line_and_reason_and_sends_the_rest(stockfold):
    stockfold.setup()
    done = stockfold.publish(sold("p1"), sold("p2", qty=0), b"{", sold("p3"), status=4)
    said = done.stderr.decode()
    assert "2" in said and "out_of_range" in said and "3" in said and "malformed" in said
    assert stockfold.fold_until_end()["folded"] == 2
    assert stockfold.show("A", "store-1")[0]["on_hand"] == -2
