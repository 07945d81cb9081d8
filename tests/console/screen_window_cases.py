# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the full screen's windows and tabs: made, typed at together, and found again."""

import os
import signal

import asks
from desk import Desk
from screen_terminal import looks

TESTS = []
test = asks.decorator(TESTS)


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


# To several.

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


# The next time.

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
