"""The README says what the program and the tree say."""
import re
import subprocess

import pytest

from tree import BUILD, ROOT, files

TESTS = ("system", "core/support", "api")  # where the pages name files without their folder
TEXT = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("words", (["reference"], ["reference", "event"]), ids=" ".join)
def test_references_are_those_that_the_tables_give(words):
    reference = subprocess.run([BUILD / "stockfold", *words], capture_output=True, text=True, check=True).stdout
    marker = "stockfold " + " ".join(words)
    written = re.search(rf"^<!-- {marker} -->\n(.*)^<!-- end of {marker} -->$", TEXT, re.MULTILINE | re.DOTALL)
    assert written and written[1] == reference, f"put what `{marker}` prints between the two markers"


def test_bounds_of_events_are_those_of_the_header():
    header = (ROOT / "include/stockfold/core/bounds.h").read_text()
    bounds = {name.lower(): int(number) for name, number in
              re.findall(r"BOUND_(\w+)(?: = | INT64_C\()(\d+)", header)}
    names = ("source", "sku", "node", "reservation", "place_component")
    assert bounds["id"] == bounds["ref"] and len({bounds[name] for name in names}) == 1
    said = (f"In bytes, `id` and `ref` have up to {bounds['id']}, `reason` {bounds['reason']}, `source`, `sku`, `node`, "
            f"`reservation` and every component of a place {bounds['sku']}; a count has up to {bounds['lines']:,} lines, "
            f"a quantity goes to {bounds['qty']:,}.")
    assert said in " ".join(TEXT.split()) and bounds["seq"] == 2 ** 53 - 1 and "0 to 2⁵³ − 1" in TEXT


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
