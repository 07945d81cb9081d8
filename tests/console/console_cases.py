# SPDX-License-Identifier: GPL-2.0-only
"""Tests of console: the terminal of an operator, and a guest."""

import os
import signal
import subprocess
import termios

import pexpect

import asks
import proc
from bench import connect, expect_cooked, expect_in
from played import BREAK, pipe_bytes, wait_for

TESTS = []
test = asks.decorator(TESTS)


@test
def console_shows_history_and_goes_on(bench):
    port = bench.port(1, "web1", b"login: ")
    child = connect(bench, "web1")
    child.expect_exact("(port 1, user root). Escape is ^]; ^] ? for help.")
    child.expect_exact("login: ")
    child.send("root\r")
    port.wait_received(b"root\r")
    port.say(b"# ")
    child.expect_exact("# ")
    child.send("\x1dq")
    child.expect_exact("kpl011: left web1")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert port.received == b"root\r"


@test
def console_sends_every_key_but_the_escape(bench):
    port = bench.port(1, "web1")
    child = connect(bench, "web1")
    keys = bytes(byte for byte in range(256) if byte != 0x1d)
    child.send(keys)
    child.send(b"\x1d\x1d")
    port.wait_received(keys + b"\x1d")


@test
def console_sends_breaks_and_sysrq_in_order(bench):
    port = bench.port(1, "web1")
    child = connect(bench, "web1")
    child.send("a\x1dbc\x1dshd\x1d.")
    child.expect_exact("left web1")
    port.wait_received(b"a" + BREAK + b"c" + BREAK + b"hd")


@test
def console_has_help_and_names_unknown_keys(bench):
    bench.port(1, "web1")
    child = connect(bench, "-e", "^A", "web1")
    child.expect_exact("Escape is ^A")
    child.send("\x01?")
    child.expect_exact("after ^A:")
    child.expect_exact("send a break")
    child.send("\x01x")
    child.expect_exact("^A x means nothing")
    child.send("\x1dq\x01q")
    child.expect_exact("left web1")


@test
def console_leaves_the_terminal_as_it_was(bench):
    port = bench.port(1, "web1", b"\033[?1049h\033[?25l\033[2;9r\033[31mred")
    child = connect(bench, "web1")
    child.expect_exact("\r\n\033[2;9r\033[0;31mred")
    # Only what was changed is undone.
    child.send("\x1dq")
    child.expect_exact("\033[0m\0337\033[r\0338")
    child.expect(pexpect.EOF)
    expect_cooked(child)
    assert port.facts["live"]


@test
def console_restores_the_terminal_on_every_signal(bench):
    bench.port(1, "web1", b"login: ")
    for name in ("INT", "TERM", "HUP", "QUIT", "SEGV", "ABRT", "BUS", "FPE", "ILL"):
        child = connect(bench, "web1")
        child.expect_exact("login: ")
        child.kill(getattr(signal, "SIG" + name))
        child.expect(pexpect.EOF)
        child.wait()
        assert child.signalstatus == getattr(signal, "SIG" + name), (name, child.signalstatus)
        expect_cooked(child)


@test
def console_says_when_the_vm_is_gone(bench):
    port = bench.port(1, "web1", b"login: ")
    child = connect(bench, "web1")
    child.expect_exact("login: ")
    port.say(b"reboot: Power down")
    port.die()
    child.expect_exact("reboot: Power down")
    child.expect_exact("kpl011: the VM of web1 is gone")
    child.expect(pexpect.EOF)
    expect_cooked(child)
    child.close()
    assert child.exitstatus == 7


@test
def keys_for_a_guest_that_is_gone_do_not_reach_the_shell(bench):
    port = bench.port(1, "web1")
    port.takes.clear()
    child = pexpect.spawn("/bin/sh", ["-c", f"{bench.program} console web1; exec cat"],
                          env=bench.env, timeout=20, dimensions=(24, 80))
    child.delaybeforesend = None
    bench.children.append(child)
    child.expect_exact("Connected to")
    wait_for("raw mode", lambda: not termios.tcgetattr(child.child_fd)[3] & termios.ICANON)
    # More than is read while the guest takes none of it: the rest is the terminal's.
    console = proc.children(child.pid)[0]
    os.set_blocking(child.child_fd, False)
    wait_for("a full terminal", lambda: is_full(child.child_fd) and
             proc.state(console) == "S" and is_full(child.child_fd))
    os.set_blocking(child.child_fd, True)
    port.die()
    child.expect_exact("is gone")
    child.expect_exact("not take them")
    wait_for("the terminal", lambda: termios.tcgetattr(child.child_fd)[3] & termios.ICANON)
    child.sendline("mark")
    child.expect_exact("mark\r\nmark\r\n")
    assert b"typed" not in child.before, child.before[-300:]


def is_full(fd):
    try:
        os.write(fd, b"typed\r" * 100)
        return False
    except BlockingIOError:
        return True


def bench_shell(bench):
    child = pexpect.spawn("/bin/bash", ["--norc", "--noprofile", "-i"],
                          env={**bench.env, "PS1": "shell> "}, timeout=20, dimensions=(24, 200))
    child.delaybeforesend = None
    bench.children.append(child)
    child.expect_exact("shell> ")
    return child


@test
def console_is_suspended_and_goes_on(bench):
    port = bench.port(1, "web1", b"\033[31mlogin: ")
    child = bench_shell(bench)
    child.sendline(f"{bench.program} console web1")
    child.expect_exact("login: ")
    # Twice: it must hear of the second one as well.
    for keys in ("\x1dz", "\x1d\x1a"):
        wait_for("raw mode",
                 lambda: not termios.tcgetattr(child.child_fd)[3] & termios.ISIG)
        child.send(keys)
        # Colours are undone; a shell would do that to the modes, but not to them.
        child.expect_exact("\033[0m")
        child.expect_exact("Stopped")
        child.expect_exact("shell> ")
        child.sendline("stty -a")
        child.expect(" icanon")
        child.expect(" echo ")
        child.expect_exact("shell> ")
        child.sendline("fg")
        child.expect_exact("console web1")
        wait_for("raw mode again",
                 lambda: not termios.tcgetattr(child.child_fd)[3] & termios.ISIG)
        child.send("back\x03")
        port.wait_received(b"back\x03")
        del port.received[:]
    child.send("\x1dq")
    child.expect_exact("left web1")
    child.expect_exact("shell> ")


@test
def console_is_raw_again_after_a_stop_it_did_not_see(bench):
    bench.port(1, "web1", b"login: ")
    child = connect(bench, "web1")
    child.expect_exact("login: ")
    child.kill(signal.SIGSTOP)
    wait_for("the stop", lambda: proc.state(child.pid) == "T")
    attributes = termios.tcgetattr(child.child_fd)
    attributes[3] |= termios.ICANON | termios.ECHO
    termios.tcsetattr(child.child_fd, termios.TCSANOW, attributes)
    child.kill(signal.SIGCONT)
    wait_for("raw mode", lambda: not termios.tcgetattr(child.child_fd)[3] & termios.ICANON)


@test
def a_paste_of_any_size_arrives_whole(bench):
    port = bench.port(1, "web1")
    child = connect(bench, "web1")
    paste = bytes(32 + i % 95 for i in range(300000))
    child.send(paste)
    wait_for("the paste", lambda: len(port.received) >= len(paste))
    assert port.received == paste


@test
def a_guest_that_takes_nothing_can_be_left(bench):
    port = bench.port(1, "web1")
    port.takes.clear()
    child = connect(bench, "web1")
    child.send(b"y" * 500000 + b"\x1dq")
    child.expect_exact("web1 takes no input")
    child.expect_exact("left web1")
    child.expect(r"(\d+) bytes of input were not sent")
    assert int(child.match[1]) > 65536
    child.expect(pexpect.EOF)
    expect_cooked(child)


@test
def keys_answer_while_the_terminal_takes_nothing(bench):
    port = bench.port(1, "web1")
    child = connect(bench, "web1")
    # Nobody reads the terminal's other side: it is full soon.
    port.say(b"z" * 1000000)
    wait_for("a full terminal", lambda: proc.state(child.pid) == "S" and
             pipe_bytes(child.child_fd) > 1000)
    child.send("q\x1dbq")
    port.wait_received(b"q" + BREAK + b"q")
    child.send("\x1dq")
    child.expect_exact("left web1")


@test
def a_spy_sends_nothing(bench):
    port = bench.port(1, "web1", b"login: ")
    child = connect(bench, "--spy", "web1")
    child.expect_exact("to watch")
    child.expect_exact("login: ")
    child.send("rm\r\x1db")
    child.expect_exact("only watches")
    child.send("\x1dq")
    child.expect_exact("left web1")
    assert port.received == b""


@test
def a_guest_does_not_ask_the_terminal(bench):
    port = bench.port(1, "web1", b"old\033[6n\ahistory")
    child = connect(bench, "web1")
    child.expect_exact("oldhistory")
    # But its bell rings.
    port.say(b"live\033[6n\abytes")
    child.expect_exact("live\abytes")


@test
def console_begins_with_as_much_history_as_asked(bench):
    history = b"".join(b"line %d\r\n" % i for i in range(20000))
    bench.port(1, "web1", history)
    for args, first in ((["-n", "2"], 19998), (["-n", "100"], 19900), ([], None)):
        child = bench.start("console", *args, "web1", stdin=subprocess.DEVNULL,
                            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        out = child.communicate(timeout=20)[0]
        assert history.endswith(out)
        if first is not None:
            assert out.startswith(b"line %d\r\n" % first), out[:40]
        else:
            assert 65000 < len(out) <= 65536 and out.startswith(b"line "), (len(out), out[:20])
    child = bench.start("console", "--no-history", "web1", stdin=subprocess.DEVNULL,
                        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert child.communicate(timeout=20)[0] == b""


@test
def console_tells_in_place_what_was_skipped(bench):
    port = bench.port(1, "web1", b"before")
    child = connect(bench, "web1")
    child.expect_exact("before")
    port.say(b"after", skip=777)
    child.expect_exact("\r\nkpl011: skipped 777 bytes\r\nafter")


@test
def console_from_a_pipe_sends_all_and_shows_the_answer(bench):
    port = bench.port(1, "web1", b"login: ")
    data = os.urandom(200000) + b"\x1dq"
    child = bench.start("console", "web1", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
    child.stdin.write(data)
    child.stdin.flush()
    wait_for("the data", lambda: len(port.received) == len(data))
    assert port.received == data
    port.say(b"answer")
    child.stdin.close()
    assert child.wait(timeout=20) == 0
    assert child.stdout.read() == b"login: answer"
    expect_in("left web1", child.stderr.read())


@test
def a_dead_guests_last_words_are_shown(bench):
    bench.port(1, "web1", b"Kernel panic", live=0)
    child = bench.terminal("console", "web1")
    child.expect_exact("Kernel panic")
    child.expect_exact("the VM of web1 is gone")
    child.expect(pexpect.EOF)
    expect_cooked(child)
    child.close()
    assert child.exitstatus == 7
