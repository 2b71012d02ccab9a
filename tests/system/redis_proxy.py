"""A proxy in front of Redis that does to answers what TCP never does: holds them up, and garbles them."""
import asyncio
import random
import socket
import threading

LENGTHS = (b"$2000000000\r\n", b"*1000000\r\n", b"*50000000\r\n", b"$-7\r\n", b"*-7\r\n", b"$99999999999999999999\r\n")
WRONG_TYPES = (b":5\r\n", b"+OK\r\n", b"*2\r\n$1\r\na\r\n:1\r\n", b"*0\r\n", b"$3\r\nabc\r\n")


def reply_end(data, at=0):
    """Where the reply that begins at `at` ends; None when it is not all there."""
    left = 1
    while left > 0:
        line = data.find(b"\r\n", at)
        if line < 0:
            return None
        kind, number, at = data[at:at + 1], data[at + 1:line], line + 2
        left -= 1
        if kind == b"$" and number != b"-1":
            at += int(number) + 2
            if at > len(data):
                return None
        elif kind == b"*" and number != b"-1":
            left += int(number)
    return at


def protocol_bytes(reply):
    """Positions of the bytes that say where things begin and end: those of a text cannot be told from what it was."""
    at = 0
    while at < len(reply):
        line = reply.index(b"\r\n", at)
        if reply[at:at + 1] == b":":
            yield at
            yield from (line, line + 1)
        else:
            yield from range(at, line + 2)
        size = int(reply[at + 1:line]) if reply[at:at + 1] == b"$" else -1
        at = line + 2
        if size >= 0:
            at += size + 2


class Garbler:
    """One fault after another, each of its own kind and at a random reply. Garbled bytes may mean anything but another
    answer to the same question: a text is never changed into another one."""

    def __init__(self, seed, every):
        self.random, self.every = random.Random(seed), every
        self.left, self.coming, self.counts = every, [], {}

    def take(self, reply):
        """The bytes in place of a reply, and whether the connection ends behind them."""
        self.left -= 1
        if self.left > 0:
            return reply, False
        self.left = self.random.randint(self.every // 2, self.every * 3 // 2)
        if not self.coming:
            self.coming = ["flip", "drop_bytes", "drop", "duplicate", "inject", "retype", "cut", "length", "nest"]
            self.random.shuffle(self.coming)
        kind = self.coming.pop()
        self.counts[kind] = self.counts.get(kind, 0) + 1
        return getattr(self, kind)(reply), kind == "cut"

    def flip(self, reply):
        flipped = bytearray(reply)
        flipped[self.random.choice(list(protocol_bytes(reply)))] ^= 1 << self.random.randrange(8)
        return bytes(flipped)

    def drop_bytes(self, reply):
        at = self.random.randrange(len(reply))
        return reply[:at] + reply[at + self.random.randint(1, 8):]

    def drop(self, _):
        return b""

    def duplicate(self, reply):
        return reply + reply

    def inject(self, reply):
        return self.random.choice(WRONG_TYPES) + reply

    def retype(self, reply):
        return self.random.choice([other for other in WRONG_TYPES if other[:1] != reply[:1]])

    def cut(self, reply):
        return reply[:self.random.randrange(len(reply))]

    def length(self, reply):
        return self.random.choice(LENGTHS) + reply

    def nest(self, reply):
        return b"*1\r\n" * self.random.choice((1, 3, 8, 1000)) + reply


class RedisProxy:
    """Forwards every connection to a Redis. What is set counts for all that comes from then on: `delay` in seconds,
    `trickle` in bytes for each millisecond, `garbler`. None: nothing of the kind."""

    def __init__(self, port):
        self.target, self.delay, self.trickle, self.garbler = port, 0, None, None
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.run, args=(listener,))
        self.thread.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def run(self, listener):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, sock=listener))
        self.loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.loop.close()

    def stop(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()

    async def serve(self, reader, writer):
        answers, to_redis = await asyncio.open_connection("127.0.0.1", self.target)
        queue = asyncio.Queue()
        parts = [asyncio.ensure_future(part) for part in (
            self.take_questions(reader, to_redis), self.take_answers(answers, queue), self.give(queue, writer))]
        try:
            await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)
            to_redis.transport.abort()
            writer.transport.abort()

    async def take_questions(self, reader, to_redis):
        while data := await reader.read(1 << 16):
            to_redis.write(data)
            await to_redis.drain()

    async def take_answers(self, answers, queue):
        """To the queue: when, and what; at last an empty one, behind which the connection ends."""
        rest = b""
        while data := await answers.read(1 << 16):
            out, rest, ends = self.garble(rest + data) if self.garbler else (rest + data, b"", False)
            queue.put_nowait((self.loop.time() + self.delay, out))
            if ends:
                queue.put_nowait((0, None))
        queue.put_nowait((0, None))
        await asyncio.Event().wait()  # until give() has given all of it, and this is cancelled

    def garble(self, data):
        at, out, ends = 0, [], False
        while not ends and (end := reply_end(data, at)) is not None:
            taken, ends = self.garbler.take(data[at:end])
            out.append(taken)
            at = end
        return b"".join(out), data[at:], ends

    async def give(self, queue, writer):
        while True:
            due, data = await queue.get()
            if data is None:
                await writer.drain()
                writer.close()
                return
            while data:
                if due > self.loop.time():
                    await asyncio.sleep(due - self.loop.time())
                n = self.trickle or len(data)
                writer.write(data[:n])
                await writer.drain()
                data, due = data[n:], self.loop.time() + 0.001
