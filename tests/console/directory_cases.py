# SPDX-License-Identifier: GPL-2.0-only
"""Tests of a directory of logs that cannot be read to its end, or not looked at."""

import json
import os
import shutil

import asks
from daemon import Daemon, make_files
from played import wait_for
from preloaded import HalfRead
from trouble_cases import report_failing

TESTS = []
test = asks.decorator(TESTS)


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
def daemon_looks_through_another_directory_that_it_finds_as_it_applies_limits(bench):
    """As where all was moved to a larger disk: the logs there are its own as before."""
    policy = "[daemon]\nbudget = {}\n[defaults]\nlog = raw\ncompress = no\n"
    quiet = bench.port(1, "a-quiet", b"one\n", attach_ns=11)
    loud = bench.port(2, "loud", attach_ns=12)
    daemon = Daemon(bench, policy.format("never")).start()
    text = b"x" * 930000
    loud.say(text)
    daemon.wait_log("loud.log", text)
    daemon.wait_log("a-quiet.log", b"one\n")
    os.rename(daemon.logs, daemon.logs + ".old")
    shutil.copytree(daemon.logs + ".old", daemon.logs)
    # The large one is cut off early now, which is the first look at where it is.
    daemon.reload(policy.format("1M"))
    daemon.wait_said(f"{daemon.logs} was moved or removed")
    wait_for("that it is cut off", lambda: daemon.files("loud.log"))
    quiet.say(b"two\n")
    daemon.wait_log("a-quiet.log", b"one\ntwo\n")
    assert "that kpl011 did not create" not in daemon.said(), daemon.said()
    daemon.stop()


@test
def daemon_removes_nothing_of_another_directory_that_it_finds_as_it_makes_room(bench):
    """It has less than the one before, and the names of what is there are the same."""
    policy = "[daemon]\nbudget = {}\n[defaults]\nlog = raw\ncompress = no\n"
    port, daemon = begin_web1(bench, policy.format("never"))
    make_files(daemon, "old.log.20250101T000000Z-{:06}", 1)
    make_files(daemon, "gone{}.log.20260101T000000Z-000001", 300)
    daemon.start()
    daemon.reload(policy.format("never"))
    text = b"one\n" + b"x" * 40000
    port.say(text[4:])
    daemon.wait_log("web1.log", text)
    os.rename(daemon.logs, daemon.logs + ".old")
    shutil.copytree(daemon.logs + ".old", daemon.logs, ignore=shutil.ignore_patterns("gone*"))
    # The largest guest has nothing that can be removed until its log, which is small, is cut off.
    daemon.reload(policy.format("1M"))
    daemon.wait_said(f"{daemon.logs} was moved or removed")
    assert len(daemon.files("old.log")) == 1, daemon.said()
    daemon.wait_log("web1.log", text)
    assert "since all logs exceed" not in daemon.said(), daemon.said()
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
