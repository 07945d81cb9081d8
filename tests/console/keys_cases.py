# SPDX-License-Identifier: GPL-2.0-only
"""Keys that have no name here: each is one key, and no part of it goes astray."""

import os
import signal
import termios
import time

import pexpect

import asks
import proc
from desk import Desk
from played import BREAK, wait_for

TESTS = []
test = asks.decorator(TESTS)

# Ctrl-Enter of xterm, Shift-F13, Alt with a letter, and with one of two bytes.
UNKNOWN = (("\033[27;5;13~", "Esc [27;5;13~"), ("\033[25;2~", "Esc [25;2~"), ("\033b", "Alt-b"),
           ("\033\u00e9", "Alt-U+00E9"), ("\033Oz", "Esc Oz"), ("\033\r", "Alt-Enter"))


@test
def screen_takes_a_key_that_it_does_not_know_as_one(bench):
    desk = Desk(bench)
    guest = desk.guest("web1", b"login: ")
    term = desk.open(guest)
    term.wait("login:")
    sent = b""
    # To the guest it goes whole, also when it comes in pieces.
    for keys, _ in UNKNOWN:
        sent += keys.encode()
        for byte in keys.encode():
            term.child.send(bytes([byte]))
        guest.wait_received(sent)
    for where, seen in (("\x1d", "leave"), ("\x1ds", "magic SysRq"), ("\x1df", "send"),
                        ("\x1d?", "PageDown"), ("\x1d[", "looking back"), ("\x1dl", "filter")):
        for keys, name in UNKNOWN:
            if where in ("\x1d", "\x1ds") or keys == UNKNOWN[0][0]:
                term.type(where)
                term.wait(seen)
            term.type(keys)
            term.wait("no SysRq was chosen" if where == "\x1ds" else f"{name} means nothing")
        # Still there, and left by Esc alone.
        if where not in ("\x1d", "\x1ds"):
            term.wait(seen)
            term.type("\x1dl" if where == "\x1dl" else "\x03" if where == "\x1df" else "q")
            term.gone(seen if where != "\x1dl" else "Enter open")
    term.type("END\r")
    guest.wait_received(b"END\r")
    assert bytes(guest.received) == sent + b"END\r", bytes(guest.received)


@test
def keys_go_to_the_guest_whose_bytes_are_shown_in_hexadecimal(bench):
    desk = Desk(bench)
    guest = desk.guest("web1", b"." * 16 * 40)
    term = desk.open(guest, cols=120)
    term.wait("....")
    term.act("X")
    term.wait("0000000270  2e 2e")
    # Esc by itself: what follows at once would be Alt with a letter.
    sent = b""
    for keys in ("\033", "j", *(keys for keys, _ in UNKNOWN)):
        sent += keys.encode()
        term.type(keys)
        guest.wait_received(sent)
    # Only pages are for the bytes.
    term.type("\033[5~")
    term.wait("0000000000  2e 2e")
    term.gone("0000000270  2e 2e")
    # Looking back, a key that has no name is nobody's.
    term.act("[")
    term.wait("looking back")
    keys, name = UNKNOWN[0]
    term.type(keys)
    term.wait(f"{name} means nothing here")
    term.type("\033[6~")
    term.wait("0000000270  2e 2e")
    term.type("j\033")
    term.gone("looking back")
    term.type("END")
    guest.wait_received(b"END")
    assert bytes(guest.received) == sent + b"END", bytes(guest.received)


@test
def screen_names_keys_as_they_are_set(bench):
    desk = Desk(bench)
    path = desk.settings("[keys]\nprefix = Ctrl-A\nquit = Q\nhelp = F1\nlist = g\nlist-help = F2\nopen = o\n"
                         "filter =\nlist-quit = F10\nscroll-leave = F9\nsearch-back = f\nselect = x\n"
                         "select-line = X\ncopy = c\nback-page-down = d\nback-page-up = u\n")
    term = desk.open_ports("screen", "--config", path)
    term.wait("Ctrl-A Q leaves, Ctrl-A F1 shows the help")
    term.type("\x01Q")
    assert term.wait_end() == 0
    bench.port(1, "web1", b"hello", live=0, death_ns=1)
    bench.port(2, "web2", b"second")
    term = desk.open_ports("screen", "--config", path)
    term.wait("hello")
    term.type("\x01[")
    term.wait_status(" F9 back  f search  x select  c copy")
    term.type("c")
    term.wait_status("nothing is selected: x starts a selection, X one of whole lines")
    term.type("\x01\x1bOP")
    term.wait("keys: d, u; F9 leaves the help")
    term.type("\x1b[20~")
    term.gone("keys: d, u")
    term.type("\x1b[20~")
    term.wait_status("Ctrl-A F1 help")
    term.type("\x01g")
    term.wait_status(" F2 help  o open  F10 leave")
    term.type("dy\r")
    term.wait_status("web1 is forgotten")
    term.wait("Ctrl-A g, then o: show a guest from the list")


@test
def screen_knows_the_arrows_that_terminfo_has_otherwise(bench):
    desk = Desk(bench)
    guest = desk.guest("web1", b"".join(b"line %d\r\n" % i for i in range(100)) + b"login: ")
    bench.env["TERM"] = "xterm-256color"
    term = desk.open(guest)
    term.wait("login:")
    # terminfo says ESC O A there.
    for up in ("\033[A", "\033OA"):
        term.type(up)
        guest.wait_received(b"\033[A")
        guest.received.clear()
    for keys in ("\033[1;5A", "\033[3~", "\033[24~", "\033[1;2P"):
        term.type(keys)
        guest.wait_received(keys.encode())
    term.type("\x1d[")
    term.wait("looking back")
    for _ in range(30):
        term.type("\033[A")
    term.gone("login:")
    term.type("q")
    term.wait("login:")
    # Esc alone leaves it as well, when nothing comes behind it.
    term.type("\x1d[")
    term.wait("looking back")
    term.type("\033")
    term.gone("looking back")


@test
def screen_answers_a_click_in_whatever_form_it_comes(bench):
    desk = Desk(bench)
    for name, click, mouse in (("xterm-256color", "\033[<0;40;5M", "\033[?1006h"),
                               ("screen-256color", "\033[M H%", "\033[?1000h")):
        bench.env["TERM"] = name
        guest = desk.guest(name, b"\033[?1000h\033[?1006hready")
        term = desk.open(guest)
        term.wait("ready")
        assert mouse.encode()[:6] in term.raw
        term.type(click)
        guest.wait_received(b"\033[<0;")
        # Half a report, and a moment later the rest: the guest gets nothing of it.
        term.type("\033[<0;")
        time.sleep(0.1)
        term.type("40;6M" + "x")
        guest.wait_received(b"x")
        assert b"\033[<0;40" not in guest.received, bytes(guest.received)


@test
def a_paste_in_a_prompt_does_not_leave_it(bench):
    desk = Desk(bench)
    guest = desk.guest("web1", b"login: ")
    term = desk.open(guest)
    term.wait("login:")
    term.act("f")
    term.wait("send")
    term.type("\033[200~/tmp/a\033[Ab\033c\003d\033[201~")
    term.wait("/tmp/abcd")
    term.type("\x03")
    term.gone("/tmp/a")
    term.type("END")
    guest.wait_received(b"END")
    assert bytes(guest.received) == b"END", bytes(guest.received)


@test
def console_takes_a_key_that_it_does_not_know_as_one(bench):
    port = bench.port(1, "web1", b"hello\r\n")
    bench.env["LC_ALL"] = "C.UTF-8"
    child = bench.terminal("console", "web1")
    child.expect_exact("hello")
    for keys, name in (("\033[A", "Esc [A"), ("\u00e9", "U+00E9"), ("\033[25;2~", "Esc [25;2~"),
                       ("\033b", "Alt-b"), ("\033", "^["), ("x", "x")):
        child.send("\x1d" + keys[:1])
        child.send(keys[1:])
        child.expect_exact(f"^] {name} means nothing")
        child.send("\x1ds" + keys)
        if keys == "x":
            break
        child.expect_exact("no SysRq was chosen; nothing was sent")
    # They go to the guest as they are.
    child.send("\033[A\u00e9\033[25;2~\033b\033\x1d\x1dEND")
    port.wait_received(b"END")
    assert bytes(port.received).replace(BREAK, b"") == \
        b"x\033[A\xc3\xa9\033[25;2~\033b\033\x1dEND", bytes(port.received)
    child.send("\x1dq")
    child.wait()


@test
def console_ends_in_front_of_a_terminal_that_takes_nothing(bench):
    for number, how in enumerate((signal.SIGTERM, signal.SIGHUP, "q"), 1):
        port = bench.port(number, f"web{number}", b"hello\r\n")
        child = bench.terminal("console", f"web{number}")
        child.expect_exact("hello")
        # As Ctrl-S does.
        slave = os.open(os.readlink(f"/proc/{child.pid}/fd/0"), os.O_RDWR | os.O_NOCTTY)
        termios.tcflow(slave, termios.TCOOFF)
        port.say(b"x" * 20000)
        if how == "q":
            os.write(child.child_fd, b"\x1dq")
        else:
            child.kill(how)
        wait_for("its end", lambda: proc.state(child.pid) == "Z")
        os.close(slave)


@test
def play_shows_what_a_pipe_has_before_there_is_more(bench):
    path = os.path.join(bench.dir, "fifo")
    for number, how in enumerate(("end", "\x03", signal.SIGTERM, "timing")):
        os.mkfifo(path + str(number))
        fd = os.open(path + str(number), os.O_RDWR)
        if how == "timing":
            script = os.path.join(bench.dir, "typescript")
            with open(script, "wb") as file:
                file.write(b"Script started on 2026-01-01\nhello\r\n")
            os.write(fd, b"0.0 7\n")
            child = bench.terminal("play", "--timing", path + str(number), script)
        else:
            os.write(fd, b'{"version":2,"width":80,"height":24}\n[0,"o","hello\\r\\n"]\n[0,"o"')
            child = bench.terminal("play", path + str(number))
        child.expect_exact("hello")
        if how == "end":
            # From nobody, and to nobody: its end is that of the last writer.
            os.write(fd, b',"more"]\n')
            child.expect_exact("more")
        if how in ("end", "timing"):
            os.close(fd)
            fd = -1
        elif how == "\x03":
            child.send(how)
        else:
            child.kill(how)
        child.expect(pexpect.EOF)
        child.wait()
        expected = {"\x03": signal.SIGINT, signal.SIGTERM: signal.SIGTERM}.get(how)
        assert child.signalstatus == expected, (how, child.exitstatus, child.signalstatus)
        if fd >= 0:
            os.close(fd)


@test
def keys_that_nobody_takes_are_answered(bench):
    bench.port(1, "web1", b"hello\r\n")
    child = bench.terminal("console", "--spy", "web1")
    child.expect_exact("hello")
    child.send("x")
    child.expect_exact("this console only watches: what is typed goes nowhere")
    child.send("\x1dq")
    child.wait()
    term = Desk(bench).open_ports()
    term.wait("hello")
    for where, seen in (("\x1d[", "looking back"), ("\x1dl", "Enter open")):
        term.type(where)
        term.wait(seen)
        term.type("Z")
        term.wait("Z means nothing here")
        term.type("q" if seen == "looking back" else "l")
        term.gone(seen)
    term.type("\x1d/\u00e9\u4e16zz\r")
    term.wait("no more matches of '\u00e9\u4e16")
