# SPDX-License-Identifier: GPL-2.0-only
"""Tests of clocks that are wrong, and of when the daemon believes them."""

import os
import signal
import time

import asks
from daemon import Daemon
from played import wait_for
from trouble_cases import report_failing

TESTS = []
test = asks.decorator(TESTS)


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
