# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the daemon's alerts: what is one, who is told, and how often."""

import ctypes
import glob
import json
import os
import re
import resource
import signal
import time

import asks
from alerting import PANIC, Host
from played import wait_for
from trouble_cases import report_failing

TESTS = []
test = asks.decorator(TESTS)
PR_SET_MDWE = 65


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
