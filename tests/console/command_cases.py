# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the commands for scripts: what they print, and how they end."""

import json
import os
import re
import signal
import subprocess

from played import wait_for

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def run(bench, *args, status=0, **kwargs):
    """Runs a command that has to end so; returns what it printed."""
    result = bench.run(*args, **kwargs)
    assert result.returncode == status, \
        f"{args}: exit code {result.returncode}, not {status}: {result.stderr.decode()!r}"
    return result


def said(text, result):
    assert text in result.stderr.decode(), f"no {text!r} in {result.stderr.decode()!r}"


# expect

@test
def expect_finds_what_is_kept_and_what_comes(bench):
    port = bench.port(1, "web1", b"Linux version 6.12\r\nweb1 login: ")
    result = run(bench, "expect", "--from", "start", "web1", r"version (\S+)")
    assert result.stdout == b"version 6.12\n" and not result.stderr, result
    child = bench.start("expect", "--from", "32", "web1", "Password", "login: $",
                        stdout=subprocess.PIPE)
    port.say(b"root\r\nPass")
    port.say(b"word: ")
    assert child.communicate(timeout=20)[0] == b"Password\n"
    assert child.returncode == 0
    # From now on: what was there before is no match.
    port.die()
    result = run(bench, "expect", "web1", "login", status=7)
    said("the VM of web1 is gone and did not print login", result)


@test
def expect_says_by_its_exit_code_which_it_was(bench):
    bench.port(1, "web1", b"a panic, then a login")
    for patterns, status in ((["panic", "login"], 0), (["login", "panic"], 22),
                             (["x", "y", "panic"], 23)):
        result = run(bench, "expect", "--from", "start", "web1", *patterns, status=status)
        assert result.stdout == b"panic\n"
    run(bench, "expect", "--from", "start", "web1", *["x"] * 63, "login", status=84)


@test
def expect_ends_when_the_time_is_over(bench):
    bench.port(1, "web1", b"U-Boot 2023.01\r\n=> \033[2J\r\n")
    result = run(bench, "expect", "--timeout", "0.2", "--from", "start", "web1", "login: ",
                 "panic", status=11)
    assert not result.stdout
    said("web1 did not print any of the patterns in time", result)
    said("Its last line: => \\x1b[2J", result)
    result = run(bench, "expect", "--timeout", "0.2", "--json", "web1", "login", status=11)
    found = json.loads(result.stdout)
    assert found["pattern"] is None and found["end"] == 25, found
    said("It printed nothing", result)


@test
def expect_json_tells_where_and_when(bench):
    port = bench.port(3, "web1", b"booted in \xff12 s\r\n", tx_oldest=1000)
    port.marks = [(1000, 5000000000), (1004, 6000000000)]
    bench.env["TZ"] = "UTC"
    result = run(bench, "expect", "--json", "--from", "start", "web1", "nothing",
                 r"in (.\d+)(x)? s", status=22)
    found = json.loads(result.stdout)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", found.pop("time")), result
    assert found == {"id": 3, "name": "web1", "pattern": 2, "regex": r"in (.\d+)(x)? s",
                     "text": "in \ufffd12 s", "groups": ["\ufffd12", None], "start": 1007,
                     "end": 1015, "time_ns": 6000000000, "skipped": 0}, found
    # The end is where the next one goes on.
    run(bench, "expect", "--from", "1015", "--timeout", "0.2", "web1", "in", status=11)
    result = run(bench, "expect", "--from", "1016", "--timeout", "0.2", "web1", "x", status=11)
    result = run(bench, "expect", "--from", "2000", "web1", "x", status=1)
    said("position 2000 of web1 does not exist yet: there are 1017 bytes", result)


@test
def expect_misses_nothing_between_two_calls(bench):
    port = bench.port(1, "web1", b"one two ")
    cursor = os.path.join(bench.dir, "cursor")
    args = ["expect", "--cursor", cursor, "--timeout", "20", "web1"]
    run(bench, *args, "one")
    port.say(b"three four")
    run(bench, *args, "t.*e")
    with open(cursor, "rb") as file:
        kept = file.read()
    # Without a match it stays where it is.
    run(bench, "expect", "--cursor", cursor, "--timeout", "0.1", "web1", "two", status=11)
    with open(cursor, "rb") as file:
        assert file.read() == kept
    run(bench, *args, "four")
    # The guest's next life begins at its start.
    port.die()
    bench.port(2, "web1", b"one", attach_ns=77)
    run(bench, *args, "one")
    assert sorted(os.listdir(bench.dir)) == ["1", "2", "cursor"]


@test
def expect_refuses_a_cursor_that_is_none(bench):
    bench.port(1, "web1", b"one")
    cursor = os.path.join(bench.dir, "cursor")
    for text in (b"\0\xff\033[2J", b"{}", b"[" * 900, b'{"format": "kpl011-cursor"}',
                 b'{"format": "kpl011-cursor", "port": 1, "attach_ns": 1, "position": -1}'):
        with open(cursor, "wb") as file:
            file.write(text)
        result = run(bench, "expect", "--cursor", cursor, "web1", "one", status=1)
        said("is no cursor of kpl011", result)
        with open(cursor, "rb") as file:
            assert file.read() == text
    with open(cursor, "wb"):
        pass
    run(bench, "expect", "--cursor", cursor, "web1", "one")
    result = run(bench, "expect", "--cursor", "/nonexistent/x", "web1", "one", status=1)
    assert result.stdout == b"one\n"
    said("cannot write the cursor /nonexistent/x.new: No such file", result)


@test
def expect_sends_and_takes_only_the_answer(bench):
    port = bench.port(1, "web1", b"login: ")
    child = bench.start("expect", "--send", "root", "--enter", "web1", "login: |Password: ",
                        stdout=subprocess.PIPE)
    port.wait_received(b"root\r")
    port.say(b"Password: ")
    assert child.communicate(timeout=20)[0] == b"Password: \n"
    assert child.returncode == 0


@test
def expect_has_sent_everything_when_it_ends(bench):
    port = bench.port(1, "web1", b"ready")
    port.takes.clear()
    text = "x" * 100000
    child = bench.start("expect", "--send", text, "--from", "start", "web1", "ready",
                        stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"ready\n"
    port.takes.set()
    assert child.wait(timeout=20) == 0
    wait_for("everything", lambda: len(port.received) == len(text))


@test
def expect_tells_what_it_could_not_see(bench):
    port = bench.port(1, "web1", b"a login")
    port.skip = 10
    result = run(bench, "expect", "--from", "start", "--json", "web1", "login")
    found = json.loads(result.stdout)
    assert (found["skipped"], found["start"]) == (10, 12), found
    said("skipped 10 bytes of web1", result)


@test
def expect_ends_by_the_signal_it_was_sent(bench):
    port = bench.port(1, "web1")
    child = bench.start("expect", "web1", "x")
    wait_for("its wait", lambda: port.clients)
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=20) == -signal.SIGTERM


@test
def expect_gives_up_a_pattern_that_takes_too_long(bench):
    bench.port(1, "web1", b"a" * 5000 + b"c")
    result = run(bench, "expect", "--from", "start", "web1", "(a+)+b", status=1)
    said("(a+)+b takes too many steps in what web1 prints", result)
