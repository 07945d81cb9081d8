# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the commands of alerts: what they get, how often they run, and that they end."""

import glob
import json
import os
import pwd
import signal
import time

import asks
import proc
from alerting import NOBODY, PANIC, Host, read
from played import wait_for

TESTS = []
test = asks.decorator(TESTS)


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
