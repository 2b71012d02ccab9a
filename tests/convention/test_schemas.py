"""`stockfold schema` takes what is read, and refuses what is refused as far as JSON Schema can say it."""
import json
import re
import subprocess

import jsonschema
import pytest

from tree import BUILD, ROOT

CASES = ROOT / "tests/codec/cases"
# What JSON Schema does not know: bytes, characters that leave nothing on the screen, how a number is written, and rules
# between two values.
BEYOND_A_SCHEMA = re.compile("_invisible|_in_bytes$|_(exponent|whole_fraction|fraction)$|_to_(itself|the_same)|of_another_state$|"
                             "/line_|sku_(braille|byte_order|combining|hangul|line_separator|noncharacter|right_to_left|"
                             "soft_hyphen|tag|variation|word_joiner|zero_width)|counted_zone_without_zone")


def printed(*arguments):
    return json.loads(subprocess.run([BUILD / "stockfold", "schema", *arguments], capture_output=True, check=True).stdout)


def validator(kind):
    schema = printed(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


EVENT = validator("event")


def stem(path):
    return f"{path.parent.name}/{path.stem}"


@pytest.mark.parametrize("case", sorted(CASES.glob("valid/*.json")), ids=stem)
def test_every_event_that_is_read_is_one_of_the_schema(case):
    EVENT.validate(json.loads(case.read_bytes()))


def is_refused(case):
    try:
        return not EVENT.is_valid(json.loads(case.read_bytes()))
    except ValueError:
        return True


def test_an_event_that_is_refused_is_none_of_the_schema_where_a_schema_can_say_so():
    cases = [case for reason in ("missing_field", "wrong_type", "out_of_range", "unknown_type")
             for case in CASES.glob(f"refused/{reason}/*.json")]
    assert len(cases) > 190
    assert not [stem(case) for case in cases if not is_refused(case) and not BEYOND_A_SCHEMA.search(stem(case))]


@pytest.mark.parametrize("kind", ("event", "item", "node"))
def test_the_example_is_whole(kind):
    """It is valid, and has every field that there is of its kind (of an event: of its type)."""
    schema, example = printed(kind), printed("--example", kind)
    jsonschema.Draft202012Validator(schema).validate(example)
    assert schema["examples"] == [example]
    whole = schema
    if kind == "event":
        whole, = [one for one in schema["oneOf"] if one["title"] == example["type"]]
        assert set(whole["properties"]) - set(example) == {"qty", "state"}  # beside lines
    else:
        assert set(whole["properties"]) == set(example)


@pytest.mark.parametrize("kind", ("event", "item", "node"))
def test_every_field_has_a_type(kind):
    def look(schema, path):
        for name, field in schema.get("properties", {}).items():
            assert set(field) & {"type", "$ref", "oneOf", "const"}, f"{path}.{name}"
            look(field, f"{path}.{name}")
    schema = printed(kind)
    for one in [schema, *schema.get("oneOf", [])]:
        look(one, kind)
    for name, one in schema["$defs"].items():
        look(one, name)


@pytest.mark.parametrize("kind,field,value", [
    ("item", "sku", None), ("item", "sku", " a"), ("item", "gtin", "123"), ("item", "color_hex", "#12345"),
    ("item", "price", {"amount": "1.", "currency": "EUR"}), ("item", "price", {"amount": "1"}), ("item", "title", "a\nb"),
    ("item", "promotion", {"ends": 1}), ("item", "safety_stock", {"nodes": {"a": -1}}), ("item", "attributes", []),
    ("node", "kind", "shop"), ("node", "lat", 91), ("node", "hours", {"monday": []}), ("node", "hours", {"mon": ["9:00-10:00"]}),
    ("node", "days", {"24.12.": []}), ("node", "days", {"2026-12-24": ["10:00"]}), ("node", "gln", "1"),
    ("node", "pickup", {"lead_minutes": 0.5}), ("node", "floors", [{"name": "a"}]), ("node", "zones", {}),
    ("node", "floors", [{"floor": "1", "features": [{"kind": "door"}]}])])
def test_a_document_with_a_wrong_field_is_refused(kind, field, value):
    assert not validator(kind).is_valid({**printed("--example", kind), field: value})
