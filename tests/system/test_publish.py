"""`publish` beyond single lines: what a count completes, what is only shown, and in which order files go."""
import datetime
import json
import random
import time

import pytest
import reference

HERE, THERE = {"floor": "2", "zone": "women", "shelf": "S1"}, {"floor": "1", "zone": "men"}
ZONES = [{"floor": "2", "zone": "women"}, {"floor": "1", "zone": "men"}]
NODES = [{"id": "store-1", "name": "One", "kind": "store", "zones": ZONES}, {"id": "bare", "name": "Bare", "kind": "store"},
         {"id": "web", "name": "Web", "kind": "ecommerce"}]
NOW = int(time.time() * 1000)


def moment(minutes=0, **ago):
    return reference.format_time(NOW - int(1000 * datetime.timedelta(minutes=minutes, **ago).total_seconds()))


def event(identity, kind, sku, node="store-1", minutes=30, **more):
    return {"id": identity, "source": "wms", "type": kind, "time": moment(minutes), "sku": sku, "node": node, **more}


def received(sku, qty=5, **more):
    return event(f"r-{sku}-{more.get('node')}", "received", sku, qty=qty, **more)


def counted(sku, qty, minutes=20, place=HERE, **more):
    zone = {name: place[name] for name in ("floor", "zone")}
    return event(f"c-{sku}-{minutes}", "counted", sku, minutes=minutes, scope="zone", place=zone,
                 lines=[{"place": place, "qty": qty}], **more)


def text(*lines):
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def values(stockfold, topic):
    return [json.loads(message.value()) for message in stockfold.kafka.read(stockfold.topic(topic))]


def on_hand(stockfold, *skus):
    return {(sku, record["node"]): record["on_hand"] for sku in skus for record in stockfold.show(sku)}


@pytest.fixture
def shop(stockfold):
    """A store with seven items in one zone, two in another and three nowhere in particular."""
    stockfold.setup()
    stock = [received(f"w{n}", place=HERE) for n in range(7)] + [received(f"m{n}", place=THERE) for n in range(2)]
    stockfold.publish(*NODES, *stock, *(received(f"u{n}") for n in range(3)), received("w0", node="web"))
    stockfold.fold_until_end()
    return stockfold


def complete(shop, *words, lines=(), status=0):
    done = shop.run("publish", *words, input=text(*lines), status=status)
    return done.stderr.decode()


# --- --complete ----------------------------------------------------------------------------------------------------

def test_items_that_a_complete_count_does_not_name_get_an_empty_one_of_its_own_time(shop):
    lines = [counted(f"w{n}", 4, minutes=20 - n) for n in range(5)]
    said = complete(shop, "--complete", "store-1/2/women", lines=lines)
    assert "lines=5 sent=5 refused=0 completed=2" in said
    empty = {value["sku"]: value for value in values(shop, "store") if value["source"] == "publish"}
    assert sorted(empty) == ["w5", "w6"]
    assert all(value["time"] == moment(16) and value["lines"] == [] and value["scope"] == "zone" and
               value["place"] == {"floor": "2", "zone": "women"} for value in empty.values())
    shop.fold_until_end()
    assert on_hand(shop, "w0", "w5", "m0", "u0") == {("w0", "store-1"): 4, ("w0", "web"): 5, ("w5", "store-1"): 0,
                                                     ("m0", "store-1"): 5, ("u0", "store-1"): 5}


def test_stock_that_came_after_the_count_stays(shop):
    shop.publish(event("late-truck", "received", "w6", minutes=1, qty=3, place=HERE))
    shop.fold_until_end()
    complete(shop, "--complete", "store-1/2/women", lines=[counted(f"w{n}", 4) for n in range(6)])
    shop.fold_until_end()
    assert on_hand(shop, "w6") == {("w6", "store-1"): 3}


def test_the_same_count_twice_changes_nothing(shop):
    lines = [counted(f"w{n}", 4) for n in range(6)]
    for _ in range(2):
        assert "completed=1" in complete(shop, "--complete", "store-1/2/women", lines=lines)
    totals = shop.fold_until_end()
    assert totals["duplicate"] == 7
    assert on_hand(shop, "w6") == {("w6", "store-1"): 0}


def test_each_of_several_scopes_has_its_own_items_and_its_own_time(shop):
    lines = [counted(f"w{n}", 4, minutes=20) for n in range(6)] + [counted("m0", 5, minutes=9, place=THERE)]
    said = complete(shop, "--complete", "store-1/2/women", "--complete", "store-1/1", lines=lines)
    assert "completed=2" in said
    times = {value["sku"]: value["time"] for value in values(shop, "store") if value["source"] == "publish"}
    assert times == {"w6": moment(20), "m1": moment(9)}


def test_a_scope_without_lines_needs_its_moment(shop):
    said = complete(shop, "--complete", "store-1/1", status=2)
    assert "--complete store-1/1: the input has no line there" in said and "--at" in said
    said = complete(shop, "--complete", "store-1/1", "--at", moment(5))
    assert "sent=0 refused=0 completed=2" in said
    assert {value["time"] for value in values(shop, "store") if value["source"] == "publish"} == {moment(5)}
    assert "--at tomorrow" in complete(shop, "--complete", "store-1/1", "--at", "tomorrow", status=2)
    assert "is further ahead of now than fold.future_max" in complete(shop, "--complete", "store-1/1", "--at", moment(-20), status=2)
    assert "--at is for --complete" in complete(shop, "--at", moment(5), status=2)


OUTSIDE = (
    ("store-1/2/women", counted("w0", 1, place=THERE)),
    ("store-1/2/women", received("w0", node="web", place=HERE)),
    ("store-1/2/women", received("w0")),  # at no place
    ("store-1/2/women", received("w0", place={"floor": "2", "zone": "womens"})),
    ("store-1/2/women", event("f", "counted", "w0", scope="floor", place={"floor": "2"}, qty=5)),
    ("store-1/2/women", event("m", "moved", "w0", qty=1, place=HERE, to_place=THERE)),
    ("store-1/2", event("n", "counted", "w0", scope="node", qty=5)),
    ("store-1", received("w0", node="web")),
)


def test_what_lies_outside_the_scope_or_is_not_known_is_wrong_use_and_nothing_is_sent(shop, tmp_path):
    before = len(values(shop, "store"))
    path = tmp_path / "count.ndjson"
    for scope, line in OUTSIDE:
        path.write_bytes(text(counted("w1", 4), line))
        said = shop.run("publish", "--complete", scope, path, status=2).stderr.decode()
        assert f"{path}:2: the line of w0 at " in said and "outside of what --complete names" in said
    for scope, why in (("store-9", "node store-9 is not known"), ("store-1/2/kids", "no such floor or zone"),
                       ("store-1/3", "no such floor or zone"), ("bare/1", "no such floor or zone")):
        assert why in complete(shop, "--complete", scope, "--at", moment(5), status=2)
    assert len(values(shop, "store")) == before


def test_a_zone_is_known_by_its_stock_or_by_the_count_itself_where_no_document_lists_zones(shop):
    shop.publish(received("b0", node="bare", place={"floor": "0"}))
    shop.fold_until_end()
    assert "completed=1" in complete(shop, "--complete", "bare/0", "--at", moment(5), "--yes")
    assert "sent=1" in complete(shop, "--complete", "bare/7", lines=[received("b1", node="bare", place={"floor": "7"})])


def test_a_node_may_be_told_of_in_the_same_input(shop):
    node = {"id": "new", "kind": "store", "zones": [{"floor": "1", "zone": "a"}]}
    line = counted("w0", 1, node="new", place={"floor": "1", "zone": "a"})
    assert "lines=2 sent=2" in complete(shop, "--complete", "new/1/a", lines=[line, node])


def test_more_than_a_fifth_of_a_node_is_emptied_on_request_only(shop):
    before = len(values(shop, "store"))
    lines = [counted(f"w{n}", 4) for n in range(4)]
    said = complete(shop, "--complete", "store-1/2/women", lines=lines, status=1)
    assert "of 12 items that the node holds 3 would become 0, of 60 units 15" in said and "--yes" in said
    assert len(values(shop, "store")) == before
    assert "sent=4 refused=0 completed=3" in complete(shop, "--complete", "store-1/2/women", "--yes", lines=lines)


def test_a_whole_node_is_completed_too(shop):
    said = complete(shop, "--complete", "store-1", "--yes", lines=[received("u0", minutes=10)])
    assert "completed=11" in said
    shop.fold_until_end()
    assert on_hand(shop, "w0", "m0", "u1") == {("w0", "store-1"): 0, ("w0", "web"): 5, ("m0", "store-1"): 0,
                                               ("u1", "store-1"): 0}


def test_a_refused_line_keeps_all_of_a_complete_input_back(shop):
    before = len(values(shop, "store"))
    said = complete(shop, "--complete", "store-1/2/women", lines=[counted("w0", 4), counted("w1", -1)], status=4)
    assert "-:2: out_of_range" in said and "nothing was sent because 1 lines were refused" in said
    assert len(values(shop, "store")) == before


@pytest.mark.parametrize("scope", ["", "store-1/", "store-1/2/women/A4", f"store-1/{'f' * 65}"])
def test_a_scope_that_is_none_is_wrong_use(stockfold, scope):
    assert b"expected NODE, NODE/FLOOR" in stockfold.run("publish", "--complete", scope, status=2).stderr


def test_names_with_a_slash_are_percent_encoded_each_in_its_place(shop):
    zone = {"floor": "1/2", "zone": "men/boys"}
    shop.publish({"id": "UK/50% off", "kind": "store", "zones": [zone]}, received("s0", node="UK/50% off", place=zone))
    shop.fold_until_end()
    for scope in ("UK%2F50%25 off", "UK%2f50%25%20off/1%2F2", "UK%2F50%25 off/1%2F2/men%2Fboys"):
        said = complete(shop, "--complete", scope, "--at", moment(5), "--yes", "--dry-run")
        assert "would_complete=1" in said, scope
    shop.run("publish", "--complete", "UK%2F50%25 off/1%2F2/men%2Fboys", "--at", moment(5), "--yes", input=b"")
    empty = [value for value in values(shop, "store") if value["source"] == "publish"]
    assert [(value["node"], value["place"]) for value in empty] == [("UK/50% off", zone)]


@pytest.mark.parametrize("scope", ["store%", "store-1/2%zz", "store-1/%ff", "store-1/a%00", "50% off"])
def test_a_percent_sign_that_encodes_nothing_is_said(stockfold, scope):
    said = stockfold.run("publish", "--complete", scope, status=2).stderr.decode()
    assert f"--complete {scope}: " in said and "a % itself is %25" in said


def test_a_scope_that_could_name_two_things_is_sent_for_neither(shop):
    """A node "A" with a floor "B", a node "A/B", and a floor "B/C" of A."""
    floors = [{"floor": "B"}, {"floor": "B/C"}]
    shop.publish({"id": "A", "kind": "store", "floors": floors, "zones": [{"floor": "B", "zone": "C"}]},
                 received("a0", node="A", place={"floor": "B", "zone": "C"}))
    shop.fold_until_end()
    at = ("--at", moment(5), "--yes", "--dry-run")
    assert "would_complete=1" in complete(shop, "--complete", "A/B", *at)
    said = complete(shop, "--complete", "A/B/C", *at, status=2)
    assert 'zone C on floor B of node A, then write %41/B/C, or floor B/C of node A, then write A/B%2FC' in said
    assert "would_complete=1" in complete(shop, "--complete", "%41/B/C", *at)
    assert "would_complete=0" in complete(shop, "--complete", "A/B%2FC", *at)
    assert "could name two things" in complete(shop, "--complete", "A/B", *at, status=2, lines=[{"id": "A/B", "kind": "store"}])
    shop.publish({"id": "A/B", "kind": "store"}, received("b0", node="A/B"), received("b1", node="A/B"))
    shop.fold_until_end()
    said = complete(shop, "--complete", "A/B", *at, status=2)
    assert "could name two things: floor B of node A, then write %41/B, or node A/B, then write A%2FB" in said
    assert "would_complete=1" in complete(shop, "--complete", "%41/B", *at)
    assert "would_complete=2" in complete(shop, "--complete", "A%2FB", *at)


# --- --dry-run and --strict ----------------------------------------------------------------------------------------

def test_a_dry_run_shows_what_would_be_sent_and_sends_nothing(shop):
    ends = [shop.kafka.ends(shop.topic(name)) for name in ("store", "items", "nodes")]
    lines = [counted(f"w{n}", 4) for n in range(6)]
    done = shop.run("publish", "--complete", "store-1/2/women", "--dry-run", input=text(*lines))
    shown = [json.loads(line) for line in done.stdout.splitlines()]
    assert [message["value"] for message in shown[:6]] == lines and shown[6]["key"] == "w6" and len(shown) == 7
    assert {message["topic"] for message in shown} == {shop.topic("store")}
    assert b"would_send=6 refused=0 would_complete=1" in done.stderr
    item = {"sku": "w0", "title": "Shirt"}
    done = shop.run("publish", "--dry-run", input=text(item, {"sku": "w0", "price": 1}), status=4)
    assert json.loads(done.stdout) == {"topic": shop.topic("items"), "key": "w0", "value": item}
    done = shop.run("publish", "--complete", "store-1/1", "--at", moment(5), "--complete", "store-1/2/women", "--dry-run",
                    input=b"", status=1)
    assert len(done.stdout.splitlines()) == 9 and b"9 would become 0" in done.stderr
    assert [shop.kafka.ends(shop.topic(name)) for name in ("store", "items", "nodes")] == ends


def test_names_of_fields_that_are_not_known_are_told_once_and_refused_when_strict(stockfold):
    stockfold.setup()
    stockfold.publish({"id": "store-1", "kind": "store"})
    stockfold.fold_until_end()
    wrong = [{**received("a"), "plase": HERE}, {**received("b"), "plase": HERE},
             {**received("c"), "place": {"floor": "2", "zome": "w"}}]
    lines = text(*wrong, received("d"), {"sku": "a", "titel": "Shirt"}, {"id": "n", "kind": "store", "zones": [{**ZONES[0], "wlak": 1}]})
    said = stockfold.run("publish", input=lines).stderr.decode()
    assert said.count('"plase" is no field that is known here; the nearest known one is "place"') == 1
    for place, name, nearest in ((1, '"plase"', "place"), (3, 'place: "zome"', "zone"), (5, '"titel"', "title"),
                                 (6, 'zones: "wlak"', "walk")):
        assert f'-:{place}: {name} is no field that is known here; the nearest known one is "{nearest}"' in said
    assert "sent=6 refused=0" in said
    said = stockfold.run("publish", "--strict", input=lines, status=4).stderr.decode()
    assert "sent=1 refused=5" in said and said.count("out_of_range: ") == 5
    said = stockfold.run("publish", input=text({key: value for key, value in {**received("a"), "quantity": 5}.items() if key != "qty"}), status=4).stderr.decode()
    assert 'missing_field: qty' in said and '"quantity"' in said


def test_an_event_of_the_future_is_refused_on_its_line(stockfold):
    """As the fold would refuse it: by the setting."""
    stockfold.setup()
    lines = [received("a"), received("b", minutes=-30), received("c", minutes=-5)]
    said = stockfold.run("publish", input=text(*lines), status=4).stderr.decode()
    assert f"-:2: future: time: {moment(-30)} is " in said and "at most 600 s are taken" in said and "sent=2 refused=1" in said
    assert {value["sku"] for value in values(stockfold, "store")} == {"a", "c"}
    assert b"sent=3 refused=0" in stockfold.run("publish", input=text(*lines), settings={"fold.future_max": "1h"}).stderr


def test_a_time_zone_that_is_none_is_told_once_and_refused_when_strict(stockfold):
    stockfold.setup()
    zones = ("Europe/Madird", "Europe/Madird", "Europe/Madrid", "Etc/UTC", "", "../posix/Europe/Madrid")
    lines = text(*({"id": f"n{number}", "kind": "store", "time_zone": zone} if zone else {"id": f"n{number}", "kind": "store"}
                   for number, zone in enumerate(zones)))
    said = stockfold.run("publish", input=lines).stderr.decode()
    assert '-:1: time_zone: "Europe/Madird" is no time zone that this machine knows' in said and "counts as closed" in said
    assert said.count("time_zone: ") == 2 and "-:6: time_zone: " in said and "sent=6 refused=0" in said
    said = stockfold.run("publish", "--strict", input=lines, status=4).stderr.decode()
    assert '-:2: out_of_range: time_zone: "Europe/Madird"' in said and "sent=3 refused=3" in said


# --- order ---------------------------------------------------------------------------------------------------------

def test_files_are_merged_by_time_and_documents_go_first(stockfold, tmp_path):
    stockfold.setup({"store": 1, "warehouse": 1})
    tills = [[event(f"t{till}-{n}", "sold", "a", minutes=100 - 10 * n - till, qty=1) for n in range(5)] for till in range(3)]
    documents = [{"id": "hub", "kind": "warehouse"}, {"sku": "a"}]
    hub = [event("h", "received", "a", node="hub", minutes=200, qty=9)]
    for name, lines in (("0", tills[0]), ("1", tills[1]), ("2", tills[2]), ("hub", hub), ("documents", documents)):
        (tmp_path / name).write_bytes(text(*lines))
    stockfold.run("publish", *(tmp_path / name for name in ("0", "hub", "1", "2", "documents")))
    sent = values(stockfold, "store")
    assert len(sent) == 15 and [value["time"] for value in sent] == sorted(value["time"] for value in sent)
    assert values(stockfold, "warehouse") == hub


def test_a_line_of_history_behind_a_newer_one_is_told(stockfold, tmp_path):
    stockfold.setup({"store": 1})
    days = (100, 90, 95, 1, 2, 96, 0)
    lines = [event(f"h{n}", "sold", "a", qty=1) | {"time": moment(days=day)} for n, day in enumerate(days)]
    path = tmp_path / "history.ndjson"
    path.write_bytes(text(*lines))
    said = stockfold.run("publish", path).stderr.decode()
    told = [line for line in said.splitlines() if "older than fold.window" in line]
    assert [line.split(": ")[0] for line in told] == [f"{path}:3", f"{path}:6"]
    assert values(stockfold, "store") == lines  # as the file has them
    path.write_bytes(text(lines[-1], *(lines[:1] * 50)))
    said = stockfold.run("publish", path).stderr.decode()
    told = [line for line in said.splitlines() if line.startswith(f"{path}:") and "older than fold.window" in line]
    assert len(told) == 10 and "50 lines in all are older than fold.window" in said


def test_a_file_that_cannot_be_read_is_said_before_anything_is_sent(stockfold, tmp_path):
    stockfold.setup()
    (tmp_path / "a").write_bytes(text(received("a")))
    said = stockfold.run("publish", tmp_path / "a", tmp_path / "none", status=2).stderr.decode()
    assert f"cannot read {tmp_path / 'none'}: No such file" in said
    assert values(stockfold, "store") == []


@pytest.mark.parametrize("begin", [b"", b"\r\n", b" \n"])
def test_a_byte_order_mark_is_skipped_at_the_beginning_of_each_file_alone(stockfold, tmp_path, begin):
    mark = "\ufeff".encode()
    stockfold.setup()
    (tmp_path / "a").write_bytes(mark + begin + text(received("a")) + mark + text(received("b")))
    (tmp_path / "c").write_bytes(mark + text({"sku": "c", "title": "Shirt"}))
    said = stockfold.run("publish", tmp_path / "a", tmp_path / "c", status=4).stderr.decode()
    number = 3 if begin else 2
    assert f"{tmp_path / 'a'}:{number}: malformed" in said and "sent=2 refused=1" in said
    assert values(stockfold, "store") == [received("a")]
    assert b"sent=0" in stockfold.run("publish", input=mark).stderr


# --- size ----------------------------------------------------------------------------------------------------------

def test_hours_that_end_as_they_begin_are_refused(stockfold):
    stockfold.setup()
    always = {"id": "b", "kind": "store", "hours": {"mon": ["00:00-24:00"], "tue": ["10:00-23:59"]}}
    said = stockfold.run("publish", input=text({"id": "a", "kind": "store", "hours": {"mon": ["10:00-10:00"]}}, always), status=4).stderr.decode()
    assert '-:1: out_of_range: hours: "10:00-10:00" ends as it begins; all day is 00:00-24:00, closed is []' in said
    assert "sent=1 refused=1" in said


@pytest.mark.parametrize("fields, detail", [
    ({"lat": 40.4}, "lat, lon: only one is given, expected both or neither"), ({"lon": 0}, "lat, lon: only one"),
    ({"zones": [{"floor": "2", "zone": "women"}, {"floor": "1", "zone": "women"}, {"floor": "2", "zone": "women"}]},
     'zones: floor "2", zone "women" is listed twice')])
def test_a_node_that_somebody_meant_otherwise_is_refused(stockfold, fields, detail):
    stockfold.setup()
    said = stockfold.run("publish", input=text({"id": "a", "kind": "store", **fields}, {"id": "b", "kind": "store"}), status=4)
    assert f"-:1: out_of_range: {detail}" in said.stderr.decode() and b"sent=1 refused=1" in said.stderr


def test_a_line_that_its_topic_does_not_take_is_refused_alone(stockfold, tmp_path):
    stockfold.kafka.create_topic(stockfold.topic("store"), 1, message_timestamp_type="LogAppendTime", retention_ms=-1,
                                 retention_bytes=-1, max_message_bytes=3000)
    stockfold.setup()
    lines = [received(f"s{n}") for n in range(300)]
    for n in range(3):
        lines.insert(100 * n + 7, {**received(f"big{n}"), "x": noise_of(n)})
    path = tmp_path / "lines.ndjson"
    path.write_bytes(text(*lines))
    said = stockfold.run("publish", path, status=4, settings={"kafka.linger.ms": "200"}).stderr.decode()
    for n in range(3):
        assert f"{path}:{100 * n + 8}: out_of_range: the message of " in said and "max.message.bytes" in said
    assert "sent=300 refused=3" in said
    assert sorted(value["sku"] for value in values(stockfold, "store")) == sorted(f"s{n}" for n in range(300))


def noise_of(seed):
    """6,000 characters that do not compress to 3,000 bytes."""
    return "".join(random.Random(seed).choices("abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=6000))


def test_nodes_without_a_document_are_told_once_each_and_refused_when_strict(shop):
    lines = [received("n1", node="store-99"), received("n2", node="store-99"), {"id": "store-98", "kind": "warehouse"},
             received("n3", node="store-98"), received("n4")]
    told = 'node: "store-99" has no document in the view: its events go to ' + shop.topic("store")
    said = shop.publish(*lines).stderr.decode()
    assert said.count("has no document") == said.count(told) == 1 and "refused=0" in said
    said = shop.run("publish", "--strict", input=text(*lines), status=4).stderr.decode()
    assert said.count(f"out_of_range: {told}") == 2 and "sent=3 refused=2" in said


# --- delete --------------------------------------------------------------------------------------------------------

def test_deleting_sends_the_tombstone_and_leaves_the_stock(shop):
    shop.publish({"sku": "w0", "title": "Shirt"})
    shop.fold_until_end()
    assert b"deleted=1 counts=0" in shop.run("delete", "item", "w0").stderr
    last = {message.key(): message.value() for message in shop.kafka.read(shop.topic("items"))}
    assert last == {b"w0": None}
    shop.fold_until_end()
    assert on_hand(shop, "w0") == {("w0", "store-1"): 5, ("w0", "web"): 5}


def test_deleting_with_its_stock_leaves_nothing_of_an_item_or_at_a_node(shop):
    shop.publish(received("w0", state="damaged", minutes=2, node="web"))
    shop.fold_until_end()
    assert b"deleted=1 counts=2" in shop.run("delete", "item", "w0", "--stock").stderr
    assert len(values(shop, "ecommerce")) == 3  # where its node's events go
    assert b"deleted=1 counts=12" in shop.run("delete", "node", "store-1", "--stock").stderr
    shop.fold_until_end()
    assert set(on_hand(shop, "w0", "w1", "m0", "u0").values()) == {0}


def test_nothing_is_deleted_of_a_name_that_the_view_does_not_know(shop):
    """It was mistyped, more likely than not, and an operator would believe that the store is closed."""
    shop.publish({"sku": "shirt-black-m", "title": "Shirt"})
    shop.fold_until_end()
    ends = [shop.kafka.ends(shop.topic(name)) for name in ("store", "items", "nodes")]
    for words, near in ((("item", "shirt-blakc-m"), "; the nearest that it has is shirt-black-m:"), (("item", "qqqqqq"), "qqqqqq:"),
                        (("node", "STORE-11"), "; the nearest that it has is store-1:"), (("item", "w0"), "document of item w0"),
                        (("node", "store-11", "--stock"), "no document and no record of node store-11")):
        said = shop.run("delete", *words, status=1).stderr.decode()
        assert near in said and "nothing was published; --yes" in said, said
    assert [shop.kafka.ends(shop.topic(name)) for name in ("store", "items", "nodes")] == ends
    assert b"deleted=1 counts=2" in shop.run("delete", "item", "w0", "--stock").stderr  # records without a document
    assert b"deleted=1 counts=0" in shop.run("delete", "item", "nope", "--stock", "--yes").stderr
    away = {"redis.url": "redis://127.0.0.1:1/0"}
    assert b"deleted=1 counts=0" in shop.run("delete", "item", "nope", "--yes", settings=away).stderr
    shop.run("delete", "item", "nope", settings=away, status=3)


def test_what_cannot_be_deleted_is_wrong_use(stockfold):
    for words, said in ((("place", "a"), "expected item SKU or node ID"), (("item", "a" * 65), "cannot be the name"),
                        (("item",), "usage: stockfold delete item SKU|node ID"), (("node", " a"), "cannot be the name")):
        assert said in stockfold.run("delete", *words, status=2).stderr.decode()
