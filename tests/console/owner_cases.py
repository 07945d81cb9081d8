# SPDX-License-Identifier: GPL-2.0-only
"""Two users whose guests have the same names, before one daemon; one of them is hostile.

KPL011_SEED has the same things happen again, KPL011_FUZZ_TIME makes it last so many seconds;
`make fuzz` does.
"""

import hashlib
import os
import random
import re
import signal
import time

import asks
from daemon import SEED, Daemon, difference
from metrics_cases import stand_still
from played import wait_for

TESTS = []
test = asks.decorator(TESTS)
SECONDS = float(os.environ.get("KPL011_FUZZ_TIME") or 12)
BUDGET = 4 << 20
HOSTILE = 4242
DEAD_MAX = 16                           # that the kernel keeps of each user

NAMES = ("web1", "db", "", "web1@0", "web1~2", "web1.clean", "../web1", ".kpl011", "web1.log",
         "web1.log.20260131T123456Z-000001", "%77eb1", "x" * 63, "web1\\", "$(id)")


class Victim:
    """A guest that prints numbered lines, ends and lives again, and what is to be in its log."""

    def __init__(self, bench, name):
        self.bench = bench
        self.name = name
        self.said = bytearray()
        self.number = self.lives = 0
        self.port = None
        self.dead = []                  # (port, bytes that were said when it ended)

    def end(self, daemon):
        """What the kernel keeps no more has been logged: a life is long enough for that."""
        self.port.die()
        self.dead.append((self.port, len(self.said)))
        if len(self.dead) > DEAD_MAX:
            port, said = self.dead.pop(0)
            log = f"{self.name}.log"
            wait_for(lambda: f"{log} has {len(whole(daemon, log))} bytes of {said}",
                     lambda: len(whole(daemon, log)) >= said, 120)
            os.unlink(port.path)
            port.end()

    def live(self, port):
        self.lives += 1
        self.port = self.bench.port(port, self.name, attach_ns=port)

    def say(self, choose):
        text = b"".join(b"%s %08d %s\r\n" % (self.name.encode(), self.number + n,
                                             b"." * choose.randrange(60))
                        for n in range(choose.randrange(1, 20)))
        self.number += 20
        self.said += text
        self.port.say(text)


class Hostile:
    """Somebody who does what a user can do."""

    def __init__(self, bench, choose):
        self.bench = bench
        self.choose = choose
        self.ports = []
        self.dead = []
        self.said = self.lives = 0

    def end(self, port):
        port.die()
        self.dead.append(port)
        if len(self.dead) > DEAD_MAX:
            os.unlink(self.dead[0].path)
            self.dead.pop(0).end()

    def act(self, port):
        choose = self.choose
        what = choose.randrange(10)
        if what < 3 and len(self.ports) < 24:
            self.lives += 1
            self.ports.append(self.bench.port(port, choose.choice(NAMES), uid=HOSTILE,
                                              attach_ns=port))
        elif what < 5 and self.ports:
            self.end(self.ports.pop(choose.randrange(len(self.ports))))
        elif self.ports:
            text = choose.choice((b"x" * 60000, b"\n" * 3000, bytes(choose.randbytes(20000)),
                                  b"web1 00000001 \r\n" * 2000, b"\x1b[2J\x1b]0;" * 500))
            self.said += len(text)
            choose.choice(self.ports).say(text, skip=choose.choice((0, 0, 0, 1 << 20)))


def whole(daemon, name):
    """Of its log, waiting for what is being compressed."""
    return daemon.whole(name)


def elsewhere(daemon, log, victim):
    """Where the lines are that are missing in a victim's log."""
    there = set(whole(daemon, log).splitlines())
    missing = [line for line in bytes(victim.said).splitlines() if line not in there]
    if not missing:
        return "each line is there"
    found = [name for name in sorted(os.listdir(daemon.logs))
             if name.endswith(".log") and missing[0] in daemon.read(name)]
    told = [line for line in daemon.said().splitlines()
            if f"@{HOSTILE}" not in line and re.search(rf"\b{victim.name}[.~]", line)]
    return f"{len(missing)} lines from {missing[0]!r} are missing, which is in {found}; {told[-20:]}"


def usage(daemon, ours):
    """Bytes on the disk of one of the two."""
    return sum(os.stat(daemon.path(name)).st_blocks * 512 for name in os.listdir(daemon.logs)
               if (f"@{HOSTILE}" not in name) == ours and ".log" in name)


@test
def a_hostile_user_touches_no_log_of_another(bench):
    signal.alarm(int(SECONDS) + 300)
    print(f"# owners: KPL011_SEED={SEED}", flush=True)
    choose = random.Random(SEED)
    daemon = Daemon(bench, f"""
[daemon]
budget = {BUDGET}
[defaults]
rotate-size = 64k
keep-files = 40
[guest *]
user = root
log = raw clean
""").start()
    victims = [Victim(bench, "web1"), Victim(bench, "db")]
    hostile = Hostile(bench, choose)
    port = 1
    for victim in victims:
        victim.live(port)
        port += 1
    begun = time.monotonic()
    restarts = acts = 0
    # On a busy machine little is printed in that time: until something has to go.
    while (passed := (time.monotonic() - begun) / SECONDS) < 1 or (
            acts % 100 or "removed " not in daemon.said()):
        hostile.act(port)
        port += 1
        acts += 1
        victim = choose.choice(victims)
        # As much as is his, over all of the time.
        if len(victim.said) < BUDGET // 8 * passed:
            victim.say(choose)
        if not choose.randrange(200):
            victim.end(daemon)
            victim.live(port)
            port += 1
        if not choose.randrange(400):
            daemon.kill()
            daemon.start()
            restarts += 1
        time.sleep(0.005)
    for victim in victims:
        log = f"{victim.name}.log"
        try:
            wait_for(log, lambda v=victim, n=log: whole(daemon, n) == bytes(v.said), 120)
        except AssertionError:
            raise AssertionError(f"{log}: {difference(whole(daemon, log), bytes(victim.said))}; "
                                 f"{elsewhere(daemon, log, victim)}; seed {SEED}; "
                                 f"{daemon.said()[-2000:]}") from None
        digest = hashlib.sha256(whole(daemon, log)).hexdigest()
        assert digest == hashlib.sha256(victim.said).hexdigest()
        text = whole(daemon, f"{victim.name}.clean.log").decode()
        lines = re.findall(rf"^\S+ +{victim.name} \d{{8}} ?\.*$", text, re.M)
        assert len(lines) == text.count("\n"), f"{victim.name}: {text[-500:]!r}"
    assert restarts or SECONDS < 60
    print(f"# {SECONDS:.0f} s, {restarts} kills: " + ", ".join(
        f"{v.name} has all of its {len(v.said)} bytes in {v.lives} lives" for v in victims) +
          f"; the other printed {hostile.said / 1e6:.0f} MB in {hostile.lives} lives, and "
          f"{daemon.said().count('removed ')} files of its logs were removed")
    # What is removed is of who prints too much.
    removed = re.findall(r"removed (\S+)", daemon.said())
    assert removed and all(f"@{HOSTILE}" in name for name in removed), removed
    wait_for(lambda: f"the budget holds: {usage(daemon, True)} and {usage(daemon, False)}",
             lambda: usage(daemon, True) + usage(daemon, False) <= BUDGET + (1 << 20), 60)
    assert not [name for name in os.listdir(bench.dir) if name.startswith(("web1", "x"))]


def touch_in_turn(ports):
    """So often that the kernel drops what comes behind: touches of two in turn are not merged."""
    with open("/proc/sys/fs/inotify/max_queued_events", encoding="ascii") as file:
        most = int(file.read())
    for number in range(most + 10):
        os.utime(ports[number % 2].path)


@test
def ports_that_go_unheard_behind_touches_of_others_are_let_go(bench):
    """And the next ones of their numbers are logged, as after another load of the module."""
    touched = [bench.port(number, "evil", uid=HOSTILE, attach_ns=number) for number in (1, 2)]
    gone = [bench.port(number, f"web{number}", b"one\n", attach_ns=number) for number in (3, 4, 5)]
    daemon = Daemon(bench, "[defaults]\nlog = raw\n").start()
    for port in gone:
        daemon.wait_log(f"web{port.number}.log", b"one\n")
    assert os.path.exists(daemon.path(".kpl011/3-3.raw"))
    stand_still(daemon)
    touch_in_turn(touched)
    for port in gone:
        os.unlink(port.path)
        port.end()
    # One of the same guest, and one of another.
    bench.port(4, "web4", b"two\n", attach_ns=14)
    bench.port(5, "db", b"db\n", attach_ns=15)
    daemon.child.send_signal(signal.SIGCONT)
    daemon.wait_log("web4.log", b"one\ntwo\n")
    daemon.wait_log("db.log", b"db\n")
    for number in (3, 4, 5):
        wait_for(f"the ledger of {number} goes",
                 lambda number=number: not os.path.exists(daemon.path(f".kpl011/{number}-{number}.raw")))
    daemon.stop()
    assert not [name for name in os.listdir(daemon.logs) if "~2" in name and "evil" not in name]
