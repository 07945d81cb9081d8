# SPDX-License-Identifier: GPL-2.0-only
"""Hostile bytes through every command, in front of a terminal that notes what it was asked.

KPL011_SEED has the bytes of an earlier run again, KPL011_FUZZ_TIME makes it last so many
seconds; `make fuzz` does.
"""

import gzip
import json
import os
import random
import signal
import time

import pexpect

import asks
import locales
from bench import run, said
from desk import Desk
from far import hosts
from noting import Noting
from text_cases import FRAGMENTS, HOSTILE, SEED

TESTS = []
test = asks.decorator(TESTS)
HERE = os.path.dirname(os.path.abspath(__file__))
SECONDS = float(os.environ.get("KPL011_FUZZ_TIME") or 0)

# What ends whatever a guest has begun, and a line that says so. Then it begins again.
CALM = b"\030\r\n\033c\r\nTHE END\r\n"

# A name that the module takes for a guest, and what may come in that of a user, of a file, of a process.
NAME = "w$(id)%n[31m;*]0;`x`"
EVIL = "w\033[31m\033]0;owned\007\033[6n\u202e\u009d0;t\007\005"


class Watched:
    """A command on a terminal that notes."""

    def __init__(self, bench, args, env, where=None):
        self.args = args
        self.noting = Noting(shapes=env["TERM"].startswith("screen"), charset=locales.charset(env))
        self.raw = bytearray()
        self.child = pexpect.spawn(bench.program, args, env=env, timeout=60, dimensions=(24, 80),
                                   cwd=where)
        bench.children.append(self.child)
        self.child.delaybeforesend = None

    def pump(self):
        """False at its end."""
        try:
            data = self.child.read_nonblocking(1 << 20, 60)
        except (pexpect.EOF, OSError):
            return False
        self.raw += data
        self.noting.feed(data)
        return True

    def until(self, text):
        while text not in self.raw:
            assert self.pump(), f"{self.args} ended without {text!r}: {bytes(self.raw[-2000:])!r}"

    def end(self):
        while self.pump():
            pass
        self.child.wait()
        self.judge()

    def judge(self):
        wrong = self.noting.end()
        assert not wrong, f"{self.args}: {wrong[:10]}"


def hostile(chance):
    """Some bytes, of one of the kinds that there are."""
    kind = chance.randrange(4)
    if kind == 0:
        data = b"".join(chance.choice(FRAGMENTS) for _ in range(chance.randrange(1, 1500)))
    elif kind == 1:
        data = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 4000)))
    elif kind == 2:
        # Control characters, and little else.
        data = bytes(chance.choice(b"\033\033[]?;:0123456789\x9b\x9d\x90hlmnqrtuc$\"' \007\016\017\\")
                     for _ in range(chance.randrange(1, 4000)))
    else:
        data = bytearray(HOSTILE)
        for _ in range(chance.randrange(1, 60)):
            at = chance.randrange(len(data))
            data[at:at + chance.randrange(3)] = chance.choice(FRAGMENTS)
        data = bytes(data)
    return data


def on_terminals(bench, chance):
    """Environments of the terminals that there are, and of their locales."""
    locale = chance.choice(("C.UTF-8", "C", *locales.NAMES))
    return {"TERM": chance.choice(("xterm-256color", "screen-256color", "xterm", "linux", "vt100")),
            **(locales.environment(bench, locale) if locale in locales.NAMES else {"LC_ALL": locale})}


# The commands. Each is given the bench, the environment, the bytes, and chance.

def one_shot(*args):
    def run(bench, env, data, _chance):
        bench.port(1, "web1", b"one" + data + CALM + data[:200])
        bench.port(2, NAME, data)
        Watched(bench, list(args), env).end()
    run.__name__ = "_".join(args)
    return run


def followed(*args):
    def run(bench, env, data, chance):
        port = bench.port(1, "web1", b"one\r\n")
        watched = Watched(bench, list(args), env)
        watched.until(b"one")
        at = 0
        while at < len(data):
            step = chance.randrange(1, 1000)
            port.say(data[at:at + step])
            at += step
        port.say(CALM + data[:200])
        watched.until(b"THE END")
        how = chance.choice(("dies", signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
        if how == "dies":
            port.die()
        else:
            watched.child.kill(how)
        watched.end()
    run.__name__ = "_".join(args)
    return run


def talked_to(bench, env, data, _chance):
    port = bench.port(1, "web1", b"one" + data)
    watched = Watched(bench, ["console", "web1"], env)
    watched.until(b"Connected to")
    port.say(CALM)
    watched.until(b"THE END")
    watched.child.send("\x1d?")
    watched.until(b"after ^]")
    port.say(data + b"\030")
    watched.child.send("\x1dq")
    watched.end()


def played(bench, env, data, chance):
    path = os.path.join(bench.dir, "x.cast")
    text = data.decode("latin-1" if chance.random() < 0.3 else "utf-8", "replace")
    cast = json.dumps({"version": 2, "width": 80, "height": 24, "title": EVIL, "env": {"TERM": EVIL},
                       EVIL: EVIL}) + "\n" + json.dumps([0, "o", text]) + "\n" + \
        json.dumps([0, EVIL, EVIL]) + "\n" + json.dumps([0, "m", EVIL]) + "\n" + \
        chance.choice(("", EVIL, '[0, "o", "' + EVIL))
    with (gzip.open if chance.random() < 0.3 else open)(path, "wt", encoding="utf-8") as file:
        file.write(cast)
    Watched(bench, ["play", path], env).end()


def played_typescript(bench, env, data, _chance):
    base = os.path.join(bench.dir, "typescript")
    with open(base, "wb") as file:
        file.write(b"Script started on 2026-01-01 [" + EVIL.encode() + b"]\n" + data)
    with open(base + ".timing", "w", encoding="ascii") as file:
        file.write(f"0.0 {len(data) // 2}\n0.0 {len(data) - len(data) // 2}\n")
    Watched(bench, ["play", "--timing", base + ".timing", base], env).end()


def messages(bench, env, data, chance):
    """On what there is not, by the names that it does not have."""
    bench.port(1, NAME, data)
    bench.port(2, NAME + "2", data).holder = (4242, EVIL)
    for args in (["list"], ["list", "--json"], ["info"], ["info", "1"], ["top", "-n", "1"], ["log", "1"],
                 ["log", "*"], ["log", "1", "2"], ["log", EVIL + "3"], ["detach", "*"], ["reset", "1"],
                 ["console", EVIL + "3"], ["console", "*"], ["play", EVIL], ["send", EVIL + "3", "x"],
                 ["send", "2", "x"], ["send", "--break", "2"],
                 ["log", "unix:" + EVIL], ["log", "file:" + EVIL], ["console", "tcp:" + EVIL + ":1"],
                 ["expect", "1", "(" + EVIL], ["screen", "--config", EVIL], [EVIL], ["log", "--" + EVIL],
                 ["--host", EVIL, "list"], ["daemon", "--config", EVIL], ["attach", EVIL]):
        if chance.random() < 0.4:
            Watched(bench, args, env).end()


def far_host(bench, env, data, chance):
    """A host that is not who it was."""
    (far,) = hosts(bench, "a")
    path = os.path.join(bench.dir, "far.data")
    with open(path, "wb") as file:
        file.write(b"one" + data + CALM + data[:200])
    far.run_instead(f"exec {HERE}/hostile_far.py {path}\n".encode())
    env = {**bench.env, **env}
    for args in (["list"], ["log", "1"], ["log", "2", "1"], ["log", "-t", "--clean", "2"], ["info", "1"],
                 ["reset", "2"], ["send", "1", "x"], ["reap", "1"], ["top", "-n", "1"], ["expect",
                 "--from", "start", "--timeout", "1", "1", "not there"]):
        if chance.random() < 0.4:
            Watched(bench, ["--host", "a", *args], env).end()


def refused_by_host(bench, env, data, _chance):
    (far,) = hosts(bench, "a")
    far.refuse(EVIL.encode() + data + b"\n" + data)
    env = {**bench.env, **env}
    Watched(bench, ["--host", "a", "list"], env).end()
    Watched(bench, ["--host", "a", "log", "web1"], env).end()


def looked_at(bench, env, data, chance):
    """On the full screen, which knows many terminals; guests of all kinds."""
    env = {**env, "TERM": chance.choice(("xterm-256color", "screen-256color"))}
    desk = Desk(bench)
    env = {**bench.env, **env}
    bench.port(1, "web1", b"one" + data)
    bench.port(2, NAME, data)
    guest = desk.guest("web3", b"one" + data + CALM)
    watched = Watched(bench, ["screen", f"unix:{guest.path}"], env)
    watched.until(b"THE END")
    for keys in chance.sample(("\x1dl", "\x1d[", "/o\r", "\x1dv", "\x1d|", "\x1dh", "\x1dn", "\x1di", "\x1dx",
                               "\x1d?", "q", "\x1b", "\x1dt", "\x1dR", "\r"), 6):
        watched.child.send(keys)
        guest.say(data[:500])
    guest.say(data + CALM)
    ends = chance.choice(("q", "q", signal.SIGTERM, signal.SIGHUP))
    if ends == "q":
        # Out of whatever was begun, by keys that do nothing else.
        watched.child.send("\x1b\x1b\x1dq")
    else:
        watched.child.kill(ends)
    watched.end()


COMMANDS = (
    one_shot("log", "web1"), one_shot("log", "-t", "web1"), one_shot("log", "-n", "30", "web1"),
    one_shot("log", "--clean", "web1"), one_shot("log", "--hex", "web1"),
    one_shot("log", "1", "2"), one_shot("log", "-t", "--clean", "1", "2"),
    one_shot("record", "--kept", "web1"),
    one_shot("expect", "--from", "start", "--timeout", "5", "web1", "(?s)one.*THE END"),
    one_shot("expect", "--from", "start", "--timeout", "0.2", "web1", "not there"),
    followed("log", "-f", "web1"), followed("log", "-f", "-t", "web1"),
    followed("log", "-f", "--clean", "web1"),
    followed("log", "-f", "web1", "web1"),
    talked_to, played, played_typescript, messages, far_host, refused_by_host, looked_at)


@test
def hostile_bytes_ask_and_leave_nothing_whatever_the_command(bench):
    chance = random.Random(SEED)
    end = time.monotonic() + SECONDS
    top = bench.dir
    rounds = runs = 0
    while not rounds or time.monotonic() < end:
        for command in COMMANDS:
            bench.dir = os.path.join(top, f"{rounds}-{runs}")
            os.mkdir(bench.dir)
            bench.env = {**bench.env, "KPL011_DEV_DIR": bench.dir}
            data = hostile(chance)
            try:
                command(bench, {**bench.env, **on_terminals(bench, chance)}, data, chance)
            except Exception as reason:
                raise AssertionError(f"KPL011_SEED={SEED}, round {rounds}: {command.__name__}: "
                                     f"{reason}") from reason
            runs += 1
            bench.end()
            bench.children.clear()
            signal.alarm(600)
        rounds += 1
    if SECONDS:
        print(f"# {runs} commands in {rounds} rounds, KPL011_SEED={SEED}")


def silent(bench, *silences):
    """A host that goes on to say that it is there, and leaves something out."""
    path = os.path.join(bench.dir, "far.data")
    with open(path, "wb") as file:
        file.write(b"one\r\n" * 20)
    far = bench.silent = getattr(bench, "silent", None) or hosts(bench, "a")[0]
    far.run_instead(f"exec {HERE}/hostile_far.py {path} {' '.join(silences)}\n".encode())


@test
def a_host_that_is_there_and_answers_nothing_is_not_waited_for(bench):
    bench.env["KPL011_HOST_TIMEOUT"] = "2"
    for leaves_out, args, status, text in (
            ("hello", ["list"], 12, "cannot reach the host a: it does not answer"),
            ("guests", ["list"], 12, "cannot reach the host a: it does not answer"),
            ("open", ["log", "1"], 1, "a: it is there, but does not answer for web1"),
            ("open", ["log", "-n", "1", "1"], 1, "a: it is there, but does not answer for web1"),
            ("open", ["log", "-t", "1", "2"], 1, "a: it is there, but does not answer for web1"),
            ("open", ["send", "1", "x"], 1, "cannot send to web1: Connection timed out"),
            ("open", ["record", "--kept", "1"], 1, "a: it is there, but does not answer for web1"),
            ("bytes", ["log", "1"], 1, "a: it is there, but does not answer for web1"),
            ("bytes", ["log", "-n", "1", "1"], 1, "a: it is there, but does not answer for web1"),
            ("bytes", ["expect", "--from", "start", "1", "x"], 1,
             "a: it is there, but does not answer for web1"),
            ("bytes marks", ["log", "--since", "@1", "1"], 1,
             "a: it is there, but does not answer for web1"),
            ("bytes input", ["send", "--take", "1", "x"], 1,
             "cannot take the input of web1: Connection timed out"),
            ("run", ["info", "1"], 12, "a: it is there, but 'info' does not end"),
            ("run", ["reset", "1"], 12, "a: it is there, but 'reset' does not end"),
            ("drip", ["doctor"], 12, "a: it is there, but 'doctor' does not end")):
        silent(bench, *leaves_out.split())
        said(text, run(bench, "--host", "a", *args, status=status))


@test
def what_is_waited_for_of_a_host_is_told_and_can_be_ended(bench):
    for leaves_out, args, text in (
            ("hello", ["list"], "a: waiting for it to answer; Ctrl-C ends this"),
            ("open", ["log", "1"], "a: waiting for an answer about web1; Ctrl-C ends this"),
            ("open", ["log", "-n", "1", "1"], "a: waiting for an answer about web1; Ctrl-C ends this"),
            ("bytes", ["log", "1"], "a: waiting for the output of web1; Ctrl-C ends this"),
            ("bytes", ["send", "1", "x"], "a: waiting for web1 to take what was sent; Ctrl-C ends this"),
            ("run", ["info", "1"], "a: waiting for 'info' to end there; Ctrl-C ends this"),
            ("drip", ["info", "1"], "a: waiting for 'info' to end there; Ctrl-C ends this")):
        silent(bench, *leaves_out.split())
        child = bench.terminal("--host", "a", *args)
        child.expect_exact(text)
        child.sendintr()
        child.expect(pexpect.EOF)
        child.wait()
        assert child.signalstatus == signal.SIGINT, (args, child.exitstatus, child.signalstatus)


@test
def a_guest_that_dies_with_input_under_way_ends_send(bench):
    silent(bench, "dies")
    result = run(bench, "--host", "a", "send", "1", "x", status=7)
    said("cannot send to web1: its VM is gone", result)
    said("0 bytes were taken", result)


@test
def who_types_a_password_has_time_and_a_host_behind_it_has_not(bench):
    (far,) = hosts(bench, "a")
    far.port(1, "web1")
    bench.env["KPL011_HOST_TIMEOUT"] = "1"
    prompts = "if tail -n 1 {}/arguments | grep -q BatchMode; then\n" \
        "echo 'a: Permission denied (password).' >&2; exit 255; fi\n" \
        "printf 'password: ' >/dev/tty; read answer </dev/tty; echo well >/dev/tty\n"
    prompts = prompts.format(os.path.dirname(far.dir))
    far.run_instead(f"{prompts}KPL011_DEV_DIR={far.dir} exec {bench.program} serve --stdio\n".encode())
    child = bench.terminal("--host", "a", "list")
    child.expect_exact("password: ")
    time.sleep(2)
    child.send("secret\r")
    child.expect_exact("web1")
    child.expect(pexpect.EOF)
    # It is let in, and says something that is not kpl011's, or nothing.
    for rest in ("echo Welcome; exec sleep 1000\n", "exec sleep 1000\n"):
        far.run_instead((prompts + rest).encode())
        child = bench.terminal("--host", "a", "list")
        child.expect_exact("password: ")
        child.send("secret\r")
        child.expect_exact("well")
        child.expect_exact("cannot reach the host a: it does not answer")
        child.expect(pexpect.EOF)


# What guests set on a terminal that gets their bytes as they are, vim and tmux among them.
SETTINGS = (
    b"\033[?1004h", b"\033[>4;2m", b"\033[>1u", b"\033[=5u", b"\033[?7l", b"\033[?5h", b"\033[4h", b"\033[?6h",
    b"\033[?1005h", b"\033[?1015h", b"\033[?1016h", b"\033[?2026h", b"\033[4 q", b"\033]12;red\007", b"\033[?1h\033=",
    b"\033]4;1;red\033\\", b"\033]10;red;green\007", b"\033]8;;http://x/\007link", b"\033[?1000;1002;1003;1006h",
    b"\033[?2004h", b"\033[?1049h", b"\033[?47h", b"\033[22;0;0t", b"\033[2;5r", b"\033[31;1m", b"\033[?25l",
    b"\033[20h", b"\033[2h", b"\033[?66h", b"\033[?69h", b"\033[?9h", b"\033[?1001h", b"\033[?12h", b"\033(0",
    b"\033)0\016", b"\033[1\"q", b"\033[?2031h", b"\033[?2048h", b"\033[?9001h", b"\033[>1;1m", b"\033[12l",
    b"\033[?3h", b"\033[?8l", b"\033]8;;http://x/" + 600 * b"a" + b"\033\\link", b"\033]8;;http://x/;\007link",
    b"\033]4" + 40 * b";0;rgb:ffff/0000/0000" + b"\033\\", b"\033[?67h\033[?45h", b"\033[?1039;1050h",
    b"\033[>2;1m\033[>4n")

# What is cut off when it is left.
CUT = (b"", b"\033]7;begun", b"\033P", b"\033[?2", b"\033]8;;http://x/")


def left_raw(bench, data, how):
    port = bench.port(1, "web1", b"one\r\n")
    watched = Watched(bench, ["console", "--raw", "web1"], bench.env)
    watched.until(b"one")
    before = len(watched.raw)
    port.say(b"two" + data)
    watched.until(b"two" + data)
    if how == "q":
        watched.child.send("\x1dq")
    else:
        watched.child.kill(how)
    while watched.pump():
        pass
    assert len(watched.raw) > before + len(data)
    # What it asked is its own; what is left is not.
    wrong = [what for what in watched.noting.end() if what.startswith(("stays", "waits"))]
    assert not wrong, (data, how, wrong)


@test
def a_raw_console_leaves_no_mode_behind_that_a_guest_has_set(bench):
    chance = random.Random(SEED)
    left_raw(bench, b"".join(SETTINGS[:14]), "q")
    left_raw(bench, b"".join(SETTINGS[:14]), signal.SIGUSR1)
    for setting in SETTINGS + CUT:
        left_raw(bench, setting, "q")
    for _ in range(10):
        data = b"".join(chance.sample(SETTINGS, chance.randrange(2, 12))) + chance.choice(CUT)
        try:
            left_raw(bench, data, chance.choice(("q", signal.SIGTERM, signal.SIGALRM)))
        except AssertionError as reason:
            raise AssertionError(f"KPL011_SEED={SEED}: {reason}") from reason


@test
def the_terminal_that_notes_would_see_it(_bench):
    """It stands in front of all the others: nothing gets past it."""
    harmless = ("text\r\n\033[31mred\033[0m\033[2;5r\033[r\0337\0338 \u00e4\u20ac\033[1;1H\033[2J\033[?25l\033[?25h"
                "\033[?1049h\033[22;0;0t\033[23;0;0t\033[?1049l\033(0q\033(B\033)0\033)B\033=\033>"
                "\033[39;49m\033[3\033[0m").encode()
    noting = Noting()
    for byte in harmless:
        noting.feed([byte])
    assert not noting.end(), noting.end()
    for evil in (b"\033[6n", b"\033[c", b"\033[>c", b"\033Z", b"\005", b"\033]52;c;x\a", b"\033]0;x\a",
                 b"\033]10;?\a", b"\033P$qm\033\\", b"\033_G\033\\", b"\033[21t", b"\033[8;1;1t", b"\033[?1000h",
                 b"\033[?1049h", b"\033[?25l", b"\033[?7l", b"\033[4h", b"\033[31m", b"\033[1;44m", b"\033[2;5r",
                 b"\033(0", b"\033)0", b"\016", b"\033=", b"\033[5 q", b"\033[>4;2m", b"\033[>1u", b"\033[?u",
                 b"\033#8", b"\033c", b"\033[3J", b"\033H", b"\033[3g", b"\xc2\x9b", b"\x9b", b"\xe2\x80\xae",
                 b"\033%G", b"\033[5i", b"\033[?2026$p", b"\033[!p\033[?1000h", b"\033]", b"\033[", b"\033P",
                 b"\xe2\x80", b"\033[0;31m", b"\033[22;0t", b"\033[1;2;3;4;5T", b"\033[q", b"\033[0\"q", b"\033[s\033[x"):
        noting = Noting()
        noting.feed(harmless + evil)
        assert noting.end(), evil
    for charset, evil in (("ascii", b"\xe4"), ("ascii", "\u00e4".encode()), ("iso-8859-1", b"\x9b6n"),
                          ("iso-8859-1", "\u00db".encode()), ("euc_jp", b"\x8e\xb1")):
        noting = Noting(charset=charset)
        noting.feed(evil)
        assert noting.end(), (charset, evil)
    for begun in (b"\033", b"\033[", b"\033[?2", b"\033(", b"\xe2", b"\xe2\x82", b"\xf0\x9f\x98"):
        noting = Noting()
        noting.feed(begun + b"\033[0m")
        assert not noting.end(), (begun, noting.end())
        noting.feed(begun + b"\033[0m")
        assert noting.end(), begun
    noting = Noting(charset="iso-8859-1")
    noting.feed(b"\xe4\xdb\033[0m\xe4\033[0m")
    assert not noting.end()
