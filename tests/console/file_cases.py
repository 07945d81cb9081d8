# SPDX-License-Identifier: GPL-2.0-only
"""Tests of a file in place of a guest, which grows, or is cut, written anew or rotated: another VMM's."""

import contextlib
import json
import os
import re
import signal
import subprocess

import asks
import played
from bench import run
from desk import Desk
from played import has_waited, pipe_bytes, read_until, wait_for
from screen_terminal import Terminal
from sources import append, boot, open_writer
from vms import need_other_user

TESTS = []
test = asks.decorator(TESTS)


def write(path, data):
    """As a VMM does that begins its log: what there was is cut off."""
    with open(path, "wb", buffering=0) as file:
        file.write(data)


def rotate(path, data):
    os.rename(path, path + ".1")
    append(path, data)


def start(bench, *args):
    """A command that has read what there is, and waits for more."""
    child = bench.start(*args, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    wait_for("a file that is watched", lambda: watches(child.pid))
    has_waited(child, times=2)
    return child


def at_once(child, renew, path, data):
    """The child sees nothing of it before it is done."""
    child.send_signal(signal.SIGSTOP)
    renew(path, data)
    child.send_signal(signal.SIGCONT)


def watches(pid):
    folder = f"/proc/{pid}/fdinfo"
    for name in os.listdir(folder):
        with contextlib.suppress(OSError), open(f"{folder}/{name}", encoding="ascii") as file:
            if "\ninotify wd:" in file.read():
                return True
    return False


# Cursors.

@test
def a_cursor_begins_at_the_start_of_a_file_that_was_written_anew(bench):
    path = os.path.join(bench.dir, "web.log")
    expect = ["expect", "--cursor", path + ".cursor", "--timeout", "0.2", f"file:{path}", "login: $"]
    text = b"UEFI\nlogin: "
    write(path, text)
    run(bench, *expect)
    run(bench, *expect, status=11)
    # The same, fewer, and more bytes.
    for again in (text, b"login: ", b"Booting\n" + text):
        write(path, again)
        run(bench, *expect)
        run(bench, *expect, status=11)
    append(path, b"root\nlogin: ")
    run(bench, *expect)
    run(bench, *expect, status=11)


@test
def a_cursor_of_before_is_one(bench):
    path = os.path.join(bench.dir, "web.log")
    cursor = path + ".cursor"
    expect = ["expect", "--cursor", cursor, "--timeout", "0.2", f"file:{path}", "login: $"]
    write(path, b"UEFI\nlogin: ")
    run(bench, *expect)
    with open(cursor, encoding="utf-8") as file:
        kept = json.load(file)
    assert kept["position"] == 12, kept
    with open(cursor, "w", encoding="utf-8") as file:
        json.dump({key: kept[key] for key in ("format", "port", "attach_ns", "position")}, file)
    run(bench, *expect, status=11)


@test
def a_match_in_a_file_that_came_meanwhile_is_found_once(bench):
    path = os.path.join(bench.dir, "web.log")
    cursor = ["--cursor", path + ".cursor"]
    append(path, b"the first\nlogin: ")
    run(bench, "expect", *cursor, "--timeout", "60", f"file:{path}", "login: $")
    for number, renew in enumerate((write, rotate, write, rotate)):
        child = start(bench, "expect", *cursor, "--timeout", "60", f"file:{path}", "^begin$")
        # No shorter than what it takes the place of.
        at_once(child, renew, path, b"begin\n" + b"a line\n" * 100 * (number + 1) + b"login: ")
        out, errors = child.communicate(timeout=60)
        assert (child.returncode, out, errors) == (0, b"begin\n", b""), (renew, errors)
        run(bench, "expect", *cursor, "--timeout", "0.2", f"file:{path}", "^begin$", status=11)
        append(path, b"root\n# ")
        run(bench, "expect", *cursor, "--timeout", "60", f"file:{path}", "# $")


# What was set, and lines.

@test
def another_vmm_of_a_file_begins_a_line(bench):
    path = os.path.join(bench.dir, "web.log")
    append(path, b"old\r\nlogin: ")
    for renew in (write, rotate):
        child = start(bench, "expect", "--timeout", "60", f"file:{path}", "^Booting")
        timed = start(bench, "log", "-f", "-t", f"file:{path}")
        plain = start(bench, "log", "-f", f"file:{path}")
        at_once(child, renew, path, b"Booting Linux\r\nlogin: ")
        out, errors = child.communicate(timeout=60)
        assert (out, errors) == (b"Booting\n", b""), errors
        lines = read_until(timed.stdout, b"Linux\r\n")
        assert re.search(rb"login: \n\d{4}-\S+ +Booting Linux\r\n", lines), lines
        # Into a pipe byte by byte.
        assert b"login: Booting Linux\r\n" in read_until(plain.stdout, b"Linux\r\n")
        write(path, b"old\r\nlogin: ")


@test
def what_stands_before_another_vmm_comes_is_looked_at(bench):
    path = os.path.join(bench.dir, "web.log")
    append(path, b"old\r\n")
    child = start(bench, "expect", "--timeout", "60", f"file:{path}", "login: $")
    child.send_signal(signal.SIGSTOP)
    # A prompt that was never seen to stand, since there is more at once.
    append(path, b"login: ")
    rotate(path, b"Booting Linux\r\n")
    child.send_signal(signal.SIGCONT)
    assert child.communicate(timeout=60)[0] == b"login: \n"


@test
def another_vmm_of_a_file_has_a_terminal_as_it_was_switched_on(bench):
    path = os.path.join(bench.dir, "web.log")
    # Lines, margins, and a title that has no end.
    append(path, b"old\r\n\033(0lqk\033[3;6r\033[6;1Hlast\033]0;title")
    desk = Desk(bench)
    term = desk.open(f"file:{path}")
    log = bench.terminal("log", "-f", f"file:{path}")
    log.expect_exact("old")
    term.wait("old")
    for number, renew in enumerate((write, rotate)):
        renew(path, b"".join(b"lqk %d of %d\r\n" % (line, number) for line in range(6)) +
              b"\033(0lqk\033[3;6r\033]0;title")
        term.wait(f"lqk 5 of {number}")
        log.expect_exact(f"lqk 5 of {number}")
        assert all(f"lqk {line} of {number}" in term.text() for line in range(6)), term.text()
    term.act("q")
    term.wait_end()


@test
def another_vmm_of_a_pipe_that_was_made_anew_has_a_terminal_as_it_was_switched_on(bench):
    path = os.path.join(bench.dir, "con.out")
    desk = Desk(bench)
    os.mkfifo(path)
    term = desk.open(f"web=file:{path}")
    term.wait_status("web")
    for text in (b"old\r\n\033(0lqk\033]0;title", b"lqk of the second"):
        fd = wait_for("a reader", lambda: open_writer(path))
        os.write(fd, text)
        term.wait(text.split()[0].decode())
        if text.startswith(b"lqk"):
            term.wait("lqk of the second")
            break
        os.unlink(path)
        os.mkfifo(path)
        os.close(fd)


@test
def commands_go_on_with_pipes_that_were_made_anew(bench):
    path = os.path.join(bench.dir, "con")
    ends = (path + ".in", path + ".out")
    for end in ends:
        os.mkfifo(end)
    for command in (["log", "-f"], ["record"], ["expect", "--timeout", "60"]):
        child = bench.start(*command, f"pipe:{path}", *(["two"] if command[0] == "expect" else []),
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        first = wait_for("a reader", lambda: open_writer(ends[1]))
        os.write(first, b"one\n")
        if command[0] != "expect":
            read_until(child.stdout, b"one")
        for end in ends:
            os.unlink(end)
            os.mkfifo(end)
        second = wait_for("a reader", lambda: open_writer(ends[1]))
        os.write(second, b"two\n")
        read_until(child.stdout, b"two")
        child.terminate()
        assert child.communicate(timeout=60)[1] == b"", command
        os.close(first)
        os.close(second)


@test
def a_file_that_may_not_be_read_in_its_place_is_told_once(bench):
    need_other_user(bench)
    Desk(bench)
    os.chmod(bench.dir, 0o711)
    path = os.path.join(bench.dir, "web.log")
    beside = os.path.join(bench.dir, "db.log")
    as_other = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", bench.program]
    for name in (path, beside):
        append(name, b"one\n")
    for folder in ("state", "config"):
        os.mkdir(os.path.join(bench.dir, folder), 0o755)
    term = Terminal(as_other[0], [*as_other[1:], "screen", "--no-ports", f"file:{path}"], bench.env)
    bench.terminals.append(term)
    term.wait("one")
    children = []
    for command in (["log", "-f", f"file:{path}"], ["log", "-f", f"file:{path}", f"file:{beside}"],
                    ["record", f"file:{path}"], ["console", f"file:{path}"]):
        child = subprocess.Popen([*as_other, *command], env=bench.env, stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        bench.children.append(child)
        children.append(child)
        read_until(child.stdout, b"one")
    expects = subprocess.Popen([*as_other, "expect", f"file:{path}", "^two$"], env=bench.env,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE)
    bench.children.append(expects)
    wait_for("its watch", lambda: watches(expects.pid))
    cannot = b"cannot read what has taken the place of web: Permission denied\n"
    over = b"what has taken the place of web can be read now\n"
    os.rename(path, path + ".1")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb", buffering=0) as file:
        file.write(b"two\n")
    told = [read_until(child.stderr, cannot) for child in [*children, expects]]
    term.wait_status("what has taken its place cannot be read: Permission denied")
    os.chmod(path, 0o644)
    told = [text + read_until(child.stderr, over) for text, child in zip(told, [*children, expects])]
    assert all(text.count(cannot) == 1 for text in told), told
    for child in children:
        read_until(child.stdout, b"two")
    assert expects.wait(timeout=60) == 0
    term.wait("two")
    term.wait_status("takes no input")
    for child in children:
        child.terminate()
        child.communicate(timeout=60)


@test
def a_file_of_the_kernel_that_has_no_size_or_too_large_a_one_is_printed(bench):
    for path in ("/proc/version", "/sys/devices/system/cpu/online"):
        with open(path, "rb") as file:
            text = file.read()
        assert os.stat(path).st_size != len(text)
        for options in ([], ["-n", "1"], ["-t"]):
            assert text in run(bench, "log", *options, f"file:{path}").stdout, (path, options)
        assert run(bench, "log", "-n", "0", f"file:{path}").stdout == b"", path
        cast = run(bench, "record", "--kept", f"file:{path}").stdout
        assert json.loads(cast.splitlines()[1])[2].encode() == text, (path, cast)


# A file that grows, and its rotation.

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
def all_files_of_a_screen_are_watched_by_one_instance(bench):
    """A user has 128 of them, for all programs together."""
    desk = Desk(bench)
    paths = [os.path.join(bench.dir, f"web{number}.log") for number in range(20)]
    for path in paths:
        append(path, b"begin\r\n")
    term = desk.open(*(f"file:{path}" for path in paths))
    term.wait("begin")
    folder = f"/proc/{term.child.pid}/fd"
    targets = [os.readlink(os.path.join(folder, fd)) for fd in os.listdir(folder)]
    assert targets.count("anon_inode:inotify") == 1, targets
    for number in range(3):
        append(paths[number], b"more of %d" % number)
        term.wait(f"more of {number}")
        term.act("n")


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


@test
def a_log_ends_although_its_file_was_cut_meanwhile(bench):
    path = os.path.join(bench.dir, "web.log")
    append(path, boot(20000))
    for options in ([], ["-t"]):
        child = bench.start("log", *options, f"file:{path}", stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
        played.wait_for("a full pipe", lambda: pipe_bytes(child.stdout) > 60000)
        os.truncate(path, 0)
        out, errors = child.communicate(timeout=60)
        assert child.returncode == 0 and out, (options, errors)
        assert re.search(rb"skipped \d+ bytes of web: they are no longer kept", errors), errors
        append(path, boot(20000))


@test
def a_cursor_is_not_used_with_a_file_that_was_made_anew(bench):
    path = os.path.join(bench.dir, "web.log")
    append(path, b"hello\r\n")
    cursor = ["--cursor", path + ".cursor", "--timeout", "0.2"]
    inode = os.stat(path).st_ino
    run(bench, "expect", *cursor, f"file:{path}", "hello")
    run(bench, "expect", *cursor, f"file:{path}", "hello", status=11)
    # One that has the inode of the old one, if the file system gives these again.
    os.unlink(path)
    for number in range(100):
        append(path + str(number), b"hello again\r\n")
        if os.stat(path + str(number)).st_ino == inode:
            break
    os.rename(path + str(number), path)
    run(bench, "expect", *cursor, f"file:{path}", "hello")
