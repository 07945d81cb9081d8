# SPDX-License-Identifier: GPL-2.0-only
"""Tests of top: what the guests do now."""

import json
import signal
import subprocess
import termios

import asks
from bench import run, said
from played import SECOND, boot_ns, wait_for

TESTS = []
test = asks.decorator(TESTS)


def read_top(child):
    """One table of it: its rows by the guest's name."""
    rows = {}
    line = child.stdout.readline().decode()
    assert line, "no table"
    while line != "\n":
        words = line.split()
        rows[words[1]] = words
        line = child.stdout.readline().decode()
    return rows


@test
def top_shows_rates_and_what_changed_first(bench):
    web = bench.port(1, "web1", b"x" * 10000, reads=5, tx_breaks=1, rx_breaks=2, tx_lost=4000)
    bench.port(2, "db", b"y" * 10000)
    child = bench.start("top", "--delay", "0.1", stdout=subprocess.PIPE)
    rows = read_top(child)
    # What was there before is no rate.
    assert rows["web1"] == ["1", "web1", "live", "0", "0", "0", "0", "3", "3.9K"], rows
    assert list(rows)[2:] == ["web1", "db"], rows
    web.say(b"z" * 100)
    wait_for("a rate", lambda: read_top(child)["web1"][3] != "0")
    db = bench.port(3, "new", b"w" * 200)
    rows = wait_for("a new guest first", lambda: [row for row in [read_top(child)]
                                                  if list(row)[2] == "new"])
    db.die()
    wait_for("its end", lambda: read_top(child)["new"][2] == "dead")
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=60) == -signal.SIGINT


@test
def top_json_has_every_rate(bench):
    web = bench.port(1, 'we"b', b"x" * 10, pid=77, reads=100, writes=50, interrupts=7, rx_bytes=3)
    bench.port(2, "db")
    child = bench.start("top", "--json", "-d", "0.1", "we*", stdout=subprocess.PIPE)
    first = json.loads(child.stdout.readline())
    web.facts.update(reads=200, writes=100, interrupts=27, rx_bytes=43, tx_breaks=2, rx_breaks=5,
                     tx_lost=9)
    web.say(b"y" * 1000)
    total = {"out": 0, "in": 0, "accesses": 0, "interrupts": 0}
    line = first
    # Nothing is counted twice or left out.
    while round(total["out"]) < 1000:
        before, line = line, json.loads(child.stdout.readline())
        assert line["time_ns"] - line["interval_ns"] == before["time_ns"] < boot_ns()
        guest, = line["guests"]
        assert list(guest) == ["id", "name", "state", "pid", "out", "in", "accesses", "interrupts",
                               "tx_breaks", "rx_breaks", "tx_lost"], guest
        for key in total:
            total[key] += guest[key] * line["interval_ns"] / SECOND
    assert {key: round(value) for key, value in total.items()} == \
        {"out": 1000, "in": 40, "accesses": 150, "interrupts": 20}, total
    assert (guest["tx_breaks"], guest["rx_breaks"], guest["tx_lost"], guest["pid"],
            guest["name"]) == (2, 5, 9, 77, 'we"b'), guest
    result = run(bench, "top", "--json", "-d", "0.1", "-n", "2")
    assert [len(json.loads(line)["guests"]) for line in result.stdout.splitlines()] == [2, 2]


@test
def top_sorts_and_refuses_who_is_not_there(bench):
    for number, name in ((1, "b"), (2, "c"), (3, "a")):
        bench.port(number, name)
    for key, order in (("name", "abc"), ("id", "bca"), ("out", "bca")):
        child = bench.start("top", "-n", "1", "-d", "0.1", "--sort", key, stdout=subprocess.PIPE)
        assert "".join(list(read_top(child))[2:]) == order, key
    result = run(bench, "top", "-n", "1", "-d", "0.1", "a")
    assert result.stdout.startswith(b"1 guest, 1 live; "), result
    result = run(bench, "top", "nobody", status=3)
    said("no guest is called 'nobody'", result)
    assert not result.stdout


@test
def top_is_renewed_in_place_and_leaves_the_terminal_alone(bench):
    for number in range(1, 60):
        bench.port(number, f"guest\x1b{number}" if number == 1 else f"guest{number}")
    child = bench.terminal("top", "-d", "0.1")
    before = termios.tcgetattr(child.child_fd)
    child.expect_exact("59 guests, 59 live")
    child.expect_exact("guest\\x1b1")
    # As many as there are lines.
    child.expect_exact("guest21")
    child.expect_exact("\033[J")
    assert b"guest" not in child.before
    child.expect_exact("\033[H59 guests")
    assert termios.tcgetattr(child.child_fd) == before
    child.sendintr()
    child.wait()
    assert child.signalstatus == signal.SIGINT
