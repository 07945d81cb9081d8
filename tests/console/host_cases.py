# SPDX-License-Identifier: GPL-2.0-only
"""Tests of other hosts: kpl011 on both sides, a command in the place of ssh, and ssh itself."""

import json
import os
import re

import asks
import far
from bench import run, said
from far import follow, has
from played import Port, wait_for
from sshd import Server

TESTS = []
test = asks.decorator(TESTS)


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
