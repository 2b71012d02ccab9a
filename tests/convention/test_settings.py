"""Settings and commands live in one table each; the committed file, the man page and the completion follow from them."""
import re
import subprocess

import pytest

from tree import BUILD, ROOT

COMMITTED = ROOT / "config/stockfold.conf"
# Ends before any server is asked, but only once the settings were accepted.
ACCEPTED = ("--set", "topics.partitions=7", "setup")


def stockfold(*words, status=0):
    done = subprocess.run([BUILD / "stockfold", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == status, done.stderr
    return done.stdout if status == 0 else done.stderr


def settings():
    """Every [section, key, default] of the committed file."""
    section = None
    for line in COMMITTED.read_text().splitlines():
        if match := re.fullmatch(r"\[(.+)\]", line):
            section = match[1]
        elif match := re.fullmatch(r"; (\S+) = (.+)", line):
            yield section, match[1], match[2]


def commands():
    listing = stockfold("--help").split("commands:\n")[1].split("\n\n")[0]
    return [line.split()[0] for line in listing.splitlines()]


def write(tmp_path, text):
    path = tmp_path / "stockfold.conf"
    path.write_text(text)
    return path


def test_committed_configuration_is_the_one_that_the_table_gives():
    assert COMMITTED.read_text() == stockfold("config"), "run: stockfold config > config/stockfold.conf"


def test_commands_that_help_lists_are_all_that_there_are():
    known = re.findall(r'^    \{\.name = "(.*)",', (ROOT / "src/cli/commands.c").read_text(), re.MULTILINE)
    assert commands() == known and len(known) > 10


def test_help_and_version_are_commands_too():
    assert stockfold("help") == stockfold("--help") and stockfold("version") == stockfold("--version")
    for command in commands():
        assert stockfold("help", command) == stockfold(command, "--help")
    assert "unknown command publsh; the nearest known one is publish" in stockfold("help", "publsh", status=2)
    assert "no page recipe; the nearest page is recipes" in stockfold("help", "recipe", status=2)
    assert "no page htp; the nearest is http" in stockfold("man", "htp", status=2)
    assert "usage: stockfold help [COMMAND|PAGE]" in stockfold("help", "publish", "fold", status=2)


def test_two_topics_of_one_name_are_wrong_use():
    for command in (["setup"], ["config", "--effective"], ["refused"]):
        said = stockfold("--set", "topics.store=erp.items", "--set", "topics.items=erp.items", *command, status=2)
        assert "topics.store and topics.items are both erp.items" in said
    said = stockfold("--set", "topics.availability=stock.clock", "setup", status=2)
    assert "topics.clock and topics.availability are both stock.clock" in said


def test_every_default_can_be_written_out(tmp_path):
    text = re.sub(r"^; ", "", COMMITTED.read_text(), flags=re.MULTILINE)
    assert "does not divide" in stockfold("--config", write(tmp_path, text), *ACCEPTED, status=2)


def test_several_origins_may_be_named(tmp_path):
    path = write(tmp_path, "[http]\norigins = https://a.example http://localhost:3000\nurl = https://a.example:8443\n")
    assert "does not divide" in stockfold("--config", path, *ACCEPTED, status=2)


def test_man_page_and_completion_name_every_setting_and_command():
    conf, man, completion = stockfold("help", "conf"), stockfold("help", "stockfold"), stockfold("completion")
    for section, key, default in settings():
        assert f"| `{key} = {default}` |" in conf
        assert f"{section}.{key}=" in completion
    for command in commands():
        assert f"\n### {command}" in man
        assert f"{command} " in completion


def test_man_page_and_completion_are_well_formed(tmp_path):
    completion = tmp_path / "completion"
    completion.write_text(stockfold("completion"))
    subprocess.run(["bash", "-n", completion], check=True)
    offered = subprocess.run(["bash", "-c", f'. {completion}; COMP_WORDS=(stockfold fold --un) COMP_CWORD=2; _stockfold; '
                              'echo "${COMPREPLY[@]}"'], capture_output=True, text=True, check=True)
    assert offered.stdout.strip() == "--until-end"


@pytest.mark.parametrize("command", commands())
def test_every_command_has_help_with_an_example(command):
    text = stockfold(command, "--help")
    assert text.startswith("usage: stockfold ") and f"\nexamples:\n" in text and command in text


@pytest.mark.parametrize("text, said", [
    ("[fold]\nwindw = 72h\n", ":2: unknown setting fold.windw; the nearest known one is fold.window (a duration"),
    ("[kafka]\n\n[flod]\nlinger = 2ms\n", ":4: unknown setting flod.linger; the nearest known one is fold.linger"),
    ("[redis]\nport = 1\n", ":2: unknown setting redis.port; [redis] has url, password_file, "),
    ("[redis]\nshards = 1\n", ":2: unknown setting redis.shards; the nearest known one is view.shards"),
    ("[cluster]\nmembers = 3\n", ":2: unknown setting cluster.members; sections are kafka, topics, "),
    ("[kafka]\nzookeeper.connection = a\n", ":2: unknown setting kafka.zookeeper.connection; librdkafka knows none"),
    ("[fold]\nwindow = 72h ; three days\n", ":2: fold.window: a comment needs a line of its own"),
    ("[topics]\nstore = stock.store # theirs\n", ":2: topics.store: a comment needs a line of its own"),
    ("[kafka]\nacks = all\n[fold]\n[kafka]\nacks = 1\n", ":5: kafka.acks stands in line 2 already"),
    ("[kafka]\nbootstrap.server = a\n", ":2: unknown setting kafka.bootstrap.server; the nearest that librdkafka knows "
                                        "is bootstrap.servers"),
    ("[kafka]\nfetch.wait.max.ms = soon\n", ":2: kafka.fetch.wait.max.ms = soon: "),
    ("[kafka]\nauto.offset.reset = latest\n", ":2: kafka.auto.offset.reset cannot be latest: a gap"),
    ("[fold]\nwindow = 72\n", ":2: fold.window = 72: expected a duration such as 500ms, 10s, 15m, 72h or 3d, from 1h to 90d"),
    ("[fold]\nwindow = 10m\n", ":2: fold.window = 10m: expected a duration"),
    ("[fold]\ncache = 64MB\n", ":2: fold.cache = 64MB: expected a size such as 512KiB, 64MiB or 2GiB"),
    ("[view]\nshards = 5000\n", ":2: view.shards = 5000: expected a whole number, from 1 to 4096"),
    ("[view]\nshards = 9999999999999999999999\n", ":2: view.shards = "),
    ("[fold]\nwindow = 9223372036854775807d\n", ":2: fold.window = "),
    ("[redis]\nurl = localhost\n", ":2: redis.url = localhost: expected redis://"),
    ("[topics]\nstore =\n", ":2: topics.store = : expected text"),
    ("[http]\nurl = localhost:8080\n", ":2: http.url = localhost:8080: expected http[s]://host[:port]"),
    ("[http]\nurl = http://shop.example.com/\n", ":2: http.url = http://shop.example.com/: expected"),
    ("[http]\norigins = https://a.example,https://b.example/\n", ":2: http.origins = "),
    ("[http]\norigins = https://a.example  https://b.example\n", ":2: http.origins = "),
    ("[log]\nlevel = loud\n", ":2: log.level = loud: expected error, warning, info or debug"),
    ("[log]\nformat = xml\n", ":2: log.format = xml: expected text or json"),
    ("[promise]\nlead = 30\n", ":2: promise.lead = 30: expected a duration"),
    ("# a comment\n[fold]\n\n  window\n", ":4: expected [section], key = value, or a comment"),
    ("[fold]\nwindow = " + "7" * 5000 + "\n", ":2: the line is longer"),
])
def test_a_wrong_file_is_refused_with_line_key_and_what_was_expected(tmp_path, text, said):
    path = write(tmp_path, text)
    assert f"stockfold: {path}{said}" in stockfold("--config", path, *ACCEPTED, status=2)


@pytest.mark.parametrize("words, said", [
    (("--set", "fold.windo=1h", "setup"), "--set: unknown setting fold.windo; the nearest known one is fold.window"),
    (("--set", "fold", "setup"), "expected SECTION.KEY=VALUE"),
    (("--config", "/nowhere", "setup"), "cannot read configuration /nowhere"),
    (("stetup",), "unknown command stetup; the nearest known one is setup"),
    (("reservations",), "unknown command reservations (see stockfold --help)"),
    (("fold", "--daemonize"), "unknown option --daemonize (see stockfold fold --help)"),
    (("fold", "--untilend"), "unknown option --untilend; the nearest known one is --until-end"),
    (("fold", "--until-end=1"), "--until-end takes no value"),
    (("publish", "--topic"), "--topic needs a value"),
    (("show",), "usage: stockfold show SKU [NODE]"),
    (("dump", "all"), "usage: stockfold dump"),
    ((), "no command given"),
])
def test_wrong_use_is_refused_with_what_may_have_been_meant(words, said):
    assert said in stockfold(*words, status=2)


@pytest.mark.parametrize("written", ["redis://me:{}@host:x", "http://me:{}@host", "me:{}@host", "redis://:{}@host:1/x",
                                     "rediss://me:pre${{PART}}{}@", "redis://me:%zz{}@host"])
def test_a_password_is_in_no_message(tmp_path, monkeypatch, written):
    monkeypatch.setenv("PART", "hidden")
    value = written.format("s3cr3t")
    for error in (stockfold("--set", f"redis.url={value}", *ACCEPTED, status=2),
                  stockfold("--set", f"url={value}", *ACCEPTED, status=2),
                  stockfold("--config", write(tmp_path, f"[redis]\nurl = {value}\n"), *ACCEPTED, status=2)):
        assert "s3cr3t" not in error and "hidden" not in error and "***" in error or "expected SECTION" in error


def test_a_value_may_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("PARTITIONS", "6")
    path = write(tmp_path, "[topics]\npartitions = ${PARTITIONS}\n[view]\nshards = 21\n[kafka]\nsasl.password = ${SECRET}\n")
    assert "kafka.sasl.password: the environment has no variable SECRET" in stockfold("--config", path, "setup", status=2)
    monkeypatch.setenv("SECRET", "s3cr3t")
    assert "topics.partitions = 6 does not divide" in stockfold("--config", path, "setup", status=2)


def test_a_password_may_come_from_a_file(tmp_path):
    for text, accepted in (("s3cr3t\n", True), ("s3cr3t", True), ("\nmore\n", True), ("", False), ("x" * 256, False)):
        path = tmp_path / "password"
        path.write_text(text)
        said = stockfold("--set", f"redis.password_file={path}", *ACCEPTED, status=2)
        assert ("does not divide" in said) == accepted and "s3cr3t" not in said
    assert "/nowhere: expected a file that can be read" in stockfold("--set", "redis.password_file=/nowhere", *ACCEPTED,
                                                                     status=2)


def test_effective_settings_name_their_origin_and_hide_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("REDIS_PASSWORD", "from-outside")
    path = write(tmp_path, "[redis]\nurl = redis://me:${REDIS_PASSWORD}@redis:1/0\n[kafka]\nsasl.username = me\n"
                           "sasl.password = pass-of-file\nacks = 1\n[fold]\nwindow = 48h\ngroup = a\n")
    text = stockfold("--config", path, "--set", "fold.group=b", "--set", "fold.group=c", "--set", "kafka.acks=all",
                     "--set", "kafka.ssl.key.password=pass-of-set", "config", "--effective")
    for said in (f"# file: {path}\n", "# file\nurl = redis://me:***@redis:1/0\n", "# file\nwindow = 48h\n",
                 "# --set\ngroup = c\n", "# default\nhistory = 24h\n", "# default\nbootstrap.servers = 127.0.0.1:9092\n",
                 "# file\nsasl.username = me\n", "# file\nsasl.password = ***\n", "# --set\nacks = all\n",
                 "# --set\nssl.key.password = ***\n", "# default\npassword_file = none\n"):
        assert said in text, said
    assert "from-outside" not in text and "pass-of" not in text and text.count("\nacks = ") == 1
    again = write(tmp_path, text)
    assert stockfold("--config", again, "config", "--effective").replace("# file\n", "# default\n").count("\n") == text.count("\n")
    assert "unknown setting" in stockfold("--set", "fold.x=1", "config", "--effective", status=2)


def test_a_setting_on_the_command_line_wins_over_the_file_named_by_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("STOCKFOLD_CONFIG", str(write(tmp_path, "[view]\n    shards = 21\n[topics]\npartitions = 8\n")))
    assert "topics.partitions = 8 does not divide view.shards = 21" in stockfold("setup", status=2)
    assert "topics.partitions = 6 does not divide view.shards = 21" in stockfold("setup", "--set=topics.partitions=6",
                                                                                status=2)
