"""`stockfold check`: sees whether the view serves; each FAIL names address, cause and remedy. What `fold` says of itself."""
import datetime
import json
import re
import signal
import subprocess
import urllib.error
import urllib.request

import confluent_kafka
import pytest
import servers
from servers import wait_until
from test_redis_connections import SecuredRedis

NOWHERE = "127.0.0.1:1"
TIMES = {"topics.timeout": "1500ms"}


def findings(stockfold, status, settings=None, *words):
    return stockfold.run(*words, "check", settings=settings, status=status).stdout.decode().splitlines()


def line_of(lines, beginning):
    line, = [line for line in lines if line[6:].startswith(beginning)]
    return line


def is_open(stockfold):
    lines = stockfold.run("check", status=None).stdout.decode()
    return "ok    shards: 64 of 64 open" in lines


def test_a_view_serves_once_a_fold_lives_and_its_shards_are_open(stockfold):
    stockfold.setup()
    lines = findings(stockfold, 1)
    assert line_of(lines, "shards: ") == (f"FAIL  shards: 0 of 64 open in 127.0.0.1:{stockfold.redis.port}: nothing was "
                                          "folded yet; run `stockfold fold`")
    assert line_of(lines, "fold: ") == "FAIL  fold: none has run yet; start `stockfold fold`"

    fold = stockfold.start_fold()
    wait_until(lambda: is_open(stockfold), what="shards that are open")
    lines = findings(stockfold, 0)
    assert not [line for line in lines if line.startswith("FAIL")]
    assert line_of(lines, "fold: ") == "ok    fold: lives, and reads all 48 partitions"
    assert line_of(lines, "kafka.partitioner: ").startswith("ok    kafka.partitioner: murmur2_random")
    assert line_of(lines, "clocks: ").startswith("ok    clocks: of 1 broker 0 ms apart")

    fold.kill()
    lines = findings(stockfold, 1)
    assert line_of(lines, "shards: ").startswith("ok ")
    assert re.match(r"FAIL  fold: none lives: the last wrote its progress \d+ s ago; start `stockfold fold`",
                    line_of(lines, "fold: "))


def test_settings_that_the_view_was_not_made_with_fail(stockfold):
    """With them the fold would not start, or setup would refuse."""
    stockfold.setup()
    for name, value, said in (("fold.history", "1m", "set fold.history = 1d"), ("fold.window", "1h", "set fold.window = 3d"),
                              ("fold.future_max", "1h", "set fold.future_max = 10m"),
                              ("view.shards", 32, "the view has 64 shards, not 32"), ("view.buckets", 4, "set view.buckets = 1,")):
        failed = [line for line in findings(stockfold, 1, {name: value}) if line.startswith("FAIL") and said in line]
        assert len(failed) == 1, name
    assert not [line for line in findings(stockfold, 1) if " set fold." in line]


def test_a_fold_that_lives_and_has_not_opened_the_view_is_waited_for(stockfold):
    """One topic is missing, so that nothing opens; the fold and nginx say so, and blame no partition that is well."""
    stockfold.setup()
    topic = stockfold.topic("ecommerce")
    nginx = servers.Nginx(stockfold.folder / "nginx", stockfold).start()
    try:
        def code(path):
            with pytest.raises(urllib.error.HTTPError) as answer:
                urllib.request.urlopen(nginx.url + path)
            return json.loads(answer.value.read())["code"]
        wait_until(lambda: code("/readyz") == code("/v1/nodes") == "view_rebuilding", what="nginx to have asked")
        stockfold.kafka.delete_topic(topic)
        fold = stockfold.start_fold()
        wait_until(lambda: f"topics are missing topics={topic} " in fold.log.read_text(), what="a word of the topic")
        assert "nothing opens until they are there: run stockfold setup" in fold.log.read_text()
        lines = findings(stockfold, 1)
        assert "not yet: the fold is catching up" in line_of(lines, "shards: "), lines
        assert code("/readyz") == "view_rebuilding"
        said = stockfold.run("fold", "--until-end", status=3).stderr.decode()
        assert f"topics are missing: {topic}; run `stockfold setup`" in said
    finally:
        nginx.stop()


def test_stock_of_names_without_a_document_is_counted_and_no_failure(stockfold):
    stockfold.setup()
    event = {"source": "pos", "type": "received", "time": "2026-11-01T10:00:00Z", "qty": 1}
    stockfold.publish({"sku": "a"}, {"id": "store-1", "kind": "store"},
                      *({**event, "id": f"{sku}-{node}", "sku": sku, "node": node}
                        for sku, node in (("a", "store-1"), ("a", "store-99"), ("b", "store-99"), ("b", "store-1"))))
    stockfold.fold_until_end()
    view = json.loads(stockfold.run("status", "--json", "--interval", "0s").stdout)["view"]
    assert (view["records"], view["records_without_item"], view["records_without_node"]) == (4, 2, 2)
    assert "unknown   2 records of items and 2 records at nodes" in stockfold.run("status", "--interval", "0s").stdout.decode()
    assert line_of(findings(stockfold, None), "2 records are of items and 2 at nodes").startswith("warn")
    stockfold.publish({"sku": "b"}, {"id": "store-99", "kind": "store"})
    stockfold.fold_until_end()
    assert not [line for line in findings(stockfold, None) if "no document" in line]


def test_partitions_that_nobody_reads_and_shards_that_are_closed_are_told(stockfold):
    stockfold.setup()
    fold = stockfold.start_fold()
    wait_until(lambda: is_open(stockfold), what="shards that are open")
    client = stockfold.redis.client()
    client.hset("sf:{stats}:p", f"{stockfold.topic('store')}:8", "0 0 0 1 0")
    lines = findings(stockfold, 1)
    assert f"nobody reads 1 of 49 partitions, {stockfold.topic('store')}:8 among them" in line_of(lines, "fold: ")

    fold.stop()
    shard = next(key for key in client.scan_iter("sf:{*}:m") if b"{nodes}" not in key)
    client.hset(shard, "open", "closed topic:3")
    text = line_of(findings(stockfold, 1), "shards: ")
    assert text.startswith("FAIL  shards: 63 of 64 open") and "1 are closed, since the log of topic:3" in text
    assert "--accept-gap topic:3" in text
    client.hset(shard, "open", "another server")
    assert "answer 503 until a fold has read their log" in line_of(findings(stockfold, 1), "shards: ")


def test_items_too_wide_for_their_hashes_are_told_with_the_buckets_they_want(stockfold):
    stockfold.setup()
    client = stockfold.redis.client()
    client.config_set("hash-max-listpack-entries", 100)
    client.hset("sf:{7}:r:narrow", mapping={f"node-{i}": "x" for i in range(100)})
    assert not [line for line in findings(stockfold, 1) if "view.buckets" in line]
    client.hset("sf:{7}:r:wide", mapping={f"node-{i}": "x" for i in range(300)})
    line, = [line for line in findings(stockfold, 1) if "view.buckets" in line]
    assert line.startswith("warn  item wide has 300 records in one hash") and line.endswith("view.buckets = 8")


@pytest.fixture
def secured(tmp_path):
    server = SecuredRedis(tmp_path / "secured").start()
    yield server
    server.stop()


@pytest.mark.parametrize("url, cause, remedy", [
    ("redis://127.0.0.1:{tls}/0", "reset by peer|closed", "a port with TLS takes redis.url = rediss://"),
    ("redis://127.0.0.1:{plain}/0", "NOAUTH", "set its password: redis.url = redis://[user:]password@"),
    ("redis://:wrong@127.0.0.1:{plain}/0", "WRONGPASS", "another user or password: see redis.url"),
    ("redis://nobody@127.0.0.1:{plain}/0", "WRONGPASS", "another user or password: see redis.url"),
    ("rediss://127.0.0.1:{plain}/0", "wrong version number|over TLS", "its port has no TLS"),
    ("rediss://127.0.0.1:{tls}/0", "certificate", "set redis.tls_ca_file"),
    ("redis://127.0.0.1:1/0", "Connection refused", "start it, or set redis.url"),
])
def test_a_redis_that_does_not_answer_is_told_with_address_cause_and_remedy(stockfold, secured, url, cause, remedy):
    url = url.format(tls=secured.tls_port, plain=secured.port)
    line, = [line for line in findings(stockfold, 3, {"redis.url": url}) if line.startswith("FAIL") and "Redis" in line]
    assert re.search(r"127\.0\.0\.1:\d+", line) and re.search(cause, line) and remedy in line and "null" not in line, line


def test_a_kafka_that_does_not_answer_is_told_with_address_cause_and_remedy(stockfold):
    stockfold.setup()
    away = {"kafka.bootstrap.servers": NOWHERE, **TIMES}
    done = stockfold.run("check", settings=away, status=3)
    line = line_of(done.stdout.decode().splitlines(), "Kafka ")
    assert f"cannot be reached at {NOWHERE}: " in line and "Connection refused" in line
    assert line.endswith(": start it, or set kafka.bootstrap.servers")
    assert b"kafka says" not in done.stderr and len(done.stderr.splitlines()) == 1
    assert b"kafka says" in stockfold.run("-v", "check", settings=away, status=3).stderr
    secure = {"kafka.security.protocol": "SASL_SSL", "kafka.sasl.mechanism": "PLAIN", "kafka.sasl.username": "a",
              "kafka.sasl.password": "b", **TIMES}
    line = line_of(findings(stockfold, 3, secure), "Kafka ")
    assert stockfold.kafka.bootstrap in line and "kafka.security.protocol" in line, line


def test_status_shows_what_waits_for_other_partitions(stockfold):
    stockfold.setup()
    stockfold.fold_until_end()
    stockfold.redis.client().hset("sf:{stats}:p", f"{stockfold.topic('store')}:3", "5 9 0 1 4")
    text = stockfold.run("status", "--interval", "0s").stdout.decode()
    rows = [line.split() for line in text.splitlines() if line.startswith(stockfold.topic("store"))]
    assert rows[3][:2] == [stockfold.topic("store"), "3"] and rows[3][5] == "4" and rows[2][5] == "0"
    assert '"waiting":4' in stockfold.run("status", "--json", "--interval", "0s").stdout.decode()


# --- what the fold says ----------------------------------------------------------------------------------------------

def test_a_fold_says_openings_and_its_end_with_totals_and_lives_through_a_hangup(stockfold):
    stockfold.setup()
    stockfold.publish({"id": "1", "source": "a", "type": "received", "time": "2026-01-01T00:00:00Z", "sku": "s",
                       "node": "n", "qty": 1})
    stockfold.kafka.produce(stockfold.topic("store"), [("s", "no event")])
    fold = stockfold.start_fold(settings={"log.format": "json"})
    wait_until(lambda: '"message":"the view serves"' in fold.log.read_text(), what="a word about the opening")
    fold.signal(signal.SIGHUP)
    stockfold.publish({"id": "2", "source": "a", "type": "received", "time": "2026-01-02T00:00:00Z", "sku": "s",
                       "node": "n", "qty": 1})
    wait_until(lambda: stockfold.show("s", "n")[0]["on_hand"] == 2, what="a fold that goes on")
    assert fold.stop() == 0
    lines = [json.loads(line) for line in fold.log.read_text().splitlines()]
    assert lines[-1]["message"] == "the fold ends" and lines[-1]["reason"] == "signal"
    assert (lines[-1]["folded"], lines[-1]["refused"], lines[-1]["refused_malformed"]) == (2, 1, 1)
    refused, = [line for line in lines if line["message"] == "refused"]
    assert (refused["level"], refused["reason"], refused["messages"]) == ("warning", "malformed", 1)

    quiet = stockfold.run("fold", "--until-end", settings={"log.level": "error"})
    assert quiet.stderr == b"" and json.loads(quiet.stdout)["read"] >= 0


def test_a_part_of_the_partitions_is_not_taken_for_the_whole(stockfold):
    """A consumer of the group that commits nothing to the view."""
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()  # history would wait for the other's partitions
    stockfold.setup()
    stockfold.publish(*({"id": str(n), "source": "a", "type": "received", "time": now,
                         "sku": f"item-{n}", "node": "n", "qty": 1} for n in range(100)))
    other = confluent_kafka.Consumer({"bootstrap.servers": stockfold.kafka.bootstrap,
                                      "group.id": stockfold.settings["fold.group"], "enable.auto.commit": False,
                                      "partition.assignment.strategy": "range", "session.timeout.ms": 6000})
    other.subscribe([stockfold.topic(name) for name in ("warehouse", "store", "ecommerce", "items", "nodes", "reservations")])
    wait_until(lambda: (other.poll(0.1), len(other.assignment()) == 48)[1], what="all partitions at the other")
    fold = subprocess.Popen(stockfold.argv("fold", "--until-end"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_until(lambda: (other.poll(0.1), fold.poll() is not None)[1], what="a fold that ends")
    said = fold.stderr.read().decode()
    assert fold.returncode == 1 and "not the whole: 24 of 48 partitions were folded here" in said, said
    assert f"other consumers of group {stockfold.settings['fold.group']}" in said
    other.close()
    assert stockfold.fold_until_end()["read"] > 0


def test_an_end_that_others_have_reached_too_is_the_whole(stockfold):
    stockfold.setup()
    stockfold.start_fold()
    wait_until(lambda: is_open(stockfold), what="shards that are open")
    stockfold.publish({"id": "1", "source": "a", "type": "received", "time": "2026-01-01T00:00:00Z", "sku": "s",
                       "node": "n", "qty": 1})
    done = stockfold.run("fold", "--until-end")
    assert b"others of the group hold partitions, and have committed them to the end here=24 of=48" in done.stderr
    assert stockfold.show("s", "n")[0]["on_hand"] == 1
