# SPDX-License-Identifier: GPL-2.0-only
"""Tests of what the daemon does, and tells, where something is in its way."""

import os
import signal
import stat

from daemon_cases import Daemon
from played import wait_for

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def check(bench, daemon):
    return bench.run("daemon", "--check", "--config", daemon.config, "--directory", daemon.logs)


@test
def daemon_check_tells_which_section_can_never_match(bench):
    """That of one that can is as the pattern says."""
    bench.port(1, "web1", b"", attach_ns=11, uid=1000)
    daemon = Daemon(bench, "[guest web[0-9]] ; of [some]\nlog = clean\n")
    done = check(bench, daemon)
    assert done.returncode == 0 and b"log clean" in done.stdout and not done.stderr, done
    daemon.write_policy("\n[guest web[9-0]]\nlog = clean\n[owner ci[9-0]]\nbudget = 1M\n"
                        "[guest *]\nunit = web1\n")
    done = check(bench, daemon)
    said = done.stderr.decode()
    assert done.returncode == 1 and b"web1: port 1 of" in done.stdout, done
    for line, text in (2, "[guest web[9-0]] matches no guest: no character is in [9-0]"), \
            (4, "[owner ci[9-0]] matches no user: "), \
            (6, "[guest *] matches no guest, for its unit 'web1': "):
        assert f"{daemon.config}:{line}: {text}" in said, said
    # The guests are logged all the same.
    daemon.start()
    daemon.wait_said(":2: [guest web[9-0]] matches no guest")
    daemon.stop()


# Where a file is to be there is a pipe, that nobody has open.

NO_FILE = "it is no regular file but a directory, a pipe, a socket or a device"


@test
def daemon_waits_for_no_pipe_in_place_of_its_policy(bench):
    port = bench.port(1, "web1", b"one", attach_ns=11)
    daemon = Daemon(bench).start()
    daemon.wait_log("web1.log", b"one")
    os.unlink(daemon.config)
    os.mkfifo(daemon.config)
    daemon.child.send_signal(signal.SIGHUP)
    daemon.wait_said(f"cannot read the policy {daemon.config}: {NO_FILE}")
    daemon.wait_said("the policy stays as it was")
    port.say(b" two")
    daemon.wait_log("web1.log", b"one two")
    for words in ["--check"], ["--status"]:
        done = bench.run("daemon", *words, "--config", daemon.config, "--directory", daemon.logs)
        assert done.returncode == 1 and NO_FILE.encode() in done.stderr, done


@test
def daemon_waits_for_no_pipe_in_place_of_its_metrics(bench):
    path = os.path.join(bench.dir, "kpl011.prom")
    os.mkfifo(path)
    port = bench.port(1, "web1", b"one", attach_ns=11)
    daemon = Daemon(bench, f"[daemon]\nmetrics = {path}\n").start()
    daemon.wait_said(f"cannot write {path}: {NO_FILE}")
    port.say(b" two")
    daemon.wait_log("web1.log", b"one two")
    os.unlink(path)
    daemon.reload(f"[daemon]\nmetrics = {path}\n")
    daemon.wait_said(f"{path} is written again")


@test
def daemon_waits_for_no_pipe_in_place_of_what_it_keeps(bench):
    """Its format, its clock and its report; before it begins, and at its end."""
    port = bench.port(1, "web1", b"one", attach_ns=11)
    daemon = Daemon(bench)
    state = os.path.join(daemon.logs, ".kpl011")
    os.makedirs(state, 0o700)
    names = ["format", "format.tmp", "clock", "status"]
    for name in names:
        os.mkfifo(os.path.join(state, name))
    daemon.start()
    daemon.wait_log("web1.log", b"one")
    daemon.wait_said(f"cannot write {state}/status: {NO_FILE}")
    done = bench.run("daemon", "--status", "--config", daemon.config, "--directory", daemon.logs)
    assert done.returncode == 1 and NO_FILE.encode() in done.stderr, done
    port.say(b" two")
    daemon.wait_log("web1.log", b"one two")
    daemon.stop()
    # It goes on where it was, once they are files again.
    for name in names:
        path = os.path.join(state, name)
        if os.path.exists(path) and stat.S_ISFIFO(os.stat(path).st_mode):
            os.unlink(path)
    daemon.start()
    port.say(b" three")
    daemon.wait_log("web1.log", b"one two three")
    daemon.stop()
