# SPDX-License-Identifier: GPL-2.0-only
"""Tests of sizes on the full screen: the terminal's, the guest's, and what does not fit."""

import time

import asks
from desk import Desk
from screen_terminal import looks

TESTS = []
test = asks.decorator(TESTS)


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
    path = desk.settings("[screen]\nsize@web* = fit\nsize@web2 = 132x43\nsize@fw = 8x4\nsize = 100x30\n"
                         "size@web3 = 90x20\n")
    guests = [desk.guest(name, b"ready") for name in ("web1", "web2", "web3", "fw")]
    term = desk.open(*guests, args=("--config", path), cols=120)
    term.wait_status("size@fw is '8x4': it is COLUMNSxROWS, like 80x24 (10 to 1000")
    # The last line that is for a guest holds.
    for size in ("100x30", "100x30", "90x20", "100x30"):
        term.wait(size)
        term.act("n")
    path = desk.settings("[screen]\nsize = 100x30\nsize@web* = fit\nsize@web2 = 132x43\n")
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
    path = desk.settings("[screen]\nsize = fit\n")
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
