# SPDX-License-Identifier: GPL-2.0-only
"""Tests of what the full screen shows: characters of every encoding, colours, times and bytes."""

import os
import subprocess
import sys

import asks
from desk import Desk
from screen_terminal import looks

TESTS = []
test = asks.decorator(TESTS)


@test
def screen_speaks_the_encoding_of_the_guest_and_its_backspace(bench):
    desk = Desk(bench)
    path = desk.settings("[screen]\nencoding@fw* = CP437\nbackspace@fw* = ^H\nencoding@old = ebcdic\n")
    menu = "\u2554\u2550\u2557 Men\u00fc".encode("cp437")
    fw1 = desk.guest("fw1", menu)
    web1 = desk.guest("web1", menu + b" ready")
    term = desk.open(fw1, web1, args=("--config", path), cols=120)
    term.wait_status("encoding@old is 'ebcdic': it is utf-8, cp437 or latin-1")
    term.wait("\u2554\u2550\u2557 Men\u00fc")
    term.wait(" cp437")
    term.type("\u00fc\x7f\x08")
    fw1.wait_received(b"\x81\x08\x08")
    term.type("\u20ac")
    term.wait_status("U+20AC was not sent: the encoding of fw1 does not have it")
    term.act("n")
    term.wait("ready")
    assert "Men\u00fc" not in term.text()
    # What stands there already is read anew.
    term.act("E")
    term.wait("\u2554\u2550\u2557 Men\u00fc ready")
    term.wait_status("web1: its encoding is cp437")
    term.act("E")
    term.wait("\u00c9\u00cd\u00bb")
    term.act("E")
    term.wait_status("web1: its encoding is utf-8")
    term.type("\u00fc\x7f")
    web1.wait_received(b"\xc3\xbc\x7f")
    term.act("H")
    term.wait_status("web1: Backspace sends Ctrl-H")
    term.type("\x7f")
    web1.wait_received(b"\xbc\x7f\x08")
    # DECBKM is what the guest says of it, and the key has the last word.
    web1.say(b"\033[?67l\r\nDEL")
    term.wait("DEL")
    term.type("1\x7f")
    web1.wait_received(b"1\x7f")
    web1.say(b"\033[?67h\r\nBS")
    term.wait("BS")
    term.type("2\x7f")
    web1.wait_received(b"2\x08")
    term.act("H")
    term.wait_status("web1: Backspace sends DEL")
    term.type("3\x7f")
    web1.wait_received(b"3\x7f")


def save_all(bench, term, name):
    """All that can be looked back at, line by line."""
    path = os.path.join(bench.dir, name)
    term.act("[")
    term.type("s")
    term.wait("write to the new file")
    term.type(path + "\r")
    term.wait_status("bytes written to")
    term.type("q")
    with open(path, encoding="utf-8") as file:
        return file.read().split("\n")


@test
def screen_keeps_lines_that_cannot_be_read_again_in_other_characters(bench):
    desk = Desk(bench)
    told = "lines whose bytes are no longer kept stay"
    web1 = desk.guest("web1")
    path = os.path.join(bench.dir, "boot")
    with open(path, "w", encoding="ascii") as file:
        file.write("".join(f"old boot {n}\r\n" for n in range(60)))
    term = desk.open(web1, f"log=file:{path}", cols=160)
    # One of a socket, of which the last 64 KiB are kept; some lines take three rows.
    lines = [f"line {n} \u00e4" + " and so on" * (n % 20) for n in range(3000)]
    web1.say("".join(line + "\r\n" for line in lines).encode() + b"end")
    term.wait("end")
    assert save_all(bench, term, "before")[:3001] == [*lines, "end"]
    term.act("E")
    term.wait_status(told)
    once = save_all(bench, term, "cp437")
    seam = next(n for n, line in enumerate(once) if line != lines[n])
    assert once[seam:3001] == [line.encode().decode("cp437") for line in lines[seam:]] + ["end"], seam
    assert 1000 < seam < 2990, seam
    term.act("E")
    term.wait_status("latin-1")
    term.act("E")
    term.wait_status("utf-8")
    assert save_all(bench, term, "again")[:3001] == [*lines, "end"]
    # And a file that was cut: nothing of the old one is there to be read.
    term.act("n")
    term.wait("old boot 59")
    with open(path, "w", encoding="ascii") as file:
        file.write("new boot 1\r\n")
    term.wait("new boot 1")
    wanted = [*(f"old boot {n}" for n in range(60)), "new boot 1"]
    for times in range(3):
        term.act("E")
        term.wait_status(told)
        assert save_all(bench, term, f"file{times}")[:61] == wanted
    with open(path, "w", encoding="ascii"):
        pass
    term.act("E")
    term.wait_status("cp437; lines whose bytes are no longer kept stay")
    assert save_all(bench, term, "empty")[:61] == wanted


@test
def screen_has_its_columns_again_after_other_characters_and_a_reset(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"\033[?40h\033[?3hwide")
    term = desk.open(web1, cols=180)
    term.wait("wide")
    term.wait("132x24")
    term.act("E")
    term.wait_status("its encoding is cp437")
    term.wait("132x24")
    term.act("R")
    term.wait_status("its terminal is reset")
    term.wait("80x24")


@test
def screen_counts_columns_of_what_is_told_and_typed(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"ready")
    term = desk.open(web1, cols=100)
    term.wait("ready")

    def typed(text, wanted):
        """What is shown of it behind the colon, and the columns that are there for it."""
        term.type(text)
        term.wait(lambda t: t.status().endswith(wanted) and t.screen.cursor.y == 23)
        assert "?" not in term.status(), term.status()
        label, _, text = term.status().partition(": ")
        return text, 100 - len(label + ": ") - 1

    # All of it has room, however many bytes it has.
    term.act("/")
    assert typed("\u00e9" * 70 + "end", "end")[0] == "\u00e9" * 70 + "end"
    # Of what has none the end is shown, of whole characters.
    term.type("\x15")
    for end in ("x", "xy", "xyz"):
        text, room = typed("\u6f22" * 60 + end, end)
        assert text == "\u6f22" * ((room - len(end)) // 2) + end, (text, room)
        term.type("\x15")
    # A mark that belongs to a character that has no room is not put on another one.
    text, room = typed("\u0635\u0301" * 120 + "end", "end")
    assert text == "\u0635\u0301" * (room - 3) + "end", text
    term.type("\x1b")
    # What is told leaves the help its place if there is one.
    term.act("f")
    path = "\u00e9" * 30
    typed(path, path)
    term.type("\r")
    term.wait(f"cannot read {path}: No such file or directory")
    assert term.status().endswith("Ctrl-] ? help"), term.status()


@test
def screen_passes_keys_in_the_terminals_language(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"ready")
    term = desk.open(web1)
    term.wait("ready")
    term.type("\x1bOA\x1bOP\x03\x1d\x1d\u00e4")
    web1.wait_received(b"\033[A\033OP\x03\x1d\xc3\xa4")
    web1.say(b"\033[?1h!")
    term.wait("ready!")
    term.type("\x1bOB")
    web1.wait_received(b"\033OB")


# What it shows.

@test
def screen_shows_colours_wide_and_combining_characters(bench):
    desk = Desk(bench)
    text = ("\033[31mred\033[0m \033[38;5;208morange\033[0m \033[38;2;0;0;255mblue\033[0m "
            "\u4e2d\u6587 e\u0301 \033[1mbold\033[0m")
    term = desk.open(desk.guest("web1", text.encode()))
    term.wait("bold")
    row = term.row_of("orange")
    line = term.screen.display[row]
    assert "\u4e2d\u6587" in line, line
    col = 29
    assert term.cell(row, col).fg in ("red", "cd0000"), term.cell(row, col)
    assert all(term.cell(row, at).bg == "default" and not term.cell(row, at).reverse
               for at in range(col, 80)), line
    assert term.cell(row, col + 3).fg == "default"
    assert term.cell(row, col + 4).fg == "ff8700", term.cell(row, col + 4)
    assert term.cell(row, col + 11).fg in ("0000ff", "blue"), term.cell(row, col + 11)


@test
def screen_shows_all_pairs_of_few_colours_at_once(bench):
    desk = Desk(bench)
    names = ["black", "red", "green", "brown", "blue", "magenta", "cyan", "white"]
    text = "".join("".join(f"\033[{30 + f};{40 + b}mx" for b in range(8)) + "\033[m\r\n" for f in range(8))
    text += "".join(f"\033[{30 + n}mf\033[m\033[{40 + n}mb\033[m" for n in range(8)) + "\r\nend"
    web1 = desk.guest("web1", text.encode())
    for kind in ("xterm", "linux", "screen"):
        bench.env["TERM"] = kind
        term = desk.open(web1)
        term.wait("end")
        top = term.row_of("xxxxxxxx")
        wanted = {(top + f, 29 + b): (names[f], names[b]) for f in range(8) for b in range(8)}
        for n in range(8):
            wanted[top + 8, 29 + 2 * n] = (names[n], "default")
            wanted[top + 8, 30 + 2 * n] = ("default", names[n])
        for place, colors in wanted.items():
            cell = term.cell(*place)
            assert (cell.fg, cell.bg) == colors, (kind, place, colors, cell)
        term.act("q")
        term.wait_end()


@test
def screen_without_colours_when_asked(bench):
    desk = Desk(bench)
    bench.env["NO_COLOR"] = "1"
    term = desk.open(desk.guest("web1", b"\033[31mred\033[0m plain"))
    term.wait("red plain")
    assert all(cell.fg == "default" and cell.bg == "default"
               for row in range(24) for cell in term.screen.buffer[row].values())


@test(ask=12)
def screen_shows_when_lines_were_printed(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"first\r\n")
    term = desk.open(web1)
    term.wait("first")
    web1.say(b"second\r\n")
    term.wait("second")
    term.act("T")
    term.wait(lambda t: looks(t.text(), r"\d\d:\d\d:\d\d\.\d\d\d first"))
    term.wait(lambda t: looks(t.text(), r"\d\d:\d\d:\d\d\.\d\d\d second"))
    # Since the line before, of which the first has none.
    term.act("T")
    term.wait(lambda t: looks(t.text(), r" \+\d+\.\d{6} second"))
    term.wait(lambda t: not looks(t.text(), r"\d\d:\d\d:\d\d|\+\S+ first"))
    term.act("T")
    term.wait(lambda t: not looks(t.text(), r"\d\d:\d\d:\d\d|\+\S+ second"))


@test(ask=12)
def screen_shows_bytes_in_hexadecimal(bench):
    desk = Desk(bench)
    web1 = desk.guest("web1", b"\x00\x01\x7fhello\xff")
    term = desk.open(web1, cols=120)
    term.wait("hello")
    term.act("X")
    term.wait("0000000000  00 01 7f 68 65 6c 6c 6f  ff")
    term.wait("...hello.")
    # With the time of the first byte of each line.
    term.act("T")
    term.wait(lambda t: looks(t.text(), r"\d\d:\d\d:\d\d\.\d\d\d 0000000000  00 01 7f"))
    web1.say(b"A" * 16)
    term.wait("0000000010  41 41 41")


@test
def pictures_of_the_documentation_are_todays(bench):
    here = os.path.dirname(os.path.abspath(__file__))
    result = subprocess.run([sys.executable, os.path.join(here, "pictures"), "--check",
                             bench.program, os.path.join(here, "../../docs/pictures")],
                            env=Desk(bench).bench.env, stderr=subprocess.PIPE, check=False)
    assert not result.returncode, result.stderr.decode()
