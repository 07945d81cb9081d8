# SPDX-License-Identifier: GPL-2.0-only
"""Ports that a test plays: the other side of source_fake.c."""

import errno
import fcntl
import os
import socket
import struct
import sys
import termios
import threading
import time

BREAK = b"\0<BREAK>"
FRAME = 200000

# struct kpl011_uart_state, which a port has and an attach may bring.
STATE = struct.Struct("=III10H4H4H32H32H")

SECOND = 1000000000


def boot_ns():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def wait_for(what, state, seconds=60):
    """Waits until state() is true, and returns what it said.

    SECONDS are what a busy machine may take, many times what it takes otherwise. WHAT is a text,
    or gives one that is true at the end.

    It looks for no more than a third of the time: threads that play ports need the interpreter.
    """
    end = time.monotonic() + seconds
    while True:
        begun = time.monotonic()
        value = state()
        if value:
            return value
        now = time.monotonic()
        if now > end:
            raise AssertionError(f"never happened: {what() if callable(what) else what}")
        time.sleep(max(0.005, 2 * (now - begun)))


def version_of(path):
    """What another file in the place of this one differs in; None while there is none.

    Its inode alone would not do: the next file but one may have the same.
    """
    try:
        stat = os.stat(path)
    except FileNotFoundError:
        return None
    return stat.st_ino, stat.st_mtime_ns


def read_until(stream, end, times=1):
    """What comes up to END, so many times, and no more than has come: in as many pieces as it does.

    STREAM is a descriptor, or has one.
    """
    fd = stream if isinstance(stream, int) else stream.fileno()
    text = b""
    while text.count(end) < times:
        piece = os.read(fd, 65536)
        assert piece, f"no {end!r} in {text[-300:]!r}"
        text += piece
    return text


def pipe_bytes(pipe):
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def unsent(connection):
    """How many bytes the other end of a socket has not taken yet."""
    return int.from_bytes(fcntl.ioctl(connection, termios.TIOCOUTQ, bytes(4)), sys.byteorder)


def switches(pid):
    """How often a process has gone to sleep."""
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        return int(next(line for line in file if line.startswith("voluntary_")).split()[1])


def is_at_rest(pid):
    """For a second it does not wake up."""
    before = switches(pid)
    time.sleep(1)
    return switches(pid) == before


def has_waited(child, times=5):
    """A program has gone to sleep, and looked again, so often."""
    before = switches(child.pid)
    wait_for("its wait", lambda: switches(child.pid) >= before + times)
    assert child.poll() is None, child.returncode


# What is played in the test under way.
PLAYED = []


def listen(path, played):
    """A socket at path, which answers from its first moment on, as a device does; played.end() is
    called when the test is over."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path + ".new")
    listener.listen(64)
    os.rename(path + ".new", path)
    PLAYED.append(played)
    return listener


def end_listener(listener):
    """Also for the thread that waits at it."""
    shut_down(listener)
    listener.close()


def shut_down(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass


def accepted(listener):
    """Who has come; None: the listener has ended. That there is no descriptor left is an error."""
    try:
        return listener.accept()[0]
    except OSError as error:
        if error.errno in (errno.EMFILE, errno.ENFILE):
            raise
        return None


def end_all():
    """Or the descriptors of all tests would add up."""
    while PLAYED:
        PLAYED.pop().end()


class Port:
    """One guest's port. It lives until die()."""

    def __init__(self, directory, number, name, history=b"", fails=0, **facts):
        self.number = number
        self.facts = {"name": name, "live": 1, "pid": 0, "uid": 0, "gpa": 0x9000000,
                      "intid": 33, "ring_size": 65536, "attach_ns": 1, "death_ns": 0,
                      "rx_bytes": 0, **facts}
        self.oldest = facts.pop("tx_oldest", 0)
        self.data = bytearray(history)      # from position oldest on
        self.skip = 0                       # told before the next byte
        self.errno = 0
        self.fails = fails                  # so often its facts cannot be had
        self.unreadable = False             # its output cannot be read: EIO
        self.goes = 0                       # when it was looked at so often; 0: it does not
        self.reap_errno = 0
        self.flow = []                      # asked for, and ended
        self.flow_errno = 0
        self.reaped = False
        self.asked_errno = 0
        self.asked = []                     # of detach, reset, restore
        self.marks = []                     # (position, nanoseconds), in order
        self.state = b""
        self.takes = threading.Event()      # input is read
        self.takes.set()
        self.received = bytearray()
        self.holder = None                  # of the input: (pid, name)
        self.losers = set()                 # who lost it and was not told yet
        self.read = None                    # of what was received; None: all, and no counts
        self.dr_reads = 0                   # of the data register
        self.connected = []
        self.told = {}                      # up to where each reader was sent its output
        self.taking = threading.Lock()
        self.clients = 0
        self.changed = threading.Condition()
        self.path = os.path.join(directory, str(number))
        self.listener = listen(self.path, self)
        threading.Thread(target=self._accept, daemon=True).start()

    def end(self):
        self.die()
        end_listener(self.listener)
        if self in PLAYED:
            PLAYED.remove(self)

    def say(self, text, skip=0):
        """The guest sends something, after losing some of it."""
        with self.changed:
            self.skip += skip
            self.data += text
            self.changed.notify_all()

    def forget(self, count):
        """The first bytes that are kept are overwritten."""
        with self.changed:
            self.oldest += count
            del self.data[:count]

    def die(self):
        with self.changed:
            self.facts["live"] = 0
            self.facts["death_ns"] = 2000000001
            self.changed.notify_all()

    def detach(self):
        self.facts["detached"] = 1
        self.die()

    def wait_received(self, text, seconds=60):
        wait_for(lambda: f"{text!r} in {bytes(self.received[-200:])!r}",
                 lambda: text in self.received, seconds)

    def wait_read(self):
        """Who reads the output has taken all of it: it looks at nothing else in between."""
        wait_for("a reader that has read all", lambda: self.told and all(
            at == self.oldest + len(self.data) and not unsent(client)
            for client, at in list(self.told.items())))

    def _accept(self):
        while client := accepted(self.listener):
            self.connected.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _facts(self):
        facts = {**self.facts, "tx_oldest": self.oldest,
                 "tx_newest": self.oldest + len(self.data)}
        if self.read is not None:
            self._settle()
            facts |= {"rx_bytes": len(self.received), "reads": self.dr_reads,
                      "rx_queued": max(len(self.received) - self.read, 0),
                      "reads_of.0": self.dr_reads}
        # Names may be any bytes.
        return "".join(f"{key} {value}\n" for key, value in facts.items()).encode(
            errors="surrogateescape")

    def _serve(self, client):
        """Nobody closes it while another thread may be using its number: it is shut down, and goes
        when the last one has let go of it."""
        try:
            self._answer(client)
        except OSError:
            pass
        finally:
            shut_down(client)
            self.connected.remove(client)

    def _answer(self, client):
        request = b""
        while not request.endswith(b"\n"):
            byte = client.recv(1)
            if not byte:
                return
            request += byte
        words = request.decode().split()
        if words[0] == "facts":
            if self.fails:
                self.fails -= 1
                client.sendall(b"errno %d" % errno.EMFILE)
                return
            client.sendall(b"errno %d" % self.errno if self.errno else self._facts())
            if self.goes == 1:
                self.errno = errno.ENODEV
            self.goes = max(self.goes - 1, 0)
        elif words[0] in ("detach", "reset", "restore"):
            if not self.asked_errno and self.facts["live"]:
                self.asked.append(words[0])
                if words[0] == "restore":
                    self.state = bytes.fromhex(words[1])
                if words[0] == "detach":
                    self.detach()
            client.sendall(b"errno %d" % self.asked_errno)
        elif words[0] == "state":
            client.sendall(b"state " + self.state.hex().encode())
        elif words[0] == "input":
            client.sendall(self._input(words[1], int(words[2])))
        elif words[0] == "marks":
            at = max([pos for pos, _ in self.marks if pos <= int(words[1])], default=0)
            marks = [mark for mark in self.marks if mark[0] >= at][:int(words[2])]
            client.sendall(b"".join(b"%d %d\n" % mark for mark in marks))
        elif words[0] == "flow":
            self.flow.append(int(words[1]))
            client.sendall(b"errno %d" % self.flow_errno)
        elif words[0] == "reap":
            self.reaped = not self.reap_errno
            client.sendall(b"errno %d" % self.reap_errno)
        elif words[0] != "read" or not self.unreadable:
            gone = threading.Event()
            self.clients += 1
            try:
                threading.Thread(target=self._take, args=(client, gone), daemon=True).start()
                self._stream(client, int(words[1]) if words[0] == "read" else None, gone)
            finally:
                self.told.pop(client, None)
                self.clients -= 1

    def _input(self, act, pid):
        """Who holds the input: a process and its name."""
        me = self.holder and self.holder[0] == pid
        busy = act == "take" and self.holder and not me
        if act == "seize" and self.holder and not me:
            self.losers.add(self.holder[0])
        if act == "seize" or (act == "take" and not busy):
            self.holder = (pid, "me")
        elif act == "give" and me:
            self.holder = None
        lost = pid in self.losers and "+lost" or ""
        self.losers.discard(pid)
        if not self.holder:
            return f"0 free{lost} 0 -".encode()
        status = "mine" if self.holder[0] == pid else "other"
        return f"{int(bool(busy))} {status}{lost} {self.holder[0]} {self.holder[1]}".encode()

    def seize(self, pid, who):
        """Another takes the input, from whoever has it."""
        if self.holder:
            self.losers.add(self.holder[0])
        self.holder = (pid, who)

    def _stream(self, client, at, gone):
        if at is not None:
            client.sendall(struct.pack("=Q", self.oldest + len(self.data) - max(at, self.oldest)))
        else:
            client.sendall(b"x")        # as a port with a history: always readable
        while not gone.is_set():
            with self.changed:
                self.changed.wait_for(lambda: not self.facts["live"] or
                                      (at is not None and at < self.oldest + len(self.data)), 0.1)
                skip = 0
                if at is not None and at < self.oldest and self.data:
                    skip, at = self.oldest - at, self.oldest
                piece = b"" if at is None else bytes(self.data[at - self.oldest:
                                                               at - self.oldest + FRAME])
                if piece:
                    at += len(piece)
                    skip, self.skip = skip + self.skip, 0
                dead = not self.facts["live"] and not piece
            if piece:
                client.sendall(struct.pack("=II", skip, len(piece)) + piece)
                self.told[client] = at
            elif dead:
                return

    def _settle(self):
        """What was written before is received: a port counts what it takes at once."""
        for client in list(self.connected):
            try:
                while self.takes.is_set() and any(fcntl.ioctl(client, termios.FIONREAD, bytes(4))):
                    time.sleep(0.001)
            except (OSError, ValueError):
                pass
        with self.taking:
            pass

    def _take(self, client, gone):
        while True:
            self.takes.wait()
            try:
                client.recv(1, socket.MSG_PEEK)
                with self.taking:
                    piece = client.recv(65536)
                    self.received += piece
            except OSError:
                piece = b""
            if not piece:
                gone.set()
                return


def still_port(bench, number, text, **facts):
    """One of a guest that has said something: there can be thousands of them."""
    facts = {"name": f"guest{number}", "live": 1, "pid": 0, "uid": os.geteuid(),
             "gpa": 0x9000000, "intid": 33, "ring_size": 65536, "attach_ns": number + 1,
             "death_ns": 0, "tx_oldest": 0, **facts}
    path = os.path.join(bench.dir, f".{number}")
    with open(path, "wb") as file:
        file.write("".join(f"{key} {value}\n" for key, value in facts.items()).encode() +
                   b"\n" + text)
    # A daemon that looks already finds it whole.
    os.rename(path, os.path.join(bench.dir, str(number)))


class Control:
    """The control device: answers attach requests and remembers them."""

    def __init__(self, directory, answer):
        self.answer = answer
        self.requests = []
        self.listener = listen(os.path.join(directory, "control"), self)
        threading.Thread(target=self._accept, daemon=True).start()

    def end(self):
        end_listener(self.listener)

    def _accept(self):
        while client := accepted(self.listener):
            request = client.recv(4096).decode().rstrip("\n")
            self.requests.append(request)
            client.sendall(self.answer(request).encode())
            client.close()
