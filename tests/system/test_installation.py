"""What `cmake --install` puts where, and that it works from there."""
import os
import re
import subprocess

import pytest
import servers

NOWHERE = [word for setting in ("redis.url=redis://127.0.0.1:1/0", "kafka.bootstrap.servers=127.0.0.1:1", "topics.timeout=1s")
           for word in ("--set", setting)]
FILES = """bin/stockfold
lib/nginx/modules/ngx_http_stockfold_module.so
share/bash-completion/completions/stockfold
share/doc/stockfold/LICENSE
share/doc/stockfold/alerts.yml
share/doc/stockfold/grafana-dashboard.json
share/doc/stockfold/nginx.conf
share/doc/stockfold/redis.acl
share/doc/stockfold/stockfold.conf
share/man/man1/stockfold.1
share/man/man5/stockfold-events.5
share/man/man5/stockfold.conf.5
share/man/man7/stockfold-http.7
share/man/man7/stockfold-recipes.7""".split()


def install(*words, **environment):
    subprocess.run(["cmake", "--install", servers.BUILD, *words], check=True, capture_output=True,
                   env={**os.environ, **environment})


def files_in(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("staged", [False, True])
def test_program_module_pages_and_examples_are_installed_and_work(tmp_path, staged):
    prefix = tmp_path / "usr"
    root = tmp_path / "root" / prefix.relative_to("/") if staged else prefix
    install("--prefix", prefix, DESTDIR=str(tmp_path / "root") if staged else "")
    assert files_in(root) == FILES
    for name in FILES:
        assert ((root / name).stat().st_mode & 0o777) == (0o755 if name.startswith("bin/") else 0o644), name
    examples = root / "share/doc/stockfold"
    assert f"load_module {prefix}/lib/nginx/modules/" in (examples / "nginx.conf").read_text()

    program = root / "bin/stockfold"
    assert subprocess.run([program, "--version"], check=True, capture_output=True).stdout.startswith(b"stockfold ")
    said = subprocess.run([program, "--config", examples / "stockfold.conf", *NOWHERE, "check"], capture_output=True,
                          text=True).stdout
    assert f"ok    configuration {examples / 'stockfold.conf'}" in said
    for page in ("stockfold", "conf", "events", "http", "recipes"):
        text = subprocess.run([program, "help", page], check=True, capture_output=True, text=True).stdout
        for name in re.findall(r"`(?:config|deploy)/([a-z_.-]+)`", text):
            assert (examples / name).exists(), (page, name)
    for page in root.glob("share/man/man*/*"):
        assert page.read_text().startswith(f'.TH "{page.stem}" {page.suffix[1:]} '), page
    text = (examples / "nginx.conf").read_text().replace(f"{prefix}/lib", f"{root}/lib")
    (tmp_path / "nginx.conf").write_text(text.replace("/etc/stockfold", str(examples)))
    nginx = subprocess.run(["/usr/sbin/nginx", "-e", "stderr", "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf"],
                           capture_output=True, text=True)
    assert nginx.returncode == 0, nginx.stderr
