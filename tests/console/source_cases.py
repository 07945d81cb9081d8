# SPDX-License-Identifier: GPL-2.0-only
"""Tests of where consoles come from: files, pipes, terminals, sockets of all kinds."""

import json
import os
import re
import socket
import subprocess

from command_cases import run, said
from screen_cases import Desk

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def append(path, data):
    with open(path, "ab", buffering=0) as file:
        file.write(data)


def boot(lines):
    return b"".join(b"%06d a line of a boot that nobody reads\r\n" % i for i in range(lines))


def read_until(stream, end):
    """What a program prints up to there, and no more than has come."""
    text = b""
    while end not in text:
        data = os.read(stream.fileno(), 65536)
        assert data, f"no {end!r} in {text[-300:]!r}"
        text += data
    return text


# Files.

@test
def a_file_is_read_to_its_end_however_much_came_at_once(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "web.log")
    append(path, b"begin\r\n")
    term = desk.open(f"file:{path}")
    term.wait("begin")
    for number, lines in enumerate((390, 400, 1600, 2500, 25000)):
        append(path, boot(lines) + b"END of burst %d" % number)
        term.wait(f"END of burst {number}")
        append(path, b"\r\n")


@test
def a_file_is_followed_over_rotations(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "web.log")
    append(path, b"the first\r\n")
    term = desk.open(f"file:{path}")
    term.wait("the first")
    # Renamed, and a new one made; who writes goes on with the old one for a while.
    with open(path, "ab", buffering=0) as old:
        os.rename(path, path + ".1")
        append(path, b"")
        old.write(b"late in the first\r\n")
        term.wait("late in the first")
        old.write(boot(1000) + b"its very last\r\n")
        append(path, b"the second\r\n")
    term.wait("the second")
    assert "its very last" in term.text()
    # Removed, and made again later.
    os.unlink(path)
    append(path, b"the third\r\n")
    term.wait("the third")
    # Copied and cut: what follows is at its start.
    os.truncate(path, 0)
    append(path, b"4th\r\n")
    term.wait("4th")
    append(path, b"after the 4th\r\n")
    term.wait("after the 4th")
    assert "skipped" not in term.text()


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
    append(path, b"root\r\n")
    assert read_until(child.stdout, b"root\r\n") == b"root\r\n"
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
    said(f"file:{path} is a file: nothing can be sent to it", result)


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
    assert result.stdout == b"ls\r\n\n", result
    child = bench.start("log", "-f", "-t", source, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    line = read_until(child.stdout, b"login: ")
    assert re.match(rb"^\d{4}-\d\d-\d\dT\S+ Debian\r\n\d{4}-\d\d-\d\dT\S+ web login: $", line), line
    web.client.shutdown(socket.SHUT_RDWR)
    assert b"the console of web was closed" in child.communicate(timeout=20)[1]
    assert child.returncode == 0
    console = bench.start("console", source, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    read_until(console.stdout, b"login: ")
    out, errors = console.communicate(b"hello\r", timeout=20)
    assert out == b"hello\r\n", out
    assert f"Connected to web ({source})".encode() in errors, errors
    child = bench.start("record", source, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    cast = read_until(child.stdout, b"login")
    assert b'"title":"web"' in cast, cast
    web.client.shutdown(socket.SHUT_RDWR)
    child.communicate(timeout=20)


@test
def a_source_that_cannot_be_had_is_told(bench):
    desk = Desk(bench)
    web = desk.guest("web", b"hello")
    source = f"unix:{web.path}"
    for args, status, why in (
            (["log", source], 2, f"log: {source} keeps nothing: it begins with the connection"),
            (["record", "--kept", source], 2, "--kept: unix:"),
            (["expect", "--cursor", "/tmp/x", source, "x"], 2, "--cursor: unix:"),
            (["send", "--break", source], 2, "its console carries none"),
            (["info", source], 2, "is a source of its own: this is about guests that have a port"),
            (["trace", source], 2, "is a source of its own"),
            (["log", "unix:"], 2, "'unix:' is no source: there is no path behind the colon"),
            (["log", "unix:/nonexistent/x"], 3,
             "cannot open unix:/nonexistent/x: No such file or directory"),
            (["send", f"unix:{bench.dir}", "x"], 3, "Connection refused"),
            (["expect", f"file:{bench.dir}", "x"], 1, f"cannot open file:{bench.dir}: Is a dir")):
        said(why, run(bench, *args, status=status))


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
