# SPDX-License-Identifier: GPL-2.0-only
"""Tests of log: what is kept of a guest, and what comes."""

import os
import signal
import subprocess
import tempfile

import asks
from bench import expect_in, expect_status
from played import pipe_bytes, wait_for

TESTS = []
test = asks.decorator(TESTS)


@test
def log_prints_the_history_byte_by_byte(bench):
    history = bytes(range(256)) * 300
    bench.port(1, "web1", history)
    result = bench.run("log", "web1")
    expect_status(result, 0)
    assert result.stdout == history and not result.stderr
    with tempfile.TemporaryFile() as file:
        subprocess.run([bench.program, "log", "web1"], stdout=file, env=bench.env, timeout=60,
                       check=True)
        file.seek(0)
        assert file.read() == history


@test
def log_lines_begins_with_the_last_lines(bench):
    bench.port(1, "web1", b"one\ntwo\nthree\n")
    bench.port(2, "web2", b"one\ntwo\nthree")
    bench.port(3, "long", b"x\n" + b"y" * 200000 + b"\n" + b"z" * 100000 + b"\n")
    bench.port(4, "empty", b"")
    for guest, lines, text in (("1", 0, b""), ("1", 1, b"three\n"), ("1", 2, b"two\nthree\n"),
                               ("1", 3, b"one\ntwo\nthree\n"), ("1", 9, b"one\ntwo\nthree\n"),
                               ("2", 1, b"three"), ("2", 2, b"two\nthree"),
                               ("3", 1, b"z" * 100000 + b"\n"),
                               ("3", 2, b"y" * 200000 + b"\n" + b"z" * 100000 + b"\n"),
                               ("4", 1, b"")):
        result = bench.run("log", "-n", str(lines), guest)
        expect_status(result, 0)
        assert result.stdout == text, (guest, lines, result.stdout[:80], len(result.stdout))


@test
def log_lines_counts_no_line_without_text_behind_the_last(bench):
    """As of line ends that are LF CR, and of a colour that is set back behind the end of a line."""
    reset = b"one\r\n\033[32mtwo\r\n\033[0m\033]0;title\007\r"
    for number, text, lines, raw, clean in (
            (1, b"one\n\rtwo\n\rthree\n\r", 1, b"\rthree\n\r", b"three\n"),
            (2, b"one\n\rtwo\n\rthree\n\r", 2, b"\rtwo\n\rthree\n\r", b"two\nthree\n"),
            (3, reset, 1, reset[5:], b"two\n"), (4, reset, 2, reset, b"one\ntwo\n"),
            # Text, and a line of it that is empty, are lines.
            (5, b"one\r\n\033[1mtw", 1, b"\033[1mtw", b"tw"), (6, b"one\r\n\r\n\033[0m", 1, b"\r\n\033[0m", b"\n"),
            (7, b"one\r\n\xc3\xa4", 1, b"\xc3\xa4", b"\xc3\xa4"), (8, b"\033[0m", 1, b"\033[0m", b"")):
        bench.port(number, f"web{number}", text)
        assert bench.run("log", "-n", str(lines), str(number)).stdout == raw, number
        found = bench.run("log", "-n", str(lines), "--clean", str(number)).stdout
        assert found.rstrip(b"\n") == clean.rstrip(b"\n"), (number, found)


@test
def log_from_begins_at_a_position(bench):
    bench.port(1, "web1", b"0123456789", tx_oldest=100)
    result = bench.run("log", "--from", "104", "web1")
    expect_status(result, 0)
    assert result.stdout == b"456789"
    assert bench.run("log", "--from", "110", "web1").stdout == b""
    result = bench.run("log", "--from", "111", "web1")
    expect_status(result, 1)
    expect_in("position 111", result.stderr)


@test
def log_tells_what_was_skipped_to_the_byte(bench):
    port = bench.port(1, "web1", b"before")
    child = bench.start("log", "-f", "web1", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout.read(6) == b"before"
    port.say(b"after", skip=12345)
    assert child.stdout.read(5) == b"after"
    port.die()
    out, err = child.communicate(timeout=20)
    assert out == b"" and child.returncode == 0
    assert err.splitlines() == [b"kpl011: skipped 12345 bytes of web1: they are no longer kept",
                                b"kpl011: the VM of web1 is gone"], err


@test
def log_follow_ends_with_the_vm(bench):
    port = bench.port(1, "web1", b"one\n")
    child = bench.start("log", "--follow", "web1", stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
    assert child.stdout.readline() == b"one\n"
    port.say(b"two\n")
    assert child.stdout.readline() == b"two\n"
    port.say(b"last words\n")
    port.die()
    out, err = child.communicate(timeout=20)
    assert out == b"last words\n" and child.returncode == 0
    expect_in("the VM of web1 is gone", err)


@test
def log_waits_for_a_slow_reader_and_loses_nothing(bench):
    history = os.urandom(1 << 20)
    port = bench.port(1, "web1", history)
    child = bench.start("log", "-f", "web1", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # It has filled the pipe and holds what did not fit.
    wait_for("a full pipe", lambda: pipe_bytes(child.stdout) >= 65536)
    port.say(b"more")
    port.die()
    out, err = child.communicate(timeout=30)
    assert out == history + b"more", (len(out), len(history))
    assert b"skipped" not in err


@test
def log_ends_when_nobody_reads_any_more(bench):
    bench.port(1, "web1", b"line\n")
    child = bench.start("log", "-f", "web1", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout.readline() == b"line\n"
    child.stdout.close()
    assert child.wait(timeout=20) == -signal.SIGPIPE
    assert child.stderr.read() == b""


@test
def log_ends_by_the_signal_it_was_sent(bench):
    bench.port(1, "web1", b"line\n")
    for sig in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        child = bench.start("log", "-f", "web1", stdout=subprocess.PIPE)
        assert child.stdout.readline() == b"line\n"
        child.send_signal(sig)
        assert child.wait(timeout=20) == -sig


@test
def an_ignored_hangup_stays_ignored(bench):
    port = bench.port(1, "web1", b"line\n")
    child = bench.start("log", "-f", "web1", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                        preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    assert child.stdout.readline() == b"line\n"
    child.send_signal(signal.SIGHUP)
    port.say(b"still\n")
    assert child.stdout.readline() == b"still\n"
    port.die()
    assert child.wait(timeout=20) == 0
