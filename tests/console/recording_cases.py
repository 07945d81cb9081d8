# SPDX-License-Identifier: GPL-2.0-only
"""Tests of record and play: a recording of a guest, and what is shown of one."""

import gzip
import json
import os
import signal
import subprocess
import time

import asks
import proc
from bench import run, said
from played import SECOND, boot_ns, wait_for

TESTS = []
test = asks.decorator(TESTS)


def asciicast(text):
    """The events of a recording, which has to be one as its format says."""
    lines = text.decode("utf-8").split("\n")
    assert lines.pop() == ""
    header = json.loads(lines[0])
    assert header["version"] == 2
    for key in ("width", "height", "timestamp"):
        assert isinstance(header[key], int) and header[key] > 0, header
    events = [json.loads(line) for line in lines[1:]]
    before = 0
    for at, kind, data in events:
        assert isinstance(at, (int, float)) and at >= before, (at, before)
        assert kind == "o" and isinstance(data, str) and data
        before = at
    return header, events


@test
def record_has_the_times_of_the_guest(bench):
    text = "Grüße\r\n\x1b[1mlogin\x1b[m: \0".encode()
    port = bench.port(1, "web1", text, attach_ns=SECOND)
    # The second mark is in the middle of a character.
    port.marks = [(0, 5 * SECOND), (3, 5 * SECOND + 250000000), (9, 7 * SECOND)]
    result = run(bench, "record", "--kept", "--size", "132x50", "web1")
    header, events = asciicast(result.stdout)
    assert (header["width"], header["height"], header["title"]) == (132, 50, "web1")
    then = time.time() - (boot_ns() - 5 * SECOND) / SECOND
    assert abs(header["timestamp"] - then) < 100, (header, then)
    assert [event[0] for event in events] == [0, 0.25, 2.0], events
    assert [event[2] for event in events] == ["Gr", "üße\r\n", "\x1b[1mlogin\x1b[m: \0"], events
    assert "".join(event[2] for event in events).encode() == text


@test
def record_has_the_time_of_each_of_many_lines(bench):
    """More of them than marks are asked for at once."""
    port = bench.port(1, "web1", b"".join(b"%030d\n" % i for i in range(1000)))
    port.marks = [(31 * i, (2 + i) * SECOND) for i in range(1000)]
    _, events = asciicast(run(bench, "record", "--kept", "web1").stdout)
    assert [text for _, _, text in events] == ["%030d\n" % i for i in range(1000)]
    assert all(after[0] - before[0] == 1 for before, after in zip(events, events[1:]))


@test
def record_writes_microseconds_and_no_more(bench):
    """A double that is written with all of its digits is 0.0056140000000000001."""
    port = bench.port(1, "web1", b"abc", attach_ns=SECOND)
    port.marks = [(0, SECOND), (1, SECOND + 5614000), (2, SECOND * 4000001 + 123456000)]
    lines = run(bench, "record", "--kept", "web1").stdout.decode().splitlines()
    assert lines[1:] == ['[0.0,"o","a"]', '[0.005614,"o","b"]', '[4000000.123456,"o","c"]'], lines


@test
def why_the_output_cannot_be_read_is_told(bench):
    bench.port(1, "web1", b"x").unreadable = True
    for command in (["record"], ["pty"], ["log"]):
        said("cannot read the output of web1: Input/output error",
             run(bench, *command, "web1", status=1))


@test
def a_recording_plays_to_the_same_bytes(bench):
    text = "".join(chr(number) for number in range(0x3000)).encode() * 10
    port = bench.port(1, "web1", text[:100000])
    path = os.path.join(bench.dir, "web1.cast")
    child = bench.start("record", "web1", path, stderr=subprocess.PIPE)
    port.say(text[100000:])
    port.die()
    assert b"the VM of web1 is gone" in child.communicate(timeout=30)[1]
    assert child.returncode == 0
    with open(path, "rb") as file:
        asciicast(file.read())
    assert run(bench, "play", path).stdout == text
    # It is not written over.
    result = run(bench, "record", "--kept", "web1", path, status=1)
    said(f"cannot make {path}: File exists", result)


@test
def a_recording_goes_to_standard_output_also_by_name(bench):
    bench.port(1, "web1", b"hello\r\n")
    before = os.listdir(bench.dir)
    result = bench.run("record", "--kept", "web1", "-", cwd=bench.dir)
    assert not result.returncode and b"hello" in result.stdout, result
    assert sorted(os.listdir(bench.dir)) == sorted(before)


@test
def a_file_of_recordings_without_a_name_is_told(bench):
    bench.port(1, "web1", b"hello\r\n")
    path = os.path.join(bench.dir, "there")
    said("record: FILE is empty: give a name", run(bench, "record", "--kept", "web1", "", status=2))
    said("play: FILE is empty: give a name", run(bench, "play", "", status=2))
    said("play: TIMINGFILE is empty: give a name", run(bench, "play", path, "", status=2))


@test
def record_tells_what_is_no_text(bench):
    bench.port(1, "web1", b"a\xffb\xc3")
    _, events = asciicast(run(bench, "record", "--kept", "web1").stdout)
    assert "".join(event[2] for event in events) == "a\ufffdb\ufffd", events
    bench.port(2, "empty", live=0)
    _, events = asciicast(run(bench, "record", "empty").stdout)
    assert not events


# play

@test
def play_knows_speed_and_a_limit_of_pauses(bench):
    cast = b'{"version": 2, "width": 80, "height": 24}\n' \
        b'[0.1, "o", "a"]\n[0.1, "i", "x"]\n[30000.1, "o", "b"]\n\n[60000, "o", "c\\u0000"]\n'
    assert run(bench, "play", "--idle-limit", "0.001", "-", input=cast).stdout == b"abc\0"
    assert run(bench, "play", "--speed", "1000000", "-", input=cast).stdout == b"abc\0"
    child = bench.start("play", "-", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    child.stdin.write(cast)
    child.stdin.close()
    assert child.stdout.read(1) == b"a"
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=60) == -signal.SIGINT


def spent(pid):
    """Whether a process has computed for some hundredths of a second."""
    return int(proc.read(pid, "stat").rpartition(") ")[2].split()[11]) > 10


def zstd_of_lines(blocks):
    """A frame with a window of 128 KiB, and blocks that say 128 KiB of line ends in four bytes."""
    return b"\x28\xb5\x2f\xfd\0\x38" + b"\x02\0\x10\n" * blocks + b"\x01\0\0"


@test
def play_hears_a_signal_however_much_has_nothing_to_show(bench):
    """Minutes of what is read, and of what comes out of a little of that."""
    header = gzip.compress(b'{"version": 2, "width": 80, "height": 24}\n')
    files = [zstd_of_lines(1 << 20)]
    for nothing in (b"\n", b'[0, "i", "x"]\n', b"no event\n"):
        member = gzip.compress(nothing * (1 << 20))
        files.append(header + member * ((64 << 20) // len(member)))
    path = os.path.join(bench.dir, "long")
    for text in files:
        with open(path, "wb") as file:
            file.write(text)
        child = bench.start("play", path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        wait_for("that it is at it", lambda pid=child.pid: spent(pid))
        child.send_signal(signal.SIGINT)
        assert child.wait(timeout=60) == -signal.SIGINT


@test
def play_is_never_faster_than_it_was_printed(bench):
    """Pauses of less than a millisecond, too."""
    cast = b'{"version": 2, "width": 80, "height": 24}\n' + \
        b"".join(b'[%.4f, "o", "x"]\n' % (0.0009 * number) for number in range(1, 501))
    for speed, seconds in ((b"1", 0.45), (b"2", 0.225)):
        start = time.monotonic()
        assert run(bench, "play", "--speed", speed, "-", input=cast).stdout == b"x" * 500
        assert time.monotonic() - start >= seconds, speed


@test
def play_refuses_what_is_no_recording(bench):
    for text, why in ((b"", "it is empty"),
                      (b"hello\n", "line 1 is neither the header of an asciicast nor"),
                      (b"[]\n", "line 1 is not the header of an asciicast"),
                      (b'{"version": 1}\n', "it is an asciicast 1 without"),
                      (b"\x1f\x8b\x08garbage", None)):
        result = run(bench, "play", "-", input=text, status=1)
        said("standard input is " + (f"not a recording: {why}" if why else "damaged"), result)
    said("cannot open /nonexistent: No such file", run(bench, "play", "/nonexistent", status=1))
    said("cannot read /: Is a directory", run(bench, "play", "/", status=1))


@test
def play_shows_what_is_whole_of_a_damaged_recording(bench):
    header = b'{"version": 2, "width": 80, "height": 24}\n'
    for text, shown, why in (
            (b'["x", "o", "a"]\n[0, "o", "b"]\n', b"b", "line 2 is not an event"),
            (b'[0, "o", "a"]\n' + b"[" * 70000 + b'\n[0, "o", "b"]\n', b"ab",
             "line 3 is not JSON"),
            (b'[0, "o", "a"]\n\0\xff\n', b"a", "line 3 is not JSON"),
            (b'[0, "o", "a\xffb\\ud83d"]\n', "a\ufffdb\ufffd".encode(), "from line 2 on it has bytes"),
            (b'[0, "o", "a"]\n[0.1, "o", "cut o', b"a", "line 3 is not JSON")):
        result = run(bench, "play", "-", input=header + text, status=1)
        assert result.stdout == shown, result
        said("standard input is damaged: " + why, result)
    long = "".join(chr(0x100 + number) for number in range(0x2000)) * 20
    text = header + json.dumps([0, "o", long]).encode() + b"\n"
    for path, data in (("long.cast", text), ("long.cast.gz", gzip.compress(text) + bytes(512)),
                       ("two.gz", gzip.compress(header) + gzip.compress(text[len(header):])),
                       ("long.cast.zst", zstd(text))):
        path = os.path.join(bench.dir, path)
        with open(path, "wb") as file:
            file.write(data)
        assert run(bench, "play", path).stdout == long.encode(), path
    # All of it, if only its end is damaged, and nothing else is said to be.
    broken = gzip.compress(text)
    broken = broken[:-8] + bytes(4) + broken[-4:]
    result = run(bench, "play", "-", input=broken, status=1)
    assert result.stdout == long.encode() and b"JSON" not in result.stderr, result.stderr
    said("standard input is damaged: its compressed data is corrupt", result)
    events = b"".join(b'[0, "o", "%08x"]\n' % (n * 2654435761 % 2**32) for n in range(10000))
    for whole in (gzip.compress(header + events), zstd(header + events)):
        result = run(bench, "play", "-", input=whole[:-1000], status=1)
        assert len(result.stdout) > 1000, result
        said("is damaged: its compressed data ends too early", result)
        broken = whole[:len(whole) // 2] + b"\xff" * 64 + whole[len(whole) // 2 + 64:]
        said("is damaged: ", run(bench, "play", "-", input=broken, status=1))


def zstd(data):
    return subprocess.run(["zstd", "-qc"], input=data, stdout=subprocess.PIPE, check=True).stdout


@test
def play_shows_typescripts_of_script(bench):
    path = os.path.join(bench.dir, "typescript")
    times = os.path.join(bench.dir, "times")
    command = "printf 'boot\\n\\033[32mok\\033[0m\\n'; printf 'login: '"
    for options in (["--log-out", path], ["--logging-format", "advanced", "--log-io", path]):
        subprocess.run(["script", "-q", "-c", command, *options, "--log-timing", times],
                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
        with open(path, "rb") as file:
            assert file.read().startswith(b"Script started on ")
        for args in ([path, times], ["--timing", times, path]):
            result = run(bench, "play", "--speed", "1000", *args)
            assert b"\033[32mok\033[0m" in result.stdout, result
            assert result.stdout.endswith(b"login: ") and b"Script" not in result.stdout, result
            assert not result.stderr, result
    with open(path, "rb") as file:
        whole = file.read()
    # As in another language, and as of those that write no first and last line.
    printed = whole[whole.index(b"\n") + 1:whole.rindex(b"\nScript done on ")]
    for text in (whole.replace(b"Script started on", b"Skript gestartet am")
                 .replace(b"Script done on", b"Skript beendet am"), printed):
        result = run(bench, "play", "--speed", "1000", "--timing", times, "-", input=text)
        assert result.stdout == printed and not result.stderr, result
    result = run(bench, "play", path)
    said(f"{path} is a typescript without its times: it is shown at once", result)
    assert b"Script" not in result.stdout and b"login: " in result.stdout
    said("give one file, and maybe the file of its times", run(bench, "play", path, times, "x", status=2))
    said("cannot open /nonexistent", run(bench, "play", path, "/nonexistent", status=1))
    # The order of scriptreplay(1).
    result = run(bench, "play", times, path, status=1)
    said(f"{path} holds no times: the typescript comes first, and its times after it", result)
    assert not result.stdout and b"damaged" not in result.stderr, result
    for args in (["-", "-"], ["--timing", "-", "-"]):
        said("standard input is the typescript or its times, not both",
             run(bench, "play", *args, input=b"x", status=2))


@test
def play_does_not_have_the_terminal_answer(bench):
    path = os.path.join(bench.dir, "x.cast")
    with open(path, "w", encoding="ascii") as file:
        file.write('{"version": 2, "width": 80, "height": 24}\n'
                   '[0, "o", "a\\u001b[6nb\\u001b[?25l\\u0007c"]\n')
    term = bench.terminal("play", path)
    term.expect_exact("abc")


@test
def play_shows_an_event_of_any_length(bench):
    path = os.path.join(bench.dir, "x.cast")
    with open(path, "w", encoding="ascii") as file:
        file.write('{"version": 2, "width": 80, "height": 24}\n'
                   '[0, "o", "' + "0123456789" * 6500 + '"]\n[0, "o", "end"]\n')
    text = b"0123456789" * 6500 + b"end"
    assert run(bench, "play", path).stdout == text
    term = bench.terminal("play", path)
    term.expect_exact(text.decode())
