# SPDX-License-Identifier: GPL-2.0-only
"""Tests of `kpl011 daemon`: what it logs, whatever happens to it, and how it behaves."""

import json
import os
import random
import re
import shutil
import stat
import subprocess
import threading
import time

import asks
from daemon import SEED, Daemon, bare, lines_of
from journal import Journal
from played import has_waited, is_at_rest, wait_for

TESTS = []
test = asks.decorator(TESTS)


# What is logged.

@test
def daemon_logs_each_guest_from_its_first_byte(bench):
    web1 = bench.port(1, "web1", b"EFI stub\r\n", attach_ns=11)
    daemon = Daemon(bench).start()
    daemon.wait_log("web1.log", b"EFI stub\r\n")
    db = bench.port(2, "db", b"first\xff\0", attach_ns=12)
    daemon.wait_log("db.log", b"first\xff\0")
    db.say(b"second")
    daemon.wait_log("db.log", b"first\xff\0second")
    web1.say(b"\x1b[2Jx")
    daemon.wait_log("web1.log", b"EFI stub\r\n\x1b[2Jx")
    assert stat.S_IMODE(os.stat(daemon.path("db.log")).st_mode) == 0o640
    assert stat.S_IMODE(os.stat(daemon.logs).st_mode) == 0o750
    # Its last words, and the next life in the same file.
    db.say(b"panic")
    db.die()
    daemon.wait_log("db.log", b"first\xff\0secondpanic")
    bench.port(3, "db", b"boot", attach_ns=13)
    daemon.wait_log("db.log", b"first\xff\0secondpanicboot")
    daemon.stop()
    assert "db.log" not in daemon.said()


@test
def daemon_goes_on_where_it_was(bench):
    port = bench.port(1, "web1", b"one ", attach_ns=11)
    dead = bench.port(2, "old", b"last words", attach_ns=12)
    dead.die()
    daemon = Daemon(bench).start()
    daemon.wait_log("web1.log", b"one ")
    daemon.wait_log("old.log", b"last words")
    daemon.stop()
    port.say(b"two ")
    daemon.start()
    daemon.wait_log("web1.log", b"one two ")
    daemon.kill()
    port.say(b"three ")
    again = bench.port(3, "old", b", next life", attach_ns=13)
    daemon.start()
    daemon.wait_log("web1.log", b"one two three ")
    daemon.wait_log("old.log", b"last words, next life")
    again.die()
    # A life after one that was not logged to its end.
    daemon.kill()
    port.say(b"end ")
    port.die()
    port = bench.port(4, "web1", b"new ", attach_ns=14)
    daemon.start()
    daemon.wait_log("web1.log", b"one two three end new ")
    # Who is gone and was logged is not logged again.
    daemon.stop()
    daemon.start()
    port.say(b"four")
    daemon.wait_log("web1.log", b"one two three end new four")
    assert daemon.read("old.log") == b"last words, next life"
    assert sorted(os.listdir(daemon.logs)) == [".kpl011", "old.log", "web1.log"]


@test
def daemon_logs_elsewhere_what_is_through_here(bench):
    """Each log has a position of its own, also of a guest that is gone."""
    dead = bench.port(1, "old", b"last\n", attach_ns=11)
    dead.die()
    daemon = Daemon(bench, "[defaults]\nlog = raw\n").start()
    daemon.wait_log("old.log", b"last\n")
    daemon.stop()
    daemon.write_policy("[defaults]\nlog = raw clean\n")
    daemon.start()
    daemon.wait_text("old.clean.log", b"last\n")
    assert daemon.read("old.log") == b"last\n"


@test
def daemon_of_another_boot_or_module_begins_at_the_first_byte(bench):
    port = bench.port(1, "web1", b"one ", attach_ns=11)
    daemon = Daemon(bench).start()
    daemon.wait_log("web1.log", b"one ")
    daemon.stop()
    port.facts["attach_ns"] = 99
    daemon.start()
    daemon.wait_log("web1.log", b"one one ")
    daemon.stop()
    ledger = daemon.path(".kpl011/1-99.raw")
    wait_for("that a ledger of nobody goes",
             lambda: not os.path.exists(daemon.path(".kpl011/1-11.raw")))
    with open(ledger, "r+", encoding="ascii") as file:
        known = json.load(file)
        file.seek(0)
        file.write(json.dumps({**known, "boot": "0" * 36}).ljust(1023) + "\n")
    daemon.start()
    daemon.wait_log("web1.log", b"one one one ")


@test
def daemon_joins_no_life_to_a_line_of_another(bench):
    """What a crash or another life has left of a line is a line of its own, in text and in JSON."""
    port = bench.port(1, "web1", b"old\r\nlogin: ", attach_ns=11)
    daemon = Daemon(bench, "[defaults]\nlog = clean json\n").start()
    daemon.wait_text("web1.clean.log", b"old\n")
    daemon.stop()
    assert bare(daemon.read("web1.clean.log")) == b"old\nlogin: "
    with open(daemon.path("web1.json.log"), "ab") as file:
        file.write(b'{"host":"')
    kept = daemon.read("web1.json.log")
    port.facts["attach_ns"] = 99
    daemon.start()
    port.say(b"root\r\nnew\r\n")
    daemon.wait_text("web1.clean.log", b"old\nlogin: \nold\nlogin: root\nnew\n")
    wait_for("the last object", lambda: b'"new"' in daemon.read("web1.json.log"))
    rest = daemon.read("web1.json.log").removeprefix(kept)
    assert rest.startswith(b"\n"), rest
    assert [json.loads(line)["text"] for line in rest.splitlines()[1:]] == \
        ["old", "login: root", "new"], rest
    # What somebody has emptied meanwhile has no line to be ended.
    port.say(b"still")
    wait_for("it", lambda: daemon.read("web1.clean.log").endswith(b"still"))
    os.truncate(daemon.path("web1.clean.log"), 0)
    port.say(b" here\r\nend\r\n")
    wait_for("the end", lambda: daemon.read("web1.clean.log").endswith(b"end\n"))
    assert not daemon.read("web1.clean.log").startswith(b"\n"), daemon.read("web1.clean.log")


@test
def daemon_loses_nothing_over_kills_and_rotations(bench):
    """Raw, and as text with times; what another reader does is nothing to it."""
    rng = random.Random(SEED)
    port = bench.port(1, "web1", attach_ns=11)
    # With one behind all of them: else the daemon asks anew for each line.
    port.marks = [(0, 1), (1 << 40, 2)]
    policy = "[defaults]\nlog = raw clean\nrotate-size = 256k\n"
    daemon = Daemon(bench, policy).start()
    stalled = bench.start("log", "-f", "web1", stdout=subprocess.PIPE)
    total = b""
    for _ in range(8):
        while rng.random() < 0.8:
            piece = lines_of(rng.randrange(1, 3000), rng.randrange(20, 120), len(total))
            total += piece
            port.say(piece)
            if rng.random() < 0.5:
                before = daemon.progress("web1.log")
                port.say(b"more\r\n")
                total += b"more\r\n"
                wait_for("more of the log", lambda: daemon.progress("web1.log") != before)
        if rng.random() < 0.2:
            daemon.stop()
        else:
            daemon.kill()
        daemon.start()
    # Chance may have said little: there are to be three files in any case.
    while len(total) < 4 * 256 * 1024:
        piece = lines_of(1000, 100, len(total))
        total += piece
        port.say(piece)
    port.say(b"the end")
    total += b"the end"
    port.die()
    daemon.wait_log("web1.log", total)
    text = total.replace(b"\r", b"") + b"\n"
    daemon.wait_text("web1.clean.log", text)
    assert len(daemon.files("web1.log")) > 2
    daemon.wait_packed()
    assert daemon.whole("web1.log") == total
    assert "another program" not in daemon.said() and "moved" not in daemon.said(), daemon.said()
    stalled.kill()


@test
def daemon_logs_much_over_two_kills_and_an_upgrade(bench):
    """KPL011_LOG_MB of it, 2 unless said; beside a reader that takes nothing throughout."""
    megabytes = int(os.environ.get("KPL011_LOG_MB", "2"))
    rng = random.Random(SEED)
    port = bench.port(1, "web1", attach_ns=11)
    port.marks = [(0, 1), (1 << 40, 2)]
    daemon = Daemon(bench, "[defaults]\nrotate-size = 512k\n").start()
    stalled = bench.start("log", "-f", "web1", stdout=subprocess.PIPE)
    program = bench.program
    total = b""
    for piece in range(4 * megabytes):
        if piece == megabytes:
            daemon.kill()
        elif piece == megabytes + 1:
            daemon.start()
        elif piece == 2 * megabytes:
            daemon.kill()
            daemon.start()
        elif piece == 3 * megabytes:
            # The next one is another file.
            daemon.stop()
            bench.program = os.path.join(bench.dir, "kpl011-new")
            shutil.copy(program, bench.program)
            daemon.start()
        text = rng.randbytes(1 << 18)
        total += text
        port.say(text)
    bench.program = program
    port.die()
    wait_for("all of it", lambda: len(daemon.whole("web1.log")) >= len(total), 300)
    daemon.wait_packed()
    assert daemon.whole("web1.log") == total
    assert len(daemon.files("web1.log")) >= megabytes
    stalled.kill()


@test
def daemon_writes_text_with_times(bench):
    port = bench.port(1, "web1", b"\x1b[1mBold\x1b[m and\r\nno end", attach_ns=11)
    port.marks = [(0, time.clock_gettime_ns(time.CLOCK_BOOTTIME))]
    daemon = Daemon(bench, "[defaults]\nlog = clean\n").start()
    wait_for("a line", lambda: daemon.read("web1.clean.log"))
    line = daemon.read("web1.clean.log")
    assert re.fullmatch(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d Bold and\n",
                        line), line
    assert abs(time.time() - time.mktime(time.strptime(line[:19].decode(),
                                                       "%Y-%m-%dT%H:%M:%S"))) < 3600
    # In the middle of a line and of a sequence, and between CR and LF.
    daemon.kill()
    port.say(b" yet\x1b[3")
    daemon.start()
    port.say(b"1m red\r")
    wait_for("a line", lambda: bare(daemon.read("web1.clean.log")) == b"Bold and\n")
    daemon.kill()
    daemon.start()
    port.say(b"\n10%\r20%\rdone\n\nlast")
    port.die()
    wait_for("the end", lambda: b"last\n" in daemon.read("web1.clean.log"))
    assert bare(daemon.read("web1.clean.log")) == \
        b"Bold and\nno end yet red\ndone\n\nlast\n", daemon.read("web1.clean.log")
    assert not os.path.exists(daemon.path("web1.log"))


@test
def daemon_writes_what_was_typed_and_corrected_as_it_was_seen(bench):
    port = bench.port(1, "web1", b"# sl\b \b", attach_ns=11)
    daemon = Daemon(bench, "[defaults]\nlog = clean\n").start()
    port.say(b"\b \bls\n\rold\rn")
    wait_for("a line", lambda: bare(daemon.read("web1.clean.log")) == b"# ls\n")
    # A kill changes nothing: what was read and not written is read again.
    daemon.kill()
    daemon.start()
    port.say(b"ew\r\r\nend\n")
    wait_for("the end", lambda: bare(daemon.read("web1.clean.log")) == b"# ls\nnew\nend\n")


@test
def daemon_writes_a_line_that_stands_still(bench):
    port = bench.port(1, "web1", b"Booting\r\nEnter passphrase", attach_ns=11)
    daemon = Daemon(bench, "[defaults]\nlog = clean\n").start()
    wait_for("a line", lambda: bare(daemon.read("web1.clean.log")) == b"Booting\n")
    # At the end of the daemon; what follows goes on with it.
    daemon.stop()
    assert bare(daemon.read("web1.clean.log")) == b"Booting\nEnter passphrase"
    daemon.start()
    port.say(b" for vda3\033[1")
    # Or after some seconds, and not in the middle of a sequence.
    wait_for("it", lambda: bare(daemon.read("web1.clean.log")).endswith(b" for vda3"))
    daemon.kill()
    daemon.start()
    port.say(b"m: \r\nok\r\n")
    wait_for("the end", lambda: bare(daemon.read("web1.clean.log")) ==
             b"Booting\nEnter passphrase for vda3: \nok\n")


@test
def daemon_logs_a_line_without_an_end(bench):
    port = bench.port(1, "web1", attach_ns=11)
    daemon = Daemon(bench, "[defaults]\nlog = clean\n").start()
    total = b""
    for number in range(20):
        piece = b"%d " % number * 5000
        total += piece
        port.say(piece)
        if number % 4 == 1:
            wait_for("some of it", lambda: daemon.read("web1.clean.log"))
            daemon.kill()
            daemon.start()
    port.die()
    wait_for("its end", lambda: daemon.read("web1.clean.log").endswith(b"\n"))
    assert bare(daemon.read("web1.clean.log")) == total + b"\n"


@test
def daemon_tells_what_was_lost_in_its_place(bench):
    port = bench.port(1, "web1", b"x" * 1000 + b"kept\r\n", attach_ns=11)
    port.forget(1000)
    daemon = Daemon(bench, "[defaults]\nlog = raw clean\n").start()
    daemon.wait_log("web1.log", b"\n[kpl011: 1000 bytes lost]\nkept\r\n")
    daemon.wait_said("web1: 1000 bytes were overwritten before they could be logged (raw)")
    wait_for("the text", lambda: b"kept" in daemon.read("web1.clean.log"))
    port.say(b"half a li")
    daemon.wait_log("web1.log", b"\n[kpl011: 1000 bytes lost]\nkept\r\nhalf a li")
    daemon.kill()
    port.say(b"lost" * 100 + b"then\r\n")
    port.forget(6 + 9 + 400)
    daemon.start()
    wait_for("the text", lambda: b"then" in daemon.read("web1.clean.log"))
    daemon.wait_log("web1.log", b"\n[kpl011: 1000 bytes lost]\nkept\r\nhalf a li"
                    b"\n[kpl011: 400 bytes lost]\nthen\r\n")
    # The line that was not whole was not written.
    assert bare(daemon.read("web1.clean.log")) == \
        b"[kpl011: 1000 bytes lost]\nkept\n[kpl011: 409 bytes lost]\nthen\n"
    assert daemon.said().count("(raw)") == 2, daemon.said()


@test
def daemon_tells_of_losses_once_in_a_while(bench):
    """A guest that prints more than can be read fills no journal with that."""
    port = bench.port(1, "web1", b"", attach_ns=11)
    daemon = Daemon(bench).start()
    text = b""
    for number in range(20):
        port.say(b"x\n", skip=10)
        text += b"\n[kpl011: 10 bytes lost]\nx\n"
        daemon.wait_log("web1.log", text)
    assert daemon.said().count("overwritten") == 1, daemon.said()
    daemon.stop()
    assert "web1: 10 bytes were overwritten" in daemon.said(), daemon.said()
    assert "web1: 190 bytes were overwritten" in daemon.said(), daemon.said()


@test
def daemon_reads_without_loss_if_told_to(bench):
    port = bench.port(1, "web1", b"one ", attach_ns=11)
    plain = bench.port(2, "plain", b"one ", attach_ns=12)
    refused = bench.port(3, "refused", b"one ", attach_ns=13)
    refused.flow_errno = 1
    daemon = Daemon(bench, "[defaults]\nlossless = yes\n[guest plain]\nlossless = no\n").start()
    daemon.wait_log("web1.log", b"one ")
    assert port.flow == [1] and not plain.flow
    daemon.wait_log("refused.log", b"one ")
    daemon.wait_said("refused: cannot be logged without loss: it was attached without flow control")
    # It was too slow, and asks again.
    daemon.kill()
    port.say(b"two three")
    port.forget(8)
    daemon.start()
    daemon.wait_log("web1.log", b"one \n[kpl011: 4 bytes lost]\nthree")
    daemon.wait_said("The log held up its guest for as long as it may")
    wait_for("that it is asked again", lambda: port.flow == [1, 1, 1])
    daemon.reload("")
    wait_for("its end", lambda: port.flow == [1, 1, 1, 0])


# Where it cannot begin yet.

@test
def daemon_keeps_a_second_one_away(bench):
    bench.port(1, "web1", b"one", attach_ns=11)
    daemon = Daemon(bench).start()
    result = bench.run("daemon", "--config", daemon.config, "--directory", daemon.logs)
    assert result.returncode == 1
    assert f"another kpl011 daemon (process {daemon.child.pid})" in result.stderr.decode()
    daemon.kill()
    daemon.start()


@test
def daemon_waits_for_the_module(bench):
    shown = os.path.join(bench.dir, "dev")
    bench.env["KPL011_DEV_DIR"] = shown
    daemon = Daemon(bench).start()
    os.mkdir(shown)
    old, bench.dir = bench.dir, shown
    bench.port(1, "web1", b"one", attach_ns=11)
    daemon.wait_log("web1.log", b"one")
    bench.dir = old


# The journal.

@test
def daemon_sends_lines_to_the_journal(bench):
    port = bench.port(7, "web1", b"\x1b[1mone\x1b[m\r\n\r\ntwo", attach_ns=11, pid=1234)
    now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    port.marks = [(0, now)]
    journal = Journal(bench)
    daemon = Daemon(bench, bench.policy).start()
    entry = journal.wait(1)[0]
    when = int(entry.pop("KPL011_REALTIME_USEC"))
    assert abs(time.time() - when / 1e6) < 3600
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        boot = file.read().strip().replace("-", "")
    assert entry == {"MESSAGE": "one", "PRIORITY": "6", "SYSLOG_IDENTIFIER": "kpl011",
                     "GUEST": "web1", "UID": "0", "USER": "root", "BOOT": boot,
                     "PORT": "7", "PID": "1234", "KPL011_POSITION": "0"}
    daemon.stop()
    port.say(b" and a half\r\nthree=\xff\xe2\x80\xa8\r\n")
    daemon.start()
    assert [entry["MESSAGE"] for entry in journal.wait(3)] == ["one", "two and a half",
                                                               "three=\ufffd"]
    assert journal.entries[1]["KPL011_POSITION"] == "14"
    # It is away, it comes back, and it is slow.
    journal.close()
    port.say(b"four\r\n")
    daemon.wait_said("cannot send to the journal at")
    journal.open()
    assert journal.wait(4)[3]["MESSAGE"] == "four"
    daemon.wait_said("the journal takes lines again")
    port.say(b"".join(b"line %d\n" % number for number in range(3000)))
    # Nobody else waits for it.
    other = bench.port(8, "web2", b"x" * 100000, attach_ns=12)
    daemon.wait_log("web2.log", b"x" * 100000)
    other.say(b"y")
    daemon.wait_log("web2.log", b"x" * 100000 + b"y")
    assert len(journal.entries) == 4
    entries = [entry["MESSAGE"] for entry in journal.wait(3004)]
    assert entries[4:] == [f"line {number}" for number in range(3000)]
    assert not os.path.exists(daemon.path("web1.log"))


@test
def daemon_does_not_wait_for_long_for_a_journal_that_is_slow(bench):
    """It has taken nothing for a while, but it is there: guests go on when it does."""
    bench.port(1, "web1", b"".join(b"line %d\n" % number for number in range(3000)), attach_ns=11)
    journal = Journal(bench)
    daemon = Daemon(bench, bench.policy).start()
    # Its queue is full, and each try is later than the one before.
    has_waited(daemon.child, 14)
    entries = [entry["MESSAGE"] for entry in journal.wait(3000)]
    assert entries == [f"line {number}" for number in range(3000)]


@test
def lives_that_ended_unseen_come_before_the_next_in_one_log(bench):
    for number in range(1, 5):
        port = bench.port(number, "web1", b"life %d\n" % number, attach_ns=number)
        if number < 4:
            port.die()
    daemon = Daemon(bench).start()
    daemon.wait_log("web1.log", b"life 1\nlife 2\nlife 3\nlife 4\n")
    assert not [name for name in os.listdir(daemon.logs) if "~" in name]


# How it behaves.

@test
def daemon_tells_its_manager_how_it_is(bench):
    bench.port(1, "web1", b"one", attach_ns=11)
    daemon = Daemon(bench)
    daemon.start(env={"WATCHDOG_USEC": "20000"})
    daemon.wait_notified("WATCHDOG=1")
    daemon.wait_log("web1.log", b"one")
    assert any(re.fullmatch(r"STATUS=1 guest, \S+ of logs in .*", line)
               for line in daemon.notified), daemon.notified
    daemon.notified.clear()
    daemon.stop()
    daemon.wait_notified("STOPPING=1")


@test
def daemon_that_is_idle_does_not_wake_up(bench):
    ports = [bench.port(number, f"guest{number}", b"x", attach_ns=number + 1)
             for number in range(20)]
    daemon = Daemon(bench, "[defaults]\nlog = raw clean\n").start()
    for number in range(20):
        daemon.wait_log(f"guest{number}.log", b"x")

    wait_for("a second in which it does not wake up", lambda: is_at_rest(daemon.child.pid))
    ports[3].say(b"y")
    daemon.wait_log("guest3.log", b"xy")


@test
def daemon_compresses_beside_its_work(bench):
    """Killed while it compresses, the child does not hold what was its."""
    port = bench.port(1, "web1", attach_ns=11)
    daemon = Daemon(bench, "[defaults]\nrotate-size = 512k\n").start()
    total = b""
    for _ in range(5):
        piece = os.urandom(2500000)
        total += piece
        port.say(piece)
        wait_for("a file that is cut off", lambda: daemon.files("web1.log"))
        daemon.kill()
        daemon.start()
    daemon.wait_log("web1.log", total)
    daemon.wait_packed()
    assert daemon.whole("web1.log") == total


def threads_of(function, count):
    threads = [threading.Thread(target=function, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@test
def daemon_logs_a_fleet(bench):
    ports = [bench.port(number, f"guest{number}", attach_ns=number + 1) for number in range(100)]
    daemon = Daemon(bench).start()
    text = lines_of(500)

    def speak(number):
        for at in range(0, len(text), 5000):
            ports[number].say(text[at:at + 5000])

    threads_of(speak, 100)
    for number in range(100):
        daemon.wait_log(f"guest{number}.log", text)
