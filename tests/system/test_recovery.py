"""Whatever dies, comes back or lies: in the end the view is what the reference says, byte for byte."""
import random
import signal
import time

import pytest
import reference
import servers
from servers import wait_until
from shop import Shop

STEPS = ("batch_start", "batch_fold", "commit_send", pytest.param("commit_sent", marks=pytest.mark.address),
         "commit_acknowledged")


def some_moment(rng, most):
    """Not a wait for anything: what comes next must be able to come at any time."""
    time.sleep(rng.uniform(0, most))


@pytest.mark.parametrize("step", STEPS)
def test_killed_at_each_step_of_a_batch(stockfold, step):
    shop = Shop(stockfold, seed=51, events=4000)
    for passes in (1, 2, 7):
        dying = stockfold.start_fold(environment={"STOCKFOLD_FAILPOINT": f"{step}:{passes}"})
        shop.publish(800)
        wait_until(lambda: not dying.running(), what=f"death at {step}:{passes}")
        assert dying.process.returncode == -signal.SIGKILL
    stockfold.start_fold()
    shop.publish(800)
    shop.must_be_exact()


@pytest.mark.thread
def test_flushall_while_two_consumers_live(stockfold):
    shop = Shop(stockfold, seed=52, events=9000)
    stockfold.start_fold()
    stockfold.start_fold()
    shop.publish(3000)
    shop.must_be_exact()
    shop.publish(3000)
    stockfold.redis.client().flushall()
    shop.publish(3000)
    shop.must_be_exact()


@pytest.mark.address
def test_redis_restarts_from_an_older_snapshot_while_two_consumers_live(stockfold):
    shop = Shop(stockfold, seed=53, events=9000)
    stockfold.start_fold()
    stockfold.start_fold()
    shop.publish(3000)
    shop.must_be_exact()
    snapshot = stockfold.redis.snapshot()
    shop.publish(3000)
    shop.must_be_exact()
    stockfold.redis.restore(snapshot)
    shop.publish(3000)
    shop.must_be_exact()


def checkpoints_of_a_fold(stockfold, settings=None):
    """A fold that lives for many checkpoints, and is killed."""
    fold = stockfold.start_fold(settings={"fold.checkpoint": "100ms", **(settings or {})},
                                environment={"STOCKFOLD_FAILPOINT": "checkpoint:10"})
    wait_until(lambda: not fold.running(), what="death at a checkpoint")


@pytest.mark.parametrize("what_is_lost", ["newest", "everything"])
@pytest.mark.parametrize("what_is_missing", ["brokers", "topics"])
def test_restarted_fold_that_reads_nothing_opens_nothing(stockfold, what_is_lost, what_is_missing):
    """Nothing there to be read is not: nothing to be read. In a second start the shards have tokens already."""
    shop = Shop(stockfold, seed=63, events=1000)
    shop.publish(500)
    stockfold.fold_until_end()
    snapshot = stockfold.redis.snapshot()
    shop.publish(500)
    stockfold.fold_until_end()
    if what_is_lost == "newest":
        stockfold.redis.restore(snapshot)
    else:
        stockfold.redis.client().flushall()
    settings = {"kafka.bootstrap.servers": "127.0.0.1:1"}
    if what_is_missing == "topics":
        settings = {f"topics.{name}": f"{stockfold.prefix}none.{name}"
                    for name in ("warehouse", "store", "ecommerce", "items", "nodes", "reservations")}
    for _ in range(2):
        checkpoints_of_a_fold(stockfold, settings)
        assert stockfold.try_dump() is None
    stockfold.start_fold()
    shop.must_be_exact()


def test_redis_away_for_a_while_is_waited_for(stockfold):
    shop = Shop(stockfold, seed=54, events=4000)
    fold = stockfold.start_fold()
    shop.publish(2000)
    shop.must_be_exact()
    stockfold.redis.kill()
    shop.publish(2000)
    wait_until(lambda: "redis" in fold.log.read_text().lower(), what="a word in the log that Redis is away")
    assert fold.running()
    stockfold.redis.start()
    shop.must_be_exact()


def test_zombie_changes_nothing_when_it_wakes(stockfold):
    shop = Shop(stockfold, seed=55, events=11000)
    zombie = stockfold.start_fold()
    shop.publish(3000)
    shop.must_be_exact()
    shop.publish(3000)
    zombie.pause()
    stockfold.start_fold()
    shop.publish(3000)
    shop.must_be_exact()
    zombie.resume()
    while shop.publish(500):
        pass
    shop.must_be_exact()


@pytest.mark.address
def test_commit_whose_answer_is_lost_counts_once(stockfold):
    shop = Shop(stockfold, seed=56, events=6000)
    proxy = servers.Proxy(stockfold.redis.port)
    stockfold.start_fold(settings={"redis.url": f"redis://127.0.0.1:{proxy.port}/0"})
    for _ in range(5):
        cuts = proxy.cuts
        proxy.cut()
        shop.publish(1200)
        wait_until(lambda: proxy.cuts > cuts, what="a lost answer")
    shop.must_be_exact()
    proxy.stop()


@pytest.mark.address
@pytest.mark.thread
def test_consumers_that_come_and_go_in_mid_batch(stockfold):
    rng = random.Random(57)
    shop = Shop(stockfold, seed=57, events=8000)
    folds = [stockfold.start_fold()]
    while shop.publish(800):
        some_moment(rng, 0.3)
        if len(folds) < 3:
            folds.append(stockfold.start_fold())
        else:
            oldest = folds.pop(0)
            wait_until(lambda fold=oldest: "view connected" in fold.log.read_text(), what="a fold that has begun")
            assert oldest.stop() == 0
    shop.must_be_exact()


def test_sigterm_leaves_cleanly_within_a_second(stockfold, yardstick):
    shop = Shop(stockfold, seed=58, events=3000)
    fold = stockfold.start_fold()
    shop.publish(3000)
    shop.must_be_exact()
    started = time.monotonic()
    assert fold.stop() == 0
    yardstick.must_be_within(1, started)


def test_deleted_and_recreated_topic_is_named_and_nothing_is_served(stockfold):
    shop = Shop(stockfold, seed=59, events=2000)
    shop.publish(2000)
    stockfold.fold_until_end()
    topic = stockfold.topic("store")
    stockfold.kafka.delete_topic(topic)
    stockfold.kafka.create_topic(topic, 3, message_timestamp_type="LogAppendTime", retention_ms=-1, retention_bytes=-1)
    stockfold.publish({"id": "new", "source": "pos", "type": "received", "time": "2026-01-01T00:00:00Z", "sku": "new",
                       "node": "store-1", "qty": 1})
    fold = stockfold.start_fold()
    wait_until(lambda: topic in fold.log.read_text(), what="the topic's name in the log")
    wait_until(lambda: stockfold.try_dump() is None, what="a view that no longer serves")


def test_log_whose_beginning_is_gone_is_named_and_nothing_is_served(stockfold):
    shop = Shop(stockfold, seed=60, events=2000)
    shop.publish(2000)
    topic = stockfold.topic("store")
    stockfold.kafka.delete_before(topic, 10, partition=1)
    fold = stockfold.start_fold()
    wait_until(lambda: topic in fold.log.read_text(), what="the topic's name in the log")
    assert stockfold.try_dump() is None


def test_accepted_gap_folds_what_the_log_holds_now(stockfold):
    shop = Shop(stockfold, seed=61, events=1000)
    shop.publish(1000)
    stockfold.fold_until_end()
    before = stockfold.dump()
    topic = stockfold.topic("store")
    stockfold.kafka.delete_topic(topic)
    stockfold.kafka.create_topic(topic, 3, message_timestamp_type="LogAppendTime", retention_ms=-1, retention_bytes=-1)
    event = {"id": "new", "source": "pos", "type": "received", "time": reference.format_time(int(time.time() * 1000)),
             "sku": "new", "node": "store-1", "qty": 1}
    stockfold.publish(event)
    stockfold.run("fold", "--until-end", status=1)
    for partition in range(3):
        done = stockfold.run("fold", "--until-end", "--accept-gap", f"{topic}:{partition}",
                             status=0 if partition == 2 else 1)
    assert done.returncode == 0
    stockfold.wait_dump(reference.dump(shop.published + [event]), 20)
    assert before != stockfold.dump()
