"""The manual: its tables are the program's, its pages are as man wants them, and what it names is there."""
import re
import subprocess
import textwrap

import pytest

from tree import BUILD, ROOT

FOLDER = ROOT / "src/cli/manual"
PAGES = {"stockfold": 1, "conf": 5, "events": 5, "http": 7, "recipes": 7}
WRITTEN = sorted(FOLDER.glob("*.md"))
PART = re.compile(r"^<!-- (stockfold (.+)) -->\n(.*?)^<!-- end of \1 -->$", re.MULTILINE | re.DOTALL)


def stockfold(*words):
    return subprocess.run([BUILD / "stockfold", *words], capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("page", WRITTEN, ids=lambda path: path.stem)
def test_tables_and_examples_are_those_that_the_program_gives(page):
    text = page.read_text()
    assert len(PART.findall(text)) * 2 == len(re.findall("<!--", text))
    for _, words, part in PART.findall(text):
        given = stockfold(*words.split())
        given = textwrap.indent(given, "    ") if "--example" in words else given
        assert part == given, f"put what `stockfold {words}` prints between its markers"


def test_every_reference_stands_in_a_page():
    named = re.search(r"^usage: .* reference \[(.*)\]$", stockfold("help", "reference"), re.MULTILINE)[1]
    there = {words for page in WRITTEN for _, words, _ in PART.findall(page.read_text())}
    assert {f"reference {name}" for name in named.split("|")} <= there


@pytest.mark.parametrize("page", PAGES)
def test_page_is_as_man_wants_it(page):
    done = subprocess.run(["groff", "-ww", "-z", "-man", "-Kutf8", "-Tutf8"], input=stockfold("man", page), capture_output=True,
                          text=True, check=True)
    assert done.stderr == ""


@pytest.mark.parametrize("page", PAGES)
def test_nothing_of_markdown_is_left_in_a_page(page):
    text = stockfold("man", page)
    assert not re.search(r"`|\*\*|<!--|^#+ [A-Z]|^\||\]\(", re.sub(r"^\.nf\n.*?^\.fi$", "", text, flags=re.MULTILINE | re.DOTALL),
                         re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_page_is_built_where_man_looks(page):
    title = page if page == "stockfold" else f"stockfold{'.' if page == 'conf' else '-'}{page}"
    built = BUILD / f"man/man{PAGES[page]}/{title}.{PAGES[page]}"
    assert built.read_text() == stockfold("man", page)


def test_help_prints_a_page_without_what_marks_its_tables():
    written = (FOLDER / "http.md").read_text()
    assert stockfold("help", "http") == "".join(line for line in written.splitlines(keepends=True) if line[:4] != "<!--")


@pytest.mark.parametrize("page", WRITTEN, ids=lambda path: path.stem)
def test_settings_commands_options_and_files_that_a_page_names_are_there(page):
    text = page.read_text()
    settings = set(re.findall(r"^\| `([a-z_.]+) = ", stockfold("help", "conf"), re.MULTILINE))
    sections = r"(?:topics|redis|view|fold|availability|promise|http|log)"
    named = set(re.findall(rf"`{sections}\.([a-z_]+)`", text))
    assert named <= settings, named - settings
    for command, option in re.findall(r"stockfold (?:--config \S+ )?([a-z-]+)((?: --[a-z-]+)*)", text):
        if command not in ("reference", "openapi"):
            told = stockfold("help", command)
            assert all(f"{word}" in told for word in option.split()), (command, option)
    assert all((ROOT / name).exists() for name in re.findall(r"`((?:config|deploy)/[a-z_./-]+)`", text))
