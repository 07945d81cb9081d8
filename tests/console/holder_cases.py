# SPDX-License-Identifier: GPL-2.0-only
"""Tests of who has the input of a guest, and of how it is taken and let go of."""

import datetime
import getpass
import json
import os
import subprocess
import time

import asks
import far
from bench import run, said, typed
from desk import Desk
from played import BREAK, wait_for

TESTS = []
test = asks.decorator(TESTS)


class Holder:
    """A process that has the input of a port."""

    def __init__(self, port):
        self.child = subprocess.Popen(["sleep", "1000"])
        port.seize(self.child.pid, "sleep")

    def words(self):
        return f"sleep (process {self.child.pid}) holds its input"

    def end(self):
        self.child.kill()
        self.child.wait()


@test
def send_names_who_holds_the_input_and_takes_it(bench):
    port = bench.port(1, "web1", enforces=1)
    holder = Holder(port)
    try:
        for args in (["web1", "x"], ["--break", "web1"], ["--sysrq", "h", "web1"]):
            result = run(bench, "send", *args, status=1)
            said("cannot send to web1: " + holder.words(), result)
            said(f"It is 'sleep 1000' of {getpass.getuser()}", result)
            said("running since ", result)
            said("take it with --take", result)
            assert not port.received and port.holder[0] == holder.child.pid
        for args, want in ((["web1", "x"], b"x"), (["--sysrq", "h", "web1"], BREAK + b"h"),
                           (["--break", "web1"], BREAK), (["--enter", "web1"], b"\r")):
            del port.received[:]
            port.seize(holder.child.pid, "sleep")
            run(bench, "send", "--take", *args)
            port.wait_received(want)
            assert port.holder[0] != holder.child.pid
        # Who lost it is told by whom, as the kernel says it once.
        assert holder.child.pid in port.losers
    finally:
        holder.end()


@test
def info_tells_who_holds_the_input(bench):
    far_host, = far.hosts(bench, "a")
    for where, host in (([], bench), (["--host", "a"], far_host)):
        port = host.port(1, "web1", enforces=1)
        said_of = run(bench, *where, "info", "web1").stdout.decode()
        assert "  input            held by nobody\n" in said_of, said_of
        assert json.loads(run(bench, *where, "info", "--json", "web1").stdout)["input"] is None
        holder = Holder(port)
        try:
            said_of = run(bench, *where, "info", "web1").stdout.decode()
            assert f"  input            sleep (process {holder.child.pid})\n" in said_of, said_of
            assert f"  held by        'sleep 1000' of {getpass.getuser()}" in said_of, said_of
            assert "running since " in said_of and port.holder[0] == holder.child.pid, said_of
            found = json.loads(run(bench, *where, "info", "--json", "web1").stdout)["input"]
            started = datetime.datetime.fromisoformat(found.pop("since"))
            assert abs(time.time() - started.timestamp()) < 3600, started
            assert (found.pop("terminal") is None) != os.isatty(0) and found == {
                "pid": holder.child.pid, "name": "sleep", "command": "sleep 1000",
                "user": getpass.getuser(), "from": None}, found
        finally:
            holder.end()
        # What is not known is not made up, and nothing of a name drives a terminal.
        port.seize(0, "\033[2J")
        assert "\033" not in run(bench, *where, "info", "web1").stdout.decode()
        found = json.loads(run(bench, *where, "info", "--json", "web1").stdout)["input"]
        assert found["pid"] is None and found["user"] is None and found["since"] is None, found


@test
def a_holder_that_cannot_be_seen_is_named_as_far_as_it_is_known(bench):
    port = bench.port(1, "web1", enforces=1)
    port.seize(0, "sleep")
    said("sleep (a process that has ended) holds its input",
         run(bench, "send", "web1", "x", status=1))


@test
def a_holder_cannot_drive_the_terminal_by_its_name(bench):
    port = bench.port(1, "web1", enforces=1)
    child = subprocess.Popen(["\033]0;title\a\n" + "x" * 500, "1000"], executable="/bin/sleep")
    port.seize(child.pid, "sleep")
    result = run(bench, "send", "web1", "x", status=1)
    child.kill()
    child.wait()
    assert b"\033" not in result.stderr and b"\a" not in result.stderr, result.stderr
    said("'\\x1b]0;title\\x07\\x0axxx", result)
    assert len(max(result.stderr.splitlines(), key=len)) < 300


@test
def the_input_is_taken_over_there_too(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", enforces=1)
    holder = Holder(port)
    try:
        result = run(bench, "--host", "a", "send", "web1", "x", status=1)
        said("cannot send to web1: " + holder.words(), result)
        said(f"It is 'sleep 1000' of {getpass.getuser()}", result)
        said("0 bytes were taken", result)
        run(bench, "--host", "a", "send", "--take", "web1", "x")
        port.wait_received(b"x")
        assert port.received == b"x"
    finally:
        holder.end()


@test
def expect_names_who_holds_the_input_and_takes_it(bench):
    far_host, = far.hosts(bench, "a")
    script = typed(bench.dir, b"expect 'login: '\nsend --enter root\nexpect '# '\n")
    for where, host in (([], bench), (["--host", "a"], far_host)):
        port = host.port(1, "web1", b"login: ", enforces=1)
        holder = Holder(port)
        try:
            for args in (["--send", "x", "web1", "x"], ["--enter", "web1", "x"],
                         ["--script", script, "web1"]):
                result = run(bench, *where, "expect", "--timeout", "60", *args, status=1)
                said("cannot send to web1: " + holder.words(), result)
                said(f"It is 'sleep 1000' of {getpass.getuser()}", result)
                said("take it with --take", result)
                assert not port.received and port.holder[0] == holder.child.pid
            child = bench.start(*where, "expect", "--take", "--timeout", "60", "--script", script,
                                "web1", stdout=subprocess.PIPE)
            port.wait_received(b"root\r")
            # Nobody types in between, until it ends.
            assert port.holder[0] != holder.child.pid and holder.child.pid in port.losers
            port.say(b"root\r\n# ")
            assert child.communicate(timeout=60)[0] == b"login: \n# \n" and not child.returncode
        finally:
            holder.end()
    # Who only waits has no use for it.
    for args in (["web1", "x"], ["--script", typed(bench.dir, b"expect x\n"), "web1"]):
        said("--take goes with --send", run(bench, "expect", "--take", *args, status=2))


@test
def a_console_takes_the_input_and_is_told_when_it_loses_it(bench):
    port = bench.port(1, "web1", b"login: ", enforces=1)
    port.seize(4711, "minicom")
    child = bench.terminal("console", "web1")
    child.expect_exact("login: ")
    child.send("a")
    child.expect_exact("what was typed did not arrive: the input is held by minicom (process 4711)")
    child.expect_exact("^] t takes it")
    child.send("\x1dt")
    child.expect_exact("the input of web1 is yours; minicom (process 4711) had it")
    assert port.holder[0] == child.pid
    child.send("b")
    port.wait_received(b"b")
    port.seize(4712, "picocom")
    child.expect_exact("the input was taken by picocom (process 4712)")
    child.expect_exact("^] t takes it back")
    child.send("c")
    child.expect_exact("did not arrive: the input is held by picocom (process 4712)")
    # It let go of it: who types has it again.
    port.holder = None
    child.send("d")
    port.wait_received(b"d")
    assert port.holder[0] == child.pid and port.received == b"bd", port.received
    child.send("\x1dq")
    child.expect_exact("left web1")
    child.wait()


@test
def a_console_begins_with_the_input_and_lets_go_of_it_when_left_alone(bench):
    port = bench.port(1, "web1", b"login: ", enforces=1)
    port.seize(4711, "minicom")
    child = bench.terminal("console", "--take", "--release-input", "1s", "web1")
    child.expect_exact("the input of web1 is yours; minicom (process 4711) had it")
    child.expect_exact("released the input of web1, because nothing was typed for 1s")
    assert port.holder is None
    child.send("a")
    port.wait_received(b"a")
    assert port.holder[0] == child.pid
    child.expect_exact("released the input of web1")
    wait_for("nobody has it", lambda: port.holder is None)


@test
def what_is_piped_into_a_console_is_not_lost_without_a_word(bench):
    port = bench.port(1, "web1", enforces=1)
    port.seize(4711, "minicom")
    result = run(bench, "console", "web1", input=b"text", status=1)
    said("the input is held by minicom (process 4711)", result)


def settings(bench, text):
    directory = os.path.join(bench.dir, "config/kpl011")
    os.makedirs(directory)
    with open(os.path.join(directory, "screen.conf"), "w", encoding="ascii") as file:
        file.write(text)


@test
def screen_lets_go_of_the_input_when_it_is_left_alone(bench):
    desk = Desk(bench)
    settings(bench, "[screen]\nrelease-input = 1s\n")
    port = bench.port(1, "web1", b"login: ", enforces=1)
    term = desk.open_ports(cols=120)
    term.wait("login:")
    term.type("a")
    port.wait_received(b"a")
    term.wait_status("web1 | input: free, as you were idle")
    assert port.holder is None
    run(bench, "send", "web1", "b")
    port.wait_received(b"ab")
    term.type("c")
    port.wait_received(b"abc")
    assert port.holder[0] == term.child.pid
    # As long as the guest has not taken what was typed, it is no left one.
    port.takes.clear()
    term.act("f")
    term.type(typed(bench.dir, b"x" * 500000) + "\r")
    term.wait_status("unsent")
    # Nobody would wait for it to be let go of: only time tells that it is not.
    time.sleep(2.5)
    assert port.holder
    port.takes.set()
    wait_for("all of it", lambda: len(port.received) >= 500003)
    wait_for("nobody has it", lambda: port.holder is None)


@test
def screen_says_by_which_key_the_input_is_taken_back(bench):
    desk = Desk(bench)
    port = bench.port(1, "web1", b"login: ", enforces=1)
    term = desk.open_ports(cols=120)
    term.wait("login:")
    term.type("a")
    port.wait_received(b"a")
    run(bench, "send", "--take", "web1", "b")
    port.wait_received(b"ab")
    term.wait_status("web1: the input was taken by ")
    term.wait_status("Ctrl-] i takes it back")
    term.act("i")
    term.type("c")
    port.wait_received(b"abc")
