# SPDX-License-Identifier: GPL-2.0-only
"""Tests of files that are written: whole or not at all, and where they were meant to be."""

import json
import os
import resource
import signal

import asks
from bench import run, said
from desk import Desk
from played import wait_for

TESTS = []
test = asks.decorator(TESTS)


def content(path):
    with open(path, "rb") as file:
        return file.read()


def make(path, text=b"mine\n"):
    with open(path, "wb") as file:
        file.write(text)
    return path


def limited(size, ignore):
    """No file may be longer: the signal kills who writes on, or is ignored and it fails."""
    def begin():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN if ignore else signal.SIG_DFL)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    return begin


def state_port(bench):
    port = bench.port(1, "web1", b"ready\n")
    port.state = bytes(4096)
    return port


@test
def a_cursor_follows_no_link_of_somebody_else(bench):
    bench.port(1, "web1", b"ready\n")
    victim = make(os.path.join(bench.dir, "victim"))
    path = os.path.join(bench.dir, "cursor")
    # Where an earlier version wrote first, for all to know.
    os.symlink(victim, path + ".new")
    run(bench, "expect", "--cursor", path, "web1", "ready")
    assert content(victim) == b"mine\n" and json.loads(content(path))["position"] == 5
    assert os.readlink(path + ".new") == victim
    os.unlink(path)
    os.symlink(victim, path)
    result = run(bench, "expect", "--cursor", path, "web1", "ready", status=1)
    said("it is a symbolic link, which is not followed", result)
    assert content(victim) == b"mine\n" and os.path.islink(path)


@test
def a_cursor_keeps_the_mode_that_it_has(bench):
    bench.port(1, "web1", b"ready\n")
    path = make(os.path.join(bench.dir, "cursor"), b"")
    os.chmod(path, 0o600)
    run(bench, "expect", "--cursor", path, "web1", "ready")
    assert os.stat(path).st_mode & 0o777 == 0o600 and content(path)


@test
def nothing_half_written_stays(bench):
    state_port(bench)
    before = sorted(os.listdir(bench.dir))
    directory = os.path.join(bench.dir, "d")
    os.mkdir(directory)
    for name, old in (("new", None), ("old", b"what was there\n")):
        path = os.path.join(directory, name)
        if old:
            make(path, old)
        for ignore, status in ((True, 1), (False, -signal.SIGXFSZ)):
            for args in (["state", "save", "web1", path], ["expect", "--cursor", path, "--from",
                                                           "start", "web1", "ready"]):
                if args[0] == "expect":
                    del args[3:5]
                    if old:
                        continue        # it is no cursor
                result = bench.run(*args, preexec_fn=limited(10, ignore), restore_signals=False)
                assert result.returncode == status, (args, ignore, result)
                if ignore:
                    said("File too large", result)
                assert sorted(os.listdir(directory)) == ([name] if old else []), args
                if old:
                    assert content(path) == old
        if old:
            os.unlink(path)
    assert before == sorted(set(os.listdir(bench.dir)) - {"d"})


@test
def a_state_is_written_over_no_link_and_to_devices(bench):
    state_port(bench)
    victim = make(os.path.join(bench.dir, "victim"))
    link = os.path.join(bench.dir, "link")
    os.symlink(victim, link)
    said("it is a symbolic link", run(bench, "state", "save", "web1", link, status=1))
    assert content(victim) == b"mine\n"
    run(bench, "state", "save", "web1", "/dev/null")
    said("No space left on device", run(bench, "state", "save", "web1", "/dev/full", status=1))
    said("it is a directory", run(bench, "state", "save", "web1", bench.dir, status=1))
    said("No such file", run(bench, "state", "save", "web1", bench.dir + "/no/x", status=1))
    other = os.path.join(bench.dir, "hard")
    os.link(victim, other)
    run(bench, "state", "save", "web1", other)
    assert content(victim) == b"mine\n" and json.loads(content(other))


@test
def a_pipe_of_another_user_gets_nothing(bench):
    if os.geteuid():
        return
    state_port(bench)
    path = os.path.join(bench.dir, "pipe")
    os.mkfifo(path)
    os.chown(path, 65534, 65534)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    said("Operation not permitted", run(bench, "state", "save", "web1", path, status=6))
    assert os.read(reader, 1) == b""
    os.close(reader)


@test
def a_recording_that_cannot_go_on_has_whole_lines(bench):
    port = bench.port(1, "web1", b"first\n")
    path = os.path.join(bench.dir, "web1.cast")
    child = bench.start("record", "web1", path, preexec_fn=limited(2000, True),
                        restore_signals=False)
    wait_for("its begin", lambda: os.path.exists(path) and b"first" in content(path))
    for i in range(2000):
        port.say(b"line %d\r\n" % i)
    assert child.wait(timeout=60) == 1
    lines = content(path).splitlines(keepends=True)
    assert len(lines) > 1 and all(line.endswith(b"\n") and json.loads(line) for line in lines)
    path += "2"
    child = bench.start("record", "web1", path, preexec_fn=limited(5, True), restore_signals=False)
    assert child.wait(timeout=60) == 1
    assert not os.path.lexists(path)


@test
def a_recording_that_is_lost_when_it_is_closed_has_whole_lines(bench):
    """As on a network file system without room."""
    bench.port(1, "web1", b"first\n")
    path = os.path.join(bench.dir, "web1.cast")
    bench.program += "-plain"
    bench.env |= {"LD_PRELOAD": os.path.join(bench.build, "tests-console", "halfread.so"),
                  "UNCLOSED": "web1.cast"}
    result = run(bench, "record", "--kept", "web1", path, status=1)
    said(f"cannot write {path}: Disk quota exceeded", result)
    lines = content(path).splitlines(keepends=True)
    assert len(lines) == 1 and lines[0].endswith(b"\n") and json.loads(lines[0])["version"] == 2, lines


@test
def a_recording_goes_into_no_link(bench):
    bench.port(1, "web1", b"first\n")
    victim = os.path.join(bench.dir, "victim")
    os.symlink(victim, victim + ".link")
    said("File exists", run(bench, "record", "--kept", "web1", victim + ".link", status=1))
    assert not os.path.lexists(victim)


@test
def screen_saves_text_and_its_session_into_no_link(bench):
    desk = Desk(bench)
    bench.port(1, "web1", b"kept words\r\n")
    victim = make(os.path.join(bench.dir, "victim"))
    link = os.path.join(bench.dir, "link")
    os.symlink(victim, link)
    term = desk.open_ports(cols=120)
    term.wait("kept words")
    term.act("[")
    term.type("s")
    term.wait_status("write")
    term.type(link + "\r")
    term.wait_status("it is a symbolic link")
    assert content(victim) == b"mine\n"
    term.type("s")
    term.wait_status("write")
    term.type(link + "2\r")
    term.wait_status("bytes written to")
    assert b"kept words" in content(link + "2")
    term.type("q")
    term.act("q")
    term.wait_end()
    state = os.path.join(bench.dir, "state/kpl011")
    wait_for("its session", lambda: os.listdir(state))
    assert all(not name.startswith(".") for name in os.listdir(state)), os.listdir(state)
