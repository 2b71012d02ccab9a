"""The top level is exactly this, and files that start with a dot."""
from tree import ROOT

EXPECTED = {"CMakeLists.txt", "README.md", "LICENSE", "src", "include", "config", "bench", "tests", "deploy"}


def test_top_level_is_exactly_as_designed():
    there = {p.name for p in ROOT.iterdir() if not p.name.startswith((".", "build"))}
    assert there == EXPECTED
