# SPDX-License-Identifier: GPL-2.0-only
"""Tests that nothing holds up `kpl011 daemon`: what takes long, does not end, or is many."""

import glob
import json
import os
import random
import resource
import signal
import socket
import subprocess
import sys
import threading
import time

import asks
import proc
from daemon import SEED, Daemon, longest_turn, make_files, unpacked
from played import is_at_rest, still_port, version_of, wait_for
from preloaded import Counted, stuck_env
from scale_cases import memory
from trouble_cases import report_failing

TESTS = []
test = asks.decorator(TESTS)


# A compressor that does not end.

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

    def counted():
        return json.loads(bench.run("daemon", "--status", "--json", "--directory", daemon.logs,
                                    "--config", daemon.config).stdout)["logs"]["files"]

    # What the daemon has for itself is counted by the next look at all.
    own = len(glob.glob(daemon.path(".kpl011/[!0-9]*")))
    assert on_disk() - own <= counted() <= on_disk(), (counted(), on_disk(), own)
    daemon.start()
    wait_for("that all of it is counted", lambda: counted() == on_disk())
