# SPDX-License-Identifier: GPL-2.0-only
"""Tests of what the daemon removes, of what it cannot remove, and of how it tells of that."""

import glob
import json
import os
import re

import asks
from daemon import Daemon
from played import wait_for
from preloaded import Counted

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
