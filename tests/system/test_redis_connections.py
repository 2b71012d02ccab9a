"""Ways to reach Redis: TLS, a socket of the file system, a password that stands in no command line; for the fold, the
command line and nginx alike."""
import certificates
import pytest
import servers
import serving


class SecuredRedis(servers.Redis):
    """Over TLS, with clients' certificates, or its socket; everybody needs the password."""

    PASSWORD = "s3cr3t/pass"

    def __init__(self, folder):
        super().__init__(folder)
        self.tls_port, self.socket = servers.free_port(), self.folder / "socket"
        certificates.make(self.folder, "redis.test")
        self.options.update({
            "requirepass": self.PASSWORD, "unixsocket": self.socket, "tls-port": self.tls_port,
            "tls-cert-file": self.folder / "server.crt", "tls-key-file": self.folder / "server.key",
            "tls-ca-cert-file": self.folder / "ca.crt"})

    def client(self):
        return servers.redis.Redis(port=self.port, password=self.PASSWORD)


def tls(redis):
    """By the name in the certificate, not the address; a password file wins over the url."""
    (redis.folder / "password").write_text(redis.PASSWORD + "\n")
    return {"redis.url": f"rediss://:wrong@127.0.0.1:{redis.tls_port}/1", "redis.tls_ca_file": redis.folder / "ca.crt",
            "redis.tls_server_name": "redis.test", "redis.tls_cert_file": redis.folder / "client.crt",
            "redis.tls_key_file": redis.folder / "client.key", "redis.password_file": redis.folder / "password"}


def socket(redis):
    return {"redis.url": f"unix://:${{REDIS_PASSWORD}}@{redis.socket}?db=2"}


@pytest.mark.address
@pytest.mark.parametrize("way", [tls, socket])
def test_stock_is_folded_and_served(tmp_path, kafka, monkeypatch, way):
    monkeypatch.setenv("REDIS_PASSWORD", "s3cr3t%2Fpass")
    secured = SecuredRedis(tmp_path / "redis").start()
    served = serving.Serving(tmp_path, kafka, f"{way.__name__}.", redis_server=secured, settings=way(secured))
    try:
        served.start()
        line, = served.get("/v1/availability", [("sku", serving.SKU), ("node", serving.NODE)]).json["lines"]
        assert line["available"] == 8
        assert served.stockfold.show(serving.SKU, serving.NODE)[0]["on_hand"] == 8
        status = served.stockfold.run("status").stdout.decode()
        check = served.stockfold.run("check")
        said = status + check.stdout.decode() + check.stderr.decode() + served.fold.tail(1000) + served.nginx.errors()
        assert "s3cr3t" not in said and ("redis.test" not in status)
        secured.kill()
        secured.start()
        servers.wait_until(lambda: served.get("/readyz?strict=true").status == 200, what="a view that serves again")
    finally:
        served.stop()


def test_a_node_of_a_cluster_is_one_clear_error(tmp_path, kafka):
    node = servers.Redis(tmp_path / "redis", {"cluster-enabled": "yes", "cluster-port": servers.free_port()}).start()
    stockfold = servers.Stockfold(tmp_path, kafka, node, prefix="cluster.")
    try:
        for words in (("setup",), ("fold",), ("fold", "--until-end"), ("show", "A"), ("dump",), ("status",)):
            error = stockfold.run(*words, status=2).stderr.decode()
            assert len(error.splitlines()) == 1 and f"Redis at 127.0.0.1:{node.port} is a node of a Redis Cluster" in error
        assert b"FAIL" in stockfold.run("check", status=1).stdout
    finally:
        node.stop()


def test_a_replica_is_told_from_a_master(stockfold, redis_server):
    stockfold.setup()
    redis_server.client().execute_command("REPLICAOF", "127.0.0.1", "1")
    for words in (("setup",), ("show", "A"), ("dump",), ("status",)):
        assert "is a replica of 127.0.0.1:1" in stockfold.run(*words, status=3).stderr.decode()
