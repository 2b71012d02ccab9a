"""Answers held against what /openapi.json says of them."""
import datetime
import re

import jsonschema

# Of nginx, and for pages of other origins (CORS): what a client's program does not look at. Allow stands with 405 alone,
# which is of no operation.
UNDOCUMENTED = {"Server", "Date", "Content-Type", "Content-Length", "Content-Encoding", "Transfer-Encoding", "Connection",
                "Access-Control-Allow-Origin", "Access-Control-Expose-Headers", "Allow"}


def is_time(text):
    return re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", text) and \
        datetime.datetime.fromisoformat(re.sub(r"\.\d+", "", text).replace("Z", "+00:00")) is not None


FORMATS = jsonschema.FormatChecker(formats=())
FORMATS.checks("date-time", ValueError)(lambda text: not isinstance(text, str) or bool(is_time(text)))


def must_be(document, schema, value):
    """The value, held against a schema of the document."""
    root = {**schema, "components": document["components"]}
    jsonschema.Draft202012Validator(root, format_checker=FORMATS).validate(value)


def headers_must_be_as_documented(document, documented, answer):
    """All that are always there, and no others but UNDOCUMENTED."""
    headers, names, seen = document["components"]["headers"], set(documented["headers"]), set(answer.headers.keys())
    assert {name for name in names if "required" in headers[name]} <= seen
    assert seen - names <= UNDOCUMENTED
    for name in names & seen:
        value = answer.headers[name]
        must_be(document, headers[name]["schema"], int(value) if headers[name]["schema"]["type"] == "integer" else value)
