"""The first try: one command brings everything up with sample stock, another ends exactly that."""
import json
import os
import subprocess

import pytest
import redis
import reference
import servers

PLAIN = ("on_hand", "damaged", "quality_hold", "staged", "unplaced", "undrawn", "places", "incoming", "as_of")


def quickstart(folder, *options):
    return subprocess.run([servers.ROOT / "deploy/quickstart", "--no-install", "--dir", folder, *options],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                          env={**os.environ, "STOCKFOLD_BUILD": str(servers.BUILD)})


@pytest.fixture
def started(tmp_path):
    done = quickstart(tmp_path, "--detach")
    try:
        assert done.returncode == 0, done.stderr.decode()
        yield done.stdout.decode().splitlines()
    finally:
        quickstart(tmp_path, "--stop")


def run(folder, *command):
    return subprocess.run([servers.BUILD / "stockfold", "--config", folder / "stockfold.conf", *command],
                          stdout=subprocess.PIPE, check=True).stdout


def test_quickstart_shows_a_shelf_and_stop_ends_what_it_started(started, tmp_path):
    addresses = json.loads(started[-1])
    assert addresses["dir"] == str(tmp_path)
    assert any("Second floor, Women" in line and "shelf S3" in line for line in started)

    sample = [json.loads(line) for line in (tmp_path / "sample/events.ndjson").read_text().splitlines()]
    expected = map(json.loads, reference.dump(sample).splitlines())
    records = map(json.loads, run(tmp_path, "dump").splitlines())
    assert [[record[field] for field in PLAIN] for record in records] == \
        [[record[field] for field in PLAIN] for record in expected]

    again = quickstart(tmp_path, "--detach")
    assert again.returncode == 1 and b"already running" in again.stderr
    assert quickstart(tmp_path, "--stop").returncode == 0
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(addresses["redis"]).ping()
