# SPDX-License-Identifier: GPL-2.0-only
"""Tests of state and reset: a UART is saved, restored and reset."""

import json
import os

import asks
from bench import expect_in, expect_status
from played import STATE

TESTS = []
test = asks.decorator(TESTS)


@test
def a_state_that_is_saved_is_restored(bench):
    port = bench.port(1, "web1")
    other = bench.port(2, "web2")
    port.state = STATE.pack(1, 3, 833, 13, 1, 0x70, 0xf01, 0x12, 0x50, 0x60, 8, 1, 2, *range(4),
                            7, 1, 2, 0, 0x58, *[0] * 31, 0x61, 0xc62, *[0] * 30)
    path = os.path.join(bench.dir, "state.json")
    result = bench.run("state", "save", "web1", path)
    expect_status(result, 0)
    assert result.stdout.decode() == f"web1: the state of its UART is in {path}\n"
    with open(path, encoding="ascii") as file:
        saved = json.load(file)
    assert saved["format"] == "kpl011-uart-state" and saved["version"] == 1
    assert saved["registers"]["CR"] == 0xf01 and saved["modem"] == ["CTS", "DSR", "DCD"]
    assert saved["rx"] == [0x61, 0xc62] and saved["tx"] == [0x58]
    assert json.loads(bench.run("state", "save", "web1").stdout) == saved
    result = bench.run("state", "restore", "web2", path)
    expect_status(result, 0)
    assert result.stdout.decode() == f"web2: its UART has the state in {path}\n"
    assert other.state == port.state
    other.state = b""
    with open(path, "rb") as file:
        expect_status(bench.run("state", "restore", "web2", input=file.read()), 0)
    assert other.state == port.state
    # The guest is gone, and its state can still be looked at.
    port.die()
    assert json.loads(bench.run("state", "save", "web1").stdout) == saved
    result = bench.run("state", "restore", "web1", path)
    expect_status(result, 7)
    expect_in("cannot restore the state of web1 (port 1): its VM is gone", result.stderr)


@test
def a_state_that_cannot_be_is_refused(bench):
    port = bench.port(1, "web1")
    port.state = STATE.pack(1, 1, 0, 0, 0, 0x70, 0x300, 0x12, *[0] * 9, 7, *[0] * 67)
    good = bench.run("state", "save", "web1").stdout
    for text, why in ((b"", "line 1: "), (good[:-4], "line "), (good + b"x", "line "),
                      (good.replace(b"768", b"776"), "CR is 0x308, but has only the bits 0xff87"),
                      (good.replace(b'"CR"', b'"C\\u0000R"'), "line "),
                      (good.replace(b'"CR"', b'"C\\u001bR"'), "register CR is missing"),
                      (good.replace(b'"version": 1', b'"version": 9'), "version is 9"),
                      (b"[" * 60000, "line 1: "), (b" " * 65536, "File too large"),
                      (os.urandom(300), "line ")):
        result = bench.run("state", "restore", "web1", input=text)
        expect_status(result, 1)
        expect_in(why, result.stderr)
        assert b"\033" not in result.stderr and b"\0" not in result.stderr
    result = bench.run("state", "restore", "web1", "/nonexistent/file")
    expect_status(result, 1)
    expect_in("cannot read /nonexistent/file: No such file", result.stderr)
    assert not port.asked
    expect_status(bench.run("state", "save", "web1", "/dev/full"), 1)
    result = bench.run("state", "save", "web1", "/nonexistent/file")
    expect_status(result, 1)
    expect_in("cannot open /nonexistent/file", result.stderr)


@test
def a_file_of_a_state_may_be_called_anything(bench):
    port = bench.port(1, "web1")
    port.state = STATE.pack(1, 1, 0, 0, 0, 0x70, 0x300, 0x12, *[0] * 9, 7, *[0] * 67)
    path = os.path.join(bench.dir, "x\033[2J.json")
    for action in ("save", "restore"):
        result = bench.run("state", action, "web1", path)
        expect_status(result, 0)
        expect_in("x\\x1b[2J.json\n", result.stdout)
        assert b"\033" not in result.stdout, result


@test
def reset_resets(bench):
    port = bench.port(1, "web1")
    result = bench.run("reset", "web1")
    expect_status(result, 0)
    assert result.stdout == b"web1: its UART was reset\n" and port.asked == ["reset"]
    bench.port(2, "old", live=0)
    result = bench.run("reset", "old")
    expect_status(result, 7)
    expect_in("cannot reset the UART of old (port 2): its VM is gone", result.stderr)
