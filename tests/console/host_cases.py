# SPDX-License-Identifier: GPL-2.0-only
"""Tests of other hosts' guests: kpl011 on both sides, and a command in the place of ssh."""

import errno
import json
import os
import re
import signal
import subprocess

import far
from bench import run, said
from desk import Desk
from played import BREAK, Port, boot_ns, has_waited, wait_for
from sshd import Server

TESTS = []

GREETING = b"\0KPL011 serve 1\n"


def test(function):
    TESTS.append(function)
    return function


def follow(bench, *args):
    """A command that goes on; what it prints is read bit by bit."""
    child = bench.start(*args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    os.set_blocking(child.stdout.fileno(), False)
    os.set_blocking(child.stderr.fileno(), False)
    child.said = b""
    child.printed = b""
    return child


def has(child, text, where="printed"):
    """Waits until it has printed a text, or said it on standard error."""
    def look():
        stream = child.stdout if where == "printed" else child.stderr
        setattr(child, where, getattr(child, where) + (stream.read() or b""))
        return text in getattr(child, where)
    try:
        wait_for(f"{text!r}", look)
    except AssertionError as error:
        raise AssertionError(f"{error}: {child.printed[-300:]!r} {child.said[-500:]!r}") from None


def ends(child, status):
    assert child.wait(timeout=60) == status, (child.returncode, child.stderr.read())


# What there is.

@test
def list_shows_the_guests_of_a_host(bench):
    a, = far.hosts(bench, "a")
    bench.port(1, "mine")
    a.port(3, "web1", b"x" * 2048)
    result = run(bench, "--host", "a", "list")
    lines = result.stdout.decode().splitlines()
    assert lines[0].split() == ["ID", "NAME", "STATE", "PID", "USER", "UPTIME", "SENT", "RECEIVED"]
    assert lines[1].split()[:3] == ["3", "web1", "live"] and "2.0K" in lines[1], lines
    assert len(lines) == 2 and not result.stderr, result


@test
def list_shows_those_of_several_hosts_and_of_this_one(bench):
    a, b = far.hosts(bench, "a", "b")
    bench.port(1, "mine")
    a.port(1, "web1")
    b.port(1, "web1")
    b.port(2, "db")
    for how in (["--host", "local,a,b"], ["--host=local,a,b"]):
        lines = run(bench, *how, "list").stdout.decode().splitlines()
        assert [line.split()[:3] for line in lines] == [
            ["HOST", "ID", "NAME"], ["local", "1", "mine"], ["a", "1", "web1"], ["b", "1", "web1"],
            ["b", "2", "db"]], lines
    bench.env["KPL011_HOSTS"] = "b"
    guests = json.loads(run(bench, "list", "--json").stdout)
    assert [(guest["host"], guest["name"]) for guest in guests] == [("b", "web1"), ("b", "db")]
    assert "device" not in guests[0]


@test
def a_host_that_is_not_reached_is_told_and_the_others_are_shown(bench):
    a, b = far.hosts(bench, "a", "b")
    a.port(1, "web1", b"one\n")
    b.refuse(b"Warning: something\nssh: connect to host b port 22: \033[2JConnection refused\n")
    result = run(bench, "--host", "a,b", "list", status=12)
    assert b"web1" in result.stdout
    said("b: Warning: something", result)
    said("cannot reach the host b: ssh: connect to host b port 22: \\x1b[2JConnection refused",
         result)
    result = run(bench, "--host", "b", "list", status=12)
    assert not result.stdout
    # What is on a host that is there is not the worse for it.
    assert run(bench, "--host", "a,b", "log", "a/web1").stdout == b"one\n"
    run(bench, "--host", "a,b", "log", "web2", status=12)


@test
def a_guest_of_several_hosts_is_named_with_its_host(bench):
    a, b = far.hosts(bench, "a", "b")
    a.port(1, "web1", b"of a\n")
    b.port(1, "web1", b"of b\n")
    b.port(2, "db", b"the only one\n")
    assert run(bench, "--host", "a,b", "log", "b/web1").stdout == b"of b\n"
    assert run(bench, "--host", "a,b", "log", "a/1").stdout == b"of a\n"
    assert run(bench, "--host", "a,b", "log", "db").stdout == b"the only one\n"
    assert run(bench, "--host", "x=b,y=a", "log", "x/w*").stdout == b"of b\n"
    result = run(bench, "--host", "a,b", "log", "web1", status=4)
    said("'web1' stands for 2 guests; say which, as in HOST/GUEST:", result)
    said("b/web1", result)
    result = run(bench, "--host", "a,b", "log", "c/web1", status=3)
    said("no host is called 'c'", result)
    result = run(bench, "--host", "a", "log", "b/db", status=3)


@test
def a_host_is_never_an_option_of_ssh(bench):
    far.hosts(bench, "a")
    for name in ("-oProxyCommand=touch x", "me@-oProxyCommand=x", "x=-F/x", "a b", "a;b", "$(x)",
                 "", "a,,b", "me@", "a:0", "a:99999", "a:x", "a\x1b[2J", "x/y=a", "a,a",
                 "x" * 300, "[::1", "[::1]x"):
        result = run(bench, "--host", name, "list", status=2)
        assert b"\x1b" not in result.stderr
    run(bench, "--host", ",".join(f"h{i}" for i in range(65)), "list", status=2)
    run(bench, "--host", status=2)
    run(bench, "--ssh", "", "list", status=2)
    assert not os.path.exists(os.path.join(bench.dir, "hosts", "arguments"))


@test
def ssh_gets_the_host_behind_all_options(bench):
    far.hosts(bench, "a")
    for name, words in (("me@a", "-- me@a"), ("me@a:2222", "-p 2222 -- me@a"),
                        ("x=[fe80::1]:22", "-p 22 -- fe80::1"), ("fe80::1", "-- fe80::1")):
        bench.run("--host", name, "list")
        with open(os.path.join(bench.dir, "hosts", "arguments"), encoding="ascii") as file:
            line = file.read().splitlines()[-1]
        assert line == f"-T -oClearAllForwardings=yes -oBatchMode=yes {words} kpl011 serve --stdio", \
            line
    ssh = bench.env.pop("KPL011_SSH")
    bench.env["PATH"] = "/nonexistent"
    result = run(bench, "--host", "a", "list", status=12)
    said("cannot reach the host a: cannot run ssh: No such file", result)
    said("cannot run sh: No such file",
         run(bench, "--ssh", f"/bin/sh {ssh}", "--host", "a", "list", status=12))


@test
def a_command_for_ssh_that_is_not_there_is_missed_here(bench):
    far.hosts(bench, "a")
    result = run(bench, "--ssh", "no-such-ssh -v", "--host", "a", "list", status=12)
    assert re.search("the host a: .*no-such-ssh: .*not found", result.stderr.decode()), result
    assert b"installed there" not in result.stderr, result


@test
def a_command_for_ssh_may_be_long(bench):
    a, = far.hosts(bench, "a")
    a.port(1, "web1")
    # The last one is the longest that an argument may be, and has to become longer.
    for size, status in ((5000, 0), (100000, 0), (131071, 12)):
        command = f"=1 {bench.env['KPL011_SSH']}".rjust(size, "X")
        result = run(bench, "--ssh", command, "--host", "a", "list", status=status)
        assert (b"web1" in result.stdout) == (not status), result
    said("cannot reach the host a: cannot run sh: Argument list too long", result)


@test
def commands_that_know_no_other_hosts_say_so(bench):
    far.hosts(bench, "a")
    for command in ("trace", "watch", "state", "play", "serve"):
        result = run(bench, "--host", "a", command, "web1", status=2)
        said(f"{command} works on this machine alone", result)
    # Where they are always named, these do what they always do.
    bench.env["KPL011_HOSTS"] = "a"
    result = run(bench, "play", "/nonexistent", status=1)
    said("/nonexistent", result)


@test
def reset_resets_the_uart_of_a_guest_there(bench):
    a, b = far.hosts(bench, "a", "b")
    ports = {host: place.port(1, "web1") for host, place in (("local", bench), ("a", a), ("b", b))}

    def resets():
        return {host for host, port in ports.items() if port.asked == ["reset"]}
    run(bench, "--host", "a", "reset", "web1")
    assert resets() == {"a"} and not ports["b"].asked and not ports["local"].asked
    ports["a"].asked.clear()
    # Of several hosts it is the one that is named, and none if that is not clear.
    said("a/web1", run(bench, "--host", "a,b", "reset", "web1", status=4))
    assert not resets()
    run(bench, "--host", "local,a,b", "reset", "b/web1")
    assert resets() == {"b"} and not ports["a"].asked, resets()
    ports["b"].asked.clear()
    run(bench, "--host", "local,a,b", "reset", "local/web1")
    assert resets() == {"local"} and not ports["b"].asked, resets()
    # What is refused there is refused with its reason, and the same code as here.
    said("no guest is called 'nobody'", run(bench, "--host", "a", "reset", "nobody", status=3))
    ports["b"].asked_errno = 1
    ports["local"].asked_errno = 1
    for where in ([], ["--host", "b"]):
        said("cannot reset the UART of web1", run(bench, *where, "reset", "web1", status=6))
    ports["b"].die()
    result = run(bench, "--host", "b", "reset", "web1", status=7)
    said("web1", result)


@test
def a_word_for_another_host_has_to_be_text(bench):
    a, = far.hosts(bench, "a")
    a.port(1, "web1")
    for word in (b"\xff", b"web\xc3", b"\xed\xa0\x80"):
        said("an argument is not UTF-8 text", run(bench, "--host", "a", "info", word, status=2))
    said("no guest is called", run(bench, "--host", "a", "info", "w\u00e9b\u20ac\U0001f600", status=3))


@test
def guests_of_several_hosts_are_all_served_or_none_is(bench):
    places = dict(zip(("a", "b"), far.hosts(bench, "a", "b")), local=bench)
    ports = {f"{host}/{name}": place.port(number, name) for host, place in places.items()
             for number, name in ((1, "web1"), (2, "web2"))}
    several = ["--host", "local,a,b"]

    def resets():
        done = sorted(name for name, port in ports.items() if port.asked == ["reset"])
        for port in ports.values():
            port.asked.clear()
        return done
    for words in (["local/web1", "a/web1"], ["a/web1", "local/web1"], ["a/web1", "a/web2", "b/1"],
                  ["--", "b/web2", "local/2", "a/2"]):
        meant = sorted(re.sub("(.)$", r"web\1", word) if word[-2] == "/" else word
                       for word in words if word != "--")
        result = run(bench, *several, "reset", *words)
        assert resets() == meant, words
        for name in meant:
            assert f"{name.removeprefix('local/')}: its UART was reset\n" in result.stdout.decode(), result
    # Each of the words of one host may have its name in front.
    run(bench, "--host", "a", "reset", "a/web1", "a/web2", "1")
    assert resets() == ["a/web1", "a/web2"]
    # A pattern is what it is on one host.
    run(bench, *several, "reset", "--all-matching", "web*")
    assert resets() == sorted(ports)
    run(bench, *several, "reset", "--all-matching", "a/web*", "local/web2")
    assert resets() == ["a/web1", "a/web2", "local/web2"]
    for words, status, text in (
            (["a/web1", "web2"], 4, "'web2' stands for 3 guests; say which, as in HOST/GUEST:"),
            (["a/web1", "web*"], 4, "'web*' stands for 6 guests; say which"),
            (["a/web1", "c/web1"], 3, "no host is called 'c'"),
            (["a/web1", "nobody"], 3, "no guest is called 'nobody'"),
            ([], 2, "there are several hosts: say which")):
        said(text, run(bench, *several, "reset", *words, status=status))
        assert not resets(), words
    # What one host refuses is told, and the others are served.
    said("a: no guest is called 'nobody'",
         run(bench, *several, "reset", "a/nobody", "b/web1", "local/web1", status=3))
    assert resets() == ["b/web1", "local/web1"]
    lines = run(bench, *several, "info", "a/web1", "local/web2", "b/1").stdout.decode().splitlines()
    assert [line.split(":")[0] for line in lines if line[0] != " "] == ["a/web1", "b/web1", "web2"]
    said("--json works with one host only: these are 2",
         run(bench, *several, "info", "--json", "a/web1", "b/web1", status=2))
    found = json.loads(run(bench, *several, "info", "--json", "a/web1", "a/web2").stdout)
    assert [one["name"] for one in found] == ["web1", "web2"]
    result = run(bench, *several, "detach", "--qmp", "found", "a/web1", "b/web1", status=1)
    said("a: ", result)
    said("b: ", result)
    lines = bench.run(*several, "doctor").stdout.decode().splitlines()
    assert {line[:3] for line in lines} >= {"a: ", "b: "}, lines
    for name in ("a/web2", "b/web2", "local/web2"):
        ports[name].die()
    run(bench, *several, "reap", "a/web2", "local/web2", "b/2")
    assert all(ports[name].reaped for name in ("a/web2", "b/web2", "local/web2"))
    # Of a host that is not there nothing is known: the others are left alone, too.
    places["b"].refuse(b"no route\n")
    said("cannot reach the host b", run(bench, *several, "reset", "local/web1", "a/web1", "b/web1",
                                        status=12))
    assert not resets()
    run(bench, *several, "reset", "local/web1", "a/web1")
    assert resets() == ["a/web1", "local/web1"]


# What they print.

@test
def log_is_as_of_a_guest_here(bench):
    a, = far.hosts(bench, "a")
    history = b"".join(b"line %d\n" % i for i in range(6000))
    port = a.port(1, "web1", history, tx_oldest=1000)
    port.marks = [(1000, 5 * 10**9), (1100, 6 * 10**9)]
    here = bench.port(1, "web1", history, tx_oldest=1000)
    here.marks = port.marks
    bench.env["TZ"] = "UTC"
    for args in ([], ["-n", "10"], ["--from", "2000"], ["--hex", "-n", "3"],
                 ["-t", "--from", "1050"], ["--timestamps=relative", "--from", "1000"],
                 ["--since", "@1"], ["--until", "@1"]):
        there = run(bench, "--host", "a", "log", *args, "web1")
        local = run(bench, "log", *args, "web1")
        # The clocks of the two are read at two times.
        strip = lambda text: re.sub(rb"\.\d+", b"", text)
        assert strip(there.stdout) == strip(local.stdout), (args, there.stdout[:200],
                                                            local.stdout[:200])
    result = run(bench, "--host", "a", "log", "--from", "99999999", "web1", status=1)
    said("does not exist yet", result)


@test
def log_reads_back_further_than_is_kept_here(bench):
    a, = far.hosts(bench, "a")
    lines = [b"%09d\n" % i for i in range(100000)]
    a.port(1, "web1", b"".join(lines), ring_size=1 << 20)
    for count in (5, 60000):
        result = run(bench, "--host", "a", "log", "-n", str(count), "web1")
        assert result.stdout == b"".join(lines[-count:]) and not result.stderr, count


@test
def log_follows_until_the_vm_is_gone(bench):
    a, b = far.hosts(bench, "a", "b")
    port = a.port(1, "web1", b"before\n")
    other = b.port(1, "db")
    child = follow(bench, "--host", "a", "log", "-f", "web1")
    has(child, b"before\n")
    port.say(b"after\n")
    has(child, b"after\n")
    port.die()
    ends(child, 0)
    assert b"the VM of web1 is gone" in child.stderr.read()
    child = follow(bench, "--host", "a,b", "log", "-f", "b/db", "a/web1")
    has(child, b"a/web1 | before\n")
    other.say(b"of b\n")
    has(child, b"b/db   | of b\n")
    child.terminate()
    ends(child, -signal.SIGTERM)


@test
def what_was_lost_over_there_is_told(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"one\n")
    child = follow(bench, "--host", "a", "log", "-f", "web1")
    has(child, b"one\n")
    port.say(b"two\n", skip=12345)
    has(child, b"skipped 12345 bytes of web1", "said")
    has(child, b"two\n")


@test
def a_slow_reader_here_stalls_nobody_and_loses_nothing(bench):
    a, = far.hosts(bench, "a")
    flood = a.port(1, "flood")
    quiet = a.port(2, "quiet")
    child = follow(bench, "--host", "a", "log", "-f", "flood")
    wait_for("it is looked at", lambda: flood.clients)
    text = b"".join(b"%07d\n" % i for i in range(200000))
    flood.say(text)
    # Nobody reads what it prints; others are heard all the same.
    assert run(bench, "--host", "a", "expect", "--send", "x", "--timeout", "20", "--from", "0",
               "quiet", "y", status=0) if quiet.say(b"y") is None else None
    got = b""
    while len(got) < len(text):
        got += child.stdout.read(1 << 16) or b""
    assert got == text


@test
def record_has_the_times_of_the_other_host(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"onetwo", attach_ns=10**9)
    port.marks = [(0, 2 * 10**9), (3, 5 * 10**9)]
    result = run(bench, "--host", "a", "record", "--kept", "web1")
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert lines[1:] == [[0.0, "o", "one"], [3.0, "o", "two"]], lines


@test
def the_times_of_a_dead_guest_of_another_host_are_known(bench):
    """However often it is asked for marks, and its output has ended each time."""
    a, = far.hosts(bench, "a")
    lines = [b"line %03d" % i for i in range(300)]
    port = a.port(1, "web1", b"".join(line + b"\n" for line in lines), attach_ns=1)
    now = boot_ns()
    # One a second: more than are sent at once. How late it is asked is not known to the second.
    port.marks = [(9 * i, now - (300 - i) * 10**9) for i in range(300)]
    port.die()
    for args, first, count in ((["--since", "-100s"], 200, 100),
                               (["--since", "-40s", "--until", "-10s"], 260, 30),
                               (["--until", "-250s"], 0, 50)):
        result = run(bench, "--host", "a", "log", *args, "web1")
        got = result.stdout.splitlines()
        assert abs(len(got) - count) < 10, (args, result)
        at = lines.index(got[0])
        assert abs(at - first) < 10 and got == lines[at:at + len(got)], (args, result)


@test
def short_lines_of_another_host_have_their_times(bench):
    """More of them than marks go with one piece of output."""
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"".join(b"%030d\n" % i for i in range(2000)), attach_ns=10**9)
    port.marks = [(31 * i, (2 + i) * 10**9) for i in range(2000)]
    result = run(bench, "--host", "a", "record", "--kept", "web1")
    events = [json.loads(line) for line in result.stdout.splitlines()][1:]
    got = {}
    for time, _, text in events:
        got[time] = got.get(time, "") + text
    assert got == {float(i): "%030d\n" % i for i in range(2000)}


# What is sent to them.

@test
def send_ends_when_the_port_over_there_has_everything(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1")
    port.takes.clear()
    text = b"".join(b"%07d\n" % i for i in range(50000))
    path = os.path.join(bench.dir, "text")
    with open(path, "wb") as file:
        file.write(text)
    child = bench.start("--host", "a", "send", "web1", "--file", path)
    wait_for("it sends", lambda: port.clients)
    assert child.poll() is None
    port.takes.set()
    ends_with = child.wait(timeout=60)
    assert ends_with == 0
    wait_for("it has arrived", lambda: bytes(port.received) == text)
    run(bench, "--host", "a", "send", "--enter", "web1", "ls", "-l"[1:])
    run(bench, "--host", "a", "send", "--break", "web1")
    run(bench, "--host", "a", "send", "--sysrq", "b", "web1")
    wait_for("all of it", lambda: bytes(port.received) == text + b"ls l\r" + BREAK + BREAK + b"b")


@test
def a_host_without_the_module_is_told_as_this_one_is(bench):
    a, b = far.hosts(bench, "a", "b")
    a.port(1, "web1")
    b.run_instead(f"KPL011_DEV_DIR={bench.dir}/none exec {bench.program} serve --stdio".encode())
    for args in (["list"], ["list", "--json"], ["info", "web1"], ["log", "web1"]):
        result = run(bench, "--host", "b", *args, status=5)
        said("the kernel module kpl011 is not loaded", result)
        said("modprobe kpl011", result)
        assert not result.stdout
    here = bench.env["KPL011_DEV_DIR"]
    bench.env["KPL011_DEV_DIR"] = f"{bench.dir}/none"
    run(bench, "list", status=5)
    bench.env["KPL011_DEV_DIR"] = here
    # The others are there all the same.
    result = run(bench, "--host", "a,b", "list", status=5)
    assert b"web1" in result.stdout
    run(bench, "--host", "a,b", "info", "a/web1")


@test
def send_says_why_it_cannot(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1")
    a.port(2, "busy", write_errno=16)
    result = run(bench, "--host", "a", "send", "busy", "x", status=1)
    said("cannot send to busy: another process held its input, but has released it", result)
    said("0 bytes were taken", result)
    port.die()
    result = run(bench, "--host", "a", "send", "web1", "x", status=7)
    said("the VM of web1 (port 1) is gone: nothing can be sent", result)


@test
def expect_types_and_waits_for_the_answer(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"login: ")
    child = follow(bench, "--host", "a", "expect", "--send", "root", "--enter", "--timeout", "20",
                   "web1", "Password")
    port.wait_received(b"root\r")
    port.say(b"root\r\nPassword: ")
    ends(child, 0)


@test
def expect_waits_for_a_guest_of_another_host(bench):
    a, b = far.hosts(bench, "a", "b")
    result = run(bench, "--host", "a", "expect", "--timeout", "0.3", "web1", "x", status=11)
    said("no guest called 'web1' appeared in time", result)
    # Where none can be seen is said once.
    b.run_instead(f"KPL011_DEV_DIR=/nonexistent exec {bench.program} serve --stdio".encode())
    result = run(bench, "--host", "a,b", "expect", "--timeout", "1", "web1", "x", status=11)
    assert result.stderr.count(b"b: the kernel module kpl011 is not loaded there") == 1, result
    child = follow(bench, "--host", "a", "expect", "--timeout", "60", "a/web1", "login: $")
    has_waited(child)
    a.port(1, "web1", b"login: ")
    ends(child, 0)


@test
def console_talks_with_a_guest_of_another_host(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"login: ")
    child = bench.terminal("--host", "a", "console", "web1")
    child.expect_exact("Connected to web1 (port 1, user root)")
    child.expect_exact("login: ")
    child.send("root\r")
    port.wait_received(b"root\r")
    port.say(b"root\r\n# ")
    child.expect_exact("# ")
    child.send("\x1db")
    port.wait_received(BREAK)
    child.send("\x1dq")
    child.expect_exact("left web1")
    child.wait()


@test
def send_goes_to_all_that_are_meant_on_their_hosts(bench):
    a, b = far.hosts(bench, "a", "b")
    ports = [a.port(1, "web1"), b.port(1, "web2"), b.port(2, "db")]
    result = run(bench, "--host", "a,b", "send", "--all-matching", "web*", "x")
    for port, what in zip(ports, (b"x", b"x", b"")):
        wait_for("it has arrived", lambda port=port, what=what: port.received == what)
    assert b"b/web2: sent (port b/1)" in result.stdout, result


@test
def attach_runs_on_the_host_that_is_meant(bench):
    a, b = far.hosts(bench, "a", "b")
    a.port(1, "web1", pid=4000000)
    several, nobody = ["--host", "a,b"], "4000000"

    def told(host, *words):
        result = bench.run(*words)
        assert result.returncode and result.stderr.startswith(f"kpl011: {host}: ".encode()), result
        return result

    told("a", "--host", "a", "attach", nobody)
    told("b", "--host", "b", "attach", f"b/{nobody}")
    told("b", *several, "attach", "--strict", f"b/{nobody}")
    # The argument of an option is not where the guest is, nor does it ask for help here.
    told("a", "--host", "a", "attach", "--name", "-h", nobody)
    told("a", "--host", "a", "attach", "--name", "--help", nobody)
    said("b: attach: --name 'a/x': not 1 to",
         told("b", *several, "attach", "--name", "a/x", f"b/{nobody}"))
    told("b", *several, "attach", "--take-over", f"b/{nobody}")
    said("a: cannot detach", told("a", "--host", "a", "detach", "--qmp", "-h", "web1"))
    tries = a.tries(), b.tries()
    for words in (["attach", "--name", "a/x", nobody], ["attach", "--nam", "a/x", nobody],
                  ["attach", "--gpa", "b/1", "--strict", nobody], ["attach", "--", nobody],
                  ["attach", "--name", "a/x"], ["detach", "--qmp", "a/x"]):
        said("there are several hosts: say which", run(bench, *several, *words, status=2))
    assert (a.tries(), b.tries()) == tries


@test
def errands_are_for_the_host_they_run_on(bench):
    """Also where whoever logs in has hosts of his own in the environment: others, or that one itself."""
    a, b = far.hosts(bench, "a", "b")
    # Or who asks it in error would ask for ever.
    b.refuse(b"nobody is to ask this host\n")
    for usual in ("b", "a", "a,b"):
        bench.env["KPL011_HOSTS"] = usual
        ports = [host.port(3, "web3") for host in (a, b)]
        tries = a.tries()
        run(bench, "--host", "a", "reset", "3")
        run(bench, "--host", "a", "detach", "3")
        for port in ports:
            port.die()
        run(bench, "--host", "a", "reap", "3")
        assert ports[0].asked == ["reset", "detach"] and ports[0].reaped, ports[0].asked
        assert not ports[1].asked and not ports[1].reaped, ports[1].asked
        assert (a.tries() - tries, b.tries()) == (3, 0), (a.tries(), b.tries())
        for port in ports:
            port.end()
            os.unlink(port.path)


@test
def attach_is_of_this_host_where_that_is_named(bench):
    far.hosts(bench, "a")
    pid = str(os.getpid())
    for hosts, word in (("a,local", f"local/{pid}"), ("local", pid)):
        result = run(bench, "--host", hosts, "attach", "--ring", "64k", word, status=5)
        assert result.stderr.startswith(f"kpl011: no {bench.dir}".encode()), (hosts, result)


@test
def errands_run_over_there(bench):
    a, b = far.hosts(bench, "a", "b")
    port = a.port(1, "web1", b"x" * 100)
    old = b.port(2, "old")
    old.die()
    result = run(bench, "--host", "a", "info", "--json", "web1")
    assert json.loads(result.stdout)["tx_newest"] == 100
    run(bench, "--host", "a", "reset", "web1")
    assert port.asked == ["reset"]
    result = run(bench, "--host", "a,b", "reap", "b/old")
    assert old.reaped and b"old: port 2 is forgotten" in result.stdout
    result = run(bench, "--host", "local,a,b", "info", "--json", "web1")
    assert json.loads(result.stdout)["tx_newest"] == 100
    b.port(5, "web1")
    result = run(bench, "--host", "a,b", "info", "web1", status=4)
    said("say which, as in HOST/GUEST", result)
    result = run(bench, "--host", "a,b", "reap", "--all", status=2)
    said("there are several hosts: say which", result)
    result = run(bench, "--host", "a", "info", "nobody", status=3)
    said("a: no guest is called 'nobody'", result)
    result = run(bench, "--host", "local,a", "info", "local/x", status=3)
    said("kpl011: no guest is called 'x'", result)


# Connections that are lost.

@test
def log_goes_on_where_it_was_when_the_connection_is_back(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"one\n")
    child = follow(bench, "--host", "a", "log", "-f", "web1")
    has(child, b"one\n")
    before = a.pid()
    a.kill()
    has(child, b"a: the connection is lost: ", "said")
    port.say(b"two\nthree\n")
    has(child, b"a: the connection is back", "said")
    has(child, b"two\nthree\n")
    assert child.printed == b"one\ntwo\nthree\n", child.printed
    assert a.pid() != before
    assert b"skipped" not in child.said


@test
def a_host_that_is_long_away_is_tried_again_and_again(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"one\n")
    child = follow(bench, "--host", "a", "log", "-f", "web1")
    has(child, b"one\n")
    a.refuse(b"ssh: no route to host\n")
    tries = a.tries()
    a.kill()
    port.say(b"two\n")
    wait_for("it has tried more than once", lambda: a.tries() >= tries + 2)
    a.refuse(None)
    has(child, b"two\n")
    assert child.printed == b"one\ntwo\n"
    # Not a word for each try.
    has(child, b"is back", "said")
    assert child.said.count(b"\n") == 2, child.said


@test
def what_was_overwritten_meanwhile_is_told(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"one\n")
    child = follow(bench, "--host", "a", "log", "-f", "web1")
    has(child, b"one\n")
    a.refuse(b"down\n")
    a.kill()
    has(child, b"is lost", "said")
    port.say(b"x" * 1000 + b"two\n")
    port.forget(1004)
    a.refuse(None)
    has(child, b"skipped 1000 bytes of web1", "said")
    has(child, b"two\n")


@test
def a_guest_that_went_while_the_host_was_away_has_ended(bench):
    a, = far.hosts(bench, "a")
    a.port(1, "web1", b"one\n").end()
    port = a.port(2, "web2", b"two\n")
    child = follow(bench, "--host", "a", "log", "-f", "web2")
    has(child, b"two\n")
    a.refuse(b"down\n")
    a.kill()
    has(child, b"is lost", "said")
    # The module was loaded again: the number is another guest's.
    port.end()
    os.unlink(port.path)
    a.port(2, "other", b"of another\n", attach_ns=99)
    a.refuse(None)
    ends(child, 0)
    assert b"another" not in (child.stdout.read() or b"")


@test
def input_on_its_way_when_the_connection_breaks_is_told(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1")
    path = os.path.join(bench.dir, "text")
    with open(path, "wb") as file:
        file.write(b"x" * 20000000)
    child = follow(bench, "--host", "a", "send", "web1", "--file", path)
    wait_for("it sends", lambda: port.received)
    port.takes.clear()
    a.kill()
    has(child, b"of input for web1 were on their way, and may not have arrived", "said")
    has(child, b"cannot send to web1: Connection reset", "said")
    ends(child, 1)
    port.takes.set()


@test
def a_console_goes_on_when_the_connection_is_back(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"login: ")
    child = bench.terminal("--host", "a", "console", "web1")
    child.expect_exact("login: ")
    a.kill()
    child.expect_exact("a: the connection is lost")
    child.expect_exact("a: the connection is back")
    child.send("root\r")
    port.wait_received(b"root\r")
    port.say(b"# ")
    child.expect_exact("# ")
    child.send("\x1dq")
    child.expect_exact("left web1")


@test
def a_console_types_on_after_input_was_lost(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"login: ")
    port.takes.clear()
    child = bench.terminal("--host", "a", "console", "web1")
    child.expect_exact("login: ")
    # More than a port takes that nobody reads.
    for _ in range(300):
        child.send("x" * 1000)
    a.kill()
    child.expect_exact("bytes of input for web1 were on their way")
    child.expect_exact("a: the connection is back")
    port.takes.set()
    child.send("root\r")
    port.wait_received(b"root\r")


@test
def a_host_that_is_silent_is_lost(bench):
    a, = far.hosts(bench, "a")
    bench.env["KPL011_HOST_TIMEOUT"] = "3"
    port = a.port(1, "web1", b"one\n")
    child = follow(bench, "--host", "a", "log", "-f", "web1")
    has(child, b"one\n")
    a.signal(signal.SIGSTOP)
    has(child, b"a: the connection is lost: it does not answer", "said")
    port.say(b"two\n")
    has(child, b"two\n")


@test
def a_host_that_never_greets_is_not_waited_for(bench):
    a, = far.hosts(bench, "a")
    bench.env["KPL011_HOST_TIMEOUT"] = "1"
    a.run_instead(b"exec sleep 1000\n")
    result = run(bench, "--host", "a", "list", status=12)
    said("cannot reach the host a: it does not answer", result)


@test
def the_far_end_ends_with_the_connection(bench):
    a, = far.hosts(bench, "a")
    a.port(1, "web1", b"one\n")
    child = follow(bench, "--host", "a", "log", "-f", "web1")
    has(child, b"one\n")
    child.kill()
    child.wait()
    wait_for("it has ended", lambda: not a.serves())


# The full screen.

def open_screen(bench, *args, **kwargs):
    return Desk(bench).open_ports(*args, **kwargs)


@test
def screen_shows_the_guests_of_all_hosts(bench):
    a, b = far.hosts(bench, "a", "b")
    bench.port(1, "mine", b"here\r\n")
    web1 = a.port(1, "web1", b"of a\r\nlogin: ")
    other = b.port(1, "web1", b"of b\r\n")
    term = open_screen(bench, "--host", "local,a,b")
    term.wait("3 guests")
    for name in ("mine", "a/web1", "b/web1"):
        term.row_of(name)
    term.wait("here")
    term.act("l")
    term.type("/a/web\r\r")
    term.wait("of a")
    term.type("root\r")
    web1.wait_received(b"root\r")
    web1.say(b"root\r\nPassword: ")
    term.wait("Password:")
    term.act("b")
    web1.wait_received(BREAK)
    assert not other.received
    # What they do is seen without looking at them.
    other.say(b"news\r\n")
    term.act("l")
    term.type("/\x15\r")
    term.wait(lambda t: t.line(3).startswith("* b/web1"))


@test
def screen_goes_on_when_a_host_is_back(bench):
    a, b = far.hosts(bench, "a", "b")
    web1 = a.port(1, "web1", b"before\r\n")
    b.port(2, "db")
    term = open_screen(bench, "--host", "a,b")
    term.wait("before")
    term.wait("a/web1")
    a.refuse(b"no route\n")
    a.kill()
    term.wait("1 host away")
    term.wait(lambda t: "away" in t.line(1)[:28])
    term.wait("a: the connection is lost")
    # Its last screen is still there.
    assert "before" in term.text()
    assert "away" in term.status() or "lost" in term.status()
    web1.say(b"meanwhile\r\n")
    a.refuse(None)
    term.wait("meanwhile")
    term.gone("1 host away")
    term.wait(lambda t: "live" in t.line(1)[:28])
    term.type("x")
    web1.wait_received(b"x")
    assert "skipped" not in term.text()


@test
def screen_has_hosts_that_come_later(bench):
    a, = far.hosts(bench, "a")
    a.refuse(b"ssh: no route\n")
    a.port(1, "web1", b"there\r\n")
    desk = Desk(bench)
    bench.port(1, "mine", b"here\r\n")
    os.makedirs(os.path.join(bench.dir, "config", "kpl011"))
    with open(os.path.join(bench.dir, "config", "kpl011", "screen.conf"), "w",
              encoding="ascii") as file:
        file.write("[hosts]\nrack7 = me@a\nbad = -x\n")
    term = desk.open_ports()
    term.wait("1 host away")
    term.wait("host bad: it begins with a dash")
    a.refuse(None)
    term.wait("rack7/web1")
    term.gone("1 host away")
    # Grouped by host.
    term.act("l")
    term.type("bbbb")
    term.wait_status("grouped by host")
    term.wait("v local")
    term.wait("v rack7")


def open_list(bench):
    term = open_screen(bench, "--host", "a")
    term.wait("there")
    term.act("l")
    return term


def forget_last(term):
    term.type("G")
    term.wait("last words")
    term.type("d")
    term.wait("forget it")
    term.type("y\r")


@test
def screen_forgets_a_guest_of_another_host(bench):
    a, = far.hosts(bench, "a")
    a.port(1, "web1", b"there\r\n")
    old = a.port(2, "old", b"last words\r\n")
    old.die()
    term = open_list(bench)
    forget_last(term)
    wait_for("it is reaped", lambda: old.reaped)
    term.wait("1 guest")


def is_kept(term, old):
    """The host does not forget it: it is in the list again."""
    forget_last(term)
    term.wait_status("a: cannot forget old (port 2): Permission denied")
    term.wait("2 guests")
    term.wait(lambda t: "old" in t.line(2)[:28])
    assert not old.reaped


@test
def screen_has_a_guest_again_that_its_host_does_not_forget(bench):
    a, = far.hosts(bench, "a")
    a.port(1, "web1", b"there\r\n")
    old = a.port(2, "old", b"last words\r\n")
    old.die()
    bench.env["SERVE"] = "serve --stdio --read-only"
    is_kept(open_list(bench), old)


@test
def screen_forgets_a_guest_that_its_host_has_kept_at_first(bench):
    a, = far.hosts(bench, "a")
    web1 = a.port(1, "web1", b"there\r\n")
    old = a.port(2, "old", b"last words\r\n")
    old.die()
    old.reap_errno = errno.EACCES
    term = open_list(bench)
    is_kept(term, old)
    old.reap_errno = 0
    forget_last(term)
    wait_for("it is reaped", lambda: old.reaped)
    term.wait("1 guest")
    # Somebody else has been quicker.
    late = a.port(3, "late", b"last words\r\n")
    late.die()
    late.reap_errno = errno.ENODEV
    term.wait(lambda t: "late" in t.line(2)[:28] and "gone" in t.line(2)[:28])
    forget_last(term)
    term.wait("1 guest")
    # This comes after the answer.
    term.type("G")
    term.wait("there")
    web1.say(b"news\r\n")
    term.wait("news")
    assert "1 guest" in term.text() and "cannot forget" not in term.text(), term.text()


@test
def screen_resets_the_terminal_of_a_guest_that_was_reset_there(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"panic\r\n")
    term = open_screen(bench, "--host", "a")
    term.wait("panic")
    port.say(b"\033(0\033[7;8m\033[?1049h\033[5;20r\033[?6hqqq\033]2;open")
    term.wait(lambda t: "panic" not in t.text() and "\u2500\u2500\u2500" in t.text())
    # Before it prints anything.
    port.facts["resets"] = 1
    term.wait("panic")
    port.say(b"firmware q")
    term.wait("firmware q")
    assert not term.cell(term.row_of("firmware q"), 29).reverse
    assert term.row_of("panic") == 1


@test
def screen_tells_who_took_the_input_over_there(bench):
    a, = far.hosts(bench, "a")
    web1 = a.port(1, "web1", b"there\r\n")
    term = open_screen(bench, "--host", "a")
    term.wait("there")
    term.type("x")
    web1.wait_received(b"x")
    term.wait_status("input: you")
    wait_for("it is held there", lambda: web1.holder)
    assert web1.holder[0] == a.pid()
    web1.seize(4711, "minicom")
    term.wait("the input was taken by minicom (process 4711)")
    term.type("y")
    term.wait("the input is held by minicom (process 4711)")
    assert b"y" not in web1.received


# Who is over there.

@test
def what_a_login_shell_says_first_is_no_harm(bench):
    a, = far.hosts(bench, "a")
    a.port(1, "web1", b"one\n")
    a.say_before(b"Welcome!\n\0KPL011 serve\n\033[2J" + bytes(range(256)) * 100 + b"\0KPL011 ser")
    assert run(bench, "--host", "a", "log", "web1").stdout == b"one\n"
    a.say_before(b"x" * 100000)
    result = run(bench, "--host", "a", "log", "web1", status=12)
    said("it prints a lot, but not the greeting of kpl011", result)


@test
def why_there_is_no_kpl011_is_told(bench):
    a, = far.hosts(bench, "a")
    for script, why in (
            (b"echo 'bash: line 1: kpl011: command not found' >&2; exit 127",
             "kpl011 is not installed there, or not in the PATH (bash: line 1: kpl011: command"),
            (b"echo; echo 'This account is currently not available.'; exit 1",
             "it says: This account is currently not available."),
            (b"exit 3", "ssh has ended with exit code 3"),
            (b"exit 0", "the other side has closed the connection"),
            (b"echo 'kpl011: '\"'serve'\"' is not a command' >&2; exit 2", "'serve' is not a command"),
            (b"printf '\\000KPL011 serve 2\\n'; sleep 1000",
             "it speaks another version of the protocol")):
        a.run_instead(script)
        result = run(bench, "--host", "a", "list", status=12)
        said("cannot reach the host a: ", result)
        said(why, result)


def frame(kind, channel, payload):
    return (len(payload).to_bytes(4, "little") + kind + b"\0\0\0" +
            channel.to_bytes(4, "little") + payload)


def note(channel=0, **members):
    return frame(b"N", channel, json.dumps(members).encode())


HELLO = {"say": "hello", "version": 1, "least": 1, "program": "x", "boot": "b", "boot_ns": 1,
         "real_ns": 2}
FACTS = {"id": 1, "name": "web1", "state": "live", "pid": 0, "uid": 0, "user": "root", "gpa": 1,
         "intid": 33, "ring_size": 65536, "attach_ns": 1, "death_ns": 0, "life": 1,
         "tx_newest": 10, "tx_oldest": 0, "tx_breaks": 0, "rx_bytes": 0, "rx_queued": 0,
         "rx_breaks": 0, "reads": 0, "writes": 0, "interrupts": 0}


def guests(*all_of_them):
    return note(say="guests", all=True, more=False, guests=list(all_of_them), gone=[], hidden=0,
                errno=0)


def say_there(bench, host, *bytes_said, then="exec cat >/dev/null"):
    """The far end says these, and hears all."""
    path = os.path.join(host.dir, "said")
    with open(path, "wb") as file:
        file.write(GREETING + b"".join(bytes_said))
    host.run_instead(f"cat {path}\n{then}\n".encode())


@test
def versions_have_to_have_one_in_common(bench):
    a, = far.hosts(bench, "a")
    for versions, why in (({"version": 0, "least": 0}, "its kpl011 is too old: upgrade it"),
                          ({"version": 9, "least": 2}, "upgrade this one"),
                          ({"version": "x"}, "its hello is incomplete"),
                          ({"boot_ns": None}, "its hello is incomplete")):
        say_there(bench, a, note(**{**HELLO, **versions}), guests(FACTS))
        result = run(bench, "--host", "a", "list", status=12)
        said(why, result)
    # What is newer, and still speaks ours, may say more.
    say_there(bench, a, note(**{**HELLO, "version": 9, "features": [1]}),
              note(say="something new", x=1), guests({**FACTS, "colour": "red"}))
    assert b"web1" in run(bench, "--host", "a", "list").stdout


@test
def a_hostile_far_end_is_refused(bench):
    a, = far.hosts(bench, "a")
    hello = note(**HELLO)
    for wrong in (b"\xff" * 100, frame(b"N", 0, b"{"), frame(b"N", 0, b"[1]"), frame(b"N", 0, b"x"),
                  frame(b"?", 0, b""), frame(b"D", 0, b"1234"), frame(b"M", 1, b"123"),
                  frame(b"C", 1, b""), b"\0\0\1\0N\0\0\0\0\0\0\0" + b"{" * 65536,
                  frame(b"N", 0, b"[" * 60000)):
        for before in (b"", hello):
            say_there(bench, a, before + wrong, then="sleep 1000")
            result = run(bench, "--host", "a", "list", status=12)
            said("cannot reach the host a: ", result)
    # Frames before the hello, too.
    say_there(bench, a, guests(FACTS))
    run(bench, "--host", "a", "list", status=12)


@test
def names_of_a_hostile_far_end_drive_no_terminal(bench):
    a, = far.hosts(bench, "a")
    bad = {**FACTS, "name": "a/\033[2J\u202e\u00e4" + "x" * 1000, "user": "\033]0;x\007" * 9}
    wrong = [{**FACTS, "id": 5, key: value} for key, value in
             (("id", -1), ("id", 2**32), ("pid", "x"), ("tx_oldest", 11), ("tx_newest", -2**63),
              ("ring_size", 2**30), ("state", 7), ("attach_ns", -5))]
    say_there(bench, a, note(**HELLO), guests(bad, *wrong, 3, None, [], "x"))
    for args in ([], ["--json"]):
        result = run(bench, "--host", "a", "list", *args)
        assert not re.search(rb"[^\n -~]", result.stdout + result.stderr), result
        assert b"a_?[2J" in result.stdout, result
    assert len(json.loads(result.stdout)) == 1, result


@test
def bytes_that_cannot_be_are_refused(bench):
    a, = far.hosts(bench, "a")
    def pos(number):
        return number.to_bytes(8, "little")
    script = os.path.join(a.dir, "script")
    with open(script, "w", encoding="ascii") as file:
        file.write("import os\nheard = b''\nwhile b'open' not in heard:\n"
                   "    heard += os.read(0, 4096)\n"
                   f"os.write(1, open('{a.dir}/answer', 'rb').read())\n"
                   "while os.read(0, 4096):\n    pass\n")
    opened = note(channel=1, say="opened", write=False)
    for wrong in (frame(b"D", 1, pos(3) + b"one") + frame(b"D", 1, pos(2) + b"back"),
                  frame(b"D", 1, pos(2**63) + b"x"), frame(b"D", 1, pos(2**64 - 1) + b"xyz"),
                  frame(b"C", 1, pos(1))):
        # In answer to what is asked for, once it is.
        path = os.path.join(a.dir, "answer")
        with open(path, "wb") as file:
            file.write(opened + wrong)
        say_there(bench, a, note(**HELLO), guests(FACTS),
                  then=f"exec /usr/bin/python3 {script}")
        result = run(bench, "--host", "a", "log", "-f", "web1", status=1)
        said("a: what it sends of web1 makes no sense", result)


@test
def facts_of_more_guests_than_there_may_be_are_dropped(bench):
    a, = far.hosts(bench, "a")
    many = [{**FACTS, "id": i, "name": f"g{i}"} for i in range(5000)]
    say_there(bench, a, note(**HELLO), *[
        note(say="guests", all=not i, more=i + 50 < 5000, guests=many[i:i + 50], gone=[], hidden=0,
             errno=0) for i in range(0, 5000, 50)])
    assert len(json.loads(run(bench, "--host", "a", "list", "--json").stdout)) == 4096


# The far end.

def serve(bench, *args, said_to_it=b""):
    return bench.run("serve", "--stdio", *args, input=said_to_it)


@test
def serve_needs_another_kpl011(bench):
    bench.port(1, "web1")
    hello = GREETING + note(**HELLO)
    for wrong, why in ((b"GET / HTTP/1.0\r\n\r\n", "it is not kpl011"),
                       (b"\0KPL011 serve 9\n", "it speaks another version"),
                       (GREETING + note(say="reap", port=1, life=1), "does not say hello first"),
                       (GREETING + frame(b"I", 1, b"x"), "does not say hello first"),
                       (GREETING + note(**{**HELLO, "least": 2, "version": 3}), "upgrade this one"),
                       (hello + frame(b"N", 0, b"]"), "not JSON"),
                       (hello + frame(b"D", 0, b"123456789"), "sends what is not allowed"),
                       (hello + b"\xff" * 20, "longer than the protocol allows")):
        result = serve(bench, said_to_it=wrong)
        assert result.returncode == 1, result
        said(why, result)
    child = bench.start("serve", "--stdio", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdin.write(hello)
    child.stdin.flush()
    os.set_blocking(child.stdout.fileno(), False)
    printed = bytearray()
    wait_for("it greets", lambda: printed.extend(child.stdout.read() or b"") or
             b'"web1"' in printed)
    assert printed.startswith(GREETING), printed
    child.stdin.close()
    assert child.wait(timeout=60) == 0
    assert serve(bench).returncode == 0
    run(bench, "serve", status=2)
    run(bench, "serve", "--stdio", "x", status=2)


@test
def serve_takes_no_more_input_than_it_said(bench):
    port = bench.port(1, "web1")
    port.takes.clear()
    start = GREETING + note(**HELLO) + note(channel=1, say="open", port=1, life=1, pos=0, credit=0,
                                            write=True)
    flood = frame(b"I", 1, b"x" * 65536) * 40
    result = serve(bench, said_to_it=start + flood)
    assert result.returncode == 1, result
    said("more than is allowed", result)
    result = serve(bench, said_to_it=start + start[len(GREETING):])
    said("it opens a channel that is open", result)
    port.takes.set()


@test
def serve_read_only_changes_nothing(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"one\n")
    bench.env["SERVE"] = "serve --stdio --read-only"
    assert run(bench, "--host", "a", "log", "web1").stdout == b"one\n"
    result = run(bench, "--host", "a", "send", "web1", "x", status=6)
    said("cannot send to web1: Permission denied", result)
    result = run(bench, "--host", "a", "console", "web1", input=b"x", status=6)
    said("cannot send to web1: Permission denied", result)
    # It is no failure of an unknown kind: of each of them.
    run(bench, "--host", "a", "expect", "--from", "start", "--send", "x", "web1", "one", status=6)
    for words in (["reset", "web1"], ["detach", "web1"], ["reap", "web1"], ["attach", "1"]):
        result = run(bench, "--host", "a", *words, status=6)
        said(f"a: cannot run '{words[0]}' there: Permission denied", result)
    assert not port.received and not port.asked
    run(bench, "--host", "a", "info", "web1")


@test
def serve_runs_only_what_ends_at_once(bench):
    bench.port(1, "web1")
    for words in (["watch"], ["screen"], ["../../bin/sh"], [], [1], "info", None, ["info", 3],
                  ["info"] * 100):
        result = serve(bench, said_to_it=GREETING + note(**HELLO) +
                       note(channel=7, say="run", words=words))
        assert result.returncode == 0, (words, result)


@test
def serve_runs_one_thing_at_a_time(bench):
    bench.port(1, "web1")
    for second in (7, 8):
        child = bench.start("serve", "--stdio", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        child.stdin.write(GREETING + note(**HELLO) + note(channel=7, say="run", words=["doctor"]) +
                          note(channel=second, say="run", words=["doctor"]))
        child.stdin.flush()
        os.set_blocking(child.stdout.fileno(), False)
        printed = bytearray()
        wait_for("the second is refused", lambda: printed.extend(child.stdout.read() or b"") or
                 frame(b"N", second, b'{"say":"failed","errno":16}') in printed)
        wait_for("the first ends", lambda: printed.extend(child.stdout.read() or b"") or
                 b'"say":"ran"' in printed)
        child.stdin.close()
        assert child.wait(timeout=60) == 0


@test
def serve_says_why_it_cannot_write(bench):
    with open("/dev/full", "wb") as full:
        child = bench.start("serve", "--stdio", stdin=subprocess.PIPE, stdout=full,
                            stderr=subprocess.PIPE)
    assert child.wait(timeout=60) == 1
    text = child.stderr.read()
    assert b"serve: cannot write to the near end: No space left on device" in text, text


@test
def serve_is_quiet_while_nothing_happens(bench):
    a, = far.hosts(bench, "a")
    for i in range(30):
        a.port(i, f"web{i}")
    child = follow(bench, "--host", "a", "log", "-f", "web1")
    wait_for("it is looked at", a.pid)
    pid = a.pid()

    def written():
        with open(f"/proc/{pid}/io", encoding="ascii") as file:
            return int(re.search(r"wchar: (\d+)", file.read())[1])
    start = wait_for("it has told of its guests", lambda: written() > 8000 and written())
    # At least two of its ticks.
    wait_for("ticks", lambda: written() > start + 150)
    assert written() < start + 5000, written() - start
    child.terminate()
    child.wait()


# ssh itself.

@test
def ssh_asks_on_the_terminal_and_nowhere_else(bench):
    ports = os.path.join(bench.dir, "there")
    os.mkdir(ports)
    Port(ports, 1, "web1")
    server = Server(bench.dir, bench.program, ports)
    try:
        server.lock("user", "secret")
        ssh = ["--ssh", server.client(), "--host", "a=127.0.0.1"]
        result = run(bench, *ssh, "list", status=12)
        said("Permission denied", result)
        child = bench.terminal(*ssh, "list")
        child.expect_exact("Enter passphrase for key")
        child.sendline("secret")
        child.expect_exact("web1")
        child.expect_exact("live")
        child.wait()
        assert child.exitstatus == 0
    finally:
        server.stop()


@test
def ssh_carries_it(bench):
    ports = os.path.join(bench.dir, "there")
    os.mkdir(ports)
    there = Port(ports, 1, "web1", bytes(range(256)) * 100)
    server = Server(bench.dir, bench.program, ports)
    try:
        ssh = ["--ssh", server.client(), "--host", "a=127.0.0.1"]
        assert run(bench, *ssh, "log", "web1").stdout == bytes(range(256)) * 100
        run(bench, *ssh, "send", "web1", "it's \"quoted\" $HOME")
        wait_for("it has arrived", lambda: there.received == b"it's \"quoted\" $HOME")
        assert json.loads(run(bench, *ssh, "info", "--json", "web1").stdout)["name"] == "web1"
        result = run(bench, *ssh, "info", "it's $HOME", status=3)
        said("a: no guest is called 'it's $HOME'", result)

        child = follow(bench, *ssh, "log", "-f", "web1")
        has(child, bytes(range(256)) * 100)
        there.say(b"one\n")
        has(child, b"one\n")
        server.stop()
        has(child, b"a: the connection is lost", "said")
        there.say(b"two\n")
        server.start()
        has(child, b"two\n")
        assert child.printed.endswith(b"one\ntwo\n") and b"skipped" not in child.said

        for key, known, why in (("other", "known", "Permission denied"),
                                ("user", "unknown", "Host key verification failed")):
            result = run(bench, "--ssh", server.client(key, known), "--host", "a=127.0.0.1", "list",
                         status=12)
            said("cannot reach the host a: ", result)
            said(why, result)
        os.unlink(os.path.join(server.dir, "bin", "kpl011"))
        result = run(bench, *ssh, "list", status=12)
        said("kpl011 is not installed there", result)
    finally:
        server.stop()
