# SPDX-License-Identifier: GPL-2.0-only
"""Tests of what is typed, pasted and sent on the full screen, and of who may."""

import os
import threading
import time

import asks
from desk import Desk
from screen_terminal import looks

TESTS = []
test = asks.decorator(TESTS)


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


# A paste.

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


# Who has the input.

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


@test
def screen_scrolls_with_the_wheel_while_it_looks_back_at_a_guest_that_asks_for_the_mouse(bench):
    desk = Desk(bench)
    bench.env["TERM"] = "xterm-256color"
    web1 = desk.guest("web1", b"".join(b"line %d\r\n" % n for n in range(100)) +
                      b"\033[?1000h\033[?1006hready")
    term = desk.open(web1)
    term.wait("ready")
    term.act("[")
    term.wait("looking back")
    term.type("\x1b[<64;32;4M" * 10)
    term.wait("line 50")
    term.gone("ready")
    term.type("\x1b[<0;32;4M\x1b[<0;32;4m")
    term.type("q")
    term.gone("looking back")
    term.wait("ready")
    term.type("\x1b[<64;32;4M")
    web1.wait_received(b"M")
    assert looks(web1.received.decode(), r"\A\033\[<64;\d+;\d+M\Z"), bytes(web1.received)
