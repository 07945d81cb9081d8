# SPDX-License-Identifier: GPL-2.0-only
"""Tests of alerts that wait for the trace which follows, and of what becomes of them meanwhile."""

import json
import os

import asks
from alerting import PANIC, Host, read
from played import wait_for

TESTS = []
test = asks.decorator(TESTS)

# What Linux prints behind it.
TRACE = b"".join(b"[    1.%06d]  frame_%d+0x10/0x20\r\n" % (i, i) for i in range(30))
TRACE_END = b"[    1.9] ---[ end Kernel panic - not syncing: Attempted to kill init! ]---\r\n"


class Metrics:
    """What the daemon counts, as it tells it now."""

    def __init__(self, bench):
        self.path = os.path.join(bench.dir, "kpl011.prom")
        self.setting = f"metrics = {self.path}\n"
        self.before = {"told": 0, "seen": 0}

    def begin(self, daemon):
        """What the daemons before have counted of panics, which goes on, is of no interest."""
        self.before = json.loads(daemon.read(".kpl011/counts"))["alerts"]["panic"]

    def wait(self, daemon, told, seen):
        """Until there were so many panics; the file is written anew each time."""
        lines = (f'kpl011_alerts_total{{alert="panic"}} {self.before["told"] + told}',
                 f'kpl011_alert_matches_total{{alert="panic"}} {self.before["seen"] + seen}')

        def look():
            daemon.renew(self.path)
            return set(lines) <= set(read(self.path).splitlines())
        wait_for(lambda: f"{lines} in {read(self.path)[-3000:]}", look)


@test
def alerts_have_the_trace_that_follows(bench):
    """However it comes, and the whole of the line that matched; the metrics wait for nothing."""
    counted = Metrics(bench)
    host = Host(bench, counted.setting + "[defaults]\nlog = none\nalert = panic mark\n"
                       "[alert mark]\npattern = ^mark\n[alerts]\nafter-time = 60s\n"
                       "quiet = 1s\n[alert panic]\nCOMMAND")
    port = bench.port(1, "web1", b"before\r\n[    1.0] Kernel panic - not syncing", attach_ns=11)
    daemon = host.daemon.start()
    counted.wait(daemon, 1, 1)
    port.say(b": Attempted to kill init!\r\n" + TRACE[:100])
    port.say(TRACE[100:])
    other = bench.port(2, "db", b"mark\r\n", attach_ns=12)
    assert [e["ALERT"] for e in host.wait(1)] == ["mark"], host.entries
    # The policy is read anew in the middle of a line, and it has matched all the same.
    counted.wait(daemon, 1, 1)
    assert not host.ran()
    port.say(TRACE_END + b"mark\r\n")
    entry = next(e for e in host.wait(3) if e["ALERT"] == "panic")
    assert entry["MESSAGE"] == "web1: panic: [    1.0] Kernel panic - not syncing: " \
        "Attempted to kill init!", entry
    assert entry["ALERT_COUNT"] == "1"
    text = "before\n[    1.0] Kernel panic - not syncing: Attempted to kill init!\n" + \
        (TRACE + TRACE_END).decode().replace("\r", "").rstrip("\n")
    assert entry["ALERT_LINES"] == text, entry["ALERT_LINES"]
    env = host.wait_ran(1)[0]["env"]
    assert env["KPL011_LINES"] == text, env
    assert env["KPL011_MATCH"].endswith("Attempted to kill init!")
    # The end of the trace matches as well, and is no other panic, also after a while.
    counted.wait(daemon, 1, 2)
    for count in (4, 5):
        other.say(b"mark\r\n")
        host.wait(count)
    assert [e["ALERT"] for e in host.entries].count("panic") == 1, host.entries


@test
def alerts_wait_no_longer_than_they_may(bench):
    """Nor for a guest that is gone, nor for more lines than was said."""
    host = Host(bench, "[defaults]\nlog = none\nalert = panic oops few\n[alerts]\n"
                       "after-time = 60s\n[alert panic]\nafter = 500\nafter-time = 1s\n"
                       "[alert few]\npattern = few\nafter = 2\n[guest web2]\nlog = raw\n")
    # Its log cannot be written, so it is not done with when it is gone.
    os.mkdir(host.daemon.logs)
    os.symlink("nowhere", host.daemon.path("web2.log"))
    port = bench.port(1, "web1", PANIC + TRACE + b"Rebooting in 5 seconds..", attach_ns=11)
    host.daemon.start()
    lines = host.wait(1)[0]["ALERT_LINES"].split("\n")
    assert lines == [PANIC.decode().strip(), *TRACE.decode().split("\r\n")[:-1],
                     "Rebooting in 5 seconds.."], lines
    # What was told is noted, though the guest is silent since.
    wait_for("that it is noted", lambda: json.loads(
        host.daemon.read(".kpl011/1-11.alert"))["to"][1] == port.data.index(b"Rebooting"))
    port.say(b"\r\nfew\r\none\r\n")
    wait_for("that it waits", lambda: json.loads(host.daemon.read(".kpl011/1-11.alert"))["to"][1] ==
             port.data.index(b"few"))
    port.say(b"two\r\nthree\r\n", skip=7)
    assert host.wait(2)[1]["ALERT_LINES"].split("\n")[-4:] == \
        ["few", "one", "[kpl011: 7 bytes lost]", "two"], host.entries
    other = bench.port(2, "web2", b"hello\r\nBUG: x\r\ny", attach_ns=12)
    wait_for("that it waits", lambda: host.daemon.read(".kpl011/2-12.alert"))
    assert len(host.take()) == 2, host.entries
    other.die()
    assert host.wait(3)[2]["ALERT_LINES"].split("\n")[-2:] == ["BUG: x", "y"]


@test
def alerts_that_wait_are_told_over_kills(bench):
    """Once, with all that followed; and when the daemon ends with what there is."""
    counted = Metrics(bench)
    host = Host(bench, counted.setting + "[defaults]\nlog = none\nalert = panic mark\n"
                       "[alert mark]\npattern = ^mark\nquiet = 1s\n[alerts]\nafter-time = 60s\n")
    port = bench.port(1, "web1", b"before\r\n" + PANIC + TRACE[:100], attach_ns=11)
    daemon = host.daemon.start()
    counted.wait(daemon, 1, 1)
    daemon.kill()
    assert not host.take()
    port.say(TRACE[100:] + TRACE_END)
    daemon.start()
    entry = host.wait(1)[0]
    text = (PANIC + TRACE + TRACE_END).decode().replace("\r", "").rstrip("\n")
    assert entry["ALERT_LINES"] == text, entry
    # A guest that is silent since: it is noted nevertheless.
    wait_for("that it is noted", lambda: json.loads(
        daemon.read(".kpl011/1-11.alert"))["to"][1] == len(port.data))
    daemon.kill()
    counted.begin(daemon)
    daemon.start()
    port.say(b"mark\r\n")
    assert host.wait(2)[1]["ALERT"] == "mark", host.entries
    port.say(PANIC + b"last words\r\n")
    counted.wait(daemon, 1, 1)
    daemon.stop()
    assert host.wait(3)[2]["ALERT_LINES"].endswith("\nlast words"), host.entries
    daemon.start()
    port.say(b"mark\r\n")
    assert host.wait(4)[3]["ALERT"] == "mark", host.entries


@test
def alerts_are_told_once_at_whichever_step_the_daemon_ends(bench):
    """With what there was then; what follows is part of it, and what was not looked at is not lost."""
    counted = Metrics(bench)
    host = Host(bench, counted.setting + "[defaults]\nlog = none\nalert = panic mark whole early\n"
                       "[alert mark]\npattern = ^mark\n[alerts]\nafter-time = 60s\nquiet = 1s\n"
                       "[alert whole]\npattern = ^Kernel panic.*init!\nafter = none\n"
                       "[alert early]\npattern = ^Kernel panic\nafter = none\nafter-time = 1s\n")
    daemon = host.daemon
    text = b"before\r\n" + PANIC + TRACE + TRACE_END
    # In the line that matches, before it does and behind that; behind it; in what follows, and
    # in its last line, before that matches and behind it.
    steps = [text.index(b"panic"), text.index(b"Attempted"), text.index(TRACE),
             text.index(TRACE) + 150, text.index(TRACE_END), text.index(b"syncing", len(text) - 60),
             len(text) - 5, len(text)]
    for number, step in enumerate(steps, 1):
        port = bench.port(number, f"web{number}", text[:step], attach_ns=number + 10)
        if number > 1:
            counted.begin(daemon)
        daemon.start()
        # It was in its hands, and by now it is looked at.
        seen = text[:step].count(b"Kernel panic")
        counted.wait(daemon, min(seen, 1), seen)
        if text[step:].startswith(b"Attempted"):
            # One that is told in the midst of its line is told.
            wait_for("it", lambda port=port: "early" in [
                e["ALERT"] for e in host.take() if e["GUEST"] == port.facts["name"]])
        daemon.stop()
        told = [e for e in host.take()
                if e["GUEST"] == port.facts["name"] and e["ALERT"] == "panic"]
        assert len(told) == min(seen, 1), (step, told)
        daemon.start()
        port.say(text[step:])
        # That was all of it; and another one is another one.
        port.say(b"login:\r\nmark\r\n")
        wait_for("its end", lambda port=port: any(
            e["GUEST"] == port.facts["name"] and e["ALERT"] == "mark" for e in host.take()))
        port.say(PANIC.replace(b"init", b"init again") + TRACE_END)
        wait_for(lambda: f"the other one, {host.entries}", lambda port=port: any(
            "init again" in e["MESSAGE"] for e in host.take() if e["GUEST"] == port.facts["name"]))
        daemon.stop()
        port.die()
    # What was seen again too soon is told by now as well.
    daemon.start()
    last = bench.port(99, "last", attach_ns=99)
    for count in range(1, 4):
        last.say(b"mark\r\n")
        wait_for("the next", lambda count=count: count == len(
            [e for e in host.take() if e["GUEST"] == "last"]))
    for number, step in enumerate(steps, 1):
        told = sorted((e["ALERT"], e["ALERT_COUNT"]) for e in host.take()
                      if e["GUEST"] == f"web{number}")
        assert told == [("early", "1"), ("early", "1"), ("mark", "1"), ("panic", "1"), ("panic", "1"),
                        ("whole", "1")], (step, told)


@test
def alerts_of_two_ports_of_one_guest_do_not_mix(bench):
    """One waits for its lines; what the other prints is neither these nor part of it."""
    counted = Metrics(bench)
    host = Host(bench, counted.setting + "[defaults]\nlog = none\nalert = panic\n"
                       "[alerts]\nquiet = 1s\nafter-time = 60s\n")
    first = bench.port(1, "web1", PANIC, attach_ns=11)
    second = bench.port(2, "web1", b"", attach_ns=12)
    daemon = host.daemon.start()
    counted.wait(daemon, 1, 1)
    second.say(PANIC + b"of the second\r\n" + TRACE_END)
    counted.wait(daemon, 1, 3)
    first.say(b"of the first\r\n" + TRACE_END)
    entries = host.wait(2)
    assert [(e["PORT"], "of the first" in e["ALERT_LINES"], "of the second" in e["ALERT_LINES"])
            for e in entries] == [("1", True, False), ("2", False, True)], entries
    counted.wait(daemon, 2, 4)
