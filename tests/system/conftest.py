"""Servers as fixtures: one Kafka for each test program; a Redis and topics of its own for each test."""
import itertools

import pytest

pytest.register_assert_rewrite("servers", "shop")
import servers  # noqa: E402

numbers = itertools.count(1)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory):
    server = servers.Kafka(tmp_path_factory.mktemp("kafka"))
    try:
        yield server.start()
    finally:
        server.stop()


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
