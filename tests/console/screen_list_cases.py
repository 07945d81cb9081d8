# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the full screen's list: its order and groups, and guests that come, go and are forgotten."""

import os

import asks
from desk import Desk
from screen_terminal import SocketGuest

TESTS = []
test = asks.decorator(TESTS)


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
def screen_opens_a_grid_from_the_list(bench):
    desk = Desk(bench)
    guests = [desk.guest(f"web{n}", b"words of %d\r\n" % n) for n in (1, 2, 3)]
    term = desk.open(*guests, cols=140)
    term.wait("words of 1")
    term.act("l")
    term.wait("3 guests by number")
    term.type("  ")
    term.wait("+web2")
    term.wait("words of 3")
    term.type("v")
    term.wait("words of 1")
    term.wait("words of 2")
    term.wait(lambda t: "1:web3" in t.line(0) and "2:web1" in t.line(0))
    # The marked ones alone, and keys go to the first of them.
    term.gone("words of 3")
    term.gone("by number")
    term.type("x")
    guests[0].wait_received(b"x")
    assert not guests[1].received and not guests[2].received


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


@test
def screen_says_why_it_cannot_look_for_ports(bench):
    desk = Desk(bench)
    bench.env["KPL011_DEV_DIR"] = os.path.join(bench.dir, "ring")
    os.symlink("ring", bench.env["KPL011_DEV_DIR"])
    term = desk.open_ports("screen")
    term.wait("No guests yet")
    term.wait("Too many levels of symbolic links")
    # It may as well be loaded.
    assert "modprobe" not in term.text(), term.text()


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


def is_selected(term, row):
    """That row of the list alone."""
    return [line for line in range(1, 6) if term.cell(line, 1).reverse] == [row]


@test
def screen_selects_the_next_guest_in_place_of_one_that_another_has_reaped(bench):
    """Enter is not to open the first one of the list."""
    desk = Desk(bench)
    ports = [bench.port(n, f"web{n}", b"of web%d\r\n" % n) for n in range(1, 6)]
    term = desk.open_ports("screen")
    term.wait("of web1")
    # With two windows, the one that is selected need not be shown.
    term.act("-")
    term.wait(lambda t: t.text().count("of web1") == 2)
    term.act("l")
    # The last one, and then web3, whose row is that of web4 then.
    for key, row, left, then in (("G", 5, 4, 4), ("k", 3, 3, 3)):
        term.type(key)
        term.wait(lambda t, row=row: is_selected(t, row))
        ports[row - 1].end()
        os.unlink(ports[row - 1].path)
        term.wait(f"{left} guests by number")
        term.wait(lambda t, then=then: is_selected(t, then))
    term.type("\r")
    term.wait("of web4")


@test
def screen_is_not_driven_by_what_guests_and_files_are_called(bench):
    desk = Desk(bench)
    web1 = desk.guest("evil\033[2J\u202e", b"\033]0;t\033\\itle\x9b2J\007ready\033]2;" +
                      b"A" * 3000 + b"\007!")
    term = desk.open(web1)
    term.wait("ready!")
    assert "evil" in term.line(1) and term.line(0).startswith(" 1 guest")
    # A socket that is not there, as any process may have one on its command line (--find).
    term = desk.open(f"unix:{bench.dir}/not\u202ethere.sock", cols=200, args=("--fresh",))
    term.wait("cannot open unix:")
    term.wait("not.there.sock")
    assert "\u202e".encode() not in term.raw
