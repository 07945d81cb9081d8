# SPDX-License-Identifier: GPL-2.0-only
"""The desk of an operator: guests with sockets, and the full screen on a terminal."""

import os

from screen_terminal import SocketGuest, Terminal


class Desk:
    """What a test of the screen has besides a bench."""

    def __init__(self, bench):
        self.bench = bench
        bench.env = {**bench.env, "TERM": "screen-256color", "LC_ALL": "C.UTF-8",
                     "XDG_STATE_HOME": os.path.join(bench.dir, "state"),
                     "XDG_CONFIG_HOME": os.path.join(bench.dir, "config"), "TZ": "UTC"}

    def guest(self, name, greeting=b"", **more):
        return SocketGuest(os.path.join(self.bench.dir, name + ".sock"), greeting, **more)

    def settings(self, text):
        """Writes them, for --config. Returns where."""
        path = os.path.join(self.bench.dir, "settings")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def open(self, *guests, rows=24, cols=80, args=()):
        words = [guest if isinstance(guest, str) else f"unix:{guest.path}" for guest in guests]
        terminal = Terminal(self.bench.program, ["screen", "--no-ports", *args, *words],
                            self.bench.env, rows, cols)
        self.bench.terminals.append(terminal)
        return terminal

    def open_ports(self, *args, rows=24, cols=80):
        terminal = Terminal(self.bench.program, list(args), self.bench.env, rows, cols)
        self.bench.terminals.append(terminal)
        return terminal


def open_as_nobody(bench, *args):
    """The screen of a user who may not look into every directory: after need_other_user()."""
    os.chmod(bench.dir, 0o711)
    for folder in ("state", "config"):
        os.mkdir(os.path.join(bench.dir, folder), 0o755)
    term = Terminal("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", bench.program, *args], bench.env)
    bench.terminals.append(term)
    return term
