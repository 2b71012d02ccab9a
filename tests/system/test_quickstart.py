"""The first try: one command brings everything up with sample stock, another ends exactly that."""
import http.server
import json
import os
import pathlib
import re
import socket
import subprocess
import threading
import urllib.error
import urllib.request

import pytest
import redis
import reference
import servers

PLAIN = ("on_hand", "damaged", "quality_hold", "staged", "unplaced", "undrawn", "places", "incoming", "as_of")


def quickstart(folder, *options):
    return subprocess.run([servers.ROOT / "deploy/quickstart", "--no-install", "--dir", folder, *options],
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300,
                          env={**os.environ, "STOCKFOLD_BUILD": str(servers.BUILD)})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("quick start")  # paths may have spaces


@pytest.fixture(scope="module")
def port():
    return servers.free_port()


@pytest.fixture(scope="module")
def started(folder, port):
    done = quickstart(folder, "--detach", "--port", str(port))
    try:
        assert done.returncode == 0, done.stderr.decode()
        yield done.stdout.decode().splitlines()
    finally:
        quickstart(folder, "--stop")


def run(folder, *command, status=0, config="stockfold.conf"):
    done = subprocess.run([servers.BUILD / "stockfold", "--config", folder / config, *command], stdout=subprocess.PIPE)
    assert done.returncode == status, done.stdout.decode()
    return done.stdout


def test_quickstart_shows_a_shelf(started, folder, port):
    addresses = json.loads(started[-1])
    assert addresses["dir"] == str(folder)
    assert addresses["http"] == f"http://127.0.0.1:{port}"
    assert any("Second floor, Women" in line and "shelf S3" in line for line in started)

    sample = [json.loads(line) for line in (folder / "sample/events.ndjson").read_text().splitlines()]
    expected = map(json.loads, reference.dump(sample).splitlines())
    records = map(json.loads, run(folder, "dump").splitlines())
    assert [[record[field] for field in PLAIN] for record in records] == \
        [[record[field] for field in PLAIN] for record in expected]


def test_every_line_that_it_prints_works_as_printed(started):
    lines = [line.removeprefix("$ ") for line in started if line.startswith("$ ")]
    answers = {line: json.loads(subprocess.run(["bash", "-c", line], check=True, capture_output=True).stdout)
               for line in lines}
    assert len([line for line in lines if line.startswith("curl ")]) >= 6
    assert not [line for line, answer in answers.items() if "code" in answer or not answer]


def test_what_it_prints_is_worth_asking(started):
    def ask(text):
        line, = (line for line in started if line.startswith("$ curl") and text in line)
        return json.loads(subprocess.run(["bash", "-c", line[2:]], check=True, capture_output=True).stdout)
    assert ask("/availability?")["lines"][0]["status"] == "in_stock"
    located = ask("/locate?")
    assert located["places"][0]["likely"] > 0 and located["other_sizes"] and located["elsewhere"]
    nearby = ask("/nearby?")
    assert len(nearby["nodes"]) > 1 and {"no_pickup", "out"} <= {node["reason"] for node in nearby["passed_over"]}
    assert len(ask("/styles/")["cells"]) == 20
    assert ask("/items?q=")["next"] and ask("/stock?")["lines"]


def test_every_curl_line_of_the_readme_and_manual_works(started):
    pages = (servers.ROOT / "README.md", *sorted((servers.ROOT / "src/cli/manual").glob("*.md")))
    lines = [line for page in pages for line in re.findall(r"^    (curl .*?)(?: +#.*)?$", page.read_text(), re.MULTILINE)]
    assert len(lines) >= 10
    address = json.loads(started[-1])["http"]
    for line in lines:
        asked = line.replace("http://127.0.0.1:8080", address) + " -w '\\n%{http_code} %{content_type}'"
        answer = subprocess.run(["bash", "-c", asked], check=True, capture_output=True, text=True).stdout
        body, _, told = answer.rpartition("\n")
        assert told == "200 application/json" and json.loads(body), (line, answer)


def test_documents_and_events_of_the_manual_are_taken(folder, started):
    page = (servers.ROOT / "src/cli/manual/events.md").read_text()
    blocks = re.findall(r"^    (\{(?:\"id\":.*(?:\n     .*)*|(?:\n     .*)+\n    \}))$", page, re.MULTILINE)
    whole = [json.loads(block) for block in blocks]
    place = {"floor": "2", "zone": "women"}
    parts = [line.replace("{…}", json.dumps(place)) for line in re.findall(r"^    \{…(\".*)$", page, re.MULTILINE)]
    event = {"source": "pos-17", "time": "2026-11-21T10:02:11.250Z", "sku": "ZR-7745-M-BLK", "node": "store-014"}
    whole += [{"id": str(number), **event, **json.loads("{" + part)} for number, part in enumerate(parts)]
    whole = [{**document, "to_place": {"floor": "0"}} if document.get("type") == "moved" else document for document in whole]
    done = subprocess.run([servers.BUILD / "stockfold", "--config", folder / "stockfold.conf", "publish", "--strict", "--dry-run"],
                          input="\n".join(map(json.dumps, whole)), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert len(whole) == 17 and len(done.stdout.splitlines()) == 17


def test_the_program_prints_the_description_that_is_served(started, folder):
    with urllib.request.urlopen(json.loads(started[-1])["http"] + "/openapi.json", timeout=5) as answer:
        assert answer.read() + b"\n" == run(folder, "openapi")


def test_check_finds_everything_well(started, folder):
    said = run(folder, "check").decode()
    assert "FAIL" not in said
    assert re.search(r"^ok    http: http://127\.0\.0\.1:\d+ ready, lag \d+ ms$", said, re.MULTILINE)


def test_check_says_what_is_not_right_with_http(started, folder):
    def check(url, status):
        return run(folder, "--set", f"http.url={url}", "check", status=status).decode()
    nobody = f"http://127.0.0.1:{servers.free_port()}"
    assert f"FAIL  http: {nobody} does not answer (" in check(nobody, 3)
    with http.server.HTTPServer(("127.0.0.1", 0), Foreign) as server:
        foreign = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        assert f"FAIL  http: {foreign} is not Stockfold's, /readyz answers 404: " in check(foreign, 1)
        thread.join()


class Foreign(http.server.BaseHTTPRequestHandler):
    """Has nothing at all."""

    def do_GET(self):
        self.send_error(404)

    def log_message(self, *_):
        pass


def test_check_takes_nothing_amiss_where_nobody_said_that_there_is_http(started, folder):
    text = (folder / "stockfold.conf").read_text()
    (folder / "silent.conf").write_text(re.sub(r"\[http\]\nurl = .*\n", "", text))
    assert "http: http://127.0.0.1:8080 " in run(folder, "check", config="silent.conf").decode()


def test_a_second_start_is_refused(started, folder):
    again = quickstart(folder, "--detach")
    assert again.returncode == 1 and b"already running" in again.stderr


def test_a_port_that_is_taken_is_refused_by_name(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        number = taken.getsockname()[1]
        refused = quickstart(tmp_path, "--detach", "--port", str(number))
    assert refused.returncode == 3
    assert f"port {number} of 127.0.0.1 is taken" in refused.stderr.decode()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1"])
def test_what_is_no_port_is_wrong_use(tmp_path, port):
    refused = quickstart(tmp_path, "--detach", "--port", port)
    assert refused.returncode == 2 and b"--port needs a port number" in refused.stderr


def runs(pid):
    """A zombie, whose parent does not mind it, does not."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except FileNotFoundError:
        return False


def test_stop_ends_what_it_started(started, folder):
    addresses = json.loads(started[-1])
    pids = [int(path.read_text().split()[0]) for path in (folder / "run").glob("*.pid")]
    assert len(pids) == 4 and all(map(runs, pids))
    assert quickstart(folder, "--stop").returncode == 0
    with pytest.raises(redis.ConnectionError):
        redis.Redis.from_url(addresses["redis"]).ping()
    with pytest.raises(urllib.error.URLError):
        urllib.request.urlopen(addresses["http"] + "/healthz", timeout=5)
    assert not [pid for pid in pids if runs(pid)]


def test_without_port_another_serves_when_8080_is_taken(tmp_path):
    try:
        taken = socket.create_server(("127.0.0.1", 8080))
    except OSError:
        taken = socket.socket()  # somebody else has it: as well
    with taken:
        done = quickstart(tmp_path, "--detach")
        try:
            assert done.returncode == 0, done.stderr.decode()
            address = json.loads(done.stdout.splitlines()[-1])["http"]
            assert address.split(":")[-1] != "8080"
            with urllib.request.urlopen(address + "/readyz", timeout=5) as answer:
                assert json.load(answer)["status"] == "ready"
        finally:
            quickstart(tmp_path, "--stop")
