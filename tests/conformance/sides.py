# SPDX-License-Identifier: GPL-2.0-only
"""The two that are compared, with one face: kmod/uart.c as a program, and the
PL011 of a QEMU, driven through its qtest protocol (and QMP for breaks)."""

import array
import fcntl
import json
import os
import re
import select
import shutil
import socket
import subprocess
import tempfile
import termios
import time

BASE = 0x09000000
SPI = 1                 # of the UART: INTID 33
DR, RSR, FR, ILPR, IBRD, FBRD, LCR_H = 0x00, 0x04, 0x18, 0x20, 0x24, 0x28, 0x2c
CR, IFLS, IMSC, RIS, MIS, ICR, DMACR = 0x30, 0x34, 0x38, 0x3c, 0x40, 0x44, 0x48
TCR, ITIP, ITOP, TDR = 0x80, 0x84, 0x88, 0x8c
PERIPHID2 = 0xfe8
IDS = range(0xfe0, 0x1000, 4)

DR_FE, DR_BE, DR_OE = 0x100, 0x400, 0x800
FR_CTS, FR_DSR, FR_DCD, FR_BUSY, FR_RXFE, FR_TXFF = 0x01, 0x02, 0x04, 0x08, 0x10, 0x20
FR_RXFF, FR_TXFE, FR_RI = 0x40, 0x80, 0x100
FR_MODEM = FR_CTS | FR_DSR | FR_DCD | FR_RI
BRK, FEN, WLEN = 0x01, 0x10, 0x60
LBE, DTR, RTS, OUT1, OUT2, CTSEN = 0x80, 0x400, 0x800, 0x1000, 0x2000, 0x8000
UARTEN, TXE, RXE = 0x1, 0x100, 0x200
ENABLED = UARTEN | TXE | RXE
INT_RI, INT_CTS, INT_DCD, INT_DSR, INT_RX, INT_TX, INT_RT = 1, 2, 4, 8, 0x10, 0x20, 0x40
INT_FE, INT_BE, INT_OE = 0x80, 0x200, 0x400
INT_MODEM = INT_RI | INT_CTS | INT_DCD | INT_DSR

WIDTHS = {1: "b", 2: "w", 4: "l", 8: "q"}

# A guest that waits for ever, so that the time of QEMU's machine goes on.
IDLE_GUEST = ["-device", "loader,addr=0x40000000,data=0x17ffffffd503207f,data-len=8",
              "-device", "loader,addr=0x40000000,cpu-num=0"]


class Failure(Exception):
    """What must not be."""


class Silence(Failure):
    """No answer in the time there was."""


def wait_for(what, state, seconds=30):
    """Waits until state() is true, and returns what it said."""
    end = time.monotonic() + seconds
    while True:
        value = state()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"never happened: {what}")
        time.sleep(0.002)


class Model:
    """kmod/uart.c."""

    def __init__(self, program):
        self.child = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      text=True, bufsize=1)
        self.sent = bytearray()
        self.line = False
        self.seconds = 30

    def __str__(self):
        return "kpl011"

    def ask(self, step):
        self.child.stdin.write(step + "\n")
        self.child.stdin.flush()
        if not select.select([self.child.stdout], [], [], self.seconds)[0]:
            raise Silence("the model does not answer")
        answer = self.child.stdout.readline().split()
        if not answer:
            raise Failure(f"the model ended at '{step}'")
        self.line = answer[0] == "1"
        return [int(value) for value in answer[1:]]

    def read(self, offset, width=4):
        return self.ask(f"r {offset} {width}")[0] & ((1 << 8 * width) - 1)

    def shows(self, offset, width):
        """The bytes there, as its registers are shown."""
        first = offset & ~3
        shown = b"".join(self.ask(f"p {word}")[0].to_bytes(4, "little")
                         for word in range(first, min(offset + width, 0x1000), 4))
        return int.from_bytes(shown[offset - first:][:width], "little")

    def write(self, offset, value, width=4):
        self.sent += bytes(self.ask(f"w {offset} {width} {value}"))

    def receive(self, byte):
        self.ask(f"i {byte}")

    def receive_break(self):
        self.ask(f"i {DR_BE | DR_FE}")

    def time_passes(self):
        self.ask("t")

    def take(self):
        """All that the guest has sent since the last time."""
        data = bytes(self.sent)
        self.sent.clear()
        return data

    def stall(self):
        """From now on the wire takes nothing; an answer comes soon or never."""
        self.ask("h 1")
        self.seconds = 3

    def moves(self):
        """Whether the state is taken elsewhere."""
        return self.ask("s") == [1]

    def divisor(self):
        return self.ask("d")[0]

    def reset(self):
        self.ask("z")

    def end(self):
        self.child.stdin.close()
        try:
            status = self.child.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.child.kill()
            status = self.child.wait(timeout=10)
        self.child.stdout.close()
        if status > 0:
            raise Failure(f"the model ended with status {status}")


def listen(path):
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    listener.settimeout(30)
    return listener


class Control:
    """QMP with a QEMU that connects to the listener."""

    def __init__(self, listener):
        self.lines = listener.accept()[0].makefile("rw")
        self.lines.readline()
        self.command("qmp_capabilities")

    def command(self, name, **arguments):
        self.lines.write(json.dumps({"execute": name, "arguments": arguments}) + "\n")
        self.lines.flush()
        while True:
            answer = json.loads(self.lines.readline())
            if "error" in answer:
                raise Failure(f"QEMU answers {name} with {answer['error']['desc']}")
            if "return" in answer:
                return answer["return"]


def taken_over(qemu, control):
    """Yes, no or nothing yet: a QEMU that refuses what comes in ends."""
    try:
        coming = control.command("query-status")["status"] == "inmigrate"
    except (OSError, ValueError):
        qemu.wait(timeout=10)
        return "no"
    return None if coming else "yes"


class Qemu:
    """The PL011 of a QEMU's virt machine."""

    def __init__(self, program, *options):
        self.folder = tempfile.mkdtemp()
        self.trace = os.path.join(self.folder, "trace")
        self.machine = [program, "-M", "virt", "-accel", "tcg", "-display", "none", "-nodefaults",
                        *options]
        wire, control, tests = (listen(os.path.join(self.folder, name))
                                for name in ("wire", "control", "tests"))
        self.child = subprocess.Popen(
            [*self.machine, "-qtest", f"unix:{self.folder}/tests", "-qtest-log", "none",
             "-qmp", f"unix:{self.folder}/control",
             "-chardev", f"socket,id=wire,path={self.folder}/wire", "-serial", "chardev:wire",
             "-trace", "pl011_baudrate_change", "-D", self.trace])
        self.wire = wire.accept()[0]
        self.control = Control(control)
        self.tests = tests.accept()[0]
        self.unread = b""
        self.seconds = 30
        self.line = False
        version = self.control.command("query-version")
        self.release = "{major}.{minor}.{micro}".format(**version["qemu"])
        self.package = version["package"].strip(" ()")
        self.watch_line()

    def __str__(self):
        return f"QEMU {self.release}"

    def watch_line(self):
        """The UART's interrupt, as it comes into the interrupt controller."""
        for child in self.control.command("qom-list", path="/machine/unattached"):
            if child["type"] == "child<arm_gic>":
                self.ask(f"irq_intercept_in /machine/unattached/{child['name']}")
                return
        raise Failure(f"{self} has no arm_gic")

    def has_rust(self):
        """Whether the program has Rust in it, and so its PL011 in Rust: that has panics, which
        name the source of Rust's library."""
        with open(f"/proc/{self.child.pid}/maps", encoding="utf-8") as maps:
            program = re.search(r"/\S*/qemu-system-aarch64$", maps.read(), re.MULTILINE)
        with open(program.group(), "rb") as file:
            return b"library/core/src/" in file.read()

    def answer(self, seconds):
        end = time.monotonic() + seconds
        poll = select.poll()
        poll.register(self.tests, select.POLLIN)
        while b"\n" not in self.unread:
            if not poll.poll(max(0, end - time.monotonic()) * 1000):
                raise Silence(f"{self} does not answer")
            data = self.tests.recv(4096)
            if not data:
                raise Failure(f"{self} ended")
            self.unread += data
        line, self.unread = self.unread.split(b"\n", 1)
        return line.decode().split()

    def ask(self, line):
        self.tests.sendall(line.encode() + b"\n")
        while True:
            words = self.answer(self.seconds)
            if words[0] == "IRQ":
                if words[2] == str(SPI):
                    self.line = words[1] == "raise"
                continue
            if words[0] != "OK":
                raise Failure(f"{self} answers {' '.join(words)} to {line}")
            return int(words[1], 0) if len(words) > 1 else 0

    def read(self, offset, width=4):
        return self.ask(f"read{WIDTHS[width]} {BASE + offset:#x}")

    def write(self, offset, value, width=4):
        self.ask(f"write{WIDTHS[width]} {BASE + offset:#x} {value:#x}")

    def receive(self, byte):
        self.wire.sendall(bytes([byte]))
        unread = array.array("i", [1])
        end = time.monotonic() + 10
        while unread[0]:
            if time.monotonic() > end:
                raise Failure(f"{self} does not take its input")
            fcntl.ioctl(self.wire, termios.TIOCOUTQ, unread)
        # An answer comes after what QEMU did with the byte.
        self.read(RSR)

    def receive_break(self):
        self.control.command("chardev-send-break", id="wire")
        self.read(RSR)

    def time_passes(self):
        """32 bits at 115200 baud are 0.3 ms."""
        end = time.monotonic() + 0.1
        while not self.read(RIS) & INT_RT and time.monotonic() < end:
            pass

    def take(self):
        data = b""
        try:
            while True:
                data += self.wire.recv(4096, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return data

    def stall(self):
        """Nobody reads the wire but take()."""
        self.seconds = 3

    def moves(self):
        """Whether another QEMU takes its machine over."""
        with tempfile.TemporaryDirectory() as folder:
            listener = listen(f"{folder}/control")
            # What it says when it refuses is no news.
            other = subprocess.Popen(
                [*self.machine, "-serial", "null", "-qmp", f"unix:{folder}/control",
                 "-incoming", f"unix:{folder}/machine"], stderr=subprocess.DEVNULL)
            try:
                control = Control(listener)
                self.control.command("migrate", uri=f"unix:{folder}/machine")
                answer = wait_for("the machine is taken over or refused",
                                  lambda: taken_over(other, control))
            finally:
                other.kill()
                other.wait(timeout=10)
        wait_for("the machine is sent", lambda: self.control.command(
            "query-migrate")["status"] in ("completed", "failed"))
        self.control.command("cont")
        return answer == "yes"

    def divisor(self):
        """As it was when QEMU last made a baud rate of it."""
        with open(self.trace, encoding="utf-8") as trace:
            found = re.findall(r"ibrd: (\d+), fbrd: (\d+)", trace.read())
        return int(found[-1][0]) << 6 | int(found[-1][1]) if found else 0

    def end(self):
        self.child.kill()
        self.child.wait(timeout=10)
        shutil.rmtree(self.folder)
