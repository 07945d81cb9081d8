# SPDX-License-Identifier: GPL-2.0-only
"""vttest, which walks through what a VT100 and its successors show, in front of the screen."""

import fcntl
import os
import pty
import select
import struct
import termios
import threading

import asks
from played import end_listener, listen
from screen_cases import Desk

TESTS = []
test = asks.decorator(TESTS)

HERE = os.path.dirname(os.path.abspath(__file__))
RULE = "=" * 20


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
                        if not data:
                            return
                    if self.master in ready:
                        client.sendall(os.read(self.master, 65536))
                except OSError:
                    return

    def end(self):
        end_listener(self.listener)
        os.close(self.master)
        os.waitpid(self.pid, 0)


def screens_of(name):
    """
    What is typed, and the rows that it leads to: "==== KEYS", then these; or MENU and its
    title, for what is in a menu differs from one version to the next.
    """
    found = []
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        for line in file.read().split("\n")[:-1]:
            if line.startswith(RULE):
                found.append((line[len(RULE):].strip(), []))
            elif found:
                found[-1][1].append(line)
    return found


def rows_of(term):
    """The guest's, without the blank ones at the end."""
    rows = [term.line(row)[29:] for row in range(1, term.screen.lines - 1)]
    while rows and not rows[-1]:
        rows.pop()
    return rows


def shows(term, wanted):
    rows = rows_of(term)
    if not wanted[0].startswith("MENU "):
        return rows == wanted
    return any(wanted[0][len("MENU "):] in row for row in rows) and \
        any("Enter choice number" in row for row in rows)


@test
def screen_shows_vttest_as_xterm_does(bench):
    desk = Desk(bench)
    bench.env["TERM"] = "xterm-256color"
    guest = ProgramGuest(os.path.join(bench.dir, "vttest.sock"), ["vttest"])
    term = desk.open(guest, rows=26, cols=29 + 132)
    term.wait("Enter choice number (0 - 12):")
    for keys, rows in screens_of("vttest.screens"):
        term.type(keys + "\r")
        try:
            term.wait(lambda _, rows=rows: shows(term, rows))
        except AssertionError:
            raise AssertionError(f"after {keys!r}:\n" + "\n".join(rows_of(term)) +
                                 "\ninstead of\n" + "\n".join(rows)) from None
