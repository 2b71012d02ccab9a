"""The README's "By hand", line by line, with a Kafka and a Redis of one's own."""
import re
import subprocess

import servers

README = (servers.ROOT / "README.md").read_text()


def lines_by_hand(bootstrap, redis_port, port):
    """As they stand there, but for the build, which is there, the port, and the two settings that one is told to set."""
    section = README.split("\n## By hand\n")[1].split("\n## ")[0]
    lines = [line.replace("127.0.0.1:8080", f"127.0.0.1:{port}")
             for line in re.findall(r"^    (.+)$", section, re.MULTILINE) if not line.startswith("cmake ")]
    config = next(i for i, line in enumerate(lines) if line.startswith("stockfold config "))
    lines.insert(config + 1, f"sed -i 's|^; bootstrap.servers.*|bootstrap.servers = {bootstrap}|; "
                             f"s|^; url = redis.*|url = redis://127.0.0.1:{redis_port}/0|; "
                             f"s|^; url = http.*|url = http://127.0.0.1:{port}|' stockfold.conf")
    nginx = next(i for i, line in enumerate(lines) if line.startswith("mkdir -p build/nginx"))
    lines.insert(nginx, f"sed -i 's|127.0.0.1:8080|127.0.0.1:{port}|' build/nginx.conf")
    return lines


def test_every_line_works(tmp_path, kafka):
    (tmp_path / "build").mkdir()
    for name in ("stockfold", "ngx_http_stockfold_module.so"):
        (tmp_path / "build" / name).symlink_to(servers.BUILD / name)
    for name in ("deploy", "config"):
        (tmp_path / name).symlink_to(servers.ROOT / name)
    redis = servers.Redis(tmp_path / "redis").start()
    lines = lines_by_hand(kafka.bootstrap, redis.port, servers.free_port())
    ends = ["trap 'kill %1; nginx -e stderr -p $PWD/build/nginx -c $PWD/build/nginx.conf -s quit' EXIT"]
    try:
        done = subprocess.run(["bash", "-ec", "\n".join(ends + lines)], cwd=tmp_path, capture_output=True, text=True,
                              stdin=subprocess.DEVNULL, timeout=300)
    finally:
        redis.stop()
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"status":"ready"' in done.stdout and '{"sku":"ZR-7745-M-BLK","node":"store-014"' in done.stdout
    assert "FAIL" not in done.stdout
