# SPDX-License-Identifier: GPL-2.0-only
"""kpl011's screen, tmux and GNU screen, each with the same guests on a terminal of 120x30."""

import os
import re
import select
import shutil
import socket
import subprocess
import tempfile
import time

import pexpect
import pyte

HERE = os.path.dirname(os.path.abspath(__file__))
GUEST = os.path.join(HERE, "guest")
PYTHON = "/usr/bin/python3"

ROWS, COLS = 30, 120
SCROLLBACK = 10000
LIMIT_SECONDS = 60
QUIET_SECONDS = 0.1


class Failed(Exception):
    """What was to be measured did not come to its end."""


def said_by(*args):
    """The first line of what a command says."""
    said = subprocess.run(args, check=False, stdout=subprocess.PIPE, text=True).stdout
    return said.strip().split("\n")[0]


class Guest:
    """What prints: the other end of a process `guest`."""

    def __init__(self, name, connection):
        self.name = name
        self.connection = connection
        self.said = connection.makefile("r", encoding="utf-8")

    def hear(self):
        return self.said.readline().strip()

    def order(self, *words):
        self.connection.sendall((" ".join(words) + "\n").encode())

    def count(self):
        """How much of a flood was taken so far."""
        self.order("count")
        return int(self.hear())


class Peer:
    """A program in front of some guests, the first of which is shown."""

    title = ""
    redraw = b""

    def __init__(self, names):
        self.names = names
        self.directory = tempfile.mkdtemp(prefix="kpl011-bench-")
        self.env = {**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8",
                    "XDG_CONFIG_HOME": self.directory, "XDG_STATE_HOME": self.directory}
        for name in ("TMUX", "STY", "KPL011_HOSTS"):
            self.env.pop(name, None)
        self.control = socket.socket(socket.AF_UNIX)
        self.control.bind(self.path("control"))
        self.control.listen(len(names))
        self.control.settimeout(LIMIT_SECONDS)
        self.processes = []
        self.child = None
        self.guests = {}

    def __enter__(self):
        try:
            self.start()
            self.quiet()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def start(self):
        raise NotImplementedError

    @classmethod
    def version(cls):
        raise NotImplementedError

    def pids(self):
        """All processes of the program, those of the guests not among them."""
        return [self.child.pid]

    def path(self, name):
        return os.path.join(self.directory, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def spawn(self, *args):
        self.child = pexpect.spawn(args[0], list(args[1:]), env=self.env, timeout=LIMIT_SECONDS,
                                   dimensions=(ROWS, COLS))
        self.child.delaybeforesend = None

    def guest_command(self, name):
        return f"exec {PYTHON} {GUEST} {self.path('control')} {name}"

    def accept(self):
        """The next guest that has come."""
        connection = self.control.accept()[0]
        connection.settimeout(LIMIT_SECONDS)
        guest = Guest("", connection)
        guest.name = guest.hear().split()[0]
        self.guests[guest.name] = guest
        return guest

    def read(self, seconds):
        """What the program has drawn by then, or nothing."""
        fd = self.child.child_fd
        if not select.select([fd], [], [], seconds)[0]:
            return b""
        try:
            return os.read(fd, 1 << 16)
        except OSError:
            raise Failed(f"{self.title} has ended") from None

    def quiet(self):
        """Until it draws no more."""
        drawn = []
        while piece := self.read(QUIET_SECONDS):
            drawn.append(piece)
        return b"".join(drawn)

    def type(self, keys):
        os.write(self.child.child_fd, keys)

    def wait(self, mark):
        """Until the mark is drawn; returns when."""
        end = time.monotonic() + LIMIT_SECONDS
        before = b""
        while time.monotonic() < end:
            piece = self.read(1)
            if mark in before + piece:
                return time.monotonic()
            before = piece[1 - len(mark):] if len(mark) > 1 else b""
        raise Failed(f"{self.title} never showed the end")

    def read_for(self, seconds):
        """For so long, whatever there is."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.read(left)

    def check(self, lines):
        """All of them are on the screen, one below the other, when that is drawn anew."""
        self.quiet()
        self.type(self.redraw)
        screen = pyte.Screen(COLS, ROWS)
        stream = pyte.ByteStream(screen)
        end = time.monotonic() + LIMIT_SECONDS
        while time.monotonic() < end:
            stream.feed(self.read(1))
            shown = [line.rstrip() for line in screen.display]
            if any(shown[at:at + len(lines)] == lines for at in range(len(shown))):
                return
        raise Failed(f"{self.title} does not show the last lines:\n" + "\n".join(shown))

    def cpu(self):
        """Seconds of processor so far, of all its threads."""
        total = 0
        for pid in self.pids():
            for task in os.listdir(f"/proc/{pid}/task"):
                with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
                    total += int(file.read().split()[0])
        return total / 1e9

    def memory(self):
        """MiB that it alone has: what several processes share is counted once."""
        total = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                total += int(re.search(r"^Pss: *(\d+)", file.read(), re.M)[1])
        return total / 1024

    def close(self):
        for guest in self.guests.values():
            guest.said.close()
            guest.connection.close()
        if self.child:
            self.child.close(force=True)
        for process in self.processes:
            process.kill()
            process.wait()
        self.control.close()
        shutil.rmtree(self.directory, ignore_errors=True)


class Kpl011(Peer):
    """Guests have a socket, as VMMs give them one."""

    title = "kpl011"
    redraw = b"\x1dr"
    program = "build/kpl011"

    @classmethod
    def version(cls):
        return said_by(cls.program, "--version")

    def start(self):
        for name in self.names:
            self.processes.append(subprocess.Popen(
                [PYTHON, GUEST, self.path("control"), name, self.path(name)],
                stdin=subprocess.DEVNULL))
            self.accept()
        self.spawn(self.program, "screen", "--no-ports", "--no-attach", "--fresh",
                   *(f"{name}=unix:{self.path(name)}" for name in self.names))
        for guest in self.guests.values():
            guest.hear()
        self.quiet()
        # The others have no list either.
        self.type(b"\x1dL")


class Tmux(Peer):
    """Guests are what runs in its windows."""

    title = "tmux"
    redraw = b"\x02r"

    @classmethod
    def version(cls):
        return said_by("tmux", "-V")

    def tmux(self, *args):
        return subprocess.run(["tmux", "-S", self.path("tmux"), *args], env=self.env, check=True,
                              stdout=subprocess.PIPE, text=True).stdout

    def start(self):
        config = self.write("tmux.conf", f"set -g history-limit {SCROLLBACK}\n"
                                         "set -g default-terminal tmux-256color\n")
        self.spawn("tmux", "-S", self.path("tmux"), "-f", config, "new-session",
                   self.guest_command(self.names[0]))
        self.accept().hear()
        for name in self.names[1:]:
            self.tmux("new-window", "-d", self.guest_command(name))
            self.accept().hear()
        self.server = int(self.tmux("display-message", "-p", "#{pid}"))

    def pids(self):
        return [self.child.pid, self.server]

    def close(self):
        if self.child:
            subprocess.run(["tmux", "-S", self.path("tmux"), "kill-server"], env=self.env,
                           check=False, stderr=subprocess.DEVNULL)
        super().close()


class GnuScreen(Peer):
    """Likewise."""

    title = "GNU screen"
    redraw = b"\x01\x0c"

    @classmethod
    def version(cls):
        return said_by("screen", "-v").replace("Screen version", "GNU screen")

    def screen_command(self, *args):
        return subprocess.run(["screen", "-S", "bench", *args], env=self.env, check=False,
                              stdout=subprocess.PIPE, text=True).stdout

    def start(self):
        self.env["SCREENDIR"] = self.path("sockets")
        os.mkdir(self.env["SCREENDIR"], 0o700)
        config = self.write("screenrc", f"startup_message off\ndefscrollback {SCROLLBACK}\n"
                                        "defflow off\n")
        self.spawn("screen", "-U", "-c", config, "-S", "bench", "sh", "-c",
                   self.guest_command(self.names[0]))
        self.accept().hear()
        for name in self.names[1:]:
            self.screen_command("-X", "screen", "sh", "-c", self.guest_command(name))
            self.accept().hear()
        if self.names[1:]:
            self.screen_command("-X", "select", "0")
        self.server = int(re.search(r"(\d+)\.bench", self.screen_command("-ls"))[1])

    def pids(self):
        return [self.child.pid, self.server]

    def close(self):
        if self.child:
            self.screen_command("-X", "quit")
        super().close()
