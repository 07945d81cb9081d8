# SPDX-License-Identifier: GPL-2.0-only
"""Terminals whose locale is not UTF-8: what they can show, and no 8-bit control."""

import os

import pexpect

import asks
import locales
from desk import Desk
from noting import Noting

TESTS = []
test = asks.decorator(TESTS)

TEXT = "READY \u00e4 \u00db6n \u00dd0;t\u2502\u250c\u2500 \u20ac \u4e16 e\u0301 \u042f THE END\r\n".encode()

# By locale, what comes of it.
SHOWN = {
    "C.UTF-8": TEXT.strip(),
    "C": b"READY ? ?6n ?0;t|+- ? ?? e ? THE END",
    "en_US.ISO-8859-1": b"READY \xe4 \xdb6n \xdd0;t|+- ? ?? e ? THE END",
    "ru_RU.KOI8-R": b"READY ? ?6n ?0;t|+- ? ?? e \xf1 THE END",
}

# By locale, what is typed, and what of it a guest of UTF-8 gets, of Latin-1, and of code page
# 437. Where the locale does not know more than ASCII the terminal is most likely one of UTF-8;
# what is none of its characters goes to the guest as it is.
TYPED = {
    "C.UTF-8": (b"<\xc3\xa4\xe4>", b"<\xc3\xa4\xe4>", b"<\xe4\xe4>", b"<\x84\xe4>"),
    "C": (b"<\xc3\xa4\xe4>", b"<\xc3\xa4\xe4>", b"<\xe4\xe4>", b"<\x84\xe4>"),
    "en_US.ISO-8859-1": (b"<\xe4>", b"<\xc3\xa4>", b"<\xe4>", b"<\x84>"),
    "ru_RU.KOI8-R": (b"<\xd1>", "<\u044f>".encode(), b"<>", b"<>"),
    "ja_JP.EUC-JP": (b"<\xc6\xfc>", "<\u65e5>".encode(), b"<>", b"<>"),
}


def each(bench, names):
    desk = Desk(bench)
    env = bench.env
    for name in names:
        bench.env = {**env, "TERM": "xterm-256color",
                     **(locales.environment(bench, name) if name in locales.NAMES else {"LC_ALL": name})}
        yield desk, name


@test
def screen_shows_what_the_locale_of_its_terminal_has(bench):
    for desk, name in each(bench, SHOWN):
        charset = locales.charset(bench.env)
        guest = desk.guest("w" + charset, b"\033]2;\xc3\xa4 \xc3\x9b title\a" + TEXT)
        term = desk.open(guest)
        term.wait("THE END")
        # In a prompt, looking back, in the help, and in a message.
        for keys, seen in (("\x1d[", "looking back"), ("/", "search"), ("\x03", "looking back"),
                           ("q", "Ctrl-] ? help"), ("\x1d?", "PageDown"), ("q", "Ctrl-] ? help")):
            term.type(keys)
            term.wait(seen)
        term.act("q")
        term.wait_end()
        assert SHOWN[name] in term.raw, (name, bytes(term.raw))
        noting = Noting(charset=charset)
        noting.feed(term.raw)
        assert not noting.end(), (name, noting.end())


@test
def screen_takes_keys_in_the_charset_of_its_terminal(bench):
    """And the guest gets them in its own, also in a paste."""
    config = os.path.join(bench.dir, "settings")
    with open(config, "w", encoding="ascii") as file:
        file.write("[screen]\nencoding@latin-* = latin-1\nencoding@cp437-* = cp437\n")
    for desk, name in each(bench, TYPED):
        keys, *wanted = TYPED[name]
        for charset, text in zip(("utf-8", "latin-1", "cp437"), wanted):
            guest = desk.guest(f"{charset}-{name}", b"\033[?2004hREADY")
            term = desk.open(guest, args=("--config", config))
            term.wait("READY")
            term.child.send(keys)
            guest.wait_received(text)
            term.child.send(b"\033[200~" + keys + b"\033[201~")
            guest.wait_received(b"\033[201~")
            if text == b"<>":
                term.wait("was not sent: the encoding of")
            assert bytes(guest.received) == text + b"\033[200~" + text + b"\033[201~", \
                (name, charset, bytes(guest.received))
            term.act("q")
            term.wait_end()


@test
def console_types_in_the_charset_of_its_terminal(bench):
    for desk, name in each(bench, TYPED):
        keys, text, *_ = TYPED[name]
        guest = desk.guest(f"web-{name}", b"READY")
        for raw in False, True:
            guest.received.clear()
            child = bench.terminal("console", *["--raw"] * raw, f"unix:{guest.path}")
            child.expect_exact("READY")
            # Byte by byte, and what is cut off is not lost.
            for byte in keys:
                child.send(bytes([byte]))
            guest.wait_received(keys if raw else text)
            child.send(b"\x1dq")
            child.expect(pexpect.EOF)
        # A file is no terminal.
        guest.received.clear()
        bench.run("console", f"unix:{guest.path}", input=keys)
        guest.wait_received(keys)
