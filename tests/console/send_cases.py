# SPDX-License-Identifier: GPL-2.0-only
"""Tests of send: what it types, how fast, and what became of it."""

import os
import re
import signal
import subprocess
import tempfile
import threading
import time

import asks
import proc
from bench import expect_in, expect_status, run, said, typed
from played import BREAK, wait_for

TESTS = []
test = asks.decorator(TESTS)


# What is sent.

@test
def send_sends_words_as_they_are(bench):
    port = bench.port(1, "web1")
    for args, text in ((["web1", "echo", "hello"], b"echo hello"),
                       (["--enter", "web1", "ls", "--", "-l"], b"ls -- -l\r"),
                       (["--enter", "web1", "--", "ls", "--", "-l"], b"ls -- -l\r"),
                       (["web1", "git", "checkout", "--", "file"], b"git checkout -- file"),
                       (["web1", "--", "-"], b"-"),
                       (["--", "web1", "-"], b"-"),
                       (["web1", "--enter", "--", "--"], b"--\r"),
                       (["--escapes", "web1", "--", "-"], b"-"),
                       (["--", "web1", "--", "x"], b"x"),
                       (["--enter", "web1", "df", "-h"], b"df -h\r"),
                       (["web1", "--enter", "df", "--help"], b"df --help\r"),
                       (["web1", "-h"], b"-h"),
                       (["web1", "ls", "--enter", "--timeout", "5"], b"ls --enter --timeout 5"),
                       (["web1", "--", "--enter"], b"--enter"),
                       (["--", "web1", "--enter", "x"], b"--enter x"),
                       (["web1", "git", "log", "--", "--", "a"], b"git log -- -- a"),
                       (["web1", "--block-size=1", "-"], b"--block-size=1 -"),
                       (["--enter", "web1"], b"\r"),
                       (["--escapes", "web1", "\\x03a\\0b\\n"], b"\x03a\0b\n"),
                       (["web1", "a\\nb"], b"a\\nb"),
                       (["--break", "web1"], BREAK),
                       (["--sysrq", "b", "web1"], BREAK + b"b")):
        del port.received[:]
        result = bench.run("send", *args, input=b"standard input")
        expect_status(result, 0)
        assert not result.stdout and not result.stderr
        wait_for(f"{text!r}", lambda want=text: port.received == want)


@test
def send_knows_dashes_that_are_the_argument_of_an_option(bench):
    port = bench.port(1, "web1", b"--")
    child = bench.start("send", "--wait-for", "--", "web1", "--enter", "x")
    port.wait_received(b"x\r")
    port.say(b"\r\n--")
    assert child.wait(timeout=60) == 0


@test
def send_sends_a_file_of_any_size_whole(bench):
    port = bench.port(1, "web1")
    data = os.urandom(3000000)
    with file_of(data) as file:
        expect_status(bench.run("send", "--file", file.name, "web1"), 0)
    wait_for("the file", lambda: len(port.received) >= len(data))
    assert port.received == data
    del port.received[:]
    expect_status(bench.run("send", "--enter", "web1", "-", input=data), 0)
    wait_for("the pipe", lambda: len(port.received) > len(data))
    assert port.received == data + b"\r"


@test
def send_waits_for_a_slow_guest(bench):
    port = bench.port(1, "web1")
    # One that the port takes at once, one that the queue holds, one that neither does.
    for size in (2000, 60000, 1000000):
        del port.received[:]
        port.takes.clear()
        with file_of(b"x" * size) as file:
            child = bench.start("send", "web1", "-", stdin=file)
            # The first may be through with it before anybody looks.
            wait_for("its wait", lambda: proc.state(child.pid) == "Z" or
                     (port.clients and proc.state(child.pid) == "S"))
            if size > 50000:
                assert child.poll() is None
            port.takes.set()
            assert child.wait(timeout=30) == 0
        wait_for("everything", lambda want=size: len(port.received) == want)


def file_of(data):
    file = tempfile.NamedTemporaryFile()
    file.write(data)
    file.flush()
    file.seek(0)
    return file


@test
def send_gives_up_when_the_time_is_over(bench):
    port = bench.port(1, "web1")
    port.takes.clear()
    with file_of(b"x" * 1000000) as file:
        result = bench.run("send", "--timeout", "0.3", "--file", file.name, "web1")
    expect_status(result, 11)
    expect_in("did not take everything in time", result.stderr)
    taken = int(re.search(rb"(\d+) bytes were taken", result.stderr)[1])
    port.takes.set()
    wait_for("as many bytes as were told", lambda: len(port.received) == taken)


@test
def send_to_a_dead_guest_is_7(bench):
    bench.port(1, "web1", live=0)
    result = bench.run("send", "web1", "x")
    expect_status(result, 7)
    expect_in("kpl011 log 1", result.stderr)


@test
def send_ends_when_the_vm_goes(bench):
    port = bench.port(1, "web1")
    port.takes.clear()
    with file_of(b"x" * 500000) as file:
        child = bench.start("send", "web1", "-", stdin=file, stderr=subprocess.PIPE)
        wait_for("a connection", lambda: port.clients)
        port.die()
        assert child.wait(timeout=20) == 7
    # Found out while it sends, or already when it opened the port.
    said = child.stderr.read()
    assert re.search(b"its VM is gone|the VM of web1 .* is gone: nothing can be sent", said), said


@test
def send_tells_a_file_that_cannot_be_read(bench):
    bench.port(1, "web1")
    result = bench.run("send", "--file", "/nonexistent", "web1")
    expect_status(result, 1)
    expect_in("cannot open /nonexistent: No such file", result.stderr)
    result = bench.run("send", "--file", "/", "web1")
    expect_status(result, 1)
    expect_in("cannot read /: Is a directory", result.stderr)


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
    # Nor has what an option takes as its argument, whether that is right or not.
    for args in (["log", "--since", "--host", "a", "web1"], ["log", "-n", "--ssh", "web1"],
                 ["attach", "--name", "--host", "a", "web1"]):
        assert "goes before" not in run(bench, *args, status=2).stderr.decode(), args
    for word in ("--hots", "--hostile", "--hosts=a", "--sshd"):
        assert "goes before" not in run(bench, "list", word, status=2).stderr.decode()
    path = os.path.join(bench.dir, "there")
    with open(path, "wb") as file:
        # As some editors begin a file.
        file.write(b"\xef\xbb\xbfexpect login\r\nsend \"root\\r\"\r\n")
    run(bench, "expect", "--script", path, "web1")
    port.wait_received(b"root\r")
    said("give the name of a new one", run(bench, "record", "--kept", "web1", path, status=1))
