# SPDX-License-Identifier: GPL-2.0-only
"""vttest, which walks through what a VT100 and its successors show, in front of the screen."""

import fcntl
import glob
import os
import pty
import re
import select
import struct
import termios
import threading

from desk import Desk
from played import end_listener, listen
from screen_terminal import BLINK

HERE = os.path.dirname(os.path.abspath(__file__))
RULE = "=" * 20


# How these look is not compared, and why.
UNCOMPARED = {
    "keyboard.screens": "in a picture of a keyboard each key is reversed until it is typed: which is, the text says",
}


class ProgramGuest:
    """A program on a terminal of 80x24 that it was told of, behind a socket."""

    def __init__(self, path, words):
        self.path = path
        self.pid, self.master = pty.fork()
        if not self.pid:
            try:
                os.execvpe(words[0], words, {**os.environ, "TERM": "vt220", "LC_ALL": "C"})
            finally:
                os._exit(127)
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.said = b""                     # the last of it
        self.count = self.taken = 0
        self.listener = listen(path, self)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        client, _ = self.listener.accept()
        with client:
            while True:
                ready = select.select([client, self.master], [], [])[0]
                try:
                    if client in ready:
                        data = client.recv(65536)
                        os.write(self.master, data)
                        self.taken += len(data)
                        if not data:
                            return
                    if self.master in ready:
                        data = os.read(self.master, 65536)
                        self.said = (self.said + data)[-100:]
                        self.count += len(data)
                        client.sendall(data)
                except OSError:
                    return

    def end(self):
        end_listener(self.listener)
        os.close(self.master)
        os.waitpid(self.pid, 0)


def screens_of(path):
    """
    What is typed, and the rows that it leads to. A line of "=", and in it the keys, which
    RETURN follows unless they end with \\c, or @ and the name of a choice of a menu; then
    these rows. Of a menu, which differs from one version to the next, there is MENU and its
    title, and of it or another screen WITH what stands in it. What is behind " -- " says why
    xterm has something else.

    Behind the rows is how they look where they are not plain: lines "~ ROWS COLUMNS LOOK", each
    for a rectangle, a later one over an earlier one. A LOOK has the colours, FOREGROUND/BACKGROUND,
    unless they are the terminal's own, and what else is set.
    """
    found = []
    with open(path, encoding="utf-8") as file:
        for line in file.read().split("\n")[:-1]:
            if line.startswith(RULE):
                found.append((line[len(RULE):].partition(" -- ")[0].strip(), [], []))
            elif found:
                found[-1][2 if line.startswith("~ ") else 1].append(line)
    return found


# Of a cell of pyte's, as vttest calls them; what blinks or is reversed is so in a blank as well.
COLOURS = {"brown": "yellow", "brightbrown": "brightyellow"}
SET = {"bold": "bold", "underscore": "underscore", "blink": BLINK, "reverse": "reverse",
       "italics": "italics"}


def look_of(cell):
    words = [word for word, field in SET.items() if getattr(cell, field)]
    colours = [COLOURS.get(colour, colour) for colour in (cell.fg, cell.bg)]
    if colours != ["default", "default"]:
        words.insert(0, "/".join(colours))
    return " ".join(words) or "plain"


def behind(look):
    """What is seen of a blank: the colour behind it, perhaps by reversing."""
    first = look.split()[0]
    front, back = first.split("/") if "/" in first else ("default", "default")
    if "reverse" not in look:
        return back
    return "the other" if front == "default" else front


def same_look(cell, wanted):
    if cell.data == " " and not cell.underscore and "underscore" not in wanted:
        return behind(look_of(cell)) == behind(wanted)
    return look_of(cell) == wanted


def span(text, most):
    first, _, last = text.partition("-")
    return range(most) if first == "*" else range(int(first) - 1, int(last or first))


def differs(term, columns, lines):
    """Where it looks other than it should; empty: nowhere."""
    wanted = [["plain"] * columns for _ in range(24)]
    for line in lines:
        _, rows, cols, look = line.split(maxsplit=3)
        for row in span(rows, 24):
            for column in span(cols, columns):
                wanted[row][column] = look
    for row in range(24):
        for column in range(columns):
            cell = term.screen.buffer[1 + row][29 + column]
            if not same_look(cell, wanted[row][column]):
                return f"row {row + 1}, column {column + 1} is {look_of(cell)}, not {wanted[row][column]}"
    return ""


def rows_of(term):
    """The guest's, without the blank ones at the end."""
    rows = [term.line(row)[29:] for row in range(1, term.screen.lines - 1)]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def shows(term, wanted):
    rows = rows_of(term)
    if not wanted or not wanted[0].startswith(("MENU ", "WITH ")):
        return rows == wanted
    texts = [line[len("MENU "):] for line in wanted]
    if wanted[0].startswith("MENU "):
        texts.append("Enter choice number")
    return all(any(text in row for row in rows) for text in texts)


def keys_of(term, keys):
    if keys.startswith("@"):
        choice = re.search(r"^ +([0-9]+)\. " + re.escape(keys[1:]) + "(  |$)",
                           "\n".join(rows_of(term)), re.MULTILINE)
        assert choice, f"no {keys[1:]!r} in\n" + "\n".join(rows_of(term))
        return choice.group(1) + "\r"
    typed = keys.removesuffix("\\c").encode().decode("unicode_escape")
    return typed if keys.endswith("\\c") else typed + "\r"


def press(term, guest, key, rows):
    """vttest throws away what is typed while it draws: a key of which nothing comes, though it has
    come to the guest, is pressed again."""
    for _ in range(6):
        taken, count = guest.taken, guest.count
        term.type(key)
        term.wait(lambda _, taken=taken: guest.taken > taken)
        try:
            term.wait(lambda _: shows(term, rows), 10)
        except AssertionError:
            if guest.count == count:
                continue
        return


def walk(bench, path):
    desk = Desk(bench)
    bench.env["TERM"] = "xterm-256color"
    guest = ProgramGuest(os.path.join(bench.dir, "vttest.sock"), ["vttest"])
    term = desk.open(guest, rows=26, cols=29 + 132)
    term.wait("Enter choice number (0 - 12):")
    compared = os.path.basename(path) not in UNCOMPARED
    for number, (keys, rows, looks) in enumerate(screens_of(path)):
        drawn, count = shows(term, rows), guest.count
        typed = keys_of(term, keys)
        try:
            if len(typed) == 1 and not drawn:
                press(term, guest, typed, rows)
            else:
                term.type(typed)
            # What is there already may be drawn again, and what is typed before that is lost.
            if drawn and rows[-1].endswith("Push <RETURN>"):
                term.wait(lambda _, count=count: guest.count > count and
                          guest.said.endswith(b"Push <RETURN>"))
            term.wait(lambda _, rows=rows: shows(term, rows))
        except AssertionError:
            raise AssertionError(f"screen {number} of {path}, after {keys!r} "
                                 f"({guest.count - count} bytes, {guest.taken} keys in all):\n" +
                                 "\n".join(rows_of(term)) + "\ninstead of\n" +
                                 "\n".join(rows)) from None
        columns = 132 if any(len(row) > 80 for row in rows) else 80
        try:
            term.wait(lambda _, columns=columns, looks=looks: not compared or not differs(term, columns, looks))
        except AssertionError:
            raise AssertionError(f"screen {number} of {path}, after {keys!r}: " +
                                 differs(term, columns, looks)) from None


def tests():
    """A walk through each of the menus."""
    for path in sorted(glob.glob(os.path.join(HERE, "vttest", "*.screens"))):
        name = os.path.basename(path).removesuffix(".screens")

        def test(bench, path=path):
            walk(bench, path)
        test.__name__ = f"screen_shows_{name}_of_vttest_as_xterm_does"
        yield test


TESTS = list(tests())
