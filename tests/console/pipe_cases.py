# SPDX-License-Identifier: GPL-2.0-only
"""Tests of named pipes in place of a guest: one that is read, or two that carry both ways."""

import contextlib
import fcntl
import os
import re
import signal
import subprocess

import asks
import played
from bench import run, said
from desk import Desk, open_as_nobody
from played import has_waited, pipe_bytes, read_until
from sources import boot, open_writer, pipes
from vms import need_other_user

F_SETPIPE_SZ = getattr(fcntl, "F_SETPIPE_SZ", 1031)

TESTS = []
test = asks.decorator(TESTS)


@test
def a_pipe_waits_for_its_writers_one_after_another(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "con.out")
    os.mkfifo(path)
    term = desk.open(f"web=file:{path}")
    term.wait_status("web")
    for text in (b"said through the pipe", b"and another writer"):
        fd = played.wait_for("a reader", lambda: open_writer(path))
        os.write(fd, text)
        os.close(fd)
        term.wait(text.decode())
    term.type("x")
    term.wait_status("web can only be read: nothing can be sent to it")
    # The next VMM finds another pipe, that was made for it.
    os.unlink(path)
    os.mkfifo(path)
    fd = played.wait_for("a reader", lambda: open_writer(path))
    os.write(fd, b"\r\nof the second pipe")
    term.wait("of the second pipe")
    os.close(fd)


@test
def a_pipe_that_may_only_be_read_loses_nothing_between_its_writers(bench):
    need_other_user(bench)
    Desk(bench)
    path = os.path.join(bench.dir, "con.out")
    os.mkfifo(path)
    os.chmod(path, 0o644)
    term = open_as_nobody(bench, "screen", "--no-ports", f"web=file:{path}")
    term.wait_status("web")
    for number in range(3):
        fd = played.wait_for("a reader", lambda: open_writer(path))
        os.write(fd, b"writer %d\r\n" % number)
        os.close(fd)
        # Its end is seen, and before it is opened again another one has written.
        term.wait_status("gone")
        fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        os.write(fd, b"and right behind %d\r\n" % number)
        os.close(fd)
        term.wait(f"and right behind {number}")


@test
def two_pipes_carry_both_ways(bench):
    desk = Desk(bench)
    path = pipes(bench)
    term = desk.open(f"pipe:{path}")
    # Typed before there is a VMM: it waits for it.
    term.wait_status("con | input: you")
    term.type("early ")
    typed = os.open(path + ".in", os.O_RDWR)
    printed = os.open(path + ".out", os.O_RDWR)
    os.write(printed, b"login: ")
    term.wait("login:")
    term.type("root\r")
    assert read_until(typed, b"\r") == b"early root\r"
    term.act("q")
    term.wait_end()
    os.write(printed, b"Password: ")
    assert run(bench, "expect", "--timeout", "20", f"pipe:{path}", "Pass.*: ").stdout
    run(bench, "send", f"pipe:{path}", "secret")
    assert read_until(typed, b"secret") == b"secret"
    os.close(typed)
    os.close(printed)


def catches(pid, number):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        caught, = re.findall(r"^SigCgt:\s+(\S+)$", file.read(), re.M)
    return int(caught, 16) >> (number - 1) & 1


@test
def what_waits_in_a_pipe_is_not_what_comes_from_now_on(bench):
    path = pipes(bench)
    pipes_of_it = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    typed = os.open(path + ".in", os.O_RDWR)
    printed = os.open(path + ".out", os.O_RDWR)
    for command in (["log", "-f", "-n", "0"], ["log", "-f", "-t", "-n", "0"],
                    ["console", "--no-history"], ["console", "-n", "0"]):
        os.write(printed, b"yesterday\r\n" + boot(200))
        child = bench.start(*command, f"pipe:{path}", **pipes_of_it)
        # When its signals are caught it has found where to begin.
        played.wait_for("its begin", lambda pid=child.pid: catches(pid, signal.SIGTERM))
        assert not pipe_bytes(printed)
        os.write(printed, b"today\r\n")
        said_now = read_until(child.stdout, b"today\r\n")
        assert b"boot" not in said_now and b"yesterday" not in said_now, said_now
        child.terminate()
        child.communicate(timeout=60)
        # Without, it is shown.
        os.write(printed, b"yesterday\r\n")
        child = bench.start(*command[:-2 if command[-1] == "0" else -1], f"pipe:{path}", **pipes_of_it)
        read_until(child.stdout, b"yesterday\r\n")
        child.terminate()
        child.communicate(timeout=60)
    os.close(typed)
    os.close(printed)


@test
def the_last_lines_of_what_waits_in_a_pipe_are_shown(bench):
    path = pipes(bench)
    typed = os.open(path + ".in", os.O_RDWR)
    printed = os.open(path + ".out", os.O_RDWR)
    for command in (["log", "-f", "-n", "2"], ["console", "-n", "2"]):
        os.write(printed, b"one\r\ntwo\r\nthree\r\n")
        child = bench.start(*command, f"pipe:{path}", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)
        text = read_until(child.stdout, b"three\r\n")
        assert text == b"two\r\nthree\r\n", (command, text)
        child.terminate()
        child.communicate(timeout=60)
    # More than is kept of what comes later.
    fcntl.fcntl(printed, F_SETPIPE_SZ, 1 << 20)
    lines = b"".join(b"line %d\r\n" % number for number in range(20000))
    os.write(printed, lines)
    child = bench.start("log", "-f", "-n", "19999", f"pipe:{path}", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert read_until(child.stdout, b"line 19999\r\n") == lines.partition(b"\n")[2]
    child.terminate()
    assert not child.communicate(timeout=60)[1]
    os.close(typed)
    os.close(printed)


@test
def the_pipe_that_may_not_be_written_to_is_named(bench):
    need_other_user(bench)
    path = pipes(bench)
    os.chmod(bench.dir, 0o711)
    for end in (".in", ".out"):
        os.chmod(path + end, 0o644)
    result = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", bench.program, "send",
                             f"pipe:{path}", "x"], env=bench.env, stderr=subprocess.PIPE, timeout=60, check=False)
    assert result.returncode == 6, result
    said(f"{path}.in may not be written to by this user", result)


@test
def send_to_a_pipe_waits_until_somebody_has_read_it(bench):
    path = pipes(bench)
    commands = [["send", f"pipe:{path}", "secret"],
                ["expect", "--script", "-", f"pipe:{path}"], ["console", f"pipe:{path}"]]
    for command in commands:
        child = bench.start(*command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        script = b'send "secret"\n' if command[0] == "expect" else b"secret"
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(script)
            child.stdin.close()
        if command[0] != "console":
            assert read_until(child.stderr, b"has not read everything yet: waiting for it")
        # Nobody would wait for it to be read: only time tells that it is.
        with open(path + ".in", "rb", buffering=0) as reader:
            assert read_until(reader, b"secret") == b"secret", command
        assert child.wait(timeout=60) == 0, command


@test
def send_to_a_pipe_that_nobody_reads_says_what_is_lost(bench):
    path = pipes(bench)
    result = run(bench, "send", "--timeout", "0.3", f"pipe:{path}", "secret", status=11)
    said("con did not read everything in time", result)
    said("What nobody has read of it is lost: send it again", result)
    result = run(bench, "expect", "--timeout", "0.3", "--send", "x", f"pipe:{path}", "y", status=11)
    said("Nobody has read what was sent to it: it is lost", result)
    child = bench.start("send", f"pipe:{path}", "secret", stderr=subprocess.PIPE)
    read_until(child.stderr, b"waiting for it")
    child.terminate()
    read_until(child.stderr, b"is lost")
    # The pipe keeps what it has for as long as somebody has it open.
    child.wait(timeout=60)
    # What a VMM has that is only slow is there for it.
    typed = os.open(path + ".in", os.O_RDWR)
    said("con has not read 6 bytes yet: they wait in its pipe",
         run(bench, "send", f"pipe:{path}", "secret"))
    assert read_until(typed, b"secret") == b"secret"
    os.close(typed)


@test
def a_pipe_that_may_only_be_read_waits_for_who_writes(bench):
    need_other_user(bench)
    os.chmod(bench.dir, 0o711)
    path = os.path.join(bench.dir, "con")
    os.mkfifo(path)
    os.chmod(path, 0o644)
    child = subprocess.Popen(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                              bench.program, "log", "-f", f"pipe:{path}"], env=bench.env,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    bench.children.append(child)
    has_waited(child)
    with open(path, "wb", buffering=0) as file:
        file.write(b"one\n")
        read_until(child.stdout, b"one\n")
    assert child.wait(timeout=60) == 0
