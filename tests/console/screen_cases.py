# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the full-screen console: on a terminal, before guests with sockets."""

import os
import signal
import termios

from screen_terminal import SocketGuest, Terminal

TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Desk:
    """What a test of the screen has besides a bench."""

    def __init__(self, bench):
        self.bench = bench
        bench.env = {**bench.env, "TERM": "screen-256color", "LC_ALL": "C.UTF-8",
                     "XDG_STATE_HOME": os.path.join(bench.dir, "state"),
                     "XDG_CONFIG_HOME": os.path.join(bench.dir, "config"), "TZ": "UTC"}

    def guest(self, name, greeting=b"", **more):
        return SocketGuest(os.path.join(self.bench.dir, name + ".sock"), greeting, **more)

    def open(self, *guests, rows=24, cols=80, args=()):
        words = [guest if isinstance(guest, str) else f"unix:{guest.path}" for guest in guests]
        terminal = Terminal(self.bench.program, ["screen", "--no-ports", *args, *words],
                            self.bench.env, rows, cols)
        self.bench.terminals.append(terminal)
        return terminal

    def open_ports(self, *args, rows=24, cols=80):
        terminal = Terminal(self.bench.program, list(args), self.bench.env, rows, cols)
        self.bench.terminals.append(terminal)
        return terminal


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


@test
def screen_leaves_the_terminal_as_it_was(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"login: ")
    ends = (("key", 0), (signal.SIGTERM, signal.SIGTERM), (signal.SIGHUP, signal.SIGHUP),
            (signal.SIGABRT, signal.SIGABRT), (signal.SIGSEGV, signal.SIGSEGV))
    for how, ended_by in ends:
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
        assert (term.child.signalstatus or 0) == ended_by, (how, term.child.signalstatus)
        flags = termios.tcgetattr(term.child.child_fd)[3]
        assert flags & termios.ICANON and flags & termios.ECHO, how
        term.close()
