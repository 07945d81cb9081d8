# SPDX-License-Identifier: GPL-2.0-only
"""Tests of pty: a terminal for other programs, and a guest behind it."""

import os
import signal
import socket
import subprocess

import asks
from bench import run, said
from played import read_until
from sources import TcpGuest, command_on_a_socket

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


@test
def a_pty_is_made_of_a_source(bench):
    web = TcpGuest(b"")
    child = bench.start("pty", f"tcp:127.0.0.1:{web.port}", stdout=subprocess.PIPE)
    path = child.stdout.readline().decode().rstrip("\n")
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    os.write(fd, b"typed\x03\r")
    web.wait_received(b"typed\x03\r")
    web.say(b"printed")
    assert read_until(fd, b"printed") == b"printed"
    os.close(fd)
    child.terminate()
    child.wait(timeout=60)


@test
def what_is_typed_at_a_pty_never_waits_for_who_takes_nothing(bench):
    with command_on_a_socket(bench, "pty") as (child, peer):
        terminal = child.stdout.readline().decode().rstrip("\n")
        fd = os.open(terminal, os.O_RDWR | os.O_NOCTTY)
        peer.shutdown(socket.SHUT_RD)
        os.write(fd, b"typed\r")
        read_until(child.stderr, f"cannot send to con any more: what is typed at {terminal} goes nowhere".encode())
        # More than a terminal holds.
        for _ in range(64):
            os.write(fd, b"x" * 1024)
        peer.sendall(b"printed")
        assert read_until(fd, b"printed") == b"printed"
    assert child.wait(timeout=60) == 7
    os.close(fd)
