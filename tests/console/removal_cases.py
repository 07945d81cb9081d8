# SPDX-License-Identifier: GPL-2.0-only
"""Tests of what the daemon removes, of what it cannot remove, and of how it tells of that."""

import glob
import json
import os
import re
import resource
import signal
import subprocess

import asks
from daemon import Daemon, Disk, bare, is_packed, lines_of, unpacked
from played import wait_for
from preloaded import Counted, stuck_env
from trouble_cases import report_failing

TESTS = []
test = asks.decorator(TESTS)


@test
def daemon_tells_of_removals_once_in_a_while(bench):
    """At once of the first, and then of how many; the status has each."""
    daemon = Daemon(bench, "[daemon]\nfiles = 100\n[defaults]\ncompress = no\n"
                    "[guest few]\nkeep-files = 50\n")
    os.mkdir(daemon.logs)
    for number in range(1, 3001):
        for name in ("many", "few"):
            with open(daemon.path(f"{name}.log.20260101T000000Z-{number:06}"), "wb") as file:
                file.write(b"x")
    daemon.start()
    wait_for("that a hundred are left", lambda: len(glob.glob(daemon.path("*.log.*"))) <= 100)
    said = daemon.said()
    assert said.count("removed ") == 2, said
    assert "removed few.log.20260101T000000Z-000001 (4.0K), by the limits of its guest" in said
    assert "removed many.log.20260101T000000Z-000001 (4.0K), since all logs exceed" in said
    daemon.stop()
    status = json.loads(bench.run("daemon", "--status", "--json", "--directory",
                                  daemon.logs, "--config", daemon.config).stdout)
    removed = {item["limit"]: (item["files"], item["bytes"])
               for item in status["logs"]["removed"]}
    told = {why: int(count) for count, why in
            re.findall(r"removed (\d+) more logs \(\S+\), (by|since)", daemon.said())}
    assert removed["guest"] == (told["by"] + 1, 4096 * (told["by"] + 1)), (removed, told)
    assert removed["files"][0] == told["since"] + 1, (removed, told)
    left = len(glob.glob(daemon.path("*.log.*")))
    assert told["by"] == 2949 and told["since"] + 1 == 6000 - 2950 - left, (removed, told)


@test
def daemon_sums_up_that_nothing_of_an_owner_can_be_removed(bench):
    """Whose guests come and go: each time there is too much anew, and all of it runs."""
    policy = "[owner 4242]\nguests = 2\n[defaults]\nlog = raw\ncompress = no\n"
    daemon = Daemon(bench, policy).start()
    for number in range(1, 7):
        port = bench.port(number, f"guest{number}", b"one\n", attach_ns=number, uid=4242)
        daemon.wait_log(f"guest{number}@4242.log", b"one\n")
        if number < 3:
            continue
        daemon.reload(policy)
        port.die()
        wait_for("that its log goes", lambda n=number: not daemon.whole(f"guest{n}@4242.log"))
        # All are looked at, as they are when another has too much: this one has not any more.
        daemon.reload(policy)
    said = daemon.said()
    assert said.count("nothing can be removed, although it is necessary since the logs of user 4242 "
                      "exceed") == 1, said
    daemon.stop()
    assert "user 4242, 3 times more: more than the limit of 2 guests, and nothing can" \
        in daemon.said(), daemon.said()


@test
def daemon_removes_in_turns(bench):
    """On a disk that is busy each removal takes its time."""
    counted = Counted(bench, "unlink")
    daemon = Daemon(bench, "[defaults]\ncompress = no\nkeep-files = 10\n")
    os.mkdir(daemon.logs)
    for number in range(1, 311):
        with open(daemon.path(f"gone.log.20260101T000000Z-{number:06}"), "wb") as file:
            file.write(b"x")
    daemon.start(env=counted.env)
    wait_for("that ten are left", lambda: len(daemon.files("gone.log")) == 10)
    daemon.stop()
    count, most = counted.read()["unlink"]
    # Each takes a millisecond, and a turn five.
    assert count >= 300 and most < 30, (count, most)


# What cannot be removed.

@test
def daemon_removes_others_where_a_file_cannot_be_removed(bench):
    port = bench.port(1, "web1", b"", attach_ns=11)
    daemon = Daemon(bench, "[defaults]\nlog = raw clean\ncompress = no\nkeep-files = 3\n").start()
    for number in range(1, 6):
        port.say(b"%d\r\n" % number)
        wait_for("the line", lambda number=number: daemon.read("web1.log") == b"%d\r\n" % number and
                 bare(daemon.read("web1.clean.log")) == b"%d\n" % number)
        newest = {log: daemon.files(log)[-1:] for log in ("web1.log", "web1.clean.log")}
        daemon.child.send_signal(signal.SIGUSR1)
        for log, before in newest.items():
            wait_for(f"{log} is cut off", lambda log=log, before=before:
                     daemon.files(log)[-1:] != before)
        if number == 3:
            # unlink(2) fails, as for one that is immutable.
            stuck = daemon.files("web1.log")[0]
            os.unlink(stuck)
            os.mkdir(stuck)
    wait_for("the limit", lambda: len(daemon.files("web1.clean.log")) == 3)
    wait_for("the limit, beside what is stuck", lambda: len(daemon.files("web1.log")) == 4)
    assert daemon.files("web1.log")[0] == stuck
    assert bare(b"".join(map(unpacked, daemon.files("web1.clean.log")))) == b"3\n4\n5\n"
    assert daemon.said().count("cannot remove") == 1, daemon.said()


@test
def what_cannot_be_removed_fails_as_long_as_it_is_to_go(bench):
    disk = Disk(bench, "[defaults]\nlog = raw\ncompress = no\nkeep-files = 9\n")
    daemon = disk.daemon
    for number in range(1, 4):
        disk.port.say(b"%d\r\n" % number)
        wait_for("the line", lambda number=number: daemon.read("web1.log") == b"%d\r\n" % number)
        daemon.child.send_signal(signal.SIGUSR1)
        wait_for("that it is cut off", lambda number=number: len(daemon.files("web1.log")) == number)
    # Nothing is removed that is mounted on.
    stuck = os.path.join(daemon.logs, os.path.basename(daemon.files("web1.log")[0]))
    subprocess.run([*disk.inside, "mount", "--bind", stuck, stuck], check=True)
    for times in (1, 2):
        daemon.reload("[defaults]\nlog = raw\ncompress = no\nkeep-files = 1\n")
        daemon.wait_said("by the limits of its guest: Device or resource busy; it is tried again",
                         times)
        report_failing(bench, daemon, "removing logs, Device or resource busy")
        daemon.reload("[defaults]\nlog = raw\ncompress = no\nkeep-files = 9\n")
        daemon.wait_said("logs that could not be removed may stay now", times)
        report_failing(bench, daemon)
    assert daemon.said().count("cannot remove") == 2, daemon.said()
    # The daemon may look into it just then.
    subprocess.run([*disk.inside, "umount", "--lazy", stuck], check=True)


@test
def what_was_not_tried_is_not_told_to_be_removable(bench):
    """Of a guest whose oldest log is being compressed no other one goes first."""
    policy = "[defaults]\nlog = raw\ncompress = %s\nkeep-files = %d\n"
    stuck, env = stuck_env(bench)
    disk = Disk(bench, policy % ("no", 2))
    daemon = disk.daemon
    daemon.stop()
    names = [f"gone.{log}.20260101T000000Z-{number:06}" for log, number in (
        ("log", 1), ("clean.log", 2), ("clean.log", 3), ("log", 4), ("clean.log", 5))]
    for name in names:
        with open(daemon.path(name), "wb") as file:
            file.write(lines_of(10))
    held = os.path.join(daemon.logs, names[1])
    subprocess.run([*disk.inside, "mount", "--bind", held, held], check=True)
    daemon.start(env=env)
    daemon.wait_said("by the limits of its guest: Device or resource busy; it is tried again")
    daemon.reload(policy % ("yes", 2))
    wait_for("one that is stuck", lambda: os.path.exists(stuck + ".there"))
    daemon.reload(policy % ("yes", 1))
    assert names[0] in os.listdir(daemon.seen), os.listdir(daemon.seen)
    assert "may stay now" not in daemon.said(), daemon.said()
    report_failing(bench, daemon, "removing logs, Device or resource busy")
    os.unlink(stuck)
    wait_for("the limit", lambda: len(daemon.files("gone.log")) == 1)
    assert daemon.said().count("cannot remove") == 1, daemon.said()
    # It may be compressed just then.
    subprocess.run([*disk.inside, "umount", "--lazy", held], check=True)


@test
def daemon_puts_up_with_a_file_that_cannot_be_removed_or_compressed(bench):
    daemon = Daemon(bench, "[defaults]\ncompress = yes\n")
    os.makedirs(daemon.path(".kpl011"))
    text = lines_of(1000)
    paths = [daemon.path(f"gone.log.20260101T000000Z-{number:06}") for number in range(1, 5)]
    for path in paths:
        with open(path, "wb") as file:
            file.write(text)
    os.mkdir(paths[0] + ".zst")
    daemon.start()
    wait_for("the others", lambda: all(os.path.isfile(path + ".zst") and not os.path.exists(path)
                                       for path in paths[1:]))
    daemon.wait_said("000001.zst: Is a directory; it stays as it is, and is tried again")
    report_failing(bench, daemon, "compressing, Is a directory")
    # Who asks for it no more is told of it no more.
    daemon.reload("[defaults]\ncompress = no\n")
    daemon.wait_said("could not be compressed do not have to be any more: Is a directory")
    report_failing(bench, daemon)
    daemon.reload("[defaults]\ncompress = yes\n")
    daemon.wait_said("000001.zst: Is a directory; it stays as it is, and is tried again", 2)
    os.rmdir(paths[0] + ".zst")

    def is_through():
        # It may have been tried just before: not again before a minute, or a reload.
        daemon.reload("[defaults]\ncompress = yes\nkeep-files = 100\n")
        return is_packed(daemon)

    wait_for("that all is compressed", is_through, 60)
    daemon.wait_said("logs that could not be compressed can be compressed again: Is a directory")
    assert daemon.said().count("it stays as it is") == 2, daemon.said()
    assert all(unpacked(path + ".zst") == text for path in paths)


@test
def daemon_tells_of_each_failure_by_itself(bench):
    """One log has something in its place, and stays so; the disk is full meanwhile."""
    bench.port(1, "web1", attach_ns=11).say(b"")
    port = bench.port(2, "web2", attach_ns=12)
    bench.port(3, "web3", b"three", attach_ns=13)
    daemon = Daemon(bench)
    os.mkdir(daemon.logs)
    os.symlink("nowhere", daemon.path("web3.log"))
    daemon.start()
    daemon.wait_said("web3.log: there is something by this name that is not a regular file")
    limit = resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE, (30000, limit[1]))
    text = lines_of(1000)
    port.say(text)
    daemon.wait_said("web2.log: File too large")
    resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE, limit)
    daemon.wait_log("web2.log", text)
    daemon.wait_said("can be written to " + daemon.logs + " again; the error was: File too large")
    assert "web3.log can be" not in daemon.said()
    os.unlink(daemon.path("web3.log"))
    daemon.wait_log("web3.log", b"three")
    daemon.wait_said("web3.log can be written to again")
