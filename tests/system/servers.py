"""Real servers for tests and benchmarks: Redis, Apache Kafka, Stockfold itself and nginx with its module.

Each runs on a free loopback port with its files in a folder of its own, and stop() ends exactly the process that was
started. Nothing here sleeps in place of a condition: wait_until() polls with a deadline.
"""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
import urllib.request
import uuid

import confluent_kafka
import confluent_kafka.admin
import redis

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("STOCKFOLD_BUILD", ROOT / "build"))
STOCK_TOPICS = ("warehouse", "store", "ecommerce")
TOPICS = STOCK_TOPICS + ("items", "nodes", "refused", "clock", "reservations", "holds")


def rounds(few, many):
    """How often a test is to try: `many` times with `tests/run --long`."""
    return many if os.environ.get("STOCKFOLD_LONG") else few


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition, timeout=60.0, what="the condition", every=0.02):
    """Polls until condition() is true and returns what it gave; AssertionError when `timeout` seconds have passed."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what} did not come true within {timeout} s"
        time.sleep(every)


class Server:
    """A process with a log. Subclasses say how it is started and when it is ready."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log = self.folder / "log"
        self.name = type(self).__name__
        self.process = None

    def spawn(self, argv, **options):
        # When the tests are killed themselves, the kernel ends what they started.
        argv = ["setpriv", "--pdeathsig", "KILL", *map(str, argv)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            start_new_session=True, **options)

    def running(self):
        return self.process is not None and self.process.poll() is None

    def wait_ready(self, ready, timeout):
        def settled():
            assert self.running(), f"{self.name} ended while starting: {self.tail()}"
            return ready()
        wait_until(settled, timeout, f"start of {self.name}, see {self.log}")

    def tail(self, lines=15):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def signal(self, number):
        self.process.send_signal(number)

    def pause(self):
        self.signal(signal.SIGSTOP)

    def resume(self):
        self.signal(signal.SIGCONT)

    def kill(self):
        """kill -9, and waits until it is gone."""
        if self.running():
            self.process.kill()
        self.process.wait()

    def stop(self, timeout=20.0):
        """SIGTERM; SIGKILL when that does not end it in time. Returns the exit status."""
        if self.process is None:
            return None
        if self.running():
            self.resume()
            self.process.terminate()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.process.returncode


class Redis(Server):
    """redis-server. `options` are its settings, such as {"appendonly": "yes"}."""

    def __init__(self, folder, options=None):
        super().__init__(folder)
        self.options = {"save": "", "appendonly": "no", **(options or {})}
        self.port = free_port()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def client(self):
        return redis.Redis(port=self.port, decode_responses=False)

    def start(self):
        self.start_loading()
        self.wait_ready(self.answers, 20)
        return self

    def start_loading(self):
        """Starts, and does not wait until it answers."""
        settings = [word for key, value in self.options.items() for word in (f"--{key}", value)]
        self.spawn(["redis-server", "--port", self.port, "--bind", "127.0.0.1", "--dir", self.folder, *settings])

    def answers(self):
        with contextlib.suppress(redis.RedisError):
            return self.client().ping()
        return False

    def snapshot(self):
        """Saves everything now and returns a copy of it, for restore()."""
        self.client().save()
        copy = self.folder / f"snapshot-{uuid.uuid4().hex}.rdb"
        shutil.copyfile(self.folder / "dump.rdb", copy)
        return copy

    def restore(self, snapshot):
        """Restarts with what the snapshot holds, as after a restored backup."""
        self.kill()
        shutil.copyfile(snapshot, self.folder / "dump.rdb")
        return self.start()


class Kafka(Server):
    """Apache Kafka: one broker and controller in one process (KRaft)."""

    def __init__(self, folder, options=None):
        super().__init__(folder)
        self.port = free_port()
        self.environment = None  # the parent's
        self.bootstrap = f"127.0.0.1:{self.port}"
        controller = free_port()
        self.settings = {
            "process.roles": "broker,controller",
            "node.id": "1",
            "controller.quorum.voters": f"1@127.0.0.1:{controller}",
            "controller.listener.names": "CONTROLLER",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://127.0.0.1:{controller}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": str(self.folder / "data"),
            "offsets.topic.replication.factor": "1",
            "offsets.topic.num.partitions": "1",
            "transaction.state.log.replication.factor": "1",
            "transaction.state.log.min.isr": "1",
            "transaction.state.log.num.partitions": "1",
            "group.initial.rebalance.delay.ms": "0",
            "broker.heartbeat.interval.ms": "500",
            "broker.session.timeout.ms": "2000",
            "group.min.session.timeout.ms": "500",
            "auto.create.topics.enable": "false",
            **(options or {}),
        }
        libs = subprocess.run([ROOT / "tests/kafka/fetch"], check=True, stdout=subprocess.PIPE, text=True)
        self.classes = libs.stdout.strip() + "/*"

    def start(self):
        config = self.folder / "server.properties"
        if not config.exists():
            config.write_text("".join(f"{key}={value}\n" for key, value in self.settings.items()))
            subprocess.run(["java", "-cp", self.classes, "kafka.tools.StorageTool", "format",
                            "-t", "c3RvY2tmb2xkLXRlc3RzIQ", "-c", config],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.spawn(["java", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=4", "-cp", self.classes,
                    "kafka.Kafka", config], env=self.environment)
        self.wait_ready(self.answers, 60)
        return self

    def answers(self):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", self.port)):
                return False
        with contextlib.suppress(confluent_kafka.KafkaException), self.admin() as admin:
            return admin.list_topics(timeout=5).brokers
        return False

    @contextlib.contextmanager
    def admin(self):
        """An admin client; kept until the block ends, since its results die with it."""
        yield confluent_kafka.admin.AdminClient({"bootstrap.servers": self.bootstrap, "log_level": 0})

    def create_topic(self, name, partitions=1, **config):
        """Config keys with underscores for dots: create_topic("t", 3, message_timestamp_type="LogAppendTime")."""
        settings = {key.replace("_", "."): str(value) for key, value in config.items()}
        topic = confluent_kafka.admin.NewTopic(name, partitions, 1, config=settings)
        with self.admin() as admin:
            admin.create_topics([topic])[name].result(20)
        wait_until(lambda: self.partitions(name) == partitions, what=f"topic {name}")

    def run_tool(self, command):
        """One of Kafka's own command lines, such as "kafka-configs --bootstrap-server …"."""
        tools = {"kafka-configs": "kafka.admin.ConfigCommand"}
        name, *words = command.split()
        subprocess.run(["java", "-cp", self.classes, tools[name], *words], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL)

    def add_partitions(self, name, partitions):
        """So that there are `partitions`."""
        with self.admin() as admin:
            admin.create_partitions([confluent_kafka.admin.NewPartitions(name, partitions)])[name].result(20)
        wait_until(lambda: self.partitions(name) == partitions, what=f"partitions of topic {name}")

    def delete_topic(self, name):
        with self.admin() as admin:
            admin.delete_topics([name], operation_timeout=20)[name].result(20)
        wait_until(lambda: not self.partitions(name), what=f"deletion of topic {name}")

    def partitions(self, topic):
        with self.admin() as admin:
            found = admin.list_topics(timeout=10).topics.get(topic)
        return len(found.partitions) if found and not found.error else 0

    def produce(self, topic, messages, transactional_id=None, abort=False, **config):
        """Produces (key, value) or (key, value, {"partition": p, "timestamp": ms, "headers": […]}) and waits for the
        acknowledgements. Returns [(partition, offset)] in the order given. `partitioner` is librdkafka's setting; its
        default here is Kafka's own. With a transactional_id all are one transaction, which is committed or aborted."""
        # Idempotent, since a batch that is tried again would else come behind later ones, and history has an order; one
        # request at a time, since the first of a new partition can be lost otherwise (src/ingest/kafka.c).
        settings = {"bootstrap.servers": self.bootstrap, "partitioner": "murmur2_random", "linger.ms": 5,
                    "enable.idempotence": True, "max.in.flight": 1, "log_level": 0}
        settings.update({key.replace("_", "."): value for key, value in config.items()})
        if transactional_id:
            settings["transactional.id"] = transactional_id
        producer = confluent_kafka.Producer(settings)
        if transactional_id:
            producer.init_transactions(20)
            producer.begin_transaction()
        placed, failed = {}, []

        def report(index):
            def on_delivery(error, message):
                if error:
                    failed.append(error)
                else:
                    placed[index] = (message.partition(), message.offset())
            return on_delivery

        for index, (key, value, *more) in enumerate(messages):
            while True:
                try:
                    producer.produce(topic, value, key, on_delivery=report(index), **(more[0] if more else {}))
                    break
                except BufferError:
                    producer.poll(0.1)
            producer.poll(0)
        assert producer.flush(60) == 0
        if transactional_id:
            (producer.abort_transaction if abort else producer.commit_transaction)(20)
        assert not failed, failed
        return [placed[index] for index in sorted(placed)]

    def ends(self, topic):
        """{partition: end offset}."""
        with self.reader() as consumer:
            return {p: consumer.get_watermark_offsets(confluent_kafka.TopicPartition(topic, p), 10)[1]
                    for p in range(self.partitions(topic))}

    def read(self, topic):
        """Every message of the topic so far (committed ones only), partition by partition."""
        with self.reader() as consumer:
            open_ends = set(range(self.partitions(topic)))
            consumer.assign([confluent_kafka.TopicPartition(topic, p, 0) for p in open_ends])
            messages = []
            deadline = time.monotonic() + 60
            while open_ends:
                assert time.monotonic() < deadline, f"reading {topic} took too long"
                for message in consumer.consume(1000, 0.1):
                    if not message.error():
                        messages.append(message)
                    elif message.error().code() == confluent_kafka.KafkaError._PARTITION_EOF:
                        open_ends.discard(message.partition())
                    else:
                        raise confluent_kafka.KafkaException(message.error())
        return sorted(messages, key=lambda m: (m.partition(), m.offset()))

    @contextlib.contextmanager
    def reader(self):
        consumer = confluent_kafka.Consumer({
            "bootstrap.servers": self.bootstrap, "group.id": f"reader-{uuid.uuid4().hex}", "log_level": 0,
            "enable.auto.commit": False, "enable.partition.eof": True, "auto.offset.reset": "earliest"})
        try:
            yield consumer
        finally:
            consumer.close()

    def delete_before(self, topic, offset, partition=0):
        """The log's beginning goes: `offset` is the first that stays. (DeleteRecords, version 0: what the Python client
        has no call for.)"""
        name = topic.encode()
        body = struct.pack(f">hhih5s i h{len(name)}s iiq i", 21, 0, 1, 5, b"tests", 1, len(name), name,
                           1, partition, offset, 20000)
        with socket.create_connection(("127.0.0.1", self.port), 30) as connection, connection.makefile("rb") as answer:
            connection.sendall(struct.pack(">i", len(body)) + body)
            size, = struct.unpack(">i", answer.read(4))
            error, = struct.unpack(">h", answer.read(size)[-2:])
        assert error == 0, f"DeleteRecords: error {error}"


class MockBroker(Kafka):
    """librdkafka's broker in memory, as `stockfold mock-broker` hosts it: 100,000 messages or 5 MiB a partition. A message's
    Kafka time is its producer's, so that months of it pass in seconds. Its topics are those of the Stockfold given, which
    uses it from then on."""

    def __init__(self, folder, stockfold, partitions=1):
        Server.__init__(self, folder)
        self.stockfold, self.count = stockfold, partitions

    def start(self):
        self.spawn(self.stockfold.argv("mock-broker", "--partitions", self.count))
        self.wait_ready(self.address, 20)
        self.bootstrap = self.address()
        self.stockfold.kafka = self
        self.stockfold.settings.update({"kafka.bootstrap.servers": self.bootstrap, "topics.partitions": self.count})
        return self

    def create_topic(self, topic):
        """Newer ones make a topic only for who says that it may be made."""
        confluent_kafka.Producer({"bootstrap.servers": self.bootstrap,
                                  "allow.auto.create.topics": True}).list_topics(topic, 20)

    def address(self):
        found = re.search(r"^\S+:\d+$", self.log.read_text(), re.MULTILINE)
        return found and found.group()


class Proxy:
    """Forwards connections to the server whose port is `target` when they are made; cut() lets the next request through
    but not its answer."""

    def __init__(self, port):
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.cutting = threading.Event()
        self.cuts = 0
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                try:
                    server = socket.create_connection(("127.0.0.1", self.target))
                except OSError:
                    client.close()
                    continue
                for source, sink in ((client, server), (server, client)):
                    threading.Thread(target=self.forward, args=(source, sink, sink is client), daemon=True).start()

    def forward(self, source, sink, answers):
        with contextlib.suppress(OSError), source, sink:
            while data := source.recv(1 << 16):
                if answers and self.cutting.is_set():
                    self.cutting.clear()
                    self.cuts += 1
                    break
                sink.sendall(data)
            for end in (source, sink):
                end.shutdown(socket.SHUT_RDWR)

    def cut(self):
        self.cutting.set()

    def stop(self):
        self.listener.close()


class Fold(Server):
    """One `stockfold fold` in the background."""

    def __init__(self, folder, argv, environment):
        super().__init__(folder)
        self.spawn(argv, env=environment)


# For an Nginx' changes: no line for each request.
def source_of(build):
    """The tree that a build folder is of."""
    return pathlib.Path(re.search("^CMAKE_HOME_DIRECTORY:INTERNAL=(.*)$", (build / "CMakeCache.txt").read_text(), re.M)[1])


NO_ACCESS_LOG = {"access_log access.log timed buffer=64k flush=1s": "access_log off"}


class Nginx(Server):
    """nginx as config/nginx.conf has it, but for paths, port and `changes` (texts of it and what stands in their
    place), serving the view of a Stockfold."""

    def __init__(self, folder, stockfold, workers=1, changes=None):
        super().__init__(folder)
        self.stockfold, self.port = stockfold, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.settings = self.folder / "stockfold.conf"
        self.build = stockfold.build
        self.changes = {"/usr/lib/nginx/modules": str(self.build), "/etc/stockfold/stockfold.conf": str(self.settings),
                        "127.0.0.1:8080": f"127.0.0.1:{self.port}",
                        "worker_processes auto": f"user root; worker_processes {workers}",
                        "error_log error.log warn": "daemon off; error_log error.log info",
                        **(changes or {})}

    def configure(self):
        sections = {}
        for name, value in self.stockfold.settings.items():
            section, key = name.split(".", 1)
            sections.setdefault(section, []).append(f"{key} = {value}\n")
        self.settings.write_text("".join(f"[{section}]\n{''.join(lines)}" for section, lines in sections.items()))
        text = (source_of(self.build) / "config/nginx.conf").read_text()
        for old, new in self.changes.items():
            assert old in text, f"config/nginx.conf has no {old}"
            text = text.replace(old, new)
        (self.folder / "nginx.conf").write_text(text)

    def start(self):
        self.configure()
        self.spawn(["nginx", "-p", self.folder, "-c", "nginx.conf"], env=self.environment())
        self.wait_ready(self.answers, 20)
        return self

    def environment(self):
        """A module with the address sanitizer needs its library before all others."""
        if b"__asan_init" not in (self.build / "ngx_http_stockfold_module.so").read_bytes():
            return None
        library = subprocess.run(["cc", "-print-file-name=libasan.so"], check=True, capture_output=True, text=True)
        own = self.folder / "leaks"
        # nginx' own, when it refuses a configuration; and what is kept for good, when it unloads the module.
        own.write_text("leak:ngx_memalign\nleak:ngx_alloc\nleak:newlocale\n")
        return {**os.environ, "LD_PRELOAD": library.stdout.strip(),
                "LSAN_OPTIONS": f"suppressions={own}:print_suppressions=0"}

    def answers(self):
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
            return answer.status == 200
        return False

    def workers(self):
        """The processes that answer."""
        pid = self.process.pid
        return [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    def reload(self):
        """Reads the configuration anew, with new workers; the old ones end once they have answered what they have."""
        before = set(self.workers())
        self.signal(signal.SIGHUP)
        wait_until(lambda: set(self.workers()) - before, what="new workers")
        return before

    def errors(self):
        return (self.folder / "error.log").read_text(errors="replace")


class Stockfold:
    """The command line against one Kafka and one Redis, with topics of its own (their names carry `prefix`)."""

    def __init__(self, folder, kafka, redis_server, prefix="", settings=None, build=BUILD):
        self.folder, self.build = pathlib.Path(folder), pathlib.Path(build)
        self.kafka, self.redis, self.prefix = kafka, redis_server, prefix
        self.settings = {
            "kafka.bootstrap.servers": kafka.bootstrap if kafka else "none:0",
            "fold.group": f"{prefix}stockfold",
            "redis.url": redis_server.url,
            **{f"topics.{name}": self.topic(name) for name in TOPICS},
            **(settings or {}),
        }
        self.folds = []

    def topic(self, name):
        return f"{self.prefix}stock.{name}"

    def argv(self, *command, settings=None):
        sets = [word for key, value in {**self.settings, **(settings or {})}.items()
                for word in ("--set", f"{key}={value}")]
        return [str(self.build / "stockfold"), *sets, *map(str, command)]

    def leave_unknown_settings_out(self):
        """An older build knows fewer."""
        listed = subprocess.run([self.build / "stockfold", "config"], stdout=subprocess.PIPE, check=True).stdout.decode()
        sections = {part.partition("]")[0]: part for part in listed.split("\n[")}
        known = lambda section, key: f"\n; {key} = " in sections.get(section, "")
        self.settings = {name: value for name, value in self.settings.items()
                         if name.startswith("kafka.") or known(*name.split(".", 1))}

    def run(self, *command, status=0, settings=None, environment=None, timeout=300, **options):
        """Runs one command to its end, which must be `status` (None: any); options are subprocess.run's. Returns what that
        does."""
        options.setdefault("stdin", subprocess.DEVNULL if "input" not in options else None)
        done = subprocess.run(self.argv(*command, settings=settings), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={**os.environ, **(environment or {})}, timeout=timeout, **options)
        said = b"".join(text or b"" for text in (done.stdout, done.stderr)).decode(errors="replace")
        assert status in (None, done.returncode), f"{command}: exit {done.returncode}\n{said[-4000:]}"
        return done

    def setup(self, partitions=None):
        """Topics and view. `partitions` gives counts for stock topics: {"store": 3}; those are made here, as `setup`
        would, before it runs and accepts them."""
        for name, count in (partitions or {}).items():
            self.kafka.create_topic(self.topic(name), count, message_timestamp_type="LogAppendTime", retention_ms=-1,
                                    retention_bytes=-1)
        return self.run("setup")

    def publish(self, *lines, **options):
        """Publishes the given lines (dicts or bytes)."""
        text = b"".join((line if isinstance(line, bytes) else json.dumps(line).encode()) + b"\n" for line in lines)
        return self.run("publish", input=text, **options)

    def fold_until_end(self, **options):
        """Folds what is there now; returns the totals."""
        return json.loads(self.run("fold", "--until-end", **options).stdout)

    def fold_until_end_with(self, *options):
        return json.loads(self.run("fold", "--until-end", *options).stdout)

    def start_fold(self, settings=None, environment=None):
        fold = Fold(self.folder / f"fold-{len(self.folds)}", self.argv("fold", settings=settings),
                    {**os.environ, **(environment or {})})
        self.folds.append(fold)
        return fold

    def dump(self):
        """The dump's bytes."""
        return self.run("dump").stdout

    def show(self, sku, node=None):
        """The records of an item, parsed."""
        return [json.loads(line) for line in self.run("show", sku, *([node] if node else [])).stdout.splitlines()]

    def try_dump(self):
        """The dump's bytes, or None when the view does not serve (Redis away, shards being rebuilt)."""
        done = subprocess.run(self.argv("dump"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=60)
        return done.stdout if done.returncode == 0 else None

    def wait_dump(self, expected, timeout=60.0):
        """Waits until running folds have brought the view to exactly these bytes."""
        try:
            wait_until(lambda: self.try_dump() == expected, timeout, "the expected dump", every=0.2)
        except AssertionError:
            assert self.dump().decode().splitlines() == expected.decode().splitlines()

    def stop(self):
        for fold in self.folds:
            if fold.running():
                fold.kill()
