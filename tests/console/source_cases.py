# SPDX-License-Identifier: GPL-2.0-only
"""Tests of sources in place of a guest: which there are, what commands make of them, and terminals."""

import json
import os
import re
import socket
import subprocess
import termios

import asks
import played
from bench import run, said
from desk import Desk, open_as_nobody
from played import read_until
from sources import append, boot
from vms import need_other_user, start_vmm

TESTS = []
test = asks.decorator(TESTS)


# Commands, which take a source in place of a guest.

@test
def commands_take_a_file_in_place_of_a_guest(bench):
    path = os.path.join(bench.dir, "web.log")
    cursor = os.path.join(bench.dir, "cursor")
    text = b"one\r\n" + boot(5000) + b"web login: "
    append(path, text)
    # No module is asked for.
    bench.env["KPL011_DEV_DIR"] = "/nonexistent"
    assert run(bench, "log", f"file:{path}").stdout == text
    assert run(bench, "log", "-n", "1", f"x=file:{path}").stdout == b"web login: "
    child = bench.start("log", "-f", f"file:{path}", stdout=subprocess.PIPE)
    assert read_until(child.stdout, b"login: ") == text
    timed = bench.start("log", "-f", "-n", "1", "-t", f"file:{path}", stdout=subprocess.PIPE)
    assert read_until(timed.stdout, b"login: ").startswith(b"-  ")
    append(path, b"root\r\nnews\r\n")
    assert read_until(child.stdout, b"news\r\n") == b"root\r\nnews\r\n"
    # Of what comes it is known when.
    lines = read_until(timed.stdout, b"news\r\n")
    assert re.match(rb"^root\r\n\d{4}-\d\d-\d\dT\S+ news\r\n$", lines), lines
    result = run(bench, "expect", "--cursor", cursor, "--timeout", "20", f"file:{path}", "log.n: ")
    assert result.stdout == b"login: \n", result
    append(path, b"Password: ")
    run(bench, "expect", "--cursor", cursor, "--timeout", "20", f"file:{path}", "Password")
    run(bench, "expect", "--cursor", cursor, "--timeout", "0.1", f"file:{path}", "Password",
        status=11)
    found = json.loads(run(bench, "expect", "--json", "--from", "start", f"w=file:{path}",
                           "one").stdout)
    assert (found["id"], found["name"], found["start"]) == (None, "w", 0), found
    cast = run(bench, "record", "--kept", f"file:{path}").stdout.splitlines()
    assert json.loads(cast[0])["title"] == "web"
    assert "".join(json.loads(line)[2] for line in cast[1:]).encode().startswith(text)
    result = run(bench, "send", f"file:{path}", "x", status=2)
    said(f"nothing can be sent to file:{path}: it can only be read", result)


@test
def several_sources_are_one_log(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "db.log")
    append(path, b"of the file\r\n")
    web = desk.guest("web", b"of the socket\r\n")
    child = bench.start("log", "-f", f"unix:{web.path}", f"file:{path}", stdout=subprocess.PIPE)
    text = b""
    while not (b"of the file" in text and b"of the socket" in text):
        text += os.read(child.stdout.fileno(), 65536)
    assert re.search(rb"^db.*of the file", text, re.M), text
    assert re.search(rb"^web.*of the socket", text, re.M), text
    child.terminate()
    child.wait(timeout=60)


@test
def commands_take_a_socket_in_place_of_a_guest(bench):
    desk = Desk(bench)
    bench.env["KPL011_DEV_DIR"] = "/nonexistent"
    web = desk.guest("web", b"Debian\r\nweb login: ", echo=True)
    source = f"unix:{web.path}"
    run(bench, "send", "--enter", source, "root")
    web.wait_received(b"root\r")
    result = run(bench, "expect", "--timeout", "20", "--send", "ls", "--enter", source, "ls\r\n")
    web.wait_received(b"ls\r")
    assert result.stdout == b"ls\n\n", result
    child = bench.start("log", "-f", "-t", source, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    line = read_until(child.stdout, b"login: ")
    assert re.match(rb"^\d{4}-\d\d-\d\dT\S+ Debian\r\n\d{4}-\d\d-\d\dT\S+ web login: $", line), line
    web.client.shutdown(socket.SHUT_RDWR)
    assert b"the console of web was closed" in child.communicate(timeout=60)[1]
    assert child.returncode == 0
    console = bench.start("console", source, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    read_until(console.stdout, b"login: ")
    out, errors = console.communicate(b"hello\r", timeout=60)
    assert out == b"hello\r\n", out
    assert f"Connected to web ({source})".encode() in errors, errors
    child = bench.start("record", source, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    cast = read_until(child.stdout, b"login")
    assert b'"title":"web"' in cast, cast
    web.client.shutdown(socket.SHUT_RDWR)
    child.communicate(timeout=60)


@test
def a_source_that_cannot_be_had_is_told(bench):
    desk = Desk(bench)
    web = desk.guest("web", b"hello")
    source = f"unix:{web.path}"
    for args, status, why in (
            (["log", source], 2, f"log: {source} keeps no history: it begins with the connection"),
            (["record", "--kept", source], 2, "--kept: unix:"),
            (["expect", "--cursor", "/tmp/x", source, "x"], 2, "--cursor: unix:"),
            (["send", "--break", source], 2, "its console carries none"),
            (["info", source], 2, "is a source: this command is for guests that have a port"),
            (["trace", source], 2, "is a source: this command is for guests"),
            (["log", "unix:"], 2, "'unix:' is not a source: there is no path after the colon"),
            (["log", "unix:/nonexistent/x"], 3,
             "cannot open unix:/nonexistent/x: No such file or directory"),
            (["send", f"unix:{bench.dir}", "x"], 1, "it is not a socket"),
            (["expect", f"file:{bench.dir}", "x"], 1, f"cannot open file:{bench.dir}: Is a dir")):
        said(why, run(bench, *args, status=status))


@test
def commands_about_ports_say_that_a_source_is_none_without_the_module_too(bench):
    bench.env = {**bench.env, "KPL011_DEV_DIR": "/nonexistent"}
    for command in (["info"], ["reset"], ["reap"], ["list"], ["detach"], ["state", "save"], ["top"], ["trace"]):
        result = bench.run(*command, "unix:/x")
        assert result.returncode == 2, (command, result)
        said("is a source: this command is for guests", result)


@test
def a_break_that_cannot_be_does_not_end_the_input(bench):
    desk = Desk(bench)
    web = desk.guest("web", b"login: ")
    term = bench.terminal("console", f"unix:{web.path}")
    term.expect_exact("login: ")
    term.send("a\x1dsb\x1dbc")
    term.expect_exact("the console of web carries no break")
    web.wait_received(b"ac")
    assert web.received == b"ac"


@test
def expect_knows_where_lines_begin_and_what_is_behind_a_match(bench):
    path = os.path.join(bench.dir, "web.log")
    append(path, b"foo bar\r\nnext\r\nLoading 100 percent now\rDone: login: ")
    source = f"file:{path}"
    run(bench, "expect", "--timeout", "0.2", "--from", "4", source, "^bar", status=11)
    for way in ([], ["--bytes"]):
        run(bench, "expect", *way, "--timeout", "20", "--from", "9", source, "^next")
        result = run(bench, "expect", *way, "--timeout", "0.2", "--script", "-", source, status=11,
                     input=b"expect foo\nexpect '^ bar'\n")
        said("did not print ^ bar in time", result)
        run(bench, "expect", *way, "--timeout", "20", "--script", "-", source,
            input=b"expect foo\nexpect '^next'\nexpect Done\nexpect '^: login|login: '\n")
    run(bench, "expect", "--timeout", "0.2", "--cursor", path + ".cursor", source, "foo")
    run(bench, "expect", "--timeout", "0.2", "--cursor", path + ".cursor", source, "^ bar",
        status=11)


# What is none, or can only be read.

@test
def what_is_no_such_source_is_told_by_its_name(bench):
    there = bench.dir
    path = os.path.join(there, "con")
    listening = os.path.join(there, "listens.sock")
    packets = os.path.join(there, "packets.sock")
    with socket.socket(socket.AF_UNIX) as server, \
            socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
        server.bind(listening)
        server.listen()
        other.bind(packets)
        other.listen()
        append(path, b"text")
        said("it is not a socket: give the path", run(bench, "log", "-f", f"unix:{path}", status=1))
        said("it is not a socket: give the path", run(bench, "log", "-f", f"unix:{there}", status=1))
        said("it is a socket: write unix:PATH", run(bench, "log", f"file:{listening}", status=1))
        said("it is a socket: write unix:PATH", run(bench, "log", "-f", f"pty:{listening}", status=1))
        said("it is a datagram or packet socket", run(bench, "log", "-f", f"unix:{packets}", status=1))
    # Nobody listens at a socket that is there.
    said("Nobody listens there", run(bench, "log", "-f", f"unix:{listening}", status=3))
    said("it is not a named pipe; for a file, write file:", run(bench, "log", "-f", f"pipe:{path}", status=1))
    os.unlink(path)
    said("There are no such pipes: mkfifo PATH.in PATH.out", run(bench, "send", f"pipe:{path}", "x", status=3))
    os.mkfifo(path + ".in")
    said(f"{path}.out, for the guest's output, is not there", run(bench, "send", f"pipe:{path}", "x", status=3))
    append(path + ".out", b"")
    said(f"{path}.out is not a named pipe", run(bench, "send", f"pipe:{path}", "x", status=1))
    os.unlink(path + ".out")
    os.mkfifo(path + ".out")
    os.unlink(path + ".in")
    said(f"{path}.in, for the guest's input, is not there", run(bench, "send", f"pipe:{path}", "x", status=3))
    # It may be made yet.
    said(f"{path}.in, for the guest's input, is not there",
         run(bench, "send", "--timeout", "0.1", f"pipe:{path}", "x", status=11))
    append(path + ".in", b"")
    said(f"{path}.in is not a named pipe", run(bench, "send", f"pipe:{path}", "x", status=1))
    term = Desk(bench).open(f"pipe:{path}", cols=160)
    term.wait(f"{path}.in is not a named pipe: remove it")
    term.act("q")
    term.wait_end()


@test
def what_comes_for_a_console_that_can_only_be_read_is_refused(bench):
    log = os.path.join(bench.dir, "web.log")
    pipe = os.path.join(bench.dir, "one-way")
    append(log, b"booted\r\n")
    os.mkfifo(pipe)
    for path, name in ((log, "web"), (pipe, "one-way")):
        said(f"nothing can be sent to {name}: it can only be read",
             run(bench, "console", f"file:{path}", input=b"hi", status=2))
        # Nothing is lost where nothing comes, or who asks for that.
        run(bench, "console", f"file:{path}", input=b"")
        run(bench, "console", "--spy", f"file:{path}", input=b"hi")


# Terminals.

@test
def its_own_terminal_is_no_source(bench):
    term = bench.terminal("console", "pty:/dev/tty")
    term.expect_exact("it is the terminal that this program is on")
    term = bench.terminal("screen", "--no-ports", "tty=pty:/proc/self/fd/0")
    term.expect_exact("it is the terminal that this program is on")


@test
def a_terminal_that_is_gone_is_not_mixed_up_with_the_next(bench):
    desk = Desk(bench)
    master, slave = os.openpty()
    name = os.ttyname(slave)
    web = desk.guest("web", b"a guest beside it")
    term = desk.open(f"tty=pty:{name}", web)
    os.write(master, b"on a terminal")
    term.wait("on a terminal")
    os.close(slave)
    os.close(master)
    term.wait_status("gone: its last screen")
    # All guests are tried again, before its number may be given to somebody's shell and after.
    tried_twice(web)
    other = os.openpty()
    before = termios.tcgetattr(other[1])
    tried_twice(web)
    assert termios.tcgetattr(other[1]) == before
    assert "gone" in term.status()
    for fd in other:
        os.close(fd)


def tried_twice(guest):
    for _ in range(2):
        connections = guest.connections
        guest.client.shutdown(socket.SHUT_RDWR)
        played.wait_for("another connection", lambda: guest.connections > connections)


# screen --find

@test
def found_sockets_are_those_of_the_process_that_names_them(bench):
    desk = Desk(bench)
    # A command line that names a socket of somebody else's.
    victim = desk.guest("victim", b"keys that go here do harm")
    start_vmm(bench, victim.path, name="test-liar", listens=False)
    term = desk.open_ports("screen", "--no-ports", "--find")
    term.wait("test-liar")
    term.act("l")
    term.type("/test-liar\r")
    term.wait("the process that listens there is not the VM's")
    assert "keys that go here" not in term.text()
    # It is not asked again; who listens at its own socket is found, also behind one who does not.
    path = f"{bench.dir}/own.sock"
    start_vmm(bench, path, name="test-own", listens=False)
    start_vmm(bench, path, name="test-own")
    term.wait("1 of 2")
    other = desk.open_ports("screen", "--no-ports", "--fresh", "--find")
    other.wait("test-own")
    other.act("l")
    other.type("/test-own\r")
    other.wait("found me")
    assert victim.connections == 2 and not victim.received, victim.connections


@test
def it_is_told_that_some_sockets_may_not_be_looked_for(bench):
    need_other_user(bench)
    Desk(bench)
    closed = os.path.join(bench.dir, "closed")
    os.mkdir(closed, 0o700)
    start_vmm(bench, f"{closed}/serial.sock")
    term = open_as_nobody(bench, "screen", "--no-ports", "--find")
    term.wait_status("--find: no permission to look for the socket")
