"""An assertion that something ended in time asks the yardstick, which knows how busy the machine was meanwhile."""
import re

from tree import ROOT

CLOCK = re.compile(r"\bassert\b.*\b(monotonic|perf_counter|time\.time)\b.*<")


def test_no_assertion_holds_a_clock_against_a_number():
    wrong = [f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
             for path in sorted((ROOT / "tests/system").glob("test_*.py"))
             for number, line in enumerate(path.read_text().splitlines(), 1) if CLOCK.search(line)]
    assert not wrong, "use yardstick.must_be_within() or .slowness()"
