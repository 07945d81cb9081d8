# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the full-screen console: on a terminal, before guests with sockets."""

import os
import signal
import subprocess
import sys
import termios
import threading
import time

import asks
import proc
from played import read_until
from screen_terminal import SocketGuest, Terminal, looks
from text_cases import DEADLY

TESTS = []
test = asks.decorator(TESTS)


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


# The list.

@test
def screen_filters_sorts_and_marks_the_list(bench):
    desk = Desk(bench)
    guests = [desk.guest(name) for name in ("db1", "web2", "web1")]
    term = desk.open(*guests)
    term.wait("3 guests")
    term.act("l")
    term.wait("3 guests by number")
    term.type("/web")
    term.wait("2 of 3: /web")
    assert "db1" not in "".join(term.line(row)[:28] for row in range(1, 6))
    term.type("\r")
    term.type("s")
    term.wait_status("sorted by name")
    assert "web1" in term.line(1) and "web2" in term.line(2), term.text()
    term.type(" ")
    term.wait("+web2")
    term.type("\x1b")
    term.wait("3 guests by name")
    assert term.line(1).strip().startswith("db1")


@test
def screen_groups_the_list_by_name(bench):
    desk = Desk(bench)
    guests = [desk.guest(name) for name in ("web1", "db1", "web2", "db-2", "router")]
    term = desk.open(*guests)
    term.wait("5 guests")
    term.act("l")
    term.type("bbb")
    term.wait_status("grouped by name")
    term.wait("5 by number, per name")

    def rows():
        return [" ".join(term.line(row)[:28].split()[:2]) for row in range(1, 9)]
    wanted = ["v db", "db1 live", "db-2 live", "v router", "router live", "v web", "web1 live",
              "web2 live"]
    term.wait(lambda _: rows() == wanted)
    # From web1, which is shown, to its heading, which marks both and is folded.
    term.type("k ")
    term.wait("+  web2")
    term.type("\x1bOD")
    term.wait(lambda _: rows()[5:] == ["> web", "", ""])
    term.type("G")
    term.wait(lambda t: t.cell(6, 1).bg != "default" or t.cell(6, 1).reverse)
    # Left folds the group that a guest is in.
    term.type("gj\x1bOD")
    term.wait(lambda _: rows()[:3] == ["> db", "v router", "router live"])
    term.type("\r")
    term.wait(lambda _: rows()[:3] == ["v db", "db1 live", "db-2 live"])
    term.type("\x1bOD\x1bOC")
    term.wait(lambda _: rows()[:3] == ["v db", "db1 live", "db-2 live"])
    # Who did something is seen although it is folded away.
    guests[2].say(b"news")
    term.wait(lambda t: t.line(6).startswith("*> web"))
    term.type("l")
    term.act("a")
    term.wait_status("web2 |")


@test
def screen_groups_the_list_by_state_and_by_user(bench):
    desk = Desk(bench)
    bench.port(1, "web1", uid=0)
    bench.port(2, "web2", uid=54321)
    bench.port(3, "web3", uid=0, live=0, death_ns=5)
    term = desk.open_ports("screen", "--fresh")
    term.wait("3 guests")
    term.act("l")
    term.type("b")
    term.wait("3 by number, per state")
    term.wait(lambda t: [t.line(row)[:8].strip() for row in range(1, 6)] ==
              ["v live", "web1", "web2", "v gone", "web3"])
    term.type("b")
    term.wait("3 by number, per user")
    term.wait(lambda t: [t.line(row)[:8].strip() for row in range(1, 6)] ==
              ["v root", "web1", "web3", "v 54321", "web2"])
    term.type("bb")
    term.wait_status("not grouped")
    term.wait("3 guests by number")


@test
def screen_finds_its_groups_again(bench):
    desk = Desk(bench)
    for number, name in enumerate(("web1", "web2", "db1")):
        bench.port(number + 1, name)
    term = desk.open_ports()
    term.wait("3 guests")
    term.act("l")
    term.type("bbb")
    term.wait("per name")
    term.type("\x1bOD")
    term.wait(lambda t: t.line(3).strip().startswith("> web"))
    term.type("q")
    assert term.wait_end() == 0
    term = desk.open_ports()
    term.wait("3 guests per name")
    term.wait(lambda t: t.line(3).strip().startswith("> web"))


@test(ask=16)
def screen_shows_activity_bells_and_the_dead(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"one\r\n")
    web2 = desk.guest("web2", b"two\r\n")
    term = desk.open(web1, web2)
    term.wait("one")
    term.act("n")
    term.wait("two")
    term.wait(lambda t: t.line(1).startswith("  web1"))
    web1.say(b"news\r\n")
    term.wait(lambda t: t.line(1).startswith("* web1"))
    # `a` goes to who did something.
    term.act("a")
    term.wait("news")
    term.wait(lambda t: t.line(1).startswith("  web1"))
    web1.say(b"last words")
    term.wait("last words")
    web1.die()
    term.wait(lambda t: "gone" in t.line(1))
    term.wait_status("gone: its last screen")
    assert "last words" in term.text()
    term.type("x")
    term.wait_status("web1 is gone: nothing can be sent to it")


@test
def screen_shows_no_rate_of_a_guest_that_is_quiet(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"one\r\n")
    term = desk.open(web1)
    term.wait("one")
    web1.say(b"x" * 5000)
    term.wait(lambda t: "/s" in t.line(1))
    # No key is typed, and nobody else prints.
    term.wait(lambda t: "/s" not in t.line(1))


@test(ask=16)
def screen_details_tell_the_process_and_its_user(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"x" * 3000)
    term = desk.open(web1, cols=120)
    term.wait("xxx")
    term.act("l")
    term.type("i")
    term.wait("UPTIME")
    term.wait(str(os.getpid()))
    row = term.line(term.row_of("live"))
    assert "web1" in row and "2.9K" in row, row


@test
def screen_with_no_guests_says_what_is_missing(bench):
    desk = Desk(bench)
    bench.env["KPL011_DEV_DIR"] = os.path.join(bench.dir, "none")
    term = desk.open_ports("screen")
    term.wait("No guests yet")
    term.wait("The kernel module kpl011 is not loaded here")
    term.wait("modprobe kpl011")
    term.wait("kpl011 unix:/run/web1.sock")
    # Alone, on a terminal, it is the same.
    term = desk.open_ports()
    term.wait("No guests yet")


@test(ask=15)
def screen_shows_guests_that_come_later_and_come_back(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "late.sock")
    term = desk.open(f"late=unix:{path}")
    term.wait("cannot open unix:")
    late = SocketGuest(path, b"first boot\r\n")
    term.wait("first boot")
    late.die()
    term.wait(lambda t: "gone" in t.line(1))
    again = SocketGuest(path, b"second boot\r\n")
    term.wait("second boot")
    assert "first boot" in term.text()
    term.type("x")
    again.wait_received(b"x")


@test
def screen_forgets_only_the_dead(bench):
    desk = Desk(bench)
    port = bench.port(1, "web1", b"hello\r\n")
    term = desk.open_ports("screen")
    term.wait("hello")
    term.act("l")
    term.type("d")
    term.wait_status("web1 is live")
    port.die()
    term.wait(lambda t: "gone" in t.line(1))
    term.type("d")
    term.wait("forget it")
    term.type("y\r")
    term.wait_status("web1 is forgotten")
    assert port.reaped


@test
def screen_has_nothing_left_of_a_guest_that_is_forgotten(bench):
    """Neither where keys go, nor in any window, tab or search."""
    desk = Desk(bench)
    web1, web2 = (bench.port(n, f"web{n}", b"of web%d\r\n" % n) for n in (1, 2))
    term = desk.open_ports("screen")
    term.wait("of web1")
    term.act("l")
    term.type("  \t")
    term.act("B")
    term.wait_status("BROADCAST: keys go to 2 guests")
    term.act("p")
    term.wait("of web1")
    term.act("c")
    term.act("-")
    term.wait(lambda t: t.text().count("of web1") == 2)
    term.act("/")
    term.wait("search upwards for")
    term.type("of\r")
    term.wait("looking back")
    web1.die()
    term.wait(lambda t: "gone" in t.line(1))
    term.act("l")
    term.type("gd")
    term.wait("forget it")
    term.type("y\r")
    term.wait_status("web1 is forgotten")
    term.wait("1 guest")
    term.gone("of web1")
    term.type("\t")
    term.act("l")
    term.type("\t")
    term.wait_status("BROADCAST")
    term.type("x")
    web2.wait_received(b"x")
    term.act("B")
    term.gone("BROADCAST")
    term.act("}")
    term.act("n")
    term.wait("of web2")
    term.type("y")
    web2.wait_received(b"xy")
    assert not web1.received
    term.act("q")
    assert term.wait_end() == 0, term.text()


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


# Looking back.

@test
def screen_looks_back_searches_and_copies(bench):
    desk = Desk(bench)
    lines = "".join(f"line {n} of it\r\n" for n in range(300))
    web1 = desk.guest("web1", lines.encode() + b"end$ ")
    term = desk.open(web1)
    term.wait("end$")
    assert "line 100 " not in term.text()
    term.act("[")
    term.wait("looking back")
    term.type("/line 10[05] \r")
    term.wait("line 105 of it")
    term.type("n")
    term.wait("line 100 of it")
    row, col = term.row_of("line 100 of it"), 29
    term.wait(lambda t: t.cell(row, col).reverse)
    # While it looks back, news do not move it.
    web1.say(b"news\r\n" * 5)
    term.type("Vj")
    term.wait(lambda t: t.cell(row + 1, col).reverse)
    term.type("y")
    term.wait(lambda t: b"\033]52;c;bGluZSAxMDAgb2YgaXQKbGluZSAxMDEgb2YgaXQ=\a" in t.raw)
    term.wait("news")
    term.act("]")
    web1.wait_received(b"line 100 of it\rline 101 of it")


@test
def screen_looks_back_at_lines_that_are_wider_than_it(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "settings")
    with open(path, "w", encoding="ascii") as file:
        file.write("[screen]\nsize = fit\n")
    web1 = desk.guest("web1", b"ready")
    term = desk.open(web1, args=("--config", path), cols=140)
    term.wait("ready")
    web1.say(b"\r\nleft" + b"." * 85 + b"middle" + b"." * 10 + b"right\r\n")
    term.wait("right")
    web1.say(b"line\r\n" * 60 + b"end")
    term.wait("end")
    term.resize(24, 80)
    term.wait(lambda t: "end" in t.text() and "51x" in t.text())
    # The search goes to where it is, and so do keys.
    term.act("[")
    term.wait("looking back")
    term.type("/middle\r")
    term.wait("middle")
    term.wait(lambda t: "left" not in t.text() and "<" in t.text() and ">" in t.text())
    term.type("$")
    term.wait("right")
    term.type("0")
    term.wait("left..")
    # It is panned to as the rest of a screen is.
    assert "right" not in term.text()
    for _ in range(3):
        term.act(")")
    term.wait("right")
    term.type("V")
    term.type("y")
    term.wait(lambda t: b"\033]52;c;bGVmdC4u" in t.raw)


@test
def screen_looks_back_at_what_a_smaller_window_hides_of_the_screen(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "settings")
    with open(path, "w", encoding="ascii") as file:
        file.write("[screen]\nsize = fit\n")
    web1 = desk.guest("web1", b"ready")
    term = desk.open(web1, args=("--config", path), cols=140, rows=40)
    term.wait("ready")
    for number, before in enumerate((b"\033[2J\033[H", b"\033[?1049h\033[H")):
        term.resize(40, 140)
        term.wait("111x38")
        web1.say(before + b"left" + b"." * 85 + b"middle%d" % number + b"." * 9 + b"right\r\n")
        web1.say(b"row\r\n" * 34 + b"last\033[H")
        term.wait("last")
        term.resize(24, 80)
        term.wait(lambda t: "left" in t.text() and "51x22" in t.text())
        assert "last" not in term.text() and "middle" not in term.text()
        term.act("[")
        term.wait("looking back")
        term.type("G")
        term.wait("last")
        term.type(f"/middle{number}\r")
        term.wait(f"middle{number}")
        term.type("$")
        term.wait("right")
        term.type("V")
        term.type("y")
        term.wait(lambda t: b"\033]52;c;bGVmdC4u" in t.raw)
        term.raw.clear()
    # Nothing of it was lost.
    term.resize(40, 140)
    term.wait("last")
    term.wait("right")


@test
def screen_saves_lines_to_a_new_file(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"".join(b"line %d\r\n" % n for n in range(100)))
    path = os.path.join(bench.dir, "saved")
    term = desk.open(web1)
    term.wait("line 99")
    term.act("[")
    term.type("s")
    term.wait("write to the new file")
    term.type(path + "\r")
    term.wait_status("bytes written to")
    with open(path, encoding="ascii") as file:
        saved = file.read()
    assert saved.startswith("line 0\nline 1\n") and "\nline 99\n" in saved, saved[:60]
    term.type("s" + path + "\r")
    term.wait_status("File exists")


@test(ask=18)
def screen_saves_text_and_shows_the_raw_bytes(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"\033[31mred\033[0m alert\r\n")
    path = os.path.join(bench.dir, "saved")
    term = desk.open(web1, cols=120)
    term.wait("red alert")
    term.act("X")
    term.wait("1b 5b 33 31 6d 72 65 64  1b 5b 30 6d 20 61 6c 65")
    term.act("X")
    term.gone("1b 5b")
    term.act("[")
    term.type("s")
    term.wait("write to the new file")
    term.type(path + "\r")
    term.wait_status("bytes written to")
    with open(path, "rb") as file:
        assert file.read().rstrip(b"\n") == b"red alert"


@test
def screen_says_what_is_wrong_with_a_pattern(bench):
    desk = Desk(bench)
    term = desk.open(desk.guest("web1", b"login: "))
    term.wait("login:")
    term.act("/")
    term.type("(a\r")
    term.wait_status("'(a' is not a pattern")
    term.act("/")
    term.type("nowhere\r")
    term.wait_status("no more matches of 'nowhere'")


# Resets.

@test
def screen_resets_the_terminal_of_a_guest_by_a_key(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"before\033[?25l\033(0\033[7m\033[?1049h\033[5;20r\033[?6hqqq\033]2;open")
    term = desk.open(web1)
    term.wait("\u2500\u2500\u2500")
    term.act("R")
    term.wait_status("web1: its terminal is reset")
    term.gone("\u2500\u2500\u2500")
    web1.say(b"plain q")
    term.wait("plain q")
    assert term.row_of("plain q") == 1 and not term.cell(1, 29).reverse
    # What was there can be scrolled back to.
    assert "before" not in term.text()
    term.act("[")
    term.type("g")
    term.wait("before")
    # What was on the other screen is the last of it.
    term.wait("\u2500\u2500\u2500")
    assert not web1.received


@test
def screen_resets_the_terminal_of_a_guest_that_was_reset(bench):
    desk = Desk(bench)
    port = bench.port(1, "web1", b"panic\r\n")
    term = desk.open_ports()
    term.wait("panic")
    port.say(b"\033(0\033[7;8m\033[?1049h\033[5;20r\033[?6hqqq\033]2;open")
    term.wait(lambda t: "panic" not in t.text())
    # Before it prints anything, and before what it prints first is shown.
    port.facts["resets"] = 1
    term.wait("panic")
    port.say(b"\033(0\033[7mqqq\033]2;open")
    term.wait(lambda t: t.text().count("\u2500\u2500\u2500") == 2)
    with port.changed:
        port.facts["resets"] = 2
        port.data += b"firmware q"
        port.changed.notify_all()
    term.wait("firmware q")
    # Below what was on the other screen, and what was printed behind that.
    assert term.row_of("panic") == 1 and term.row_of("\u2500\u2500\u2500") == 6
    assert term.row_of("firmware q") == 8 and not term.cell(8, 29).reverse


@test
def screen_resets_the_terminal_of_a_vm_that_starts_again(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "web.sock")
    first = SocketGuest(path, b"first boot\r\n\033(0\033[?1049hqqq")
    term = desk.open(f"web=unix:{path}")
    term.wait("\u2500\u2500\u2500")
    first.die()
    term.wait(lambda t: "gone" in t.line(1))
    SocketGuest(path, b"second q\r\n")
    term.wait("second q")
    assert [term.row_of(text) for text in ("first boot", "\u2500\u2500\u2500", "second q")] == [1, 3, 4]


# Windows.

@test
def screen_splits_zooms_and_closes_windows(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"first guest\r\n")
    web2 = desk.guest("web2", b"second guest\r\n")
    term = desk.open(web1, web2, cols=140)
    term.wait("first guest")
    term.act("|")
    term.act("n")
    term.wait("second guest")
    row = term.row_of("first guest")
    assert "second guest" in term.line(row), term.text()
    term.type("two")
    web2.wait_received(b"two")
    term.act("\x1bOD")
    term.wait_status("web1 |")
    term.type("one")
    web1.wait_received(b"one")
    term.act("z")
    term.wait("zoomed")
    term.gone("second guest")
    term.act("z")
    term.wait("second guest")
    term.act("o")
    term.wait_status("web2 |")
    term.act("x")
    term.wait_status("web1 |")
    term.act("x")
    term.wait_status("this is the last window")
    assert web2.received == b"two" and web1.received == b"one"


@test
def screen_has_tabs(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"first guest\r\n")
    web2 = desk.guest("web2", b"second guest\r\n")
    term = desk.open(web1, web2)
    term.wait("first guest")
    term.act("c")
    term.wait("2:web1")
    term.act("n")
    term.wait("2:web2")
    term.wait("second guest")
    term.act("1")
    term.wait("first guest")
    term.act("}")
    term.wait("second guest")
    term.act("9")
    term.wait_status("there is no tab 9")


@test
def screen_shows_many_guests_in_a_grid(bench):
    desk = Desk(bench)
    guests = [desk.guest(f"vm{n}", b"I am number %d\r\n" % n) for n in range(6)]
    term = desk.open(*guests, rows=40, cols=160)
    term.wait("I am number 0")
    term.act("g")
    for n in range(6):
        term.wait(f"I am number {n}")
    assert term.row_of("number 0") == term.row_of("number 2") < term.row_of("number 3")


def broadcast_to_two(term):
    """To the guest that is looked at and vm1, the next one."""
    term.act("m")
    term.act("n")
    term.wait_status("vm1 |")
    term.act("m")
    term.act("B")
    term.wait_status("BROADCAST: keys go to 2 guests")


@test
def screen_types_to_all_marked_guests_and_shows_it(bench):
    desk = Desk(bench)
    guests = [desk.guest(f"vm{n}", b"$ ") for n in range(3)]
    term = desk.open(*guests)
    term.wait("$")
    term.act("B")
    term.wait_status("no guest that takes input is marked")
    broadcast_to_two(term)
    row = term.screen.lines - 1
    assert term.cell(row, 5).bg == "red", term.cell(row, 5)
    term.wait(" BROADCAST ")
    term.type("uptime\r")
    guests[0].wait_received(b"uptime\r")
    guests[1].wait_received(b"uptime\r")
    term.act("B")
    term.wait_status("vm1 |")
    term.type("z")
    guests[1].wait_received(b"uptime\rz")
    assert guests[0].received == b"uptime\r" and not guests[2].received


@test
def screen_types_at_all_that_are_red_and_at_nobody_else(bench):
    desk = Desk(bench)
    guests = [desk.guest(f"vm{n}", b"$ ") for n in range(3)]
    term = desk.open(*guests, rows=40, cols=160)
    term.wait("3 guests")
    term.act("g")
    for n in range(3):
        term.wait(lambda t, n=n: looks(t.text(), rf" vm{n} +\d+x\d+"))

    def red(*names):
        term.wait(lambda t: [n for n in range(3) if looks(t.text(), rf" vm{n}( gone)? +BROADCAST ")]
                  == list(names))

    def mark(keys):
        term.act("l")
        term.type(f"{keys} \t")

    def got(*received):
        for guest, text in zip(guests, received):
            guest.wait_received(text)
        assert [bytes(guest.received) for guest in guests] == list(received)

    mark("g")
    mark("gj")
    term.act("B")
    red(0, 1)
    # A key right behind the change is as what is red then.
    term.act("m")
    term.type("x")
    got(b"", b"x", b"")
    red(1)
    mark("G")
    term.type("y")
    got(b"", b"xy", b"y")
    red(1, 2)
    guests[1].die()
    term.wait_status("vm1 is gone: keys do not go to it any more")
    red(2)
    term.type("z")
    got(b"", b"xy", b"yz")
    guests[1] = desk.guest("vm1", b"again")
    red(1, 2)
    term.type("a")
    got(b"", b"a", b"yza")
    # Not at the guest of the window, either.
    mark("gj")
    mark("G")
    term.type("b")
    term.wait_status("no guest that takes input is marked: keys go to nobody")
    red()
    term.act("B")
    term.gone("BROADCAST")
    term.type("c")
    got(b"c", b"a", b"yza")


@test
def screen_counts_those_that_get_what_is_typed_at_several(bench):
    """Not those that are only watched."""
    desk = Desk(bench)
    guests = [desk.guest(f"vm{n}", b"$ ") for n in range(2)]
    term = desk.open(*guests)
    term.wait("$")
    broadcast_to_two(term)
    term.act("w")
    term.wait_status("BROADCAST: keys go to 1 guest;")
    term.act("s")
    term.wait("reboot at once")
    term.type("b")
    term.wait("reboot at once, without sync, in 1 guest?")
    term.type("n\r")
    term.act("w")
    term.wait_status("BROADCAST: keys go to 2 guests")


# Input.

@test(ask=10)
def screen_sends_breaks_and_sysrq_to_ports(bench):
    desk = Desk(bench)
    port = bench.port(1, "web1", b"login: ")
    term = desk.open_ports()
    term.wait("login:")
    term.act("b")
    port.wait_received(b"\0<BREAK>")
    term.act("s")
    term.wait("magic SysRq")
    term.wait("all tasks")
    term.type("t")
    port.wait_received(b"\0<BREAK>\0<BREAK>t")
    term.act("s")
    term.wait("reboot at once")
    term.type("b")
    term.wait("reboot at once, without sync?")
    term.type("n\r")
    term.wait_status("nothing was sent")
    assert not port.received.endswith(b"b")


@test(ask=10)
def screen_says_that_a_socket_carries_no_break(bench):
    desk = Desk(bench)
    term = desk.open(desk.guest("web1", b"login: "))
    term.wait("login:")
    term.act("b")
    term.wait_status("carries no break")


@test(ask=11)
def screen_pastes_any_size_without_loss(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"\033[?2004hready")
    term = desk.open(web1)
    term.wait("ready")
    text = b"".join(b"%07d " % n for n in range(32768))
    web1.takes.clear()
    child = term.child
    sent = b"\033[200~" + text + b"\033[201~"
    while sent:
        sent = sent[os.write(child.child_fd, sent[:4096]):]
        term.pump(0)
    # Keys are answered meanwhile.
    term.act("?")
    term.wait("keys: PageDown")
    term.type("q")
    term.wait_status("unsent")
    web1.takes.set()
    web1.wait_received(b"\033[201~")
    assert web1.received == b"\033[200~" + text + b"\033[201~"


@test
def screen_speaks_the_encoding_of_the_guest_and_its_backspace(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "settings")
    with open(path, "w", encoding="ascii") as file:
        file.write("[screen]\nencoding@fw* = CP437\nbackspace@fw* = ^H\nencoding@old = ebcdic\n")
    menu = "\u2554\u2550\u2557 Men\u00fc".encode("cp437")
    fw1 = desk.guest("fw1", menu)
    web1 = desk.guest("web1", menu + b" ready")
    term = desk.open(fw1, web1, args=("--config", path), cols=120)
    term.wait_status("encoding@old is 'ebcdic': it is utf-8, cp437 or latin-1")
    term.wait("\u2554\u2550\u2557 Men\u00fc")
    term.wait(" cp437")
    term.type("\u00fc\x7f\x08")
    fw1.wait_received(b"\x81\x08\x08")
    term.type("\u20ac")
    term.wait_status("U+20AC was not sent: the encoding of fw1 does not have it")
    term.act("n")
    term.wait("ready")
    assert "Men\u00fc" not in term.text()
    # What stands there already is read anew.
    term.act("E")
    term.wait("\u2554\u2550\u2557 Men\u00fc ready")
    term.wait_status("web1: its encoding is cp437")
    term.act("E")
    term.wait("\u00c9\u00cd\u00bb")
    term.act("E")
    term.wait_status("web1: its encoding is utf-8")
    term.type("\u00fc\x7f")
    web1.wait_received(b"\xc3\xbc\x7f")
    term.act("H")
    term.wait_status("web1: Backspace sends Ctrl-H")
    term.type("\x7f")
    web1.wait_received(b"\xbc\x7f\x08")
    # DECBKM is what the guest says of it, and the key has the last word.
    web1.say(b"\033[?67l\r\nDEL")
    term.wait("DEL")
    term.type("1\x7f")
    web1.wait_received(b"1\x7f")
    web1.say(b"\033[?67h\r\nBS")
    term.wait("BS")
    term.type("2\x7f")
    web1.wait_received(b"2\x08")
    term.act("H")
    term.wait_status("web1: Backspace sends DEL")
    term.type("3\x7f")
    web1.wait_received(b"3\x7f")


def save_all(bench, term, name):
    """All that can be looked back at, line by line."""
    path = os.path.join(bench.dir, name)
    term.act("[")
    term.type("s")
    term.wait("write to the new file")
    term.type(path + "\r")
    term.wait_status("bytes written to")
    term.type("q")
    with open(path, encoding="utf-8") as file:
        return file.read().split("\n")


@test
def screen_keeps_lines_that_cannot_be_read_again_in_other_characters(bench):
    desk = Desk(bench)
    told = "lines whose bytes are no longer kept stay"
    web1 = desk.guest("web1")
    path = os.path.join(bench.dir, "boot")
    with open(path, "w", encoding="ascii") as file:
        file.write("".join(f"old boot {n}\r\n" for n in range(60)))
    term = desk.open(web1, f"log=file:{path}", cols=160)
    # One of a socket, of which the last 64 KiB are kept; some lines take three rows.
    lines = [f"line {n} \u00e4" + " and so on" * (n % 20) for n in range(3000)]
    web1.say("".join(line + "\r\n" for line in lines).encode() + b"end")
    term.wait("end")
    assert save_all(bench, term, "before")[:3001] == [*lines, "end"]
    term.act("E")
    term.wait_status(told)
    once = save_all(bench, term, "cp437")
    seam = next(n for n, line in enumerate(once) if line != lines[n])
    assert once[seam:3001] == [line.encode().decode("cp437") for line in lines[seam:]] + ["end"], seam
    assert 1000 < seam < 2990, seam
    term.act("E")
    term.wait_status("latin-1")
    term.act("E")
    term.wait_status("utf-8")
    assert save_all(bench, term, "again")[:3001] == [*lines, "end"]
    # And a file that was cut: nothing of the old one is there to be read.
    term.act("n")
    term.wait("old boot 59")
    with open(path, "w", encoding="ascii") as file:
        file.write("new boot 1\r\n")
    term.wait("new boot 1")
    wanted = [*(f"old boot {n}" for n in range(60)), "new boot 1"]
    for times in range(3):
        term.act("E")
        term.wait_status(told)
        assert save_all(bench, term, f"file{times}")[:61] == wanted
    with open(path, "w", encoding="ascii"):
        pass
    term.act("E")
    term.wait_status("cp437; lines whose bytes are no longer kept stay")
    assert save_all(bench, term, "empty")[:61] == wanted


@test
def screen_has_its_columns_again_after_other_characters_and_a_reset(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"\033[?40h\033[?3hwide")
    term = desk.open(web1, cols=180)
    term.wait("wide")
    term.wait("132x24")
    term.act("E")
    term.wait_status("its encoding is cp437")
    term.wait("132x24")
    term.act("R")
    term.wait_status("its terminal is reset")
    term.wait("80x24")


@test
def screen_sends_a_line_feed_behind_the_enter_key_where_the_guest_has_lnm(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"one\033[20h ready")
    term = desk.open(web1)
    term.wait("ready")
    term.type("a\r")
    web1.wait_received(b"a\r\n")
    term.type("\033[200~b\rc\033[201~")
    web1.wait_received(b"b\rc")
    web1.say(b"\033[20l\r\nreset")
    term.wait("reset")
    term.type("d\re")
    web1.wait_received(b"d\re")


@test
def screen_counts_columns_of_what_is_told_and_typed(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"ready")
    term = desk.open(web1, cols=100)
    term.wait("ready")

    def typed(text, wanted):
        """What is shown of it behind the colon, and the columns that are there for it."""
        term.type(text)
        term.wait(lambda t: t.status().endswith(wanted) and t.screen.cursor.y == 23)
        assert "?" not in term.status(), term.status()
        label, _, text = term.status().partition(": ")
        return text, 100 - len(label + ": ") - 1

    # All of it has room, however many bytes it has.
    term.act("/")
    assert typed("\u00e9" * 70 + "end", "end")[0] == "\u00e9" * 70 + "end"
    # Of what has none the end is shown, of whole characters.
    term.type("\x15")
    for end in ("x", "xy", "xyz"):
        text, room = typed("\u6f22" * 60 + end, end)
        assert text == "\u6f22" * ((room - len(end)) // 2) + end, (text, room)
        term.type("\x15")
    # A mark that belongs to a character that has no room is not put on another one.
    text, room = typed("\u0635\u0301" * 120 + "end", "end")
    assert text == "\u0635\u0301" * (room - 3) + "end", text
    term.type("\x1b")
    # What is told leaves the help its place if there is one.
    term.act("f")
    path = "\u00e9" * 30
    typed(path, path)
    term.type("\r")
    term.wait(f"cannot read {path}: No such file or directory")
    assert term.status().endswith("Ctrl-] ? help"), term.status()


@test(ask=11)
def screen_aborts_a_paste_that_the_guest_does_not_take(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "file")
    with open(path, "wb") as file:
        file.write(b"z" * 4000000)
    web1 = desk.guest("web1", b"\033[?2004hready")
    term = desk.open(web1)
    term.wait("ready")
    for number, key in enumerate(("\x03", "\x1b", "\x03")):
        web1.takes.clear()
        if number < 2:
            sent = b"\033[200~" + b"0123456789abcdef" * 40000 + b"\033[201~"
            while sent:
                sent = sent[os.write(term.child.child_fd, sent[:4096]):]
                term.pump(0)
        else:
            term.act("f")
            term.type(path + "\r")
        term.wait_status("unsent")
        term.type(key)
        term.wait_status("web1: aborted, ")
        term.type("after")
        before = len(web1.received)
        web1.takes.set()
        web1.wait_received(b"\033[201~after" if number < 2 else b"after")
        assert len(web1.received) - before < 640000 or number == 2
        assert b"\x03" not in web1.received and b"\x1ba" not in web1.received
        del web1.received[:]
    # With nothing that waits they are keys.
    term.type("\x03\x1b")
    web1.wait_received(b"\x03\x1b")


@test
def screen_is_locked_by_no_paste_without_an_end(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"\033[?2004hready")
    term = desk.open(web1)
    term.wait("ready")
    # The prefix key, in one piece with it.
    term.type("\x1b[200~lone\x1d?")
    term.wait("keys: PageDown")
    web1.wait_received(b"\033[200~lone\033[201~")
    term.type("q")
    term.gone("keys: PageDown")
    # Nothing but text: it ends, and is told to the guest.
    term.type("\x1b[200~\x1b[200~again")
    term.wait_status("the terminal sent no end of a paste: keys have")
    web1.wait_received(b"\033[200~again\033[201~")
    # A key that comes by itself is one at once, or aborts it.
    for key, told in (("\x03", "the paste is aborted"), ("\x1b", "the paste is aborted"),
                      ("\x1d", "leave")):
        term.type("\x1b[200~x")
        web1.wait_received(b"\033[200~x")
        time.sleep(0.5)
        term.type(key)
        term.wait_status(told)
        web1.wait_received(b"\033[200~x\033[201~")
        del web1.received[:]
    term.type("?")
    term.wait("keys: PageDown")
    term.type("q")
    # In a real one it is text, and does nothing here.
    term.type("\x1b[200~a\x1dq\x1db" + "\x1d" * 40 + "c\x1b[201~")
    web1.wait_received(b"\033[200~a\x1dq\x1db" + b"\x1d" * 40 + b"c\033[201~")
    # An end without a beginning is nothing.
    del web1.received[:]
    term.type("\x1b[201~x")
    web1.wait_received(b"x")
    assert web1.received == b"x"


@test(ask=11)
def screen_takes_no_part_of_a_slow_paste_for_a_key(bench):
    desk = Desk(bench)
    bench.env["TERM"] = "xterm-256color"
    web1 = desk.guest("web1", b"\033[?2004h\033[?1000h\033[?1006hready")
    web2 = desk.guest("web2", b"other")
    term = desk.open(web1, web2)
    term.wait("ready")
    # It comes in pieces that begin with a prefix key, Ctrl-C or Esc; long ones, or with its end.
    for piece in ("\x1d?", "\x03\u00fc", "\x1bz", "\x1d\x1b[A", "\x1d", "\x03", "\x1b"):
        for long in ("", "0123456789"):
            term.type("\x1b[200~x")
            web1.wait_received(b"\033[200~x")
            time.sleep(0.3)
            term.type(piece + long + ("" if long else "y\x1b[201~"))
            if long:
                web1.wait_received(long.encode())
                time.sleep(0.3)
                term.type("y\x1b[201~")
            web1.wait_received(b"y\033[201~")
            assert web1.received == b"\033[200~x" + (piece + long).encode() + b"y\033[201~", web1.received
            del web1.received[:]
    # A click while it comes is none: neither here nor for the guest.
    term.type("\x1b[200~a\x1b[<0;4;3M\x1b[<0;4;3mb\x1b[201~")
    web1.wait_received(b"b\033[201~")
    assert web1.received == b"\033[200~ab\033[201~", web1.received
    term.type("\x1d?")
    term.wait("keys: PageDown")


@test
def screen_takes_an_esc_before_a_paste_or_the_mouse_for_a_key(bench):
    desk = Desk(bench)
    bench.env["TERM"] = "xterm-256color"
    web1 = desk.guest("web1", b"\033[?2004h\033[?1000h\033[?1006hready")
    term = desk.open(web1)
    term.wait("ready")
    # The prefix key and q are text of a paste, Esc typed just before it, or a paste that ends in one.
    for typed, wanted in (("\x1b\x1b[200~one\x1dq\x1b[201~", None), ("\x1b[200~two\x1b\x1b[201~", None),
                          ("\x1b\x1b[<0;40;5M", "\x1b\x1b[<0;11;4M"), ("\x1b[200~a\x1b\x1b\x1b[201~\x1b", None)):
        term.type(typed + "end")
        web1.wait_received(b"end")
        assert web1.received == (wanted or typed).encode() + b"end", web1.received
        del web1.received[:]


@test
def screen_answers_keys_behind_a_paste_that_has_no_end(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"\033[?2004hready")
    term = desk.open(web1)
    term.wait("ready")
    # Typed slowly, quickly, again and again, or held down.
    for keys, pause, told in ((("\x1d", "?"), 0.2, "keys: PageDown"), (("\x1d?",), 0, "keys: PageDown"),
                              (("\x1d",) * 3 + ("?",), 0.1, "keys: PageDown"),
                              (("\x03", "x"), 0.1, "the paste is aborted"),
                              (("\x03" * 12,), 0, "the paste is aborted"),
                              (("\x1b",), 0, "the paste is aborted")):
        term.type("\x1b[200~x")
        web1.wait_received(b"\033[200~x")
        time.sleep(0.3)
        for key in keys:
            term.type(key)
            time.sleep(pause)
        if told.startswith("keys"):
            term.wait(told)
            term.type("q")
            term.gone(told)
        else:
            term.wait_status(told)
        web1.wait_received(b"\033[200~x\033[201~")
        del web1.received[:]


@test
def screen_answers_keys_whatever_the_terminal_has_sent(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"ready")
    term = desk.open(web1)
    term.wait("ready")
    hostile = ("\x1b[200~", "\x1b[200", "\x1b[", "\x1b[<0;", "\x1b[<0;9999;9999M", "\x1b[M", "\x1bO",
               "\x1b]52;c;" + "A" * 5000, "\x1bP" + "q" * 3000, "\x1b[" + "1;" * 500 + "R", "\x1b[?1;2c",
               "\x1b[8;1;1t", "\x1b[I", "\x1b[O", "\udcff\udcfe\udc80".encode("utf-8", "surrogateescape"))
    for what in hostile:
        term.child.send(what)

    def answers(term):
        # A sequence that was begun may have taken the first.
        term.type("\x1d?")
        term.wait(lambda t: t.pump(0.2) and True)
        return "keys: PageDown" in term.text()
    term.wait(answers)


@test
def screen_sends_a_file(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"ready")
    path = os.path.join(bench.dir, "script")
    with open(path, "wb") as file:
        file.write(b"echo \0\xff\n" * 1000)
    term = desk.open(web1)
    term.wait("ready")
    term.act("f")
    term.type("/nonexistent\r")
    term.wait_status("cannot read /nonexistent: No such file")
    term.act("f")
    term.type(path + "\r")
    term.wait_status("sending 8000 bytes")
    web1.wait_received(b"echo \0\xff\n" * 1000)


@test(ask=14)
def screen_tells_the_guest_its_size(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"ready")
    term = desk.open(web1, rows=30, cols=120)
    term.wait("ready")
    term.wait("80x24")
    term.act("t")
    web1.wait_received(b"stty rows 24 cols 80\r")
    term.act("=")
    term.type("132x43\r")
    term.wait("132x43")
    term.act("t")
    web1.wait_received(b"stty rows 43 cols 132\r")
    term.act("=")
    term.type("1x1\r")
    term.wait_status("'1x1' is not a size")
    term.act("=")
    term.type("fit\r")
    term.wait("91x28")
    term.act("t")
    web1.wait_received(b"stty rows 28 cols 91\r")
    # Its own again, as set.
    term.act("=")
    term.type("\r")
    term.wait("80x24")


@test(ask=14)
def screen_sizes_are_set_by_guest(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "settings")
    with open(path, "w", encoding="ascii") as file:
        file.write("[screen]\nsize@web* = fit\nsize@web2 = 132x43\nsize@fw = 8x4\nsize = 100x30\n"
                   "size@web3 = 90x20\n")
    guests = [desk.guest(name, b"ready") for name in ("web1", "web2", "web3", "fw")]
    term = desk.open(*guests, args=("--config", path), cols=120)
    term.wait_status("size@fw is '8x4': it is COLUMNSxROWS, like 80x24 (10 to 1000")
    # The last line that is for a guest holds.
    for size in ("100x30", "100x30", "90x20", "100x30"):
        term.wait(size)
        term.act("n")
    with open(path, "w", encoding="ascii") as file:
        file.write("[screen]\nsize = 100x30\nsize@web* = fit\nsize@web2 = 132x43\n")
    term = desk.open(*guests, args=("--config", path), cols=120)
    for size in ("91x22", "132x43", "91x22", "100x30"):
        term.wait(size)
        term.act("n")
    # What keys have set stays with the guest.
    term.wait("91x22")
    term.act("=")
    term.type("99x33\r")
    term.wait("99x33")
    term.act("n")
    term.wait("132x43")
    term.act("p")
    term.wait("99x33")


@test(ask=14)
def screen_edits_long_lines_of_a_guest_that_was_not_told_a_size(bench):
    desk = Desk(bench)
    # As readline does that takes the line to be 80 wide: up over the fold, and to its start.
    line = b"echo " + b"0123456789" * 9
    web1 = desk.guest("web1", b"# " + line + b"\033[A" + b"\r# \033[4h: \033[4l")
    for cols in (160, 60):
        term = desk.open(web1, cols=cols)
        term.wait("# : echo")
        row = term.row_of("# : echo")
        assert row == 1 and " # : echo" not in term.line(2), term.text()
        if cols == 160:
            # It is folded where the guest folds it.
            assert term.line(1)[29:].startswith("# : " + line.decode()[:76])
            assert term.line(2)[29:].strip() == line.decode()[78:], term.line(2)
        term.close()


@test(ask=14)
def screen_shows_what_does_not_fit_when_the_cursor_or_keys_go_there(bench):
    desk = Desk(bench)
    bench.env["TERM"] = "xterm-256color"
    web1 = desk.guest("web1", b"\033[2J" + b"".join(
        b"\033[%d;1Hrow %d\033[%d;68Hright %d" % (n, n, n, n) for n in range(1, 25)) + b"\033[H")
    term = desk.open(web1)
    term.wait("80x24 >v")
    term.wait("row 1")
    assert "right" not in term.text() and "row 23" not in term.text()
    # It follows the cursor.
    web1.say(b"\033[24;5H")
    term.wait("80x24 >^")
    term.wait("row 24")
    assert "row 2\n" not in term.text()
    web1.say(b"\033[1;80H")
    term.wait("80x24 <v")
    term.wait("right 1")
    assert term.row_of("right 1") == 1
    # What is printed elsewhere does not bring it back while keys have chosen.
    web1.say(b"\033[1;3H")
    term.wait("80x24 >v")
    term.act(")")
    term.wait("right 22")
    term.act("v")
    term.wait("right 24")
    term.wait("80x24 <^")
    web1.say(b"\033[2;1Hnews: 2")
    term.act("(")
    term.act("^")
    term.wait("news: 2")
    for keys in ("\x1b[1;2C", "\x1b[1;2B"):
        term.act(keys)
    term.wait("right 24")
    web1.say(b"\033[3;1Hmore")
    # A key to the guest does.
    term.type("x")
    web1.wait_received(b"x")
    term.wait("more")
    assert "80x24 >" in term.line(0)
    # In a window that is larger the rest is blank.
    term.resize(40, 130)
    term.wait("right 24")
    term.wait(lambda t: looks(t.text(), r" 80x24$"))
    assert all(not term.line(row)[29:] for row in range(25, 39)), term.text()


@test
def screen_does_not_jump_to_the_end_of_each_long_line(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"")
    term = desk.open(web1)
    term.wait_status("web1 |")
    half = b"x" * 30
    # On a machine that is too busy to print without a pause, there is nothing to be seen.
    for _ in range(20):
        slowest, jumped = 0, False
        web1.say(b"more " + half)
        last = time.monotonic()
        for n in range(100):
            web1.say(half + b" end\r\n%04d " % n + half)
            term.pump(0)
            slowest = max(slowest, time.monotonic() - last)
            last = time.monotonic()
            jumped |= " end" in term.text()
        web1.say(b"\r\n")
        term.wait(lambda t: t.line(0).endswith("80x24 >^"))
        if slowest < 0.1:
            assert not jumped
            break
    term.wait("0099 xxx")
    # One that rests there is looked at.
    web1.say(b"x" * 70 + b" login: ")
    term.wait("login:")


@test
def screen_loses_no_cell_in_a_window_that_is_smaller_for_a_while(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "settings")
    with open(path, "w", encoding="ascii") as file:
        file.write("[screen]\nsize = fit\n")
    lines = [f"{n} " + "abcdefghij" * 9 + f" end {n}" for n in range(30)]
    web1 = desk.guest("web1", b"\033[?1049h\033[H" + "\r\n".join(lines).encode() + b"\033[5;90H")
    term = desk.open(web1, args=("--config", path), rows=32, cols=140)
    term.wait("end 29")

    def guest_part():
        return [term.line(row)[29:] for row in range(1, 31)]
    before = guest_part()
    for rows, cols in ((10, 60), (32, 60), (5, 140), (3, 12)):
        term.resize(rows, cols)
        term.wait(lambda t: looks(t.line(0), r"\d+x\d+") and
                  f"x{max(rows - 2, 2)}" in t.line(0))
        term.resize(32, 140)
        term.wait("111x30")
        term.wait(lambda _: guest_part() == before)
    # The cursor is where it was as well.
    web1.say(b"!")
    term.wait("abcdefg!")


@test(ask=6)
def screen_only_watches_when_told_to(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"ready")
    term = desk.open(web1)
    term.wait("ready")
    term.act("w")
    term.wait("only watching")
    term.type("x")
    term.wait_status("web1 is only watched (spy)")
    term.act("w")
    term.type("y")
    web1.wait_received(b"y")
    assert web1.received == b"y"


@test(ask=17)
def screen_answers_questions_of_the_guest_once_and_not_in_a_replay(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"old\033[6n")
    web2 = desk.guest("web2", b"two")
    term = desk.open(web2, web1)
    term.wait("two")
    assert web1.ready.wait(20)
    term.wait(lambda t: t.line(2).startswith("* web1"))
    term.act("n")
    term.wait("old")
    web1.say(b"\033[6n")
    web1.wait_received(b"\033[1;4R")
    term.type("x")
    web1.wait_received(b"\033[1;4Rx")
    assert web1.received == b"\033[1;4Rx", web1.received


@test
def screen_passes_keys_in_the_terminals_language(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"ready")
    term = desk.open(web1)
    term.wait("ready")
    term.type("\x1bOA\x1bOP\x03\x1d\x1d\u00e4")
    web1.wait_received(b"\033[A\033OP\x03\x1d\xc3\xa4")
    web1.say(b"\033[?1h!")
    term.wait("ready!")
    term.type("\x1bOB")
    web1.wait_received(b"\033OB")


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


@test(ask=13)
def screen_answers_keys_in_a_flood(bench):
    desk = Desk(bench)
    floods = [desk.guest(f"flood{n}", b"start\r\n") for n in range(3)]
    web1 = desk.guest("web1", b"ready ", echo=True)
    term = desk.open(web1, *floods, rows=40, cols=120)
    term.wait("ready")
    term.act("g")
    term.wait("2:web1")
    ended = threading.Event()

    def flood(guest):
        text = b"".join(b"line %d of a flood\r\n" % n for n in range(1000))
        try:
            while not ended.is_set():
                guest.say(text)
        except OSError:
            pass

    for guest in floods:
        threading.Thread(target=flood, args=(guest,), daemon=True).start()
    try:
        term.wait("of a flood")
        for word in ("one ", "two ", "three "):
            term.type(word)
            term.wait("ready " + word.strip() if word == "one " else word.strip())
        term.act("?")
        term.wait("keys: PageDown")
    finally:
        ended.set()


@test
def screen_draws_an_echo_before_the_next_frame_is_due(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"ready ", echo=True)
    term = desk.open(web1)
    term.wait("ready")
    shown = []
    # Each as soon as the one before it is there; nothing else draws these.
    for number in range(200):
        char = chr(0x100 + number)
        term.type(char)
        seen = b""
        while char.encode() not in seen:
            seen += term.child.read_nonblocking(65536, 60)
        shown.append(time.monotonic())
    # Frames come 60 times a second.
    gaps = [later - earlier for earlier, later in zip(shown, shown[1:])]
    assert min(gaps) < 0.012, min(gaps)


# What it shows.

@test
def screen_shows_colours_wide_and_combining_characters(bench):
    desk = Desk(bench)
    text = ("\033[31mred\033[0m \033[38;5;208morange\033[0m \033[38;2;0;0;255mblue\033[0m "
            "\u4e2d\u6587 e\u0301 \033[1mbold\033[0m")
    term = desk.open(desk.guest("web1", text.encode()))
    term.wait("bold")
    row = term.row_of("orange")
    line = term.screen.display[row]
    assert "\u4e2d\u6587" in line, line
    col = 29
    assert term.cell(row, col).fg in ("red", "cd0000"), term.cell(row, col)
    assert all(term.cell(row, at).bg == "default" and not term.cell(row, at).reverse
               for at in range(col, 80)), line
    assert term.cell(row, col + 3).fg == "default"
    assert term.cell(row, col + 4).fg == "ff8700", term.cell(row, col + 4)
    assert term.cell(row, col + 11).fg in ("0000ff", "blue"), term.cell(row, col + 11)


@test
def screen_shows_all_pairs_of_few_colours_at_once(bench):
    desk = Desk(bench)
    names = ["black", "red", "green", "brown", "blue", "magenta", "cyan", "white"]
    text = "".join("".join(f"\033[{30 + f};{40 + b}mx" for b in range(8)) + "\033[m\r\n" for f in range(8))
    text += "".join(f"\033[{30 + n}mf\033[m\033[{40 + n}mb\033[m" for n in range(8)) + "\r\nend"
    web1 = desk.guest("web1", text.encode())
    for kind in ("xterm", "linux", "screen"):
        bench.env["TERM"] = kind
        term = desk.open(web1)
        term.wait("end")
        top = term.row_of("xxxxxxxx")
        wanted = {(top + f, 29 + b): (names[f], names[b]) for f in range(8) for b in range(8)}
        for n in range(8):
            wanted[top + 8, 29 + 2 * n] = (names[n], "default")
            wanted[top + 8, 30 + 2 * n] = ("default", names[n])
        for place, colors in wanted.items():
            cell = term.cell(*place)
            assert (cell.fg, cell.bg) == colors, (kind, place, colors, cell)
        term.act("q")
        term.wait_end()


@test
def screen_without_colours_when_asked(bench):
    desk = Desk(bench)
    bench.env["NO_COLOR"] = "1"
    term = desk.open(desk.guest("web1", b"\033[31mred\033[0m plain"))
    term.wait("red plain")
    assert all(cell.fg == "default" and cell.bg == "default"
               for row in range(24) for cell in term.screen.buffer[row].values())


@test(ask=12)
def screen_shows_when_lines_were_printed(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"first\r\n")
    term = desk.open(web1)
    term.wait("first")
    web1.say(b"second\r\n")
    term.wait("second")
    term.act("T")
    term.wait(lambda t: looks(t.text(), r"\d\d:\d\d:\d\d\.\d\d\d first"))
    term.wait(lambda t: looks(t.text(), r"\d\d:\d\d:\d\d\.\d\d\d second"))
    # Since the line before, of which the first has none.
    term.act("T")
    term.wait(lambda t: looks(t.text(), r" \+\d+\.\d{6} second"))
    term.wait(lambda t: not looks(t.text(), r"\d\d:\d\d:\d\d|\+\S+ first"))
    term.act("T")
    term.wait(lambda t: not looks(t.text(), r"\d\d:\d\d:\d\d|\+\S+ second"))


@test(ask=12)
def screen_shows_bytes_in_hexadecimal(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"\x00\x01\x7fhello\xff")
    term = desk.open(web1, cols=120)
    term.wait("hello")
    term.act("X")
    term.wait("0000000000  00 01 7f 68 65 6c 6c 6f  ff")
    term.wait("...hello.")
    # With the time of the first byte of each line.
    term.act("T")
    term.wait(lambda t: looks(t.text(), r"\d\d:\d\d:\d\d\.\d\d\d 0000000000  00 01 7f"))
    web1.say(b"A" * 16)
    term.wait("0000000010  41 41 41")


@test(ask=14)
def screen_fits_the_terminal(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"ready")
    term = desk.open(web1)
    term.wait("80x24 >v")
    term.act("=")
    term.type("fit\r")
    term.wait("51x22")
    term.resize(40, 120)
    term.wait("91x38")
    term.wait(lambda t: "help" in t.line(39))
    # No list beside a guest where there is no room for it.
    term.resize(10, 40)
    term.wait("40x8")
    term.resize(3, 12)
    term.resize(24, 80)
    term.wait("51x22")


@test
def screen_passes_the_mouse_to_guests_that_ask(bench):
    desk = Desk(bench)
    bench.env["TERM"] = "xterm-256color"
    web1 = desk.guest("web1", b"ready")
    web2 = desk.guest("web2", b"other")
    term = desk.open(web1, web2)
    term.wait("ready")
    # A click on the list opens a guest.
    term.type("\x1b[<0;4;3M\x1b[<0;4;3m")
    term.wait_status("web2 |")
    term.type("\x1b[<0;4;2M\x1b[<0;4;2m")
    term.wait_status("web1 |")
    web1.say(b"\033[?1000h\033[?1006h!")
    term.wait("ready!")
    term.type("\x1b[<0;32;4M\x1b[<0;32;4m")
    web1.wait_received(b"\033[<0;3;3M\033[<0;3;3m")
    # In hexadecimal a place is none of the guest's screen; the wheel goes through the bytes.
    web1.say(b"." * 16 * 40)
    term.act("X")
    term.wait("0000000290  2e 2e")
    term.type("\x1b[<0;32;4M\x1b[<0;32;4m" + "\x1b[<64;32;4M" * 10)
    term.wait("0000000000  72 65 61 64 79")
    term.type("\x1b[<65;32;4M" * 10)
    term.wait("0000000290  2e 2e")
    term.act("X")
    term.wait(lambda t: "0000000290" not in t.text())
    term.type("\x1b[<0;33;4M\x1b[<0;33;4m")
    web1.wait_received(b"\033[<0;4;3M\033[<0;4;3m")
    assert bytes(web1.received) == b"\033[<0;3;3M\033[<0;3;3m\033[<0;4;3M\033[<0;4;3m"


@test
def pictures_of_the_documentation_are_todays(bench):
    here = os.path.dirname(os.path.abspath(__file__))
    result = subprocess.run([sys.executable, os.path.join(here, "pictures"), "--check",
                             bench.program, os.path.join(here, "../../docs/pictures")],
                            env=Desk(bench).bench.env, stderr=subprocess.PIPE, check=False)
    assert not result.returncode, result.stderr.decode()


# Settings.

@test(ask=9)
def screen_keys_can_be_changed_and_the_help_follows(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "settings")
    with open(path, "w", encoding="ascii") as file:
        file.write("[keys]\nprefix = Ctrl-A\nquit = Q\nzoom =\n")
    web1 = desk.guest("web1", b"ready")
    term = desk.open(web1, args=("--config", path))
    term.wait("Ctrl-A ? help")
    term.type("\x1d")
    web1.wait_received(b"\x1d")
    term.type("\x01?")
    term.wait("anywhere, after Ctrl-A")
    assert looks(term.text(), r"Q +leave; the guests keep running")
    term.type("q")
    term.type("\x01q")
    term.wait_status("Ctrl-A q means nothing; Ctrl-A ? lists what does")
    term.type("\x01Q")
    assert term.wait_end() == 0


@test
def screen_settings_that_are_wrong_are_told_and_left_out(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "settings")
    with open(path, "w", encoding="ascii") as file:
        file.write("[keys]\nfly = F\nquit = Q\n[alerts]\nbad = (\n")
    term = desk.open(desk.guest("web1", b"ready"), args=("--config", path), cols=140)
    term.wait_status("settings:2: key fly = F: no action has this name")
    term.wait_status("; 1 more: run with --check")
    term.act("Q")
    assert term.wait_end() == 0
    # Where there is little room, what to do stays.
    term = desk.open(desk.guest("web3", b"ready"), args=("--config", path), cols=60)
    term.wait_status("settings:2: key fly = F")
    term.wait_status("; 1 more: run with --check")
    term.act("Q")
    assert term.wait_end() == 0
    term = desk.open(desk.guest("web2", b"ready"), args=("--config", "/nonexistent"))
    assert term.wait_end() == 1
    assert b"cannot read the settings in /nonexistent" in term.raw
    os.makedirs(os.path.join(bench.dir, "config", "kpl011"))
    bench.env["XDG_CONFIG_HOME"] = os.path.join(bench.dir, "config")
    with open(os.path.join(bench.dir, "config", "kpl011", "screen.conf"), "w", encoding="ascii") as file:
        file.write("\n[screen]\n  bell = loud\n")
    term = desk.open(desk.guest("web4", b"ready"))
    term.wait_status("screen.conf:3: bell is 'loud': say yes or no; run kpl011 screen --check")


@test
def screen_settings_are_checked_without_a_screen(bench):
    config = os.path.join(bench.dir, "config", "kpl011", "screen.conf")
    os.makedirs(os.path.dirname(config))
    bench.env["XDG_CONFIG_HOME"] = os.path.join(bench.dir, "config")
    result = bench.run("screen", "--check")
    assert result.returncode == 0 and f"there is no {config}".encode() in result.stdout, result
    with open(config, "w", encoding="ascii") as file:
        file.write("[screen]\nmouse = x\n\tbell = y\n\n[keys]\nfly = F\n")
    for args in ((), ("--config", config)):
        result = bench.run("screen", *args, "--check")
        lines = result.stderr.decode().splitlines()
        assert result.returncode == 1 and len(lines) == 3, result
        for line, number in zip(lines, (2, 3, 6)):
            assert line.startswith(f"kpl011: {config}:{number}: "), line
    with open(config, "w", encoding="ascii") as file:
        file.write("[screen]\nmouse = no\n")
    result = bench.run("screen", "--check")
    assert result.returncode == 0 and config.encode() in result.stdout and not result.stderr, result
    result = bench.run("screen", "--check", "--config", "/nonexistent")
    assert result.returncode == 1, result
    result = bench.run("screen", "--check", "file:/etc/hostname")
    assert result.returncode == 2 and b"--check" in result.stderr, result


@test
def screen_alerts_are_shown_and_rung(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "settings")
    bench.env["LC_ALL"] = "C.UTF-8"
    with open(path, "w", encoding="utf-8") as file:
        file.write("[alerts]\nmine@web* = backup (failed|late)\nwhere = (?i)zürich\n")
    web1 = desk.guest("web1", b"one")
    web2 = desk.guest("web2", b"two\r\n")
    db1 = desk.guest("db1", b"three")
    term = desk.open(web1, web2, db1, args=("--config", path), cols=120)
    term.wait("one")
    db1.say(b"backup failed\r\n")
    web2.say(b"\033[31mbackup\033[0m late\r\n")
    term.wait_status("web2: mine: backup late")
    term.wait(lambda t: t.line(2).startswith("! web2"))
    term.wait(lambda t: t.line(3).startswith("* db1"))
    term.wait(lambda t: b"\a" in t.raw)
    db1.say(b"[  1.0] Kernel panic - not syncing: VFS\r\n")
    term.wait_status("db1: panic: [  1.0] Kernel panic")
    # In the characters of the terminal.
    db1.say("Sicherung in ZÜRICH\r\n".encode())
    term.wait_status("db1: where: Sicherung in ZÜRICH")
    # Seen: it is none any more.
    term.act("n")
    term.wait("two")
    term.wait(lambda t: t.line(2).startswith("  web2"))


@test
def screen_alerts_of_ports_that_are_not_looked_at(bench):
    desk = Desk(bench)
    bench.port(1, "web1", b"one")
    web2 = bench.port(2, "web2", b"two")
    term = desk.open_ports("screen", cols=120)
    term.wait("one")
    web2.say(b"Kernel panic - not syncing: VFS\r\n")
    term.wait_status("web2: panic: Kernel panic")
    term.wait(lambda t: t.line(2).startswith("! web2"))


@test
def screen_windows_are_found_again_even_after_kill(bench):
    desk = Desk(bench)
    bench.port(1, "web1", b"first guest\r\n")
    bench.port(2, "web2", b"second guest\r\n")
    term = desk.open_ports(cols=140)
    term.wait("Ctrl-] is for kpl011")
    term.wait("first guest")
    term.act("|")
    term.act("n")
    term.wait("second guest")
    state = os.path.join(bench.dir, "state/kpl011/screen.json")
    term.wait(lambda _: os.path.exists(state) and "port:2" in open(state).read())
    os.kill(term.child.pid, signal.SIGKILL)
    term.wait_end()
    term = desk.open_ports(cols=140)
    term.wait("second guest")
    term.wait("first guest")
    assert "Ctrl-] is for kpl011" not in term.text()
    # It would write what it shows over it.
    term.act("q")
    term.wait_end()
    with open(state, "w", encoding="ascii") as file:
        file.write("{broken")
    term = desk.open_ports(cols=140)
    term.wait_status("is not used: it is malformed")


@test
def screen_windows_find_guests_by_name_after_ports_are_counted_anew(bench):
    desk = Desk(bench)
    ports = [bench.port(1, "web1", b"first guest\r\n", attach_ns=100),
             bench.port(2, "web2", b"second guest\r\n", attach_ns=200),
             bench.port(3, "web3", b"third guest\r\n", attach_ns=300)]
    term = desk.open_ports(cols=140)
    term.wait("first guest")
    term.act("|")
    term.act("n")
    term.wait("second guest")
    term.act("-")
    term.act("n")
    term.wait("third guest")
    term.act("q")
    assert term.wait_end() == 0
    for port in ports:
        port.listener.close()
        os.unlink(port.path)
    # The module was loaded again: other guests have the numbers.
    bench.port(1, "other", b"a stranger\r\n", attach_ns=1100)
    bench.port(2, "web1", b"first again\r\n", attach_ns=1200)
    bench.port(3, "web2", b"died early\r\n", attach_ns=1300)
    bench.port(4, "web2", b"second again\r\n", attach_ns=1400)
    bench.port(5, "web2", b"died late\r\n", attach_ns=1500, live=0, death_ns=1600)
    term = desk.open_ports(cols=140)
    term.wait("first again")
    term.wait("second again")
    assert term.row_of("first again") == term.row_of("second again")
    text = term.text()
    assert not any(words in text for words in ("a stranger", "died early", "died late")), text
    # And this one comes later.
    term.wait(lambda t: " web3" in t.text() and "Nothing is shown here" in t.text())
    bench.port(6, "web3", b"third again\r\n", attach_ns=1700)
    term.wait("third again")


@test
def screen_windows_take_no_other_users_guest_for_theirs(bench):
    """Anybody may give it the name: keys would go to whom they are not for."""
    desk = Desk(bench)
    web1 = bench.port(1, "web1", b"of root\r\n", attach_ns=100)
    bench.port(2, "web2", b"second\r\n", attach_ns=200)
    term = desk.open_ports(cols=140)
    term.wait("of root")
    term.act("|")
    term.act("n")
    term.wait("second")
    term.act("q")
    assert term.wait_end() == 0
    web1.listener.close()
    os.unlink(web1.path)
    bench.port(3, "web1", b"of another\r\n", attach_ns=300, uid=4242)
    term = desk.open_ports(cols=140)
    term.wait("second")
    term.wait(" web1@0")
    term.wait("Nothing is shown here")
    bench.port(4, "web1", b"of another, too\r\n", attach_ns=400, uid=4242)
    term.wait("3 guests")
    assert "of another" not in term.text(), term.text()
    bench.port(5, "web1", b"of root again\r\n", attach_ns=500)
    term.wait("of root again")
    assert "of another" not in term.text(), term.text()


@test(ask=6)
def screen_names_who_holds_the_input_and_takes_it(bench):
    desk = Desk(bench)
    port = bench.port(1, "web1", b"login: ")
    term = desk.open_ports(cols=120)
    term.wait("login:")
    term.wait_status("Keys go to the guest")
    port.seize(4711, "alice")
    term.type("x")
    term.wait_status("web1: the input is held by alice (process 4711)")
    term.wait("input: alice")
    term.act("i")
    term.wait_status("web1: you hold the input")
    term.type("y")
    port.wait_received(b"y")
    port.seize(4712, "bob")
    term.wait_status("web1: the input was taken by bob (process 4712)")
    term.type("z")
    term.wait_status("the input is held by bob")
    term.act("i")
    term.act("I")
    term.wait_status("web1: anyone may type")
    assert port.received == b"y" and not port.holder


@test
def screen_lets_go_of_the_input_of_a_guest_it_leaves(bench):
    desk = Desk(bench)
    web1 = bench.port(1, "web1", b"one")
    bench.port(2, "web2", b"two")
    term = desk.open_ports()
    term.wait("one")
    term.type("x")
    web1.wait_received(b"x")
    assert web1.holder[0] == term.child.pid
    term.act("n")
    term.wait("two")
    term.wait(lambda _: not web1.holder)


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


@test
def screen_finds_the_sockets_of_vmms_when_told_to(bench):
    desk = Desk(bench)
    start_vmm(bench, f"{bench.dir}/serial.sock")
    term = desk.open_ports("screen", "--no-ports", "--find")
    term.wait("test-vmm")
    term.act("l")
    term.type("/test-vmm\r")
    term.wait("found me")


def start_vmm(bench, path, name="test-vmm", listens=True):
    """A process with the command line of a VMM whose serial port is a socket."""
    code = ("import socket, sys\n"
            "path = sys.argv[sys.argv.index('-serial') + 1][5:].split(',')[0]\n"
            "s = socket.socket(socket.AF_UNIX); s.bind(path); s.listen(4)\n"
            "print('listens', flush=True)\n"
            "kept = []\n"
            "while True:\n"
            "    kept.append(s.accept()[0])\n"
            "    try: kept[-1].sendall(b'found me\\r\\n')\n"
            "    except OSError: pass\n")
    vmm = subprocess.Popen([sys.executable, "-c", code if listens else "import sys; sys.stdin.read()",
                            "-name", name, "-serial", f"unix:{path},server=on,wait=off"],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    bench.children.append(vmm)
    if listens:
        assert vmm.stdout.readline() == b"listens\n"
    return vmm


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


@test(ask=16)
def screen_shows_the_last_words_of_dead_ports(bench):
    desk = Desk(bench)
    bench.port(1, "web1", b"the last words\r\n", live=0, death_ns=5)
    term = desk.open_ports()
    term.wait("the last words")
    term.wait(lambda t: "gone" in t.line(1))
    term.type("x")
    term.wait_status("web1 is gone: nothing can be sent")


@test
def screen_is_not_driven_by_what_guests_and_files_are_called(bench):
    desk = Desk(bench)
    web1 = desk.guest("evil\033[2J\u202e", b"\033]0;t\033\\itle\x9b2J\007ready\033]2;" +
                      b"A" * 3000 + b"\007!")
    term = desk.open(web1)
    term.wait("ready!")
    assert "evil" in term.line(1) and term.line(0).startswith(" 1 guest")


@test
def screen_lives_in_any_size_and_with_any_terminal(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"ready")
    for name in ("vt100", "rxvt", "xterm"):
        bench.env["TERM"] = name
        term = desk.open(web1)
        term.wait("ready")
        term.act("q")
        assert term.wait_end() == 0, name
        term.close()
    for name in ("nonsense", "dumb"):
        bench.env["TERM"] = name
        term = desk.open(web1)
        assert term.wait_end() == 1
        assert f"TERM is '{name}'".encode() in term.raw
    bench.env["TERM"] = "screen-256color"
    term = desk.open(web1)
    term.wait("ready")
    for rows, cols in ((1, 1), (2, 200), (200, 2), (5, 20), (300, 500)):
        term.resize(rows, cols)
        term.act("g")
        term.act("|")
        term.act("?")
        term.type("q")
        term.act("l")
        term.act("l")
    term.resize(24, 80)
    term.act("1")
    term.wait("ready")
