# SPDX-License-Identifier: GPL-2.0-only
"""kpl011's daemon, conserver, conman and virtlogd, each before the same guests."""

import array
import os
import re
import signal
import socket
import struct
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT_SECONDS = 60
LINE = 80


class Failed(Exception):
    """A program did not do what it has to before it can be measured."""


def wait_for(what, look):
    end = time.monotonic() + LIMIT_SECONDS
    while not look():
        if time.monotonic() > end:
            raise Failed(f"never happened: {what}")
        time.sleep(0.05)


def free_ports(count):
    """The first of some that are free one behind the other, for now."""
    for port in range(20000, 60000, 16):
        try:
            for number in range(port, port + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", number))
            return port
        except OSError:
            continue
    raise Failed("no TCP port is free")


class Guests:
    """The process that plays them; see guests.c."""

    def __init__(self, program, kind, count, rate, seconds, directory, fds=()):
        env = {**os.environ, "GUESTS_FDS": " ".join(map(str, fds))}
        self.child = subprocess.Popen(
            [program, kind, str(count), str(rate), str(seconds), directory], env=env,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=fds, text=True)
        if self.child.stdout.readline() != "ready\n":
            raise Failed("the guests do not begin")

    def go(self):
        self.child.stdin.write("\n")
        self.child.stdin.flush()

    def result(self):
        """Of each guest: the lines it printed, and the milliseconds that it stood still."""
        guests = {}
        for line in self.child.stdout:
            if line == "over\n":
                return guests
            number, lines, held = map(int, line.split())
            guests[number] = (lines, held)
        raise Failed("the guests have ended")

    def end(self):
        self.child.stdin.close()
        self.child.wait()
        self.child.stdout.close()


class Logger:
    """A program that logs guests."""

    title = ""
    kind = "socket"

    def __init__(self, where, count):
        self.where = where
        self.count = count
        self.guests_dir = self.path("guests")
        self.logs = self.path("logs")
        os.makedirs(self.guests_dir)
        os.makedirs(self.logs, exist_ok=True)
        self.child = None
        self.fds = []

    def path(self, name):
        return os.path.join(self.where, name)

    def write(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def spawn(self, *args, **kwargs):
        with open(self.path("messages"), "ab") as messages:
            self.child = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=messages,
                                          stderr=messages, **kwargs)

    def before(self):
        """What has to be there before the guests are."""

    def start(self):
        raise NotImplementedError

    def log(self, number):
        """Files that have what a guest printed."""
        raise NotImplementedError

    def pids(self):
        """The program, and whom it has started."""
        found = [self.child.pid]
        for pid in found:
            try:
                with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                    found += map(int, file.read().split())
            except (FileNotFoundError, ProcessLookupError):
                pass
        return found

    def signal(self, number):
        for pid in self.pids():
            os.kill(pid, number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.child.wait()

    def end(self):
        if self.child and self.child.poll() is None:
            self.child.terminate()
            try:
                self.child.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()
        for fd in self.fds:
            os.close(fd)

    def cpu(self):
        """Seconds of processor time so far, of its children that have ended as well."""
        ticks = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/stat", encoding="ascii") as file:
                fields = file.read().rsplit(")", 1)[1].split()
            ticks += sum(map(int, fields[11:15] if pid == self.child.pid else fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def memory(self):
        """MB of its own."""
        kb = 0
        for pid in self.pids():
            with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                kb += int(re.search(r"^Pss:\s+(\d+)", file.read(), re.M)[1])
        return kb / 1024

    def logged(self, number):
        """The lines of a guest that are in its logs, and how many are there twice."""
        seen = set()
        twice = 0
        mark = re.compile(rb"^%03d (\d{12}) \.{%d}\r?$" % (number, LINE - 18), re.M)
        for path in self.log(number):
            try:
                with open(path, "rb") as file:
                    for found in mark.finditer(file.read()):
                        twice += found[1] in seen
                        seen.add(found[1])
            except FileNotFoundError:
                pass
        return len(seen), twice


class Kpl011(Logger):
    title = "kpl011"
    kind = "port"
    program = None

    def start(self):
        told = self.path("notify")
        notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        notify.bind(told)
        notify.settimeout(LIMIT_SECONDS)
        config = self.write("kpl011.conf", "[daemon]\nbudget = never\n[defaults]\n"
                                           "compress = no\nrotate-size = never\n")
        self.spawn(self.program, "daemon", "--config", config, "--directory", self.logs,
                   env={**os.environ, "KPL011_DEV_DIR": self.guests_dir, "NOTIFY_SOCKET": told})
        while b"READY=1" not in notify.recv(4096).split(b"\n"):
            pass
        notify.close()
        os.unlink(told)

    def log(self, number):
        return [os.path.join(self.logs, f"g{number:03}.log")]


class Conserver(Logger):
    title = "conserver"
    program = None
    port = 0

    def start(self):
        consoles = "".join(f"console {n} {{ master localhost; type uds; "
                           f"uds {self.guests_dir}/{n}; logfile {self.logs}/{n}.log; }}\n"
                           for n in range(1, self.count + 1))
        config = self.write("conserver.cf", "config * { }\ndefault * { rw *; }\n" + consoles +
                            "access * { trusted 127.0.0.1; }\n")
        self.spawn(self.program, "-C", config, "-M", "127.0.0.1", "-p", str(self.port),
                   "-b", str(self.port + 1), "-m", "128")

    def log(self, number):
        return [f"{self.logs}/{number}.log"]


class Conman(Logger):
    title = "conman"
    program = None
    port = 0

    def start(self):
        consoles = "".join(f'console name="{n}" dev="unix:{self.guests_dir}/{n}"\n'
                           for n in range(1, self.count + 1))
        config = self.write("conman.conf", f"""
server port={self.port}
server loopback=on
server pidfile="{self.path('pid')}"
global log="{self.logs}/%N.log"
{consoles}
""")
        self.spawn(self.program, "-F", "-c", config)

    def log(self, number):
        return [f"{self.logs}/{number}.log"]


# Of libvirt's src/logging/log_protocol.x and src/rpc/virnetprotocol.x.
PROGRAM, VERSION, OPEN = 0x87539319, 1, 1
CALL, REPLY_WITH_FDS = 0, 5


def xdr_string(text):
    data = text.encode()
    return struct.pack(">I", len(data)) + data + bytes(-len(data) % 4)


class Virtlogd(Logger):
    title = "virtlogd"
    kind = "pipe"
    program = None

    def before(self):
        self.write("virtlogd.conf", "max_size = 0\n")
        self.begin()
        self.fds = [self.open_log(number) for number in range(1, self.count + 1)]

    def begin(self):
        """With the socket that systemd would give it."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.path("virtlogd"))
        listener.listen(8)
        words = ["sh", "-c", 'LISTEN_FDS=1 LISTEN_FDNAMES=virtlogd.socket LISTEN_PID=$$ '
                 'exec "$@" 3<&0', "sh", self.program, "-f", self.path("virtlogd.conf"),
                 "-p", self.path("pid")]
        with open(self.path("messages"), "ab") as messages:
            self.child = subprocess.Popen(words, stdin=listener, stdout=messages,
                                          stderr=messages)
        listener.close()

    def open_log(self, number):
        """A pipe that it logs, as libvirt asks for one for a guest's serial port."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(LIMIT_SECONDS)
            client.connect(self.path("virtlogd"))
            body = (xdr_string("qemu") + struct.pack(">QQ", 0, number) +
                    xdr_string(f"g{number}") + xdr_string(f"{self.logs}/{number}.log") +
                    struct.pack(">I", 0))
            client.sendall(struct.pack(">IIIIIII", 28 + len(body), PROGRAM, VERSION, OPEN, CALL,
                                       number, 0) + body)
            head = client.recv(28, socket.MSG_WAITALL)
            size, *_, kind, _, status = struct.unpack(">IIIIIII", head)
            client.recv(size - 28, socket.MSG_WAITALL)
            if kind != REPLY_WITH_FDS or status:
                raise Failed(f"virtlogd refuses: kind {kind}, status {status}")
            fds = array.array("i")
            _, control, _, _ = client.recvmsg(1, socket.CMSG_SPACE(fds.itemsize))
            fds.frombytes(control[0][2][:fds.itemsize])
            return fds[0]

    def start(self):
        """After it was killed: the pipes of before were in it alone."""
        if self.child.poll() is not None:
            os.unlink(self.path("virtlogd"))
            self.begin()

    def log(self, number):
        # Cut off at 2 MiB, unless its configuration is taken otherwise.
        return [f"{self.logs}/{number}.log", *(f"{self.logs}/{number}.log.{n}" for n in range(9))]
