# SPDX-License-Identifier: GPL-2.0-only
"""Tests of connections to other hosts that are lost, and come back or do not."""

import os
import signal

import asks
import far
from bench import run, said
from far import ends, follow, has
from played import wait_for

TESTS = []
test = asks.decorator(TESTS)


@test
def log_goes_on_where_it_was_when_the_connection_is_back(bench):
    a, port, child = far.following(bench)
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
    a, port, child = far.following(bench)
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
    a, port, child = far.following(bench)
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
    bench.env["KPL011_HOST_TIMEOUT"] = "3"
    a, port, child = far.following(bench)
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
    a, _, child = far.following(bench)
    child.kill()
    child.wait()
    wait_for("it has ended", lambda: not a.serves())
