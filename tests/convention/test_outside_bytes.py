"""Bytes from outside go to jansson in one file, which lets no zero byte through."""
import re

from tree import ROOT


def test_jansson_is_given_bytes_in_one_file():
    loaders = re.compile(r"\bjson_load(s|b|f|fd|_file|_callback)\(")
    using = {path.relative_to(ROOT).as_posix() for folder in ("src", "include") for path in (ROOT / folder).rglob("*.[ch]")
             if loaders.search(path.read_text())}
    assert using == {"src/codec/json_read.c"}
