# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the limits of a policy: the budget, what is kept of each guest, and what is cut off."""

import os
import signal
import stat
import time

import asks
from daemon import Daemon, lines_of, unpacked
from played import wait_for

TESTS = []
test = asks.decorator(TESTS)


@test
def daemon_keeps_within_the_budget(bench):
    """The guest that floods pays, not the one that says little."""
    quiet = bench.port(1, "quiet", attach_ns=11)
    loud = bench.port(2, "loud", attach_ns=12)
    daemon = Daemon(bench, "[daemon]\nbudget = 2M\n[defaults]\nrotate-size = 128k\n"
                    "compress = no\n").start()
    said = lines_of(2000)
    quiet.say(said)
    daemon.wait_log("quiet.log", said)
    noise = os.urandom(1 << 16) * 128
    loud.say(noise)
    wait_for("that it is through", lambda: daemon.whole("loud.log").endswith(noise[-1000:]) and
             daemon.read("loud.log"))
    loud.say(b"end")
    wait_for("the end", lambda: daemon.read("loud.log").endswith(b"end"))
    wait_for("that they are within it", lambda: daemon.size() <= 2 << 20)
    assert 1 << 20 < daemon.size(), daemon.size()
    # What is left is the newest, in one piece.
    assert (noise + b"end").endswith(daemon.whole("loud.log"))
    assert daemon.whole("quiet.log") == said
    assert "removed loud.log." in daemon.said() and "removed quiet" not in daemon.said()
    # A budget that is set smaller holds at once.
    daemon.reload("[daemon]\nbudget = 1M\n[defaults]\nrotate-size = 128k\ncompress = no\n")
    wait_for("that they are within that", lambda: daemon.size() <= 1 << 20)


@test
def daemon_keeps_within_the_budget_with_guests_that_never_come_again(bench):
    text = os.urandom(100000)
    daemon = Daemon(bench, "[daemon]\nbudget = 1M\n").start()
    for number in range(15):
        port = bench.port(number, f"ci-{number}", text, attach_ns=number + 1)
        port.die()
        wait_for("its end", lambda number=number: daemon.whole(f"ci-{number}.log") == text)
    # As the last one is being written there is no room for the first ones.
    live = bench.port(99, "last", attach_ns=99)
    live.say(b"x" * 50000)
    daemon.wait_log("last.log", b"x" * 50000)
    daemon.reload("[daemon]\nbudget = 1M\n")
    # For a moment there is also what a file is compressed to.
    wait_for("that they are within it", lambda: daemon.size() <= 1 << 20)
    assert daemon.read("last.log") == b"x" * 50000
    # The newest are left.
    assert not daemon.whole("ci-0.log") and daemon.whole("ci-14.log") == text
    # Who comes again after a day begins anew; the old one is kept beside.
    daemon.wait_packed()
    daemon.stop()
    os.utime(daemon.path("last.log"), (1700000000,) * 2)
    live.die()
    os.unlink(live.path)
    daemon.write_policy("[defaults]\ncompress = no\n")
    daemon.start()
    wait_for("that it is cut off", lambda: daemon.files("last.log"))
    assert [unpacked(path) for path in daemon.files("last.log")] == [b"x" * 50000]
    assert "20231114T" in daemon.files("last.log")[0], daemon.files("last.log")


@test
def daemon_keeps_what_the_policy_says_of_each(bench):
    port = bench.port(1, "web1", attach_ns=11)
    daemon = Daemon(bench, "[defaults]\nrotate-size = 64k\nkeep-files = 3\ncompress = no\n").start()
    text = lines_of(10000)
    port.say(text)
    wait_for("its end", lambda: daemon.read("web1.log").endswith(text[-100:]))
    wait_for("three", lambda: len(daemon.files("web1.log")) == 3)
    assert text.endswith(daemon.whole("web1.log"))
    daemon.reload("[defaults]\nrotate-size = 64k\nkeep-size = 100k\ncompress = no\n")
    assert len(daemon.files("web1.log")) == 1, daemon.files("web1.log")
    daemon.stop()
    # Of a guest that is not there any more, too; and what an age says.
    for number in (1, 2):
        with open(daemon.path(f"gone.log.20200101T000000Z-{number:06}"), "wb") as file:
            file.write(b"x" * 1000)
    daemon.write_policy("[defaults]\ncompress = no\n[guest gone]\nkeep-files = 1\n")
    daemon.start()
    wait_for("that one is left",
             lambda: [path[-6:] for path in daemon.files("gone.log")] == ["000002"])
    daemon.reload("[defaults]\nkeep-age = 1w\ncompress = no\n")
    assert not daemon.files("gone.log")
    assert len(daemon.files("web1.log")) == 1


@test
def daemon_cuts_logs_off_when_asked_and_by_age(bench):
    port = bench.port(1, "web1", b"one", attach_ns=11)
    daemon = Daemon(bench, "[defaults]\nrotate-age = 1d\ncompress = no\n").start()
    daemon.wait_log("web1.log", b"one")
    daemon.child.send_signal(signal.SIGUSR1)
    wait_for("a file that was cut off", lambda: len(daemon.files("web1.log")) == 1)
    # What is empty is not cut off, and what comes into it stays together.
    daemon.child.send_signal(signal.SIGUSR1)
    daemon.reload("[defaults]\nrotate-age = 1d\ncompress = no\n")
    for text in (b"t", b"two"):
        port.say(text[len(text) // 3:])
        wait_for("the next", lambda text=text: daemon.read("web1.log") == text)
    yesterday = time.time() - 86400
    os.utime(daemon.path("web1.log"), (yesterday, yesterday))
    port.say(b"three")
    wait_for("the next", lambda: daemon.read("web1.log") == b"three")
    assert [unpacked(path) for path in daemon.files("web1.log")] == [b"one", b"two"]


@test
def daemon_takes_compression_up_again(bench):
    daemon = Daemon(bench, "[defaults]\ncompress = yes\n")
    os.makedirs(daemon.path(".kpl011"))
    text = lines_of(20000)
    first, second = (daemon.path(f"gone.log.20260101T00000{n}Z-00000{n}") for n in (1, 2))
    for path in (first, second):
        with open(path, "wb") as file:
            file.write(text)
    # Killed behind its end, in the middle, or another's that is not whole.
    with open(first + ".zst", "wb") as file:
        file.write(b"half")
    with open(daemon.path(".kpl011/pack.77"), "wb") as file:
        file.write(b"half")
    os.chmod(second, 0o600)
    daemon.start()
    daemon.wait_packed()
    assert sorted(os.listdir(daemon.logs)) == \
        [".kpl011", os.path.basename(first) + ".zst", os.path.basename(second) + ".zst"]
    assert unpacked(first + ".zst") == text and unpacked(second + ".zst") == text
    assert stat.S_IMODE(os.stat(second + ".zst").st_mode) == 0o600
    wait_for("that what was left goes",
             lambda: "pack.77" not in os.listdir(daemon.path(".kpl011")))
