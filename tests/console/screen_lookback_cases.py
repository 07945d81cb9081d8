# SPDX-License-Identifier: GPL-2.0-only
"""Tests of looking back on the full screen: searching, copying, saving, and what a reset leaves."""

import os

import asks
from desk import Desk
from screen_terminal import SocketGuest

TESTS = []
test = asks.decorator(TESTS)


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
    path = desk.settings("[screen]\nsize = fit\n")
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
    path = desk.settings("[screen]\nsize = fit\n")
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


@test
def screen_is_panned_to_both_sides_also_while_it_looks_back(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"left" + b"." * 71 + b"right\r\n")
    term = desk.open(web1)
    term.wait("left..")
    assert "..right" not in term.text()

    def to_the_right():
        term.act(")")
        term.wait("..right")
        term.gone("left..")

    def to_the_left():
        term.wait("left..")
        term.gone("..right")
    term.act("[")
    term.wait("looking back")
    to_the_right()
    term.act("(")
    to_the_left()
    # The window itself has stayed where it was.
    to_the_right()
    term.type("q")
    term.gone("looking back")
    to_the_left()
    assert not web1.received
