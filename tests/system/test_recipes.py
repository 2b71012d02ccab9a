"""stockfold-recipes(7): its own lines, run as they stand there but for the names that they are given."""
import json
import os
import re
import subprocess
import time

import pytest
import reference
import servers
from test_publish import NODES, event, moment

TEXT = (servers.ROOT / "src/cli/manual/recipes.md").read_text()
S1, S2 = ({"floor": "2", "zone": "women", "shelf": shelf} for shelf in ("S1", "S2"))


def code(heading, begin):
    """What stands indented in that section, from the line that begins so on to the end of its block."""
    section = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    block = next(block for block in re.findall(r"(?:^ {4,}.*\n)+", section, re.MULTILINE) if block.lstrip().startswith(begin))
    return block


class Shell:
    """bash in the folder of a Stockfold, whose command line is `stockfold` there."""

    def __init__(self, stockfold):
        self.stockfold, self.folder = stockfold, stockfold.folder
        sections = {}
        for name, value in stockfold.settings.items():
            section, key = name.split(".", 1)
            sections.setdefault(section, []).append(f"{key} = {value}\n")
        (self.folder / "stockfold.conf").write_text("".join(f"[{name}]\n{''.join(rows)}" for name, rows in sections.items()))

    def run(self, text, status=0):
        environment = {**os.environ, "STOCKFOLD_CONFIG": str(self.folder / "stockfold.conf"),
                       "PATH": f"{self.stockfold.build}:{os.environ['PATH']}"}
        done = subprocess.run(["bash", "-c", text], cwd=self.folder, env=environment, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=120)
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def write(self, name, text):
        (self.folder / name).write_text(text)


@pytest.fixture
def shell(stockfold):
    stockfold.setup()
    stockfold.publish(*NODES)
    return Shell(stockfold)


def on_hand(stockfold):
    stockfold.fold_until_end()
    return {(record["sku"], record["node"]): record["on_hand"] for record in map(json.loads, stockfold.dump().splitlines())}


def load(shell, stock, written_at, status=0):
    """What the first load says of stock.csv, written so many seconds after the others."""
    shell.write("stock.csv", stock)
    os.utime(shell.folder / "stock.csv", (1796000000 + written_at,) * 2)
    return shell.run(code("First load, and going live without a gap", "cut -d,").replace("2026-11-30T02:00:00Z", moment(60)),
                     status)


def test_a_corrected_first_load_replaces_what_it_corrects(shell):
    shell.stockfold.publish(event("s", "sold", "A", minutes=30, qty=1))
    load(shell, "A,store-1,120\nB,store-1,7\nC,store-1,3\n", 0)
    assert on_hand(shell.stockfold) == {("A", "store-1"): 119, ("B", "store-1"): 7, ("C", "store-1"): 3}
    mended = "C,store-1,0\nA,store-1,90\nnew,web,5\nB,store-1,70\n"
    holds = {("A", "store-1"): 89, ("B", "store-1"): 70, ("C", "store-1"): 0, ("new", "web"): 5}
    for _ in range(2):
        load(shell, mended, 1)
        assert on_hand(shell.stockfold) == holds


def test_a_first_load_takes_decimals_of_whole_numbers_and_lines_of_windows(shell):
    load(shell, "A,store-1,5.0\r\nB,store-1,1.000\r\nC,store-1,-2\r\nD,store-1,007", 0)
    assert on_hand(shell.stockfold) == dict(zip(((sku, "store-1") for sku in "ABCD"), (5, 1, -2, 7)))


@pytest.mark.parametrize("line", ["B,store-1,1.5", '"B",store-1,5', "B,store-1", "B,store-1,5,6", "B,store-1,five",
                                  "B;store-1;5"])
def test_a_line_that_a_first_load_cannot_read_is_named_and_nothing_is_sent(shell, line):
    said = load(shell, f"A,store-1,5\n{line}\nC,store-1,5\n", 0, status=5).stderr
    assert f"2): expected sku,node,whole number: {line}\n" in said and "sent=" not in said


def test_lines_that_name_a_record_twice_are_told(shell):
    assert load(shell, "A,store-1,5\nB,store-1,5\nA,store-1,6\n", 0).stdout == "A,store-1\n"


def record_with_everything(sku, node):
    """Two numbers without a place, a place below 0, a zone as such, and all states; by a source each."""
    more = [("received", {"qty": 10, "place": S1}), ("received", {"qty": 5}), ("sold", {"qty": 3}),
            ("sold", {"qty": 2, "place": S2}), ("received", {"qty": 4, "place": {"floor": "2", "zone": "women"}}),
            *(("received", {"qty": qty, "state": state}) for qty, state in
              ((1, "damaged"), (2, "quality_hold"), (3, "staged")))]
    return [event(f"{sku}-{node}-{n}", kind, sku, node, **fields) for n, (kind, fields) in enumerate(more)]


def numbers(record):
    """Without the names and who saw it when."""
    shelves = [{key: value for key, value in place.items() if key not in ("seen_at", "seen_by")} for place in record["places"]]
    return {**record, "places": shelves, "as_of": None, "sku": None, "node": None}


@pytest.mark.parametrize("begin,names,old,new", [
    ("stockfold publish new-item", {"OLD-SKU": "old", "NEW-SKU": "new"}, ("old", "store-1"), ("new", "store-1")),
    ("stockfold publish new-node", {"old-id": "store-1", "new-id": "bare"}, ("old", "store-1"), ("old", "bare"))])
def test_what_is_renamed_counts_on_as_it_did_before(shell, begin, names, old, new):
    stockfold = shell.stockfold
    shell.write("new-item.ndjson", '{"sku":"new"}\n')
    shell.write("new-node.ndjson", json.dumps(NODES[1]) + "\n")
    shell.write("move.jq", code("Renaming", "{source:"))
    twin = ("twin", "web")  # is not renamed
    stockfold.publish({"sku": "old"}, *record_with_everything(*old), *record_with_everything(*twin))
    stockfold.fold_until_end()
    recipe = code("Renaming", begin)
    for name, value in names.items():
        recipe = recipe.replace(name, value)
    shell.run(recipe)
    stockfold.fold_until_end()
    was, = stockfold.show(*twin)
    assert was["unplaced"] == 5 and was["undrawn"] == 3
    gone, = stockfold.show(*old)
    renamed, = stockfold.show(*new)
    assert gone["on_hand"] == 0 and gone["places"] == [] and numbers(renamed) == numbers(was)
    # The next count of the shelf finds the same on both.
    later = reference.format_time(int(time.time() * 1000) + 60000)
    stockfold.publish(*({**event(f"c-{sku}-{node}", "counted", sku, node, scope="place", place=S1, qty=7), "time": later}
                        for sku, node in (new, twin)))
    stockfold.fold_until_end()
    (renamed,), (was,) = stockfold.show(*new), stockfold.show(*twin)
    assert numbers(renamed) == numbers(was) and was["undrawn"] == 0


def test_two_systems_that_agree_but_for_one_record_differ_in_that_line_alone(shell):
    skus = ["b", "B", "a-1", "a_1", "Ä", "10", "9"]
    shell.stockfold.publish(*(event(f"r-{sku}", "received", sku, qty=5) for sku in skus),
                            event("z", "received", "zero", qty=5), event("y", "sold", "zero", qty=5))
    shell.stockfold.fold_until_end()
    theirs = ["closed,store-9,0\r", *(f"{sku},store-1,5.0\r" for sku in skus)]
    shell.write("theirs.csv", "\n".join(theirs) + "\n")
    recipe = code("Reconciling", "stockfold dump | jq -r")
    assert shell.run(recipe).stdout == ""
    shell.write("theirs.csv", "\n".join(theirs).replace("a_1,store-1,5.0", "a_1,store-1,6") + "\n")
    told = [line for line in shell.run(recipe, status=1).stdout.splitlines() if line[0] in "<>"]
    assert told == ["< a_1,store-1,5", "> a_1,store-1,6"]


def test_a_view_is_waited_for_until_it_serves(shell):
    nginx = servers.Nginx(shell.folder / "nginx", shell.stockfold)
    try:
        nginx.start()
        wait = code("First load, and going live without a gap", "curl -sf").replace("http://127.0.0.1:8080", nginx.url)
        said = shell.run(f"stockfold fold 2> fold.log & {wait.strip()}; status=$?; kill %1; wait; exit $status").stdout
    finally:
        nginx.stop()
    assert json.loads(said)["status"] == "ready"
