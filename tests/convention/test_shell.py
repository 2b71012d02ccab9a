"""Every shell script parses, passes shellcheck and can be run."""
import os
import re
import shutil
import subprocess

import pytest

from tree import ROOT, files

SHEBANG = re.compile(rb"#!\s*/(usr/)?bin/(env )?(ba)?sh\b")


def scripts():
    for path in files():
        if path.is_file():
            with path.open("rb") as file:
                if SHEBANG.match(file.readline()):
                    yield str(path.relative_to(ROOT))


@pytest.mark.parametrize("script", scripts())
def test_script_parses_and_can_be_run(script):
    subprocess.run(["bash", "-n", ROOT / script], check=True)
    assert os.access(ROOT / script, os.X_OK)


@pytest.mark.skipif(not shutil.which("shellcheck"), reason="shellcheck is not installed")
@pytest.mark.parametrize("script", scripts())
def test_script_passes_shellcheck(script):
    found = subprocess.run(["shellcheck", "-x", script], cwd=ROOT, capture_output=True, text=True)
    assert found.returncode == 0, found.stdout
