"""What the benchmarks of the fold share: a scene of topics, a Redis and a view, and one side's turn in it.

A turn of ours starts from the same bytes each time (Redis with a snapshot restored) and is one or more `stockfold fold
--until-end`. It is timed from the first commit in Redis, which comes some milliseconds after the first message, to the
totals, which come after the last commit and its checkpoint: joining the group is no part of it, as connecting is none
for the peers, which count from their first message to the last one done. CPU is that of the whole process.
"""
import json
import os
import pathlib
import subprocess
import tempfile
import time

import harness
import servers

PRIMED = range(71 * 60 + 50, 71 * 60 + 20, -1)  # minutes before now in which the events lie that make the records
TOOLS = servers.BUILD / "bench"
TURN_S = 300  # a turn that takes longer hangs
INPUTS = ("warehouse", "store", "ecommerce")


class Scene:
    """Topics filled by produce_events, and a view that is folded from them again and again."""

    def __init__(self, stage, name, items, nodes, kafka=None, partitions=(8, 8, 8), partitioner="murmur2_random",
                 settings=None, build=servers.BUILD, turn_s=TURN_S):
        self.stage, self.items, self.nodes, self.partitioner = stage, items, nodes, partitioner
        self.turn_s = turn_s
        self.kafka = kafka or stage.kafka()
        self.redis = stage.redis()
        self.stockfold = servers.Stockfold(tempfile.mkdtemp(dir=stage.folder), self.kafka, self.redis, f"{name}.",
                                           settings, build)
        if build != servers.BUILD:
            self.stockfold.leave_unknown_settings_out()
        self.stockfold.setup(dict(zip(INPUTS, partitions)))
        self.topics = ",".join(self.stockfold.topic(name) for name in INPUTS)
        self.produced = 0
        self.since_ms = 0  # Kafka time from which the events come that a turn folds
        self.measured = 0
        self.resident_mb = []  # of each turn's largest process
        self.keep()

    def produce(self, *options):
        """Options of produce_events. What is produced here is what the next turns fold."""
        self.since_ms = int(time.time() * 1000)
        done = subprocess.run([TOOLS / "produce_events", "--brokers", self.kafka.bootstrap, "--topics", self.topics,
                               "--items", str(self.items), "--nodes", str(self.nodes), "--first", str(self.produced),
                               "--partitioner", self.partitioner, *map(str, options)], stdout=subprocess.PIPE, check=True)
        self.measured = json.loads(done.stdout)["operations"]
        self.produced += self.measured

    def produce_one_each(self):
        """The first event of every record."""
        self.produce("--one-each", "--from", PRIMED.start, "--to", PRIMED.stop)

    def prime(self):
        """Folds what is there; turns begin after it from now on."""
        self.stockfold.fold_until_end()
        self.keep()

    def keep(self):
        self.snapshot = self.redis.snapshot()

    # --- ours ---

    def fold(self, consumers=1):
        self.redis.restore(self.snapshot)
        before = {name: harness.cpu_seconds(server.process.pid) for name, server in self.servers().items()}
        folds = [Fold(self.stockfold, self.turn_s) for _ in range(consumers)]
        started = self.wait_first_commit()
        totals = [fold.wait() for fold in folds]
        seconds = max(fold.ended for fold in folds) - started
        folded = sum(total["folded"] for total in totals)
        if folded != self.measured:
            raise SystemExit(f"folded {folded} of {self.measured} events: {totals}")
        self.resident_mb.append(max(fold.resident_kb for fold in folds) / 1024)
        cpu = {"stockfold": sum(fold.cpu_seconds for fold in folds)}
        cpu.update((name, harness.cpu_seconds(server.process.pid) - before[name])
                   for name, server in self.servers().items())
        return harness.Round(folded, seconds, {name: 1e6 * spent / folded for name, spent in cpu.items()})

    def wait_first_commit(self):
        client = self.redis.client()
        changes = lambda: client.info("persistence")["rdb_changes_since_last_save"]
        before = changes()
        servers.wait_until(lambda: changes() > before + 100, 60, "the first commit", every=0.005)
        return time.monotonic()

    def servers(self):
        return {"redis-server": self.redis, "java": self.kafka}

    # --- theirs ---

    def read(self):
        return self.stage.run([TOOLS / "read_topic", self.kafka.bootstrap, self.topics, self.since_ms],
                              {"java": self.kafka})


class PerEvent:
    """The peer per_event on a scene's topics, with a Redis of its own that has what was produced last already."""

    def __init__(self, scene, how):
        self.scene, self.how = scene, how
        self.redis = scene.stage.redis()
        self.take(scene.measured)
        self.snapshot = self.redis.snapshot()

    def fold(self, events):
        self.redis.restore(self.snapshot)
        return self.take(events)

    def take(self, events):
        scene = self.scene
        return scene.stage.run([TOOLS / "per_event", self.how, scene.kafka.bootstrap, scene.topics, scene.since_ms,
                                self.redis.port, events], {"redis-server": self.redis, "java": scene.kafka})


class Fold:
    """A `stockfold fold --until-end` in the background, watched until it ends."""

    def __init__(self, stockfold, turn_s=TURN_S):
        self.turn_s = turn_s
        self.log = tempfile.TemporaryFile()
        self.spawned = time.monotonic()
        self.process = subprocess.Popen(stockfold.argv("fold", "--until-end"), stdout=subprocess.PIPE, stderr=self.log)
        self.resident_kb = 0

    def wait(self):
        """Its totals; sets `ended` (the moment these say), `resident_kb` and `cpu_seconds`."""
        while not (ended := os.wait4(self.process.pid, os.WNOHANG))[0]:
            self.resident_kb = max(self.resident_kb, peak_kb(self.process.pid))
            if time.monotonic() > self.spawned + self.turn_s:
                self.process.kill()
            time.sleep(0.05)
        self.process.returncode = os.waitstatus_to_exitcode(ended[1])
        said = self.process.stdout.read()
        if self.process.returncode or not said:
            self.log.seek(0)
            raise SystemExit(f"fold ended with {self.process.returncode}: {self.log.read().decode()[-2000:]}")
        totals = json.loads(said)
        self.ended = self.spawned + totals["seconds"]
        self.cpu_seconds = ended[2].ru_utime + ended[2].ru_stime
        return totals


def peak_kb(pid):
    """VmHWM: the most that the process ever had resident (and not, as in wait4, what it was forked from)."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int((status.partition("VmHWM:")[2].split() or [0])[0])
