# SPDX-License-Identifier: GPL-2.0-only
"""Tests that nothing holds up `kpl011 daemon`: what takes long, does not end, or is many."""

import glob
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import proc
from daemon import SEED, Daemon, unpacked
from played import Control, is_at_rest, still_port, version_of, wait_for
from trouble_cases import report_failing
from vms import need_kvm
from workers import on_this_host

TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Counted:
    """Counts the system calls of a daemon until it ends, in all and in one turn."""

    def __init__(self, bench, slow=None):
        if not bench.program.endswith("-plain"):
            bench.program += "-plain"
        self.path = os.path.join(bench.dir, "counted")
        self.env = {"LD_PRELOAD": os.path.join(bench.build, "tests-console", "counted.so"),
                    "COUNTED_TOLD": self.path, **({"COUNTED_SLOW": slow} if slow else {})}

    def read(self):
        """Of the one that has ended last: by kind of call how many, and the most in a turn."""
        with open(self.path, encoding="ascii") as file:
            return {words[0]: (int(words[1]), int(words[2]))
                    for words in (line.split() for line in file)}


# A compressor that does not end.

def stuck_env(bench):
    """With it the first that compresses for a daemon does not end while there is the path."""
    bench.program += "-plain"
    path = os.path.join(bench.dir, "stuck")
    with open(path, "wb"):
        pass
    return path, {"LD_PRELOAD": os.path.join(bench.build, "tests-console", "stuck.so"),
                  "STUCK_WHILE": path}


class Stuck:
    """The first process that compresses for a daemon does not end, whatever is done to it."""

    def __init__(self, bench, count):
        self.path, self.env = stuck_env(bench)
        rng = random.Random(SEED)
        self.port = bench.port(1, "web1", b"one\n", attach_ns=11)
        self.daemon = Daemon(bench)
        os.makedirs(self.daemon.path(".kpl011"))
        self.texts = {}
        for number in range(1, count + 1):
            path = self.daemon.path(f"gone.log.20260101T000000Z-{number:06}")
            self.texts[path] = rng.randbytes(700000)
            with open(path, "wb") as file:
                file.write(self.texts[path])
        self.daemon.start(env=self.env)
        wait_for("one that is stuck", lambda: os.path.exists(self.path + ".there"))
        self.daemon.wait_log("web1.log", b"one\n")

    def let_go(self):
        os.unlink(self.path)

    def is_gone(self):
        with open(self.path + ".there", encoding="ascii") as file:
            pid = int(file.read())
        return not proc.alive(pid)


@test
def daemon_waits_for_no_compressor_that_does_not_end(bench):
    stuck = Stuck(bench, 3)
    daemon = stuck.daemon
    first, second, third = sorted(stuck.texts)
    # What it compresses is to go: it is killed, and nobody waits for it.
    daemon.reload("[daemon]\nbudget = 1M\n")
    wait_for("that two of them go", lambda: not os.path.exists(first) and
             not glob.glob(second + "*"))
    stuck.port.say(b"two\n")
    daemon.wait_log("web1.log", b"one\ntwo\n")
    wait_for("that the third is compressed beside it",
             lambda: os.path.isfile(third + ".zst") and not os.path.exists(third))
    assert unpacked(third + ".zst") == stuck.texts[third]
    daemon.wait_said("was killed and does not end")
    assert os.path.basename(first) in daemon.said(), daemon.said()
    assert not stuck.is_gone()
    report_failing(bench, daemon, "compressing, a process that was killed does not end")
    stuck.let_go()
    wait_for("its end", stuck.is_gone)
    daemon.wait_said("the killed processes that compressed logs have ended now")
    report_failing(bench, daemon)
    assert not glob.glob(first + "*"), "what was removed is there again"
    assert daemon.said().count("does not end") == 1, daemon.said()
    assert not [name for name in os.listdir(daemon.path(".kpl011")) if name.startswith("pack")]
    daemon.stop()


@test
def daemon_ends_while_a_compressor_does_not(bench):
    stuck = Stuck(bench, 2)
    daemon = stuck.daemon
    stuck.port.say(b"two\n")
    daemon.wait_log("web1.log", b"one\ntwo\n")
    daemon.stop()
    assert "was killed and does not end" in daemon.said(), daemon.said()
    assert not stuck.is_gone()
    for path, text in stuck.texts.items():
        assert unpacked(path) == text
    # Another daemon does what is left, whatever the one that is stuck comes to.
    daemon.start()
    stuck.port.say(b"three\n")
    daemon.wait_log("web1.log", b"one\ntwo\nthree\n")
    daemon.wait_packed()
    stuck.let_go()
    wait_for("its end", stuck.is_gone)
    daemon.stop()
    for path, text in stuck.texts.items():
        assert unpacked(path + ".zst") == text
    assert not [name for name in os.listdir(daemon.path(".kpl011")) if name.startswith("pack")]


@test
def what_is_compressed_for_a_killed_daemon_becomes_no_log(bench):
    """Its log may be gone by then, and nobody would know of the other."""
    stuck = Stuck(bench, 1)
    daemon = stuck.daemon
    path, = stuck.texts
    daemon.kill()
    assert not stuck.is_gone()
    os.unlink(path)
    stuck.let_go()
    wait_for("its end", stuck.is_gone)
    assert not glob.glob(path + "*"), "what was removed is there again"
    daemon.start()
    wait_for("that what it has left goes", lambda: not [
        name for name in os.listdir(daemon.path(".kpl011")) if name.startswith("pack")])
    daemon.stop()
    assert not glob.glob(path + "*"), "what was removed is there again"


# A directory that cannot be read to its end.

class HalfRead:
    """Of each directory the daemon can read the first names alone, from now on.

    Or, with UNSEEN_WHILE, look at none of the logs.
    """

    def __init__(self, bench, what="HALFREAD_WHILE"):
        if not bench.program.endswith("-plain"):
            bench.program += "-plain"
        self.path = os.path.join(bench.dir, "unread")
        self.env = {"LD_PRELOAD": os.path.join(bench.build, "tests-console", "halfread.so"),
                    what: self.path}

    def begin(self):
        with open(self.path, "wb"):
            pass

    def end(self):
        os.unlink(self.path)


def make_files(daemon, name, count):
    os.makedirs(daemon.path(".kpl011"), exist_ok=True)
    for number in range(1, count + 1):
        with open(daemon.path(name.format(number)), "wb") as file:
            file.write(b"x")


def files_known(bench, daemon):
    status = bench.run("daemon", "--status", "--json", "--directory", daemon.logs, "--config",
                       daemon.config)
    return json.loads(status.stdout)["logs"]["files"]


def known_then_unread(bench, daemon, unread, metrics, policy):
    """How many files a daemon knows that it can read no more, and has told so."""
    daemon.start(env=unread.env)
    daemon.renew(metrics)
    known = files_known(bench, daemon)
    assert known >= 300, known
    unread.begin()
    daemon.reload(policy)
    daemon.wait_said(f"cannot look through {daemon.logs}: Input/output error; it is tried again")
    return known


@test
def daemon_takes_what_it_cannot_read_for_no_removal(bench):
    """And a reload ends all the same; when all can be read again it is looked at again."""
    unread = HalfRead(bench)
    metrics = os.path.join(bench.dir, "kpl011.prom")
    policy = f"[daemon]\nmetrics = {metrics}\n[defaults]\ncompress = no\n"
    daemon = Daemon(bench, policy)
    make_files(daemon, "gone.log.20260101T000000Z-{:06}", 300)
    before = known_then_unread(bench, daemon, unread, metrics, policy)
    daemon.renew(metrics)
    assert files_known(bench, daemon) == before
    report_failing(bench, daemon, "looking through the directory, Input/output error")
    # Its limits hold again with all of it.
    unread.end()
    daemon.reload(policy + "keep-files = 10\n")
    wait_for("that ten are left", lambda: len(daemon.files("gone.log")) == 10)
    assert daemon.files("gone.log")[0].endswith("-000291"), daemon.files("gone.log")
    daemon.stop()


@test
def daemon_goes_on_to_the_next_guest_where_removing_is_slow_and_fails(bench):
    disk = HalfRead(bench)
    policy = "[defaults]\ncompress = no\nkeep-files = 1\n"
    daemon = Daemon(bench, policy)
    for guest in ("a", "b"):
        make_files(daemon, guest + ".log.20260101T000000Z-{:06}", 20)
    daemon.start(env={**disk.env, "UNREMOVED": "a.log."})
    for keep in (5, 1):
        daemon.reload(policy.replace("= 1", f"= {keep}"))
        wait_for("the limits of the next", lambda keep=keep: len(daemon.files("b.log")) <= keep)
    assert len(daemon.files("a.log")) == 20
    daemon.stop()


def begin_web1(bench, policy):
    """A daemon that has noted that web1.log is its own, and has ended."""
    port = bench.port(1, "web1", b"one\n", attach_ns=11)
    daemon = Daemon(bench, policy).start()
    daemon.wait_log("web1.log", b"one\n")
    daemon.stop()
    return port, daemon


@test
def daemon_cuts_off_nothing_before_it_could_look_through_the_directory_once(bench):
    """Its number is unknown, and so is what is the oldest."""
    unread = HalfRead(bench)
    policy = "[defaults]\nlog = raw\ncompress = no\nrotate-size = 64K\nkeep-files = 10\n"
    port, daemon = begin_web1(bench, policy)
    make_files(daemon, "web1.log.20260101T000000Z-{:06}", 300)
    unread.begin()
    daemon.start(env=unread.env)
    daemon.wait_said(f"cannot look through {daemon.logs}: Input/output error; it is tried again")
    daemon.reload(policy)
    for number in range(3):
        port.say(b"%d" % number * 50000 + b"\n")
        wait_for("what it prints", lambda number=number:
                 daemon.read("web1.log").endswith(b"%d\n" % number))
    assert daemon.read("web1.log").startswith(b"one\n"), "it was cut off"
    assert len(daemon.files("web1.log")) == 300, len(daemon.files("web1.log"))
    unread.end()
    daemon.reload(policy)
    wait_for("that ten are left", lambda: len(daemon.files("web1.log")) == 10)
    port.say(b"last\n")
    wait_for("the next number", lambda: daemon.files("web1.log")[-1].endswith("-000301"))
    wait_for("its limit", lambda: daemon.files("web1.log")[0].endswith("-000292"))
    daemon.stop()


@test
def daemon_forgets_no_log_by_a_look_that_failed_when_limits_are_applied(bench):
    """As when logs begin to be cut off early, before the next look."""
    unread = HalfRead(bench)
    metrics = os.path.join(bench.dir, "kpl011.prom")
    policy = f"[daemon]\nbudget = 1500K\nmetrics = {metrics}\n" \
             "[defaults]\nlog = raw\ncompress = no\n"
    port, daemon = begin_web1(bench, policy)
    make_files(daemon, "gone.log.20260101T000000Z-{:06}", 300)
    before = known_then_unread(bench, daemon, unread, metrics, policy)
    port.say(b"x" * 200000 + b"\n")
    wait_for("that it is cut off early", lambda: daemon.files("web1.log"))
    daemon.renew(metrics)
    assert files_known(bench, daemon) > before, (files_known(bench, daemon), before)
    assert len(daemon.files("gone.log")) == 300
    daemon.stop()


@test
def daemon_takes_what_it_cannot_look_at_for_no_removal(bench):
    """One by one, where all names can be read: neither its logs nor that they are its own."""
    unseen = HalfRead(bench, "UNSEEN_WHILE")
    metrics = os.path.join(bench.dir, "kpl011.prom")
    policy = f"[daemon]\nmetrics = {metrics}\n[defaults]\nlog = raw\ncompress = no\n"
    port, daemon = begin_web1(bench, policy)
    port.end()
    os.unlink(port.path)
    make_files(daemon, "gone.log.20260101T000000Z-{:06}", 300)
    daemon.start(env=unseen.env)
    daemon.renew(metrics)
    assert files_known(bench, daemon) >= 300, files_known(bench, daemon)
    unseen.begin()
    for _ in range(2):
        daemon.renew(metrics)
    assert files_known(bench, daemon) >= 300, files_known(bench, daemon)
    unseen.end()
    for _ in range(2):
        daemon.renew(metrics)
    assert files_known(bench, daemon) >= 300, files_known(bench, daemon)
    assert "is no log" not in daemon.said(), daemon.said()
    daemon.stop()


@test
def daemon_renames_old_logs_that_it_could_not_read_at_the_next_start(bench):
    """Of both kinds of old names; what it cannot read it does not guess."""
    unread = HalfRead(bench)
    daemon = Daemon(bench, "[defaults]\ncompress = no\n")
    make_files(daemon, "web1@2.log.20260101T000000Z-{:06}", 300)
    unread.begin()
    daemon.start(env=unread.env)
    daemon.wait_said(f"cannot look through {daemon.logs} for old names: Input/output error; "
                     "the next start tries again")
    daemon.stop()
    left = len(daemon.files("web1@2.log"))
    assert left and left + len(daemon.files("web1~2.log")) == 300, left
    unread.end()
    daemon.start()
    wait_for("their names", lambda: len(daemon.files("web1~2.log")) == 300)
    daemon.stop()
    # Where it cannot tell whether names have owners already it leaves them.
    make_files(daemon, "web2@1000.log.20260101T000000Z-{:06}", 1)
    make_files(daemon, ".kpl011/{}-1.raw.bad", 100)
    for path in daemon.files("web1~2.log") + [daemon.path(".kpl011/format")]:
        os.unlink(path)
    unread.begin()
    daemon.start(env=unread.env)
    daemon.stop()
    assert len(daemon.files("web2@1000.log")) == 1, os.listdir(daemon.logs)


# Reloads.

@test
def daemon_does_all_else_however_often_it_is_to_read_its_policy(bench):
    """By a signal that comes again and again, and a policy that is another one each time."""
    metrics = os.path.join(bench.dir, "kpl011.prom")
    policy = f"[daemon]\nmetrics = {metrics}\n[defaults]\nlog = raw\ncompress = no\n"
    port = bench.port(1, "web1", b"one\n", attach_ns=11)
    daemon = Daemon(bench, policy)
    make_files(daemon, "gone.log.20260101T000000Z-{:06}", 2000)
    daemon.start()
    daemon.wait_log("web1.log", b"one\n")
    daemon.write_policy(policy + "keep-files = 10\n")
    # For others, the kernel's own file of the signals' sender is as good as a shell.
    flood = subprocess.Popen([sys.executable, "-c",
                              f"import os\nwhile True: os.kill({daemon.child.pid}, 1)"],
                             stderr=subprocess.DEVNULL)
    bench.children.append(flood)
    try:
        wait_for(lambda: f"its limits; {len(daemon.files('gone.log'))} files",
                 lambda: len(daemon.files("gone.log")) == 10, 60)
        for number in range(3):
            before = version_of(metrics)
            daemon.write_policy(policy + f"keep-files = {number + 20}\n")
            port.say(b"%d\n" % number)
            wait_for("what it prints", lambda number=number:
                     daemon.read("web1.log").endswith(b"%d\n" % number), 60)
            wait_for("its metrics", lambda before=before: version_of(metrics) not in (None, before),
                     60)
    finally:
        flood.kill()
        flood.wait()
    # The last one is not forgotten.
    daemon.reload(policy + "keep-files = 5\n")
    wait_for("that five are left", lambda: len(daemon.files("gone.log")) == 5)
    daemon.stop()


# A manager that is behind.

@test
def daemon_waits_for_no_manager_that_is_behind(bench):
    """What its manager must know is told when it listens again, in order."""
    port = bench.port(1, "web1", b"one\n", attach_ns=11)
    daemon = Daemon(bench).start()
    daemon.wait_log("web1.log", b"one\n")
    daemon.read_notified()
    full = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    with full:
        try:
            while True:
                full.sendto(b"FULL=1", daemon.told)
        except BlockingIOError:
            pass
    daemon.notified.clear()
    for _ in range(3):
        before = daemon.said().count("the policy was read again")
        daemon.child.send_signal(signal.SIGHUP)
        daemon.wait_said("the policy was read again", before + 1)
    port.say(b"two\n")
    daemon.wait_log("web1.log", b"one\ntwo\n")
    # It has heard of none of them.
    daemon.wait_notified("READY=1")
    told = [line for line in daemon.notified if line.startswith(("RELOADING", "READY"))]
    assert told == ["RELOADING=1", "READY=1"], told
    daemon.reload("")
    daemon.stop()
    daemon.wait_notified("STOPPING=1")


# Removals.

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
def daemon_sums_up_by_owner_what_users_make_happen(bench):
    """Whatever it is, and however many guests they make for it."""
    for number in range(1, 42):
        port = bench.port(number, f"guest{number}", b"one\n", attach_ns=number,
                          uid=4242 if number < 41 else 4243)
        port.flow_errno = 1
        port.forget(2)
    daemon = Daemon(bench, "[defaults]\nlog = raw\nlossless = yes\n")
    os.makedirs(daemon.path(".kpl011"))
    for number in range(1, 42):
        with open(daemon.path(f".kpl011/{number}-{number}.raw"), "wb") as file:
            file.write(b"no ledger\n")
    daemon.start()
    for number in range(1, 42):
        daemon.wait_log(f"guest{number}@{4242 if number < 41 else 4243}.log",
                        b"\n[kpl011: 2 bytes lost]\ne\n")
    causes = ("is wrong: it is not a ledger of kpl011; it is put aside",
              "cannot be logged without loss", "bytes were overwritten")
    for cause in causes:
        assert daemon.said().count(cause) == 2, daemon.said()
    daemon.stop()
    said = [line for line in daemon.said().splitlines() if "user 4242, 39 times more: " in line]
    assert len(said) == 3 and all(any(cause in line for line in said) for cause in causes), said
    assert any(": 78 bytes were overwritten before they could be logged (raw); the last was guest"
               in line for line in said), said


@test
def daemon_sums_up_what_cannot_be_renamed(bench):
    """The first, and how many more; each stays."""
    daemon = Daemon(bench, "[defaults]\ncompress = no\n")
    for name in ("web1@2", "web1~2"):
        make_files(daemon, name + ".log.20260101T000000Z-{:06}", 300)
    daemon.start()
    daemon.wait_said("cannot rename 299 more files in")
    assert daemon.said().count("cannot rename ") == 2, daemon.said()
    assert len(daemon.files("web1@2.log")) == len(daemon.files("web1~2.log")) == 300
    daemon.stop()


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
@on_this_host
def daemon_sums_up_vms_that_are_refused(bench):
    need_kvm()
    control = Control(bench.dir, lambda request: "errno 122")
    daemon = Daemon(bench, "[defaults]\nlog = raw\n").start()
    for number in range(1, 6):
        bench.make_vm("-name", f"web{number}")
    wait_for("that all are refused", lambda: len(control.requests) >= 5)
    daemon.stop()
    said = re.findall(r"refused, user .* may not have another port", daemon.said())
    assert len(said) == 2, daemon.said()
    assert " times more: refused, " in daemon.said(), daemon.said()


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


# Many of one name.

@test
def daemon_asks_once_about_each_guest_of_one_name(bench):
    """KPL011_LOG_GUESTS of them, 300 unless said: it costs as much as of many names."""
    guests = int(os.environ.get("KPL011_LOG_GUESTS", "300"))
    counted = Counted(bench)
    opened = []
    for name in ("guest{}", "same"):
        daemon = Daemon(bench, "[defaults]\nlog = raw\n")
        for number in range(guests):
            still_port(bench, number, b"x\n", name=name.format(number))
        daemon.start(env=counted.env)
        wait_for("their logs", lambda daemon=daemon: len(glob.glob(daemon.path("*.log"))) == guests)
        daemon.stop()
        opened.append(counted.read()["open"][0])
        for path in glob.glob(daemon.path("*.log")) + glob.glob(daemon.path(".kpl011/*.raw")):
            os.unlink(path)
    print(f"# {guests} guests of a name each and of one name: {opened} files are opened")
    assert opened[1] < opened[0] + 5 * guests, opened


@test
def daemon_asks_about_a_guest_of_many_in_turns(bench):
    """One that comes when there are many of its name holds up nobody."""
    counted = Counted(bench, "open")
    daemon = Daemon(bench, "[defaults]\nlog = raw\n")
    for number in range(150):
        still_port(bench, number, b"x\n", name="same")
    daemon.start(env=counted.env)
    wait_for("their logs", lambda: len(glob.glob(daemon.path("*.log"))) == 150)
    still_port(bench, 150, b"the last\n", name="same")
    wait_for("its log", lambda: daemon.read("same~151.log") == b"the last\n")
    daemon.stop()
    # Each takes a millisecond, and a turn some ten, and what is begun in it.
    most = counted.read()["open"][1]
    assert most < 60, f"{most} guests and files are opened in one turn"


@test
def daemon_tidies_up_after_guests_in_turns(bench):
    """KPL011_LOG_GUESTS of them, 300 unless said, that go at once."""
    guests = int(os.environ.get("KPL011_LOG_GUESTS", "300"))
    counted = Counted(bench, "unlink")
    daemon = Daemon(bench, "[defaults]\nlog = none\n")
    for number in range(guests):
        still_port(bench, number, b"x\n")
    daemon.start(env=counted.env)
    daemon.wait_notified(f"STATUS={guests} guests")
    daemon.child.send_signal(signal.SIGSTOP)
    for number in range(guests):
        os.unlink(os.path.join(bench.dir, str(number)))
    daemon.child.send_signal(signal.SIGCONT)
    daemon.wait_notified("STATUS=0 guests")
    daemon.stop()
    count, most = counted.read()["unlink"]
    # Of each guest there are five, each takes a millisecond, and a turn ten.
    assert count >= 5 * guests and most < 60, (count, most)


@test
def daemon_tries_again_in_turns(bench):
    """Guests that could not be begun, all at once."""
    counted = Counted(bench, "open")
    daemon = Daemon(bench, "[defaults]\nlog = none\n")
    for number in range(100):
        still_port(bench, number, b"x\n")
    daemon.start(env=counted.env)
    daemon.wait_notified("STATUS=100 guests")
    # There is nobody to open it, and it is there.
    for number in range(100):
        path = os.path.join(bench.dir, str(number))
        with socket.socket(socket.AF_UNIX) as nobody:
            nobody.bind(path + ".new")
        os.rename(path + ".new", path)
    daemon.reload("[defaults]\nlog = raw\n")
    daemon.wait_said("cannot be logged (raw): Connection refused; it is tried again")
    assert not glob.glob(daemon.path("*.log"))
    for number in range(100):
        still_port(bench, number, b"x\n")
    wait_for("their logs", lambda: len(glob.glob(daemon.path("*.log"))) == 100)
    daemon.stop()
    # Each takes a millisecond, and a turn ten, and what is begun in it.
    most = counted.read()["open"][1]
    assert most < 60, f"{most} files are opened in one turn"


@test
def daemon_cuts_all_logs_off_however_often_it_is_asked_to(bench):
    """What some guests print meanwhile is no reason to leave out the others."""
    counted = Counted(bench, "rename")
    daemon = Daemon(bench, "[defaults]\nlog = raw\nkeep-files = 1\ncompress = no\n"
                    "rotate-age = never\n")
    talking = [bench.port(number, f"talk{number}", b"x\n", attach_ns=number)
               for number in (*range(1, 21), *range(101, 121))]
    for number in range(21, 101):
        still_port(bench, number, b"x\n", name=f"still{number}")
    daemon.start(env=counted.env)
    wait_for("their logs", lambda: len(glob.glob(daemon.path("*.log"))) == 120)
    done = threading.Event()

    def ask_all_the_time():
        while not done.is_set():
            for port in talking:
                port.say(b"more\n")
            daemon.child.send_signal(signal.SIGUSR1)
            time.sleep(0.002)

    asking = threading.Thread(target=ask_all_the_time)
    asking.start()
    try:
        wait_for("that those of all are cut off, who print and who do not",
                 lambda: len({name.split(".")[0] for name in os.listdir(daemon.logs)
                              if ".log." in name}) == 120, 60)
    finally:
        done.set()
        asking.join()
    daemon.stop()
    most = counted.read()["rename"][1]
    assert most < 60, f"{most} files are renamed in one turn"


@test
def daemon_asks_once_for_all_that_wait_for_a_name(bench):
    counted = Counted(bench)
    before = bench.port(1, "same", b"last words\n", attach_ns=1, uid=os.geteuid())
    daemon = Daemon(bench, "[defaults]\nlog = raw\n")
    os.mkdir(daemon.logs)
    os.symlink("nowhere", daemon.path("same.log"))
    daemon.start(env=counted.env)
    daemon.wait_said("same.log: there is something by this name that is not a regular file")
    before.die()
    # All at once.
    daemon.child.send_signal(signal.SIGSTOP)
    for number in range(2, 102):
        still_port(bench, number, b"x\n", name="same")
    daemon.child.send_signal(signal.SIGCONT)
    daemon.wait_notified("STATUS=101 guests")
    for _ in range(20):
        daemon.notified.clear()
        daemon.child.send_signal(signal.SIGUSR1)
        daemon.wait_notified("STATUS=101 guests")
    # The next life waits for its log; the others have their own.
    wait_for("their logs", lambda: len(glob.glob(daemon.path("*.log"))) == 100)
    os.unlink(daemon.path("same.log"))
    daemon.wait_log("same.log", b"last words\nx\n")
    wait_for("their logs", lambda: len(glob.glob(daemon.path("*.log"))) == 100)
    daemon.stop()
    opened = counted.read()["open"][0]
    assert opened < 100 * 30, f"{opened} files are opened"


# What there is before.

@test
def daemon_looks_at_processes_in_turns(bench):
    """One of somebody's who has as many descriptors as he may."""
    counted = Counted(bench, "readlink")
    port = bench.port(1, "web1", b"one\n", attach_ns=11)
    many = subprocess.Popen(
        [sys.executable, "-c", "import os, sys; fds = [os.dup(0) for _ in range(900)]; "
         "print(flush=True); sys.stdin.read()"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    bench.children.append(many)
    many.stdout.read(1)
    daemon = Daemon(bench).start(env=counted.env)
    port.say(b"two\n")
    daemon.wait_log("web1.log", b"one\ntwo\n")

    wait_for("the end of its look", lambda: is_at_rest(daemon.child.pid))
    daemon.stop()
    count, most = counted.read()["readlink"]
    # Each takes a millisecond, and a turn ten.
    assert count > 900, count
    assert most < 60, f"{most} descriptors are looked at in one turn"


@test
def daemon_renames_old_logs_in_turns(bench):
    """KPL011_LOG_FILES of them, 400 unless said; those of before there were owners in names."""
    files = min(int(os.environ.get("KPL011_LOG_FILES", "400")), 5000)
    counted = Counted(bench, "rename")
    daemon = Daemon(bench, "[defaults]\ncompress = no\n")
    os.makedirs(daemon.path(".kpl011"))
    for number in range(1, files + 1):
        with open(daemon.path(f"web1@2.log.20260101T000000Z-{number:06}"), "wb") as file:
            file.write(b"x")
    bench.port(1, "web1", b"one\n", attach_ns=11, uid=os.geteuid())
    daemon.start(env=counted.env)
    daemon.wait_log("web1.log", b"one\n")
    assert len(daemon.files("web1~2.log")) == files and not daemon.files("web1@2.log")
    daemon.wait_said(f"that were called NAME@NUMBER are called NAME~NUMBER now: {files} files")
    daemon.stop()
    count, most = counted.read()["rename"]
    # Each takes a millisecond, and a turn ten.
    assert count >= files and most < 60, (count, most)


# Who prints little.

@test
def daemon_leaves_who_prints_little_alone_for_a_moment(bench):
    """It looks for alerts in many bytes at a time, and not later for that."""
    counted = Counted(bench)
    port = bench.port(1, "web1", attach_ns=11)
    daemon = Daemon(bench, f"[daemon]\njournal-socket = {bench.dir}/nothing\n[defaults]\nlog = none\n"
                    "alert = panic\n")
    daemon.start(env=counted.env)
    begun = time.monotonic()
    for _ in range(3000):
        port.say(b"x")
        time.sleep(0.0003)
    port.say(b"\nKernel panic - not syncing: x\n")
    daemon.wait_said("Kernel panic")
    took = time.monotonic() - begun
    daemon.stop()
    waits = counted.read()["wait"][0]
    # One for the bytes, and one for the time, in 8 ms; and what there is else.
    assert waits < took / 0.008 * 2 + 100, f"it was woken {waits} times in {took:.1f} s"


# What a write costs.

@test
def daemon_looks_twice_for_each_write(bench):
    """At the log, and at its ledger, whether they are where they were."""
    counted = Counted(bench)
    port = bench.port(1, "web1", attach_ns=11)
    daemon = Daemon(bench, "[defaults]\nlog = raw\n")
    daemon.start(env=counted.env)
    text = b""
    for number in range(300):
        piece = b"%d\n" % number
        text += piece
        port.say(piece)
        wait_for("it", lambda: daemon.read("web1.log") == text)
    daemon.stop()
    stats, writes = (counted.read()[kind][0] for kind in ("stat", "write"))
    print(f"# for {writes} writes files are looked at {stats} times")
    assert writes >= 300 and stats < 2 * writes + 100, (stats, writes)
    assert b"another program" not in daemon.said().encode(), daemon.said()


# What is on the disk.

@test
def daemon_counts_what_there_is_beside_logs(bench):
    """Ledgers are files as well, one for each log of each guest."""
    def on_disk():
        return sum(len(files) for _, _, files in os.walk(daemon.logs))

    daemon = Daemon(bench, "[daemon]\nfiles = 80\n[defaults]\nlog = raw clean\ncompress = no\n")
    os.mkdir(daemon.logs)
    for number in range(1, 101):
        with open(daemon.path(f"gone.log.20260101T000000Z-{number:06}"), "wb") as file:
            file.write(b"x")
    ports = [bench.port(number, f"guest{number}", b"one\n", attach_ns=number)
             for number in range(1, 11)]
    daemon.start()
    for number in range(1, 11):
        daemon.wait_text(f"guest{number}.clean.log", b"one\n")
    wait_for("that they are within it", lambda: on_disk() <= 80)
    # And no more goes than has to.
    assert len(daemon.files("gone.log")) > 30, daemon.files("gone.log")
    # Those of a port that is no more make room.
    for port in ports[:5]:
        port.die()
        port.end()
        os.unlink(port.path)
    wait_for("that their ledgers go", lambda: len(glob.glob(daemon.path(".kpl011/*-*.*"))) == 10)
    daemon.stop()
    status = json.loads(bench.run("daemon", "--status", "--json", "--directory",
                                  daemon.logs, "--config", daemon.config).stdout)
    counted = status["logs"]["files"]
    assert abs(counted - on_disk()) <= 1, (counted, on_disk())
