"""Where the source tree and the build are, for the tests of conventions."""
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("STOCKFOLD_BUILD", ROOT / "build"))


def files():
    """Every file of the tree, without builds and hidden folders."""
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(f for f in folders if not f.startswith((".", "build", "__pycache__")))
        for name in sorted(names):
            yield pathlib.Path(folder, name)
