"""What a view says of how complete it is: no more than the log holds, soon as much, whatever the host's clock says."""
import json
import re
import subprocess
import time

import confluent_kafka
import pytest
import reference
import servers
from servers import wait_until

# Moves the wall clock of a process, whatever else it does.
AHEAD = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *now)
{
    static int (*real)(clockid_t, struct timespec *);
    if (real == NULL)
        real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int code = real(id, now);
    if (id == CLOCK_REALTIME)
        now->tv_sec += atol(getenv("HOURS_AHEAD")) * 3600;
    return code;
}
"""


@pytest.fixture
def ahead(tmp_path):
    """The environment of a process on a host whose clock is 100 hours ahead."""
    source, library = tmp_path / "ahead.c", tmp_path / "ahead.so"
    source.write_text(AHEAD)
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", library, source, "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "HOURS_AHEAD": "100"}


def now_ms():
    return int(time.time() * 1000)


def received(number, sku, **fields):
    return {"id": f"r{number}", "source": "wms", "type": "received", "sku": sku, "node": "store-1", "qty": 1,
            "time": reference.format_time(now_ms()), **fields}


def complete(stockfold):
    """To where all shards are complete, ms, by what each says or what is said of all; 0: it is not known of some."""
    pipeline = stockfold.redis.client().pipeline(transaction=False)
    for shard in range(64):
        pipeline.hget(f"sf:{{{shard}}}:m", "complete")
    pipeline.hget("sf:{stats}:c", "complete")
    *shards, together = (int(text or 0) for text in pipeline.execute())
    return max(min(shards), together)


def opened_by(stockfold):
    """The identities of servers on which shards are open."""
    pipeline = stockfold.redis.client().pipeline(transaction=False)
    for shard in range(64):
        pipeline.hget(f"sf:{{{shard}}}:m", "open")
    return set(pipeline.execute())


def is_served(stockfold):
    return stockfold.try_dump() is not None


class Transaction:
    """A producer's transaction, open until it is ended."""

    def __init__(self, stockfold, topic, event):
        self.producer = confluent_kafka.Producer({
            "bootstrap.servers": stockfold.kafka.bootstrap, "transactional.id": f"{stockfold.prefix}till",
            "log_level": 0, "transaction.timeout.ms": 300000})
        self.producer.init_transactions(20)
        self.producer.begin_transaction()
        self.producer.produce(topic, json.dumps(event), event["sku"])
        assert self.producer.flush(20) == 0

    def commit(self):
        self.producer.commit_transaction(20)


@pytest.fixture
def one_partition(stockfold):
    stockfold.setup({"warehouse": 1, "store": 1, "ecommerce": 1})
    return stockfold


def test_what_an_open_transaction_hides_is_not_called_complete(one_partition):
    stockfold, topic = one_partition, one_partition.topic("store")
    events = [received(1, "A"), received(2, "A"), received(3, "A")]
    stockfold.kafka.produce(topic, [("A", json.dumps(events[0]))])
    fold = stockfold.start_fold()
    wait_until(lambda: complete(stockfold) > 0, what="a complete view")
    transaction = Transaction(stockfold, topic, events[1])
    before = now_ms()
    stockfold.kafka.produce(topic, [("A", json.dumps(events[2]))])  # acknowledged, and hidden behind the other
    time.sleep(3)  # no wait for anything: it must not be said at any moment
    assert complete(stockfold) <= before
    transaction.commit()
    stockfold.wait_dump(reference.dump(events))
    wait_until(lambda: complete(stockfold) > before, what="completeness that goes on")
    assert fold.running()


def test_a_view_opens_again_although_a_transaction_is_open(one_partition):
    """What it holds up was not served before either."""
    stockfold, topic = one_partition, one_partition.topic("store")
    events = [received(1, "A"), received(2, "A")]
    stockfold.kafka.produce(topic, [("A", json.dumps(events[0]))])
    transaction = Transaction(stockfold, topic, events[1])
    stockfold.start_fold()
    wait_until(lambda: is_served(stockfold), what="a view that serves")
    stockfold.redis.client().flushall()
    stockfold.wait_dump(reference.dump(events[:1]))
    transaction.commit()
    stockfold.wait_dump(reference.dump(events))


def test_until_end_names_a_partition_that_a_transaction_holds_up(one_partition):
    stockfold, topic = one_partition, one_partition.topic("store")
    transaction = Transaction(stockfold, topic, received(1, "A"))
    done = stockfold.run("fold", "--until-end", "--timeout", "4s", status=3)
    lines = [line for line in done.stderr.decode().splitlines() if "open transaction holds" in line]
    assert len(lines) == 2 and topic in lines[0] and f"{topic}:0" in lines[1]
    transaction.commit()
    assert stockfold.fold_until_end()["folded"] == 1
    stockfold.run("fold", "--timeout", "4s", status=2)


def test_a_hosts_clock_that_runs_ahead_moves_nothing(one_partition, ahead):
    stockfold = one_partition
    stockfold.publish(received(1, "A"))
    stockfold.start_fold(environment=ahead)
    wait_until(lambda: complete(stockfold) > 0, what="a complete view")
    first = complete(stockfold)
    wait_until(lambda: complete(stockfold) > first, what="completeness that goes on")
    assert complete(stockfold) <= now_ms()
    stockfold.publish(received(2, "A"))
    wait_until(lambda: stockfold.show("A", "store-1")[0]["on_hand"] == 2, what="an event of now")


def test_check_warns_of_a_hosts_clock_that_is_off(one_partition, ahead):
    said = one_partition.run("check", status=None, environment=ahead).stdout.decode()
    assert re.search(r"^warn +this host's clock is 3[56]\d{7} ms ahead of the brokers'", said, re.MULTILINE), said
    assert "this host's clock" not in one_partition.run("check", status=None).stdout.decode()


def test_after_a_quiet_time_the_brokers_clock_is_asked(one_partition):
    stockfold = one_partition
    begin = now_ms()
    stockfold.start_fold()
    wait_until(lambda: complete(stockfold) >= begin, what="a view without events that is complete up to now")
    assert complete(stockfold) <= now_ms()
    message, = stockfold.kafka.read(stockfold.topic("clock"))
    assert re.fullmatch(rb"[0-9a-f]{16}", message.key())
    assert message.timestamp()[0] == confluent_kafka.TIMESTAMP_LOG_APPEND_TIME


def test_many_partitions_open_and_are_complete_as_soon_as_few(tmp_path, kafka, yardstick):
    """Within half a second; asked one by one, 320 ends take 18."""
    redis_server = servers.Redis(tmp_path / "redis", {"appendonly": "yes"}).start()
    stockfold = servers.Stockfold(tmp_path, kafka, redis_server, "wide.", {"topics.partitions": 64})
    try:
        stockfold.setup()
        stockfold.publish(*(received(n, f"sku-{n}") for n in range(1000)))
        stockfold.start_fold()
        wait_until(lambda: is_served(stockfold), what="a view that serves")
        begin, lags = time.monotonic(), []
        wait_until(lambda: lags.append(now_ms() - complete(stockfold)) or len(lags) == 9, every=0.1)
        assert sorted(lags)[4] < 500 * yardstick.slowness(begin), lags
        redis_server.kill()
        redis_server.start()
        begin = time.monotonic()
        identity = redis_server.client().info("replication")["master_replid"].encode()
        wait_until(lambda: opened_by(stockfold) == {identity})
        yardstick.must_be_within(0.5, begin)
    finally:
        stockfold.stop()
        redis_server.stop()


@pytest.mark.parametrize("hours,settings,folded", [(100, {}, 1), (-100, {"fold.master_retention": "1s"}, 4)],
                         ids=["ahead", "behind"])
def test_how_long_ago_a_topics_end_was_reached_no_hosts_clock_says(stockfold, ahead, hours, settings, folded):
    """What was deleted is forgotten in time by the brokers' clock: a compacted topic is read whole after that."""
    stockfold.setup()
    items = [{"sku": f"sku-{n}", "style": "shirt"} for n in range(4)]
    stockfold.publish(*items[:3])
    stockfold.fold_until_end()
    stockfold.publish(items[3])
    until = time.monotonic() + 1.1
    wait_until(lambda: time.monotonic() > until, what="the end to be old")
    host = {**ahead, "HOURS_AHEAD": str(hours)}
    assert stockfold.fold_until_end(environment=host, settings=settings)["folded"] == folded
    assert stockfold.fold_until_end(environment=host)["folded"] == 0
