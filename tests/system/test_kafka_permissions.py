"""A Kafka with an authorizer: what stockfold.conf(5) says that each program needs is enough."""
import json
import re
import socket
import struct
import subprocess
import time

import confluent_kafka.admin
import pytest
import reference
import servers

INPUTS = ("warehouse", "store", "ecommerce", "items", "nodes")
OPERATIONS = {"Read": 3, "Write": 4, "Create": 5, "Describe": 8, "DescribeConfigs": 10, "AlterConfigs": 11}
TOPIC, GROUP, LITERAL, ALLOW = 2, 3, 3, 3


def needs():
    """[(program, names or ["all topics"], operations)] of the table."""
    page = subprocess.run([servers.BUILD / "stockfold", "help", "conf"], check=True, capture_output=True, text=True).stdout
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \| ([A-Z][A-Za-z, ]+) \|$", page.split("## Permissions in Kafka")[1], re.MULTILINE)
    return [(program, re.findall(r"`(\w+)`", names) or [names], operations.split(", ")) for program, names, operations in rows]


NEEDS = needs()


def user_of(program):
    return re.sub(r"\W+", "-", program)


class GuardedKafka(servers.Kafka):
    """Beside the listener in the clear, where all is allowed, one for users who may do what they are told only."""

    def __init__(self, folder):
        super().__init__(folder)
        self.guarded = f"127.0.0.1:{servers.free_port()}"
        controller = self.settings["listeners"].rpartition(",")[2]
        listeners = f"PLAINTEXT://{self.bootstrap},GUARDED://{self.guarded}"
        users = " ".join(f'user_{user_of(program)}="secret"' for program in {row[0] for row in NEEDS})
        self.settings.update({
            "listeners": f"{listeners},{controller}", "advertised.listeners": listeners,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,GUARDED:SASL_PLAINTEXT",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.guarded.plain.sasl.jaas.config":
                f"org.apache.kafka.common.security.plain.PlainLoginModule required {users};",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": "User:ANONYMOUS",
        })

    def allow(self, user, resources, operations):
        """CreateAcls, version 1: what the Python client of Debian 12 has no call for."""
        def text(value):
            return struct.pack(">h", len(value)) + value.encode()

        rules = [struct.pack(">b", kind) + text(name) + struct.pack(">b", LITERAL) + text(f"User:{user}") + text("*") +
                 struct.pack(">bb", OPERATIONS[operation], ALLOW) for kind, name in resources for operation in operations]
        request = struct.pack(">hhi", 30, 1, 1) + text("tests") + struct.pack(">i", len(rules)) + b"".join(rules)
        with socket.create_connection(("127.0.0.1", self.port), 30) as connection, connection.makefile("rb") as answer:
            connection.sendall(struct.pack(">i", len(request)) + request)
            size, = struct.unpack(">i", answer.read(4))
            errors = answer.read(size)[12:]
        assert errors and not any(errors), errors

    def clients(self, user):
        return {"bootstrap.servers": self.guarded, "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN",
                "sasl.username": user, "sasl.password": "secret"}

    def topics_of(self, user):
        """Those that it may describe. A permission that was given holds a moment later."""
        return confluent_kafka.admin.AdminClient({**self.clients(user), "log_level": 0}).list_topics(timeout=10).topics


@pytest.fixture(scope="module")
def guarded(tmp_path_factory):
    server = GuardedKafka(tmp_path_factory.mktemp("guarded"))
    try:
        yield server.start()
    finally:
        server.stop()


class Programs:
    """Each as a user of its own, who may do what the table says of it."""

    def __init__(self, folder, kafka, redis_server):
        self.folder, self.kafka, self.redis = folder, kafka, redis_server
        self.prefix = "guarded."
        for program, names, operations in NEEDS:
            topics = servers.TOPICS if names == ["all topics"] else names
            resources = [(GROUP, f"{self.prefix}stockfold") if name == "group" else (TOPIC, f"{self.prefix}stock.{name}")
                         for name in topics]
            kafka.allow(user_of(program), resources, operations)

    def run(self, program, *words, **options):
        settings = {f"kafka.{name}": value for name, value in self.kafka.clients(user_of(program)).items()}
        stockfold = servers.Stockfold(self.folder, self.kafka, self.redis, prefix=self.prefix, settings=settings)
        return stockfold.run(*program.split(), *words, **options)


def test_what_the_manual_says_that_each_program_needs_is_enough(tmp_path, guarded, redis_server):
    """One test, since the broker takes its time."""
    programs = Programs(tmp_path, guarded, redis_server)
    made = "guarded.stock.ecommerce"
    guarded.create_topic(made, 8)  # as a broker makes it by itself
    servers.wait_until(lambda: made in guarded.topics_of(user_of(NEEDS[-1][0])), what="the last of the permissions")
    programs.run("setup")
    event = {"id": "1", "source": "a", "type": "received", "sku": "s", "node": "n", "qty": 1,
             "time": reference.format_time(int(time.time() * 1000))}
    nodes = [{"id": "n", "kind": "warehouse"}, {"id": "web", "kind": "ecommerce"}]
    lines = [event, {**event, "id": "2", "node": "web"}, {"sku": "s"}, *nodes]
    programs.run("publish", input="".join(json.dumps(line) + "\n" for line in lines).encode())
    guarded.produce("guarded.stock.store", [("s", "no event")])
    totals = json.loads(programs.run("fold", "--until-end").stdout)
    assert totals["folded"] == 5 and totals["refused"] == {"malformed": 1}, totals
    said = programs.run("check", status=1).stdout.decode()
    assert [line for line in said.splitlines() if line.startswith("FAIL")] == [
        line for line in said.splitlines() if line.startswith("FAIL  fold: none lives")], said
    assert "clocks could not be compared" not in said
    assert "lag" in programs.run("status", "--interval", "0s").stdout.decode()
    assert len(programs.run("refused").stdout.splitlines()) == 1
    assert b"sent=1 not_sent=0" in programs.run("refused --replay").stderr
    assert b"deleted=1 counts=2" in programs.run("delete", "item", "s", "--stock").stderr
