"""freshness: from the moment before an event is handed to a producer until a lookup over HTTP shows it (p99, beside p50),
while 1,000, 20,000 and 100,000 other events a second go the same way; against 100 ms. One probe at a time, each followed
by lookups on a connection that stays, a millisecond apart. The fold has had an event of every record before: what its
first ones after a start cost, which have to be read back, is not this benchmark's."""
import http.client
import itertools
import json
import random
import statistics
import subprocess
import time

import confluent_kafka

import folding
import harness
import lookups

RATES = {"1k": 1_000, "20k": 20_000, "100k": 100_000}
LIMIT_MS = 100
PROBES = 64  # items, in all partitions


def measure(stage):
    front = lookups.Front(lookups.uniform_view(stage, "freshness", stage.size(100_000, 10_000)))
    front.scene.produce("--events", front.scene.items * front.scene.nodes, "--in-turn", "--from", 65, "--to", 60)
    list(probe(front, 1))
    minutes = itertools.count(60, -5)  # before now, in which each turn's events lie: in order
    for name, rate in RATES.items():
        yield harness.Comparison(f"freshness-{name}", "ms p99", f"{LIMIT_MS} ms",
                                 lambda r=rate: under_load(front, r, next(minutes)),
                                 lambda: harness.Round(LIMIT_MS, 1), rounds=3)


def under_load(front, rate, begin):
    seconds = front.stage.size(10, 3)
    scene = front.scene
    events = rate * (seconds + 4)
    with subprocess.Popen([folding.TOOLS / "produce_events", "--brokers", scene.kafka.bootstrap, "--topics",
                           scene.topics, "--items", str(scene.items), "--nodes", str(scene.nodes), "--events",
                           str(events), "--rate", str(rate), "--first", str(scene.produced), "--from", str(begin), "--to", str(begin - 5)],
                          stdout=subprocess.PIPE) as load:
        scene.produced += events
        time.sleep(2)  # the load is under way by then
        took_us = sorted(probe(front, seconds))
        if load.poll() is not None:
            raise SystemExit("the load ended before the probes")
        said = json.loads(load.stdout.read())
    if said["operations"] / said["seconds"] < 0.95 * rate:
        raise SystemExit(f"the producer reached {said['operations'] / said['seconds']:,.0f} events a second only")
    p99 = took_us[len(took_us) * 99 // 100]
    return harness.Round(p99 / 1000, 1, latency_us={"p50": round(statistics.median(took_us)), "p99": round(p99),
                                                    "probes": len(took_us)})


def probe(front, seconds):
    """Yields how long each took, in µs."""
    rng = random.Random(1)
    producer = confluent_kafka.Producer({"bootstrap.servers": front.scene.kafka.bootstrap, "linger.ms": 0,
                                         "partitioner": "murmur2_random", "log_level": 0})
    connection = http.client.HTTPConnection("127.0.0.1", front.nginx.port, timeout=10)
    topic = front.scene.stockfold.topic("store")
    produce(producer, topic, "probe-first")
    producer.flush(10)  # a producer's first message waits until it knows the topic
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        time.sleep(rng.uniform(0, 0.01))  # at any moment of what goes round
        name = f"probe-{rng.randrange(PROBES)}"
        before = available(connection, name)
        began = time.perf_counter_ns()
        produce(producer, topic, name)
        while available(connection, name) == before:
            time.sleep(0.001)
            if time.perf_counter_ns() - began > 60e9:
                raise SystemExit("an event was not seen within a minute")
        yield (time.perf_counter_ns() - began) / 1000


def produce(producer, topic, name):
    event = lookups.received(0, name, lookups.node(2)) | {"id": str(time.time_ns()), "qty": 1}
    producer.produce(topic, json.dumps(event), name)
    producer.poll(0)


def available(connection, name):
    connection.request("GET", f"/v1/availability?sku={name}&node={lookups.node(2)}")
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"a lookup was answered with {answer.status}: {body}")
    return json.loads(body)["lines"][0]["available"]
