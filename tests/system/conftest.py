"""Servers as fixtures: one Kafka for each test program; a Redis and topics of its own for each test."""
import itertools
import os

import pytest

pytest.register_assert_rewrite("servers", "shop", "yardstick")
import servers  # noqa: E402
import yardstick as yardsticks  # noqa: E402

numbers = itertools.count(1)


def pytest_configure(config):
    for sanitizer in "address", "thread":
        config.addinivalue_line("markers", f"{sanitizer}: is run in the build with this sanitizer too")


@pytest.fixture(autouse=True)
def sanitizer_reports(tmp_path, monkeypatch):
    """What a sanitizer says fails the test, even of a process that is killed or to whose words nobody listens."""
    for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
        monkeypatch.setenv(name, f"{os.environ.get(name, '')}:log_path={tmp_path}/sanitizer")
    yield
    reports = [path.read_text(errors="replace") for path in tmp_path.glob("sanitizer.*")]
    assert not reports, "\n".join(reports)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    server = servers.Kafka(tmp_path_factory.mktemp("kafka"))
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def yardstick():
    """For assertions about time."""
    with yardsticks.Yardstick() as measuring:
        yield measuring


@pytest.fixture
def redis_server(tmp_path):
    server = servers.Redis(tmp_path / "redis")
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def stockfold(tmp_path, kafka, redis_server):
    """The command line, with topics that nobody else uses."""
    program = servers.Stockfold(tmp_path, kafka, redis_server, prefix=f"t{next(numbers)}.")
    try:
        yield program
    finally:
        program.stop()


@pytest.fixture
def timed_stockfold(tmp_path, redis_server):
    """The command line on a broker of its own that takes Kafka times as its producers give them (kafka_log.py)."""
    program = servers.Stockfold(tmp_path, None, redis_server)
    broker = servers.MockBroker(tmp_path / "broker", program, partitions=4)
    try:
        broker.start()
        yield program
    finally:
        program.stop()
        broker.stop()
