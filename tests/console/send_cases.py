# SPDX-License-Identifier: GPL-2.0-only
"""Tests of who may type, how fast, and what became of it."""

import datetime
import getpass
import json
import os
import re
import signal
import subprocess
import threading
import time

import far
from command_cases import run, said
from desk import Desk
from played import BREAK, wait_for

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def typed(directory, text):
    path = os.path.join(directory, "typed")
    with open(path, "wb") as file:
        file.write(text)
    return path


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


# Who has the input.

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


# How fast.

class Loader(threading.Thread):
    """A boot loader: a prompt behind each line, when it may."""

    def __init__(self, port, prompt=b"\r\n=> "):
        super().__init__(daemon=True)
        self.port = port
        self.prompt = prompt
        self.may = threading.Semaphore(0)
        self.answered = 0
        self.start()

    def run(self):
        while True:
            self.may.acquire()
            wait_for("a line", lambda: self.lines() > self.answered, 60)
            self.answered += 1
            self.port.say(self.prompt)

    def lines(self):
        return self.port.received.count(b"\r") + self.port.received.count(b"\n")


@test
def send_waits_for_a_prompt_behind_each_line(bench):
    port = bench.port(1, "web1", b"U-Boot\r\n=> ")
    loader = Loader(port)
    path = typed(bench.dir, b"setenv a 1\nsetenv b 2\r\nboot\n")
    child = bench.start("send", "--cr", "--wait-for", "=> $", "--file", path, "web1")
    for want in (b"setenv a 1\r", b"setenv a 1\rsetenv b 2\r", b"setenv a 1\rsetenv b 2\rboot\r"):
        wait_for(f"{want!r} and no more", lambda want=want: port.received == want)
        # The prompt that was there before, and what is none, are no answer.
        port.say(b"still at it\r\n")
        assert child.poll() is None and port.received == want
        loader.may.release()
    assert child.wait(timeout=60) == 0


@test
def send_tells_which_prompt_did_not_come(bench):
    port = bench.port(1, "web1", b"=> ")
    loader = Loader(port)
    loader.may.release()
    child = bench.start("send", "--wait-for", "^=> $", "--timeout", "3", "web1", "-",
                        stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    child.stdin.write(b"one\ntwo\nthree\n")
    child.stdin.close()
    wait_for("the second line", lambda: port.received == b"one\ntwo\n")
    port.say(b"Unknown command\r\n")
    err = child.stderr.read().decode()
    assert child.wait(timeout=60) == 11
    assert "web1 did not print ^=> $ after line 2 in time" in err, err
    assert "Its last line: Unknown command" in err and "8 bytes were taken" in err, err
    assert port.received == b"one\ntwo\n"


@test
def send_tells_that_all_was_sent_when_only_the_answer_is_missing(bench):
    port = bench.port(1, "web1")
    # The second has a line that is to come when the prompt was there.
    for args, text, received, told in (
            (["--enter", "web1", "printenv"], b"", b"printenv\r", b"All of it was sent: 9 bytes were taken.\n"),
            (["--cr", "web1", "-"], b"one\ntwo\n", b"one\r", b"4 bytes were taken; the rest was not sent.\n")):
        del port.received[:]
        child = bench.start("send", "--timeout", "60", "--wait-for", "=> $", *args, stdin=subprocess.PIPE,
                            stderr=subprocess.PIPE)
        child.stdin.write(text)
        child.stdin.close()
        wait_for(f"{received!r}", lambda want=received: port.received == want)
        child.send_signal(signal.SIGINT)
        assert child.stderr.read().strip() == told.strip()
        assert child.wait(timeout=60) == -signal.SIGINT


@test
def send_waits_for_the_prompt_behind_the_last_line_too(bench):
    port = bench.port(1, "web1")
    child = bench.start("send", "--wait-for", "ready", "--enter", "web1", "reset")
    port.wait_received(b"reset\r")
    port.say(b"not yet ")
    assert child.poll() is None
    port.say(b"rea")
    port.say(b"dy")
    assert child.wait(timeout=60) == 0


@test
def send_sees_a_prompt_as_a_person_does(bench):
    port = bench.port(1, "web1", b"guest# ")
    # Coloured, asked for the cursor's place behind it, and written over; over two lines.
    for pattern, answer in (("# $", b"\r\n\033[1mguest# \033[0m\033[6n"),
                            ("^guest# $", b"\r\nbusy...\r\033[Kguest# "),
                            ("two\nguest# $", b"\r\none\r\ntwo\r\nguest# "),
                            ("ready", b"\r\nready\r\n" + b"x" * 30000)):
        del port.received[:]
        child = bench.start("send", "--enter", "--wait-for", pattern, "web1", "ls")
        port.wait_received(b"ls\r")
        port.say(b"ls")
        assert child.poll() is None
        port.say(answer)
        assert child.wait(timeout=60) == 0, pattern


@test
def send_does_not_take_the_prompt_it_types_at_for_the_next(bench):
    port = bench.port(1, "web1", b"=> ")
    child = bench.start("send", "--cr", "--wait-for", "=> ", "web1", "-", stdin=subprocess.PIPE)
    child.stdin.write(b"one\ntwo\n")
    child.stdin.close()
    port.wait_received(b"one\r")
    for piece in (b"o", b"n", b"e", b"\r\n"):
        port.say(piece)
    assert child.poll() is None and port.received == b"one\r"
    port.say(b"=> ")
    port.wait_received(b"one\rtwo\r")
    port.say(b"two\r\n=> ")
    assert child.wait(timeout=60) == 0


@test
def send_ends_with_the_guest_whose_prompt_it_waits_for(bench):
    port = bench.port(1, "web1")
    child = bench.start("send", "--wait-for", "ready", "--enter", "web1", "reset",
                        stderr=subprocess.PIPE)
    port.wait_received(b"reset\r")
    port.die()
    assert child.wait(timeout=60) == 7
    assert b"its VM is gone" in child.stderr.read()


@test
def send_pauses_behind_characters_and_lines(bench):
    port = bench.port(1, "web1")
    for args, pauses in ((["--delay-char", "0.05"], 8 * 0.05), (["--delay-line", "0.2"], 2 * 0.2),
                         (["--delay-char", "0.01", "--delay-line", "0.2"], 0.46)):
        del port.received[:]
        start = time.monotonic()
        run(bench, "send", *args, "--escapes", "web1", "ab\\ncd\\nef")
        assert time.monotonic() - start >= pauses, args
        port.wait_received(b"ab\ncd\nef")


@test
def send_pauses_until_the_guest_has_read(bench):
    port = bench.port(1, "web1")
    port.read = 0
    child = bench.start("send", "--delay-char", "0.01", "--timeout", "60", "web1", "abc")
    for count in (1, 2, 3):
        wait_for("another one", lambda count=count: len(port.received) == count)
        # One more would come at once if it did not wait for the guest.
        time.sleep(0.2)
        assert len(port.received) == count and child.poll() is None
        port.dr_reads += 1
        port.read += 1
    assert child.wait(timeout=60) == 0


@test
def send_pauses_behind_characters_not_bytes(bench):
    """Also where what it reads ends in the midst of one, and where bytes are part of none."""
    port = bench.port(1, "web1")
    port.read = 0

    def comes(want):
        wait_for(f"{want!r}, not {bytes(port.received)!r}", lambda: len(port.received) >= len(want))
        assert port.received == want
        # The guest has read them: one more may come.
        port.dr_reads = port.read = len(want)
    child = bench.start("send", "--delay-char", "0.01", "--timeout", "60", "web1", "-", stdin=subprocess.PIPE)
    text = b""
    for piece in ("ä", "€", "\U0001f600", "z"):
        text += piece.encode()
    child.stdin.write(text + b"\xff\xc3y\xe2")
    child.stdin.flush()
    for end in (2, 5, 9, 10):
        comes(text[:end])
    for more in (b"\xff", b"\xc3", b"y", b"\xe2"):
        text += more
        comes(text)
    child.stdin.write(b"\x82\xacx")
    child.stdin.close()
    comes(text + b"\x82\xac")
    comes(text + b"\x82\xacx")
    assert child.wait(timeout=60) == 0


@test
def a_slow_send_is_interrupted_at_once(bench):
    port = bench.port(1, "web1")
    child = bench.start("send", "--delay-char", "3600", "web1", "abc", stderr=subprocess.PIPE)
    port.wait_received(b"a")
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=60) == -signal.SIGINT
    assert b"1 bytes were taken; the rest was not sent" in child.stderr.read()


@test
def send_types_line_ends_as_the_enter_key(bench):
    port = bench.port(1, "web1")
    text = b"a\nb\r\nc\rd\n\ne" + b"x\r\n" * 20000
    run(bench, "send", "--cr", "web1", "-", input=text)
    want = text.replace(b"\r\n", b"\r").replace(b"\n", b"\r")
    wait_for("all of it", lambda: len(port.received) >= len(want))
    assert port.received == want
    del port.received[:]
    run(bench, "send", "--cr", "--escapes", "web1", "a\\n\\nb")
    port.wait_received(b"a\r\rb")


@test
def send_waits_for_the_prompt_behind_a_text_without_a_line_end(bench):
    port = bench.port(1, "web1", b"Password: ")
    for args, text in ((["web1", "a key"], None), (["--delay-char", "0.01", "web1", "ab"], None),
                       (["web1", "-"], b"first\rlast")):
        result = run(bench, "send", "--wait-for", "ready", "--timeout", "0.5", *args, status=11,
                     input=text or b"")
        said("web1 did not print ready after line 1 in time", result)
    count = len(port.received)
    child = bench.start("send", "--wait-for", "ready", "--timeout", "60", "web1", "-",
                        stdin=subprocess.PIPE)
    child.stdin.write(b"first\r")
    child.stdin.flush()
    wait_for("a line", lambda: port.received[count:] == b"first\r")
    port.say(b"ready\r\n")
    child.stdin.write(b"last")
    child.stdin.close()
    wait_for("all", lambda: port.received[count:] == b"first\rlast")
    port.say(b"ready\r\n")
    assert child.wait(timeout=60) == 0


# Guests that do not read.

@test
def send_tells_what_the_guest_has_not_read(bench):
    port = bench.port(1, "web1")
    port.read = 0
    result = run(bench, "send", "web1", "hello")
    said("web1 has not read 5 bytes yet: they wait in its port", result)
    other = bench.port(2, "web2")
    other.read = 0
    said("web2 has not read 1 byte yet: it waits in its port", run(bench, "send", "--enter", "web2"))
    result = run(bench, "send", "--timeout", "0.3", "web1", "more", status=11)
    said("web1 did not read everything in time", result)
    said("4 bytes were taken", result)
    said("4 of them wait in its port", result)


@test
def send_waits_until_a_guest_that_comes_late_has_read(bench):
    port = bench.port(1, "web1")
    port.read = 0
    child = bench.start("send", "--timeout", "60", "web1", "hello", stderr=subprocess.PIPE)
    port.wait_received(b"hello")
    time.sleep(0.7)
    assert child.poll() is None
    port.dr_reads = port.read = 5
    assert child.wait(timeout=60) == 0
    assert not child.stderr.read()


@test
def send_tells_what_the_guest_threw_away_unread(bench):
    port = bench.port(1, "web1")
    port.read = 0
    child = bench.start("send", "--timeout", "60", "web1", "hello", stderr=subprocess.PIPE)
    port.wait_received(b"hello")
    # Its driver empties the FIFO as it opens the port; one was read.
    port.dr_reads, port.read = 1, 5
    assert child.wait(timeout=60) == 1
    err = child.stderr.read().decode()
    assert re.search("web1 lost 4 of 5 bytes unread", err) and "Send them again" in err, err


# What is not meant so.

@test
def what_is_written_wrongly_is_told_with_what_is_right(bench):
    port = bench.port(1, "web1", b"login: ")
    kinds = "If it is to be a source, the kinds are unix:, tcp:, telnet:, pty:, pipe: and file:."
    for word in ("sock:/run/web1", "web1=UNIX:/run/web1", "tpc:localhost:5000", "unixx:@web1", "fil:./log"):
        said(kinds, run(bench, "log", word, status=3))
    for word in ("web2", "a:b", "c/web1"):
        assert "source" not in run(bench, "log", word, status=3).stderr.decode()
    said("it is not a terminal", run(bench, "log", "pty:/dev/null", status=1))
    for args in (["list", "--host", "a"], ["log", "--host=a", "web1"], ["list", "--ssh", "x"],
                 ["send", "--host", "a", "web1", "x"], ["run", "--ssh=x", "sh"]):
        said(f"{args[1]} goes before the command: kpl011 --host HOST {args[0]}",
             run(bench, *args, status=2))
    said("--host goes before the command: kpl011 --host HOST log",
         run(bench, "log", "web1", "--host", "a", status=2))
    # A text has no options.
    result = run(bench, "send", "--delay-char", "x", "web1", "ssh", "--host", "a", status=2)
    assert "goes before" not in result.stderr.decode(), result
    for word in ("--hots", "--hostile", "--hosts=a", "--sshd"):
        assert "goes before" not in run(bench, "list", word, status=2).stderr.decode()
    path = os.path.join(bench.dir, "there")
    with open(path, "wb") as file:
        # As some editors begin a file.
        file.write(b"\xef\xbb\xbfexpect login\r\nsend \"root\\r\"\r\n")
    run(bench, "expect", "--script", path, "web1")
    port.wait_received(b"root\r")
    said("give the name of a new one", run(bench, "record", "--kept", "web1", path, status=1))
