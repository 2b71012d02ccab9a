"""The README says what the program and the tree say."""
import re
import subprocess

import pytest

from tree import BUILD, ROOT

TEXT = (ROOT / "README.md").read_text()


def test_reference_of_http_is_the_one_that_the_tables_give():
    reference = subprocess.run([BUILD / "stockfold", "reference"], capture_output=True, text=True, check=True).stdout
    written = re.search(r"^<!-- stockfold reference -->\n(.*)^<!-- end of stockfold reference -->$", TEXT,
                        re.MULTILINE | re.DOTALL)
    assert written and written[1] == reference, "put what `stockfold reference` prints between the two markers"


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\(([^)#:]+)\)", TEXT) +
                                            re.findall(r"`((?:deploy|config|src|tests)/[a-z0-9_./-]+)`", TEXT))))
def test_what_it_names_is_there(link):
    assert (ROOT / link).exists()


def test_headers_and_sources_in_reading_order_are_there():
    section = TEXT.split("## The source, in reading order")[1]
    folders = [ROOT, ROOT / "include/stockfold", *(path for path in (ROOT / "src").iterdir() if path.is_dir())]
    names = re.findall(r"`([\w/]+\.(?:[ch]|lua|py))`", section)
    assert names and not [name for name in names if not any((folder / name).exists() for folder in folders)]
