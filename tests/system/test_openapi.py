"""/openapi.json: a whole and valid description, and what really is answered is what it says."""
import json
import re
import socket
import subprocess
import urllib.parse

import jsonschema
import pytest
import servers
import serving
from documented import UNDOCUMENTED, headers_must_be_as_documented, is_time, must_be
from servers import wait_until
from serving import GTIN, NODE, OTHER_NODE, SKU, STYLE

pytestmark = pytest.mark.address
ROUTES = {  # contract: what there must be, reservations, picks and feed aside
    ("get", "/v1/items/{sku}"), ("get", "/v1/items"), ("get", "/v1/availability"), ("post", "/v1/availability"),
    ("get", "/v1/items/{sku}/locate"), ("get", "/v1/nearby"), ("get", "/v1/styles/{style}"), ("get", "/v1/nodes"),
    ("get", "/v1/nodes/{node}"), ("get", "/v1/nodes/{node}/stock"), ("get", "/healthz"), ("get", "/readyz"),
    ("get", "/metrics"), ("get", "/openapi.json")}

# What each route is asked here, all to be answered 200.
GOOD = {
    "getItem": [f"/v1/items/{SKU}", "/v1/items/no-stock", "/v1/items/no-document"],
    "findItems": [f"/v1/items?gtin={GTIN}", f"/v1/items?style={STYLE}&limit=1", "/v1/items?q=linen", "/v1/items?q=zzz"],
    "getAvailability": [f"/v1/availability?sku={SKU}", f"/v1/availability?sku={SKU}&limit=1",
                        f"/v1/availability?sku={SKU}&sku=nothing&node={NODE}&node=nowhere&node=no-document",
                        f"/v1/availability?style={STYLE}&node={NODE}&node=web",
                        f"/v1/availability?style={STYLE}&style=nothing&node={NODE}&summary=style&include=item",
                        f"/v1/availability?sku={SKU}&sku=nothing&node={NODE}&include=item",
                        f"/v1/availability?sku={SKU}&style=nothing&node={NODE}"],
    "locateItem": [f"/v1/items/{SKU}/locate?node={NODE}", f"/v1/items/no-stock/locate?node={NODE}",
                   f"/v1/items/{SKU}/locate?node=web", "/v1/items/no-document/locate?node=no-document"],
    "findNearby": [f"/v1/nearby?item={SKU}:2&lat=40.42&lon=-3.7",
                   f"/v1/nearby?item={SKU}:9&node={NODE}&k=1&max_km=0.5",
                   f"/v1/nearby?item={SKU}&item=nothing&node={NODE}&for=visit"],
    "getStyle": [f"/v1/styles/{STYLE}", f"/v1/styles/{STYLE}?node={NODE}&include=item", f"/v1/styles/{STYLE}?lat=40.4&lon=-3.7"],
    "listNodes": ["/v1/nodes", "/v1/nodes?limit=1", "/v1/nodes?lat=40&lon=-3",
                  f"/v1/nodes?node={NODE}&node=nowhere&node=web&lat=40&lon=-3"],
    "getNode": [f"/v1/nodes/{NODE}", "/v1/nodes/store-016", "/v1/nodes/web", "/v1/nodes/no-document"],
    "getNodeStock": [f"/v1/nodes/{NODE}/stock", f"/v1/nodes/{NODE}/stock?floor=2&zone=women",
                     f"/v1/nodes/{NODE}/stock?limit=1", "/v1/nodes/store-016/stock"],
    "healthz": ["/healthz"], "readyz": ["/readyz?strict=true", "/readyz"], "metrics": ["/metrics"], "openapi": ["/openapi.json"],
    "postAvailability": ["/v1/availability"],
}
BODIES = [{"pairs": [[SKU, NODE], ["nothing", "nowhere"]]}, {"skus": [SKU, "nothing"], "nodes": [NODE, OTHER_NODE]}]
# Parameters without which another makes no sense; and what a route needs one of.
COMPANIONS = {"summary": ["style", "node"], "lat": ["lon"], "lon": ["lat"], "zone": ["floor"], "wait_ms": ["after"]}
LISTS = {"findItems": "items", "listNodes": "nodes"}  # in the others it is called lines
ONE_OF = {"findItems": ["gtin", "style", "q", "sku"], "getAvailability": ["sku", "style"], "findNearby": ["node", "lat"]}


@pytest.fixture(scope="module")
def served(tmp_path_factory, kafka):
    shop = serving.Serving(tmp_path_factory.mktemp("openapi"), kafka, "openapi.",
                           {"http.requests_max": "40", "http.deadline": "1s"})
    try:
        yield shop.start()
    finally:
        shop.stop()


@pytest.fixture(scope="module")
def document(served):
    return served.get("/openapi.json").json


def operations(document):
    """Each with the parameters that are its own."""
    return [(method, path, {**operation, "parameters": [one for one in operation["parameters"] if "$ref" not in one]})
            for path, methods in document["paths"].items() for method, operation in methods.items()]


# --- the document ----------------------------------------------------------------------------------------------------

TEXT = {"type": "string", "minLength": 1}
SCHEMA = {"type": "object", "minProperties": 1}


def shape(required, optional=None):
    return {"type": "object", "required": list(required), "properties": {**required, **(optional or {})},
            "additionalProperties": False}


def each(value, name=".*"):
    return {"type": "object", "patternProperties": {f"^{name}$": value}, "additionalProperties": False,
            "minProperties": 1}


MEDIA = each(shape({"schema": SCHEMA}), r"[a-z+/]+(;.*)?")
RESPONSE = shape({"description": TEXT}, {"content": MEDIA, "headers": each(shape({"$ref": TEXT}))})
PARAMETER = shape({"name": TEXT, "in": {"enum": ["path", "query"]}, "description": TEXT, "schema": SCHEMA,
                   "example": {}}, {"required": {"const": True}, "explode": {"type": "boolean"},
                                    "allowReserved": {"const": True}})
IF_NONE_MATCH = {"$ref": "#/components/parameters/IfNoneMatch"}
OPERATION = shape(
    {"operationId": TEXT, "summary": TEXT, "tags": {"type": "array", "items": TEXT, "minItems": 1, "maxItems": 1},
     "parameters": {"type": "array", "items": {"anyOf": [PARAMETER, {"const": IF_NONE_MATCH}]}},
     "responses": each(RESPONSE, "[2345][0-9][0-9]")},
    {"description": TEXT, "security": {"const": []},
     "requestBody": shape({"required": {"const": True}, "content": MEDIA})})
OPENAPI = shape({  # that part of OpenAPI 3.1 that is used, and nothing beside it
    "openapi": {"const": "3.1.0"},
    "info": shape({"title": TEXT, "version": TEXT},
                  {"summary": TEXT, "description": TEXT, "license": shape({"name": TEXT}, {"identifier": TEXT})}),
    "security": {"const": [{}, {"bearer": []}, {"key": []}]},
    "tags": {"type": "array", "items": shape({"name": TEXT, "description": TEXT})},
    "servers": {"type": "array", "items": shape({"url": TEXT})},
    "paths": each({"type": "object", "propertyNames": {"enum": ["get", "post"]}, "minProperties": 1,
                   "additionalProperties": OPERATION}, "/.*"),
    "components": shape({
        "schemas": each(SCHEMA, r"[A-Za-z0-9._-]+"),
        "headers": each(shape({"schema": SCHEMA, "description": TEXT}, {"required": {"const": True}})), "responses": each(RESPONSE, r"[a-z_]+"),
        "parameters": shape({"IfNoneMatch": shape({"name": {"const": "If-None-Match"}, "in": {"const": "header"},
                                                   "description": TEXT, "schema": SCHEMA, "example": TEXT})}),
        "securitySchemes": shape({
            "bearer": shape({"type": {"const": "http"}, "scheme": {"const": "bearer"}, "description": TEXT}),
            "key": shape({"type": {"const": "apiKey"}, "in": {"const": "query"}, "name": {"const": "key"},
                          "description": TEXT})})})})


def references(value):
    if isinstance(value, dict):
        yield from [value["$ref"]] if "$ref" in value else []
        value = list(value.values())
    for inner in value if isinstance(value, list) else []:
        yield from references(inner)


def test_the_document_is_openapi(document):
    jsonschema.Draft202012Validator(OPENAPI).validate(document)
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    for _, path, operation in operations(document):
        for parameter in operation["parameters"]:
            jsonschema.Draft202012Validator.check_schema(parameter["schema"])
        in_path = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
        assert in_path == set(re.findall(r"\{(\w+)\}", path))
        names = [(parameter["in"], parameter["name"]) for parameter in operation["parameters"]]
        assert len(names) == len(set(names))
    identities = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(identities) == len(set(identities))


def test_the_document_is_told_by_its_etag(served):
    """Who has it already is told so, until the program changes."""
    whole = served.get("/openapi.json")
    etag = whole.headers["ETag"]
    assert re.fullmatch(r'"[0-9a-f]{16}"', etag) and whole.headers["Cache-Control"] == "public, max-age=5"
    for method in ("GET", "HEAD"):
        again = served.ask(method, "/openapi.json", headers={"If-None-Match": etag})
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", etag)
    assert served.ask("GET", "/openapi.json", headers={"If-None-Match": '"0"'}).body == whole.body


def test_every_reference_leads_somewhere_and_every_schema_is_led_to(document):
    used = set(references(document))
    for reference in used:
        value = document
        for name in reference.removeprefix("#/").split("/"):
            value = value[name]
    schemas = {reference.split("/")[-1] for reference in used if "/schemas/" in reference}
    assert schemas == set(document["components"]["schemas"])


def test_every_answer_with_an_etag_takes_if_none_match(document):
    for methods in document["paths"].values():
        for operation in methods.values():
            has_etag = "ETag" in operation["responses"]["200"].get("headers", {})
            assert (IF_NONE_MATCH in operation["parameters"]) == has_etag == ("304" in operation["responses"])
            assert operation["tags"][0] in [tag["name"] for tag in document["tags"]]


def in_one_language(schema):
    """A document's schema as answers have it: a text in place of a text or an object of languages."""
    if isinstance(schema, dict) and len(schema.get("oneOf", [])) == 2 and "propertyNames" in schema["oneOf"][1]:
        return {**schema["oneOf"][0], **{name: value for name, value in schema.items() if name != "oneOf"}}
    if isinstance(schema, dict):
        return {name: in_one_language(value) for name, value in schema.items()}
    return schema


def test_documents_are_typed_as_they_are_read(document):
    """Every field of `stockfold schema` is one of the answers', of the same type."""
    schemas = document["components"]["schemas"]
    for kind, name, key in (("item", "ItemFields", "sku"), ("node", "NodeFields", "id")):
        schema = json.loads(subprocess.run([servers.BUILD / "stockfold", "schema", kind], capture_output=True, check=True).stdout)
        assert set(schemas[name]["properties"]) == set(schema["properties"]) - {key}
        example = schema["examples"][0]
        must_be(document, schemas[name], example)
        for part, definition in schema["$defs"].items():
            assert json.dumps(in_one_language(definition)).replace("/$defs/", "/components/schemas/") == json.dumps(schemas[part])


def test_every_route_of_the_contract_is_there(document):
    assert {(method, path) for method, path, _ in operations(document)} == ROUTES
    assert {operation["operationId"] for _, _, operation in operations(document)} == set(GOOD)


def test_every_example_is_what_its_schema_says(document):
    schemas = document["components"]["schemas"]
    for schema in schemas.values():
        for example in schema.get("examples", []):
            must_be(document, schema, example)
    for _, _, operation in operations(document):
        for parameter in operation["parameters"]:
            must_be(document, parameter["schema"], parameter["example"])
        answers = [answer["schema"] for answer in operation["responses"]["200"]["content"].values()]
        assert all("examples" in schemas[answer["$ref"].split("/")[-1]] for answer in answers if "$ref" in answer)


# --- what is really answered -----------------------------------------------------------------------------------------

def must_be_as_documented(document, operation, answer):
    """Returns the problem's code, or None of an answer without one."""
    documented = operation["responses"][str(answer.status)]
    kind = answer.headers["Content-Type"]
    content = documented["content"][kind]
    if not kind.startswith("text/"):
        must_be(document, content["schema"], answer.json)
    headers_must_be_as_documented(document, documented, answer)
    return answer.json["code"] if kind == "application/problem+json" else None


def requests(operation):
    """(path, body) of everything in GOOD."""
    if operation["operationId"] == "postAvailability":
        return [(GOOD["postAvailability"][0], json.dumps(body).encode()) for body in BODIES]
    return [(path, None) for path in GOOD[operation["operationId"]]]


def ask(served, method, path, body=None):
    return served.ask(method.upper(), path, body, {"Content-Type": "application/json"} if body else {})


def test_every_route_answers_as_documented(served, document):
    for method, _, operation in operations(document):
        for path, body in requests(operation):
            answer = ask(served, method, path, body)
            assert answer.status == 200, (path, answer.body)
            must_be_as_documented(document, operation, answer)


def test_headers_of_answers_are_documented(served, document):
    """Those of an answer, of one that the client has already, and of a refusal, each with the request's own name."""
    for method, _, operation in operations(document):
        path, body = requests(operation)[0]
        named = {"X-Request-ID": "named", **({"Content-Type": "application/json"} if body else {})}
        answer = served.ask(method.upper(), path, body, named)
        whole = operation["responses"]["200"]
        assert (answer.status, answer.headers["X-Request-ID"]) == (200, "named")
        headers_must_be_as_documented(document, whole, answer)
        if "304" in operation["responses"]:
            again = served.ask(method.upper(), path, body, {**named, "If-None-Match": "*"})
            assert again.status == 304 and set(operation["responses"]["304"]["headers"]) == set(whole["headers"])
            assert set(again.headers.keys()) - UNDOCUMENTED == set(answer.headers.keys()) - UNDOCUMENTED
        refused = served.ask(method.upper(), path + ("&" if "?" in path else "?") + "nonsense=1", body, named)
        assert refused.headers["X-Request-ID"] == "named"
        headers_must_be_as_documented(document, operation["responses"]["400"], refused)


def test_what_it_was_not_asked_for_is_not_said(served):
    """A producer's own members never stand for ours, and none stands twice."""
    def once(pairs):
        assert len(pairs) == len(dict(pairs)), pairs
        return dict(pairs)
    for path in ("/v1/nodes/store-016", "/v1/items/no-stock", "/v1/nodes", "/v1/items?q=hat"):
        answer = json.loads(served.get(path).body, object_pairs_hook=once)
        assert is_time(answer["as_of"]) and answer["lag_ms"] >= 0
    assert served.get("/v1/nodes/store-016").json["extra"] == [1.5]


def filled(path, parameters):
    for parameter in parameters:
        if parameter["in"] == "path":
            path = path.replace("{%s}" % parameter["name"], urllib.parse.quote(parameter["example"], safe=""))
    return path


def pairs_of(served, parameter):
    examples = parameter["example"] if isinstance(parameter["example"], list) else [parameter["example"]]
    if parameter["name"] == "after":  # topics have a prefix here
        examples = [example.replace("stock.store", served.stockfold.topic("store")) for example in examples]
    return [(parameter["name"], example if isinstance(example, str) else json.dumps(example)) for example in examples]


def test_every_example_of_a_parameter_is_accepted(served, document):
    body = json.dumps(BODIES[0]).encode()
    for method, path, operation in operations(document):
        by_name = {parameter["name"]: parameter for parameter in operation["parameters"]}
        for name in by_name.keys() - {"cursor"}:
            wanted = {name, *COMPANIONS.get(name, [])}
            wanted |= {other for other, parameter in by_name.items() if "required" in parameter}
            choice = ONE_OF.get(operation["operationId"], [])
            if choice and not wanted & set(choice):
                wanted.add(choice[0])
            if operation["operationId"] == "getAvailability" and wanted & {"style", "node"}:
                wanted |= {"node"} if "summary" in wanted else {"sku", "node"}
            query = [pair for other in sorted(wanted) if by_name[other]["in"] == "query"
                     for pair in pairs_of(served, by_name[other])]
            target = filled(path, operation["parameters"]) + "?" + urllib.parse.urlencode(query)
            answer = ask(served, method, target, body if method == "post" else None)
            assert answer.status in (200, 404, 412), (target, answer.body)
            must_be_as_documented(document, operation, answer)


def test_a_number_may_have_an_exponent_as_programs_write_small_ones(served):
    assert served.get("/v1/nodes?lat=4.04e%2B1&lon=-1e-7").status == 200
    for wrong in ("1e", "e1", "nan", "0x1", "1e999"):
        assert served.get(f"/v1/nodes?lat={wrong}&lon=0").status == 400


def test_pages_follow_each_other(served, document):
    for method, path, operation in operations(document):
        if all(parameter["name"] != "cursor" for parameter in operation["parameters"]):
            continue
        first, = [path for path in GOOD[operation["operationId"]] if "limit=1" in path]
        pages, cursor = [], None
        while cursor or not pages:
            answer = served.get(first + (f"&cursor={cursor}" if cursor else "")).json
            cursor = answer["next"]
            pages.append(answer[LISTS.get(operation["operationId"], "lines")])
        whole = served.get(first.replace("limit=1", "limit=1000")).json
        assert len(pages) > 1
        assert [line for page in pages for line in page] == whole[LISTS.get(operation["operationId"], "lines")]


# --- problems --------------------------------------------------------------------------------------------------------

class Problems:
    """Which codes came of which operations, each held against the document."""

    def __init__(self, served, document):
        self.served, self.document, self.seen = served, document, {}

    def provoke(self, code, change=lambda path: path, only=lambda operation: True, body=None, before=lambda: None):
        """Asks every operation that documents the code, each after before(), until it is refused: what a shard said a
        moment ago may still be believed."""
        for method, _, operation in operations(self.document):
            if code not in documented_codes(operation) or not only(operation):
                continue
            path, good_body = requests(operation)[0]
            before()
            def refusal():
                answer = ask(self.served, method, change(path), body or good_body)
                return answer if answer.status >= 400 else None
            answer = wait_until(refusal, what=f"{path} refused")
            assert must_be_as_documented(self.document, operation, answer) == code, (path, answer.body)
            self.seen.setdefault(operation["operationId"], set()).add(code)

    def missing(self):
        return {(operation["operationId"], code) for _, _, operation in operations(self.document)
                for code in documented_codes(operation) - self.seen.get(operation["operationId"], set())}


def documented_codes(operation):
    return {code for response in operation["responses"].values()
            for kind, content in response.get("content", {}).items() if kind == "application/problem+json"
            for code in content["schema"]["properties"]["code"]["enum"]}


def with_query(query):
    return lambda path: path + ("&" if "?" in path else "?") + query


def test_every_documented_problem_can_be_met(served, document):
    problems = Problems(served, document)
    codes = set(document["components"]["responses"])
    unnamed = {"wrong_method", "unknown_route", "bad_gateway", "gateway_timeout"}  # of no operation
    assert codes - unnamed == set().union(*(documented_codes(operation) for _, _, operation in operations(document)))
    problems.provoke("malformed_request", with_query("%ff=1"))
    problems.provoke("wrong_parameter", with_query("nonsense=1"))
    problems.provoke("uri_too_long", with_query("key=" + "x" * 70000))
    problems.provoke("not_folded", with_query(f"after={served.stockfold.topic('store')}:0:99999999"))
    meet_the_unknown(problems)
    problems.provoke("malformed_body", body=b'{"pairs":[["a"]]}')
    problems.provoke("body_too_large", body=b" " * (9 << 20))
    meet_a_crowd(problems)
    meet_a_broken_view(problems)
    of_nginx = {"too_many_requests", "header_too_large", "unknown_encoding", "not_allowed", "unauthorized", "request_timeout",
                "internal_error", "unknown_version", "authorization_unavailable"}
    assert {code for _, code in problems.missing()} == of_nginx  # met in test_nginx_refusals.py, test_slow_senders.py


def meet_the_unknown(problems):
    changes = {
        "unknown_sku": lambda path: path.replace(SKU, "nothing"),
        "unknown_style": lambda path: path.replace(STYLE, "nothing").replace("gtin=" + GTIN, "style=nothing"),
        "unknown_node": lambda path: path.replace(NODE, "nowhere").replace("lat=40.42&lon=-3.7", "node=nowhere"),
    }
    others = ("getAvailability", "getStyle")
    for code, change in changes.items():
        problems.provoke(code, change, lambda operation: operation["operationId"] not in others)
    for operation_id, code, path in (
            ("getAvailability", "unknown_sku", "/v1/availability?sku=nothing"),
            ("getAvailability", "unknown_style", f"/v1/availability?style=nothing&node={NODE}"),
            ("getStyle", "unknown_style", "/v1/styles/nothing"),
            ("getStyle", "unknown_node", f"/v1/styles/{STYLE}?node=nowhere")):
        problems.provoke(code, lambda _, path=path: path, lambda operation: operation["operationId"] == operation_id)


def meet_a_crowd(problems):
    """More requests than are answered at once: those before do not read their answers."""
    served, crowd = problems.served, []
    body = json.dumps({"pairs": [[SKU, NODE]] * 10000}).encode()

    def is_full():
        crowd.append(socket.socket())
        crowd[-1].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        crowd[-1].connect(("127.0.0.1", served.nginx.port))
        crowd[-1].sendall(b"POST /v1/availability HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        return served.get("/v1/nodes").status == 503

    try:
        problems.provoke("too_busy", before=lambda: wait_until(is_full, what="a server that is full", every=0))
    finally:
        for connection in crowd:
            connection.close()
    wait_until(lambda: served.get("/v1/nodes").status == 200, what="room again")


def meet_a_broken_view(problems):
    served, client = problems.served, problems.served.redis.client()
    served.fold.kill()
    wait_until(lambda: served.get("/readyz?strict=true").status == 200, what="a view at rest")
    metas = {key: client.hgetall(key) for key in client.keys("sf:{*}:m")}
    for key in metas:
        client.hdel(key, "complete")
    problems.provoke("not_ready")
    for key in metas:
        client.hdel(key, "open")
    problems.provoke("view_rebuilding")
    for key in metas:
        client.set(key, "no hash")
    problems.provoke("view_broken")
    served.redis.pause()
    problems.provoke("too_slow")
    served.redis.resume()
    served.redis.kill()
    wait_until(lambda: served.get("/v1/nodes").json.get("code") == "view_unreachable", what="news of it")
    problems.provoke("view_unreachable")


def test_other_paths_and_methods_are_problems_too(served, document):
    """Last: by now nothing but the server itself is needed."""
    schema = {"$ref": "#/components/schemas/Problem"}
    for method, path, status, code in (("GET", "/v1/nothing", 404, "unknown_route"),
                                       ("DELETE", "/v1/nodes", 405, "wrong_method")):
        answer = served.ask(method, path)
        assert (answer.status, answer.json["code"]) == (status, code)
        must_be(document, schema, answer.json)
        assert answer.json["type"] == f"/openapi.json#/components/responses/{code}"
        assert code in document["components"]["responses"]
