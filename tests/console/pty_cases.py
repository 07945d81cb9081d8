# SPDX-License-Identifier: GPL-2.0-only
"""Tests of pty: a terminal for other programs, and a guest behind it."""

import os
import signal
import subprocess

import asks
from bench import run, said
from played import read_until

TESTS = []
test = asks.decorator(TESTS)


@test
def a_pty_carries_bytes_both_ways_as_they_are(bench):
    port = bench.port(1, "web1", b"before")
    link = os.path.join(bench.dir, "link")
    os.symlink("/dev/pts/left-by-another", link)
    child = bench.start("pty", "--link", link, "web1", stdout=subprocess.PIPE)
    path = child.stdout.readline().decode().rstrip("\n")
    assert os.readlink(link) == path
    everything = bytes(range(256)) * 10
    # Programs come and go; nothing is echoed, changed, or taken for a signal.
    for _ in range(2):
        fd = os.open(link, os.O_RDWR | os.O_NOCTTY)
        del port.received[:]
        os.write(fd, everything)
        port.wait_received(everything)
        port.say(everything)
        assert read_until(fd, everything) == everything
        os.close(fd)
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=60) == -signal.SIGTERM
    assert not os.path.lexists(link)


@test
def a_pty_ends_with_its_guest(bench):
    port = bench.port(1, "web1")
    link = os.path.join(bench.dir, "link")
    child = bench.start("pty", "--spy", "--link", link, "web1", stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
    fd = os.open(child.stdout.readline().decode().rstrip("\n"), os.O_RDWR | os.O_NOCTTY)
    os.write(fd, b"nobody hears")
    port.die()
    assert b"the VM of web1 is gone" in child.communicate(timeout=60)[1]
    assert child.returncode == 7 and not port.received and not os.path.lexists(link)
    os.close(fd)
    said("nothing can be sent", run(bench, "pty", "web1", status=7))


@test
def a_pty_replaces_no_file_by_its_link(bench):
    bench.port(1, "web1")
    path = os.path.join(bench.dir, "file")
    with open(path, "w", encoding="ascii") as file:
        file.write("precious")
    result = run(bench, "pty", "--link", path, "web1", status=1)
    said(f"cannot make the link {path}: File exists", result)
    assert os.path.getsize(path) == 8 and not result.stdout
