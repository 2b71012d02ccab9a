"""C is as .clang-format has it. One release of the formatter judges: the next one breaks some lines elsewhere."""
import re
import shutil
import subprocess

import pytest

from tree import ROOT, files

FORMATTER = "14"  # Debian 12's


def version():
    if not shutil.which("clang-format"):
        return None
    said = subprocess.run(["clang-format", "--version"], check=True, capture_output=True, text=True).stdout
    return re.search(r"version (\d+)", said)[1]


@pytest.mark.skipif(version() != FORMATTER, reason=f"clang-format {FORMATTER} is not installed")
def test_c_is_formatted():
    sources = [path.relative_to(ROOT) for path in files() if path.suffix in (".c", ".h")]
    done = subprocess.run(["clang-format", "--dry-run", "--Werror", *sources], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stderr}\n`clang-format -i FILE` mends it"
