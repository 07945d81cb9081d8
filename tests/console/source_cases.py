# SPDX-License-Identifier: GPL-2.0-only
"""Tests of where consoles come from: files, pipes, terminals, sockets of all kinds."""

import os

from screen_cases import Desk

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def append(path, data):
    with open(path, "ab", buffering=0) as file:
        file.write(data)


def boot(lines):
    return b"".join(b"%06d a line of a boot that nobody reads\r\n" % i for i in range(lines))


# Files.

@test
def a_file_is_read_to_its_end_however_much_came_at_once(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "web.log")
    append(path, b"begin\r\n")
    term = desk.open(f"file:{path}")
    term.wait("begin")
    for number, lines in enumerate((390, 400, 1600, 2500, 25000)):
        append(path, boot(lines) + b"END of burst %d" % number)
        term.wait(f"END of burst {number}")
        append(path, b"\r\n")


@test
def a_file_is_followed_over_rotations(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "web.log")
    append(path, b"the first\r\n")
    term = desk.open(f"file:{path}")
    term.wait("the first")
    # Renamed, and a new one made; who writes goes on with the old one for a while.
    with open(path, "ab", buffering=0) as old:
        os.rename(path, path + ".1")
        append(path, b"")
        old.write(b"late in the first\r\n")
        term.wait("late in the first")
        old.write(boot(1000) + b"its very last\r\n")
        append(path, b"the second\r\n")
    term.wait("the second")
    assert "its very last" in term.text()
    # Removed, and made again later.
    os.unlink(path)
    append(path, b"the third\r\n")
    term.wait("the third")
    # Copied and cut: what follows is at its start.
    os.truncate(path, 0)
    append(path, b"4th\r\n")
    term.wait("4th")
    append(path, b"after the 4th\r\n")
    term.wait("after the 4th")
    assert "skipped" not in term.text()
