# SPDX-License-Identifier: GPL-2.0-only
"""A terminal or a pipe that nobody reads, in front of a command that runs on."""

import itertools
import os
import pty
import signal
import subprocess
import termios
import tty

import asks
from played import read_until, switches, wait_for
from trouble_cases import fill, read_all

TESTS = []
test = asks.decorator(TESTS)

# What follows guests, and its exit status when the last one has gone.
FOLLOW = ((["log", "-f"], 0), (["log", "-f", "-t"], 0), (["log", "-f", "other"], 0),
          (["record"], 0), (["console"], 7), (["pty"], 7))


class Stderr:
    """A pipe or a terminal; it takes nothing between stop() and go_on()."""

    def __init__(self, terminal):
        self.terminal = terminal
        self.ours, self.theirs = pty.openpty() if terminal else os.pipe()
        if terminal:
            tty.setraw(self.theirs)

    def stop(self):
        if self.terminal:
            termios.tcflow(self.theirs, termios.TCOOFF)
        else:
            fill(self.theirs)

    def go_on(self, text):
        """All that was said until the text was, which is whole."""
        if self.terminal:
            termios.tcflow(self.theirs, termios.TCOON)
        return read_all(self.ours, text)

    def close(self):
        os.close(self.ours)
        os.close(self.theirs)


def begin(bench, args, name, stderr):
    """The command, and where to read what its guest prints; it has told all that it tells first."""
    child = bench.start(*args, name, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                        stderr=stderr.theirs)
    output = child.stdout.fileno()
    if args == ["pty"]:
        path = read_until(output, b"\n").decode().strip()
        output = os.open(path, os.O_RDWR | os.O_NOCTTY)
    elif args == ["console"]:
        read_until(stderr.ours, b"\n")
    return child, output


def follow_on(bench, number, args, terminal, how):
    stderr = Stderr(terminal)
    ports = [bench.port(number, f"web{number}", attach_ns=number)]
    if "other" in args:
        ports.append(bench.port(number + 1, f"other{number}", attach_ns=number + 1))
    words = [word if word != "other" else f"other{number}" for word in args]
    child, output = begin(bench, words, f"web{number}", stderr)
    ports[0].say(b"one\n")
    read_until(output, b"one")
    stderr.stop()
    ports[0].say(b"two\n", skip=5)
    read_until(output, b"two")
    if how == "read":
        assert "skipped 5 bytes" in stderr.go_on(b"\n")
        ports[0].say(b"three\n", skip=6)
        assert "kpl011: skipped 6 bytes" in stderr.go_on(b"\n")
    if how == "end":
        for port in ports:
            port.die()
    else:
        child.send_signal(signal.SIGTERM)
    status = child.wait(timeout=60)
    child.stdin.close()
    child.stdout.close()
    if args == ["pty"]:
        os.close(output)
    stderr.close()
    return status


def no_message_keeps(bench, terminal):
    number = 1
    for args, ended in FOLLOW:
        for how in "read", "signal", "end":
            status = follow_on(bench, number, args, terminal, how)
            assert status == (ended if how == "end" else -signal.SIGTERM), (args, how, status)
            number += 2


@test
def no_message_to_a_full_pipe_keeps_a_command(bench):
    """It goes on and ends as ever, and the message is told when it is read."""
    no_message_keeps(bench, False)


@test
def no_message_to_a_stopped_terminal_keeps_a_command(bench):
    no_message_keeps(bench, True)


@test
def messages_that_nobody_reads_are_counted_in_the_end(bench):
    stderr = Stderr(False)
    port = bench.port(1, "web1", b"one\n")
    child, output = begin(bench, ["log", "-f"], "web1", stderr)
    read_until(output, b"one")
    stderr.stop()
    for number in range(2000):
        port.say(b"<%d>" % number, skip=1)
        read_until(output, b"<%d>" % number)
    text = stderr.go_on(b"nobody read those before them\n")
    told = text.count("kpl011: skipped 1 bytes of web1: they are no longer kept\n")
    missing = int(text.splitlines()[-1].split()[1])
    assert told + missing == 2000 and told > 500 and missing > 100, (told, missing)
    port.die()
    assert child.wait(timeout=60) == 0
    child.stdin.close()
    child.stdout.close()
    stderr.close()


@test
def send_and_expect_end_though_nobody_reads_what_they_say(bench):
    numbers = itertools.count(1)
    for terminal in False, True:
        for args, status in ((["expect", "done"], 0), (["expect", "--timeout", "1", "nothing"], 11),
                             (["expect", "--json", "done"], 0)):
            stderr = Stderr(terminal)
            number = next(numbers)
            port = bench.port(number, "web1", b"one\n")
            child = bench.start(args[0], *args[1:-1], str(number), args[-1], stdout=subprocess.PIPE,
                                stderr=stderr.theirs)
            wait_for("its look", lambda port=port: port.connected)
            stderr.stop()
            port.say(b"done\n", skip=5)
            assert child.wait(timeout=60) == status, args
            assert (b"done" in child.stdout.read()) == (status == 0)
            child.stdout.close()
            stderr.close()
            port.end()
            os.unlink(port.path)
        stderr = Stderr(terminal)
        number = next(numbers)
        port = bench.port(number, "web1", b"one\n")
        port.takes.clear()
        child = bench.start("send", "--timeout", "1", str(number), "x" * 100000, stderr=stderr.theirs)
        wait_for("its look", lambda port=port: port.connected)
        stderr.stop()
        assert child.wait(timeout=60) == 11
        stderr.close()
        port.end()
        os.unlink(port.path)


@test
def what_is_printed_waits_for_its_reader_and_for_a_signal(bench):
    """The match of expect, and the path of a terminal: whole, or not with exit status 0."""
    numbers = itertools.count(1)
    for args in ["expect", "web1", "two"], ["expect", "--json", "web1", "two"], ["pty", "web1"]:
        for ends in True, False:
            number = next(numbers)
            port = bench.port(number, "web1", b"one\n")
            args = [word if word[:3] != "web" and not word.isdigit() else str(number)
                    for word in args]
            ours, theirs = os.pipe()
            fill(theirs)
            child = bench.start(*args, stdout=theirs)
            os.close(theirs)
            wait_for("its look", lambda port=port: port.connected)
            before = switches(child.pid)
            port.say(b"two\n")
            wait_for("its wait", lambda child=child, before=before:
                     switches(child.pid) > before or args[0] == "pty")
            if ends:
                child.send_signal(signal.SIGTERM)
                assert child.wait(timeout=60) == -signal.SIGTERM, args
            else:
                text = read_all(ours, b"\n")
                assert "two" in text if args[0] == "expect" else "/dev/pts" in text, text
                if args[0] == "pty":
                    port.die()
                assert child.wait(timeout=60) == (7 if args[0] == "pty" else 0), args
            os.close(ours)
            port.end()
            os.unlink(port.path)
