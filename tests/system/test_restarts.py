"""Servers and folds come and go in every order, and Redis refuses in every way it has: the system comes back by itself,
and in the end the view is what the reference says, byte for byte."""
import itertools
import random
import socket
import threading
import time

import pytest
import redis
import servers
from servers import wait_until
from shop import Shop


def log_lines(fold, text):
    return [line for line in fold.log.read_text().splitlines() if text in line]


class Refusing:
    """Ways in which Redis refuses: start(), stop(), and how it says so."""

    def __init__(self, client):
        self.client = client


class OutOfMemory(Refusing):
    says = "OOM"

    def start(self):
        self.client.config_set("maxmemory", 1)

    def stop(self):
        self.client.config_set("maxmemory", 0)


class ReadOnly(Refusing):
    says = "is a replica of"  # by then it is connected to anew

    def start(self):
        self.client.execute_command("REPLICAOF", "127.0.0.1", servers.free_port())

    def stop(self):
        self.client.execute_command("REPLICAOF", "NO", "ONE")


class Busy(Refusing):
    says = "BUSY"

    def start(self):
        self.client.config_set("busy-reply-threshold", 10)
        script = "while true do end"
        self.running = threading.Thread(target=self.run, args=(script,), daemon=True)
        self.running.start()

    def run(self, script):
        try:
            self.client.eval(script, 0)
        except redis.RedisError:
            pass

    def stop(self):
        self.client.execute_command("SCRIPT", "KILL")
        self.running.join(20)


class NoFunction(Refusing):
    says = "Function not found"

    def start(self):
        self.client.execute_command("FUNCTION", "FLUSH")

    def stop(self):
        pass


@pytest.mark.parametrize("refusing", (OutOfMemory, ReadOnly, Busy, NoFunction))
def test_what_redis_refuses_is_waited_out_and_said_once(stockfold, refusing):
    shop = Shop(stockfold, seed=80, events=6000)
    fold = stockfold.start_fold()
    shop.publish(2000)
    shop.must_be_exact()
    refuses = refusing(stockfold.redis.client())
    refuses.start()
    shop.publish(2000)
    wait_until(lambda: log_lines(fold, refuses.says), what=f"{refuses.says} in the log")
    refuses.stop()
    shop.publish(2000)
    shop.must_be_exact()
    assert len(log_lines(fold, refuses.says)) == 1


def test_killed_connections_are_made_again(stockfold):
    shop = Shop(stockfold, seed=81, events=5000)
    stockfold.start_fold()
    client = stockfold.redis.client()
    while shop.publish(500):
        client.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
    shop.must_be_exact()


ORDERS = list(itertools.permutations(("kafka", "redis", "folds")))


@pytest.mark.parametrize("order", servers.rounds(ORDERS[::2], ORDERS), ids="-".join)
def test_restarting_everything_in_any_order_needs_no_command(tmp_path, order):
    persistent = order.index("kafka") < order.index("folds")  # in half of them, whatever the place of Redis
    kafka = servers.Kafka(tmp_path / "kafka").start()
    redis_server = servers.Redis(tmp_path / "redis", {"appendonly": "yes" if persistent else "no"}).start()
    stockfold = servers.Stockfold(tmp_path, kafka, redis_server)
    try:
        shop = Shop(stockfold, seed=82, events=3000)
        stockfold.start_fold(), stockfold.start_fold()
        shop.publish(1500)
        shop.must_be_exact()
        shop.publish(500)
        stop = {"kafka": kafka.stop, "redis": redis_server.kill, "folds": stockfold.stop}
        start = {"kafka": kafka.start, "redis": redis_server.start,
                 "folds": lambda: (stockfold.start_fold(), stockfold.start_fold())}
        for name in order:
            stop[name]()
        for name in order:
            start[name]()
        shop.must_be_exact()
        shop.publish(1000)
        shop.must_be_exact()
    finally:
        stockfold.stop()
        kafka.stop()
        redis_server.stop()


def test_two_restarts_while_redis_still_loads_leave_nothing_closed(tmp_path, kafka):
    """What is known of a server that was only half reached is not taken for what the next one is."""
    redis_server = servers.Redis(tmp_path / "redis", {"appendonly": "yes"}).start()
    stockfold = servers.Stockfold(tmp_path, kafka, redis_server, prefix="loading.")
    try:
        shop = Shop(stockfold, seed=83, events=3000)
        stockfold.start_fold()
        shop.publish(3000)
        shop.must_be_exact()
        client = redis_server.client()
        for n in range(400):  # so that loading takes a while
            client.set(f"ballast:{n}", bytes(1000))
        redis_server.options["key-load-delay"] = "2000"
        for _ in range(2):
            redis_server.kill()
            redis_server.start_loading()
            wait_until(redis_server.answers, what="a loaded Redis")
            shop.must_be_exact()
    finally:
        stockfold.stop()
        redis_server.stop()


def test_refused_messages_wait_for_a_topic_that_is_missing(stockfold, yardstick):
    shop = Shop(stockfold, seed=84, events=2000)
    topic = stockfold.topic("refused")
    stockfold.kafka.delete_topic(topic)
    fold = stockfold.start_fold()
    shop.publish(1000)
    stockfold.kafka.produce(stockfold.topic("store"), [("A", b"not json")] * 3)
    wait_until(lambda: log_lines(fold, topic), what="the topic's name in the log")
    started = time.monotonic()
    assert fold.stop() == 0
    yardstick.must_be_within(1, started)
    stockfold.start_fold()
    shop.publish(1000)
    stockfold.kafka.create_topic(topic, 1)
    shop.must_be_exact(120)
    wait_until(lambda: len({m.headers()[4][1] for m in stockfold.kafka.read(topic)}) == 3, what="the dead letters")


def test_consumer_that_redis_kept_from_polling_is_taken_back(stockfold):
    shop = Shop(stockfold, seed=85, events=9000)
    fold = stockfold.start_fold(settings={"kafka.max.poll.interval.ms": "6000", "fold.pending": "1MiB",
                                          "log.level": "debug"})
    shop.publish(2000)
    shop.must_be_exact()
    stockfold.redis.kill()
    while shop.publish(2000):
        pass
    wait_until(lambda: log_lines(fold, "MAXPOLL"), what="a consumer that is out of its group")
    stockfold.redis.start()
    shop.must_be_exact()
    assert fold.running()


class Silent:
    """A server that takes connections on a port and never answers."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", port))

    def stop(self):
        self.listener.close()


@pytest.mark.parametrize("away", (("redis",), ("kafka",), ("redis", "kafka"), ("silent redis",), ("paused redis",)),
                         ids="-".join)
def test_sigterm_ends_the_fold_within_a_second_whatever_is_away(tmp_path, away, yardstick):
    kafka = servers.Kafka(tmp_path / "kafka").start()
    redis_server = servers.Redis(tmp_path / "redis").start()
    stockfold = servers.Stockfold(tmp_path, kafka, redis_server)
    silent = None
    try:
        shop = Shop(stockfold, seed=86, events=3000)
        fold = stockfold.start_fold()
        shop.publish(1000)
        shop.must_be_exact()
        if "paused redis" in away:
            redis_server.pause()
        if "redis" in away or "silent redis" in away:
            redis_server.kill()
        if "silent redis" in away:
            silent = Silent(redis_server.port)
        shop.publish(2000)
        if "kafka" in away:
            kafka.kill()
        time.sleep(random.Random(86).uniform(0, 3))  # no wait for anything: SIGTERM may come at any moment
        started = time.monotonic()
        assert fold.stop() == 0
        yardstick.must_be_within(1, started)
    finally:
        stockfold.stop()
        kafka.stop()
        redis_server.stop()
        if silent:
            silent.stop()
