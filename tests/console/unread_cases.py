# SPDX-License-Identifier: GPL-2.0-only
"""Tests of what was typed on the full screen, and did not arrive."""

import os
import signal
import time

import asks
from desk import Desk
from played import read_until
from screen_terminal import looks
from sources import pipes

TESTS = []
test = asks.decorator(TESTS)


@test
def screen_tells_what_nobody_has_read_when_it_is_left(bench):
    desk = Desk(bench)
    path = pipes(bench)
    guest = desk.guest("web1", b"login: ")
    for reads in False, True:
        term = desk.open(guest, f"pipe:{path}")
        term.wait("login:")
        term.type("here\r")
        guest.wait_received(b"here\r")
        term.act("n")
        term.wait_status("con | input: you")
        term.type("root\r")
        reader = os.open(path + ".in", os.O_RDWR) if reads else -1
        if reads:
            assert read_until(reader, b"\r") == b"root\r"
        term.act("q")
        assert term.wait_end() == 0
        lost = "kpl011: 5 bytes that were typed at con are lost: nobody has read them"
        assert (lost in term.raw.decode()) != reads, term.raw[-300:]
        assert "web1 are lost" not in term.raw.decode()
    os.close(reader)


@test
def guests_that_read_nothing_hold_up_the_end_of_the_screen_together(bench):
    desk = Desk(bench)
    names = [f"web{number:02}" for number in range(40)]
    guests = [desk.guest(name, b"login: ") for name in names]
    for how in "key", signal.SIGINT:
        for guest in guests:
            guest.takes.clear()
        term = desk.open(*guests)
        term.wait("40 guests")
        for name in names:
            term.wait_status(f"{name} | input: you")
            term.type("x")
            term.act("n")
        term.act("q")
        begun = time.monotonic()
        term.wait(lambda t: b"\033[?1049l" in t.raw)
        if how != "key":
            term.child.kill(how)
        assert term.wait_end() == 0
        # One limit each was 40 seconds, and no signal ended them.
        assert time.monotonic() - begun < 35
        said = term.raw.decode()
        for name in names:
            assert f"kpl011: the last input typed at {name} is lost: nobody has read it" in said, said
        assert " bytes that were typed" not in said, said
        for guest in guests:
            guest.takes.set()
            # It takes what there is, and the end, and the next one.
            guest.wait_received(b"x")
            guest.received.clear()


@test
def screen_tells_what_was_not_sent_to_a_guest_that_takes_nothing(bench):
    desk = Desk(bench)
    guest = desk.guest("web1", b"login: ")
    desk.guest("web2", b"second")
    term = desk.open(guest, os.path.join("unix:" + bench.dir, "web2.sock"))
    term.wait("login:")
    guest.takes.clear()
    # What it reads after it was stopped.
    term.type("x")
    guest.wait_received(b"x")
    term.type("\033[200~" + "y" * 1000000 + "\033[201~")
    term.wait_status("unsent")
    term.act("n")
    term.wait("bytes that were typed were not sent to web1")
    term.act("p")
    term.wait("login:")
    guest.takes.set()
    guest.takes.clear()
    term.type("\033[200~" + "y" * 1000000 + "\033[201~")
    term.wait_status("unsent")
    term.act("q")
    assert term.wait_end() == 0
    text = term.raw.decode()
    assert looks(text, r"kpl011: \d+ bytes that were typed were not sent to web1: it takes no input"), \
        text[-300:]
    assert looks(text, "kpl011: the last input typed at web1 is lost: nobody has read it"), text[-300:]
    guest.takes.set()
