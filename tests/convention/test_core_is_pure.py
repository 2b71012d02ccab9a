"""core does no I/O, allocates nothing and reads no clock: its objects need nothing but one another and these."""
import re
import subprocess

from tree import BUILD

HARMLESS = re.compile(r"(mem|str)[a-z]*|__(mem|str)[a-z]*_chk|__assert_fail|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|"
                      r"(a?(sin|cos|tan)|sincos|atan2|sqrt|hypot|floor|ceil|round|l?lround|fabs|fmin|fmax|exp2)")
ALLOCATING = {"strdup", "strndup"}


def symbols(option):
    lines = subprocess.run(["nm", option, BUILD / "libstockfold_core.a"], capture_output=True, text=True, check=True)
    return {line.split()[-1] for line in lines.stdout.splitlines() if line.strip() and not line.endswith(":")}


def test_core_needs_nothing_that_does_io_allocates_or_reads_a_clock():
    needed = symbols("--undefined-only") - symbols("--defined-only")
    assert not {name for name in needed if not HARMLESS.fullmatch(name) or name in ALLOCATING}
