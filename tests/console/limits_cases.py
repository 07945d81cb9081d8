# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the limits that `kpl011 daemon` keeps: of owners, descriptors, disk, files and guests."""

import glob
import json
import os
import random
import re

import asks
from daemon import SEED, Daemon, disk_of, lines_of, unpacked
from played import wait_for
from trouble_cases import report_failing

TESTS = []
test = asks.decorator(TESTS)


# Descriptors.

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
