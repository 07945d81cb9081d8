# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the full-screen console as a program: on its terminal, and before ports and sockets."""

import os
import signal
import termios
from unittest import mock

import pexpect
import ptyprocess

import asks
import proc
from desk import Desk
from played import read_until
from screen_terminal import Terminal, end_spawned, looks
from text_cases import DEADLY
from vms import start_vmm

TESTS = []
test = asks.decorator(TESTS)


@test
def screen_shows_a_list_and_a_guest_and_takes_keys(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"Debian GNU/Linux\r\nlogin: ", echo=True)
    web2 = desk.guest("web2", b"second\r\n")
    term = desk.open(web1, web2)
    term.wait("login:")
    term.wait("Ctrl-] ? help")
    assert "2 guests" in term.line(0) and "web1" in term.line(0)
    assert term.line(1).startswith("  web1")
    assert "web2" in term.line(2)
    term.type("root\r")
    web1.wait_received(b"root\r")
    term.wait("login: root")
    assert not web2.received


@test(ask=8)
def screen_leaves_the_terminal_as_it_was(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"login: ")
    for how in ("key", *DEADLY):
        term = desk.open(web1)
        term.wait("login:")
        assert not termios.tcgetattr(term.child.child_fd)[3] & termios.ICANON
        if how == "key":
            term.act("q")
        else:
            os.kill(term.child.pid, how)
        term.wait(lambda t: b"\033[?1049l" in t.raw)
        term.wait(lambda t: b"\033[?2004l" in t.raw)
        term.wait_end()
        assert (term.child.signalstatus or "key") == how, (how, term.child.signalstatus)
        flags = termios.tcgetattr(term.child.child_fd)[3]
        assert flags & termios.ICANON and flags & termios.ECHO, how
        term.close()


@test
def a_terminal_that_ends_late_is_waited_for(bench):
    """As on a busy machine, where what SIGKILL ends is there for longer than pexpect looks."""
    child = pexpect.spawn("sleep", ["1000"])
    bench.children.append(child)
    isalive = ptyprocess.PtyProcess.isalive
    looked = []

    def late(self):
        looked.append(self)
        return len(looked) < 50 or isalive(self)

    with mock.patch.object(ptyprocess.PtyProcess, "isalive", late):
        end_spawned(child)
    assert not proc.state(child.pid), proc.state(child.pid)


# Kernel ports.

@test(ask=15)
def screen_shows_ports_as_they_come(bench):
    desk = Desk(bench)
    bench.port(1, "web1", b"history\r\n")
    bench.env["LC_ALL"] = "C"
    term = desk.open_ports()
    term.wait("history")
    web2 = bench.port(2, "web2", b"second\r\n")
    term.wait(lambda t: "web2" in t.line(2))
    term.act("n")
    term.wait("second")
    web2.say(b"more\r\n")
    term.wait("more")
    term.type("typed\r")
    web2.wait_received(b"typed\r")
    web2.detach()
    term.wait_status("detached: its last screen")


@test(ask=5)
def screen_counts_what_it_missed(bench):
    desk = Desk(bench)
    port = bench.port(1, "web1", b"start\r\n")
    term = desk.open_ports()
    term.wait("start")
    port.say(b"after\r\n", skip=5000)
    term.wait("after")
    term.wait("skipped 4.8K")


@test(ask=1)
def screen_shows_what_was_printed_before_it_came_and_when(bench):
    desk = Desk(bench)
    first, second = b"printed early\r\n", b"printed late\r\n"
    port = bench.port(1, "web1", first + second)
    port.marks = [(0, 1000000000), (len(first), 66500000000)]
    term = desk.open_ports()
    term.wait("printed late")
    term.act("T")
    clocks = []
    for line in ("early", "late"):
        term.wait(lambda t, line=line: looks(t.text(), rf"\d\.\d\d\d printed {line}"))
        found = looks(term.text(), rf"(\d\d):(\d\d):(\d\d\.\d\d\d) printed {line}")
        clocks.append(int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3]))
    # Each is rounded by itself.
    assert abs((clocks[1] - clocks[0]) % 86400 - 65.5) < 0.01, clocks


@test(ask=2)
def screen_types_while_a_log_is_written(bench):
    desk = Desk(bench)
    port = bench.port(1, "web1", b"login: ")
    path = os.path.join(bench.dir, "log")
    with open(path, "wb") as file:
        bench.start("log", "-f", "web1", stdout=file)
    term = desk.open_ports()
    term.wait("login:")
    term.type("root\r")
    port.wait_received(b"root\r")
    port.say(b"root\r\nPassword: ")
    term.wait("Password:")
    term.wait(lambda _: open(path, "rb").read() == b"login: root\r\nPassword: ")


@test(ask=7)
def screen_shows_the_last_screen_again_each_time(bench):
    desk = Desk(bench)
    bench.port(1, "web1", b"\033[2J\033[5;3Hthe last screen")
    bench.port(2, "web2", b"second")
    for _ in range(2):
        term = desk.open_ports("screen", "--fresh")
        term.wait("the last screen")
        for _ in range(2):
            term.act("n")
            term.wait("second")
            term.gone("the last screen")
            term.act("p")
            term.wait("the last screen")
            assert term.row_of("the last screen") == 5
        term.act("q")
        assert term.wait_end() == 0


@test(ask=16)
def screen_shows_the_last_words_of_dead_ports(bench):
    desk = Desk(bench)
    bench.port(1, "web1", b"the last words\r\n", live=0, death_ns=5)
    term = desk.open_ports()
    term.wait("the last words")
    term.wait(lambda t: "gone" in t.line(1))
    term.type("x")
    term.wait_status("web1 is gone: nothing can be sent")


# Beside each other.

@test(ask=5)
def screens_do_not_disturb_each_other(bench):
    desk = Desk(bench)
    port = bench.port(1, "web1", b"login: ")
    one = desk.open_ports("screen", "--fresh")
    two = desk.open_ports("screen", "--fresh", cols=120)
    one.wait("login:")
    two.wait("login:")
    port.say(b"news\r\n")
    one.wait("news")
    two.wait("news")
    os.kill(one.child.pid, signal.SIGSTOP)
    port.say(b"more\r\n")
    two.wait("more")
    two.type("x")
    port.wait_received(b"x")
    os.kill(one.child.pid, signal.SIGKILL)
    port.say(b"again\r\n")
    two.wait("again")


@test(ask=3)
def screen_that_nobody_reads_holds_up_no_guest(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"ready\r\n")
    term = desk.open(web1)
    term.wait("ready")
    # As Ctrl-S: the terminal takes nothing, however much there is to draw.
    web1.client.settimeout(20)
    for n in range(2000):
        web1.say(b"\033[2J\033[H" + b"%d " % n * 200 + b"\r\n")
    web1.say(b"\033[2J\033[Hthe newest")
    term.type("typed")
    web1.wait_received(b"typed")
    # And then it sees the newest picture, not all of them.
    before = len(term.raw)
    term.wait("the newest")
    assert len(term.raw) - before < 1000000, len(term.raw) - before


# Its terminal.

@test(ask=8)
def screen_leaves_the_terminal_whole_after_kill_9(bench):
    """In a shell: without one its end would be that of the terminal, too."""
    desk = Desk(bench)
    web1 = desk.guest("web1", b"login: ")
    term = Terminal("/bin/sh", ["-c", '"$@"; echo "ended: $?"; read _', "sh", bench.program, "screen", "--no-ports",
                                f"unix:{web1.path}"], bench.env)
    bench.terminals.append(term)
    term.wait("login:")
    screen, = proc.children(term.child.pid)
    os.kill(screen, signal.SIGKILL)
    term.wait(lambda t: b"\033[?1049l" in t.raw and b"\033[?2004l" in t.raw)
    term.wait("ended: 137")
    flags = termios.tcgetattr(term.child.child_fd)[3]
    assert flags & termios.ICANON and flags & termios.ECHO
    term.type("\n")
    term.wait_end()


@test(ask=8)
def screen_is_suspended_and_goes_on(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"login: ")
    term = Terminal("/bin/bash", ["--norc", "-i"], {**bench.env, "PS1": "shell> "})
    bench.terminals.append(term)
    term.wait("shell>")
    term.type(f"{bench.program} screen --no-ports unix:{web1.path}\r")
    term.wait("login:")
    term.act("\x1a")
    term.wait("Stopped")
    term.type("echo $((40 + 2))\r")
    term.wait("\n42")
    web1.say(b"meanwhile")
    term.type("fg\r")
    term.wait("login: meanwhile")
    # Also when it is told to by whoever else.
    for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
        term.raw.clear()
        os.kill(os.tcgetpgrp(term.child.child_fd), number)
        term.wait(lambda t: b"Stopped" in t.raw)
        before = term.raw[:term.raw.index(b"Stopped")]
        assert b"\033[?1049l" in before and b"\033[?1000l" in before and b"\033[?2004l" in before, before
        assert termios.tcgetattr(term.child.child_fd)[3] & termios.ISIG
        term.raw.clear()
        term.type("fg\r")
        term.wait("login: meanwhile")
        term.wait(lambda t: all(mode in t.raw for mode in (b"\033[?1049h", b"\033[?2004h", b"\033[?1000h")))
        assert not termios.tcgetattr(term.child.child_fd)[3] & termios.ISIG
    term.act("q")
    term.wait("shell>")


# Guests of other kinds.

@test
def screen_finds_the_sockets_of_vmms_when_told_to(bench):
    desk = Desk(bench)
    start_vmm(bench, f"{bench.dir}/serial.sock")
    term = desk.open_ports("screen", "--no-ports", "--find")
    term.wait("test-vmm")
    term.act("l")
    term.type("/test-vmm\r")
    term.wait("found me")


@test
def screen_takes_terminals_and_files(bench):
    desk = Desk(bench)
    master, slave = os.openpty()
    path = os.path.join(bench.dir, "build.log")
    with open(path, "wb", buffering=0) as log:
        log.write(b"written before\n")
        term = desk.open(f"tty=pty:{os.ttyname(slave)}", f"file:{path}", f"dir=file:{bench.dir}")
        term.wait_status("tty | input: you")
        os.write(master, b"on a terminal\r\n")
        term.wait("on a terminal")
        term.type("a\x03")
        assert read_until(master, b"\x03") == b"a\x03"
        term.act("n")
        term.wait("written before")
        log.write(b"\rwritten now\n")
        term.wait("written now")
        term.type("x")
        term.wait_status("build can only be read: nothing can be sent to it")
        # What is cut off is gone; what follows is read from its start.
        os.ftruncate(log.fileno(), 0)
        log.seek(0)
        log.write(b"\rafter the cut\n")
        term.wait("after the cut")
    term.act("n")
    term.wait("Is a directory")
    term.act("n")
    os.close(slave)
    os.close(master)
    term.wait_status("gone: its last screen")
    term.wait("on a terminal")
