"""A log whose Kafka times a test chooses, on a broker that takes them as its producers give them.

Kafka time begins a day from now: a fold that goes by the clock where a partition has nothing is then never ahead of it.
Where a load ends, tick() brings every partition so far: else history would wait for those that have nothing.
"""
import json
import time

import reference

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
ROLES = ("warehouse", "store", "ecommerce", "reservations")


def begin_ms():
    """A whole hour, so that tests do not depend on where in one they begin."""
    return (int(time.time() * 1000) // HOUR_MS + 24) * HOUR_MS


def reservation_with(event):
    """Key and value of a message in the log of reservations that carries an event, as the last step of a cancelled one."""
    at = event["time"]
    return event["id"], json.dumps({
            "id": event["id"], "version": 1, "state": "cancelled", "node": event["node"], "type": "collect",
            "created_at": at, "updated_at": at, "ended_at": at, "expires_at": at,
            "lines": [{"sku": event["sku"], "qty": 1}],
            "history": [{"at": at, "verb": "cancel", "state": "cancelled"}], "events": [event]})


class KafkaLog:
    def __init__(self, stockfold):
        self.stockfold, self.kafka = stockfold, stockfold.kafka
        self.partitions = self.kafka.partitions(stockfold.topic("store"))
        self.messages = []  # (event, Kafka time), as they were sent
        self.places = []  # (topic, partition, offset) of each
        self.ticks = 0

    def send(self, messages):
        """Produces (role, event, Kafka time) in this order, to partitions by sku or (…, partition)."""
        for role in ROLES:
            mine = [(event, kafka_ms, partition) for to, event, kafka_ms, *partition in messages if to == role]
            topic = self.stockfold.topic(role)
            places = self.kafka.produce(topic, [
                (*(reservation_with(event) if role == "reservations" else (event["sku"], json.dumps(event))),
                 {"timestamp": kafka_ms, **({"partition": partition[0]} if partition else {})})
                for event, kafka_ms, partition in mine])
            self.messages += [(event, kafka_ms) for event, kafka_ms, _ in mine]
            self.places += [(topic, *place) for place in places]

    def tick(self, kafka_ms):
        """An event of that very moment in every partition."""
        ticks = []
        for role in ROLES:
            for partition in range(self.partitions):
                self.ticks += 1
                event = {"id": f"t{self.ticks}", "source": "clock", "type": "received", "qty": 1, "sku": "TICK",
                         "node": f"{role}-{partition}", "time": reference.format_time(kafka_ms)}
                ticks.append((role, event, kafka_ms, partition))
        self.send(ticks)

    def decided(self, **rule):
        return reference.taken(self.messages, **rule)

    def dump(self, **rule):
        """What the dump must be."""
        return reference.dump([event for (event, _), taken in zip(self.messages, self.decided(**rule)) if taken])

    def late(self, **rule):
        """The places of the messages that must be refused."""
        return {place for place, taken in zip(self.places, self.decided(**rule)) if not taken}

    def refused(self, topic=None):
        """The places of those that were, as the topic of refused messages has them."""
        found = set()
        for message in self.kafka.read(topic or self.stockfold.topic("refused")):
            headers = {name: value.decode() for name, value in message.headers()}
            assert headers["reason"] == "late", headers
            found.add((headers["topic"], int(headers["partition"]), int(headers["offset"])))
        return found
