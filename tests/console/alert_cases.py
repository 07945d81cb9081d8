# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the daemon's alerts: who is told, how often, and what a command gets."""

import ctypes
import glob
import json
import os
import pwd
import re
import resource
import signal
import tempfile
import time

import proc
from daemon import Daemon
from journal import Journal
from played import wait_for
from trouble_cases import report_failing

TESTS = []
NOBODY = "nobody"
PR_SET_MDWE = 65
PANIC = b"Kernel panic - not syncing: Attempted to kill init!\r\n"

# What a command of an alert does in these tests: it writes down what it got.
COMMAND = """#!/usr/bin/python3 -I
import json, os, resource, signal, sys, time
def read(name):
    with open(f"/proc/self/{name}") as file:
        return file.read()
ignored = next(int(line.split()[1], 16) for line in read("status").splitlines()
               if line.startswith("SigIgn"))
got = {"argv": sys.argv[1:], "env": dict(os.environ), "uid": os.getresuid(), "gid": os.getresgid(),
       "groups": os.getgroups(), "cwd": os.getcwd(), "nice": os.nice(0), "sid": os.getsid(0) == os.getpid(),
       "fds": [os.readlink(f"/proc/self/fd/{fd}") for fd in os.listdir("/proc/self/fd")
               if os.path.exists(f"/proc/self/fd/{fd}")],
       "pid": os.getpid(), "umask": os.umask(0), "oom": int(read("oom_score_adj")),
       "ignored": [sig for sig in range(1, 65) if ignored >> sig - 1 & 1],
       "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0],
       "blocked": len(signal.pthread_sigmask(signal.SIG_BLOCK, []))}
path = os.path.join(os.path.dirname(sys.argv[0]), f"ran-{time.monotonic_ns()}-{os.getpid()}")
with open(path + ".new", "w") as file:
    json.dump(got, file)
os.rename(path + ".new", path)
if "hang" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if "polite" in sys.argv:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
if "hang" in sys.argv or "leave" in sys.argv:
    child = os.fork()
    if child == 0:
        time.sleep(600)
    with open(path.replace("ran", "child"), "w") as file:
        file.write(str(child))
while "hang" in sys.argv or "polite" in sys.argv:
    time.sleep(60)
if "fail" in sys.argv:
    sys.exit(3)
"""


def test(function):
    TESTS.append(function)
    return function


class Host(Journal):
    """A journal and a command that a test plays, and the daemon."""

    def __init__(self, bench, policy, words="", user=NOBODY):
        # The paths of sockets are short, and another user runs the command.
        self.dir = tempfile.TemporaryDirectory(prefix="kpl011-a-", dir="/tmp")
        os.chmod(self.dir.name, 0o777)
        self.path = self.dir.name + "/socket"
        self.command = self.dir.name + "/page"
        with open(self.command, "w", encoding="ascii") as file:
            file.write(COMMAND)
        os.chmod(self.command, 0o755)
        user = user if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        self.policy = f"[daemon]\njournal-socket = {self.path}\n" + policy.replace(
            "COMMAND", f"command = {self.command} {words}\nuser = {user}\n")
        self.entries = []
        self.socket = None
        self.open()
        self.daemon = Daemon(bench, self.policy)

    def wait(self, count):
        wait_for(lambda: f"{count} entries; {self.entries}; {self.daemon.said()}",
                 lambda: len(self.take()) >= count)
        return self.entries

    def ran(self):
        """What each run of the command got, the first first."""
        def read(path):
            with open(path, encoding="utf-8") as file:
                return json.load(file)
        return [read(path) for path in sorted(glob.glob(self.dir.name + "/ran-*"))
                if not path.endswith(".new")]

    def wait_ran(self, count):
        wait_for(lambda: f"{count} runs; {self.daemon.said()}", lambda: len(self.ran()) >= count)
        return self.ran()


@test
def alerts_go_to_the_journal_with_the_last_lines(bench):
    """Also of a guest that is not logged, and as a person has seen it."""
    port = bench.port(7, "web1", b"", attach_ns=11, pid=1234, uid=1000)
    port.marks = [(0, time.clock_gettime_ns(time.CLOCK_BOOTTIME))]
    host = Host(bench, "[defaults]\nlog = none\nalert = panic oops hung-task full\n"
                       "[alert full]\npattern = No space left\npriority = notice\n")
    host.daemon.start()
    port.say(b"".join(b"line %d\r\n" % i for i in range(20)) +
             b"[   12.3] \x1b[1;31mKernel paX\bnic\x1b[0m - not\x1b]0;x\x07 syncing: \xff"
             b"\x1b[1mVFS\r\n")
    entry = host.wait(1)[0]
    assert entry["ALERT"] == "panic" and entry["PRIORITY"] == "2", entry
    assert (entry["GUEST"], entry["UID"], entry["PORT"], entry["PID"]) == \
        ("web1", "1000", "7", "1234"), entry
    assert entry["SYSLOG_IDENTIFIER"] == "kpl011-alert" and len(entry["MESSAGE_ID"]) == 32
    assert entry["ALERT_COUNT"] == "1" and len(entry["BOOT"]) == 32
    assert abs(int(entry["KPL011_REALTIME_USEC"]) / 1e6 - time.time()) < 3600
    lines = entry["ALERT_LINES"].split("\n")
    assert lines[:9] == [f"line {i}" for i in range(11, 20)], lines
    assert entry["MESSAGE"] == "web1: panic: " + lines[9], entry
    assert "\x1b" not in lines[9] and lines[9].endswith("VFS"), lines
    # One line may be two alerts, and a pattern of the operator's own is as good.
    port.say(b"BUG: x blocked for more than 120 seconds\nwrite: No space left on device")
    assert {(e["ALERT"], e["PRIORITY"]) for e in host.wait(4)[1:]} == \
        {("oops", "2"), ("hung-task", "3"), ("full", "5")}
    assert not [name for name in os.listdir(host.daemon.logs) if name != ".kpl011"]
    # The end of a guest, with no end of its line.
    port.say(b"\nOut of memory: Killed process 1\nend")
    port.die()
    wait_for("its end", lambda: json.loads(
        host.daemon.read(".kpl011/7-11.alert") or b"{}").get("done"))
    assert len(host.take()) == 4, host.entries
    host.daemon.stop()
    # Nothing of it is told here.
    assert "panic" not in host.daemon.said(), host.daemon.said()


@test
def alerts_of_one_kind_are_told_once_in_a_while(bench):
    """Of a guest, that is of its owner and name, whatever port it has."""
    host = Host(bench, "[defaults]\nlog = none\nalert = panic\n[alerts]\nquiet = 3s\n"
                       "after = none\n")
    port = bench.port(1, "web1", PANIC * 1000, attach_ns=11, uid=1000)
    bench.port(2, "web1", PANIC * 10, attach_ns=12, uid=1001)
    began = time.monotonic()
    host.daemon.start()
    assert {(e["UID"], e["ALERT_COUNT"]) for e in host.wait(2)} == {("1000", "1"), ("1001", "1")}
    port.die()
    bench.port(3, "web1", PANIC, attach_ns=13, uid=1000)
    later = sorted(host.wait(4)[2:], key=lambda e: e["UID"])
    assert time.monotonic() - began >= 3, "told again at once"
    assert [e["ALERT_COUNT"] for e in later] == ["1000", "9"], later
    assert "panic (1000 times): Kernel panic" in later[0]["MESSAGE"]


@test
def alerts_are_told_once_over_kills(bench):
    """And what a guest prints while nobody looks is looked at later."""
    policy = "[defaults]\nlog = none\nalert = panic\n[alerts]\nquiet = 1s\nafter = none\n"
    host = Host(bench, policy)
    port = bench.port(1, "web1", PANIC + b"Kernel panic - not", attach_ns=11)
    daemon = host.daemon.start()
    host.wait(1)
    # In the middle of a line, which is one afterwards.
    daemon.kill()
    port.say(b" syncing: two\r\n")
    daemon.start()
    assert host.wait(2)[1]["MESSAGE"] == "web1: panic: Kernel panic - not syncing: two"
    wait_for("that it is noted", lambda: json.loads(
        daemon.read(".kpl011/1-11.alert"))["to"][1] == len(port.data))
    daemon.kill()
    daemon.start()
    port.say(b"Kernel panic - not syncing: three\r\n")
    assert host.wait(3)[2]["MESSAGE"].endswith("three"), host.entries
    # What is lost is told, and a line does not go on behind it.
    port.say(b"Kernel panic - not")
    daemon.kill()
    port.forget(len(port.data))
    port.say(b" syncing: four\r\nKernel panic - not syncing: five\r\n")
    daemon.start()
    assert host.wait(4)[3]["MESSAGE"] == "web1: panic: Kernel panic - not syncing: five"
    assert "web1: 18 bytes were overwritten before they could be searched for alerts" in \
        daemon.said(), daemon.said()


@test
def alerts_are_found_however_hard_the_text_is(bench):
    """What takes many turns to look at is all looked at, by other rules as well."""
    port = bench.port(1, "web1", b"", attach_ns=11, ring_size=1 << 20)
    names = [f"hard{number}" for number in range(20)]
    policy = ("[defaults]\nlog = none\nalert = panic mine " + " ".join(names) + "\n"
              "[alert mine]\npattern = PATTERN\n" + "".join(
                  f"[alert {name}]\npattern = (\\w+[.-]?)*@[a-z]+={name}\n" for name in names))
    host = Host(bench, policy.replace("PATTERN", "number [0-9]+!"))
    host.daemon.start()
    hard = (b"abcdefghijklmnopqrst=a\r" * 8 + b"\n") * 40
    port.say(hard + PANIC + b"number 1!\r\n" + hard + b"number two!\r\n" + hard)
    with open(host.daemon.config, encoding="utf-8") as file:
        host.daemon.reload(file.read().replace("number [0-9]+!", "number [12t]"))
    host.wait(2)
    wait_for("that all is looked at", lambda: json.loads(
        host.daemon.read(".kpl011/1-11.alert"))["to"][1] == len(port.data))
    assert sorted(entry["MESSAGE"] for entry in host.take())[-1] == \
        "web1: panic: Kernel panic - not syncing: Attempted to kill init!", host.entries
    host.daemon.stop()
    assert "bytes were overwritten" not in host.daemon.said(), host.daemon.said()


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
def alerts_that_were_not_told_are_for_the_next_start(bench):
    """What the journal did not take, what was seen again too soon, and commands that had no turn."""
    host = Host(bench, "[defaults]\nlog = none\nalert = panic oops\n[alerts]\nafter = none\n"
                       "quiet = 6s\nevery = 6s\nCOMMAND[alert oops]\nquiet = 1s\n")
    daemon = host.daemon.start()
    begun = time.monotonic()
    port = bench.port(1, "web1", PANIC, attach_ns=11)
    host.wait_ran(1)
    port.say(PANIC + PANIC + b"BUG: x\r\n")
    assert [e["ALERT"] for e in host.wait(2)] == ["panic", "oops"], host.entries
    host.close()
    other = bench.port(2, "web2", PANIC, attach_ns=12)
    daemon.wait_said("web2 (user root): panic")
    daemon.stop()
    kept = json.loads(daemon.read(".kpl011/alerts"))
    assert len(kept["alerts"]) == 3 and "command" not in daemon.said(), (kept, daemon.said())
    host.open()
    daemon.start()
    assert not daemon.read(".kpl011/alerts")
    # That of web2 at once, and once; that of web1 when it is time.
    entry = host.wait(3)[2]
    assert (entry["GUEST"], entry["ALERT_COUNT"]) == ("web2", "1"), entry
    assert entry["ALERT_LINES"] == PANIC.decode().strip() and entry["PORT"] == "2", entry
    entry = host.wait(4)[3]
    assert time.monotonic() - begun >= 6, "told again too soon"
    assert (entry["GUEST"], entry["ALERT_COUNT"]) == ("web1", "2"), entry
    ran = host.wait_ran(4)
    assert {(run["env"]["KPL011_GUEST"], run["env"]["KPL011_ALERT"]) for run in ran} == \
        {("web1", "panic"), ("web1", "oops"), ("web2", "panic")}, ran
    times = sorted(os.path.getmtime(path) for path in glob.glob(host.dir.name + "/ran-*"))
    assert min(b - a for a, b in zip(times, times[1:])) > 4, times
    other.say(b"BUG: y\r\n")
    assert host.wait(5)[4]["ALERT"] == "oops"
    # A file that is no such file is no reason not to start.
    daemon.stop()
    with open(daemon.path(".kpl011/alerts"), "w", encoding="ascii") as file:
        file.write('{"format": "kpl011-alerts", "boot": 1, "alerts": [{"uid": -1, "news": {}}, 7]}')
    daemon.start()
    port.say(b"BUG: z\r\n")
    assert host.wait(6)[5]["ALERT"] == "oops"


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


def only_text(text):
    return all(ch >= " " and not "\x7f" <= ch <= "\x9f" for ch in text)


def peculiar():
    """What whoever starts the daemon may have left to it."""
    signal.signal(signal.SIGUSR2, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGWINCH})
    os.umask(0o077)
    os.nice(3)
    with open("/proc/self/oom_score_adj", "w", encoding="ascii") as file:
        file.write("300")
    if os.geteuid() == 0:
        os.setgroups([0, 4242])


@test
def alerts_run_a_command_with_nothing_but_words(bench):
    """No shell, no descriptor, no privilege, and no control character of the guest's."""
    host = Host(bench, "[defaults]\nlog = none\nalert = panic\n"
                       "[alert panic]\nCOMMAND", words="a $HOME x;id `id` *")
    port = bench.port(3, "web $(id);'\"", b"", attach_ns=11, uid=0)
    port.marks = [(0, time.clock_gettime_ns(time.CLOCK_BOOTTIME))]
    with open("/etc/passwd", "rb") as secret:
        daemon = host.daemon.start(env={"SECRET": "x", "LD_LIBRARY_PATH": "/nowhere"},
                                   stdin=secret, pass_fds=[secret.fileno()], preexec_fn=peculiar)
    hostile = b"".join(bytes([byte]) for byte in range(256) if byte not in b"\n\r\x1b\x90\x98\x9b"
                       b"\x9d\x9e\x9f\x08\x0e\x0f")
    port.say(hostile + b"\n\t\x1b]0;t\x07$(id) `id` \xe2\x80\xae Kernel panic - not syncing: "
             b"() { :; }; id \xc2\x85 \xc2\x9b31m x\x7f\x00y" + "é".encode() * 600 + b"\n")
    got = host.wait_ran(1)[0]
    assert got["argv"] == ["a", "$HOME", "x;id", "`id`", "*"], got
    env = got["env"]
    assert env.pop("LC_CTYPE", "C.UTF-8") == "C.UTF-8"      # Python's own
    assert set(env) == {
        "PATH", "LANG", "HOME", "USER", "LOGNAME", "KPL011_ALERT", "KPL011_PRIORITY",
        "KPL011_GUEST", "KPL011_UID", "KPL011_USER", "KPL011_PORT", "KPL011_PID", "KPL011_BOOT",
        "KPL011_POSITION", "KPL011_COUNT", "KPL011_MATCH", "KPL011_LINES", "KPL011_TIME"}, env
    assert abs(int(env["KPL011_TIME"]) - time.time()) < 3600, env
    assert env["KPL011_POSITION"] == str(len(port.data)) and env["KPL011_PRIORITY"] == "2"
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        assert env["KPL011_BOOT"] == file.read().strip()
    assert env["KPL011_GUEST"] == "web $(id);'\"" and env["KPL011_USER"] == "root"
    assert (env["KPL011_ALERT"], env["KPL011_UID"], env["KPL011_PORT"], env["KPL011_COUNT"]) == \
        ("panic", "0", "3", "1")
    assert "Kernel panic - not syncing: () { :; }; id" in env["KPL011_MATCH"]
    assert len(env["KPL011_MATCH"].encode()) < 512
    lines = env.pop("KPL011_LINES").split("\n")
    assert len(lines) <= 10 and lines[-1] == env["KPL011_MATCH"], lines
    for text in [*env.values(), *lines]:
        assert only_text(text), text
        assert "\u202e" not in text
    assert got["fds"] == ["/dev/null"] * 3, got["fds"]
    assert got["cwd"] == "/" and got["sid"] and got["oom"] == 0, got
    assert got["umask"] == 0o022 and got["blocked"] == 0 and got["files"] <= 1024, got
    # Python's own are these.
    # 32 and 33 are the C library's own, which make leaves ignored in what it starts.
    assert set(got["ignored"]) <= {signal.SIGPIPE, signal.SIGXFSZ, 32, 33}, got
    if os.geteuid() == 0:
        user = pwd.getpwnam(NOBODY)
        assert got["uid"] == [user.pw_uid] * 3 and got["gid"] == [user.pw_gid] * 3, got
        assert set(got["groups"]) == set(os.getgrouplist(NOBODY, user.pw_gid)), got
        assert env["HOME"] == user.pw_dir and got["nice"] == 0, got
    wait_for("its end", lambda: not os.path.exists(f"/proc/{got['pid']}"))
    assert "cannot run" not in daemon.said(), daemon.said()


@test
def alerts_run_a_command_no_more_often_than_they_may(bench):
    """Whatever guests an owner has, and how many; another owner's is run as well."""
    host = Host(bench, "[defaults]\nlog = none\nalert = panic oops\n[alerts]\nquiet = 1s\n"
                       "every = 1h\nCOMMAND")
    for number in range(1, 13):
        bench.port(number, f"web{number}", (PANIC + b"BUG: x\n") * 100, attach_ns=number, uid=1000)
    daemon = host.daemon.start()
    host.wait(2 * 2 * 12)           # told again, all of them
    assert len(host.ran()) == 1, host.ran()
    bench.port(20, "db", PANIC, attach_ns=20, uid=1001)
    assert [run["env"]["KPL011_UID"] for run in host.wait_ran(2)] == ["1000", "1001"]
    # The worst goes first where one has to wait: both are critical, so the oldest.
    daemon.stop()
    assert len(host.ran()) == 2
    # Those that have to wait still do so after the next start.
    assert len([entry for entry in json.loads(daemon.read(".kpl011/alerts"))["alerts"]
                if entry["run"]]) >= 23
    daemon.start()
    bench.port(21, "other", PANIC, attach_ns=21, uid=1002)
    assert [run["env"]["KPL011_UID"] for run in host.wait_ran(3)] == ["1000", "1001", "1002"]


@test
def alerts_end_a_command_that_takes_too_long(bench):
    """With what it has started; and what fails is told."""
    host = Host(bench, "[defaults]\nlog = none\nalert = panic oops disk\n[alerts]\nevery = 1s\n"
                       "after = none\ntime-limit = 10s\nCOMMAND"
                       "[alert oops]\ncommand = /nonexistent/page\n"
                       "[alert disk]\ncommand = /bin/false\n", words="hang")
    port = bench.port(1, "web1", PANIC, attach_ns=11)
    daemon = host.daemon.start()
    got = host.wait_ran(1)[0]
    child = wait_for("its child", lambda: next(
        (int(text) for text in map(read, glob.glob(host.dir.name + "/child-*")) if text), None))
    daemon.wait_said(f"web1: panic: {host.command} took more than 10 s, and was ended")
    for pid in (got["pid"], child):
        wait_for("its end", lambda pid=pid: not proc.alive(pid))
    port.say(b"BUG: x\n")
    daemon.wait_said("web1: oops: cannot run /nonexistent/page: cannot start: No such file")
    port.say(b"EXT4-fs error\n")
    daemon.wait_said("web1: disk: /bin/false failed with status 1")
    daemon.stop()


@test
def alerts_leave_nothing_of_a_command_behind(bench):
    """Neither what it has started, nor a descriptor; and one that is late is, however it ends."""
    host = Host(bench, "[defaults]\nlog = none\nalert = panic oops\n[alerts]\nevery = 1s\n"
                       "after = none\n[alert panic]\nCOMMAND", words="leave")
    host.policy += f"[alert oops]\ntime-limit = 1s\ncommand = {host.command} polite\n" + \
        host.policy[host.policy.rindex("user = "):]
    host.daemon.write_policy(host.policy)
    port = bench.port(1, "web1", b"", attach_ns=11)
    daemon = host.daemon.start()
    descriptors = f"/proc/{daemon.child.pid}/fd"
    port.say(PANIC)
    child = wait_for("its child", lambda: next(
        (int(text) for text in map(read, glob.glob(host.dir.name + "/child-*")) if text), None))
    wait_for("its end", lambda: not proc.alive(child))
    daemon.reload(host.policy)
    before = len(os.listdir(descriptors))
    assert "page" not in daemon.said(), daemon.said()
    port.say(b"BUG: x\r\n")
    daemon.wait_said(f"web1: oops: {host.command} took more than 1 s, and was ended")
    wait_for("that all is closed", lambda: len(os.listdir(descriptors)) <= before)


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


@test
def alerts_are_told_here_while_the_journal_is_away(bench):
    host = Host(bench, "[defaults]\nlog = raw\nalert = panic\n[alert panic]\npriority = emerg\n")
    host.close()
    port = bench.port(1, "web1", PANIC, attach_ns=11)
    daemon = host.daemon.start()
    daemon.wait_said("web1 (user root): panic (emerg): Kernel panic")
    daemon.wait_said("cannot send alerts to the journal at " + host.path)
    # No log waits for it.
    port.say(b"more")
    daemon.wait_log("web1.log", PANIC + b"more")
    report_failing(bench, daemon, "alerts, the journal takes none")
    host.open()
    assert host.wait(1)[0]["ALERT"] == "panic"
    daemon.wait_said("the journal takes alerts again")
    report_failing(bench, daemon)
    assert daemon.said().count("Kernel panic") == 1


@test
def alerts_of_one_owner_are_summed_up_while_the_journal_is_away(bench):
    """Anybody can have a thousand guests that panic."""
    host = Host(bench, "[defaults]\nlog = none\nalert = panic\n")
    host.close()
    daemon = host.daemon.start()
    for number in range(1, 31):
        bench.port(number, f"evil{number}", PANIC, uid=4242, attach_ns=number)
    daemon.wait_said("(user 4242): panic")
    bench.port(99, "web1", PANIC, uid=1000, attach_ns=99)
    daemon.wait_said("web1 (user ")

    def seen():
        daemon.renew(daemon.path(".kpl011/status"))
        with open(daemon.path(".kpl011/status"), encoding="utf-8") as file:
            return json.load(file)["alerts"][0]["told"] == 31

    wait_for("all of them", seen)
    host.open()
    # None is lost by it.
    names = {entry["GUEST"] for entry in host.wait(31)}
    assert names == {"web1"} | {f"evil{number}" for number in range(1, 31)}, names
    daemon.stop()
    assert daemon.said().count("(user 4242): panic") == 8, daemon.said()
    assert "user 4242, 22 times more: alert panic while the journal is away" in daemon.said(), (
        daemon.said())
    assert daemon.said().count("web1") == 1, daemon.said()


@test
def alerts_are_those_of_the_policy_that_is_read_anew(bench):
    host = Host(bench, "[defaults]\nlog = none\nalert = mine\n[alerts]\nquiet = 1s\n[alert mine]\npattern = ^one\n")
    port = bench.port(1, "web1", b"one\n", attach_ns=11)
    db = bench.port(2, "db", b"", attach_ns=12)
    daemon = host.daemon.start()
    assert host.wait(1)[0]["ALERT"] == "mine"
    daemon.reload(host.policy.replace("alert = mine", "alert = other").replace("^one", "^two") +
                  "[alert other]\npattern = ^three\n[guest db]\nalert = none\n")
    db.say(b"one\ntwo\nthree\n")
    port.say(b"one\ntwo\nthree\n")
    assert host.wait(2)[1]["ALERT"] == "other"
    daemon.reload(host.policy.replace("alert = mine", "alert = no-such"))
    daemon.wait_said("there is no alert 'no-such'")
    port.say(b"one\nx\n")
    daemon.reload(host.policy.replace("^one", "^x"))
    port.say(b"x\n")
    assert host.wait(3)[2]["ALERT"] == "mine"
    assert [entry["GUEST"] for entry in host.take()] == ["web1"] * 3
    result = bench.run("daemon", "--config", daemon.config, "--check")
    assert b", alert mine\n" in result.stdout, result
    daemon.child.send_signal(signal.SIGTERM)


@test
def a_guest_that_is_slow_to_look_through_holds_up_no_other(bench):
    """A long line that is printed over again and again, and a pattern that begins everywhere."""
    host = Host(bench, "[defaults]\nlog = raw\nalert = hung-task mine\n"
                       "[alert mine]\npattern = rcu.*never\n")
    slow = bench.port(1, "slow", b"rcu" * 1000, uid=1000, attach_ns=1)
    other = bench.port(2, "other", b"", attach_ns=2)
    # As the service has it: no machine code is made of patterns. Before Linux 6.3 it is.
    host.daemon.start(preexec_fn=lambda: ctypes.CDLL(None).prctl(PR_SET_MDWE, 1, 0, 0, 0))
    host.daemon.wait_log("slow@1000.log", b"rcu" * 1000)
    slow.say(b"\r\x1b[2998Cx" * 20000)
    other.say(b"INFO: task kworker blocked for more than 120 seconds\r\n")
    assert host.wait(1)[0]["GUEST"] == "other"
    slow.say(b"\r\x1b[Krcu: it will never end\r\n")
    assert {e["ALERT"] for e in host.wait(2)} == {"hung-task", "mine"}
    with open(f"/proc/{host.daemon.child.pid}/stat", encoding="ascii") as file:
        ticks = sum(map(int, file.read().rsplit(")", 1)[1].split()[11:13]))
    seconds = ticks / os.sysconf("SC_CLK_TCK")
    assert seconds < 10, f"{seconds} s of processor time"


@test
def alerts_have_the_lines_before_whatever_these_are(bench):
    """Of one that is longer than is kept its end; and where nothing can be noted as well."""
    host = Host(bench, "[defaults]\nlog = none\nalert = panic\n[alerts]\nafter = none\n")
    port = bench.port(1, "web1", b"", attach_ns=11)
    daemon = host.daemon.start()
    limit = resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE)
    # No more than a part of it, but what the daemon says.
    resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE, (900, limit[1]))
    port.say(b"one\r\n" + b"x" * 10000 + b"end\r\n" + PANIC)
    lines = host.wait(1)[0]["ALERT_LINES"].split("\n")
    assert len(lines) == 3 and lines[0] == "one" and set(lines[1]) <= set("xend"), lines
    daemon.wait_said("1-11.alert: No space left on device")
    resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE, limit)
    port.say(b"more\r\n")
    daemon.wait_said("can be written to " + daemon.logs + " again; the error was: No space")
    wait_for("that it is noted", lambda: json.loads(
        daemon.read(".kpl011/1-11.alert"))["to"][1] == len(port.data))


@test
def what_alerts_have_missed_is_told_once_in_a_while(bench):
    host = Host(bench, "[defaults]\nlog = none\nalert = panic mark last oops\n[alert mark]\n"
                       "pattern = ^mark\n[alert last]\npattern = ^last\n[alerts]\nafter = none\n")
    port = bench.port(1, "web1", b"", attach_ns=11)
    host.daemon.start()
    port.say(PANIC, skip=10)
    host.wait(1)
    port.say(b"mark\r\nBU", skip=190)
    host.wait(2)
    # A line does not go on behind what is missing.
    port.say(b"G: x\r\nlast\r\n", skip=5)
    assert [e["ALERT"] for e in host.wait(3)] == ["panic", "mark", "last"], host.entries
    assert host.daemon.said().count("searched for alerts") == 1, host.daemon.said()
    host.daemon.stop()
    told = re.findall(r"web1: (\d+) bytes were overwritten", host.daemon.said())
    assert told == ["10", "195"], host.daemon.said()


# Leaves its group, its session and its parent, as a service of the old kind does.
LEAVES = """#!/usr/bin/python3 -I
import os, signal, sys, time
where = os.path.dirname(sys.argv[0])
def leave(depth):
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if depth:
        leave(depth - 1)
    with open(f"{where}/left-{os.getpid()}.new", "w") as file:
        file.write("x")
    os.rename(f"{where}/left-{os.getpid()}.new", f"{where}/left-{os.getpid()}")
    time.sleep(600)
    os._exit(0)
leave(2)
with open(f"{where}/left-{os.getpid()}", "w") as file:
    file.write("x")
while len([name for name in os.listdir(where) if name[:5] == "left-" and name[-4:] != ".new"]) < 4:
    time.sleep(0.01)
if "stay" in sys.argv:
    time.sleep(600)
"""


def leaving(bench, number, words):
    """A command that has started what leaves it, once it has; and all these processes."""
    host = Host(bench, "[defaults]\nlog = none\nalert = panic\n[alerts]\nafter = none\n"
                       f"time-limit = {words[1]}\nCOMMAND", words=words[0])
    with open(host.command, "w", encoding="ascii") as file:
        file.write(LEAVES)
    # Another guest each time: of one an alert is told but so often.
    port = bench.port(number, f"web{number}", b"", attach_ns=10 + number)
    daemon = host.daemon.start()
    port.say(PANIC)

    def left():
        return [int(path.rpartition("-")[2]) for path in glob.glob(host.dir.name + "/left-*")
                if not path.endswith(".new")]
    wait_for(lambda: f"what it starts; {daemon.said()}", lambda: len(left()) == 4)
    return host, daemon, left()


def wait_gone(pids):
    for pid in pids:
        wait_for(f"the end of {pid}", lambda pid=pid: not proc.alive(pid))


@test
def alerts_end_what_has_left_its_command(bench):
    """When that ends by itself, and at its limit."""
    for number, words in enumerate((("", "30s"), ("stay", "2s")), 1):
        host, daemon, left = leaving(bench, number, words)
        if words[0]:
            daemon.wait_said(f"web2: panic: {host.command} took more than 2 s, and was ended")
        wait_gone(left)
        pid = daemon.child.pid
        wait_for("the end of who looks after it",
                 lambda pid=pid: not proc.children(pid))
        daemon.stop()
        assert "does not end" not in daemon.said(), daemon.said()
        assert words[0] or "page" not in daemon.said(), daemon.said()
        host.dir.cleanup()
        os.unlink(daemon.errors)


@test
def alerts_have_no_command_that_outlives_the_daemon(bench):
    """Which is told to stop; and one that is killed."""
    host, daemon, left = leaving(bench, 1, ("stay", "1h"))
    daemon.stop()
    assert not any(map(proc.alive, left)), left
    daemon.wait_said(f"web1: panic: {host.command} is ended, as the daemon stops")
    host.dir.cleanup()
    _, daemon, left = leaving(bench, 2, ("stay", "1h"))
    daemon.kill()
    wait_gone(left)
