"""What the benchmarks of lookups share: a view behind nginx (one worker) while a fold runs idle, load on it, and a
static answer of nginx with the same bytes and headers.

Load is wrk with random lines of a file of targets (targets.lua), or open_loop at a constant rate. All of them come over
loopback on connections that stay, and share the machine's cores with nginx and Redis.
"""
import json
import random
import tempfile
import time
import urllib.request

import folding
import harness
import servers

HERE = harness.HERE
HOURS = {day: ["00:00-24:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
# nginx writes these itself.
OWN_HEADERS = {"server", "date", "connection", "content-type", "content-length", "transfer-encoding"}
TOKEN_MAX = 2000  # characters of a text in nginx' configuration: 4096 bytes are too long
SETTLED_S = 60  # by when a view just started answers


def sku(item):
    """As produce_events names them."""
    return f"ZR-{item:07}-M"


def node(number):
    return f"node-{number:03}"


def node_document(name, kind="store", **fields):
    return {"id": name, "name": f"Calle de Serrano {name[5:]}", "kind": kind, "time_zone": "Europe/Madrid",
            "hours": HOURS, "pickup": {"enabled": True}, **fields}


def node_documents(n):
    kinds = {0: "warehouse", 1: "ecommerce"}
    return [node_document(node(i), kinds.get(i, "store")) for i in range(n)]


def received(number, sku_name, node_name):
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    return {"id": f"r{number}", "source": "wms", "type": "received", "time": moment, "sku": sku_name, "node": node_name,
            "qty": 5 + number % 20, "place": {"floor": "1", "zone": "men", "shelf": f"S{number % 9}"}}


def uniform_view(stage, name, records, nodes=4, build=servers.BUILD):
    """Records that produce_events makes, folded, with documents of their nodes."""
    scene = folding.Scene(stage, name, items=records // nodes, nodes=nodes, build=build)
    put(scene, "nodes", node_documents(nodes))
    scene.produce_one_each()
    scene.stockfold.fold_until_end()
    return scene


def documents_view(stage, name, nodes, events, items=()):
    """Records of events given, folded."""
    scene = folding.Scene(stage, name, items=0, nodes=0)
    for topic, documents in (("nodes", nodes), ("items", items), ("store", events)):
        put(scene, topic, documents)
    scene.stockfold.fold_until_end()
    return scene


def put(scene, topic, documents):
    scene.kafka.produce(scene.stockfold.topic(topic), [(document.get("sku") or document["id"], json.dumps(document))
                                                       for document in documents])


class Front:
    """nginx before a scene's view, and a fold that keeps it open."""

    def __init__(self, scene):
        self.scene, self.stage, self.twins = scene, scene.stage, []
        self.load_first = False  # whether load_at runs first, whoever else wants its core
        self.stage.stack.callback(scene.stockfold.stop)
        self.fold = scene.stockfold.start_fold()
        self.nginx = self.stage.keep(servers.Nginx(tempfile.mkdtemp(dir=self.stage.folder), scene.stockfold))

    def servers(self):
        return {"nginx": self.nginx, "redis-server": self.scene.redis}

    def ask(self, target):
        """The answer to a target, once there is one."""
        path, _, body = target.partition(" ")
        def answer():
            try:
                return urllib.request.urlopen(self.nginx.url + path, body.encode() or None, timeout=10)
            except OSError:
                return None
        return servers.wait_until(answer, SETTLED_S, f"an answer to {path}", every=0.2)

    def targets(self, lines):
        """A file of them."""
        with tempfile.NamedTemporaryFile("w", dir=self.stage.folder, delete=False) as file:
            file.write("".join(line + "\n" for line in lines))
        return file.name

    def uniform(self, make):
        """Targets by make(sku, node), one for every record of a uniform view (of more, half a million)."""
        scene, rng = self.scene, random.Random(1)
        records = range(scene.items * scene.nodes)
        drawn = records if len(records) <= 500_000 else rng.sample(records, 500_000)
        return self.targets(make(sku(record // scene.nodes), node(record % scene.nodes)) for record in drawn)

    def static(self, target, asked):
        """A location whose answer has the bytes and headers of this target's: as many targets as the file `asked` has, each
        as long as there, so that asking is the same work."""
        with self.ask(target) as answer:
            body = answer.read().decode()
            headers = [(name, value) for name, value in answer.headers.items() if name.lower() not in OWN_HEADERS]
        path = f"/static/{len(self.twins)}"
        parts = [body[i:i + TOKEN_MAX].replace("\\", "\\\\").replace("'", "\\'")
                 for i in range(0, len(body), TOKEN_MAX)]
        self.twins.append("".join([
            f"        location = {path} {{\n            default_type application/json;\n",
            *(f"            add_header {name} '{value}';\n" for name, value in headers),
            *(f"            set $part{i} '{part}';\n" for i, part in enumerate(parts[1:])),
            "            return 200 '", parts[0], *(f"$part{i}" for i in range(len(parts) - 1)), "';\n        }\n"]))
        entry = "        location / {"
        self.change({entry: "".join(self.twins) + entry})
        with open(asked, encoding="ascii") as lines:
            return self.targets(f"{path}?{line.rstrip()[len(path) + 1:]}" for line in lines)

    def log_nothing(self):
        self.change(servers.NO_ACCESS_LOG)

    def change(self, changes):
        """Texts of nginx' configuration and what stands in their place, in force from now on."""
        self.nginx.changes.update(changes)
        self.nginx.configure()
        self.nginx.reload()
        servers.wait_until(lambda: len(self.nginx.workers()) == 1, 30, "the end of the worker before")

    def load(self, targets, connections=64, seconds=None, port=None, processes=None):
        """Closed loop: every connection asks again as soon as it is answered."""
        seconds = seconds or self.stage.size(5, 1)
        return lambda: self.stage.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", HERE / "targets.lua",
                                       f"http://127.0.0.1:{port or self.nginx.port}", "--", targets],
                                      processes or self.servers())

    def load_at(self, rate, targets, connections=256, seconds=None):
        """Open loop: so many requests a second, each measured from when it was due."""
        seconds = seconds or self.stage.size(5, 1)
        return lambda: self.stage.run([servers.BUILD / "bench/open_loop", self.nginx.port, int(rate), seconds,
                                       connections, targets], self.servers(), first=self.load_first)


class Webdis(servers.Server):
    """webdis as Debian configures it, but for address and log."""

    def __init__(self, folder, redis):
        super().__init__(folder)
        self.port = servers.free_port()
        self.settings = {"redis_host": "127.0.0.1", "redis_port": redis.port, "http_host": "127.0.0.1",
                         "http_port": self.port, "threads": 2, "daemonize": False, "database": 0, "verbosity": 0,
                         "logfile": str(self.folder / "webdis.log")}

    def start(self):
        settings = self.folder / "webdis.json"
        settings.write_text(json.dumps(self.settings))
        self.spawn(["webdis", settings])
        self.wait_ready(self.answers, 20)
        return self

    def answers(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/PING", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False


def record_keys(redis):
    """The key of each item's records, by sku."""
    keys = [key.decode() for key in redis.client().scan_iter("sf:{*}:r:*", 10_000)]
    return {key.partition("}:r:")[2]: key for key in keys}


def stop_fold(fold):
    if fold.stop() != 0:
        raise SystemExit(f"fold ended badly: {fold.tail()}")
