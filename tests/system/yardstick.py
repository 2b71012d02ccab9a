"""The yardstick for assertions about time: how much slower than an idle machine this one was, in the same moment.

A process of its own sleeps and computes in turn and notes how long each round took beyond its sleep. An idle machine gives
a slowness of 1; where eight others want each processor it is about 9, for the yardstick as for what is tested. So
"within a second" reads: within a second of an idle machine."""
import os
import subprocess
import sys
import tempfile
import time

import servers

SLEEP, COMPUTE = 0.08, 0.02  # seconds of a round; of the second, CPU time


class Yardstick:
    def __init__(self):
        self.rounds = []  # (when it began, what it took, slowness)

    def __enter__(self):
        self.output = tempfile.TemporaryFile("w+")
        # When the tests are killed themselves, the kernel ends what they started.
        self.process = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", sys.executable, __file__], stdout=self.output)
        servers.wait_until(self.read, what="the first round of the yardstick")
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.output.close()

    def read(self):
        text = os.pread(self.output.fileno(), 1 << 24, 0).decode()
        self.rounds = [tuple(map(float, line.split())) for line in text.splitlines(keepends=True) if line.endswith("\n")]
        return self.rounds

    def slowness(self, since, until=None):
        """Of the machine between two moments of the monotonic clock; at least 1."""
        until = until or time.monotonic()
        servers.wait_until(lambda: self.read()[-1][0] >= until, what="a round of the yardstick")
        meanwhile = [slowness for begin, end, slowness in self.rounds if end >= since and begin <= until]
        return max(1.0, sum(meanwhile) / len(meanwhile))

    def must_be_within(self, bound, since):
        """That what began at `since` has ended by now, in `bound` seconds of an idle machine."""
        took = time.monotonic() - since
        slowness = self.slowness(since)
        assert took < bound * slowness, f"took {took:.2f} s, {bound} s allowed at a slowness of {slowness:.1f}"


def compute(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass


def measure():
    while True:
        begin = time.monotonic()
        time.sleep(SLEEP)
        compute(COMPUTE)
        end = time.monotonic()
        print(begin, end, (end - begin - SLEEP) / COMPUTE, flush=True)


if __name__ == "__main__":
    measure()
