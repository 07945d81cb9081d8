# SPDX-License-Identifier: GPL-2.0-only
"""The daemon of a test, on a disk that may be its own, and what there is of its logs."""

import glob
import os
import random
import re
import signal
import socket
import subprocess

from played import version_of, wait_for

SEED = int(os.environ.get("KPL011_SEED", random.randrange(1 << 32)))


def disk_of(paths):
    """Bytes of those files that are there."""
    total = 0
    for path in paths:
        try:
            total += os.stat(path).st_blocks * 512
        except FileNotFoundError:
            pass
    return total


class Daemon:
    """The daemon of a test: its policy, its logs, and what it says."""

    def __init__(self, bench, policy="", logs=None, before=()):
        self.bench = bench
        self.before = list(before)
        self.logs = logs or os.path.join(bench.dir, "logs")
        self.seen = self.logs           # from here
        self.config = os.path.join(bench.dir, "kpl011.conf")
        self.errors = os.path.join(bench.dir, "daemon.err")
        self.told = os.path.join(bench.dir, "notify")
        self.notified = []
        self.child = None
        self.unpacked = {}              # what was cut off stays as it is
        if os.path.exists(self.told):
            os.unlink(self.told)
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.told)
        self.socket.settimeout(0.01)
        self.write_policy(policy)

    def write_policy(self, policy):
        with open(self.config, "w", encoding="utf-8") as file:
            file.write(policy)

    def start(self, **kwargs):
        """Returns when it is ready."""
        self.notified.clear()
        env = {**self.bench.env, "NOTIFY_SOCKET": self.told, **kwargs.pop("env", {})}
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        with open(self.errors, "ab") as errors:
            self.child = subprocess.Popen(
                [*self.before, self.bench.program, "daemon", "--config", self.config,
                 "--directory", self.logs], env=env, stderr=errors, **kwargs)
        self.bench.children.append(self.child)
        self.wait_notified("READY=1")
        return self

    def read_notified(self):
        try:
            while True:
                self.notified += self.socket.recv(4096).decode().split("\n")
        except TimeoutError:
            pass

    def is_notified(self, line):
        self.read_notified()
        return any(told.startswith(line) for told in self.notified)

    def wait_notified(self, line):
        """Of this or what begins with it."""
        wait_for(lambda: f"{line} among {self.notified}, or in {self.said()!r}",
                 lambda: self.is_notified(line) or self.child.poll() is not None)
        assert self.is_notified(line), f"it has ended: {self.said()}"

    def said(self):
        with open(self.errors, encoding="utf-8", errors="replace") as file:
            return file.read()

    def wait_said(self, text, times=1):
        wait_for(lambda: f"{text!r} in {self.said()}", lambda: self.said().count(text) >= times)

    def kill(self):
        self.child.kill()
        self.child.wait()

    def stop(self):
        self.child.send_signal(signal.SIGTERM)
        assert self.child.wait(timeout=60) == 0, self.said()

    def reload(self, policy):
        self.write_policy(policy)
        self.notified.clear()
        self.child.send_signal(signal.SIGHUP)
        self.wait_notified("RELOADING=1")
        self.wait_notified("READY=1")

    def renew(self, path):
        """Reloads, until the file at PATH, which the daemon replaces, is another one."""
        wait_for(f"{path} is there", lambda: os.path.exists(path))
        before = version_of(path)
        with open(self.config, encoding="utf-8") as file:
            self.reload(file.read())
        wait_for(f"{path} is written anew", lambda: version_of(path) != before)

    def path(self, name):
        return os.path.join(self.seen, name)

    def read(self, name):
        try:
            with open(self.path(name), "rb") as file:
                return file.read()
        except FileNotFoundError:
            return b""

    def files(self, stem):
        """Those that were cut off, the oldest first. For a moment there are two of one."""
        # Guests may be called as such files are.
        cut_off = re.compile(re.escape(self.path(stem)) + r"\.\d{8}T\d{6}Z-\d{6,12}(\.zst)?")
        names = set(filter(cut_off.fullmatch, glob.glob(glob.escape(self.path(stem)) + ".*-*")))
        return sorted((name for name in names if name + ".zst" not in names),
                      key=lambda path: int(re.search(r"-(\d+)(\.zst)?$", path)[1]))

    def whole(self, name):
        """All that was logged, also what was cut off and compressed, as it is at one moment."""
        # Where more and more is printed, at none.
        for _ in range(20):
            files = self.cut_off(name)
            text = b"".join(map(self.text_of, files)) + self.read(name)
            if self.cut_off(name) == files:
                break
        return text

    def cut_off(self, name):
        """Those files, whether they are compressed or not."""
        return [path.removesuffix(".zst") for path in self.files(name)]

    def text_of(self, path):
        """Of one that was cut off; nothing, if it was removed."""
        if path in self.unpacked:
            return self.unpacked[path]
        # Compressed just now, or removed.
        for name in path, path + ".zst":
            try:
                self.unpacked[path] = unpacked(name)
                return self.unpacked[path]
            except FileNotFoundError:
                pass
        return b""

    def size(self):
        """Bytes of all logs, as they are on the disk."""
        return disk_of(glob.glob(self.path("*log*")))

    def progress(self, name):
        """Another one whenever there is more of a log."""
        return len(self.files(name)), len(self.read(name))

    def wait_log(self, name, text):
        try:
            wait_for(name, lambda: self.whole(name) == text, 60)
        except AssertionError as error:
            raise AssertionError(f"{name}: {difference(self.whole(name), text)}; "
                                 f"seed {SEED}; {self.said()}") from error

    def wait_text(self, name, text):
        """The same without the times."""
        try:
            wait_for(name, lambda: bare(self.whole(name)) == text, 60)
        except AssertionError as error:
            raise AssertionError(f"{name}: {difference(bare(self.whole(name)), text)}; "
                                 f"seed {SEED}; {self.said()}") from error

    def wait_packed(self):
        wait_for("that all is compressed", lambda: all(
            name.endswith((".log", ".zst", ".kpl011")) for name in os.listdir(self.seen)), 60)


class Disk:
    """A small disk of its own, in mounts that only the daemon sees."""

    def __init__(self, bench, policy=""):
        user = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
        self.disk = os.path.join(bench.dir, "disk")
        os.mkdir(self.disk)
        # It ends with its input.
        holder = subprocess.Popen(
            ["unshare", *user, "--mount", "--propagation", "private", "sh", "-c",
             'mount -t tmpfs -o size=2M kpl011 "$0" && echo mounted && read end', self.disk],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        bench.children.append(holder)
        if holder.stdout.readline() != b"mounted\n":
            raise bench.skip(f"no mounts of one's own: {holder.stderr.read().decode()}")
        user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        self.inside = ["nsenter", f"--target={holder.pid}", *user, "--mount"]
        self.port = bench.port(1, "web1", attach_ns=11)
        self.daemon = Daemon(bench, policy, self.disk + "/logs", self.inside).start()
        self.seen = f"/proc/{holder.pid}/root{self.disk}"
        self.daemon.seen = self.seen + "/logs"

    def mount(self, *args):
        subprocess.run([*self.inside, "mount", *args, self.disk], check=True)


def unpacked(path):
    """Of a file that may be removed at any time: FileNotFoundError, or all of it."""
    with open(path, "rb") as file:
        if path.endswith(".zst"):
            return subprocess.run(["zstd", "-dcq"], check=True, stdin=file,
                                  stdout=subprocess.PIPE).stdout
        return file.read()


def difference(got, wanted):
    at = len(os.path.commonprefix([got, wanted]))
    return f"{len(got)} bytes, not {len(wanted)}; at {at} {got[at:at + 80]!r}, " \
        f"not {wanted[at:at + 80]!r}"


def lines_of(count, size=100, start=0):
    return b"".join(b"%09d %s\r\n" % (number, b"x" * (size - 12))
                    for number in range(start, start + count))


def make_files(daemon, name, count):
    os.makedirs(daemon.path(".kpl011"), exist_ok=True)
    for number in range(1, count + 1):
        with open(daemon.path(name.format(number)), "wb") as file:
            file.write(b"x")


def bare(text):
    """Without the times in front of lines."""
    return re.sub(rb"^.{30}", b"", text, flags=re.M)


def is_packed(daemon):
    return all(name.endswith((".log", ".zst", ".kpl011")) for name in os.listdir(daemon.logs))


def longest_turn(daemon):
    """Milliseconds, as the daemon itself has measured it."""
    return max(int(found[1]) for line in daemon.notified
               if (found := re.search(r"longest turn took (\d+) ms", line)))
