# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the limits that `kpl011 daemon` keeps: disk, files, guests, clocks, and kills."""

import glob
import json
import os
import random
import re
import resource
import signal
import subprocess
import time

from daemon import SEED, Daemon, Disk, bare, difference, lines_of, longest_turn, unpacked
from played import still_port, wait_for
from preloaded import stuck_env
from scale_cases import memory
from trouble_cases import report_failing

TESTS = []


def test(function):
    TESTS.append(function)
    return function


# Kills.

def is_packed(daemon):
    return all(name.endswith((".log", ".zst", ".kpl011")) for name in os.listdir(daemon.logs))


class Killed:
    """A daemon that is killed at its system calls, and started again."""

    POLICY = "[daemon]\nbudget = 1M\n[defaults]\nlog = raw clean\nrotate-size = 64k\n" \
        "[guest loud]\nlog = raw\n"

    def __init__(self, bench):
        self.bench = bench
        self.told = os.path.join(bench.dir, "told")
        self.killer = os.path.join(bench.build, "tests-console", "killer.so")
        bench.program += "-plain"
        rng = random.Random(SEED)
        self.quiet = lines_of(2000)
        # It is of another owner, and too much.
        self.loud = b"".join(b"%07d %s\n" % (number, rng.randbytes(60).hex().encode())
                             for number in range(15000))
        for number, (name, text, uid) in enumerate(
                (("quiet", self.quiet, os.geteuid()), ("loud", self.loud, 4242)), 1):
            port = bench.port(number, name, text, attach_ns=number + 10, uid=uid)
            port.marks = [(0, 1), (1 << 40, 2)]
            port.die()
        self.rounds = 0
        self.kills = {}

    def is_through(self, daemon):
        """As its ledgers say. The current file need not have the end: text that does not fit
        begins another one, and on a busy machine that may be a line."""
        return all(b'"done": 1' in daemon.read(f".kpl011/{ledger}")
                   for ledger in ("1-11.raw", "1-11.clean", "2-12.raw"))

    def has_killed(self):
        return os.path.exists(self.told) and os.path.getsize(self.told)

    def play(self, at, half, again):
        """Killed at this call, if it comes so far, and once more; then it is let be."""
        self.rounds += 1
        if os.path.exists(self.told):
            os.unlink(self.told)
        daemon = Daemon(self.bench, self.POLICY, os.path.join(self.bench.dir, f"l{self.rounds}"))
        for number in (at, again):
            if number is None:
                continue
            env = {"LD_PRELOAD": self.killer, "KILLER_AT": str(number),
                   "KILLER_TOLD": self.told, **({"KILLER_HALF": "1"} if half else {})}
            with open(daemon.errors, "ab") as errors:
                child = subprocess.Popen(
                    [self.bench.program, "daemon", "--config", daemon.config, "--directory",
                     daemon.logs], env={**self.bench.env, **env}, stderr=errors,
                    stdin=subprocess.DEVNULL)
            self.bench.children.append(child)
            wait_for("its end, or the logs'", lambda child=child: child.poll() is not None or
                     self.is_through(daemon), 60)
            if child.poll() is None:
                # Or what compresses was killed: it is tried again after a minute.
                wait_for("that all is compressed", lambda child=child: self.has_killed() or
                         child.poll() is not None or is_packed(daemon), 60)
                child.send_signal(signal.SIGTERM)
            child.wait(timeout=60)
        with open(self.told, encoding="ascii") as file:
            lines = file.read().split("\n")
        for line in lines:
            if line.startswith("killed "):
                self.kills[line[7:]] = self.kills.get(line[7:], 0) + 1
        self.check(daemon)
        return max((int(line[6:]) for line in lines if line.startswith("calls ")), default=None)

    def check(self, daemon):
        daemon.start()
        daemon.wait_log("quiet.log", self.quiet)
        daemon.wait_text("quiet.clean.log", self.quiet.replace(b"\r", b""))
        wait_for(lambda: f"the end of all; seed {SEED}: {os.listdir(daemon.logs)}; "
                         f"{daemon.said()}", lambda: self.is_through(daemon), 60)
        daemon.wait_packed()
        wait_for("that they are within the budget", lambda: daemon.size() <= 1 << 20)
        # What is left is the newest, in one piece; some went, and not for nothing.
        left = daemon.whole("loud@4242.log")
        tail = self.loud[len(self.loud) - len(left):]
        assert left == tail, f"seed {SEED}: {difference(left, tail)}; {daemon.said()}"
        assert len(left) > 300000, f"seed {SEED}: {len(left)} bytes are left"
        daemon.stop()
        names = os.listdir(daemon.path(".kpl011"))
        assert not [name for name in names if name.startswith("pack") or "bad" in name], names
        assert "removed quiet" not in daemon.said(), daemon.said()
        assert "another program" not in daemon.said(), daemon.said()


@test
def daemon_loses_nothing_at_whichever_call_it_is_killed(bench):
    """At each write, rename, truncation, unlink, fsync and creation, over rotation, compression,
    budget and ledger. KPL011_KILLS of them by the seed, 20 unless said, or all."""
    wanted = os.environ.get("KPL011_KILLS", "20")
    rng = random.Random(SEED)
    killed = Killed(bench)
    calls = killed.play(0, False, None)
    assert calls > 100, calls
    rounds = range(1, calls + 1) if wanted == "all" else \
        sorted(rng.sample(range(1, calls + 1), min(int(wanted), calls)))
    # More of them take longer than a test may that is not asked for so many.
    signal.alarm(600 + 10 * len(rounds))
    for at in rounds:
        killed.play(at, rng.random() < 0.5, rng.randrange(1, calls) if rng.random() < 0.3 else None)
    total = sum(killed.kills.values())
    assert total >= len(rounds), killed.kills
    print(f"# {total} kills: " + ", ".join(f"{count} at {name}" for name, count in
                                           sorted(killed.kills.items())))


# Processes of others.

def with_long_command_line(bench, size, *first):
    words = ["a" * 100000 for _ in range(size // 100000)]
    process = subprocess.Popen(
        ["sh", "-c", "read x", *first, *words], stdin=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_STACK, (64 << 20, 64 << 20)))
    bench.children.append(process)
    return process


@test
def a_command_line_that_is_long_holds_up_nobody(bench):
    """It is its owner's: not kept, not matched for long, and looked at in turns."""
    bench.program += "-plain"
    process = with_long_command_line(bench, 1000000, "-first", "word")
    # Neither is quick, and the first is met.
    policy = f"[defaults]\nlog = none\n[guest *]\ncommand = *{60 * 'a'}b*\nlog = clean\n" \
        "[guest *]\ncommand = * -first word aaa*\nlog = raw\n"
    daemon = Daemon(bench, policy).start()
    before = memory(daemon.child)
    port = bench.port(999, "web1", b"one", pid=process.pid, uid=4242)
    for number in range(1, 301):
        still_port(bench, number, b"hello\n", pid=process.pid, uid=4242)
    wait_for("all logs", lambda: len(glob.glob(daemon.path("*.log"))) == 301, 100)
    assert not glob.glob(daemon.path("*.clean.log"))
    assert memory(daemon.child) - before < 20, memory(daemon.child) - before
    daemon.reload(policy)
    daemon.read_notified()
    assert longest_turn(daemon) < 500, daemon.notified
    # What is known of it when it is gone is what its command line has met.
    process.communicate(b"\n")
    port.facts["pid"] = 0
    daemon.reload(policy.replace("log = clean", "log = json"))
    port.say(b" more")
    daemon.wait_log("web1@4242.log", b"one more")
    daemon.stop()


# Descriptors.

def held_open(daemon, text):
    """How many descriptors the daemon has of what has this in its path."""
    fds = f"/proc/{daemon.child.pid}/fd"
    count = 0
    for fd in os.listdir(fds):
        try:
            count += text in os.readlink(f"{fds}/{fd}")
        except FileNotFoundError:
            pass
    return count


def status_of(bench, daemon):
    result = bench.run("daemon", "--config", daemon.config, "--directory", daemon.logs,
                       "--status", "--json")
    return json.loads(result.stdout)


@test
def an_owner_of_many_guests_leaves_others_descriptors(bench):
    """Those who have none are told of once, and have their turn when there are some."""
    policy = "[defaults]\nlog = raw\n"
    daemon = Daemon(bench, policy, before=["prlimit", "--nofile=100:100"]).start()
    web = bench.port(1, "web1", b"first life\n", uid=1000)
    daemon.wait_log("web1@1000.log", b"first life\n")
    many = [bench.port(10 + number, f"evil{number}", b"x\n", uid=4242, attach_ns=10 + number)
            for number in range(60)]
    daemon.wait_said("guests of 4242 are not logged at the moment")
    web.die()
    bench.port(2, "web1", b"second life\n", uid=1000, attach_ns=1000)
    bench.port(3, "db", b"of one\n", uid=1000, attach_ns=1001)
    bench.port(4, "db", b"of another\n", uid=1001, attach_ns=1002)
    daemon.wait_log("web1@1000.log", b"first life\nsecond life\n")
    daemon.wait_log("db@1000.log", b"of one\n")
    daemon.wait_log("db@1001.log", b"of another\n")
    # There are some left for its own work.
    daemon.renew(daemon.path(".kpl011/status"))
    report = status_of(bench, daemon)
    waiting = [guest["name"] for guest in report["guests"] if guest["state"] == "waits"]
    assert report["descriptors"]["waiting"] == len(waiting) > 0, report["descriptors"]
    assert {"what": f"{len(waiting)} guests", "why": "not logged: too few file descriptors"} in \
        report["failures"], report["failures"]
    assert all(name.startswith("evil") for name in waiting), waiting
    assert report["descriptors"]["used"] <= report["descriptors"]["limit"] < 100
    assert not [guest for guest in report["guests"] if guest["state"] == "broken"], report
    assert "Too many" not in daemon.said(), daemon.said()
    assert daemon.said().count("are not logged at the moment") == 1, daemon.said()
    # What they print meanwhile is logged later.
    first = next(port for port in many if port.facts["name"] in waiting)
    first.say(b"y\n")
    for port in many:
        if port.facts["name"] not in waiting:
            port.die()
    daemon.wait_log(f"{first.facts['name']}@4242.log", b"x\ny\n")
    for port in many:
        port.die()
    daemon.wait_said("guests of 4242 no longer wait for file descriptors")
    for port in many:
        wait_for(port.facts["name"], lambda port=port: daemon.read(
            port.facts["name"] + "@4242.log").startswith(b"x\n"))
    daemon.stop()


# Disk, files and guests.

def uid_of(path):
    """The number of the owner in a log's name, or None."""
    found = re.match(r"[^@]*@(\d+)", os.path.basename(path))
    return int(found[1]) if found else None


def logs_of(daemon, uid):
    return [path for path in glob.glob(daemon.path("*log*")) if uid_of(path) == uid]


def disk_of(paths):
    total = 0
    for path in paths:
        try:
            total += os.stat(path).st_blocks * 512
        except FileNotFoundError:
            pass
    return total


@test
def daemon_keeps_an_owners_logs_whatever_another_prints(bench):
    """Guests of one name; the other owner has many, which print as much as they can."""
    own = bench.port(1, "web1", attach_ns=11, uid=os.geteuid())
    policy = "[daemon]\nbudget = 2M\n[defaults]\nlog = raw clean\nrotate-size = 128k\n" \
        "compress = no\n"
    daemon = Daemon(bench, policy).start()
    said = lines_of(3000)
    own.say(said)
    daemon.wait_log("web1.log", said)
    noise = b"".join(b"%d\n" % number for number in range(60000))
    for number in range(6):
        port = bench.port(number + 2, "web1" if number < 3 else f"x{number}", noise * 2,
                          attach_ns=number + 12, uid=4242)
        port.marks = [(0, 1), (1 << 40, 2)]
    wait_for("all of what it prints", lambda: all(
        daemon.read(name).endswith(noise[-100:]) for name in
        ("web1@4242.log", "web1@4242~2.log", "web1@4242~3.log", "x3@4242.log", "x5@4242.log")), 90)
    wait_for("that they are within it", lambda: daemon.size() <= 2 << 20)
    daemon.wait_log("web1.log", said)
    daemon.wait_text("web1.clean.log", said.replace(b"\r", b""))
    removed = re.findall(r"removed (\S+)", daemon.said())
    assert removed and all(uid_of(name) == 4242 for name in removed), removed


@test
def daemon_keeps_an_owner_within_a_budget_of_its_own(bench):
    own = bench.port(1, "web1", attach_ns=11, uid=os.geteuid())
    other = bench.port(2, "web1", attach_ns=12, uid=4242)
    policy = "[daemon]\nbudget = never\n[owner 4242]\nbudget = 1M\n" \
        "[defaults]\nrotate-size = 128k\ncompress = no\n"
    daemon = Daemon(bench, policy).start()
    text = lines_of(20000)
    own.say(text)
    other.say(text)
    daemon.wait_log("web1.log", text)
    wait_for("its end", lambda: daemon.read("web1@4242.log").endswith(text[-1000:]))
    wait_for("that it is within it", lambda: disk_of(logs_of(daemon, 4242)) <= 1 << 20)
    assert text.endswith(daemon.whole("web1@4242.log"))
    assert "since the logs of user 4242 exceed the budget of 1.0M" in daemon.said()
    # A greater one, as the policy says now, and a smaller one for the other.
    daemon.reload(policy.replace("[owner 4242]\nbudget = 1M", "[owner root]\nbudget = 1M")
                  .replace("root", str(os.geteuid())))
    wait_for("that they are within it", lambda: disk_of(logs_of(daemon, None)) <= 1 << 20)
    assert "since the logs of the daemon's own user exceed the budget" in daemon.said()


@test
def daemon_counts_what_a_file_takes_by_now(bench):
    """Also of one that it knows already: some file systems tell that only a while after it was
    written."""
    policy = "[daemon]\nbudget = 1M\n[defaults]\ncompress = no\n"
    daemon = Daemon(bench, policy)
    os.makedirs(daemon.logs)
    first, second = (daemon.path(f"gone.log.20260101T00000{n}Z-00000{n}") for n in (1, 2))
    for path in (first, second):
        with open(path, "wb") as file:
            file.write(b"x" * 1000)
    daemon.start()
    daemon.reload(policy)
    assert daemon.files("gone.log") == [first, second], daemon.said()
    with open(first, "ab") as file:
        file.write(os.urandom(2 << 20))
    daemon.reload(policy)
    wait_for(lambda: f"that it goes: {daemon.said()}",
             lambda: daemon.files("gone.log") == [second])
    assert "since all logs exceed the budget of 1.0M" in daemon.said(), daemon.said()


@test
def daemon_cuts_off_early_what_is_being_written(bench):
    """So that its old part can go, and not all of it."""
    port = bench.port(1, "web1", attach_ns=11)
    policy = "[daemon]\nbudget = 1M\n[defaults]\nrotate-size = never\ncompress = no\n"
    daemon = Daemon(bench, policy).start()
    text = lines_of(40000)
    port.say(text)
    wait_for("its end", lambda: daemon.read("web1.log").endswith(text[-1000:]), 60)
    wait_for("that it is within it", lambda: daemon.size() <= 1 << 20)
    assert text.endswith(daemon.whole("web1.log"))
    assert len(daemon.whole("web1.log")) > 500000, len(daemon.whole("web1.log"))


@test
def daemon_cuts_no_log_early_for_what_another_owner_prints(bench):
    """Nor does it keep less of it then, where a number of files is kept."""
    bench.program += "-plain"
    web = bench.port(1, "web1", b"", attach_ns=11, uid=1000)
    evil = [bench.port(number, f"evil{number}", b"", attach_ns=10 + number, uid=4242)
            for number in (2, 3, 4, 5)]
    daemon = Daemon(bench, "[daemon]\nbudget = 8M\n[defaults]\nlog = raw\nrotate-size = 1M\n"
                    "keep-files = 2\ncompress = no\n[guest evil*]\nkeep-files = all\n").start()

    def say(port, log, count):
        for _ in range(count):
            port.say(b"x" * 59999 + b"\n")
            size = len(port.data)
            wait_for(f"{log} has {size} bytes",
                     lambda: b", %d, 0]}" % size in daemon.read(f".kpl011/{log}.raw"))

    say(web, "1-11", 45)
    before = disk_of(logs_of(daemon, 1000))
    assert before > 2 << 20, before
    for number in range(100):
        say(evil[number % 4], f"{number % 4 + 2}-{number % 4 + 12}", 1)
    wait_for("that logs of the other owner go", lambda: "removed evil" in daemon.said())
    assert disk_of(logs_of(daemon, 1000)) >= before, (before, logs_of(daemon, 1000))
    say(web, "1-11", 40)
    sizes = [os.stat(path).st_size for path in logs_of(daemon, 1000)]
    assert len(sizes) == 3 and sorted(sizes)[1] > 900000, sizes
    daemon.stop()


@test
def daemon_counts_subordinate_uids_as_their_user(bench):
    """Of many owners each has a small share; who can be many has that of one, as of a policy."""
    bench.program += "-plain"
    subuid = os.path.join(bench.dir, "subuid")
    with open(subuid, "w", encoding="ascii") as file:
        file.write("4242:100000:65536\n")
    web = bench.port(1, "web1", b"", attach_ns=11, uid=1000)
    policy = "[daemon]\nbudget = 4M\n[defaults]\nlog = raw\nrotate-size = 128k\ncompress = no\n"
    daemon = Daemon(bench, policy).start(env={"KPL011_SUBUID": subuid})
    for _ in range(30):
        web.say(b"x" * 59999 + b"\n")
        size = len(web.data)
        wait_for(f"{size} bytes",
                 lambda size=size: b", %d, 0]}" % size in daemon.read(".kpl011/1-11.raw"))
    before = disk_of(logs_of(daemon, 1000))
    assert before > 1700000, before
    evil = [bench.port(100 + number, "x", b"z" * 60000 + b"\n", attach_ns=100 + number,
                       uid=100000 + 1000 * number) for number in range(60)]
    wait_for("that logs of some of these go", lambda: "removed x@1" in daemon.said())
    wait_for("that the last one is logged",
             lambda: daemon.read(f"x@{100000 + 1000 * 59}.log").endswith(b"z\n"))
    wait_for("that they are within the budget", lambda: daemon.size() <= 4 << 20)
    assert disk_of(logs_of(daemon, 1000)) == before, (before, logs_of(daemon, 1000))
    assert "removed web1" not in daemon.said()
    # Names and logs are those of each, and a limit of the user is one for all of them.
    daemon.reload(policy + "[owner 4242]\nbudget = 1M\n")
    wait_for("that they are within theirs", lambda: sum(
        disk_of(logs_of(daemon, 100000 + 1000 * number)) for number in range(60)) <= 1 << 20)
    daemon.wait_said("since the logs of user 4242 exceed the budget of 1.0M")
    assert disk_of(logs_of(daemon, 1000)) == before
    assert len(evil) == 60
    daemon.stop()


@test
def daemon_keeps_within_a_number_of_files(bench):
    own = bench.port(1, "web1", attach_ns=11, uid=os.geteuid())
    other = bench.port(2, "web1", attach_ns=12, uid=4242)
    daemon = Daemon(bench, "[daemon]\nfiles = 20\n[defaults]\nrotate-size = 64k\n"
                    "compress = no\n").start()
    said = lines_of(3000)
    own.say(said)
    daemon.wait_log("web1.log", said)
    text = lines_of(30000)
    other.say(text)
    wait_for("its end", lambda: daemon.read("web1@4242.log").endswith(text[-1000:]), 60)
    wait_for("that there are so many", lambda: len(glob.glob(daemon.path("*log*"))) <= 20)
    assert daemon.whole("web1.log") == said
    # One may go while they are read.
    wait_for("that what is left is the end", lambda: text.endswith(daemon.whole("web1@4242.log")))
    assert "since all logs exceed the limit of 20 files" in daemon.said()


@test
def daemon_keeps_within_a_number_of_guests(bench):
    """Those of who has most go, when they are gone; who runs keeps its log."""
    def bases():
        return {os.path.basename(path).split(".")[0] for path in glob.glob(daemon.path("*.log*"))}

    first = bench.port(1, "web1", b"mine", attach_ns=11, uid=os.geteuid())
    daemon = Daemon(bench, "[daemon]\nguests = 4\n[defaults]\nlog = raw\ncompress = no\n").start()
    daemon.wait_log("web1.log", b"mine")
    first.die()
    for number in range(2, 9):
        port = bench.port(number, f"ci-{number}", b"x", attach_ns=number + 11, uid=4242)
        wait_for("its log", lambda number=number: daemon.read(f"ci-{number}@4242.log") == b"x")
        port.die()
    wait_for("that there are four", lambda: len(bases()) == 4)
    assert "web1" in bases() and "ci-8@4242" in bases(), bases()
    assert "since all logs exceed the limit of 4 guests" in daemon.said()
    for number in range(10, 16):
        bench.port(number, f"live-{number}", b"x", attach_ns=number + 11, uid=4242)
        wait_for("its log", lambda number=number: daemon.read(f"live-{number}@4242.log") == b"x")
    daemon.wait_said("nothing can be removed, although it is necessary since all logs exceed "
                     "the limit of 4 guests")
    assert daemon.said().count("nothing can be removed") == 1
    report_failing(bench, daemon, "the limits of all logs, nothing more can be removed")
    assert daemon.read("web1.log") == b"mine"


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


@test
def daemon_parts_raw_logs_at_line_ends(bench):
    rng = random.Random(SEED)
    port = bench.port(1, "lines", attach_ns=11)
    long = bench.port(2, "long", attach_ns=12)
    daemon = Daemon(bench, "[defaults]\nrotate-size = 64k\ncompress = no\n").start()
    text = b"".join("ä€".encode() * rng.randrange(40) + b"\r\n" for _ in range(5000))
    # A program that repaints one line for ever.
    one_line = b"".join(b"\033[1;%dm" % number + "ä€\U0001f600".encode() * 3 + b"\r"
                        for number in range(10000))
    port.say(text)
    long.say(one_line)
    daemon.wait_log("lines.log", text)
    daemon.wait_log("long.log", one_line)
    assert len(daemon.files("lines.log")) >= 4
    for path in daemon.files("lines.log"):
        assert unpacked(path).endswith(b"\r\n"), unpacked(path)[-80:]
    assert len(daemon.files("long.log")) >= 3
    for path in daemon.files("long.log"):
        unpacked(path).decode()
        assert re.search(rb"(\033\[1;\d+m|\xf0\x9f\x98\x80|\xe2\x82\xac|\xc3\xa4|\r)\Z",
                         unpacked(path)), unpacked(path)[-80:]


@test
def daemon_parts_what_is_left_of_a_read_at_line_ends_as_well(bench):
    """The next file is so full of it that the rest of its last line has no room."""
    port = bench.port(1, "lines", attach_ns=11)
    daemon = Daemon(bench, "[defaults]\nrotate-size = 64k\ncompress = no\n").start()
    line = b"a line of thirty-two characters\n"
    text = b""
    for piece in (line * 1906 + b"half", b"x" * 4450, (b"\n" + line * 2048)[:65536], b"y" * 100 + b"\n", line):
        text += piece
        port.say(piece)
        daemon.wait_log("lines.log", text)
    assert len(daemon.files("lines.log")) == 2
    for path in daemon.files("lines.log"):
        assert unpacked(path).endswith(b"\n"), unpacked(path)[-80:]


@test
def daemon_ends_a_line_of_a_log_that_is_over_its_limit_already(bench):
    port = bench.port(1, "lines", attach_ns=11)
    long = bench.port(2, "long", attach_ns=12)
    daemon = Daemon(bench, "[defaults]\nrotate-size = 1M\ncompress = no\n").start()
    # In the middle of a line, and of a character.
    text = b"a line\r\n" * 12000 + b"the last "
    one_line = "one line ä€".encode() * 10000 + b"\xe2\x82"
    port.say(text)
    long.say(one_line)
    daemon.wait_log("lines.log", text)
    daemon.wait_log("long.log", one_line)
    daemon.reload("[defaults]\nrotate-size = 64k\ncompress = no\n")
    port.say(b"one\r\nand more\r\n")
    long.say(b"\xac" + b"and so on " * 1000)
    daemon.wait_log("lines.log", text + b"one\r\nand more\r\n")
    daemon.wait_log("long.log", one_line + b"\xac" + b"and so on " * 1000)
    for name in ("lines.log", "long.log"):
        assert len(daemon.files(name)) == 1, daemon.files(name)
        for path in daemon.files(name):
            unpacked(path).decode()
            assert name == "long.log" or unpacked(path).endswith(b"\r\n"), unpacked(path)[-80:]


# Clocks.

class Clocks:
    """By how many seconds the clocks of a daemon are ahead: that of calendars, and the other."""

    def __init__(self, bench):
        self.path = os.path.join(bench.dir, "clocks")
        bench.env["KPL011_CLOCKS"] = self.path
        self.set(0, 0)

    def set(self, wall, since_boot):
        with open(self.path + ".new", "w", encoding="ascii") as file:
            file.write(f"{wall} {since_boot}\n")
        os.rename(self.path + ".new", self.path)


DAY = 86400
YEAR = 365 * DAY


@test
def daemon_removes_nothing_because_of_a_wrong_clock(bench):
    clocks = Clocks(bench)
    port = bench.port(1, "web1", b"one\n", attach_ns=11)
    policy = "[defaults]\nkeep-age = 1w\nrotate-age = 1d\ncompress = no\n"
    daemon = Daemon(bench, policy).start()
    daemon.wait_log("web1.log", b"one\n")
    daemon.child.send_signal(signal.SIGUSR1)
    wait_for("the first file", lambda: len(daemon.files("web1.log")) == 1)
    # A year too far: told, and nothing is done.
    clocks.set(YEAR, 0)
    daemon.reload(policy)
    # Or a second less.
    daemon.wait_said("the clock is 36")
    report_failing(bench, daemon, "the clock, it has jumped: no log is removed or rotated by its age")
    port.say(b"two\n")
    wait_for("it", lambda: daemon.read("web1.log") == b"two\n")
    assert len(daemon.files("web1.log")) == 1
    # Over a restart, and over a kill.
    daemon.stop()
    daemon.start()
    daemon.kill()
    daemon.start()
    daemon.reload(policy)
    assert len(daemon.files("web1.log")) == 1, daemon.said()
    clocks.set(0, 0)
    daemon.reload(policy)
    daemon.wait_said("the clock is right again")
    report_failing(bench, daemon)
    # Before 1980; what is cut off has no name from then.
    clocks.set(-50 * YEAR, 0)
    daemon.reload(policy)
    daemon.wait_said("short of the time that has passed")
    daemon.child.send_signal(signal.SIGUSR1)
    wait_for("the second file", lambda: len(daemon.files("web1.log")) == 2)
    assert f".log.{time.gmtime().tm_year}" in daemon.files("web1.log")[1], daemon.files("web1.log")
    # It is right, and all that was kept is there; and it goes on for so long.
    clocks.set(0, 0)
    daemon.reload(policy)
    assert daemon.whole("web1.log") == b"one\ntwo\n"
    clocks.set(8 * DAY, 8 * DAY)
    daemon.reload(policy)
    assert not daemon.files("web1.log")


@test
def daemon_believes_a_clock_that_is_steady_for_a_day(bench):
    clocks = Clocks(bench)
    bench.port(1, "web1", b"one\n", attach_ns=11)
    policy = "[defaults]\nkeep-age = 1w\ncompress = no\n"
    daemon = Daemon(bench, policy).start()
    daemon.wait_log("web1.log", b"one\n")
    daemon.child.send_signal(signal.SIGUSR1)
    wait_for("a file", lambda: len(daemon.files("web1.log")) == 1)
    clocks.set(YEAR, 0)
    daemon.reload(policy)
    clocks.set(YEAR + DAY // 2, DAY // 2)
    daemon.reload(policy)
    assert len(daemon.files("web1.log")) == 1
    clocks.set(YEAR + DAY + 60, DAY + 60)
    daemon.reload(policy)
    daemon.wait_said("has run steadily for a day")
    assert not daemon.files("web1.log")
    assert daemon.said().count("ahead of the time that has passed") == 1, daemon.said()


# Ledgers.

def change_ledger(daemon, name, **changes):
    with open(daemon.path(f".kpl011/{name}"), "r+", encoding="ascii") as file:
        known = json.load(file)
        file.seek(0)
        file.write(json.dumps({**known, **changes}).ljust(1023) + "\n")


@test
def daemon_obeys_no_ledger_that_cannot_be_true(bench):
    port = bench.port(1, "web1", b"one\n", attach_ns=11, uid=os.geteuid())
    bench.port(2, "web2", b"theirs\n", attach_ns=12, uid=4242)
    daemon = Daemon(bench).start()
    daemon.wait_log("web1.log", b"one\n")
    daemon.wait_log("web2@4242.log", b"theirs\n")
    logged = b"one\n"
    wrong = (({"from": [4, 4000, 0], "to": [4, 4000, 0]}, "its position is beyond the newest byte"),
             ({"base": "web2@4242"}, "its log web2@4242 is another guest's"),
             ({"base": "web2"}, "its log web2 is another guest's"),
             ({"base": "web1@4242"}, "its log web1@4242 is another guest's"),
             ({"done": 1}, "it says that the guest is gone"),
             ({"port": 2}, "it is of another port"),
             ({"format": "x"}, "it is not a ledger of kpl011"))
    for changes, why in wrong:
        daemon.stop()
        change_ledger(daemon, "1-11.raw", **changes)
        if os.path.exists(daemon.path(".kpl011/1-11.raw.bad")):
            os.unlink(daemon.path(".kpl011/1-11.raw.bad"))
        daemon.start()
        # What there is comes once more; nothing is missing, and goes nowhere else.
        logged += b"one\n"
        daemon.wait_log("web1.log", logged)
        assert daemon.said().count(why) == 1, (why, daemon.said())
        assert os.path.exists(daemon.path(".kpl011/1-11.raw.bad")), why
    # Another's file is not cut to where it says, nor written to.
    daemon.stop()
    st = os.stat(daemon.path("web2@4242.log"))
    change_ledger(daemon, "1-11.raw", dev=st.st_dev, ino=st.st_ino, exact=0,
                  **{"from": [0, 4, 0], "to": [1000, 4, 0]})
    port.say(b"two\n")
    daemon.start()
    daemon.wait_log("web1.log", logged + b"two\n")
    daemon.wait_said("web1.log was moved or removed")
    assert daemon.read("web2@4242.log") == b"theirs\n"
    # They go with their ports.
    port.die()
    os.unlink(port.path)
    wait_for("that its ledger goes", lambda: not os.path.exists(daemon.path(".kpl011/1-11.raw")))
    daemon.stop()
    daemon.start()
    wait_for("that what was put aside goes", lambda: not os.path.exists(
        daemon.path(".kpl011/1-11.raw.bad")))
