"""Trouble between nginx and Redis under load: answers that are held up, garbled, or lost with the whole view. Whatever
is said with 200 must be right, and what is over must leave no trace. (Redis paused and killed: test_http.py.)"""
import collections
import http.client
import itertools
import json
import os
import pathlib
import re
import threading
import time
import types

import pytest
import serving
from redis_proxy import Garbler, RedisProxy
from servers import wait_until

pytestmark = pytest.mark.address

DEADLINE, TIMEOUT = 0.25, 0.4
ITEMS, NODES = 40, (serving.NODE, serving.OTHER_NODE)
CLIENTS = 4
WINDOW = 0.3
REFUSALS = {"too_slow", "view_unreachable", "view_rebuilding", "view_broken"}
# What does not change with time.
LASTING = {"lines", "sku", "node", "qty", "available", "title", "name", "places", "zone", "shelf", "distance_km",
           "passed_over", "reason"}


def sku(number):
    return f"item-{number:02}"


def units(number, node):
    """No two alike."""
    return 100 + 2 * number + NODES.index(node)


def stock():
    """Each in several steps, so that a view that is half rebuilt would show something else."""
    for number, (at, node) in itertools.product(range(ITEMS), enumerate(NODES)):
        name, shelf = f"{number}-{at}", {"floor": "2", "zone": "women", "shelf": f"S{number}"}
        yield serving.event(f"r{name}", "received", sku(number), node, qty=units(number, node) + 7, place=shelf)
        yield serving.event(f"s{name}", "sold", sku(number), node, qty=9)
        yield serving.event(f"m{name}", "received", sku(number), node, qty=2)


def requests():
    for node in NODES:
        yield "GET", f"/v1/nodes/{node}", None
    for number in range(ITEMS):
        node, other = NODES[number % 2], sku((number * 7 + 3) % ITEMS)
        yield "GET", f"/v1/availability?sku={sku(number)}&node={node}", None
        yield "GET", f"/v1/availability?sku={sku(number)}&sku={other}&node={NODES[0]}&node={NODES[1]}", None
        yield "GET", f"/v1/items/{sku(number)}", None
        yield "GET", f"/v1/items/{sku(number)}/locate?node={node}", None
        yield "GET", f"/v1/nearby?item={sku(number)}&item={other}:{units(number, node) // 2}&node={node}", None
        yield "GET", f"/v1/nearby?item={sku(number)}&lat=40.4&lon={-3.7 - number / 1000}", None
        pairs = [[sku((number + more) % ITEMS), NODES[more % 2]] for more in range(20)]
        yield "POST", "/v1/availability", json.dumps({"pairs": pairs})


def lasting(answer):
    if isinstance(answer, list):
        return [lasting(part) for part in answer]
    if isinstance(answer, dict):
        return {name: lasting(part) for name, part in answer.items() if name in LASTING}
    return answer


class Troubled(serving.Serving):
    """Its nginx reaches Redis through a proxy."""

    def __init__(self, folder, kafka):
        super().__init__(folder, kafka, "troubles.")
        self.proxy = RedisProxy(self.redis.port)
        settings = {**self.stockfold.settings, "redis.url": self.proxy.url, "redis.timeout": f"{TIMEOUT * 1000:.0f}ms",
                    "http.deadline": f"{DEADLINE * 1000:.0f}ms"}
        self.nginx.stockfold = types.SimpleNamespace(settings=settings)

    def start(self):
        super().start()
        self.stockfold.kafka.produce(self.stockfold.topic("items"), [
            (sku(number), json.dumps({"sku": sku(number), "title": f"Title {number}"})) for number in range(ITEMS)])
        self.stockfold.publish(*stock())
        for number, node in itertools.product(range(ITEMS), NODES):
            path = f"/v1/availability?sku={sku(number)}&node={node}"
            wait_until(lambda: self.get(path).json["lines"][0].get("available") == units(number, node), what=path)
        for number in range(ITEMS):
            wait_until(lambda: self.get(f"/v1/items/{sku(number)}").json.get("title"), what="the items")
        self.asked = list(requests())
        self.truth = [lasting(self.ask(method, path, body and body.encode()).json)
                      for method, path, body in self.asked]
        return self

    def calm(self):
        self.proxy.delay, self.proxy.trickle, self.proxy.garbler = 0, None, None
        return time.monotonic()

    def stop(self):
        super().stop()
        self.proxy.stop()

    def metric(self, name):
        return int(re.search(rf"^{name} (\d+)$", self.get("/metrics").body.decode(), re.MULTILINE)[1])

    def descriptors(self):
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in self.nginx.workers())

    def resident_kb(self):
        worker, = self.nginx.workers()
        return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{worker}/status").read_text())[1])


@pytest.fixture(scope="module")
def served(tmp_path_factory, kafka):
    served = Troubled(tmp_path_factory.mktemp("troubles"), kafka)
    try:
        yield served.start()
    finally:
        served.stop()


@pytest.fixture(autouse=True)
def nothing_stays_behind(served):
    """The worker is still the one that it was, with as many descriptors."""
    workers, descriptors = served.nginx.workers(), served.descriptors()
    yield
    assert served.nginx.workers() == workers and "alert" not in served.nginx.errors()
    wait_until(lambda: served.descriptors() <= descriptors, what="no more descriptors than before")


Answered = collections.namedtuple("Answered", "start end status wrong code")


class Load:
    """Clients that ask one thing after another over connections that stay, and hold every answer to the truth."""

    def __init__(self, served, yardstick):
        self.served, self.yardstick, self.began = served, yardstick, time.monotonic()
        self.answers, self.going = [], True
        self.threads = [threading.Thread(target=self.run, args=(first,)) for first in range(CLIENTS)]

    def run(self, first):
        connection = http.client.HTTPConnection("127.0.0.1", self.served.nginx.port, timeout=10)
        for at in itertools.count(first * 31, 7):
            if not self.going:
                break
            start = time.monotonic()
            status, wrong, code = self.ask(connection, at % len(self.served.asked))
            self.answers.append(Answered(start, time.monotonic(), status, wrong, code))
        connection.close()

    def ask(self, connection, at):
        method, path, body = self.served.asked[at]
        try:
            connection.request(method, path, body)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            connection.close()
            return 0, None, repr(error)
        said = json.loads(text)
        if answer.status == 200:
            wrong = lasting(said) != self.served.truth[at]
            return 200, (path, said, self.served.truth[at]) if wrong else None, None
        return answer.status, None, said["code"]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.going = False
        for thread in self.threads:
            thread.join()

    def since(self, moment):
        return [answer for answer in list(self.answers) if answer.start >= moment]

    def rate(self, since=0):
        """Right answers of the last moment, when it lies behind `since` and saw no others."""
        begin = time.monotonic() - WINDOW
        statuses = [answer.status for answer in self.answers[-5000:] if answer.end >= begin]
        return len(statuses) if begin >= since and set(statuses) == {200} else 0

    def full_rate(self):
        begin = time.monotonic()
        wait_until(lambda: time.monotonic() > begin + 2 * WINDOW, what="an idea of full speed")
        return self.rate()

    def is_right(self):
        assert not [answer.wrong for answer in self.answers if answer.wrong][:3]
        assert {answer.status for answer in self.answers} <= {200, 503}, collections.Counter(
            (answer.status, answer.code) for answer in self.answers)
        assert {answer.code for answer in self.answers} <= {None, *REFUSALS}
        took = sorted(answer.end - answer.start for answer in self.answers)
        assert took[int(len(took) * 0.99)] < (2 * DEADLINE + 0.2) * self.yardstick.slowness(self.began), took[-10:]

    def full_again(self, full, since, within):
        """Half is enough: the machine has other things to do as well, and may have more to do than before."""
        def is_full():
            rate = self.rate(since)
            return rate > 0 and rate * self.yardstick.slowness(time.monotonic() - WINDOW) >= full / 2
        wait_until(is_full, what=f"{full} answers in {WINDOW} s, as before")
        print(f"full speed again after {time.monotonic() - since - WINDOW:.2f} s")
        self.yardstick.must_be_within(within + WINDOW, since)


# --- slowed ----------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("delay, trickle, answered", [
    (0.01, None, True), (0.1, None, True), (0.6, None, False), (0, 50, True), (0, 1, False)])
def test_slow_answers_are_right_or_refused_in_time(served, yardstick, delay, trickle, answered):
    with Load(served, yardstick) as load:
        full = load.full_rate()
        served.proxy.delay, served.proxy.trickle = delay, trickle
        slow = time.monotonic()
        wait_until(lambda: time.monotonic() > slow + 1.5, what="some time of slowness")

        def is_answered():
            return any(answer.status == 200 for answer in load.since(slow + 2 * DEADLINE))
        if answered:
            wait_until(is_answered, what="an answer in spite of it")
        else:
            assert not is_answered()
        load.full_again(full, served.calm(), 1 + delay)
    load.is_right()


# --- garbled ---------------------------------------------------------------------------------------------------------

def test_garbled_answers_never_become_wrong_ones(served, yardstick):
    """Not what only another server could have said: a text in place of a text."""
    memory, counts = [], collections.Counter()
    for seed in range(3):
        with Load(served, yardstick) as load:
            full = load.full_rate()
            connects = served.metric("stockfold_redis_connects_total")
            garbler = served.proxy.garbler = Garbler(seed, 60)
            begin = time.monotonic()
            wait_until(lambda: time.monotonic() > begin + 2 and sum(garbler.counts.values()) >= 10, what="faults")
            load.full_again(full, served.calm(), 1 + TIMEOUT)
        load.is_right()
        counts.update(garbler.counts)
        connects = served.metric("stockfold_redis_connects_total") - connects
        print(f"seed {seed}: {garbler.counts}, {connects} connections,",
              collections.Counter((answer.status, answer.code) for answer in load.answers))
        memory.append(served.resident_kb())
    assert len(counts) == 9, counts
    print(f"resident: {memory} kB")
    if served.nginx.environment() is None:  # a sanitizer keeps what was freed
        assert memory[-1] - memory[0] < 1000, memory


# --- lost ------------------------------------------------------------------------------------------------------------

def test_view_that_is_flushed_serves_nothing_until_it_is_whole_again(served, yardstick):
    with Load(served, yardstick) as load:
        full = load.full_rate()
        served.redis.client().flushall()
        flushed = time.monotonic()
        wait_until(lambda: any(answer.status == 503 for answer in load.since(flushed)), what="a refusal")
        load.full_again(full, flushed, 30)
    load.is_right()


def test_nodes_that_changed_while_the_view_was_lost_are_seen(served):
    """More than once: a view that is made anew at once may look like the one before."""
    for name in "first", "second", "third":
        node = {**serving.NODES[2], "name": name}
        served.fold.stop()
        served.stockfold.kafka.produce(served.stockfold.topic("nodes"), [(node["id"], json.dumps(node))])
        served.redis.client().flushall()
        served.fold = served.stockfold.start_fold()
        wait_until(lambda: served.get(f"/v1/nodes/{node['id']}").json.get("name") == name, what="the name")
