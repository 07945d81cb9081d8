# SPDX-License-Identifier: GPL-2.0-only
"""What of a guest reaches an operator's terminal, and what is text in it."""

import json
import os
import random
import re
import signal
import subprocess
import termios
import time

import pexpect

import asks
import noting
from played import wait_for

TESTS = []
test = asks.decorator(TESTS)
SEED = int(os.environ.get("KPL011_SEED") or int(time.time()) % 1000000)


class Judge:
    """A terminal that has no screen: it notes what it was asked and what it was told to be."""

    PIECE = re.compile(
        rb"(?P<text>(?:[\x20-\x7e]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|"
        rb"[\xf0-\xf4][\x80-\xbf]{3})+)|(?P<control>[\a\b\t\n\v\r\x7f])|"
        rb"\033(?P<escape>[DEM78])|"
        rb"\033\[(?P<sgr>[0-9;]*)m|"
        rb"\033\[(?P<args>[0-9;]*)(?P<final>[@ABCDEFGHIJKLMPSTXZ`abdefr])|"
        # What was cut off when it ended, and the ESC that ends that.
        rb"(?P<cut>(?:[\xc2-\xf4][\x80-\xbf]{0,2}|\033(?:\[[0-9;]*)?)(?=\033))")
    NO_TEXT = re.compile(rb"\xc2[\x80-\x9f]|" + b"|".join(char.encode() for char in noting.TURNS))

    def __init__(self, data):
        self.wrong = []
        self.colours = self.margins = False
        at = 0
        while at < len(data):
            piece = self.PIECE.match(data, at)
            if not piece:
                self.wrong.append((at, data[at:at + 24]))
                break
            at = piece.end()
            self._take(piece)

    def _take(self, piece):
        if piece["text"] and self.NO_TEXT.search(piece["text"]):
            self.wrong.append((piece.start(), "C1 or direction", piece["text"][:40]))
        if piece["sgr"] is not None:
            numbers = [int(number or 0) for number in piece["sgr"].split(b";")]
            self.colours = numbers != [0]
            if any(10 <= number <= 20 for number in numbers if 38 not in numbers
                   and 48 not in numbers):
                self.wrong.append((piece.start(), "a font"))
        if piece["final"] == b"r":
            self.margins = bool(piece["args"])
        if piece["final"] == b"J" and piece["args"] not in (b"", b"0", b"1", b"2"):
            self.wrong.append((piece.start(), "what has scrolled off is erased"))
        if piece["final"] in (b"S", b"T") and b";" in piece["args"]:
            self.wrong.append((piece.start(), "the mouse or graphics"))

    def check(self):
        assert not self.wrong, self.wrong
        assert not self.colours, "its attributes stay"
        assert not self.margins, "its margins stay"


def read_all(child):
    data = b""
    while True:
        try:
            data += child.read_nonblocking(1 << 16, 60)
        except pexpect.EOF:
            child.wait()
            return data


def seen_up_to(child, text):
    """All of it, and what came with it."""
    child.expect_exact(text)
    data = child.before + child.after + child.buffer
    child.buffer = b""
    return data


def printed(bench, *args, leaves=False):
    """What a command puts on a terminal until it ends."""
    child = bench.terminal(*args)
    if not leaves:
        return read_all(child)
    child.expect_exact("Connected to")
    seen = seen_up_to(child, "THE END")
    child.send("\x1dq")
    return seen + read_all(child)


def cast(bench, data, name="x.cast"):
    path = os.path.join(bench.dir, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"version": 2, "width": 80, "height": 24}\n' +
                   json.dumps([0, "o", data.decode("utf-8", "replace")]) + "\n")
    return path


# All that a guest could do to its operator, with what is to be seen behind each.
HOSTILE = (
    b"one\r\n\x1b[6n\x1b[c\x1b[>c\x1b[=c\x1bZ\x1b]52;c;cm0gLXJm\x07\x1b]0;owned\x07\x1bP$q q\x1b\\"
    b"\x1b[21t\x05\x1b[?1049h\x1b[31mred\r\n\x1b(0lqk\r\n\x1b[?25l\x1b[?1000;1006h\x1b[?2004h\x1b="
    b"\x1b[>4;2m\x1b[>1u\x1b[4h\x1b[20h\x1b[5 q\x1bH\x1b[3g\x1b#8\x1b#6\x1b%G\x1b G\x1b[11m"
    b"\x1b[2;5r\x1b[?6h\x1b[3J\xc2\x9b6n\xc2\x9d0;t\x07\x9b6n\x90$qm\x9c\xe2\x80\xaeevil\x0e\x0f"
    b"\x1b(B\x1b]8;;http://x/\x07link\x1b]8;;\x07\x1b[?2026$p\x1b]10;?\x07\x1b]" + b"x" * 5000 +
    b"\x1b_Ga=q\x1b\\\x1b[" + b"1;" * 3000 + b"n\x1b[4l\r\nTHE END\r\n\x1b[1;35;44m\x1b[3")

EACH = (["log", "web1"], ["log", "-n", "50", "web1"], ["log", "-t", "web1"],
        ["log", "--clean", "web1"], ["log", "--hex", "web1"], ["log", "web1", "web1"],
        ["log", "-t", "--clean", "web1", "web1"], ["record", "--kept", "web1"],
        ["expect", "--from", "start", "--timeout", "5", "web1", "(?s)one.*THE END"],
        ["expect", "--from", "start", "--json", "--timeout", "5", "web1", "(?s)one.*THE END"],
        ["expect", "--from", "start", "--timeout", "0.2", "web1", "not there"])


def on_a_terminal(bench, history):
    """What each command that shows a guest's bytes makes of them."""
    bench.port(1, "web1", history)
    for locale in ("C.UTF-8", "C"):
        bench.env["LC_ALL"] = locale
        for args in EACH:
            yield locale, args, printed(bench, *args)
        yield locale, ["console"], printed(bench, "console", "web1", leaves=True)
        yield locale, ["play"], printed(bench, "play", cast(bench, history))


@test
def nothing_of_a_guest_sets_the_operators_terminal(bench):
    for locale, args, data in on_a_terminal(bench, HOSTILE):
        try:
            Judge(data).check()
        except AssertionError as reason:
            raise AssertionError(f"{args} in {locale}: {reason}") from reason
        assert locale == "C.UTF-8" or max(data) < 0x80, (args, data)
        if args[0] in ("log", "console", "play") and "--hex" not in args and locale == "C.UTF-8":
            # Each character by itself, for the guest inserts them.
            assert b"red" in data and re.search(rb"l(\033\[@)?i(\033\[@)?n", data), (args, data)
            assert b"lqk" not in data, (args, data)


# All whose default is to end a process, the real-time ones as well, but for SIGKILL, and for
# SIGPIPE, which is no end here, and SIGXFSZ, which Python has its children ignore.
DEADLY = sorted(signal.valid_signals() - {
    signal.SIGKILL, signal.SIGPIPE, signal.SIGXFSZ, signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN,
    signal.SIGTTOU, signal.SIGCONT, signal.SIGCHLD, signal.SIGURG, signal.SIGWINCH})
# Where all of them would take a while.
SOME = [signal.SIGINT, signal.SIGTERM, signal.SIGQUIT, signal.SIGUSR1, signal.SIGXCPU, signal.SIGABRT,
        signal.SIGSEGV, signal.SIGRTMIN + 3]


def is_cooked(child):
    flags = termios.tcgetattr(child.child_fd)[3]
    return flags & termios.ICANON and flags & termios.ECHO


@test
def nothing_stays_on_the_terminal_when_a_signal_ends_it(bench):
    port = bench.port(1, "web1", b"\033[31;7mred \033[2;4rTHE END\r\n")
    bench.env["LC_ALL"] = "C.UTF-8"
    late = cast(bench, b"\033[31;7mred \033[2;4rTHE END", "y.cast")
    with open(late, "a", encoding="ascii") as file:
        file.write('[1000, "o", "late"]\n')
    for args, signals in ((["log", "-f", "web1"], DEADLY), (["console", "web1"], DEADLY),
                          (["log", "-f", "-t", "web1"], SOME), (["log", "-f", "web1", "web1"], SOME),
                          (["console", "--raw", "web1"], SOME), (["play", late], SOME)):
        for number in signals:
            child = bench.terminal(*args)
            seen = seen_up_to(child, "THE END")
            cooked = bool(is_cooked(child))
            assert cooked == (args[0] != "console"), args
            child.kill(number)
            wait_for(lambda: f"{number!r} ends {args}", lambda: not child.isalive())
            seen += read_all(child)
            if "--raw" in args:
                # What is taken back besides.
                seen = re.sub(rb"\033\[\??\d+[hl]|\033[>\\]|\033\(B|\017", b"", seen)
            judge = Judge(seen)
            assert not judge.wrong and not judge.colours and not judge.margins, (number, args, seen)
            assert child.signalstatus == number, (number, args, child)
            assert is_cooked(child), (number, args)
    assert port.facts["live"]


@test
def a_signal_that_was_ignored_when_it_began_ends_nothing(bench):
    port = bench.port(1, "web1", b"\033[31mred")
    for args in (["log", "-f", "web1"], ["console", "web1"]):
        child = pexpect.spawn("/bin/sh", ["-c", 'trap "" HUP USR1 ALRM TSTP; exec "$@"', "sh", bench.program, *args],
                              env=bench.env, timeout=60)
        bench.children.append(child)
        child.expect_exact("red")
        for name in ("HUP", "USR1", "ALRM", "TSTP"):
            child.kill(getattr(signal, "SIG" + name))
        port.say(b"and on " + args[0].encode())
        child.expect_exact("and on " + args[0])
        child.kill(signal.SIGUSR2)
        read_all(child)
        assert child.signalstatus == signal.SIGUSR2, (args, child)


@test
def a_terminal_that_is_behind_is_put_right_all_the_same(bench):
    line = b"\033[1;44mcolours\033[3;12r and margins\r\n"
    bench.port(1, "web1", line * 20000)
    for args in (["log", "-f", "web1"], ["play", cast(bench, line * 500)]):
        child = bench.terminal(*args)
        seen = seen_up_to(child, "margins")
        time.sleep(0.2)         # it has filled what the terminal takes
        child.kill(signal.SIGTERM)
        data = seen + read_all(child)
        Judge(data).check()
        assert data.endswith(b"\033[0m\0337\033[r\0338"), data[-60:]


def shell(bench):
    child = pexpect.spawn("/bin/bash", ["--norc", "--noprofile", "-i"], timeout=60,
                          env={**bench.env, "PS1": "shell> "})
    bench.children.append(child)
    child.delaybeforesend = None
    child.expect_exact("shell> ")
    return child


def foreground(child):
    return os.tcgetpgrp(child.child_fd)


@test
def a_suspended_log_leaves_the_terminal_plain(bench):
    port = bench.port(1, "web1", b"\033[31mred")
    child = shell(bench)
    child.sendline(f"{bench.program} log -f web1")
    child.expect_exact("\033[0;31mred")
    child.send("\x1a")
    for number in (signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
        child.expect_exact("\033[0m")
        child.expect_exact("shell> ")
        child.sendline("fg")
        child.expect_exact("log -f web1")
        port.say(b"\033[31magain")
        child.expect_exact("\033[0;31magain")
        os.kill(foreground(child), number)
    child.expect_exact("shell> ")
    child.sendline("fg")
    child.expect_exact("log -f web1")
    child.send("\x03")
    child.expect_exact("\033[0m")
    child.expect_exact("shell> ")


@test
def a_suspended_console_gives_the_terminal_back_and_takes_it_again(bench):
    port = bench.port(1, "web1", b"\033[31mred \033[2;4r")
    child = shell(bench)
    child.sendline(f"{bench.program} console web1")
    child.expect_exact("red")
    for how in ("key", signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU):
        if how == "key":
            child.send("\x1d\x1a")
        else:
            os.kill(foreground(child), how)
        child.expect_exact("\033[0m")
        child.expect_exact("\033[r")
        child.expect_exact("shell> ")
        child.sendline("stty -a | tr ';' '\\n' | grep -w icanon; fg")
        child.expect_exact(" icanon")
        child.expect_exact("console web1")
        wait_for(lambda: "it is raw again", lambda: not is_cooked(child))
        child.send("k")
        port.wait_received(b"k")
        port.received.clear()
        port.say(b"\033[31;2mmore\033[2;4r")
        child.expect_exact("more")
    child.send("\x1dq")
    child.expect_exact("shell> ")


@test
def a_pipe_gets_the_bytes_and_a_terminal_does_with_raw(bench):
    bench.port(1, "web1", HOSTILE)
    run = bench.run("log", "web1")
    assert run.stdout == HOSTILE and not run.returncode, run
    assert bench.run("log", "--raw", "web1").stdout == HOSTILE
    text = HOSTILE.decode("utf-8", "replace").encode()
    assert bench.run("play", cast(bench, HOSTILE)).stdout == text
    for args, data in ((["log", "--raw", "web1"], HOSTILE),
                       (["log", "--raw", "web1", "web1"], HOSTILE[5:50]),
                       (["play", "--raw", cast(bench, HOSTILE)], text)):
        seen = printed(bench, *args)
        assert data.replace(b"\r\n", b"\r\r\n") in seen, (args, seen)
    child = bench.terminal("console", "--raw", "web1")
    child.expect_exact("\033[21t\005\033[?1049h\033[31mred")
    child.expect_exact("THE END")
    child.send("\x1dq")
    # Whatever it is that has to be.
    child.expect_exact("\033[?1047l")
    child.expect_exact("\033[0m")
    result = bench.run("log", "--raw", "--clean", "web1")
    assert result.returncode == 2 and b"--raw do not go together" in result.stderr, result


@test
def a_guest_that_draws_lines_is_seen_so(bench):
    bench.port(1, "web1", "ä \033(0lqk\033(B \033)0\016x\017 €\r\n".encode())
    bench.env["LC_ALL"] = "C.UTF-8"
    assert printed(bench, "log", "web1") == "ä ┌─┐ │ €\r\r\n".encode()
    bench.env["LC_ALL"] = "C"
    assert printed(bench, "log", "web1") == b"? +-+ | ?\r\r\n"


@test
def a_guest_hides_no_message_to_the_operator(bench):
    bench.port(1, "web1", b"\033[2;3r\033[8;31mhidden")
    child = bench.terminal("console", "web1")
    child.expect_exact("hidden")
    child.send("\x1d?")
    child.expect_exact("\033[0m\0337\033[r\0338\r\nkpl011: after ^]:")
    child.send("\x1dq")
    read_all(child)


@test
def a_guest_gets_the_cursor_keys_it_wants(bench):
    port = bench.port(1, "web1", b"\033[?1h\033=ready")
    child = bench.terminal("console", "web1")
    child.expect_exact("ready")
    child.send("\033[A\033[B")
    port.wait_received(b"\033OA\033OB")
    # A paste may have them, too.
    child.send("x\033[A")
    port.wait_received(b"\033OA\033OBx\033[A")
    port.say(b"\033[?1lnormal")
    child.expect_exact("normal")
    child.send("\033[A")
    port.wait_received(b"\033OA\033OBx\033[A\033[A")
    child.send("\x1dq")
    read_all(child)


@test
def the_last_message_of_a_log_stands_behind_all_of_it(bench):
    lines = b"".join(b"\033[3%dmline %05d\033[m\r\n" % (i % 8, i) for i in range(2500))
    for number, args in enumerate((["-f"], ["-f", "-t"], ["-f", "--clean"], ["-f", "-t", "--clean"], None)):
        name = f"web{number}"
        port = bench.port(2 * number, name, lines + b"\033[31mLAST")
        bench.port(2 * number + 1, name + "b", b"other\r\n").die()
        child = bench.terminal("log", *(args or ["-f", name + "b"]), name)
        child.expect_exact("line 00001")
        port.die()
        # As slow as a terminal may be: in small pieces, each of which makes room for a few lines.
        seen = b""
        while True:
            try:
                seen += child.read_nonblocking(500, 60)
            except pexpect.EOF:
                break
        said = f"kpl011: the VM of {name} is gone\r\n".encode()
        assert seen.count(said) == 1 and seen.index(said) > seen.index(b"LAST"), (args, seen[-300:])
        assert re.search(rb"LAST(\033\[[0-9;]*m|\0337(\033\[r\0338)?)*\r+\n" + said, seen), (args, seen[-300:])


@test
def a_message_begins_a_line_only_where_it_has_to(bench):
    for number, (text, args) in enumerate(((b"end of text", ["-f"]), (b"end of text", ["-f", "-t"]),
                                           (b"end of text", ["-f", "--clean"]), (b"line\r\n", ["-f"]),
                                           (b"red\033[31m\r\n\033[m", ["-f"]))):
        port = bench.port(number + 1, f"web{number}", text)
        child = bench.terminal("log", *args, f"web{number}")
        seen = seen_up_to(child, text.split(b"\r")[0].replace(b"\033[31m", b"").decode())
        port.die()
        seen += read_all(child)
        assert re.search(rb"[^\n]\r+\n(\033\[[0-9;]*m)*kpl011: the VM of ", seen), (text, args, seen)


# Fragments of what a terminal understands, to be put together by chance.
FRAGMENTS = [b"\033", b"\033[", b"\033]", b"\033P", b"\033_", b"\033^", b"\033X", b"\033(0", b"\033(B",
             b"\033)0", b"\016", b"\017", b"\033[?", b"\033[>", b"\033[=", b"\033[<", b"\033[!p", b"\033c",
             b"\033\\", b"\a", b"\030", b"\032", b"52;c;eHh4", b"0;title", b"10;?", b"$qm", b"+q544e",
             b"6n", b"c", b"0c", b"1049h", b"2004h", b"1000;1006h", b"25l", b"7l", b"4h", b"20h", b"5i",
             b"2;9r", b"r", b"s", b"u", b"t", b"18t", b"q", b" q", b"\"q", b"m", b"31m", b"1;44m", b"38;5;9m",
             b"38:2::1:2:3m", b"11m", b"3J", b"2J", b"J", b"K", b"H", b"9;9H", b"8;8;8T", b"S", b"$p", b"x",
             b"*y", b"'|", b"\0337", b"\0338", b"\033#8", b"\033H", b"\033=", b"\033>", b"\033n", b"\033N",
             b"\xc2\x9b", b"\xc2\x9d", b"\xc2\x90", b"\x9b", b"\x9d", b"\x85", b"\xe2\x80\xae", b"\xe2", b"\x80",
             b"\xe4\xb8\x80", b"\xcc\x81", b"\xf0\x9f\x98\x80", b"\xff", b"\0", b"\x7f", b"\x05", b"\r", b"\n",
             b"\r\n", b"\r\r\n", b"\b", b"\t", b"\v", b"\f", b";", b":", b"9" * 40, b"1;" * 40, b"y" * 600,
             b"text ", b"login: "]


@test
def whatever_a_guest_prints_asks_and_leaves_nothing(bench):
    """KPL011_SEED has it as it was."""
    chance = random.Random(SEED)
    for round_number in range(2):
        data = b"".join(chance.choice(FRAGMENTS) for _ in range(1000))
        history = b"one" + data + b"\030\n\033[!p\033[;H\r\nTHE END\r\n" + data[:chance.randrange(3000)]
        bench.dir = os.path.join(bench.env["KPL011_DEV_DIR"], str(round_number)) \
            if round_number == 0 else os.path.join(os.path.dirname(bench.dir), str(round_number))
        os.mkdir(bench.dir)
        bench.env["KPL011_DEV_DIR"] = bench.dir
        for locale, args, seen in on_a_terminal(bench, history):
            try:
                Judge(seen).check()
                assert locale == "C.UTF-8" or max(seen) < 0x80, seen
            except AssertionError as reason:
                raise AssertionError(f"KPL011_SEED={SEED}, {args} in {locale}: {reason}") from reason


# Text.

def log(bench, *args):
    result = bench.run("log", *args)
    assert not result.returncode, result
    return result.stdout.decode()


@test
def log_clean_is_what_was_seen(bench):
    for number, (name, history, text) in enumerate((
            ("typed", b"# sl\b \b\b \bls -l\r\ntotal 0\r\n", "# ls -l\ntotal 0\n"),
            ("readline", b"# ech\x08\x1b[K\x08\x1b[K\x08\x1b[Kuptime\r\n 07:00 up\r\n",
             "# uptime\n 07:00 up\n"),
            ("struck", b"_\x08U_\x08n_\x08d man\x08n\r\n", "Und man\n"),
            ("bar", b"10%\r20%\r\x1b[Kdone\r\r\n", "done\n"),
            ("ends", b"a\n\rb\r\r\nc\r\n\n", "a\nb\nc\n\n"),
            ("escape", "\033\u2026one\r\n".encode(), "\u2026one\n"),
            ("folded", b"# " + b"x" * 78 + b" \ryz\r\n", "# " + "x" * 78 + "yz\n"),
            ("long", b"0123456789" * 2000 + b"\b!\r\n", "0123456789" * 1999 + "012345678!\n"),
            ("open", b"a\r\nlogin: ", "a\nlogin: "))):
        bench.port(number + 1, name, history)
        assert log(bench, "--clean", name) == text, (name, log(bench, "--clean", name))


@test
def each_line_of_a_log_has_its_time_in_every_mode(bench):
    bench.env["TZ"] = "UTC"
    history = b"one\n\r10%\r20%\n\rtwo\r\r\n\n\rend"
    port = bench.port(1, "web1", history)
    # Printed with the line before is what is behind its line feed.
    port.marks = [(0, 10 ** 9), (4, 10 ** 9), (5, 2 * 10 ** 9), (14, 3 * 10 ** 9), (20, 4 * 10 ** 9)]

    def times(text):
        lines = text.replace("\r\n", "\n").split("\n")
        return [re.match(r"\r*\[ +(\d)\.\d{6}\] ", line)[1] for line in lines]

    expected = ["0", "1", "2", "3", "3"]    # and a bit: since the attach
    # As bytes, carriage returns included, and nothing is printed over the time.
    text = log(bench, "--timestamps=relative", "web1")
    assert times(text.replace("\n\r", "\n")) == expected, text
    for line in text.split("\n"):
        assert re.match(r"\r*\[", line), text
    assert re.sub(r"\[ .*?\] ", "", text).encode() == history, text
    text = log(bench, "--timestamps=relative", "--clean", "web1")
    assert times(text) == expected and "20%" in text and "10%" not in text, text
    seen = printed(bench, "log", "--timestamps=relative", "web1").decode()
    assert times(seen) == expected and re.sub(r"\[ .*?\] ", "", seen) == \
        "one\r\n20%\r\ntwo\r\n\r\nend", seen
    text = log(bench, "--timestamps=relative", "--hex", "web1")
    assert all(line.startswith("[ ") for line in text.splitlines()), text


@test
def a_line_that_is_followed_comes_again_if_it_was_corrected(bench):
    port = bench.port(1, "web1", b"one\r\n# s")
    child = bench.start("log", "-f", "--clean", "web1", stdout=subprocess.PIPE,
                        stderr=subprocess.DEVNULL)

    def seen(text):
        assert child.stdout.read(len(text)) == text

    seen(b"one\n# s")
    port.say(b"l")
    seen(b"l")
    port.say(b"\b \b\b \bls")
    port.say(b" -l\r\n")
    seen(b"\n# ls -l\n")
    port.say(b"total")
    seen(b"total")
    port.say(b" 0\r\nlog")
    seen(b" 0\nlog")
    port.say(b"in: ")
    seen(b"in: ")
    port.die()
    assert child.wait(timeout=60) == 0 and not child.stdout.read()


@test
def the_lines_of_several_guests_are_text_on_a_terminal(bench):
    bench.port(1, "web1", b"\033[31mone\r10%\r20%\033[m\r\n\033[2J\033[Htwo\033[8mthree\r\n")
    bench.port(2, "db", b"four\b\b\033[K")
    bench.env["NO_COLOR"] = "1"
    assert printed(bench, "log", "web1", "db") == \
        b"web1 | 20%\r\nweb1 | twothree\r\ndb   | fo", printed(bench, "log", "web1", "db")
