"""Runs benchmarks: bench/measure_<name>.py, one for each name.

Such a module has measure(stage), a generator of Comparison: two sides, each a function that does one round and returns
a Round. The harness calls them in turn (A/B/A/B), at least five rounds, and prints the median of the rounds' ratios
(ours to theirs, in operations per second), the spread of the ratios, both medians, and the CPU time per operation of
every process that took part. `stage` gives folders, servers and the size of the data; what it starts, it stops.
"""
import argparse
import contextlib
import dataclasses
import importlib
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import typing

import servers

HERE = pathlib.Path(__file__).resolve().parent
ROUNDS = 5


@dataclasses.dataclass
class Round:
    """One side's turn: how many operations in how many seconds, µs of CPU per operation by process, and percentiles of
    how long an operation took, in µs by name."""
    operations: float
    seconds: float
    cpu: dict = dataclasses.field(default_factory=dict)
    latency_us: dict = dataclasses.field(default_factory=dict)

    @property
    def rate(self):
        return self.operations / self.seconds


@dataclasses.dataclass
class Comparison:
    """Ours against a peer. A figure that is no speed (bytes per record) is a Round of that many operations in 1 s."""
    name: str
    unit: str
    peer: str
    ours: typing.Callable[[], Round]
    theirs: typing.Callable[[], Round]
    rounds: int = ROUNDS


class Stage:
    """What a benchmark runs on: servers of its own in a folder of its own."""

    def __init__(self, folder, quick, stack):
        self.folder, self.quick, self.stack = pathlib.Path(folder), quick, stack
        self.kafka_server = None

    def size(self, full, quick):
        return quick if self.quick else full

    def redis(self, **options):
        return self.keep(servers.Redis(tempfile.mkdtemp(dir=self.folder), options))

    def kafka(self):
        """One for all that a benchmark compares."""
        self.kafka_server = self.kafka_server or self.keep(servers.Kafka(self.folder / "kafka"))
        return self.kafka_server

    def keep(self, server):
        self.stack.callback(server.stop)
        return server.start()

    def run(self, argv, processes=None, operations=None, first=False):
        """Runs a program to its end as one Round. Its last line is JSON with `seconds`, `operations` unless given here,
        and `latency_us` if it has that. `processes` are the servers at work meanwhile, by name; their CPU time is taken
        over the whole run. With `first` the program runs whenever it can, whoever else wants its core."""
        before = {name: server_seconds(server) for name, server in (processes or {}).items()}
        program = subprocess.Popen([str(word) for word in argv], stdout=subprocess.PIPE,
                                   preexec_fn=run_first if first else None)
        said = program.stdout.read()
        _, status, usage = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
        if program.returncode:
            raise SystemExit(f"{argv[0]} ended with {program.returncode}")
        answer = json.loads(said.splitlines()[-1])
        operations = operations or answer["operations"]
        cpu = {pathlib.Path(argv[0]).name: usage.ru_utime + usage.ru_stime}
        cpu.update((name, server_seconds(server) - before[name]) for name, server in (processes or {}).items())
        return Round(operations, answer["seconds"], {name: 1e6 * spent / operations for name, spent in cpu.items()},
                     answer.get("latency_us", {}))


def run_first(process=0):
    os.sched_setscheduler(process, os.SCHED_FIFO, os.sched_param(1))


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def server_seconds(server):
    """nginx' work is its workers'."""
    pids = server.workers() if isinstance(server, servers.Nginx) else [server.process.pid]
    return sum(cpu_seconds(pid) for pid in pids)


def medians(turns, figures):
    """Of each of the figures that a side's turns have, by name."""
    return {name: round(statistics.median(figures(turn)[name] for turn in turns), 3) for name in figures(turns[0])}


def compare(comparison, quick):
    """Alternates the two sides, and which of them goes first: after a pause a machine is faster, or slower, for a while.
    Returns what is printed."""
    pairs = []
    for turn in range(2 if quick else comparison.rounds):
        first, second = (comparison.ours, comparison.theirs)[::-1 if turn % 2 else 1]
        pair = (first(), second())
        pairs.append(pair[::-1 if turn % 2 else 1])
    ratios = sorted(ours.rate / theirs.rate for ours, theirs in pairs)
    median = [statistics.median(side.rate for side in sides) for sides in zip(*pairs)]
    cpu, latency = ([medians(turns, figures) for turns in zip(*pairs)]
                    for figures in (lambda turn: turn.cpu, lambda turn: turn.latency_us))
    return {"name": comparison.name, "ratio": round(statistics.median(ratios), 3), "unit": comparison.unit,
            "ours": round(median[0], 1), "theirs": round(median[1], 1), "peer": comparison.peer, "rounds": len(pairs),
            "spread": [round(ratios[0], 3), round(ratios[-1], 3)], "cpu_us": {"ours": cpu[0], "theirs": cpu[1]},
            "latency_us": {"ours": latency[0], "theirs": latency[1]}}


def show(result):
    def listed(what):
        return "; ".join(f"{side}: " + ", ".join(f"{name} {value:g}" for name, value in figures.items())
                         for side, figures in result[what].items() if figures)

    cpu, latency = listed("cpu_us"), listed("latency_us")
    return (f"{result['name']}: {result['ratio']:g} of {result['peer']} "
            f"({result['spread'][0]:g} to {result['spread'][1]:g}, {result['rounds']} rounds); "
            f"{result['ours']:,.0f} against {result['theirs']:,.0f} {result['unit']}"
            + (f"; CPU µs per operation: {cpu}" if cpu else "") + (f"; latency µs: {latency}" if latency else ""))


def main():
    known = sorted(path.stem[len("measure_"):].replace("_", "-") for path in HERE.glob("measure_*.py"))
    parser = argparse.ArgumentParser(prog="bench/run", description="Benchmarks against their named peers.")
    parser.add_argument("name", nargs="*", help=f"one or more of: {', '.join(known) or 'none yet'}")
    parser.add_argument("--quick", action="store_true", help="small data, two rounds: does it run at all?")
    parser.add_argument("--json", action="store_true", help="one object per line")
    given = parser.parse_args()
    for name in given.name:
        if name not in known:
            parser.error(f"no benchmark {name}; there are: {', '.join(known)}")
    for name in given.name or known:
        module = importlib.import_module(f"measure_{name.replace('-', '_')}")
        with tempfile.TemporaryDirectory(prefix="stockfold-bench-") as folder, contextlib.ExitStack() as stack:
            for comparison in module.measure(Stage(folder, given.quick, stack)):
                started = time.monotonic()
                result = compare(comparison, given.quick)
                print(json.dumps(result) if given.json else show(result), flush=True)
                print(f"  {time.monotonic() - started:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
