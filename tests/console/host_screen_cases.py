# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the full screen with guests of other hosts."""

import errno
import os

import asks
import far
from desk import Desk
from played import BREAK, wait_for

TESTS = []
test = asks.decorator(TESTS)


def open_screen(bench, *args, **kwargs):
    return Desk(bench).open_ports(*args, **kwargs)


@test
def screen_shows_the_guests_of_all_hosts(bench):
    a, b = far.hosts(bench, "a", "b")
    bench.port(1, "mine", b"here\r\n")
    web1 = a.port(1, "web1", b"of a\r\nlogin: ")
    other = b.port(1, "web1", b"of b\r\n")
    term = open_screen(bench, "--host", "local,a,b")
    term.wait("3 guests")
    for name in ("mine", "a/web1", "b/web1"):
        term.row_of(name)
    term.wait("here")
    term.act("l")
    term.type("/a/web\r\r")
    term.wait("of a")
    term.type("root\r")
    web1.wait_received(b"root\r")
    web1.say(b"root\r\nPassword: ")
    term.wait("Password:")
    term.act("b")
    web1.wait_received(BREAK)
    assert not other.received
    # What they do is seen without looking at them.
    other.say(b"news\r\n")
    term.act("l")
    term.type("/\x15\r")
    term.wait(lambda t: t.line(3).startswith("* b/web1"))


@test
def screen_tells_alerts_of_guests_of_other_hosts(bench):
    a, = far.hosts(bench, "a")
    a.port(1, "web1", b"there\r\n")
    other = a.port(2, "db", b"[  0.9] Kernel panic - not syncing: an old one\r\n")
    term = open_screen(bench, "--host", "a", cols=120)
    term.wait("there")
    term.wait("2 guests")
    other.say(b"[  1.0] Kernel panic - not syncing: VFS\r\n")
    term.wait_status("db: panic: [  1.0] Kernel panic")
    # It goes on, and more than is searched at a time is no harm.
    other.say(b"." * 300000 + b"\r\n[  2.0] Kernel panic - not syncing: again\r\nlast words\r\n")
    term.wait_status("db: panic: [  2.0] Kernel panic")
    assert b"an old one" not in term.raw
    # Its window shows what was searched before, also what no status line has had.
    term.act("l")
    term.type("G\r")
    term.wait("last words")
    other.say(b"later\r\n")
    term.wait("later")


@test
def screen_goes_on_when_a_host_is_back(bench):
    a, b = far.hosts(bench, "a", "b")
    web1 = a.port(1, "web1", b"before\r\n")
    b.port(2, "db")
    term = open_screen(bench, "--host", "a,b")
    term.wait("before")
    term.wait("a/web1")
    a.refuse(b"no route\n")
    a.kill()
    term.wait("1 host away")
    term.wait(lambda t: "away" in t.line(1)[:28])
    term.wait("a: the connection is lost")
    # Its last screen is still there.
    assert "before" in term.text()
    assert "away" in term.status() or "lost" in term.status()
    web1.say(b"meanwhile\r\n")
    a.refuse(None)
    term.wait("meanwhile")
    term.gone("1 host away")
    term.wait(lambda t: "live" in t.line(1)[:28])
    term.type("x")
    web1.wait_received(b"x")
    assert "skipped" not in term.text()


@test
def screen_has_hosts_that_come_later(bench):
    a, = far.hosts(bench, "a")
    a.refuse(b"ssh: no route\n")
    a.port(1, "web1", b"there\r\n")
    desk = Desk(bench)
    bench.port(1, "mine", b"here\r\n")
    os.makedirs(os.path.join(bench.dir, "config", "kpl011"))
    with open(os.path.join(bench.dir, "config", "kpl011", "screen.conf"), "w",
              encoding="ascii") as file:
        file.write("[hosts]\nrack7 = me@a\nbad = -x\n")
    term = desk.open_ports()
    term.wait("1 host away")
    term.wait("host bad: it begins with a dash")
    a.refuse(None)
    term.wait("rack7/web1")
    term.gone("1 host away")
    # Grouped by host.
    term.act("l")
    term.type("bbbb")
    term.wait_status("grouped by host")
    term.wait("v local")
    term.wait("v rack7")


def open_list(bench):
    term = open_screen(bench, "--host", "a")
    term.wait("there")
    term.act("l")
    return term


def forget_last(term):
    term.type("G")
    term.wait("last words")
    term.type("d")
    term.wait("forget it")
    term.type("y\r")


@test
def screen_forgets_a_guest_of_another_host(bench):
    a, = far.hosts(bench, "a")
    a.port(1, "web1", b"there\r\n")
    old = a.port(2, "old", b"last words\r\n")
    old.die()
    term = open_list(bench)
    forget_last(term)
    wait_for("it is reaped", lambda: old.reaped)
    term.wait("1 guest")


def is_kept(term, old):
    """The host does not forget it: it is in the list again."""
    forget_last(term)
    term.wait_status("a: cannot forget old (port 2): Permission denied")
    term.wait("2 guests")
    term.wait(lambda t: "old" in t.line(2)[:28])
    assert not old.reaped


@test
def screen_has_a_guest_again_that_its_host_does_not_forget(bench):
    a, = far.hosts(bench, "a")
    a.port(1, "web1", b"there\r\n")
    old = a.port(2, "old", b"last words\r\n")
    old.die()
    bench.env["SERVE"] = "serve --stdio --read-only"
    is_kept(open_list(bench), old)


@test
def screen_forgets_a_guest_that_its_host_has_kept_at_first(bench):
    a, = far.hosts(bench, "a")
    web1 = a.port(1, "web1", b"there\r\n")
    old = a.port(2, "old", b"last words\r\n")
    old.die()
    old.reap_errno = errno.EACCES
    term = open_list(bench)
    is_kept(term, old)
    old.reap_errno = 0
    forget_last(term)
    wait_for("it is reaped", lambda: old.reaped)
    term.wait("1 guest")
    # Somebody else has been quicker.
    late = a.port(3, "late", b"last words\r\n")
    late.die()
    late.reap_errno = errno.ENODEV
    term.wait(lambda t: "late" in t.line(2)[:28] and "gone" in t.line(2)[:28])
    forget_last(term)
    term.wait("1 guest")
    # This comes after the answer.
    term.type("G")
    term.wait("there")
    web1.say(b"news\r\n")
    term.wait("news")
    assert "1 guest" in term.text() and "cannot forget" not in term.text(), term.text()


@test
def screen_shows_the_bytes_of_another_host_that_are_here(bench):
    a, = far.hosts(bench, "a")
    history = (b"." * 62 + b"\r\n") * 9600
    web1 = a.port(1, "web1", history, ring_size=1 << 20)
    term = open_screen(bench, "--host", "a", rows=200, cols=120)
    term.wait("....")
    term.act("X")
    term.wait(f"{len(history) - 16:010x}  2e 2e")
    # More pages than are kept here.
    term.type("\033[5~" * 100)
    term.wait("older bytes are not kept here")
    term.wait(f"{len(history) - (256 << 10):010x}  2e ")
    # What comes next is not lost for it.
    web1.say(b"after\r\n")
    term.act("X")
    term.wait("after")
    assert "skipped" not in term.text()


@test
def screen_resets_the_terminal_of_a_guest_that_was_reset_there(bench):
    a, = far.hosts(bench, "a")
    port = a.port(1, "web1", b"panic\r\n")
    term = open_screen(bench, "--host", "a")
    term.wait("panic")
    port.say(b"\033(0\033[7;8m\033[?1049h\033[5;20r\033[?6hqqq\033]2;open")
    term.wait(lambda t: "panic" not in t.text() and "\u2500\u2500\u2500" in t.text())
    # Before it prints anything.
    port.facts["resets"] = 1
    term.wait("panic")
    port.say(b"firmware q")
    term.wait("firmware q")
    assert not term.cell(term.row_of("firmware q"), 29).reverse
    assert term.row_of("panic") == 1


@test
def screen_tells_who_took_the_input_over_there(bench):
    a, = far.hosts(bench, "a")
    web1 = a.port(1, "web1", b"there\r\n")
    term = open_screen(bench, "--host", "a")
    term.wait("there")
    term.type("x")
    web1.wait_received(b"x")
    term.wait_status("input: you")
    wait_for("it is held there", lambda: web1.holder)
    assert web1.holder[0] == a.pid()
    web1.seize(4711, "minicom")
    term.wait("the input was taken by minicom (process 4711)")
    term.type("y")
    term.wait("the input is held by minicom (process 4711)")
    assert b"y" not in web1.received
