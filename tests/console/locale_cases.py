# SPDX-License-Identifier: GPL-2.0-only
"""Terminals whose locale is not UTF-8: what they can show, and no 8-bit control."""

import locales
from noting import Noting
from screen_cases import Desk

TESTS = []

TEXT = "READY \u00e4 \u00db6n \u00dd0;t\u2502\u250c\u2500 \u20ac \u4e16 e\u0301 \u042f THE END\r\n".encode()

# By locale, what comes of it, and what reaches the guest when this is typed.
SHOWN = {
    "C.UTF-8": (TEXT.strip(), "\u00e4".encode()),
    "C": (b"READY ? ?6n ?0;t|+- ? ?? e ? THE END", "\u00e4".encode()),
    "en_US.ISO-8859-1": (b"READY \xe4 \xdb6n \xdd0;t|+- ? ?? e ? THE END", b"\xe4"),
    "ru_RU.KOI8-R": (b"READY ? ?6n ?0;t|+- ? ?? e \xf1 THE END", b"\xd1"),
}


def test(function):
    TESTS.append(function)
    return function


def each(bench):
    desk = Desk(bench)
    env = bench.env
    for name in SHOWN:
        bench.env = {**env, "TERM": "xterm-256color",
                     **(locales.environment(bench, name) if name in locales.NAMES else {"LC_ALL": name})}
        yield desk, name


@test
def screen_shows_what_the_locale_of_its_terminal_has(bench):
    for desk, name in each(bench):
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
        assert SHOWN[name][0] in term.raw, (name, bytes(term.raw))
        noting = Noting(charset=charset)
        noting.feed(term.raw)
        assert not noting.end(), (name, noting.end())
