"""nginx' other modules before, around and behind ours, all of them in one configuration: every answer is whole and right."""
import http.client
import json
import re

import pytest
import serving
from servers import Nginx, wait_until

PAIR = [serving.SKU, serving.NODE]
PAGE = """<!--# include virtual="/v1/items/{sku}" -->|<!--# include virtual="/stock/v1/items/no%20such%3Fsku" -->|\
<!--# include virtual="/v1/nodes/{node}" set="node" --><!--# echo var="node" encoding="none" -->|end"""
LOCATIONS = """
        location /stock/ { stockfold; }
        location /stock/v1/nodes/ { stockfold; }
        location = /stock/metrics { deny all; stockfold; }
        location = /open/metrics { stockfold; }
        location /if/ { if ($request_method = GET) { set $seen 1; } stockfold; }

        location /copied/ { mirror /copy; stockfold; }
        location = /copy { internal; rewrite ^ /v1/availability break; stockfold; }
        location /guarded/ { auth_request /permit; mirror /copy; stockfold; }
        location = /permit { internal; rewrite ^ /v1/nodes/store-014 break; stockfold; }

        location /old/ { rewrite ^/old/(.*)$ /v1/items/$1 break; stockfold; }
        location /where/ { rewrite ^/where/(.*)/(.*)$ /v1/items/$1/locate?node=$2 break; stockfold; }

        location /app/ { root FOLDER; default_type text/plain; try_files $uri @app; error_page 405 = @app; }
        location @app { rewrite ^/app/(.*)$ /$1 break; stockfold; }

        location /pages/ { root FOLDER; default_type text/html; ssi on; }
        location /gone/ { error_page 404 /v1/items/ZR-7745-M-BLK; return 404; }
        location /moved/ { error_page 404 = /v1/availability?sku=ZR-7745-M-BLK&node=store-014; return 404; }
"""

pytestmark = pytest.mark.address


@pytest.fixture(scope="module")
def served(tmp_path_factory, kafka):
    folder = tmp_path_factory.mktemp("modules")
    for name, text in (("pages/page.html", PAGE.format(sku=serving.SKU, node=serving.NODE)), ("app/file.txt", "a file")):
        (folder / name).parent.mkdir()
        (folder / name).write_text(text)
    folder.chmod(0o755)
    shop = serving.Serving(folder, kafka, "modules.")
    anchor = "        location = /metrics {"
    shop.nginx = Nginx(folder / "nginx", shop.stockfold,
                       changes={anchor: LOCATIONS.replace("FOLDER", str(folder)) + anchor})
    try:
        yield shop.start()
    finally:
        shop.stop()


def stock(answer):
    """An answer without what moves with the clock."""
    return {name: value for name, value in answer.json.items() if name not in ("as_of", "lag_ms")}


def post(served, path, pairs, chunked=False):
    """A body with a length, or in chunks."""
    body = json.dumps({"pairs": pairs}).encode()
    connection = http.client.HTTPConnection("127.0.0.1", served.nginx.port, timeout=60)
    connection.request("POST", path, iter([body[:50_000], body[50_000:]] if body[50_000:] else [body]) if chunked else body,
                       encode_chunked=chunked)
    with connection.getresponse() as answer:
        return serving.Answer(answer.status, answer.headers, answer.read())


def counted(served, route):
    metric = rf'^stockfold_http_requests_total\{{route="{route}",(?:code|status)="200"\}} (\d+)$'
    found = re.search(metric, served.get("/metrics").body.decode(), re.MULTILINE)
    return int(found[1]) if found else 0


@pytest.mark.parametrize("path", [
    "/v1/items/ZR-7745-M-BLK", "/v1/nodes/store-014", "/v1/items/ZR-7745-M-BLK/locate?node=store-014", "/v1/items/a%2Fb",
    "/v1/nothing", "/openapi.json", "/"])
def test_routes_stand_under_any_prefix(served, path):
    for prefix in ("/stock", "/if"):
        assert served.get(prefix + path).status == served.get(path).status
        assert stock(served.get(prefix + path)) == stock(served.get(path))


def test_what_is_a_location_of_its_own_keeps_its_rules(served):
    assert served.get("/stock/metrics").status == 403
    assert served.get("/stock/%6Detrics").status == 403
    assert served.get("/stock//metrics").status == 403
    assert served.get("/open/metrics").body.startswith(b"# HELP")
    assert served.get("/open/v1/nodes").status == 404


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize("pairs_n", [1, 3000, 9999])
@pytest.mark.parametrize("prefix", ["/copied", "/guarded", "/app"])
def test_bodies_that_others_read_are_answered_whole(served, prefix, pairs_n, chunked):
    answer = post(served, f"{prefix}/v1/availability", [PAIR] * pairs_n, chunked)
    assert answer.status == 200
    assert len(answer.json["lines"]) == pairs_n
    assert stock(answer) == stock(post(served, "/v1/availability", [PAIR] * pairs_n))


def test_copy_of_a_request_is_answered_too(served):
    before = counted(served, "postAvailability")
    post(served, "/guarded/v1/availability", [PAIR] * 3000)
    wait_until(lambda: counted(served, "postAvailability") == before + 2, what="the mirrored request")


def test_too_large_a_body_that_others_read_is_refused(served):
    answer = served.ask("POST", "/copied/v1/availability", b" " * (9 << 20))
    assert (answer.status, answer.json["code"]) == (413, "body_too_large")
    assert post(served, "/copied/v1/availability", [PAIR] * 20_000).json["code"] == "malformed_body"


def test_longest_body_that_others_read_is_answered(served):
    answer = served.ask("POST", "/copied/v1/availability", serving.escaped_pairs(10_000))
    assert answer.status == 200 and len(answer.json["lines"]) == 10_000


def test_rewritten_paths_are_encoded_again(served):
    for sku in ("ZR-7745-M-BLK", "no%20such%3Fsku%25", "%CE%BB"):
        assert stock(served.get(f"/old/{sku}")) == stock(served.get(f"/v1/items/{sku}"))
    located = served.get("/where/ZR-7745-M-BLK/store-014")
    assert located.status == 200
    assert stock(located) == stock(served.get("/v1/items/ZR-7745-M-BLK/locate?node=store-014"))


def test_files_stand_before_routes(served):
    assert served.get("/app/file.txt").body == b"a file"
    assert stock(served.get("/app/v1/nodes?limit=2")) == stock(served.get("/v1/nodes?limit=2"))


def test_page_holds_whole_answers(served):
    item = served.get(f"/v1/items/{serving.SKU}")
    for headers in ({}, {"If-None-Match": item.headers["ETag"]}, {"Accept-Encoding": "identity"}):
        page = served.get("/pages/page.html", **headers)
        first, unknown, node, end = page.body.decode().split("|")
        assert page.status == 200 and end == "end"
        assert json.loads(first)["sku"] == serving.SKU
        assert json.loads(unknown)["code"] == "unknown_sku"
        assert json.loads(node)["id"] == serving.NODE


def test_answer_in_an_errors_place_is_whole(served):
    item = served.get(f"/v1/items/{serving.SKU}")
    for headers in ({}, {"If-None-Match": item.headers["ETag"]}):
        gone = served.get("/gone/x", **headers)
        assert gone.status == 404 and stock(gone) == stock(item)
    moved = served.get("/moved/x")
    assert moved.status == 200
    assert stock(moved) == stock(served.get("/v1/availability?sku=ZR-7745-M-BLK&node=store-014"))
