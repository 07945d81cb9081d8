# SPDX-License-Identifier: GPL-2.0-only
"""Tests of what may happen to the daemon's logs and to their disk: taken away, replaced, full."""

import os
import resource
import shutil

import asks
from daemon import Daemon, Disk, bare, lines_of
from played import wait_for

TESTS = []
test = asks.decorator(TESTS)


@test
def daemon_goes_on_when_its_log_is_taken_away(bench):
    port = bench.port(1, "web1", b"one ", attach_ns=11)
    daemon = Daemon(bench).start()
    daemon.wait_log("web1.log", b"one ")
    os.rename(daemon.path("web1.log"), daemon.path("moved"))
    port.say(b"two ")
    daemon.wait_log("web1.log", b"two ")
    daemon.wait_said("logs/web1.log was moved or removed")
    assert daemon.read("moved") == b"one "
    os.unlink(daemon.path("web1.log"))
    port.say(b"three ")
    daemon.wait_log("web1.log", b"three ")
    os.truncate(daemon.path("web1.log"), 0)
    port.say(b"four ")
    daemon.wait_log("web1.log", b"four ")
    daemon.wait_said("another program has truncated it to 0 bytes")
    with open(daemon.path("web1.log"), "ab") as file:
        file.write(b"(other) ")
    port.say(b"five")
    daemon.wait_log("web1.log", b"four (other) five")
    daemon.wait_said("another program has written to it")
    # Another file in its place.
    os.rename(daemon.path("web1.log"), daemon.path("moved"))
    with open(daemon.path("web1.log"), "wb") as file:
        file.write(b"(not four (other) five) ")
    port.say(b"six")
    daemon.wait_log("web1.log", b"(not four (other) five) six")
    assert daemon.read("moved") == b"four (other) five"


@test
def daemon_makes_its_directory_anew(bench):
    port = bench.port(1, "web1", b"one ", attach_ns=11)
    daemon = Daemon(bench).start()
    daemon.wait_log("web1.log", b"one ")
    shutil.rmtree(daemon.logs)
    port.say(b"two ")
    daemon.wait_log("web1.log", b"two ")
    daemon.wait_said("was moved or removed: the daemon creates it again")
    daemon.kill()
    port.say(b"three")
    daemon.start()
    daemon.wait_log("web1.log", b"two three")
    # Where it cannot be made it is waited for.
    shutil.rmtree(daemon.logs)
    with open(daemon.logs, "w", encoding="ascii"):
        pass
    port.say(b"four ")
    daemon.wait_said(f"cannot write {daemon.logs}: Not a directory")
    os.unlink(daemon.logs)
    daemon.wait_log("web1.log", b"four ")
    daemon.wait_said("can be written to")


@test
def daemon_follows_no_link_and_writes_to_no_device(bench):
    port = bench.port(1, "web1", b"one ", attach_ns=11)
    bench.port(2, "web2", b"other", attach_ns=12)
    daemon = Daemon(bench)
    os.mkdir(daemon.logs)
    target = os.path.join(bench.dir, "target")
    with open(target, "w", encoding="ascii") as file:
        file.write("mine")
    os.symlink(target, daemon.path("web1.log"))
    os.mkfifo(daemon.path("web2.log"))
    reader = os.open(daemon.path("web2.log"), os.O_RDONLY | os.O_NONBLOCK)
    daemon.start()
    daemon.wait_said("web1.log: there is something by this name that is not a regular file")
    daemon.wait_said("web2.log: there is something by this name that is not a regular file")
    assert os.read(reader, 100) == b""
    os.close(reader)
    os.unlink(daemon.path("web1.log"))
    os.unlink(daemon.path("web2.log"))
    port.say(b"two")
    daemon.wait_log("web1.log", b"one two")
    daemon.wait_log("web2.log", b"other")
    with open(target, encoding="ascii") as file:
        assert file.read() == "mine"


@test
def daemon_waits_for_room(bench):
    """A file that may not grow: as a full disk, and anybody can have it."""
    port = bench.port(1, "web1", attach_ns=11)
    daemon = Daemon(bench, "[defaults]\nlog = raw clean\n").start()
    limit = resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE, (30000, limit[1]))
    text = lines_of(1000)
    port.say(text)
    daemon.wait_said("log: File too large")
    wait_for("what there is room for", lambda: len(daemon.read("web1.log")) == 30000)
    resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE, limit)
    daemon.wait_log("web1.log", text)
    daemon.wait_text("web1.clean.log", text.replace(b"\r", b""))
    daemon.wait_said("can be written to")
    # Once for each change.
    assert daemon.said().count(".log: File too large") == 1, daemon.said()


@test
def daemon_waits_for_a_full_disk(bench):
    disk = Disk(bench, "[defaults]\nlog = raw clean\nrotate-size = 200k\n")
    disk.port.marks = [(0, 1), (1 << 40, 2)]
    first = lines_of(1000)
    disk.port.say(first)
    disk.daemon.wait_log("web1.log", first)
    disk.daemon.wait_packed()
    with open(disk.seen + "/filler", "wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass
    more = lines_of(4000, 100, 1000)
    disk.port.say(more)
    disk.daemon.wait_said("No space left on device")
    disk.daemon.wait_said("Make room there")
    os.unlink(disk.seen + "/filler")
    disk.daemon.wait_log("web1.log", first + more)
    text = (first + more).replace(b"\r", b"")
    disk.daemon.wait_text("web1.clean.log", text)
    disk.daemon.wait_said("can be written to")
    assert disk.daemon.said().count("log: No space left") < 4, disk.daemon.said()


@test
def daemon_waits_for_a_read_only_disk(bench):
    """As it is found at the start: what is open for writing cannot be made read-only here."""
    disk = Disk(bench, "[defaults]\nlog = raw clean\n")
    disk.port.say(b"one\n")
    disk.daemon.wait_log("web1.log", b"one\n")
    wait_for("the text", lambda: disk.daemon.read("web1.clean.log"))
    disk.daemon.kill()
    disk.mount("-o", "remount,ro")
    disk.port.say(b"two\n")
    disk.daemon.start()
    disk.daemon.wait_said("Read-only file system")
    disk.mount("-o", "remount,rw")
    disk.daemon.wait_log("web1.log", b"one\ntwo\n")
    disk.daemon.wait_said("can be written to")
    wait_for("the text", lambda: bare(disk.daemon.read("web1.clean.log")) == b"one\ntwo\n")
    assert disk.daemon.said().count(": Read-only file system\n") == 2, disk.daemon.said()
