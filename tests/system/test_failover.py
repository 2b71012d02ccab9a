"""Redis fails over: a replica takes its place, with or without the newest writes, and clients find it where the old one
was. What was acknowledged and is gone is never served as if it had not been, and comes again from Kafka."""
import json
import random
import statistics
import threading
import time
import urllib.error
import urllib.request

import pytest
import servers
from servers import rounds, wait_until

SKUS = [f"sku-{number}" for number in range(8)]
NODE = "store-1"
ENOUGH = 60


def received(identity, sku):
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    return {"id": identity, "source": "wms", "type": "received", "time": moment, "sku": sku, "node": NODE, "qty": 1}


class Pair:
    """Two Redis servers, one of them the master, behind one address; a fold and nginx that know that address only.
    Connections that are there stay where they are when the address moves."""

    def __init__(self, folder, kafka, prefix):
        self.servers = [servers.Redis(folder / f"redis-{number}").start() for number in range(2)]
        self.master, self.replica = self.servers
        self.address = servers.Proxy(self.master.port)
        self.address.url = f"redis://127.0.0.1:{self.address.port}/0"
        self.stockfold = servers.Stockfold(folder, kafka, self.address, prefix=prefix)
        self.nginx = servers.Nginx(folder / "nginx", self.stockfold)
        self.published = dict.fromkeys(SKUS, 0)
        self.number = 0

    def start(self):
        self.stockfold.setup()
        document = {"id": NODE, "kind": "store", "time_zone": "Etc/UTC"}
        self.stockfold.kafka.produce(self.stockfold.topic("nodes"), [(NODE, json.dumps(document))])
        self.stockfold.start_fold()
        self.nginx.start()
        self.receive(SKUS)
        self.wait_visible()
        self.follow()
        return self

    def receive(self, skus):
        events = []
        for sku in skus:
            self.number += 1
            self.published[sku] += 1
            events.append((sku, json.dumps(received(str(self.number), sku))))
        self.stockfold.kafka.produce(self.stockfold.topic("store"), events)

    def available(self):
        """{sku: units} as HTTP says it; None when it says that it does not know."""
        query = "&".join(f"sku={sku}" for sku in SKUS)
        try:
            with urllib.request.urlopen(f"{self.nginx.url}/v1/availability?{query}&node={NODE}", timeout=60) as answer:
                return {line["sku"]: line.get("available", 0) for line in json.load(answer)["lines"]}
        except urllib.error.HTTPError as refusal:
            assert refusal.code == 503, refusal.code
            return None

    def wait_visible(self):
        """Seconds until HTTP has all that was published."""
        begin = time.monotonic()
        wait_until(lambda: self.available() == self.published, ENOUGH, "what was published", every=0.01)
        return time.monotonic() - begin

    def follow(self):
        """The replica follows the master, and has all that it has."""
        self.replica.client().execute_command("REPLICAOF", "127.0.0.1", self.master.port)
        wait_until(lambda: self.replica.client().info("replication").get("master_link_status") == "up", what="a replica")
        self.master.client().wait(1, 10000)

    def swap(self):
        """The replica becomes the master, and the master its replica; new connections go there."""
        self.master, self.replica = self.replica, self.master
        self.master.client().execute_command("REPLICAOF", "NO", "ONE")
        self.replica.client().execute_command("REPLICAOF", "127.0.0.1", self.master.port)
        self.address.target = self.master.port

    def restart(self):
        """Seconds until the master, killed and started again with its data, serves again."""
        self.master.client().save()
        self.master.kill()
        self.master.start()
        return self.wait_visible()

    def refolded(self, folder, redis_server):
        """The dump of a view made now from the same topics."""
        other = servers.Stockfold(folder, self.stockfold.kafka, redis_server, prefix=self.stockfold.prefix,
                                  settings={"fold.group": f"{self.stockfold.prefix}again"})
        other.fold_until_end()
        return other.dump()

    def stop(self):
        self.nginx.stop()
        self.stockfold.stop()
        self.address.stop()
        for server in self.servers:
            server.stop()


@pytest.fixture
def pair(tmp_path, kafka):
    pair = Pair(tmp_path / "pair", kafka, f"failover{time.monotonic_ns()}.")
    try:
        yield pair.start()
    finally:
        pair.stop()


def test_a_master_that_became_a_replica_is_left_for_the_new_one(pair, tmp_path, redis_server):
    """In about the time that a restart takes, which is the yardstick of the moment: all is verified again after both."""
    switched, restarted = [], []
    for _ in range(rounds(3, 20)):
        pair.swap()
        pair.receive(SKUS)
        switched.append(pair.wait_visible())
        restarted.append(pair.restart())
        pair.follow()
    print(f"visible again after a switch-over: median {statistics.median(switched):.2f} s, most {max(switched):.2f} s; "
          f"after a restart: median {statistics.median(restarted):.2f} s")
    assert statistics.median(switched) < 2 + 2 * statistics.median(restarted)
    assert pair.stockfold.dump() == pair.refolded(tmp_path / "again", redis_server)


class Watcher:
    """Asks all the time; what is answered must be at least `floor`."""

    def __init__(self, pair):
        self.pair, self.floor, self.wrong, self.stopped = pair, {}, [], threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.stopped.is_set():
            floor = dict(self.floor)
            answer = self.pair.available()
            if answer is not None and any(answer[sku] < units for sku, units in floor.items()):
                self.wrong.append((answer, floor))

    def stop(self):
        self.stopped.set()
        self.thread.join()


def test_writes_that_a_failover_there_and_back_lost_are_never_missing_from_an_answer(pair, tmp_path, redis_server):
    watcher = Watcher(pair)
    for number in range(rounds(3, 20)):
        pair.replica.client().execute_command("REPLICAOF", "NO", "ONE")  # it hears no more of the master from here on
        pair.receive(SKUS[number % 4:])
        pair.wait_visible()
        watcher.floor = dict(pair.published)
        process = pair.master.client().info("server")["run_id"]
        pair.master.client().execute_command("REPLICAOF", "127.0.0.1", pair.replica.port)
        wait_until(lambda: pair.master.client().info("replication")["master_link_status"] == "up", what="the way there")
        pair.master.client().execute_command("REPLICAOF", "NO", "ONE")
        assert pair.master.client().info("server")["run_id"] == process
        pair.wait_visible()
        pair.follow()
    watcher.stop()
    assert not watcher.wrong, watcher.wrong[:3]
    assert pair.stockfold.dump() == pair.refolded(tmp_path / "again", redis_server)


def some_moment(rng, most):
    """Not a wait for anything: what comes next must be able to come at any time."""
    time.sleep(rng.uniform(0, most))


def test_failovers_to_a_lagging_replica_while_brokers_stop_and_folds_die_lose_and_double_nothing(pair, tmp_path,
                                                                                                 redis_server):
    """What a replica never heard of is acknowledged by the master, and gone with it: at any moment of the fold's, with
    or without a broker that answers, with or without a fold that lives to notice."""
    rng = random.Random(61)
    for number in range(rounds(6, 200)):
        stops, dies = rng.random() < 0.5, rng.random() < 0.5
        pair.replica.client().execute_command("REPLICAOF", "NO", "ONE")
        pair.receive(rng.choices(SKUS, k=rng.randint(1, 40)))
        if rng.random() < 0.5:
            pair.wait_visible()
        else:
            some_moment(rng, 0.1)
        try:
            if stops:
                pair.stockfold.kafka.pause()
                some_moment(rng, 1.5)  # long enough for checkpoints
            pair.swap()
            some_moment(rng, 1.5)
            if dies:
                pair.stockfold.folds[-1].kill()
        finally:
            pair.stockfold.kafka.resume()
        if dies:
            pair.stockfold.start_fold()
        pair.receive(rng.choices(SKUS, k=rng.randint(1, 40)))
        try:
            pair.wait_visible()
        except AssertionError as late:
            raise AssertionError(f"round {number}, broker stopped: {stops}, fold killed: {dies}: {pair.available()} "
                                 f"instead of {pair.published}") from late
        pair.follow()
    assert pair.stockfold.dump() == pair.refolded(tmp_path / "again", redis_server)
