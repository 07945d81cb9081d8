# SPDX-License-Identifier: GPL-2.0-only
"""Tests that the logs of a guest hold up none of another kind, over its lives and its policy."""

import json
import os
import random
import time

import asks
from daemon import SEED, Daemon, Disk, bare, lines_of, unpacked
from journal import Journal
from played import wait_for
from trouble_cases import report_failing

TESTS = []
test = asks.decorator(TESTS)


def status(daemon):
    result = daemon.bench.run("daemon", "--status", "--json", "--config", daemon.config,
                              "--directory", daemon.logs)
    return json.loads(result.stdout)


def states(daemon):
    """What is told of each log of each port."""
    return {(guest["port"], log["log"]): log["state"]
            for guest in status(daemon)["guests"] for log in guest["logs"]}


def texts(daemon, name):
    """Of each object in a log in JSON."""
    return [json.loads(line)["text"] for line in daemon.whole(name).splitlines()]


class Lives:
    """A guest that lives again and again; each life prints its number, and lines."""

    def __init__(self, bench, name="web1", lines=3, **facts):
        self.bench = bench
        self.name = name
        self.facts = facts
        self.lines = lines
        self.ports = []
        self.text = b""

    def live(self):
        """Once more."""
        if self.ports:
            self.ports[-1].die()
        number = len(self.ports) + 1
        said = b"".join(b"life %d line %d\n" % (number, i) for i in range(self.lines))
        self.text += said
        self.ports.append(self.bench.port(number, self.name, said, attach_ns=number, **self.facts))

    def said(self):
        return self.text.decode().splitlines()


def waiting(daemon):
    """How many guests there are no descriptors for."""
    daemon.renew(daemon.path(".kpl011/status"))
    return status(daemon)["descriptors"]["waiting"]


# Lives.

@test
def a_life_that_cannot_be_looked_at_at_once_is_logged_before_the_next(bench):
    def two(name, number):
        bench.port(number, name, b"one\n", fails=2, attach_ns=number).die()
        bench.port(number + 1, name, b"two\n", attach_ns=number + 1)

    two("web1", 1)
    daemon = Daemon(bench).start()
    daemon.wait_log("web1.log", b"one\ntwo\n")
    two("db", 3)
    daemon.wait_log("db.log", b"one\ntwo\n")
    assert not [name for name in os.listdir(daemon.logs) if "~" in name]


@test
def a_port_that_cannot_be_looked_at_holds_up_no_other(bench):
    broken = bench.port(1, "web1", b"one\n", fails=1 << 30, attach_ns=1)
    bench.port(2, "db", b"two\n", attach_ns=2)
    daemon = Daemon(bench).start()
    daemon.wait_log("db.log", b"two\n")
    daemon.wait_said("port 1 cannot be looked at, and is not logged: Too many open files; "
                     "it is tried again")
    bench.port(3, "mail", b"three\n", attach_ns=3)
    daemon.wait_log("mail.log", b"three\n")
    report_failing(bench, daemon, "looking at ports, Too many open files")
    broken.fails = 0
    # Or after the ten seconds between two tries.
    os.utime(broken.path)
    daemon.wait_log("web1.log", b"one\n")
    daemon.wait_said("all ports can be looked at again")
    assert daemon.said().count("cannot be looked at") == 1
    report_failing(bench, daemon)


@test
def a_journal_that_is_away_holds_up_no_log_of_the_next_life(bench):
    journal = Journal(bench)
    journal.close()
    daemon = Daemon(bench, f"[daemon]\njournal-socket = {journal.path}\n"
                           "[defaults]\nlog = raw clean json journal\n").start()
    lives = Lives(bench, uid=1000)
    for number in range(1, 5):
        lives.live()
        daemon.wait_log("web1@1000.log", lives.text)
        if number == 1:
            daemon.wait_said("cannot send to the journal at")
    daemon.wait_text("web1@1000.clean.log", lives.text)
    wait_for("that in JSON", lambda: texts(daemon, "web1@1000.json.log") == lives.said())
    # Without a renewal: who is asked tells what fails by then.
    wait_for("that it is told", lambda: status(daemon)["unsent"] == 1)
    wait_for("that the others wait", lambda: states(daemon).get((4, "journal")) == "waiting")
    told = states(daemon)
    assert told[1, "journal"] == "failing" and told[1, "raw"] == "done", told
    assert told[4, "raw"] == "writing", told
    text = bench.run("daemon", "--status", "--config", daemon.config, "--directory",
                     daemon.logs).stdout.decode()
    assert "failing: the journal, for 1 guest" in text and "waiting" in text, text
    # Nothing comes twice after a kill, and what waited waits still.
    daemon.kill()
    daemon.start()
    lives.live()
    daemon.wait_log("web1@1000.log", lives.text)
    daemon.wait_text("web1@1000.clean.log", lives.text)
    journal.open()
    entries = [entry["MESSAGE"] for entry in journal.wait(len(lives.said()))]
    assert entries == lives.said(), entries
    daemon.wait_said("the journal takes lines again")
    assert not [name for name in os.listdir(daemon.logs) if "~" in name]
    assert daemon.whole("web1@1000.log") == lives.text


@test
def what_is_in_the_place_of_a_log_holds_up_no_other_kind(bench):
    daemon = Daemon(bench, "[defaults]\nlog = raw clean json\n").start()
    os.mkdir(daemon.path("web1.clean.log"))
    lives = Lives(bench)
    for _ in range(4):
        lives.live()
        daemon.wait_log("web1.log", lives.text)
    wait_for("that in JSON", lambda: texts(daemon, "web1.json.log") == lives.said())
    daemon.kill()
    daemon.start()
    os.rmdir(daemon.path("web1.clean.log"))
    lives.live()
    daemon.wait_log("web1.log", lives.text)
    # In the order of the lives, each after the other.
    daemon.wait_text("web1.clean.log", lives.text)
    wait_for("that in JSON", lambda: texts(daemon, "web1.json.log") == lives.said())


@test
def lives_come_in_order_in_each_kind_whatever_is_stuck(bench):
    """Each kind is stuck and goes on again by itself, while lives come and the daemon is killed."""
    rng = random.Random(SEED)
    names = ["web1.log", "web1.clean.log", "web1.json.log"]
    daemon = Daemon(bench, "[defaults]\nlog = raw clean json\n").start()
    lives = Lives(bench, lines=200)
    # Each until one of the lives; and one not at all.
    until = dict(zip(rng.sample(names, 3), (0, rng.randrange(1, 5), rng.randrange(1, 9))))
    for name in names:
        if until[name]:
            os.mkdir(daemon.path(name))
    for number in range(10):
        for name in names:
            if number and until[name] == number:
                os.rmdir(daemon.path(name))
        lives.live()
        if rng.random() < 0.4:
            daemon.kill()
            daemon.start()
        for name in names:
            if not until[name]:
                wait_for(f"the newest line in {name}, seed {SEED}, {until}", lambda name=name: (
                    b"life %d line 199" % (number + 1)) in daemon.read(name))
    daemon.wait_log("web1.log", lives.text)
    daemon.wait_text("web1.clean.log", lives.text)
    wait_for("that in JSON", lambda: texts(daemon, "web1.json.log") == lives.said(), 60)


@test
def who_waits_goes_on_when_the_policy_takes_away_what_for(bench):
    journal = Journal(bench)
    journal.close()
    daemon = Daemon(bench, f"[daemon]\njournal-socket = {journal.path}\n"
                           "[defaults]\nlog = raw journal\n").start()
    lives = Lives(bench)
    for _ in range(4):
        lives.live()
        daemon.wait_log("web1.log", lives.text)
    # All of them are through then.
    daemon.reload(f"[daemon]\njournal-socket = {journal.path}\n[defaults]\nlog = raw\n")
    lives.live()
    daemon.wait_log("web1.log", lives.text)
    daemon.renew(daemon.path(".kpl011/status"))
    wait_for("that the first are done", lambda: {
        guest["state"] for guest in status(daemon)["guests"] if guest["port"] < 5} == {"done"})
    assert not [name for name in os.listdir(daemon.logs) if "~" in name]


@test
def who_waits_for_descriptors_does_not_follow_without_them(bench):
    """What the next life waited for is through before there are some for it."""
    journal = Journal(bench)
    journal.close()
    daemon = Daemon(bench, f"[daemon]\njournal-socket = {journal.path}\n"
                           "[defaults]\nlog = raw journal\n",
                    before=["prlimit", "--nofile=100:100"]).start()
    os.symlink("nowhere", daemon.path("web1@4242.log"))
    first = bench.port(1, "web1", b"first life\n", uid=4242)
    daemon.wait_said("there is something by this name that is not a regular file")
    many = [bench.port(10 + number, f"ci-{number}", b"x\n", uid=4242, attach_ns=10 + number)
            for number in range(30)]
    daemon.wait_said("guests of 4242 are not logged at the moment")
    first.die()
    second = bench.port(99, "web1", b"second life\n", uid=4242, attach_ns=99)

    def told(number):
        daemon.renew(daemon.path(".kpl011/status"))
        return next((guest for guest in status(daemon)["guests"] if guest["port"] == number), None)

    wait_for("that it waits", lambda: told(99) and told(99)["state"] == "waits")
    os.unlink(daemon.path("web1@4242.log"))
    daemon.wait_log("web1@4242.log", b"first life\n")
    wait_for("its end", lambda: told(1)["logs"][0]["state"] == "done")
    assert told(99)["state"] == "waits" and not told(99)["logs"], told(99)
    assert daemon.whole("web1@4242.log") == b"first life\n", daemon.whole("web1@4242.log")
    for port in many:
        port.die()
    second.die()
    journal.open()
    entries = [entry["MESSAGE"] for entry in journal.wait(len(many) + 2)]
    assert entries.index("first life") < entries.index("second life"), entries
    daemon.wait_log("web1@4242.log", b"first life\nsecond life\n")
    for port in many:
        daemon.wait_log(f"{port.facts['name']}@4242.log", b"x\n")


@test
def who_waits_for_descriptors_has_them_before_who_is_new(bench):
    """Also before the next life, which would have to wait for the one that has none."""
    daemon = Daemon(bench, before=["prlimit", "--nofile=100:100"]).start()
    many = [bench.port(number, f"ci-{number}", b"x\n", uid=4242, attach_ns=1 + number)
            for number in range(19)]
    for port in many:
        daemon.wait_log(f"{port.facts['name']}@4242.log", b"x\n")
    first = bench.port(50, "web1", b"first life\n", uid=4242, attach_ns=50)
    daemon.wait_said("guests of 4242 are not logged at the moment")
    first.die()
    # Nobody is begun before it can be looked at, a second later: by then there are some.
    bench.port(51, "web1", b"second life\n", uid=4242, attach_ns=51, fails=6)
    many.pop().die()
    daemon.wait_log("web1@4242.log", b"first life\nsecond life\n")
    bench.port(52, "db", b"waits\n", uid=4242, attach_ns=52)
    wait_for("that it waits", lambda: waiting(daemon) == 1)
    bench.port(53, "mail", b"new\n", uid=4242, attach_ns=53, fails=6)
    many.pop().die()
    daemon.wait_log("db@4242.log", b"waits\n")
    wait_for("that the new one waits", lambda: waiting(daemon) == 1)
    assert not os.path.exists(daemon.path("mail@4242.log"))


# What nobody writes any more.

def left_log(bench, kind):
    """The policy of a guest with a large log is another one then."""
    daemon = Daemon(bench, "[defaults]\nlog = raw\nrotate-size = never\ncompress = no\n").start()
    web1 = bench.port(1, "web1", attach_ns=11, ring_size=1 << 20)
    web2 = bench.port(2, "web2", attach_ns=12, ring_size=1 << 20)
    text = lines_of(20000)
    web1.say(text)
    daemon.wait_log("web1.log", text)
    web1.forget(len(text))
    other = lines_of(3000)
    web2.say(other)
    daemon.wait_log("web2.log", other)
    daemon.reload(f"[daemon]\nbudget = 1M\n[defaults]\nlog = {kind}\ncompress = no\n"
                  "[guest web2]\nlog = raw\n")
    return daemon, web1, web2, other


@test
def a_log_that_is_not_written_any_more_goes_before_what_is(bench):
    for kind in ("none", "clean", "json", "journal"):
        daemon, web1, web2, other = left_log(bench, kind)
        wait_for(lambda d=daemon: f"that it goes: {os.listdir(d.logs)}",
                 lambda d=daemon: not d.whole("web1.log"))
        web1.say(b"one\n")
        web2.say(b"two\n")
        # What others have stays.
        daemon.wait_log("web2.log", other + b"two\n")
        if kind == "clean":
            wait_for("the rest", lambda d=daemon: bare(d.whole("web1.clean.log")).endswith(b"one\n"))
        assert daemon.size() <= 1 << 20, daemon.size()
        assert "nothing can be removed" not in daemon.said(), daemon.said()
        daemon.stop()
        for port in (web1, web2):
            port.end()
            os.unlink(port.path)
        os.rename(daemon.logs, daemon.logs + "." + kind)


def print_to(daemon, name, port, lines, last):
    """Lines of a guest, with LAST in the last of them, and something in the file that is written."""
    port.say(lines)
    wait_for(lambda: f"{last!r} in {name}", lambda: last in daemon.whole(name))
    # It may have been cut off right behind them.
    if not daemon.read(name):
        port.say(b"more\r\n")
        wait_for("more", lambda: daemon.read(name))


@test
def what_is_left_goes_in_the_order_of_what_was_written(bench):
    """The oldest of a guest's files first, of whichever log; the newest stays."""
    daemon = Daemon(bench, "[defaults]\nlog = raw\ncompress = no\nrotate-size = 64k\n").start()
    web1 = bench.port(1, "web1", attach_ns=11, ring_size=1 << 20)
    # The time of each line is asked for by itself.
    print_to(daemon, "web1.log", web1, lines_of(1230, 1000), b"000001229 ")
    daemon.reload("[defaults]\nlog = clean\ncompress = no\nrotate-size = 64k\n")
    print_to(daemon, "web1.clean.log", web1, lines_of(1200, 1000, 1230), b"000002429 ")
    daemon.stop()
    # As they were written, some time ago.
    hour = 3600
    raw, clean = daemon.files("web1.log"), daemon.files("web1.clean.log")
    now = time.time()
    for age, path in ((6, daemon.path("web1.log")), (1, daemon.path("web1.clean.log"))):
        os.utime(path, (now - age * hour,) * 2)
    for ages, paths in ((9, raw), (4, clean)):
        for path in paths:
            when = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now - ages * hour))
            os.rename(path, path[:path.rindex(".") + 1] + when + path[-7:])
    count = len(clean)
    size = sum(os.stat(path).st_blocks * 512 for path in daemon.files("web1.clean.log"))
    size += os.stat(daemon.path("web1.clean.log")).st_blocks * 512
    daemon.write_policy(f"[daemon]\nbudget = {size + 40000}\n[defaults]\nlog = clean\ncompress = no\n"
                        "rotate-size = 64k\n")
    daemon.start()
    wait_for(lambda: f"that the raw logs go: {os.listdir(daemon.logs)} {daemon.said()}",
             lambda: not daemon.whole("web1.log"))
    assert len(daemon.files("web1.clean.log")) == count, os.listdir(daemon.logs)


@test
def a_log_that_was_left_for_a_day_is_cut_off(bench):
    """While its guest lives, and writes others."""
    bench.port(1, "web1", b"one\n", attach_ns=11)
    daemon = Daemon(bench, "[defaults]\nlog = raw\ncompress = no\n").start()
    daemon.wait_log("web1.log", b"one\n")
    daemon.stop()
    os.utime(daemon.path("web1.log"), (time.time() - 2 * 86400,) * 2)
    # What is written, whenever that was, stays.
    daemon.start()
    daemon.renew(daemon.path(".kpl011/status"))
    assert not daemon.files("web1.log")
    daemon.reload("[defaults]\nlog = clean\ncompress = no\n")
    wait_for("that it is cut off", lambda: daemon.files("web1.log"))
    assert [unpacked(path) for path in daemon.files("web1.log")] == [b"one\n"]
    daemon.wait_text("web1.clean.log", b"one\n")
    # By its age as well.
    daemon.reload("[defaults]\nlog = clean\ncompress = no\nkeep-age = 1d\n")
    wait_for("that it goes", lambda: not daemon.files("web1.log"))
    daemon.wait_text("web1.clean.log", b"one\n")


@test
def a_log_that_was_left_is_cut_off_where_the_disk_was_read_only_at_the_start(bench):
    """What nobody writes is known as late as the guests have their names."""
    disk = Disk(bench, "[defaults]\nlog = raw\ncompress = no\n")
    daemon = disk.daemon
    disk.port.say(b"one\n")
    daemon.wait_log("web1.log", b"one\n")
    daemon.stop()
    os.utime(disk.seen + "/logs/web1.log", (time.time() - 2 * 86400,) * 2)
    daemon.write_policy("[defaults]\nlog = clean\ncompress = no\n")
    disk.mount("-o", "remount,ro")
    daemon.start()
    daemon.wait_said("Read-only file system")
    disk.mount("-o", "remount,rw")
    daemon.wait_text("web1.clean.log", b"one\n")
    wait_for("that it is cut off", lambda: daemon.files("web1.log"))


# What is not the daemon's.

FOREIGN = {"dpkg.log": b"status\n" * 100, "auth.log": b"login\n" * 100, "x.clean.log": b"x\n",
           "y.json.log": b"{}\n", "alternatives.log": b"", "spool@3.log": b"mail\n"}


def put_foreign(daemon, names=FOREIGN):
    for name in names:
        with open(daemon.path(name), "wb") as file:
            file.write(FOREIGN[name])
        os.utime(daemon.path(name), (time.time() - 3 * 86400,) * 2)


def is_untouched(daemon, names=FOREIGN):
    return all(daemon.read(name) == FOREIGN[name] and not daemon.files(name) for name in names)


@test
def daemon_leaves_logs_of_others_alone(bench):
    """Whether they were there before it, come beside it, or while it is away."""
    daemon = Daemon(bench, "[defaults]\nlog = raw clean\ncompress = yes\n")
    os.mkdir(daemon.logs)
    put_foreign(daemon, ["dpkg.log", "x.clean.log", "spool@3.log"])
    # Guests may be called as these.
    ports = [bench.port(number, name, b"guest\n", attach_ns=number)
             for number, name in enumerate(["dpkg", "x", "web1"], 1)]
    daemon.start()
    daemon.wait_log("dpkg~2.log", b"guest\n")
    daemon.wait_log("x~2.log", b"guest\n")
    daemon.wait_log("web1.log", b"guest\n")
    for name in ("dpkg.log", "x.clean.log"):
        daemon.wait_said(f"{name} is not a log that kpl011 created: it is left alone")
    put_foreign(daemon, ["auth.log", "y.json.log"])
    daemon.reload("[daemon]\nbudget = 1M\n[defaults]\nlog = raw clean\nkeep-age = 1d\n")
    daemon.wait_said("auth.log is not a log that kpl011 created")
    daemon.kill()
    put_foreign(daemon, ["alternatives.log"])
    ports[0].say(b"more\n")
    daemon.start()
    daemon.wait_log("dpkg~2.log", b"guest\nmore\n")
    daemon.wait_said("alternatives.log is not a log that kpl011 created")
    daemon.renew(daemon.path(".kpl011/status"))
    assert is_untouched(daemon), os.listdir(daemon.logs)
    # One that is told is told once.
    assert daemon.said().count("auth.log is no log") <= 2, daemon.said()
    # Nor is one written to that comes while its name is a guest's.
    daemon.reload("[defaults]\nlog = raw\n")
    os.rename(daemon.path("dpkg.log"), daemon.path("dpkg~2.json.log"))
    daemon.reload("[defaults]\nlog = raw json\n")
    daemon.wait_said("dpkg~2.json.log: there is a file by this name that kpl011 did not create")
    assert daemon.read("dpkg~2.json.log") == FOREIGN["dpkg.log"]


@test
def daemon_knows_its_own_logs_again_when_their_guests_are_gone(bench):
    daemon = Daemon(bench, "[defaults]\nlog = raw\ncompress = no\n").start()
    ports = [bench.port(number, f"ci-{number}", b"job\n", attach_ns=number) for number in range(1, 4)]
    for port in ports:
        daemon.wait_log(f"{port.facts['name']}.log", b"job\n")
        port.die()
    daemon.stop()
    for port in ports:
        port.end()
        os.unlink(port.path)
        os.utime(daemon.path(f"{port.facts['name']}.log"), (time.time() - 2 * 86400,) * 2)
    # The first is of a name that lives again: it goes on in the same file.
    bench.port(9, "ci-1", b"again\n", attach_ns=9)
    daemon.start()
    daemon.wait_log("ci-1.log", b"job\nagain\n")
    wait_for("that they are cut off", lambda: daemon.files("ci-2.log") and daemon.files("ci-3.log"))
    assert "is no log" not in daemon.said(), daemon.said()


@test
def daemon_takes_over_logs_of_a_version_that_noted_none(bench):
    daemon = Daemon(bench, "[defaults]\nlog = raw\ncompress = no\n")
    os.makedirs(daemon.path(".kpl011"))
    with open(daemon.path(".kpl011/format"), "wb") as file:
        file.write(b"2\n")
    for name in ("web1@1000.log", "gone.log"):
        with open(daemon.path(name), "wb") as file:
            file.write(b"before\n")
    os.utime(daemon.path("gone.log"), (time.time() - 2 * 86400,) * 2)
    bench.port(1, "web1", b"now\n", uid=1000, attach_ns=11)
    daemon.start()
    daemon.wait_log("web1@1000.log", b"before\nnow\n")
    wait_for("that it is cut off", lambda: daemon.files("gone.log"))
    daemon.kill()
    put_foreign(daemon, ["dpkg.log"])
    daemon.start()
    daemon.wait_said("dpkg.log is not a log that kpl011 created")
    assert is_untouched(daemon, ["dpkg.log"])


@test
def daemon_goes_on_where_it_cannot_know_which_logs_are_its_own(bench):
    """What cannot be read or written is told, and no reason to log elsewhere."""
    daemon = Daemon(bench, "[defaults]\nlog = raw\n").start()
    bench.port(1, "web1", b"one\n", attach_ns=11)
    daemon.wait_log("web1.log", b"one\n")
    daemon.kill()
    os.unlink(daemon.path(".kpl011/logs"))
    os.mkfifo(daemon.path(".kpl011/logs"))
    bench.port(2, "web2", b"two\n", attach_ns=12)
    daemon.start()
    daemon.wait_log("web2.log", b"two\n")
    daemon.wait_said(".kpl011/logs, which lists kpl011's logs")
    assert daemon.read("web1.log") == b"one\n" and "is no log" not in daemon.said(), daemon.said()


@test
def daemon_removes_no_log_of_others_while_it_cannot_know_its_own(bench):
    """And knows them again when it can: those that it made meanwhile as well."""
    policy = "[defaults]\nlog = raw\ncompress = no\n"
    noted = os.path.join(bench.dir, "noted")
    daemon = Daemon(bench, policy).start()
    gone = bench.port(1, "gone", b"job\n", attach_ns=11)
    daemon.wait_log("gone.log", b"job\n")
    daemon.stop()
    gone.end()
    os.unlink(gone.path)
    os.utime(daemon.path("gone.log"), (time.time() - 2 * 86400,) * 2)
    put_foreign(daemon, ["dpkg.log"])
    os.rename(daemon.path(".kpl011/logs"), noted)
    os.mkfifo(daemon.path(".kpl011/logs"))
    web = bench.port(2, "web2", b"two\n", attach_ns=12)
    daemon.start()
    daemon.wait_log("web2.log", b"two\n")
    for _ in range(2):
        daemon.renew(daemon.path(".kpl011/status"))
    assert is_untouched(daemon, ["dpkg.log"]), os.listdir(daemon.logs)
    assert daemon.read("gone.log") == b"job\n"
    assert daemon.said().count("which lists kpl011's logs") == 1, daemon.said()
    os.rename(noted, daemon.path(".kpl011/logs"))
    daemon.reload(policy)
    daemon.wait_said(".kpl011/logs can be read again")
    daemon.wait_said("dpkg.log is not a log that kpl011 created")
    wait_for("that it is cut off", lambda: daemon.files("gone.log"))
    assert is_untouched(daemon, ["dpkg.log"]), os.listdir(daemon.logs)
    wait_for("that it is noted", lambda: b"web2.log\n" in daemon.read(".kpl011/logs"))
    daemon.stop()
    web.end()
    os.unlink(web.path)
    daemon.start()
    assert "web2.log is no log" not in daemon.said(), daemon.said()
    daemon.stop()


@test
def daemon_leaves_alone_what_comes_in_the_place_of_a_log_that_went(bench):
    """Also when it begins anew."""
    policy = "[defaults]\nlog = raw\ncompress = no\n"
    daemon = Daemon(bench, policy).start()
    port = bench.port(1, "dpkg", b"guest\n", attach_ns=11)
    daemon.wait_log("dpkg.log", b"guest\n")
    port.end()
    os.unlink(port.path)
    daemon.stop()
    daemon.start()
    os.utime(daemon.path("dpkg.log"), (time.time() - 2 * 86400,) * 2)
    daemon.reload(policy)
    wait_for("that it is cut off", lambda: daemon.files("dpkg.log"))
    assert not os.path.exists(daemon.path("dpkg.log"))
    was = daemon.files("dpkg.log")
    put_foreign(daemon, ["dpkg.log"])
    for times in (1, 2):
        daemon.reload(policy)
        daemon.wait_said("dpkg.log is not a log that kpl011 created: it is left alone", times)
        daemon.renew(daemon.path(".kpl011/status"))
        assert daemon.read("dpkg.log") == FOREIGN["dpkg.log"]
        assert daemon.files("dpkg.log") == was, daemon.files("dpkg.log")
        daemon.kill()
        daemon.start()
    daemon.stop()
