# SPDX-License-Identifier: GPL-2.0-only
"""Tests of a daemon that is killed at any of its calls, and of ledgers that cannot be true."""

import json
import os
import random
import signal
import subprocess

import asks
from daemon import SEED, Daemon, difference, is_packed, lines_of
from played import wait_for

TESTS = []
test = asks.decorator(TESTS)


class Killed:
    """A daemon that is killed at its system calls, and started again."""

    POLICY = "[daemon]\nbudget = 1M\n[defaults]\nlog = raw clean\nrotate-size = 64k\n" \
        "[guest loud]\nlog = raw\n"

    def __init__(self, bench):
        self.bench = bench
        self.told = os.path.join(bench.dir, "told")
        self.killer = os.path.join(bench.build, "tests-console", "killer.so")
        bench.program += "-plain"
        rng = random.Random(SEED)
        self.quiet = lines_of(2000)
        # It is of another owner, and too much.
        self.loud = b"".join(b"%07d %s\n" % (number, rng.randbytes(60).hex().encode())
                             for number in range(15000))
        for number, (name, text, uid) in enumerate(
                (("quiet", self.quiet, os.geteuid()), ("loud", self.loud, 4242)), 1):
            port = bench.port(number, name, text, attach_ns=number + 10, uid=uid)
            port.marks = [(0, 1), (1 << 40, 2)]
            port.die()
        self.rounds = 0
        self.kills = {}

    def is_through(self, daemon):
        """As its ledgers say. The current file need not have the end: text that does not fit
        begins another one, and on a busy machine that may be a line."""
        return all(b'"done": 1' in daemon.read(f".kpl011/{ledger}")
                   for ledger in ("1-11.raw", "1-11.clean", "2-12.raw"))

    def has_killed(self):
        return os.path.exists(self.told) and os.path.getsize(self.told)

    def play(self, at, half, again):
        """Killed at this call, if it comes so far, and once more; then it is let be."""
        self.rounds += 1
        if os.path.exists(self.told):
            os.unlink(self.told)
        daemon = Daemon(self.bench, self.POLICY, os.path.join(self.bench.dir, f"l{self.rounds}"))
        for number in (at, again):
            if number is None:
                continue
            env = {"LD_PRELOAD": self.killer, "KILLER_AT": str(number),
                   "KILLER_TOLD": self.told, **({"KILLER_HALF": "1"} if half else {})}
            with open(daemon.errors, "ab") as errors:
                child = subprocess.Popen(
                    [self.bench.program, "daemon", "--config", daemon.config, "--directory",
                     daemon.logs], env={**self.bench.env, **env}, stderr=errors,
                    stdin=subprocess.DEVNULL)
            self.bench.children.append(child)
            wait_for("its end, or the logs'", lambda child=child: child.poll() is not None or
                     self.is_through(daemon), 60)
            if child.poll() is None:
                # Or what compresses was killed: it is tried again after a minute.
                wait_for("that all is compressed", lambda child=child: self.has_killed() or
                         child.poll() is not None or is_packed(daemon), 60)
                child.send_signal(signal.SIGTERM)
            child.wait(timeout=60)
        with open(self.told, encoding="ascii") as file:
            lines = file.read().split("\n")
        for line in lines:
            if line.startswith("killed "):
                self.kills[line[7:]] = self.kills.get(line[7:], 0) + 1
        self.check(daemon)
        return max((int(line[6:]) for line in lines if line.startswith("calls ")), default=None)

    def check(self, daemon):
        daemon.start()
        daemon.wait_log("quiet.log", self.quiet)
        daemon.wait_text("quiet.clean.log", self.quiet.replace(b"\r", b""))
        wait_for(lambda: f"the end of all; seed {SEED}: {os.listdir(daemon.logs)}; "
                         f"{daemon.said()}", lambda: self.is_through(daemon), 60)
        daemon.wait_packed()
        wait_for("that they are within the budget", lambda: daemon.size() <= 1 << 20)
        # What is left is the newest, in one piece; some went, and not for nothing.
        left = daemon.whole("loud@4242.log")
        tail = self.loud[len(self.loud) - len(left):]
        assert left == tail, f"seed {SEED}: {difference(left, tail)}; {daemon.said()}"
        assert len(left) > 300000, f"seed {SEED}: {len(left)} bytes are left"
        daemon.stop()
        names = os.listdir(daemon.path(".kpl011"))
        assert not [name for name in names if name.startswith("pack") or "bad" in name], names
        assert "removed quiet" not in daemon.said(), daemon.said()
        assert "another program" not in daemon.said(), daemon.said()


@test
def daemon_loses_nothing_at_whichever_call_it_is_killed(bench):
    """At each write, rename, truncation, unlink, fsync and creation, over rotation, compression,
    budget and ledger. KPL011_KILLS of them by the seed, 20 unless said, or all."""
    wanted = os.environ.get("KPL011_KILLS", "20")
    rng = random.Random(SEED)
    killed = Killed(bench)
    calls = killed.play(0, False, None)
    assert calls > 100, calls
    rounds = range(1, calls + 1) if wanted == "all" else \
        sorted(rng.sample(range(1, calls + 1), min(int(wanted), calls)))
    # More of them take longer than a test may that is not asked for so many.
    signal.alarm(600 + 10 * len(rounds))
    for at in rounds:
        killed.play(at, rng.random() < 0.5, rng.randrange(1, calls) if rng.random() < 0.3 else None)
    total = sum(killed.kills.values())
    assert total >= len(rounds), killed.kills
    print(f"# {total} kills: " + ", ".join(f"{count} at {name}" for name, count in
                                           sorted(killed.kills.items())))


# Ledgers.

def change_ledger(daemon, name, **changes):
    with open(daemon.path(f".kpl011/{name}"), "r+", encoding="ascii") as file:
        known = json.load(file)
        file.seek(0)
        file.write(json.dumps({**known, **changes}).ljust(1023) + "\n")


@test
def daemon_obeys_no_ledger_that_cannot_be_true(bench):
    port = bench.port(1, "web1", b"one\n", attach_ns=11, uid=os.geteuid())
    bench.port(2, "web2", b"theirs\n", attach_ns=12, uid=4242)
    daemon = Daemon(bench).start()
    daemon.wait_log("web1.log", b"one\n")
    daemon.wait_log("web2@4242.log", b"theirs\n")
    logged = b"one\n"
    wrong = (({"from": [4, 4000, 0], "to": [4, 4000, 0]}, "its position is beyond the newest byte"),
             ({"base": "web2@4242"}, "its log web2@4242 is another guest's"),
             ({"base": "web2"}, "its log web2 is another guest's"),
             ({"base": "web1@4242"}, "its log web1@4242 is another guest's"),
             ({"done": 1}, "it says that the guest is gone"),
             ({"port": 2}, "it is of another port"),
             ({"format": "x"}, "it is not a ledger of kpl011"))
    for changes, why in wrong:
        daemon.stop()
        change_ledger(daemon, "1-11.raw", **changes)
        if os.path.exists(daemon.path(".kpl011/1-11.raw.bad")):
            os.unlink(daemon.path(".kpl011/1-11.raw.bad"))
        daemon.start()
        # What there is comes once more; nothing is missing, and goes nowhere else.
        logged += b"one\n"
        daemon.wait_log("web1.log", logged)
        assert daemon.said().count(why) == 1, (why, daemon.said())
        assert os.path.exists(daemon.path(".kpl011/1-11.raw.bad")), why
    # Another's file is not cut to where it says, nor written to.
    daemon.stop()
    st = os.stat(daemon.path("web2@4242.log"))
    change_ledger(daemon, "1-11.raw", dev=st.st_dev, ino=st.st_ino, exact=0,
                  **{"from": [0, 4, 0], "to": [1000, 4, 0]})
    port.say(b"two\n")
    daemon.start()
    daemon.wait_log("web1.log", logged + b"two\n")
    daemon.wait_said("web1.log was moved or removed")
    assert daemon.read("web2@4242.log") == b"theirs\n"
    # They go with their ports.
    port.die()
    os.unlink(port.path)
    wait_for("that its ledger goes", lambda: not os.path.exists(daemon.path(".kpl011/1-11.raw")))
    daemon.stop()
    daemon.start()
    wait_for("that what was put aside goes", lambda: not os.path.exists(
        daemon.path(".kpl011/1-11.raw.bad")))
