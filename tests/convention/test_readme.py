"""The README says what the program and the tree say."""
import re
import subprocess

import pytest

from tree import BUILD, ROOT, files

TESTS = ("system", "core/support", "api")  # where the pages name files without their folder
TEXT = (ROOT / "README.md").read_text()


def stockfold(*words):
    return subprocess.run([BUILD / "stockfold", *words], capture_output=True, text=True, check=True).stdout


def test_it_is_read_in_one_go():
    assert len(TEXT.splitlines()) <= 250, "recipes and whole documents belong into the manual, src/cli/manual"


def test_its_first_screen_has_the_two_commands():
    first = TEXT.splitlines()[:45]
    assert "    deploy/quickstart" in first and any(line.startswith("    tests/run ") for line in first)


def test_types_of_events_and_routes_are_all_named():
    types = re.findall(r"^\| `(\w+)` \|", stockfold("reference", "event").split("\n\n")[0], re.MULTILINE)
    said = " ".join(TEXT.split()).split(" Types are ")[1].split("Order makes")[0]
    assert sorted(re.findall(r"`(\w+)`", said)) == sorted(types)
    routes = set(re.findall(r"^\| `\w+ (?:/v1/)?(\S+)` \|", stockfold("reference", "http"), re.MULTILINE))
    assert routes - {"/openapi.json"} <= set(re.findall(r"`([a-z/{}]+)`", TEXT))


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", TEXT) +
                                            re.findall(r"`((?:deploy|config|src|tests)/[a-z0-9_./-]+)`", TEXT))))
def test_what_it_names_is_there(link):
    assert (ROOT / link).exists()


def test_headers_and_sources_in_reading_order_are_there():
    section = TEXT.split("## The source, in reading order")[1]
    folders = [ROOT, ROOT / "include/stockfold", *(path for path in (ROOT / "src").iterdir() if path.is_dir())]
    names = re.findall(r"`([\w/]+\.(?:[ch]|lua|py))`", section)
    assert names and not [name for name in names if not any((folder / name).exists() for folder in folders)]


@pytest.mark.parametrize("page", [path for path in files() if path.name == "README.md" and path.parent != ROOT],
                         ids=lambda path: str(path.relative_to(ROOT)))
def test_files_that_the_page_of_a_folder_names_are_there(page):
    text = page.read_text()
    places = (page.parent, ROOT, ROOT / "src", ROOT / "include/stockfold", *(ROOT / "tests" / folder for folder in TESTS))
    names = re.findall(r"`([a-z0-9_./-]+\.(?:c|h|lua|def|py|json|yml|conf))`", text) + re.findall(r"\]\(([^)#:]+)\)", text)
    assert names and not [name for name in names if not any((place / name).exists() for place in places)]
