"""Files stand on floors: none calls, over whatever others, one that calls it. A file is a source with its header."""
import collections
import re

from c_functions import functions_called_in, functions_defined_in
from tree import ROOT

# Calls that may run back up, each with what it is needed for.
ALLOWED = {
    ("src/api/route", "src/api/call"): "a parameter that is wrong is a call's problem; values and problems are one file",
    ("src/core/record", "src/core/count"): "one table says what each type of event does to a record; counts are most of it",
    ("src/nginx/body", "src/nginx/exchange"): "nginx calls back when a body is whole, and the exchange goes on",
    ("src/nginx/respond", "src/nginx/exchange"): "nginx calls back when a part is sent, and the exchange goes on",
    ("src/nginx/parking", "src/nginx/worker"): "Redis calls back with watermarks, and requests that waited go on",
    ("src/nginx/nodes", "src/nginx/worker"): "Redis calls back with the nodes, and the worker begins to answer",
}

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def circles(arrows):
    """Groups of names that reach each other, as sorted tuples (Tarjan's strongly connected components)."""
    index, low, stack, found = {}, {}, [], []

    def visit(name):
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in arrows.get(name, ()):
            if other not in index:
                visit(other)
            if other in stack:
                low[name] = min(low[name], low[other])
        if low[name] == index[name]:
            at = stack.index(name)
            found.append(tuple(sorted(stack[at:])))
            del stack[at:]

    for name in sorted(arrows):
        if name not in index:
            visit(name)
    return [group for group in found if len(group) > 1]


def call_arrows():
    """From a file to those whose functions it calls, with these; a function that several files define is left out."""
    texts, homes, arrows = collections.defaultdict(str), collections.defaultdict(set), {}
    for path in sorted((ROOT / "src").rglob("*.[ch]")):
        texts[str(path.relative_to(ROOT).with_suffix(""))] += path.read_text()
    for file, text in texts.items():
        for name in functions_defined_in(text):
            homes[name].add(file)
    for file, text in texts.items():
        arrows[file] = collections.defaultdict(set)
        for name in functions_called_in(text):
            if len(homes[name]) == 1 and file not in homes[name]:
                arrows[file][next(iter(homes[name]))].add(name)
    return arrows


def include_arrows():
    headers = {path.relative_to(ROOT) for folder in ("src", "include") for path in (ROOT / folder).rglob("*.h")}
    arrows = {}
    for path in headers:
        names = INCLUDE.findall((ROOT / path).read_text())
        arrows[str(path)] = {str(other) for name in names for other in (path.parent / name, path.parents[-2] / name)
                             if other in headers}
    return arrows


def test_circles_are_found():
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set()}) == [("b", "c")]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_file_calls_one_that_calls_it():
    arrows = call_arrows()
    for upper, lower in ALLOWED:
        assert arrows[upper].pop(lower, None), f"{upper} does not call {lower} any more: take it off the list"
    tied = [(file, other, sorted(names)) for group in circles(arrows) for file in group
            for other, names in arrows[file].items() if other in group]
    assert not tied


def test_no_header_includes_one_that_includes_it():
    assert circles(include_arrows()) == []


def test_every_allowed_call_closes_a_circle():
    arrows = call_arrows()
    groups = circles(arrows)
    assert not [pair for pair in ALLOWED if not any(set(pair) <= set(group) for group in groups)]
