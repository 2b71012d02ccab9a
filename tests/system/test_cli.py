"""The command line against real servers: what it makes, refuses and says, and its exit statuses."""
import datetime
import json
import os
import re
import signal
import subprocess

import confluent_kafka.admin
import pytest

import servers

NODES = (
    {"id": "hub", "name": "Hub", "kind": "warehouse"},
    {"id": "store-1", "name": "One", "kind": "store"},
    {"id": "web", "name": "Web", "kind": "ecommerce"},
)
ITEM = {"sku": "shirt-m", "style": "shirt", "title": "Shirt"}
NOWHERE = "127.0.0.1:1"
STARTED = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(seconds=60)


def moment(number):
    """A few seconds before now, later ones later: nothing is late or in the future."""
    return (STARTED + datetime.timedelta(milliseconds=number)).isoformat()


def received(number, node, sku="shirt-m", qty=5, **more):
    return {"id": f"r{number}", "source": "wms", "type": "received", "time": moment(number), "sku": sku,
            "node": node, "qty": qty, **more}


def topic_settings(kafka, topic):
    resource = confluent_kafka.admin.ConfigResource("topic", topic)
    with kafka.admin() as admin:
        entries = admin.describe_configs([resource])[resource].result(20)
    return {name: entry.value for name, entry in entries.items()}


def values(kafka, topic):
    return [(message.key(), message.value()) for message in kafka.read(topic)]


# --- setup ---------------------------------------------------------------------------------------------------------

def test_setup_makes_topics_that_are_kept_and_run_again_changes_nothing(stockfold, kafka, redis_server):
    first = stockfold.run("setup").stdout.decode()
    view = redis_server.client().hgetall("sf:view")
    for name in servers.TOPICS:
        assert f"topic {stockfold.topic(name)}: created with 8 partitions" in first
        assert kafka.partitions(stockfold.topic(name)) == 8
    for name in (*servers.STOCK_TOPICS, "reservations"):
        found = topic_settings(kafka, stockfold.topic(name))
        assert (found["message.timestamp.type"], found["cleanup.policy"]) == ("LogAppendTime", "delete")
        assert (found["retention.ms"], found["retention.bytes"]) == ("-1", "-1")
    for name in ("items", "nodes", "clock"):
        found = topic_settings(kafka, stockfold.topic(name))
        assert (found["cleanup.policy"], found["message.timestamp.type"]) == ("compact", "LogAppendTime")
        assert name == "clock" or int(found["delete.retention.ms"]) >= 10 * 365 * 24 * 3600 * 1000

    assert topic_settings(kafka, stockfold.topic("holds"))["retention.ms"] == str(31 * 24 * 3600 * 1000)

    again = stockfold.run("setup").stdout.decode()
    assert "created" not in again and again.count("ok ") == len(servers.TOPICS) + 2  # the view and Kafka
    assert redis_server.client().hgetall("sf:view") == view
    checked = stockfold.run("check", status=1).stdout.decode()  # nothing is folded yet
    assert checked.count("FAIL") == 2 and f"Kafka at {kafka.bootstrap}: cluster" in checked


def test_setup_refuses_another_shard_count_and_partitions_that_do_not_divide_it(stockfold):
    refused = stockfold.run("setup", settings={"topics.partitions": 7}, status=2)
    assert b"topics.partitions = 7 does not divide view.shards = 64" in refused.stderr
    stockfold.run("setup")
    refused = stockfold.run("setup", settings={"view.shards": 32}, status=2)
    assert b"the view has 64 shards, not 32" in refused.stderr


def test_setup_leaves_a_topic_whose_settings_somebody_chose_as_it_is_and_says_what_to_run(stockfold, kafka):
    topic = stockfold.topic("store")
    kafka.create_topic(topic, 8, message_timestamp_type="CreateTime", retention_ms=-1)
    said = stockfold.run("setup", status=1).stdout.decode()
    command = (f"kafka-configs --bootstrap-server {kafka.bootstrap} --alter --entity-type topics --entity-name {topic} "
               "--add-config message.timestamp.type=LogAppendTime")
    assert f"FAIL  topic {topic}: message.timestamp.type is CreateTime and should be LogAppendTime: {command}\n" in said
    assert topic_settings(kafka, topic)["message.timestamp.type"] == "CreateTime"
    assert f"FAIL  topic {topic}: " in stockfold.run("check", status=1).stdout.decode()

    kafka.run_tool(command)
    assert "FAIL" not in stockfold.run("setup").stdout.decode()


def test_setup_sets_what_must_be_of_a_topic_that_a_broker_made_by_itself(stockfold, kafka):
    """With the brokers' defaults, but for what else somebody set, which stays."""
    topic = stockfold.topic("store")
    kafka.create_topic(topic, 8, max_message_bytes=2000000)
    said = stockfold.run("setup").stdout.decode()
    assert f"topic {topic}, which a broker had made by itself: set message.timestamp.type=LogAppendTime,retention.ms=-1" in said
    found = topic_settings(kafka, topic)
    assert (found["message.timestamp.type"], found["retention.ms"]) == ("LogAppendTime", "-1")
    assert found["max.message.bytes"] == "2000000"
    assert topic_settings(kafka, stockfold.topic("holds"))["retention.ms"] == str(31 * 24 * 3600 * 1000)

    again = stockfold.run("setup").stdout.decode()
    assert "by itself" not in again and "FAIL" not in again


def test_partitions_that_differ_are_said_to_be_slower_only(stockfold):
    said = stockfold.setup({"store": 3}).stdout.decode()
    assert "3 partitions do not divide 64 shards: as exact, only slower" in said


# --- publish -------------------------------------------------------------------------------------------------------

def test_lines_go_unchanged_to_the_topic_of_their_kind_and_node(stockfold, kafka):
    stockfold.setup()
    events = {node: json.dumps(received(n, node)).encode() + b" " for n, node in enumerate(("hub", "store-1", "web", "?"))}
    said = stockfold.publish(*NODES, ITEM, b"", *events.values()).stderr.decode()
    assert "lines=8 sent=8 refused=0" in said
    assert values(kafka, stockfold.topic("warehouse")) == [(b"shirt-m", events["hub"])]
    assert values(kafka, stockfold.topic("ecommerce")) == [(b"shirt-m", events["web"])]
    assert values(kafka, stockfold.topic("store")) == [(b"shirt-m", events["store-1"]), (b"shirt-m", events["?"])]
    assert values(kafka, stockfold.topic("items")) == [(b"shirt-m", json.dumps(ITEM).encode())]
    assert sorted(key for key, _ in values(kafka, stockfold.topic("nodes"))) == [b"hub", b"store-1", b"web"]


def test_kinds_of_nodes_come_from_the_view_too(stockfold, kafka):
    stockfold.setup()
    stockfold.publish(*NODES)
    stockfold.fold_until_end()
    stockfold.publish(received(1, "hub"))
    assert len(values(kafka, stockfold.topic("warehouse"))) == 1


def test_refused_lines_are_told_by_file_line_and_reason_and_the_rest_is_sent(stockfold, kafka, tmp_path):
    stockfold.setup()
    good = json.dumps(received(1, "store-1"))
    wrong = json.dumps({**received(2, "store-1"), "qty": 0})
    path = tmp_path / "events.ndjson"
    path.write_text(f"{good}\n{{broken\n\n{wrong}\n{json.dumps({'id': 'store-9', 'name': 'x'})}\n")
    said = stockfold.run("publish", path, status=4).stderr.decode()
    assert f"{path}:2: malformed: " in said
    assert f"{path}:4: out_of_range: " in said and "qty" in said
    assert f"{path}:5: missing_field: " in said
    assert "lines=4 sent=1 refused=3" in said
    assert values(kafka, stockfold.topic("store")) == [(b"shirt-m", good.encode())]


def test_topic_option_sends_everything_there(stockfold, kafka):
    stockfold.setup()
    stockfold.run("publish", "--topic", stockfold.topic("ecommerce"), input=json.dumps(received(3, "hub")).encode())
    assert len(values(kafka, stockfold.topic("ecommerce"))) == 1


def test_a_named_topic_takes_only_what_belongs_there(stockfold, kafka):
    stockfold.setup()
    stockfold.publish(ITEM)
    lines = {"store": received(1, "hub"), "items": ITEM, "nodes": NODES[0]}
    named = {"store": "an event", "items": "an item document", "nodes": "a node document"}
    text = "".join(json.dumps(line) + "\n" for line in lines.values()).encode()
    for topic in lines:
        said = stockfold.run("publish", "--topic", stockfold.topic(topic), input=text, status=4).stderr.decode()
        assert "sent=1 refused=2" in said
        for other in set(lines) - {topic}:
            assert f"line: is {named[other]}, and {stockfold.topic(topic)} takes" in said
        assert json.loads(values(kafka, stockfold.topic(topic))[-1][1]) == lines[topic]
    stockfold.fold_until_end()
    assert json.loads(stockfold.redis.client().get(next(stockfold.redis.client().scan_iter("sf:{*}:i:shirt-m")))) == ITEM
    typed = {**ITEM, "type": "shirt"}  # a field that is not known, of an item
    stockfold.run("publish", "--topic", stockfold.topic("items"), input=json.dumps(typed).encode())


@pytest.mark.parametrize("name", ["refused", "clock", "reservations"])
def test_a_topic_that_is_not_read_takes_nothing(stockfold, name):
    stockfold.setup()
    line = json.dumps(received(1, "hub")).encode()
    said = stockfold.run("publish", "--topic", f"stock.{name}", input=line, status=2,
                         settings={f"topics.{name}": f"stock.{name}"}).stderr.decode()
    assert f"stock.{name} takes neither events nor items nor nodes" in said


def test_a_topic_that_there_is_not_is_said_at_once(stockfold):
    said = stockfold.run("publish", "--topic", "nowhere", input=json.dumps(received(1, "hub")).encode(), status=3).stderr
    assert b"topic nowhere does not exist: no setting of [topics] names it" in said


def test_publishing_before_setup_says_what_is_missing(stockfold):
    said = stockfold.publish(received(1, "store-1"), status=3).stderr.decode()
    assert "does not exist: run `stockfold setup`" in said


# --- show, dump, status, check -------------------------------------------------------------------------------------

def test_a_redis_that_gives_no_right_is_a_server_that_cannot_be_used(stockfold, redis_server):
    """Not the "no" of a record that is not there."""
    stockfold.setup()
    stockfold.fold_until_end()
    admin = redis_server.client()
    admin.acl_setuser("poor", enabled=True, nopass=True, keys=["*"], commands=["+@all", "-hget", "-hgetall"])
    poor = {"redis.url": f"redis://poor:x@127.0.0.1:{redis_server.port}/0"}
    assert b"NOPERM" in stockfold.run("show", "x", settings=poor, status=3).stderr
    admin.config_set("requirepass", "secret")
    assert b"NOAUTH" in stockfold.run("dump", status=3).stderr


def test_show_says_no_with_exit_1_and_dump_of_nothing_is_nothing(stockfold):
    assert b"stockfold setup" in stockfold.run("show", "x", status=3).stderr
    stockfold.setup()
    assert b"being rebuilt" in stockfold.run("show", "x", status=3).stderr
    stockfold.fold_until_end()
    stockfold.run("show", "x", status=1)
    assert stockfold.dump() == b""


def test_status_tells_positions_lag_and_refusals_and_outlives_kafka(stockfold):
    stockfold.setup()
    stockfold.publish(*NODES, ITEM, received(1, "store-1"), received(2, "hub"))
    stockfold.fold_until_end()
    stockfold.publish(received(3, "store-1"))
    status = json.loads(stockfold.run("status", "--json", "--interval", "0s").stdout)
    lags = {}
    for row in status["positions"]:
        lags[row["topic"]] = lags.get(row["topic"], 0) + row["lag"]
    assert {topic: lag for topic, lag in lags.items() if lag} == {stockfold.topic("store"): 1}
    assert len(status["positions"]) == 6 * 8
    view = status["view"]
    assert (view["shards"], view["open"], view["records"], view["nodes"]) == (64, 64, 2, 3)
    assert view["reservations_open"] is True
    assert status["kafka"] == "reachable" and status["progress"]

    table = stockfold.run("status", "--interval", "100ms", settings={"kafka.bootstrap.servers": NOWHERE,
                                                                     "topics.timeout": "300ms"}).stdout.decode()
    assert "kafka     Kafka cannot be reached" in table and "shards    64, 64 open" in table


def test_check_says_what_is_away_and_exits_3(stockfold):
    away = {"redis.url": f"redis://{NOWHERE}", "kafka.bootstrap.servers": NOWHERE, "topics.timeout": "300ms"}
    said = stockfold.run("check", settings=away, status=3).stdout.decode()
    assert said.count("FAIL ") == 2 and "Redis" in said and "Kafka cannot be reached" in said


def test_check_refuses_a_redis_that_evicts(stockfold, redis_server):
    stockfold.setup()
    redis_server.client().config_set("maxmemory-policy", "allkeys-lru")
    said = f"FAIL  Redis at 127.0.0.1:{redis_server.port} has maxmemory-policy allkeys-lru".encode()
    assert said in stockfold.run("check", status=1).stdout


def test_check_advises_a_form_of_hashes_that_holds_long_names(stockfold, redis_server):
    stockfold.setup()
    advice = b"warn  Redis has hash-max-listpack-value 64"
    assert advice in stockfold.run("check", status=1).stdout
    redis_server.client().config_set("hash-max-listpack-value", 128)
    assert b"listpack" not in stockfold.run("check", status=1).stdout


@pytest.mark.parametrize("command", [("setup",), ("show", "x"), ("dump",), ("status",), ("publish", "--complete", "a")])
def test_one_shot_commands_exit_3_without_redis(stockfold, command):
    said = stockfold.run(*command, settings={"redis.url": f"redis://{NOWHERE}"}, status=3).stderr
    assert b"Redis" in said and said.endswith(b": start it, or set redis.url\n")


@pytest.mark.parametrize("command", [("setup",), ("publish",)])
def test_one_shot_commands_exit_3_without_kafka(stockfold, command):
    away = {"kafka.bootstrap.servers": NOWHERE, "topics.timeout": "300ms"}
    said = stockfold.run(*command, settings=away, status=3).stderr
    assert b"Kafka cannot be reached" in said and said.endswith(b": start it, or set kafka.bootstrap.servers\n")


def test_a_full_disk_is_not_taken_for_success(stockfold):
    with open("/dev/full", "wb") as full:
        done = subprocess.run(stockfold.argv("config"), stdout=full, stderr=subprocess.PIPE, timeout=60)
    assert done.returncode == 1 and b"could not be written" in done.stderr


def test_a_reader_that_wants_no_more_is_no_error(stockfold):
    stockfold.setup()
    stockfold.publish(*(received(number, "store-1", f"{number}-" + "s" * 50, ref="r" * 128) for number in range(2000)))
    stockfold.fold_until_end()
    process = subprocess.Popen(stockfold.argv("dump"), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    first = process.stdout.readline()
    process.stdout.close()
    assert (json.loads(first)["node"], process.stderr.read(), process.wait(60)) == ("store-1", b"", 0)


# --- the mock broker -----------------------------------------------------------------------------------------------

def test_mock_broker_takes_setup_and_events_and_ends_on_sigterm(stockfold):
    broker = subprocess.Popen(stockfold.argv("mock-broker", "--partitions", "2"), stdout=subprocess.PIPE, env=os.environ)
    try:
        address = {"kafka.bootstrap.servers": broker.stdout.readline().decode().strip()}
        said = stockfold.run("setup", settings=address).stdout.decode()
        assert "mock broker" in said and f"topic {stockfold.topic('store')}: 2 partitions" in said
        assert b"sent=1" in stockfold.publish(received(1, "store-1"), settings=address).stderr
    finally:
        broker.send_signal(signal.SIGTERM)
    assert broker.wait(10) == 0


# --- what a view was folded with -----------------------------------------------------------------------------------

@pytest.mark.parametrize("name, other", (("window", "71h"), ("history", "23h"), ("future_max", "11m")))
def test_a_fold_with_other_rules_than_the_views_is_refused_and_both_ways_out_work(stockfold, name, other):
    stockfold.setup()
    stockfold.publish(received(1, "store-1"))
    stockfold.fold_until_end()
    dump = stockfold.dump()
    stockfold.settings[f"fold.{name}"] = other
    said = stockfold.run("fold", "--until-end", status=2).stderr.decode()
    told = re.search(rf"fold\.{name} is {other}, .* set fold\.{name} = (\d+[dhm]); .*view\.prefix", said)
    assert told, said
    stockfold.run("fold", "--until-end", settings={f"fold.{name}": told.group(1)})
    another = {"view.prefix": "other", "fold.group": f"{stockfold.prefix}other"}
    stockfold.run("setup", settings=another)
    stockfold.run("fold", "--until-end", settings=another)
    assert stockfold.run("dump", settings=another).stdout == stockfold.run("dump").stdout == dump


def test_a_view_of_an_older_format_is_folded_again_and_that_is_said_once(stockfold):
    stockfold.setup()
    stockfold.publish(*(received(number, "store-1") for number in range(20)))
    stockfold.fold_until_end()
    dump = stockfold.dump()
    stockfold.redis.client().hset("sf:view", "format", 1)
    refused = stockfold.run("dump", status=3).stderr.decode()
    assert "older" in refused and "stockfold fold" in refused
    said = stockfold.run("fold", "--until-end").stderr.decode()
    assert said.count("view of an older format") == 1 and stockfold.dump() == dump
    assert "older format" not in stockfold.run("fold", "--until-end").stderr.decode()


def test_a_kafka_that_is_away_is_not_taken_for_missing_topics(stockfold):
    stockfold.setup()
    away = {"kafka.bootstrap.servers": "127.0.0.1:1"}
    said = stockfold.run("fold", "--until-end", "--timeout", "2s", status=3, settings=away).stderr.decode()
    assert "Kafka at 127.0.0.1:1 does not answer" in said and "setup" not in said
