# SPDX-License-Identifier: GPL-2.0-only
"""A terminal with the full-screen console in it, and guests that have a socket."""

import os
import re
import socket
import threading
import time

import pexpect
import pyte

from played import end_listener, listen

PREFIX = "\x1d"


# pyte 0.8.0 knows no blinking: it is what is struck through.
BLINK = "blink" if "blink" in pyte.screens.Char._fields else "strikethrough"


def end_spawned(child):
    """Ends a child of pexpect's, which gives it a tenth of a second after each signal up to SIGKILL:
    on a busy machine that is not enough for it to go.
    """
    try:
        child.close(force=True)
    except pexpect.ExceptionPexpect:
        child.wait()


class Screen(pyte.Screen):
    """
    pyte's, which does not know that a region can be scrolled from anywhere, that something
    blinks, nor that what comes in for characters that are deleted has a background.
    """

    def select_graphic_rendition(self, *attrs, **kwargs):
        codes = {} if BLINK == "blink" or 38 in attrs or 48 in attrs else {5: 9, 25: 29}
        super().select_graphic_rendition(*(codes.get(code, code) for code in attrs), **kwargs)

    def delete_characters(self, count=None):
        super().delete_characters(count)
        for column in range(max(self.cursor.x, self.columns - (count or 1)), self.columns):
            self.buffer[self.cursor.y][column] = self.cursor.attrs

    def scroll_up(self, count=1):
        self._scroll(self.index, "bottom", count)

    def scroll_down(self, count=1):
        self._scroll(self.reverse_index, "top", count)

    def _scroll(self, one, edge, count):
        row = self.cursor.y
        margins = self.margins or pyte.screens.Margins(0, self.lines - 1)
        self.cursor.y = getattr(margins, edge)
        for _ in range(count or 1):
            one()
        self.cursor.y = row


class Stream(pyte.ByteStream):
    csi = {**pyte.ByteStream.csi, "S": "scroll_up", "T": "scroll_down"}
    events = pyte.ByteStream.events | {"scroll_up", "scroll_down"}


class Terminal:
    """The program on a terminal of its own, whose screen can be read."""

    def __init__(self, program, args, env, rows=24, cols=80):
        self.screen = Screen(cols, rows)
        self.stream = Stream(self.screen)
        self.raw = bytearray()
        self.child = pexpect.spawn(program, args, env=env, timeout=60, dimensions=(rows, cols))
        self.child.delaybeforesend = None

    def pump(self, timeout=0.05):
        """Takes what the program has drawn; False at its end."""
        try:
            data = self.child.read_nonblocking(1 << 20, timeout)
        except pexpect.TIMEOUT:
            return True
        except (pexpect.EOF, OSError):
            return False
        self.raw += data
        # pyte takes no answer strings and no titles apart; neither is drawn.
        self.stream.feed(data)
        return True

    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def wait(self, what, seconds=60):
        """Until a text is on the screen, or a function of this is true."""
        end = time.monotonic() + seconds
        alive = True
        while True:
            if what(self) if callable(what) else what in self.text():
                return
            if not alive or time.monotonic() > end:
                raise AssertionError(f"never on the screen: {what!r}\n{self.text()}")
            alive = self.pump()

    def gone(self, text, seconds=60):
        """Until a text is on the screen no more."""
        self.wait(lambda _: text not in self.text(), seconds)

    def line(self, row):
        return self.screen.display[row].rstrip()

    def row_of(self, text):
        for row, line in enumerate(self.screen.display):
            if text in line:
                return row
        raise AssertionError(f"{text!r} is not on the screen\n{self.text()}")

    def cell(self, row, col):
        return self.screen.buffer[row][col]

    def status(self):
        return self.line(self.screen.lines - 1)

    def wait_status(self, text):
        self.wait(lambda _: text in self.status())

    def type(self, text):
        self.child.send(text)

    def act(self, keys):
        """The prefix key, and one behind it."""
        self.child.send(PREFIX + keys)

    def resize(self, rows, cols):
        self.screen.resize(rows, cols)
        self.child.setwinsize(rows, cols)

    def wait_end(self):
        end = time.monotonic() + 20
        while self.pump() and time.monotonic() < end:
            pass
        self.child.wait()
        return self.child.exitstatus

    def close(self):
        end_spawned(self.child)


class SocketGuest:
    """A guest whose VMM listens on a socket, one connection at a time."""

    def __init__(self, path, greeting=b"", echo=False):
        self.path = path
        self.greeting = greeting
        self.echo = echo
        self.received = bytearray()
        self.client = None
        self.connections = 0
        self.takes = threading.Event()
        self.takes.set()
        self.ready = threading.Event()
        self.listener = listen(path, self)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.client = client
            self.connections += 1
            try:
                client.sendall(self.greeting)
                self.ready.set()
                self._take(client)
            except OSError:
                pass
            client.close()

    def _take(self, client):
        while True:
            self.takes.wait()
            data = client.recv(65536)
            if not data:
                return
            self.received += data
            if self.echo:
                client.sendall(data.replace(b"\r", b"\r\n"))

    def say(self, text):
        assert self.ready.wait(20), "nobody connected"
        self.client.sendall(text)

    def wait_received(self, text, seconds=60):
        end = time.monotonic() + seconds
        while text not in self.received:
            assert time.monotonic() < end, f"no {text!r} in {bytes(self.received[-300:])!r}"
            time.sleep(0.005)

    def end(self):
        end_listener(self.listener)

    def die(self):
        end_listener(self.listener)
        os.unlink(self.path)
        if self.client:
            self.client.shutdown(socket.SHUT_RDWR)


def looks(text, pattern):
    return re.search(pattern, text, re.M)
