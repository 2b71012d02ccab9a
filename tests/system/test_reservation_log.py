"""Reservations and Kafka: what is in the outbox reaches the log, and the log the view, whatever dies."""
import hashlib
import json
import time

import reference
from servers import wait_until

OUTBOX, META = "sf:{res}:o", "sf:{res}:m"
NOW_MS = int(time.time() * 1000)


def document(reservation, version=7, state="confirmed", lines=(("sku-0", 1),)):
    """As it is sent."""
    at = reference.format_time(NOW_MS)
    return {"id": reservation, "version": version, "state": state, "node": "n", "type": "collect", "owner": "o-1",
            "code": "ABC234", "created_at": at, "updated_at": at, "confirmed_at": at,
            **({} if state == "confirmed" else {"ended_at": at}), "expires_at": reference.format_time(NOW_MS + 3600000),
            "lines": [{"sku": sku, "qty": qty, **({"held": qty} if state == "confirmed" else {})} for sku, qty in lines],
            "history": [{"at": at, "verb": "create", "state": "held"},
                        {"at": at, "verb": "confirm" if state == "confirmed" else "cancel", "state": state}]}


def message(reservation, *events, **fields):
    return reservation, json.dumps({**document(reservation, **fields), "events": events})


def post(client, number, topic):
    """An entry as a change of a reservation leaves it; its id."""
    return client.xadd(OUTBOX, {"id": f"r{number}", "topic": topic, "value": message(f"r{number}")[1]})


def wait_until_relayed(client, last):
    wait_until(lambda: client.xlen(OUTBOX) == 0, what="an empty outbox")
    assert client.hget(META, "relayed") == last


def keys_of(stockfold, role):
    return [message.key().decode() for message in stockfold.kafka.read(stockfold.topic(role))]


def test_the_outbox_is_brought_into_kafka_and_let_go(stockfold):
    stockfold.setup()
    client = stockfold.redis.client()
    entries = [post(client, number, "holds" if number % 3 else "reservations") for number in range(600)]
    stockfold.start_fold()
    wait_until_relayed(client, entries[-1])
    assert sorted(keys_of(stockfold, "reservations")) == sorted(f"r{number}" for number in range(0, 600, 3))
    assert sorted(keys_of(stockfold, "holds")) == sorted(f"r{number}" for number in range(600) if number % 3)
    for found in stockfold.kafka.read(stockfold.topic("holds")):
        assert (found.key().decode(), found.value().decode()) == message(found.key().decode())
    wait_until_relayed(client, post(client, 600, "holds"))
    assert "r600" in keys_of(stockfold, "holds")


def test_who_dies_between_kafka_and_the_view_loses_nothing(stockfold):
    stockfold.setup()
    client = stockfold.redis.client()
    entries = [post(client, number, "holds") for number in range(20)]
    dying = stockfold.start_fold(environment={"STOCKFOLD_FAILPOINT": "relay_delivered"})
    wait_until(lambda: not dying.running(), what="its death")
    assert client.xlen(OUTBOX) == 20 and client.hget(META, "relayed") is None
    assert sorted(keys_of(stockfold, "holds")) == sorted(f"r{number}" for number in range(20))
    stockfold.start_fold()
    wait_until_relayed(client, entries[-1])
    assert sorted(keys_of(stockfold, "holds")) == sorted(f"r{number}" for number in range(20) for _ in range(2))


def test_an_entry_that_cannot_be_read_goes_to_the_refused_ones_and_holds_up_no_other(stockfold):
    stockfold.setup()
    client = stockfold.redis.client()
    client.xadd(OUTBOX, {"id": "r1", "topic": "nowhere", "value": "kept"})
    client.xadd(OUTBOX, {"something": "else"})
    last = post(client, 2, "reservations")
    stockfold.start_fold()
    wait_until_relayed(client, last)
    assert keys_of(stockfold, "reservations") == ["r2"]
    refused = stockfold.kafka.read(stockfold.topic("refused"))
    assert sorted(letter.value() or b"" for letter in refused) == [b"", b"kept"]
    assert all(dict(letter.headers())["reason"] == b"malformed" for letter in refused)


# --- from the log into the view ---------------------------------------------------------------------------------------

def staged(reservation, line, sku, qty=1):
    """What picking says to the floor."""
    digest = hashlib.sha256(f"{reservation} {line}".encode()).hexdigest()[:32]
    return {"id": digest, "source": "stockfold", "type": "state_changed", "sku": sku, "node": "n", "qty": qty, "seq": 7,
            "from_state": "sellable", "to_state": "staged", "time": reference.format_time(NOW_MS)}


def receive(stockfold, *skus):
    stockfold.publish(*({"id": f"in-{sku}", "source": "wms", "type": "received", "sku": sku, "node": "n", "qty": 100,
                         "time": reference.format_time(NOW_MS - 60000)} for sku in skus))


def test_events_of_a_reservation_change_stock_once_however_often_its_message_comes(stockfold):
    stockfold.setup()
    skus = [f"sku-{n}" for n in range(12)]
    receive(stockfold, *skus)
    one = message("r1", *(staged("r1", line, sku) for line, sku in enumerate(skus)))
    several = message("r2", *(staged("r2", line, "sku-0", line + 1) for line in range(5)))
    topic = stockfold.topic("reservations")
    stockfold.kafka.produce(topic, [one, several, one])
    narrow = {"fold.commit_events": 1, "fold.commit_records": 1}  # an offset is committed whole all the same
    totals = stockfold.fold_until_end(settings=narrow)
    assert totals["read"] == len(skus) + 3 and totals["refused"] == {}, totals
    stockfold.kafka.produce(topic, [several, message("r3"), one])
    stockfold.fold_until_end()
    assert [stockfold.show(sku)[0]["staged"] for sku in skus] == [1 + 15] + [1] * 11
    before = stockfold.dump()
    stockfold.redis.client().flushall()
    stockfold.fold_until_end()
    assert stockfold.dump() == before


def test_reservations_open_where_their_topic_ended(stockfold):
    stockfold.setup()
    client, topic = stockfold.redis.client(), stockfold.topic("reservations")
    stockfold.kafka.produce(topic, [message(f"r{number}") for number in range(50)])
    stockfold.fold_until_end()
    identity = client.info("replication")["master_replid"].encode()

    def meta():
        fields = client.hgetall(META)
        ends = {int(field.rpartition(b":")[2]): int(text.split()[0]) for field, text in fields.items()
                if field.startswith(b"w:")}
        return fields.get(b"open"), ends
    assert meta() == (identity, stockfold.kafka.ends(topic))
    fold = stockfold.start_fold()
    client.flushall()
    wait_until(lambda: meta() == (identity, stockfold.kafka.ends(topic)), what="reservations that are open again")
    wait_until(lambda: all(client.hget(f"sf:{{{shard}}}:m", "open") == identity for shard in range(64)),
               what="shards that are open again")
    assert fold.running()


def test_what_is_no_message_of_a_reservation_is_refused_and_changes_nothing(stockfold):
    stockfold.setup()
    receive(stockfold, "sku-1")
    bad = [("a", b"no JSON"), ("b", None), (None, b"{"), ("c", message("r9")[1].encode()),
           ("d", json.dumps({**document("d"), "events": "none"}).encode()),
           ("e", json.dumps({**document("e"), "events": [5]}).encode())]
    stockfold.kafka.produce(stockfold.topic("reservations"), [
        *bad, ("f", json.dumps({"id": "f", "events": []})),
        message("r1", {**staged("r1", 0, "sku-1"), "qty": -1}, staged("r1", 1, "sku-1"))])
    totals = stockfold.fold_until_end()
    assert totals["refused"] == {"malformed": len(bad), "missing_field": 1, "out_of_range": 1}, totals
    refused = [letter.value() or b"" for letter in stockfold.kafka.read(stockfold.topic("refused"))]
    assert len(refused) == len(bad) + 2 and {value or b"" for _, value in bad} <= set(refused)
    assert stockfold.show("sku-1")[0]["staged"] == 1
    assert stockfold.redis.client().keys("sf:{res}:v:*") == [b"sf:{res}:v:r1"]


def view_of(client):
    """All that the view keeps of reservations, by key, and what is reserved of items."""
    kept = {key: client.dump(key) for key in client.keys("sf:{res}:*") if key not in (META.encode(), OUTBOX.encode())}
    kept.update({key: client.hgetall(key) for key in client.keys("sf:{*}:l") + client.keys("sf:{*}:r:*")})
    return kept


def test_reservations_come_back_from_the_log_as_they_were(stockfold):
    stockfold.setup()
    skus = [f"sku-{n}" for n in range(10)]
    receive(stockfold, *skus)
    topic = stockfold.topic("reservations")
    sent = [message(f"r{number}", version=number + 1, lines=[(sku, number + 1) for sku in skus[number % 7:]])
            for number in range(100)]
    sent += [message(f"r{number}", version=1000, state="cancelled", lines=[(sku, number + 1) for sku in skus[number % 7:]])
             for number in range(0, 100, 3)]
    stockfold.kafka.produce(topic, sent)
    stockfold.kafka.produce(topic, sent[20:60])  # again, and now of older versions
    stockfold.fold_until_end()
    client = stockfold.redis.client()
    for sku in skus:
        held = sum(number + 1 for number in range(100) if number % 3 and sku in skus[number % 7:])
        assert stockfold.show(sku)[0]["reserved"] == held
    before, dumped = view_of(client), stockfold.dump()
    assert len([key for key in before if key.startswith(b"sf:{res}:v:")]) == 100
    stockfold.start_fold()
    client.flushall()
    wait_until(lambda: stockfold.try_dump() == dumped and view_of(client) == before, what="all that was there")


def test_who_dies_while_an_offset_is_folded_in_several_shards_counts_nothing_twice(stockfold):
    stockfold.setup()
    skus = [f"sku-{n}" for n in range(20)]
    receive(stockfold, *skus)
    stockfold.fold_until_end()
    stockfold.kafka.produce(stockfold.topic("reservations"), [
        message(f"r{number}", *(staged(f"r{number}", line, sku) for line, sku in enumerate(skus))) for number in range(5)])
    for step in ("commit_send:3", "commit_sent:9", "commit_acknowledged:5"):
        dying = stockfold.start_fold(environment={"STOCKFOLD_FAILPOINT": step})
        wait_until(lambda: not dying.running(), what=f"death at {step}")
    stockfold.fold_until_end()
    assert [stockfold.show(sku)[0]["staged"] for sku in skus] == [5] * len(skus)
