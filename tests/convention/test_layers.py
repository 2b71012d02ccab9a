"""Includes run one way, and each foreign library is seen by one layer."""
import re

import pytest

from tree import ROOT

# What each layer may include of the others. A layer always sees itself.
BELOW = {
    "core": (),
    "base": (),
    "codec": ("core", "base"),
    "store": ("codec", "core", "base"),
    "ingest": ("store", "codec", "core", "base"),
    "api": ("store", "codec", "core", "base"),
    "nginx": ("api", "store", "codec", "core", "base"),
    "cli": ("ingest", "api", "store", "codec", "core", "base"),
}
LIBRARIES = {"jansson.h": "codec", "hiredis/": "store", "lz4": "store", "librdkafka/": "ingest", "ini.h": "base",
             "curl/": "cli", "openssl/": "store", "utf8proc.h": "codec"}
# Of the C library, core sees what computes and nothing else.
CORE_SYSTEM = {"assert.h", "limits.h", "math.h", "stdbool.h", "stddef.h", "stdint.h", "string.h", "inttypes.h"}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)


def includes(layer):
    for folder in (ROOT / "include/stockfold" / layer, ROOT / "src" / layer):
        for path in sorted(folder.rglob("*.[ch]")):
            for bracket, name in INCLUDE.findall(path.read_text()):
                yield path.relative_to(ROOT), bracket, name


def test_every_folder_is_a_known_layer():
    for parent in (ROOT / "include/stockfold", ROOT / "src"):
        assert {p.name for p in parent.iterdir() if p.is_dir()} <= set(BELOW)


@pytest.mark.parametrize("layer", BELOW)
def test_layer_includes_only_those_below(layer):
    allowed = {layer, *BELOW[layer]}
    wrong = []
    for path, _, name in includes(layer):
        parts = name.split("/")
        if parts[0] == "stockfold" and parts[1] not in allowed or ".." in parts:
            wrong.append(f"{path}: {name}")
    assert not wrong


@pytest.mark.parametrize("layer", BELOW)
def test_foreign_library_is_seen_by_its_layer_only(layer):
    assert not [f"{path}: {name}" for path, _, name in includes(layer)
                for library, owner in LIBRARIES.items() if name.startswith(library) and owner != layer]


def test_core_sees_only_what_computes():
    assert not [f"{path}: {name}" for path, bracket, name in includes("core")
                if bracket == "<" and name not in CORE_SYSTEM]


def test_one_file_knows_how_many_servers_hold_the_view():
    assert [path.name for path in sorted((ROOT / "src").rglob("*.c"))
            if re.search(r"\bview(->|\.)(link|identity)\b", path.read_text())] == ["view.c"]
