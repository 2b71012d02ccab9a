"""An error that needs somebody's decision names a way out, and it works: each test takes it as it is printed."""
import json
import os
import re
import signal
import time

import pytest
import reference
from servers import Fold, wait_until
from shop import IMPATIENT


def received(number, sku=None):
    moment = reference.format_time(int(1000 * time.time()) - 60_000 + number)
    return {"id": f"r{number}", "source": "wms", "type": "received", "time": moment, "sku": sku or f"item-{number}",
            "node": "store-1", "qty": 1}


class Log:
    """The stores' topic of a view, to be spoilt."""

    def __init__(self, stockfold, partitions=2):
        stockfold.settings.update(IMPATIENT)
        stockfold.setup({"store": partitions})
        self.stockfold, self.topic, self.partitions = stockfold, stockfold.topic("store"), partitions
        self.kafka, self.redis = stockfold.kafka, stockfold.redis.client()

    def produce(self, events, partition=None):
        place = {} if partition is None else {"partition": partition}
        self.kafka.produce(self.topic, [(event["sku"], json.dumps(event), place) for event in events])

    def make_again(self):
        self.kafka.delete_topic(self.topic)
        self.kafka.create_topic(self.topic, self.partitions, message_timestamp_type="LogAppendTime", retention_ms=-1,
                                retention_bytes=-1)

    def accept(self, said):
        """Folds with the last --accept-gap that was printed."""
        *_, named = re.findall(r"--accept-gap ([^\s\"`;,]+)", said)
        return self.stockfold.fold_until_end_with("--accept-gap", named)


@pytest.fixture
def log(stockfold):
    return Log(stockfold)


def gap(stockfold):
    """What a fold says of a log that does not fit; show says it too."""
    done = stockfold.run("fold", "--until-end", status=1)
    assert b"does not fit the view" in done.stderr and b"--accept-gap" in done.stderr
    shown = stockfold.run("show", "item-0", status=3).stderr.decode()
    assert "serves nothing" in shown and "stockfold fold --accept-gap" in shown
    return done.stderr.decode()


def test_a_log_that_was_cut_behind_the_view(stockfold, log):
    """What it held before is in the view, and stays; the rest is folded."""
    events = [received(n) for n in range(20)]
    log.produce(events[:10], partition=0)
    stockfold.fold_until_end()
    log.produce(events[10:], partition=0)
    log.kafka.delete_before(log.topic, 15)
    log.accept(gap(stockfold))
    assert stockfold.dump() == reference.dump(events[:10] + events[15:])
    assert stockfold.fold_until_end()["read"] == 0


def test_a_log_without_its_beginning_and_a_new_view(stockfold, log):
    events = [received(n) for n in range(20)]
    log.produce(events, partition=1)
    log.kafka.delete_before(log.topic, 7, partition=1)
    log.accept(gap(stockfold))
    assert stockfold.dump() == reference.dump(events[7:])


@pytest.mark.parametrize("more", [0, 3, 40], ids=["empty", "shorter", "longer"])
def test_a_topic_that_was_made_again_in_all_its_partitions_at_once(stockfold, log, more):
    events = [received(n) for n in range(20)]
    log.produce(events)
    stockfold.fold_until_end()
    log.make_again()
    new = [received(100 + n) for n in range(more)]
    log.produce(new)
    log.accept(gap(stockfold))
    assert stockfold.dump() == reference.dump(events + new)


def test_one_partition_of_a_topic_that_was_made_again(stockfold, log):
    """The way that `show` prints; other partitions are asked about next."""
    events = [received(n) for n in range(20)]
    log.produce(events)
    stockfold.fold_until_end()
    log.make_again()
    for _ in range(log.partitions):
        stockfold.run("fold", "--until-end", status=1)
        shown = stockfold.run("show", "item-0", status=3).stderr.decode()
        named, = re.findall(r"--accept-gap (\S+:\d)`", shown)
        stockfold.run("fold", "--until-end", "--accept-gap", named, status=None)
    stockfold.fold_until_end()
    assert stockfold.dump() == reference.dump(events)


def test_a_topic_that_was_made_again_under_a_running_fold(stockfold, log):
    events = [received(n) for n in range(20)]
    log.produce(events)
    fold = stockfold.start_fold()
    stockfold.wait_dump(reference.dump(events))
    log.make_again()
    new = [received(100 + n) for n in range(3)]
    log.produce(new)
    wait_until(lambda: "--accept-gap" in fold.log.read_text(), what="a word about the log")
    assert fold.stop() == 0
    log.accept(fold.log.read_text())
    assert stockfold.dump() == reference.dump(events + new)


def stand_at_beginning(log, partition, shards):
    field = f"w:{log.topic}:{partition}"
    for shard in shards:
        *_, complete_to = log.redis.hget(f"sf:{{{shard}}}:m", field).split()
        log.redis.hset(f"sf:{{{shard}}}:m", field, b"0 -1 0 " + complete_to)


def found_late(log, partition, other):
    """Both partitions' logs are other ones. In `partition` one shard has read nothing yet: only behind 3000 messages is
    one that others had read. Returns all events that the logs ever held."""
    events = [received(n) for n in range(3020)]
    log.produce(events[:20], partition=other)
    log.produce(events[20:], partition=partition)
    log.stockfold.fold_until_end()
    log.make_again()
    new = [received(4000 + n) for n in range(3520)]
    log.produce(new[:20], partition=other)
    log.produce(new[20:], partition=partition)
    stand_at_beginning(log, partition, [0])
    return events + new


@pytest.mark.parametrize("accepted,other", [(0, 1), (1, 0)])
def test_a_gap_is_accepted_for_good_before_another_one_ends_the_fold(stockfold, log, accepted, other):
    events = found_late(log, accepted, other)
    done = stockfold.run("fold", "--until-end", "--accept-gap", f"{log.topic}:{accepted}", status=1)
    said = done.stderr.decode()
    assert f"gap accepted topic={log.topic} partition={accepted}" in said
    assert f"--accept-gap {log.topic}:{other}" in said.splitlines()[-1]
    wait_until(lambda: closing(log) == {str(other)}, what="a view closed for the other alone")
    stockfold.fold_until_end_with("--accept-gap", f"{log.topic}:{other}")
    assert stockfold.dump() == reference.dump(events)


def test_several_gaps_accepted_at_once(stockfold, log):
    events = found_late(log, 1, 0)
    stockfold.fold_until_end_with(*(f"--accept-gap={log.topic}:{partition}" for partition in range(2)))
    assert stockfold.dump() == reference.dump(events)


def half_restarted(log):
    """As a fold leaves it that dies while it accepts a gap: every other shard stands at the new log's beginning."""
    stand_at_beginning(log, 0, range(0, 64, 2))


def made_again(stockfold, more):
    """A log of one partition that was folded and made again, and all events that it ever held."""
    log = Log(stockfold, partitions=1)
    events = [received(n) for n in range(20)]
    log.produce(events)
    stockfold.fold_until_end()
    log.make_again()
    new = [received(100 + n) for n in range(more)]
    log.produce(new)
    return log, events + new


@pytest.mark.parametrize("more", [3, 40], ids=["shorter", "longer"])
def test_shards_that_stand_where_the_log_is_another_one_close(stockfold, more):
    log, events = made_again(stockfold, more)
    half_restarted(log)
    said = gap(stockfold)
    assert gap(stockfold)
    log.accept(said)
    assert stockfold.dump() == reference.dump(events)
    assert stockfold.fold_until_end()["read"] == 0


@pytest.mark.parametrize("passes", [2, 20])
@pytest.mark.parametrize("more", [3, 40], ids=["shorter", "longer"])
def test_a_gap_is_accepted_only_once_every_shard_stands_in_the_new_log(stockfold, more, passes):
    """The fold dies between two shards' restarts."""
    log, events = made_again(stockfold, more)
    accept = "fold", "--until-end", "--accept-gap", log.topic
    for _ in range(2):
        stockfold.run(*accept, status=-signal.SIGKILL, environment={"STOCKFOLD_FAILPOINT": f"gap_restart:{passes}"})
    gap(stockfold)
    stockfold.run(*accept)
    assert stockfold.dump() == reference.dump(events)
    assert stockfold.fold_until_end()["read"] == 0


def start_accepting(log, partition=None, settings=None):
    """Of one partition, or of all."""
    named = log.topic if partition is None else f"{log.topic}:{partition}"
    folder = log.stockfold.folder / f"accepting-{len(log.stockfold.folds)}"
    fold = Fold(folder, log.stockfold.argv("fold", "--accept-gap", named, settings=settings), dict(os.environ))
    log.stockfold.folds.append(fold)
    return fold


def must_leave_it_to_an_operator(log, fold):
    wait_until(lambda: "start with --accept-gap" in fold.log.read_text(), what="a word about the log")
    wait_until(lambda: log.stockfold.try_dump() is None, what="a view that serves nothing")
    assert "gap accepted" not in fold.log.read_text()
    assert fold.stop() == 0


def test_an_accepted_gap_is_not_one_that_comes_later(stockfold, log):
    """The flag stays in a service's file."""
    events = [received(n) for n in range(20)]
    log.produce(events)
    fold = start_accepting(log)
    stockfold.wait_dump(reference.dump(events))
    log.make_again()
    new = [received(100 + n) for n in range(3)]
    log.produce(new)
    must_leave_it_to_an_operator(log, fold)
    log.accept(fold.log.read_text())
    assert stockfold.dump() == reference.dump(events + new)


def behind(log, ends):
    """Partitions that some shard has not read to the end."""
    metas = [log.redis.hgetall(f"sf:{{{shard}}}:m") for shard in range(64)]
    return [p for p in ends if any(int(meta[f"w:{log.topic}:{p}".encode()].split()[0]) < ends[p] for meta in metas)]


def test_an_accepted_gap_is_not_one_in_what_another_read(stockfold, log):
    """That one dies long after the flag was given, and its partition comes to the fold that has the flag."""
    events = [received(n) for n in range(20)]
    log.produce(events)
    other = stockfold.start_fold(settings={"kafka.session.timeout.ms": "8000"})
    stockfold.wait_dump(reference.dump(events))
    fold = start_accepting(log)
    wait_until(lambda: "the view serves" in fold.log.read_text(), what="a fold with half of the partitions")
    other.pause()
    for p in range(log.partitions):
        log.produce([received(20 + 10 * p + n) for n in range(10)], partition=p)
    ends = log.kafka.ends(log.topic)
    wait_until(lambda: len(behind(log, ends)) == 1, what="what the fold with the flag reads")
    partition, = behind(log, ends)
    log.kafka.delete_before(log.topic, ends[partition] - 2, partition=partition)
    other.kill()
    must_leave_it_to_an_operator(log, fold)
    taken = [json.loads(message.value()) for message in log.kafka.read(log.topic)]
    log.accept(fold.log.read_text())
    assert stockfold.dump() == reference.dump(events + [event for event in taken if event not in events])


def test_a_gap_that_another_fold_accepts_while_the_one_that_found_it_is_away(stockfold):
    """The partition comes back to that one, which reads on."""
    log = Log(stockfold, partitions=1)
    events = [received(n) for n in range(20)]
    log.produce(events)
    finder = stockfold.start_fold()
    stockfold.wait_dump(reference.dump(events))
    log.make_again()
    events += [received(100 + n) for n in range(3)]
    log.produce(events[20:])
    wait_until(lambda: "start with --accept-gap" in finder.log.read_text(), what="a word about the log")
    finder.pause()
    accepting = start_accepting(log)
    stockfold.wait_dump(reference.dump(events))
    assert accepting.stop() == 0
    finder.resume()
    wait_until(lambda: finder.log.read_text().count("partitions assigned") > 1, what="the partitions, given back")
    events += [received(200 + n) for n in range(3)]
    log.produce(events[23:])
    stockfold.wait_dump(reference.dump(events))


def closing(log):
    """The partitions that close every shard; None while shards differ."""
    opens = [log.redis.hget(f"sf:{{{shard}}}:m", "open").decode() for shard in range(64)]
    each = {frozenset(re.findall(r":(\d+)", words)) for words in opens if words.startswith("closed ")}
    return set(each.pop()) if len(each) == 1 and all(words.startswith("closed ") for words in opens) else None


def test_a_gap_closes_the_view_before_the_next_checkpoint_is_due(stockfold, log):
    """At which the fold would die."""
    events = [received(n) for n in range(20)]
    log.produce(events)
    fold = stockfold.start_fold(settings={"fold.checkpoint": "60s"}, environment={"STOCKFOLD_FAILPOINT": "checkpoint:1"})
    stockfold.wait_dump(reference.dump(events))
    log.make_again()
    wait_until(lambda: closing(log) == {"0", "1"}, what="a view closed for both partitions")
    assert fold.running()


def test_a_view_stays_closed_for_what_another_fold_found(stockfold, log):
    """Two folds find a gap each; an operator decides of one partition after the other."""
    events = [received(n) for n in range(20)]
    log.produce(events)
    stockfold.fold_until_end()
    log.make_again()
    ids = [{"kafka.client.id": name} for name in "ab"]  # partitions are given in their order
    first, second = [stockfold.start_fold(settings=settings) for settings in ids]
    wait_until(lambda: closing(log) == {"0", "1"}, what="a view closed for both")
    assert first.stop() == 0
    accepting = start_accepting(log, 0, ids[0])
    wait_until(lambda: "gap accepted" in accepting.log.read_text(), what="the first gap, accepted")
    wait_until(lambda: closing(log) == {"1"}, what="a view closed for the other")
    new = [received(100 + n) for n in range(10)]
    log.produce(new)
    wait_until(lambda: not behind(log, {0: log.kafka.ends(log.topic)[0]}), what="what the first partition holds")
    shown = stockfold.run("show", "item-0", status=3).stderr.decode()
    assert f"--accept-gap {log.topic}:1`" in shown
    assert second.stop() == 0
    start_accepting(log, 1, ids[1])
    stockfold.wait_dump(reference.dump(events + new))


def test_a_shard_whose_description_is_broken(stockfold, log):
    events = [received(n) for n in range(20)]
    log.produce(events)
    fold = stockfold.start_fold()
    stockfold.wait_dump(reference.dump(events))
    key, = log.redis.keys("sf:{*}:r:item-0")
    log.redis.hset(key.decode().split("}")[0] + "}:m", "settled", "in the way")
    assert fold.stop() == 0
    fold = stockfold.start_fold()
    wait_until(lambda: "description is broken" in fold.log.read_text(), what="a word about the shard")
    named = re.search(r"delete the key (\S+): the shard is folded again", fold.log.read_text())[1]
    log.redis.delete(named)
    stockfold.wait_dump(reference.dump(events))


def test_a_gap_of_a_log_that_is_not_read_is_wrong_use(stockfold, log):
    """Else the fold would go on for good without what was asked of it."""
    log.produce([received(1)])
    for named in ("nope", stockfold.topic("refused"), f"{log.topic}:x", f"{log.topic}:", f"{log.topic}:-1"):
        said = stockfold.run("fold", "--accept-gap", named, status=2).stderr.decode()
        assert f"--accept-gap {named}: expected" in said and f"{stockfold.topic('warehouse')}, {log.topic}, " in said
    for command in (("fold",), ("fold", "--until-end")):
        said = stockfold.run(*command, "--accept-gap", f"{log.topic}:99", status=2).stderr.decode()
        assert f"topic {log.topic} has {log.partitions} partitions, counted from 0" in said
    assert stockfold.fold_until_end_with("--accept-gap", f"{log.topic}:0", "--accept-gap", log.topic)["folded"] == 1


def test_a_key_in_the_way_of_the_views_descriptor(stockfold, redis_server):
    redis_server.client().hset("sf:view", "format", "x")
    said = stockfold.run("setup", status=3).stderr.decode()
    named = re.search(r"(\S+) is not a view's descriptor; delete it", said)[1]
    redis_server.client().delete(named)
    stockfold.run("setup")


def test_another_number_of_shards(stockfold):
    stockfold.run("setup")
    said = stockfold.run("setup", settings={"view.shards": 32}, status=2).stderr.decode()
    setting, value = re.search(r"set (view\.shards) = (\d+)", said).groups()
    stockfold.run("setup", settings={setting: value})


def test_a_setting_that_decides_what_is_in_the_view(stockfold, log):
    """Back to what it was; or another view beside it, under running folds."""
    events = [received(n) for n in range(20)]
    log.produce(events)
    stockfold.start_fold()
    stockfold.wait_dump(reference.dump(events))
    other = {"fold.window": "48h"}
    said = stockfold.run("fold", "--until-end", settings=other, status=2).stderr.decode()
    setting, value = re.search(r"set (fold\.window) = (\w+);", said).groups()
    stockfold.run("fold", "--until-end", settings={setting: value})
    for name in re.search(r"set (\S+) and (\S+) to new names", said).groups():
        other[name] = "new"
    stockfold.run("setup", settings=other)
    stockfold.run("fold", "--until-end", settings=other)
    assert stockfold.run("dump", settings=other).stdout == reference.dump(events)


@pytest.mark.parametrize("setting,value", [("history", "48h"), ("future_max", "2h")])
def test_a_view_that_another_fold_has_made_anew(stockfold, log, setting, value):
    """After a FLUSHALL, by its own settings: the fold that was there does not go on by others."""
    events = [received(n) for n in range(20)]
    ahead = {**received(20), "time": reference.format_time(int(1000 * time.time()) + 3600_000)}
    log.produce([*events, ahead])
    old = stockfold.start_fold()
    stockfold.wait_dump(reference.dump(events))
    old.signal(signal.SIGSTOP)
    log.redis.flushall()
    other = {f"fold.{setting}": value, "fold.group": "another"}
    stockfold.start_fold(settings=other)
    taken = events + [ahead] if setting == "future_max" else events
    stockfold.wait_dump(reference.dump(taken))
    old.signal(signal.SIGCONT)
    wait_until(lambda: not old.running(), what="the end of the fold with other settings")
    assert old.process.returncode == 2
    assert re.search(rf"set fold.{setting} = \d+[dhm]; or fold another view", old.log.read_text())
    more = received(21)
    log.produce([more])
    stockfold.wait_dump(reference.dump(taken + [more]))
    assert stockfold.run("fold", "--until-end", status=2)


def test_a_redis_that_evicts(stockfold, redis_server):
    redis_server.client().config_set("maxmemory-policy", "allkeys-lru")
    said = stockfold.run("setup", status=3).stderr.decode()
    redis_server.client().config_set("maxmemory-policy", re.search(r"set it to (\w+)", said)[1])
    stockfold.run("setup")
