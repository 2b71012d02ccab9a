"""bulk-load: a year of history published in one go and folded into an empty view, as one file in order of time, and as
two, the second wholly older than the first; against reading the topics and doing nothing. For each: what the fold keeps
resident, what it asks Redis for, and Redis' memory, at the peak and once all of it has settled, against what they may.

bulk-load-beside: a rebuild of as much in one partition, in three loads with days of Kafka time between them, beside 63 that
got little, with fold.pending at its minimum. bulk-load-behind: 1,000 events a second that are 73 hours old, of records with
thousands of events in their window, beside a fold that runs, against these 1,000; bulk-load-late: the same a day later, when
all of them are late. Settling, and days between loads, take a Kafka whose clock is ahead of the others' (later.c)."""
import os
import time

import folding
import harness
import servers

HOUR, DAY = 60, 24 * 60  # in minutes
OLDEST, NEWEST = 365 * DAY, 5 * DAY
MIDDLE = (OLDEST + NEWEST) // 2
LOADS = {"one": ((OLDEST, NEWEST),), "two": ((MIDDLE, NEWEST), (OLDEST, MIDDLE))}
NODES, SHARDS = 4, 64
TURN_S = 7200
LATER_HOURS = 27
LOADS_BESIDE = 3
FOLD_MB, READ_BYTES, COMMANDS, PEAK_BYTES, SETTLED_BYTES = 200, 10_000, 10, 250, 250


def measure(stage):
    events = stage.size(10_000_000, 200_000)
    loads = {name: load(stage, name, parts, events) for name, parts in LOADS.items()}
    for name, scene in loads.items():
        yield from folds(f"bulk-load-{name}", scene)
    busy = Busy(stage)
    yield from busy.compared("bulk-load-behind", 73 * HOUR)
    beside = crowd(stage)
    beside_load(beside, 0, events, stage)
    move_clock(stage, LATER_HOURS)
    yield from busy.compared("bulk-load-late", (73 - LATER_HOURS) * HOUR)
    for name, scene in loads.items():
        yield from settles(f"bulk-load-{name}", scene)
    beside_load(beside, 1, events, stage)
    move_clock(stage, 2 * LATER_HOURS)
    beside_load(beside, 2, events, stage)
    yield from folds("bulk-load-beside", beside)


# --- a load into an empty view ---

def load(stage, name, parts, events):
    scene = folding.Scene(stage, f"load-{name}", items=stage.size(250_000, 10_000), nodes=NODES, turn_s=TURN_S)
    begin_ms = int(time.time() * 1000)
    for oldest, newest in parts:
        scene.produce("--events", events // len(parts), "--from", oldest, "--to", newest)
    scene.since_ms, scene.measured = begin_ms, scene.produced
    return scene


def folds(line, scene):
    counts = {}

    def fold():
        done = scene.fold()
        counts.update(scene.redis.client().info())
        return done

    yield harness.Comparison(line, "events/s", "reading the topics with librdkafka", fold, scene.read, rounds=1)
    for name, unit, bound, value in (
            ("resident", "MB of fold", FOLD_MB, lambda: max(scene.resident_mb)),
            ("read", "bytes read from Redis per event", READ_BYTES,
             lambda: counts["total_net_output_bytes"] / scene.produced),
            ("commands", "commands of Redis per event", COMMANDS,
             lambda: counts["total_commands_processed"] / scene.produced),
            ("peak", "bytes of Redis per event", PEAK_BYTES, lambda: counts["used_memory_peak"] / scene.produced)):
        yield bounded(f"{line}-{name}", unit, bound, value)


def bounded(name, unit, bound, value):
    return harness.Comparison(name, unit, f"{bound:,}", lambda: harness.Round(value(), 1),
                              lambda: harness.Round(bound, 1), rounds=1)


# --- days later ---

def move_clock(stage, hours):
    kafka = stage.kafka()
    kafka.stop()
    kafka.environment = {**os.environ, "LD_PRELOAD": str(servers.BUILD / "bench/later.so"),
                         "STOCKFOLD_LATER_MS": str(hours * 3_600_000)}
    kafka.start()


def settles(line, scene):
    """Folds on until nothing is left in the journal."""
    client, shards, began = scene.redis.client(), range(SHARDS), time.monotonic()
    fold = scene.stockfold.start_fold()
    servers.wait_until(lambda: not any(client.hlen(f"sf:{{{shard}}}:h") for shard in shards), TURN_S, "settling", 0.5)
    seconds = time.monotonic() - began
    fold.stop()
    records = sum(int(n) for shard in shards
                  for node, n in client.hgetall(f"sf:{{{shard}}}:k").items() if node not in (b"", b"\0"))
    yield bounded(f"{line}-settling", "events settled/s", 10_000, lambda: scene.produced / seconds)
    yield bounded(f"{line}-settled", "bytes of Redis per record", SETTLED_BYTES,
                  lambda: client.info()["used_memory"] / records)


# --- one partition beside 63 ---

def crowd(stage):
    return folding.Scene(stage, "beside", items=stage.size(50_000, 5_000), nodes=1, partitions=(64, 1, 1),
                         settings={"fold.pending": "1MiB"}, turn_s=TURN_S)


def beside_load(scene, turn, events, stage):
    """A third of the year; what is older than that would be late. What the 63 got is of other items, as it is where events
    are keyed: of the same ones, all of the one partition's would be out of order, read behind what is newer."""
    begin_ms = scene.since_ms if turn > 0 else int(time.time() * 1000)
    third = (OLDEST - NEWEST) // LOADS_BESIDE
    begin, end = OLDEST - turn * third, OLDEST - (turn + 1) * third
    scene.produce("--events", events // LOADS_BESIDE, "--from", begin, "--to", end + DAY, "--partition", 7)
    scene.produce("--events", stage.size(20_000, 2_000), "--from", end + DAY, "--to", end,
                  "--first-item", scene.items)
    scene.since_ms, scene.measured = begin_ms, scene.produced


# --- long behind, into busy records ---

class Busy:
    """Some hundred records with thousands of events each within the window, and a fold that runs."""

    def __init__(self, stage):
        self.stage, self.bytes_read = stage, 0
        self.scene = folding.Scene(stage, "busy", items=stage.size(100, 10), nodes=NODES, turn_s=TURN_S)
        self.scene.produce("--events", stage.size(1_000_000, 20_000), "--from", 71 * HOUR, "--to", 0)
        self.scene.prime()

    def compared(self, line, age):
        yield harness.Comparison(line, "events/s", "1,000", lambda: self.turn(age), lambda: harness.Round(1_000, 1),
                                 rounds=1)
        yield bounded(f"{line}-read", "bytes read from Redis per event", READ_BYTES, lambda: self.bytes_read)

    def read(self):
        return int(self.scene.redis.client().hget("sf:{stats}:t", "read") or 0)

    def turn(self, age):
        """As its latency, how long after the last event was sent all were folded."""
        scene, client = self.scene, self.scene.redis.client()
        fold = scene.stockfold.start_fold()
        servers.wait_until(lambda: self.read() == scene.produced, TURN_S, "the fold at its end")
        before, output = self.spent(fold), client.info()["total_net_output_bytes"]
        began = time.monotonic()
        scene.produce("--events", self.stage.size(60_000, 3_000), "--from", age + 1, "--to", age, "--rate", 1_000)
        produced = time.monotonic()
        servers.wait_until(lambda: self.read() == scene.produced, TURN_S, "the fold at its end again")
        ended = time.monotonic()
        cpu = {name: 1e6 * (spent - before[name]) / scene.measured for name, spent in self.spent(fold).items()}
        self.bytes_read = (client.info()["total_net_output_bytes"] - output) / scene.measured
        fold.stop()
        return harness.Round(scene.measured, ended - began, cpu, {"behind": 1e6 * (ended - produced)})

    def spent(self, fold):
        return {"stockfold": harness.cpu_seconds(fold.process.pid),
                "redis-server": harness.cpu_seconds(self.scene.redis.process.pid)}
