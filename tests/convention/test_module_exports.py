"""nginx, its other modules and ours share one process: it sees of ours what it asks for, and nothing else."""
import subprocess

from tree import BUILD


def test_module_shows_nginx_three_names():
    module = BUILD / "ngx_http_stockfold_module.so"
    symbols = subprocess.run(["nm", "-D", "--defined-only", "--format=just-symbols", module],
                             check=True, capture_output=True, text=True)
    assert sorted(symbols.stdout.split()) == ["ngx_module_names", "ngx_module_order", "ngx_modules"]
