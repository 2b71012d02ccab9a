"""Judges that others wrote: of the OpenAPI document Redocly, openapi-typescript with tsc, and Schemathesis; of metrics and
alert rules promtool. The npm registry must be reachable the first time; where PyPI is not, Schemathesis is left out, and
that is said."""
import json
import os
import re
import subprocess
import sys

import pytest
import serving
from servers import ROOT
from serving import NODE, SKU

JUDGES = ROOT / "tests/judges"
LONG = bool(os.environ.get("STOCKFOLD_LONG"))
SECONDS = 120 if LONG else 30
NOWHERE = "http://127.0.0.1:1"


def run(*words, **more):
    """Its output, told when it fails."""
    done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **more)
    assert done.returncode == 0, done.stdout[-20000:]
    return done.stdout


def fetch(registry, **environment):
    return subprocess.run([JUDGES / "fetch", registry], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env={**os.environ, **environment})


def judges_of(registry):
    fetched = fetch(registry)
    if registry == "pypi" and fetched.returncode == 3:
        pytest.skip(fetched.stderr[-1000:])
    assert fetched.returncode == 0, fetched.stderr
    return fetched.stdout.strip()


@pytest.fixture(scope="module")
def served(tmp_path_factory, kafka):
    shop = serving.Serving(tmp_path_factory.mktemp("judges"), kafka, "judges.")
    try:
        yield shop.start()
    finally:
        shop.stop()


@pytest.fixture(scope="module")
def document(tmp_path_factory, served):
    path = tmp_path_factory.mktemp("document") / "openapi.json"
    path.write_text(json.dumps(served.get("/openapi.json").json, indent=1))  # as judges quote it
    return path


@pytest.fixture
def npm(tmp_path):
    """A folder in which programs find what was fetched."""
    (tmp_path / "node_modules").symlink_to(judges_of("npm") + "/node_modules")
    return tmp_path


@pytest.mark.parametrize("registry, unreachable", [
    ("npm", {"npm_config_registry": NOWHERE, "npm_config_fetch_retries": "0"}),
    ("pypi", {"PIP_INDEX_URL": NOWHERE, "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"})])
def test_without_a_network_it_is_said_what_is_missing(tmp_path, registry, unreachable):
    fetched = fetch(registry, XDG_CACHE_HOME=str(tmp_path), npm_config_cache=str(tmp_path / "npm"), **unreachable)
    assert fetched.returncode == 3 and "must be reachable the first time" in fetched.stderr, fetched.stderr
    assert not list((tmp_path / "stockfold").iterdir())


def test_redocly_finds_no_error_in_the_document(npm, document):
    lint = run(npm / "node_modules/.bin/redocly", "lint", document, "--extends=recommended", "--format=json", cwd=npm,
               env={**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"})
    problems = json.loads(lint[lint.index("{"):lint.rindex("}") + 1])["problems"]
    # Problems' codes are described in responses that no operation names.
    assert {problem["ruleId"] for problem in problems} <= {"no-unused-components"}


def test_a_generated_client_compiles_strictly_and_runs(npm, document, served):
    for name in ("client.ts", "tsconfig.json", "package.json"):
        (npm / name).write_bytes((JUDGES / name).read_bytes())
    programs = npm / "node_modules/.bin"
    run(programs / "openapi-typescript", document, "-o", npm / "api.ts", cwd=npm)
    run(programs / "tsc", "-p", npm, cwd=npm)
    assert json.loads(run("node", npm / "client.js", served.nginx.url, SKU, NODE)) == {
        "title": "Linen shirt", "price": "39.95 EUR", "monday": "00:00-24:00", "floor": "Second floor", "walk": 20,
        "shelf": "S3", "likely": 8, "statuses": ["in_stock", "unknown"], "available": [8], "nearest": NODE,
        "problem": "unknown_sku"}


def folded_message(served):
    """TOPIC:PARTITION:OFFSET of a message that every lookup has."""
    for topic in ("store", "warehouse", "ecommerce"):
        for partition in range(8):
            after = f"{served.stockfold.topic(topic)}:{partition}:0"
            if served.get("/v1/nodes", {"after": after}).status == 200:
                return after
    raise AssertionError("nothing is folded")


def test_schemathesis_finds_nothing_with_every_check(served, tmp_path):
    environment = {**os.environ, "PYTHONPATH": f"{judges_of('pypi')}:{JUDGES}", "SCHEMATHESIS_HOOKS": "schemathesis_rules",
                   "STOCKFOLD_AFTER": folded_message(served), "STOCKFOLD_NODE": NODE, "STOCKFOLD_SKU": SKU}
    # One worker: CPython 3.11 fails in Hypothesis with threads. A seed of its own where there is time to find more.
    seed = [] if LONG else ["--seed", "1"]
    said = run(sys.executable, "-m", "schemathesis.cli", "--no-color", "run", served.nginx.url + "/openapi.json",
               "--checks=all", f"--max-time={SECONDS}", "--continue-on-failure", "--workers=1",
               "--generation-database=none", *seed, cwd=tmp_path, env=environment)
    selected, there, tested = (int(number) for number in re.search(
        r"Selected: (\d+)/(\d+)\s+Tested: (\d+)", said).groups())
    assert selected == there == tested > 10, said


def test_promtool_finds_nothing_in_metrics_and_rules(served):
    served.get(f"/v1/items/{SKU}")
    run("promtool", "check", "metrics", input=served.get("/metrics").body.decode())
    assert "SUCCESS" in run("promtool", "check", "rules", ROOT / "deploy/alerts.yml")
