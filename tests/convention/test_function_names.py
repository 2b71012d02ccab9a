"""A function's name stands in one file of src/ and include/, static or not: a breakpoint or a grep finds one."""
import collections

from c_functions import functions_called_in, functions_defined_in
from tree import ROOT


def files_by_function():
    files = collections.defaultdict(set)
    for folder in ("src", "include"):
        for path in (ROOT / folder).rglob("*.[ch]"):
            for name in functions_defined_in(path.read_text()):
                files[name].add(str(path.relative_to(ROOT)))
    return files


def test_every_function_name_stands_in_one_file():
    several = {name: sorted(files) for name, files in files_by_function().items() if len(files) > 1}
    assert not several


def test_definitions_are_told_from_declarations_and_calls():
    text = """
static int first(struct str text); /* static int comment(void) { */
static const struct str *second(int a,
                                void (*fn)(int))
{
    third("{", a);
}
struct str *fourth(const char *text) WARN_UNUSED;
static inline bool fifth(void) { return true; }
"""
    assert list(functions_defined_in(text)) == ["second", "fifth"]
    assert functions_called_in(text) - {"void"} == {"third"}
