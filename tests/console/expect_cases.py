# SPDX-License-Identifier: GPL-2.0-only
"""Tests of expect: what it finds of what is kept and what comes, and how it ends."""

import json
import os
import re
import signal
import socket
import subprocess

import asks
from bench import run, said
from played import SECOND, has_waited, read_until, wait_for

TESTS = []
test = asks.decorator(TESTS)


@test
def expect_finds_what_is_kept_and_what_comes(bench):
    port = bench.port(1, "web1", b"Linux version 6.12\r\nweb1 login: ")
    result = run(bench, "expect", "--from", "start", "web1", r"version (\S+)")
    assert result.stdout == b"version 6.12\n" and not result.stderr, result
    assert run(bench, "expect", "web1", "login: $").stdout == b"login: \n"
    child = bench.start("expect", "--from", "32", "web1", "Password", "login: $",
                        stdout=subprocess.PIPE)
    port.say(b"root\r\nPass")
    port.say(b"word: ")
    assert child.communicate(timeout=60)[0] == b"Password\n"
    assert child.returncode == 0
    # From now on: what was there before is no match.
    port.die()
    result = run(bench, "expect", "--from", "now", "web1", "login", status=7)
    said("the VM of web1 is gone and did not print login", result)


@test
def expect_says_by_its_exit_code_which_it_was(bench):
    bench.port(1, "web1", b"a panic, then a login")
    for patterns, status in ((["panic", "login"], 0), (["login", "panic"], 22),
                             (["x", "y", "panic"], 23)):
        result = run(bench, "expect", "--from", "start", "web1", *patterns, status=status)
        assert result.stdout == b"panic\n"
    run(bench, "expect", "--from", "start", "web1", *["x"] * 63, "login", status=84)


@test
def expect_ends_when_the_time_is_over(bench):
    bench.port(1, "web1", b"U-Boot 2023.01\r\n=> x\b \b\033[2J\r\n")
    result = run(bench, "expect", "--timeout", "0.2", "--from", "start", "web1", "login: ",
                 "panic", status=11)
    assert not result.stdout
    said("web1 did not print any of the patterns in time", result)
    said("Its last lines:\n  | U-Boot 2023.01\n  | =>\n", result)
    result = run(bench, "expect", "--timeout", "0.2", "--json", "--from", "now", "web1", "login",
                 status=11)
    found = json.loads(result.stdout)
    assert found["pattern"] is None and found["end"] == 29, found
    said("It printed nothing", result)


@test
def expect_says_what_it_did_see_and_nothing_that_drives_a_terminal(bench):
    lines = b"".join(b"\033[3%dmline %d\033]0;evil\007\xff\r\n\r\n" % (i % 8, i)
                     for i in range(1, 15))
    port = bench.port(1, "web1", b"x" * 5000 + b"the end\r\n" + lines + b"\033[5mlogi")
    result = run(bench, "expect", "--timeout", "0.2", "web1", "login: ", r"# \r\n\r$", status=11)
    text = result.stderr.decode("ascii")
    assert re.findall(r"^  \| (.*)$", text, re.M) == \
        [rf"line {i}\xef\xbf\xbd" for i in range(5, 15)] + ["logi"], text
    said("A pattern sees lines without carriage returns, except with --bytes.", result)
    port.die()
    result = run(bench, "expect", "web1", "nothing", status=7)
    said("  | logi\n", result)
    # A terminal of UTF-8 has its characters, but for those that drive it.
    bench.env["LC_ALL"] = "C.UTF-8"
    bench.port(3, "web3", "Zürich \u202eevil\u009b6n höhe\r\n".encode() + b"\xff" + "ä".encode() * 200 + b"\r\n")
    result = run(bench, "expect", "--timeout", "0.2", "web3", "login", status=11)
    lines = re.findall(r"^  \| (.*)$", result.stderr.decode(), re.M)
    assert lines == ["Zürich evil\ufffd6n höhe", "ä" * 80], lines
    bench.env["LC_ALL"] = "C"
    bench.port(2, "web2", b"x" * 5000 + b"the end")
    result = run(bench, "expect", "--timeout", "0.2", "web2", "login", status=11)
    said("Its last line: " + "x" * 153 + "the end\n", result)


@test
def expect_sees_what_a_person_sees(bench):
    bench.port(1, "web1", b"\033]3008;start=1\033\\five\033]3008;end=1\033\\\r\n"
               b"# sl\b \b\b \bls -l\r\ngr\xc3\xbc\xc3\x9fe \xff\r\n\033[32;1mweb1 login: \033[m")
    for pattern, text in (("^five$", "five"), ("^# ls -l$", "# ls -l"), (r"^\w+ \W$", "gr\xfc\xdfe \ufffd"),
                          ("^web1 login: $", "web1 login: "), (r"\p{L}{5}", "gr\xfc\xdfe")):
        result = run(bench, "expect", "--timeout", "20", "web1", pattern)
        assert result.stdout.decode() == text + "\n", (pattern, result)
    for pattern, text in ((rb"\x1b\\five\x1b", b"\033\\five\033"), (rb"ls -l\r\n", b"ls -l\r\n"),
                          (b"\xc3\xbc", b"\xc3\xbc")):
        result = run(bench, "expect", "--timeout", "20", "--bytes", "web1", pattern)
        assert result.stdout == text + b"\n", (pattern, result)
    run(bench, "expect", "--timeout", "0.2", "web1", r"\x1b", status=11)
    said("pattern 1", run(bench, "expect", "web1", b"\xff", status=2))
    found = json.loads(run(bench, "expect", "--timeout", "20", "--json", "web1", "five\n.*ls").stdout)
    assert (found["start"], found["end"], found["text"]) == (16, 48, "five\n# ls"), found
    run(bench, "expect", "--timeout", "0.2", "--from", str(found["end"]), "web1", "ls", status=11)
    run(bench, "expect", "--timeout", "20", "--from", str(found["end"]), "web1", " -l$")
    run(bench, "expect", "--timeout", "0.2", "--from", str(found["end"]), "web1", "^ -l$", status=11)


@test
def expect_finds_a_prompt_with_a_message_of_the_kernel_behind_it(bench):
    message = b"[    5.123456] random: crng init done\r\n"
    bench.port(1, "behind", b"\r\ndebian login: " + message)
    bench.port(2, "inside", b"\r\ndebian log" + message + b"in: ")
    bench.port(3, "unit", b"\r\ndebian login: [\033[0;32m  OK  \033[0m] Started a thing.\r\n")
    cursor = os.path.join(bench.dir, "cursor")
    for guest in ("behind", "inside", "unit"):
        result = run(bench, "expect", "--timeout", "20", "--cursor", cursor, guest, "login: $",
                     "Kernel panic")
        assert result.stdout == b"login: \n", (guest, result)
    # What is behind it is what comes next.
    run(bench, "expect", "--timeout", "20", "--cursor", cursor, "unit", r"^\[  OK  \] Started")
    port = bench.port(4, "later", b"web login: ")
    child = bench.start("expect", "--timeout", "20", "--from", "4", "later", "login: $", "x",
                        stdout=subprocess.PIPE)
    assert child.communicate(timeout=60)[0] == b"login: \n"
    port.say(b"root")
    run(bench, "expect", "--timeout", "0.2", "later", "login: $", status=11)


@test
def expect_knows_a_prompt_that_stood_by_the_time_of_what_is_behind_it(bench):
    prompt = b"\r\ndebian login: "
    for number, (text, pause, status) in enumerate((
            (b"random: crng init done\r\n", SECOND, 0), (b"random: crng init done\r\n", SECOND // 50, 11),
            (b"root\r\nPassword: \r\n", SECOND, 11)), 1):
        port = bench.port(number, f"web{number}", b"a line before it\r\n" + prompt + text)
        stood = port.data.index(prompt) + len(prompt)
        port.marks = [(0, 9 * SECOND), (stood, 9 * SECOND + pause)]
        result = run(bench, "expect", "--timeout", "0.3", f"web{number}", "login: $", status=status)
        assert status or result.stdout == b"login: \n", result
    # Nothing is lost of the last mark before the place where it begins.
    run(bench, "expect", "--timeout", "20", "--from", str(stood), "web1", "^random")


# A guest that is not there yet.

@test
def expect_waits_for_a_guest_that_is_not_there_yet(bench):
    child = bench.start("expect", "--timeout", "60", "ci", "login: $", stdout=subprocess.PIPE)
    other = bench.start("expect", "--timeout", "60", "--from", "now", "ci", "login: $",
                        stdout=subprocess.PIPE)
    has_waited(child)
    has_waited(other)
    # All of it comes after they began.
    bench.port(7, "ci", b"booting\r\nlogin: ")
    assert child.communicate(timeout=60)[0] == b"login: \n"
    assert other.communicate(timeout=60)[0] == b"login: \n"
    # Without a time it would be for ever: a name with a typo.
    result = run(bench, "expect", "c1", "login: $", status=3)
    said("no guest is called 'c1'", result)
    result = run(bench, "expect", "--timeout", "0.3", "c1", "login: $", status=11)
    said("no guest called 'c1' appeared in time", result)
    assert not result.stdout


@test
def expect_waits_for_the_next_life_of_a_guest(bench):
    cursor = os.path.join(bench.dir, "cursor")
    port = bench.port(1, "ci", b"old login: ")
    run(bench, "expect", "--timeout", "20", "--cursor", cursor, "ci", "login: $")
    port.die()
    result = run(bench, "expect", "--timeout", "0.3", "--cursor", cursor, "ci", "login: $", status=11)
    said("no guest called 'ci' appeared in time\n  ci is dead; its last output: kpl011 log 1", result)
    child = bench.start("expect", "--timeout", "60", "--cursor", cursor, "ci", ".* login: $",
                        stdout=subprocess.PIPE)
    has_waited(child)
    bench.port(2, "ci", b"new login: ", attach_ns=77)
    assert child.communicate(timeout=60)[0] == b"new login: \n"
    # Of one that is gone it is known that it says no more: by its number, or without a time.
    run(bench, "expect", "--timeout", "20", "1", "old login: $")
    run(bench, "expect", "--timeout", "20", "1", "nothing", status=7)


@test
def expect_waits_for_a_source_that_is_not_there_yet(bench):
    path = os.path.join(bench.dir, "web.log")
    child = bench.start("expect", "--timeout", "60", f"file:{path}", "login: $",
                        stdout=subprocess.PIPE)
    has_waited(child)
    with open(path, "wb") as file:
        file.write(b"booting\r\nlogin: ")
    assert child.communicate(timeout=60)[0] == b"login: \n"
    path = os.path.join(bench.dir, "sock")
    result = run(bench, "expect", "--timeout", "0.3", f"unix:{path}", "x", status=11)
    said(f"unix:{path} did not appear in time: No such file", result)
    child = bench.start("expect", "--timeout", "60", "--send", "root", "--enter", f"unix:{path}",
                        "Password: $", stdout=subprocess.PIPE)
    has_waited(child)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(1)
    client, _ = listener.accept()
    assert read_until(client, b"\r") == b"root\r"
    client.sendall(b"root\r\nPassword: ")
    assert child.communicate(timeout=60)[0] == b"Password: \n"
    client.close()
    listener.close()
    # A name that nobody has, and an address that does not answer.
    result = run(bench, "expect", "--timeout", "0.5", "tcp:127.0.0.1:1", "x", status=11)
    said("tcp:127.0.0.1:1 did not appear in time: Connection refused", result)
    # What will never be is told at once.
    run(bench, "expect", "--timeout", "60", f"file:{bench.dir}", "x", status=1)
    run(bench, "expect", "--timeout", "60", "pid:x", "x", status=2)


# Where and when.

@test
def expect_json_tells_where_and_when(bench):
    port = bench.port(3, "web1", b"booted in \xff12 s\r\n", tx_oldest=1000)
    port.marks = [(1000, 5000000000), (1004, 6000000000)]
    bench.env["TZ"] = "UTC"
    result = run(bench, "expect", "--json", "--from", "start", "web1", "nothing",
                 r"in (.\d+)(x)? s", status=22)
    found = json.loads(result.stdout)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", found.pop("time")), result
    assert found == {"id": 3, "name": "web1", "pattern": 2, "regex": r"in (.\d+)(x)? s",
                     "text": "in \ufffd12 s", "groups": ["\ufffd12", None], "start": 1007,
                     "end": 1015, "time_ns": 6000000000, "skipped": 0}, found
    # The end is where the next one goes on.
    run(bench, "expect", "--from", "1015", "--timeout", "0.2", "web1", "in", status=11)
    result = run(bench, "expect", "--from", "1016", "--timeout", "0.2", "web1", "x", status=11)
    result = run(bench, "expect", "--from", "2000", "web1", "x", status=1)
    said("position 2000 of web1 does not exist yet: there are 1017 bytes", result)


@test
def expect_misses_nothing_between_two_calls(bench):
    port = bench.port(1, "web1", b"one two ")
    cursor = os.path.join(bench.dir, "cursor")
    args = ["expect", "--cursor", cursor, "--timeout", "20", "web1"]
    run(bench, *args, "one")
    port.say(b"three four")
    run(bench, *args, "t.*e")
    with open(cursor, "rb") as file:
        kept = file.read()
    # Without a match it stays where it is.
    run(bench, "expect", "--cursor", cursor, "--timeout", "0.1", "web1", "two", status=11)
    with open(cursor, "rb") as file:
        assert file.read() == kept
    # Nor with one that cannot be printed.
    with open("/dev/full", "wb") as full:
        result = bench.run(*args, "four", stdout=full)
    assert result.returncode == 1 and b"No space left" in result.stderr, result
    run(bench, *args, "four")
    # The guest's next life begins at its start.
    port.die()
    bench.port(2, "web1", b"one", attach_ns=77)
    run(bench, *args, "one")
    assert sorted(os.listdir(bench.dir)) == ["1", "2", "cursor"]


@test
def expect_refuses_a_cursor_that_is_none(bench):
    bench.port(1, "web1", b"one")
    cursor = os.path.join(bench.dir, "cursor")
    for text in (b"\0\xff\033[2J", b"{}", b"[" * 900, b'{"format": "kpl011-cursor"}',
                 b'{"format": "kpl011-cursor", "port": 1, "attach_ns": 1, "position": -1}'):
        with open(cursor, "wb") as file:
            file.write(text)
        result = run(bench, "expect", "--cursor", cursor, "web1", "one", status=1)
        said("is not a cursor of kpl011", result)
        with open(cursor, "rb") as file:
            assert file.read() == text
    with open(cursor, "wb"):
        pass
    run(bench, "expect", "--cursor", cursor, "web1", "one")
    result = run(bench, "expect", "--cursor", "/nonexistent/x", "web1", "one", status=1)
    assert result.stdout == b"one\n"
    said("cannot write the cursor /nonexistent/x: No such file", result)


@test
def expect_sends_and_takes_only_the_answer(bench):
    port = bench.port(1, "web1", b"login: ")
    child = bench.start("expect", "--send", "root", "--enter", "web1", "login: |Password: ",
                        stdout=subprocess.PIPE)
    port.wait_received(b"root\r")
    port.say(b"Password: ")
    assert child.communicate(timeout=60)[0] == b"Password: \n"
    assert child.returncode == 0


@test
def expect_says_who_holds_the_input(bench):
    port = bench.port(1, "web1", write_errno=16)
    port.seize(4711, "picocom")
    result = run(bench, "expect", "--send", "x", "web1", "x", status=1)
    said("cannot send to web1: picocom (process 4711) holds its input", result)
    child = bench.start("pty", "web1", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    fd = os.open(child.stdout.readline().decode().rstrip("\n"), os.O_RDWR | os.O_NOCTTY)
    os.write(fd, b"x")
    assert b"picocom (process 4711) holds its input" in child.communicate(timeout=60)[1]
    assert child.returncode == 1
    os.close(fd)


@test
def expect_has_sent_everything_when_it_ends(bench):
    port = bench.port(1, "web1", b"ready")
    port.takes.clear()
    text = "x" * 100000
    child = bench.start("expect", "--send", text, "--from", "start", "web1", "ready",
                        stdout=subprocess.PIPE)
    assert child.stdout.readline() == b"ready\n"
    port.takes.set()
    assert child.wait(timeout=60) == 0
    wait_for("everything", lambda: len(port.received) == len(text))


@test
def expect_tells_what_it_could_not_see(bench):
    port = bench.port(1, "web1", b"a login")
    port.skip = 10
    result = run(bench, "expect", "--from", "start", "--json", "web1", "login")
    found = json.loads(result.stdout)
    assert (found["skipped"], found["start"]) == (10, 12), found
    said("skipped 10 bytes of web1", result)


@test
def expect_ends_by_the_signal_it_was_sent(bench):
    port = bench.port(1, "web1")
    child = bench.start("expect", "web1", "x")
    wait_for("its wait", lambda: port.clients)
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=60) == -signal.SIGTERM


@test
def expect_passes_over_a_place_where_a_pattern_takes_too_much(bench):
    bench.port(1, "web1", b"a" * 5000 + b"c\r\naaab\r\n")
    result = run(bench, "expect", "--timeout", "60", "web1", "(a+)+b")
    assert result.stdout == b"aaab\n", result
    assert result.stderr.decode().count("takes too many steps") == 1, result
    said("(a+)+b takes too many steps at some places in what web1 prints", result)


@test
def expect_takes_a_line_of_any_length(bench):
    path = os.path.join(bench.dir, "log")
    with open(path, "wb") as file:
        for _ in range(24):
            file.write(b"[a. " * 262144)
        file.write(b"web1 login: ")
    result = run(bench, "expect", f"file:{path}", "^no", "1 login: $", status=22, timeout=115)
    assert result.stdout == b"1 login: \n", result


# Names that are none.

@test
def expect_takes_no_file_without_a_name(bench):
    bench.port(1, "web1", b"login: ")
    said("--cursor: the name of the file is empty: give one, like ./web1.cursor",
         run(bench, "expect", "--cursor", "", "web1", "x", status=2))
    said("--script: the name of the file is empty: give one, or - for standard input",
         run(bench, "expect", "--script", "", "web1", status=2))


@test
def a_source_of_no_kind_is_told_without_the_module_too(bench):
    bench.env = {**bench.env, "KPL011_DEV_DIR": "/nonexistent"}
    kinds = "is to be a source, the kinds are unix:, tcp:, telnet:, pty:, pipe: and file:."
    for word in ("foo:bar", "web=sock:/x"):
        said(f"If '{word}' {kinds}", run(bench, "log", word, status=5))
    for word in ("web1", "pid:17"):
        assert kinds not in run(bench, "log", word, status=5).stderr.decode()
