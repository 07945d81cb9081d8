# SPDX-License-Identifier: GPL-2.0-only
"""Tests of log: what is kept of a guest, and what comes."""

import fcntl
import os
import re
import signal
import subprocess
import sys
import tempfile
import termios

import asks
from bench import expect_in, expect_status, run, said
from played import SECOND, boot_ns, pipe_bytes, read_until, wait_for

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


# Lines: their times, and what is told of them.

@test
def log_prints_a_time_in_front_of_each_line(bench):
    bench.env["TZ"] = "UTC"
    port = bench.port(1, "web1", b"one\r\n" + b"two\r\n" + b"thr", attach_ns=5 * SECOND)
    port.marks = [(0, 6 * SECOND), (5, 6 * SECOND + 250000000), (10, 9 * SECOND)]
    assert run(bench, "log", "--timestamps=relative", "web1").stdout == \
        b"[    1.000000] one\r\n[    1.250000] two\r\n[    4.000000] thr"
    assert run(bench, "log", "--timestamps=delta", "web1").stdout == \
        b"[    0.000000] one\r\n[    0.250000] two\r\n[    2.750000] thr"
    lines = run(bench, "log", "-t", "-n", "2", "--clean", "web1").stdout.decode().splitlines()
    assert [re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00 ", "", line)
            for line in lines] == ["two", "thr"], lines
    # Of what no time is known.
    port.marks = port.marks[1:]
    assert run(bench, "log", "--timestamps=relative", "web1").stdout.startswith(
        b"[           -] one\r\n[    1.250000] two")


@test
def log_follows_lines_with_their_times(bench):
    port = bench.port(1, "web1", b"login: ", attach_ns=SECOND)
    port.marks = [(0, 2 * SECOND)]
    child = bench.start("log", "-f", "--timestamps=relative", "web1", stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
    # A prompt is not kept back, and what follows goes on with its line.
    text = b"[    1.000000] login: "
    assert child.stdout.read(len(text)) == text
    port.marks.append((12, 3 * SECOND))
    port.say(b"root\n")
    assert child.stdout.readline() == b"root\n"
    port.say(b"# ")
    port.die()
    out, err = child.communicate(timeout=60)
    assert out == b"[    2.000000] # " and b"the VM of web1 is gone" in err, (out, err)
    assert child.returncode == 0


@test
def log_since_and_until_cut_by_time(bench):
    port = bench.port(1, "web1", b"one\ntwo\nthree\n")
    now = boot_ns()
    hour = 3600 * SECOND
    port.marks = [(0, now - 3 * hour), (4, now - 2 * hour), (8, now - hour)]
    for args, text in ((["--since", "-150m"], b"two\nthree\n"),
                       (["--until", "90 min ago"], b"one\ntwo\n"),
                       (["--since", "-150m", "--until", "-90min"], b"two\n"),
                       (["--since", "-5min"], b""), (["--until", "@0"], b""),
                       (["--since", "-90m", "--until", "-150m"], b""),
                       (["--since", "-150m", "-n", "1"], b"three\n"),
                       (["--until", "-90m", "-n", "1"], b"two\n"),
                       (["--since", "-30d"], b"one\ntwo\nthree\n"),
                       (["--since", "-150m", "--clean"], b"two\nthree\n"),
                       (["--until", "-90m", "--clean"], b"one\ntwo\n")):
        result = run(bench, "log", *args, "web1")
        assert result.stdout == text, (args, result.stdout)
    port.marks = []
    result = run(bench, "log", "--since", "-1h", "web1", status=1)
    said("it is not known when web1 printed what", result)


@test
def log_of_several_guests_is_in_the_order_of_time(bench):
    web = bench.port(1, "web1", b"boot\nready\n")
    db = bench.port(2, "database", b"start\nup")
    web.marks = [(0, 10 * SECOND), (5, 30 * SECOND)]
    db.marks = [(0, 20 * SECOND), (6, 40 * SECOND)]
    assert run(bench, "log", "web1", "database").stdout == \
        b"web1     | boot\ndatabase | start\nweb1     | ready\ndatabase | up"
    # A line is kept together.
    web.marks.append((11, 50 * SECOND))
    child = bench.start("log", "-f", "web1", "database", stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
    for line in (b"web1     | boot\n", b"database | start\n", b"web1     | ready\n"):
        assert child.stdout.readline() == line
    web.say(b"half a ")
    db.say(b" and away\n")
    assert child.stdout.readline() == b"database | up and away\n"
    web.say(b"line\n")
    assert child.stdout.readline() == b"web1     | half a line\n"
    db.die()
    web.die()
    assert child.wait(timeout=60) == 0
    # On a terminal names have colours.
    term = bench.terminal("log", "web1", "database")
    term.expect_exact("\033[0;31mweb1     |\033[0m boot")
    term.expect_exact("\033[0;32mdatabase |\033[0m start")
    bench.env["NO_COLOR"] = "1"
    bench.terminal("log", "web1", "database").expect_exact("\nweb1     | ready")


@test
def log_clean_leaves_nothing_that_drives_a_terminal(bench):
    history = bytes(range(256)) * 50 + b"\033[2J\033]0;title\007\r\nlogin: \033[1mroot\033[m\r\n"
    bench.port(1, "web1", history)
    text = run(bench, "log", "--clean", "web1").stdout
    assert text.endswith(b"\nlogin: root\n"), text[-50:]
    assert all(char in "\n\t" or char.isprintable() or ord(char) > 0xff for char in text.decode())
    assert "title" not in text.decode()


@test
def log_in_hexadecimal_has_positions(bench):
    bench.port(1, "web1", b"0123456789abcdef\x1b[m\n\xff", tx_oldest=0x1008)
    assert run(bench, "log", "--hex", "web1").stdout.decode().splitlines() == [
        "00001000                           30 31 32 33 34 35 36 37  |        01234567|",
        "00001010  38 39 61 62 63 64 65 66  1b 5b 6d 0a ff           |89abcdef.[m..|"]


@test
def log_of_several_guests_shows_a_line_that_stands_still(bench):
    for options in ([], ["--clean"]):
        ports = [bench.port(2 * len(options) + i + 1, f"{'ab'[i]}{len(options)}", b"begin\r\n") for i in range(2)]
        names = [f"a{len(options)}", f"b{len(options)}"]
        child = bench.start("log", "-f", *options, *names, stdout=subprocess.PIPE)
        read_until(child.stdout, b"begin\r\n" if not options else b"begin\n", 2)
        ports[0].say(b"login: ")
        assert read_until(child.stdout, b"login: ") == f"{names[0]} | login: ".encode()
        ports[0].say(b"root\r\n")
        assert read_until(child.stdout, b"root").startswith(b"root")
        ports[0].say(b"Password: ")
        read_until(child.stdout, b"Password: ")
        # Another's line has one of its own, and what goes on with this one says whose it is.
        ports[1].say(b"other\r\n")
        assert f"\n{names[1]} | other".encode() in read_until(child.stdout, b"other")
        ports[0].say(b"secret\r\n")
        assert f"{names[0]} | secret".encode() in read_until(child.stdout, b"secret")
        child.terminate()
        child.wait()


@test
def log_of_lines_tells_what_was_skipped(bench):
    port = bench.port(1, "web1", b"a long line\n")
    port.skip = 7
    result = run(bench, "log", "--clean", "web1")
    said("skipped 7 bytes of web1", result)


@test
def log_of_lines_waits_for_a_slow_reader_and_loses_nothing(bench):
    history = b"".join(b"%07d\n" % number for number in range(100000))
    port = bench.port(1, "web1", history)
    # With one behind all of them: else it asks anew for each line.
    port.marks = [(0, 1), (1 << 40, 2)]
    child = bench.start("log", "-f", "--clean", "web1", stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
    wait_for("a pipe with much in it", lambda: int.from_bytes(
        fcntl.ioctl(child.stdout, termios.FIONREAD, bytes(4)), sys.byteorder) >= 32768)
    port.say(b"more\n")
    port.die()
    out, err = child.communicate(timeout=60)
    assert out == history + b"more\n", (len(out), len(history))
    assert b"skipped" not in err


@test
def log_of_lines_ends_when_nobody_reads_any_more(bench):
    bench.port(1, "web1", b"line\n")
    child = bench.start("log", "-f", "--clean", "web1", stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
    assert child.stdout.readline() == b"line\n"
    child.stdout.close()
    assert child.wait(timeout=60) == -signal.SIGPIPE
    with open("/dev/full", "wb") as full:
        result = subprocess.run([bench.program, "log", "--clean", "web1"], stdout=full,
                                stderr=subprocess.PIPE, env=bench.env, timeout=60, check=False)
    assert result.returncode == 1 and b"No space left" in result.stderr
