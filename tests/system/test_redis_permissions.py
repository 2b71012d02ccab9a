"""config/redis.acl: what each program may do in Redis is enough for all that it does, and no command of those who only
read is there for nothing."""
import contextlib
import json
import os
import re
import subprocess

import pytest
import servers
import serving
from servers import ROOT, wait_until

USERS = dict(re.findall(r"^user (\S+) (.+)$", (ROOT / "config/redis.acl").read_text(), re.MULTILINE))
FOLD, NGINX, READER = "stockfold-fold", "stockfold-nginx", "stockfold-reader"
SCRIPTS = "".join(path.read_text() for path in (ROOT / "src/store/functions").iterdir())
LOOKUPS = [
    f"/v1/items/{serving.SKU}", f"/v1/items?gtin={serving.GTIN}", f"/v1/items?style={serving.STYLE}", "/v1/items?q=linen+shi",
    f"/v1/availability?sku={serving.SKU}", f"/v1/availability?sku={serving.SKU}&node={serving.NODE}",
    f"/v1/items/{serving.SKU}/locate?node={serving.NODE}", f"/v1/nearby?item={serving.SKU}&lat=40&lon=-3",
    "/v1/nearby?item=no-stock&lat=40&lon=-3", f"/v1/styles/{serving.STYLE}?node={serving.NODE}", "/v1/nodes",
    f"/v1/nodes/{serving.NODE}", f"/v1/nodes/{serving.NODE}/stock", "/metrics", "/readyz",
]
READING = [("show", serving.SKU), ("dump",), ("status",), ("check",),
           ("publish", "--complete", "web", "--at", "2026-11-21T06:30:00Z", "--yes")]


def commands(user):
    """PING for +ping; ours are all given singly."""
    return {word[1:].upper() for word in USERS[user].split() if word.startswith("+")}


@pytest.fixture(scope="module")
def served(tmp_path_factory, kafka):
    folder = tmp_path_factory.mktemp("permissions")
    acl = folder / "redis.acl"
    acl.write_text("".join(f"user {name} {rules}\n" for name, rules in USERS.items()).replace(">PASSWORD", ">secret"))
    redis = servers.Redis(folder / "redis", {"aclfile": acl}).start()
    served = serving.Serving(folder, kafka, "permissions.", redis_server=redis)
    url = f"redis://{{}}:secret@127.0.0.1:{redis.port}/1"
    served.stockfold.settings["redis.url"] = url.format(FOLD)
    reader = servers.Stockfold(folder / "reader", kafka, redis, prefix="permissions.",
                               settings={"redis.url": url.format(READER)})
    served.reader = reader
    served.nginx.stockfold = servers.Stockfold(folder / "nginx", kafka, redis, prefix="permissions.",
                                               settings={**served.stockfold.settings, "redis.url": url.format(NGINX)})
    try:
        yield served.start()
    finally:
        served.stop()


def refusals(served):
    return [f'{entry["username"]}: {entry["object"]}' for entry in served.redis.client().acl_log()]


def look_everything_up(served):
    """What is answered with another status than 200."""
    pairs = json.dumps({"pairs": [[serving.SKU, serving.NODE]]}).encode()
    answers = [(path, served.get(path)) for path in LOOKUPS] + [("POST", served.ask("POST", "/v1/availability", pairs))]
    return [(path, answer.status) for path, answer in answers if answer.status != 200]


def read_everything(served):
    for words in READING:
        subprocess.run(served.reader.argv(*words), input=b"", capture_output=True, timeout=60)


def test_what_is_allowed_is_enough(served):
    def item(sku, **fields):
        return sku, json.dumps({"sku": sku, "title": "Linen shirt", **fields})

    store, items = served.stockfold.topic("store"), served.stockfold.topic("items")
    admin = served.redis.client()
    admin.acl_log_reset()
    served.stockfold.kafka.produce(items, [item("A", style="one", gtin="08435678901234"), item("A", style="two"),
                                           item("B", safety_stock={"default": 1, "nodes": {serving.NODE: 2}}), ("B", None)])
    events = [serving.event("p1", "received", "A", serving.NODE, qty=3),
              serving.event("p2", "sold", "A", serving.NODE, qty=1, reservation="r-1"),
              {**serving.event("p3", "received", "A", serving.NODE, qty=5), "time": "2026-01-01T00:00:00Z"},
              {**serving.event("p4", "received", "C", serving.NODE, qty=5), "time": "2026-01-01T00:00:00Z"}]
    served.stockfold.kafka.produce(store, [(event["sku"], json.dumps(event)) for event in events])
    wait_until(lambda: served.get("/v1/items/A").json.get("style") == "two", what="an item that changed")
    admin.function_flush("SYNC")
    served.stockfold.kafka.produce(store, [("A", json.dumps(serving.event("p5", "received", "A", serving.NODE, qty=1)))])
    here = f"/v1/availability?sku=A&node={serving.NODE}"
    wait_until(lambda: served.get(here).json["lines"][0].get("available") is not None, what="an event after that")
    admin.flushall()
    wait_until(served.reader.try_dump, what="a view that was folded again")
    wait_until(lambda: all(status != 503 for _, status in look_everything_up(served)), what="a view that answers")
    assert look_everything_up(served) == []
    for words in READING:
        served.reader.run(*words, input=b"")
    served.stockfold.run("setup")
    advice = f"{READER}: config|get"  # check can do without; who may ask for one setting may ask for the passwords too
    assert [refused for refused in refusals(served) if refused != advice] == []


@contextlib.contextmanager
def without(served, user, command):
    admin = served.redis.client()
    admin.acl_log_reset()
    admin.execute_command("ACL", "SETUSER", user, f"-{command}")
    try:
        yield
    finally:
        admin.execute_command("ACL", "SETUSER", user, f"+{command}")


@pytest.mark.parametrize("user, act", [(NGINX, look_everything_up), (READER, read_everything)])
def test_who_reads_may_do_nothing_that_is_not_needed(served, user, act):
    needless = []
    for command in sorted(commands(user) - {"PING", "SELECT"}):  # asked for only when something has gone by, or a connection is made
        wait_until(lambda: not look_everything_up(served), what="nginx connected again, all of it allowed")
        with without(served, user, command):
            act(served)
            if not any(refused.startswith(user) for refused in refusals(served)):
                needless.append(command)
    assert not needless
    assert "%R~sf:*" in USERS[user] and "+@" not in USERS[user]


def test_what_the_fold_may_do_stands_in_the_source():
    source = SCRIPTS + "".join(path.read_text() for path in (ROOT / "src/store").glob("*.c"))
    unused = [command for command in commands(FOLD)
              if not re.search(rf"""call\('{command}'|STR\("{command.split("|")[0]}"\)""", source)]
    assert not unused
    assert set(re.findall(r"call\('([A-Z]+)'", SCRIPTS)) <= commands(FOLD)


def test_one_configuration_serves_all_three_users(served, tmp_path):
    """As stockfold-http(7) says: the user, and the file with the password, by a variable."""
    page = (ROOT / "src/cli/manual/http.md").read_text()
    lines = re.search(r"^    url = .*STOCKFOLD_USER.*\n    password_file = .*\n", page, re.MULTILINE)[0]
    lines = lines.replace("redis-1:6379/0", f"127.0.0.1:{served.redis.port}/1").replace("/etc/stockfold", str(tmp_path))
    config = tmp_path / "stockfold.conf"
    config.write_text(f"[redis]\n{lines}")
    for user in USERS:
        (tmp_path / f"{user}.password").write_text("secret\n")
        done = subprocess.run([servers.BUILD / "stockfold", "--config", config, "dump"], capture_output=True, timeout=60,
                              env={**os.environ, "STOCKFOLD_USER": user})
        assert b"WRONGPASS" not in done.stderr and b"NOAUTH" not in done.stderr, (user, done.stderr)
        assert done.returncode == 0 or user != READER, done.stderr
