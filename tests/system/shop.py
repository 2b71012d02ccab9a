"""A retailer's traffic for tests: random events over three topics, partitioned each in its own way."""
import collections
import json

import generate
import reference

# No two alike, so that several consumers write to the same shards.
PARTITIONS = {"warehouse": 1, "store": 3, "ecommerce": 4}
PARTITIONERS = {"warehouse": "murmur2_random", "store": "consistent", "ecommerce": "random"}
# A dead consumer is missed sooner than by default.
IMPATIENT = {"kafka.session.timeout.ms": "2000", "kafka.heartbeat.interval.ms": "300"}


class Shop:
    def __init__(self, stockfold, seed, events):
        print(f"seed {seed}")
        self.stockfold = stockfold
        self.coming = iter(generate.stream(seed, events=events, items=60))
        self.published = []
        stockfold.settings.update(IMPATIENT)
        stockfold.setup(PARTITIONS)

    def publish(self, count):
        """The next `count` events of the stream; returns how many there still were."""
        events = [event for _, event in zip(range(count), self.coming)]
        for role, partitioner in PARTITIONERS.items():
            messages = [(event["sku"], json.dumps(event)) for event in events if generate.role_of(event) == role]
            if messages:
                self.stockfold.kafka.produce(self.stockfold.topic(role), messages, partitioner=partitioner)
        self.published += events
        return len(events)

    def expected(self):
        return reference.dump(self.published)

    def must_be_exact(self, timeout=60.0):
        expected = self.expected()
        self.stockfold.wait_dump(expected, timeout)
        self.records_must_be_counted(expected)

    def records_must_be_counted(self, dump):
        """By node; and none of them has an item's document."""
        redis = self.stockfold.redis.client()
        wanted = collections.Counter(json.loads(line)["node"].encode() for line in dump.splitlines())
        wanted[b"\0"] = sum(wanted.values())
        counted = collections.Counter()
        for key in redis.scan_iter("sf:{*}:k"):
            counted.update({node: int(number) for node, number in redis.hgetall(key).items()})
        assert counted == wanted
