"""A Kafka that asks for a password over TLS: [kafka] settings reach librdkafka, and `check` says what is wrong with them."""
import json
import time

import certificates
import pytest
import reference
import servers

USER, PASSWORD = "stock", "s3cr3t/pass"


class SecuredKafka(servers.Kafka):
    """Beside the listener in the clear one with password and TLS, and one that asks for clients' certificates."""

    def __init__(self, folder):
        super().__init__(folder)
        self.secure, self.mutual = (f"localhost:{servers.free_port()}" for _ in range(2))
        certificates.make(self.folder, "localhost")
        certificates.make(self.folder, "localhost", names=(), authority="other")
        (self.folder / "server.pem").write_text("".join((self.folder / f"server.{kind}").read_text() for kind in ("key", "crt")))
        listeners = f"PLAINTEXT://{self.bootstrap},SECURE://{self.secure},MUTUAL://{self.mutual}"
        controller = self.settings["listeners"].rpartition(",")[2]
        self.settings.update({
            "listeners": f"{listeners},{controller}", "advertised.listeners": listeners,
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SECURE:SASL_SSL,MUTUAL:SSL",
            "sasl.enabled.mechanisms": "PLAIN",
            "listener.name.secure.plain.sasl.jaas.config":
                f'org.apache.kafka.common.security.plain.PlainLoginModule required user_{USER}="{PASSWORD}";',
            "listener.name.mutual.ssl.client.auth": "required",
            "ssl.keystore.type": "PEM", "ssl.keystore.location": self.folder / "server.pem",
            "ssl.truststore.type": "PEM", "ssl.truststore.location": self.folder / "ca.crt",
        })

    def clients(self):
        return {"kafka.bootstrap.servers": self.secure, "kafka.security.protocol": "SASL_SSL",
                "kafka.sasl.mechanism": "PLAIN", "kafka.sasl.username": USER, "kafka.sasl.password": PASSWORD,
                "kafka.ssl.ca.location": self.folder / "ca.crt", "topics.timeout": "5s"}


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    server = SecuredKafka(tmp_path_factory.mktemp("secured"))
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def stockfold(tmp_path, secured, redis_server):
    return servers.Stockfold(tmp_path, secured, redis_server, prefix="secured.", settings=secured.clients())


QUICK = {"redis.url": "redis://127.0.0.1:1/0", "topics.timeout": "3s"}  # no fold to watch

# OpenSSL's error, or nothing but the end of the connection with newer libraries.
NO_TLS = ("its port has no TLS: set kafka.security.protocol without SSL", "set kafka.security.protocol as its listener has it")

WRONG = [
    ({"sasl.password": "wrong"}, "Authentication failed", "set kafka.sasl.username and .password as the broker has them"),
    ({"sasl.username": "nobody"}, "Authentication failed", "set kafka.sasl.username and .password as the broker has them"),
    ({"sasl.mechanism": "SCRAM-SHA-256"}, "supported mechanisms: PLAIN", "set kafka.sasl.mechanism to one that the broker has"),
    ({"ssl.ca.location": "{other}"}, "certificate verify failed", "set kafka.ssl.ca.location to the CA that signed"),
    ({"bootstrap.servers": "127.0.0.1:{secure_port}"}, "certificate verify failed", "set kafka.ssl.ca.location to the CA that signed"),
    ({"bootstrap.servers": "{plain}"}, "", NO_TLS),
    ({"bootstrap.servers": "{plain}", "security.protocol": "SASL_PLAINTEXT"}, "SASL PLAIN mechanism handshake failed",
     "its listener takes no password: set kafka.security.protocol without SASL"),
    ({"security.protocol": "PLAINTEXT"}, "SSL listener", "its port has TLS: set kafka.security.protocol = SSL, or SASL_SSL"),
    ({"security.protocol": "SASL_PLAINTEXT"}, "SSL listener", "its port has TLS: set kafka.security.protocol = SSL, or SASL_SSL"),
    ({"security.protocol": "SSL"}, "SASL authentication", "set kafka.security.protocol = SASL_SSL"),
    ({"bootstrap.servers": "{mutual}", "security.protocol": "SSL"}, "certificate", "set kafka.ssl.certificate.location"),
    ({"bootstrap.servers": "127.0.0.1:1"}, "Connection refused", "start it, or set kafka.bootstrap.servers"),
    ({"bootstrap.servers": "kafka.invalid:9092"}, "resolve", "see the name in kafka.bootstrap.servers"),
]


def test_settings_reach_the_library_and_check_names_address_cause_and_remedy(stockfold, secured):
    """One test, since the broker takes its time."""
    event = {"id": "1", "source": "a", "type": "received", "sku": "s", "node": "n", "qty": 1,
             "time": reference.format_time(int(time.time() * 1000))}
    stockfold.run("setup")
    stockfold.publish(event)
    assert stockfold.fold_until_end()["folded"] == 1
    said = stockfold.run("check", status=1).stdout.decode()
    assert f"ok    Kafka at {secured.secure}: cluster " in said and PASSWORD not in said
    names = {"other": secured.folder / "other.crt", "secure_port": secured.secure.partition(":")[2],
             "plain": secured.bootstrap, "mutual": secured.mutual}
    for wrong, cause, remedy in WRONG:
        settings = {f"kafka.{name}": value.format(**names) for name, value in wrong.items()} | QUICK
        lines = stockfold.run("check", settings=settings, status=3).stdout.decode().splitlines()
        line, = [line for line in lines if line.startswith("FAIL  Kafka ")]
        address = settings.get("kafka.bootstrap.servers", secured.secure)
        assert f"cannot be reached at {address}: " in line and cause in line, (wrong, line)
        assert any(f": {text}" in line for text in (remedy if isinstance(remedy, tuple) else (remedy,))), (wrong, line)
    missing = {"kafka.ssl.ca.location": secured.folder / "none.crt"}
    assert f"FAIL  kafka.ssl.ca.location = {secured.folder / 'none.crt'}: No such file" in stockfold.run(
        "check", settings=missing | QUICK, status=3).stdout.decode()
    client = {"bootstrap.servers": secured.mutual, "security.protocol": "SSL", "ssl.key.location": secured.folder / "client.key",
              "ssl.certificate.location": secured.folder / "client.crt"}
    settings = {f"kafka.{name}": value for name, value in client.items()}
    assert f"ok    Kafka at {secured.mutual}" in stockfold.run("check", settings=settings, status=1).stdout.decode()
    said = stockfold.run("publish", input=json.dumps(event).encode(), settings={"kafka.sasl.password": "wrong"}, status=3)
    assert b"Authentication failed" in said.stderr
