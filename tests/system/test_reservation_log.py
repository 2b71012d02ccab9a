"""Reservations and Kafka: what is in the outbox reaches the log, whatever dies."""
import json

from servers import wait_until

OUTBOX, META = "sf:{res}:o", "sf:{res}:m"


def post(client, number, topic):
    """An entry as a change of a reservation leaves it; its id."""
    return client.xadd(OUTBOX, {"id": f"r{number}", "topic": topic, "value": json.dumps({"id": f"r{number}"})})


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
    for message in stockfold.kafka.read(stockfold.topic("holds")):
        assert json.loads(message.value()) == {"id": message.key().decode()}
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
    assert sorted(message.value() or b"" for message in refused) == [b"", b"kept"]
    assert all(dict(message.headers())["reason"] == b"malformed" for message in refused)
