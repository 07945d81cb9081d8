# SPDX-License-Identifier: GPL-2.0-only
"""Tests of a file in place of a guest that is cut, written anew or rotated: another VMM's."""

import contextlib
import json
import os
import signal
import subprocess

import asks
from command_cases import run
from played import has_waited, wait_for
from source_cases import append

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
