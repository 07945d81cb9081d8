# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the commands for scripts: what they print, and how they end."""

import fcntl
import gzip
import json
import os
import re
import signal
import socket
import subprocess
import sys
import termios
import time

import proc
from played import has_waited, read_until, wait_for

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def run(bench, *args, status=0, **kwargs):
    """Runs a command that has to end so; returns what it printed."""
    result = bench.run(*args, **kwargs)
    assert result.returncode == status, \
        f"{args}: exit code {result.returncode}, not {status}: {result.stderr.decode()!r}"
    return result


def said(text, result):
    assert text in result.stderr.decode(), f"no {text!r} in {result.stderr.decode()!r}"


# expect

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


# A guest that is not there yet

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
    said("(a+)+b takes too many steps in places of what web1 prints", result)


@test
def expect_takes_a_line_of_any_length(bench):
    path = os.path.join(bench.dir, "log")
    with open(path, "wb") as file:
        for _ in range(24):
            file.write(b"[a. " * 262144)
        file.write(b"web1 login: ")
    result = run(bench, "expect", f"file:{path}", "^no", "1 login: $", status=22, timeout=115)
    assert result.stdout == b"1 login: \n", result


# Scripts of expect

def script(bench, text, name="login"):
    path = os.path.join(bench.dir, name)
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    return path


def manual_example(begin):
    """The literal text of the manual that begins so."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../../console/kpl011.1"), encoding="utf-8") as file:
        blocks = re.findall(r"^\.Bd -literal.*?\n(.*?)^\.Ed$", file.read(), re.M | re.S)
    found = [block for block in blocks if block.startswith(begin)]
    assert len(found) == 1, found
    return found[0].replace("\\e", "\\")


@test
def expect_does_the_script_of_the_manual(bench):
    path = script(bench, manual_example("# Logs in"))
    bench.env["PASSWORD"] = "s3cret word"
    args = ["expect", "--timeout", "60", "--script", path]
    child = bench.start(*args, "web1", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    # An old attempt is no answer.
    port = bench.port(1, "web1", b"Password: \r\nLogin incorrect\r\nweb1 login: ")
    port.wait_received(b"root\r")
    # A guest that echoes it: nothing is printed of it.
    port.say(b"root\r\nPassword: ")
    port.wait_received(b"s3cret word\r")
    port.say(b"s3cret word\r\n\033]0;root@web1\007root@web1:~# ")
    port.wait_received(b"systemctl is-system-running\r")
    port.say(b"systemctl is-system-running\r\nrunning\r\nroot@web1:~# ")
    out, errors = child.communicate(timeout=60)
    assert (child.returncode, errors) == (0, b""), errors
    assert out == b"login: \nPassword: \n# \nrunning\n", out
    # Somebody is logged in.
    port = bench.port(2, "web2", b"root@web2:~# ")
    child = bench.start(*args, "web2", stdout=subprocess.PIPE)
    port.wait_received(b"running\r")
    port.say(b"\r\nrunning\r\n")
    assert child.communicate(timeout=60)[0] == b"# \nrunning\n" and not child.returncode
    assert bytes(port.received) == b"systemctl is-system-running\r", port.received
    # What is not to come, and what does not come; the password is in none of it.
    for said_by_guest, status, why in (
            (b"s3cret word\r\nLogin incorrect\r\n", 23, "login:8: web3 printed Login incorrect"),
            (b"s3cret word\r\nKernel panic - not syncing", 22, "login:3: web3 printed Kernel panic")):
        port = bench.port(3, "web3", b"web3 login: ")
        child = bench.start(*args, "web3", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        port.wait_received(b"root\r")
        port.say(b"root\r\nPassword: ")
        port.wait_received(b"word\r")
        port.say(said_by_guest)
        out, errors = child.communicate(timeout=60)
        assert child.returncode == status, (child.returncode, errors)
        assert why.encode() in errors and b"| ***\n" in errors and b"s3cret" not in out + errors, errors
        port.end()
        os.unlink(port.path)


@test
def the_script_of_the_operators_page_is_one(bench):
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../../docs/operators.md"), encoding="utf-8") as file:
        text = re.search(r"^    # login\n(?:    .*\n)+", file.read(), re.M).group()
    secret = script(bench, "s3cret\n", "ci.password")
    text = text.replace("/etc/kpl011/ci.password", secret)
    path = script(bench, text)
    port = bench.port(1, "ci", b"ci login: [    5.123456] random: crng init done\r\n")
    child = bench.start("expect", "--timeout", "60", "--script", path, "ci", stdout=subprocess.PIPE)
    port.wait_received(b"root\r")
    port.say(b"root\r\nPassword: ")
    port.wait_received(b"s3cret\r")
    port.say(b"\r\nroot@ci:~# ")
    assert child.communicate(timeout=60)[0] == b"login: \nPassword: \n# \n"
    assert child.returncode == 0


@test
def expect_scripts_are_read_before_anything_is_done(bench):
    bench.port(1, "web1", b"login: ")
    for text, line, why in (
            ("", 1, "there is nothing to do"), ("# nothing\n\n", 3, "there is nothing to do"),
            ("send x\nexpekt y", 2, "'expekt' is not one of expect, or, send"),
            ("expect", 1, "expect needs a pattern"), ("expect # $", 1, "expect needs a pattern"),
            ("expect login: $", 1, "give one pattern, and perhaps goto LABEL; put one with blanks"),
            ("expect (", 1, "'(': missing closing parenthesis"),
            ("send x\n\nor y", 3, "'or' must follow 'expect'"),
            ("expect x goto y\nlabel z", 1, "there is no label y below"),
            ("label a\nexpect x goto a\nsend x", 2, "there is no label a below"),
            ("expect 'x", 1, "a ' is not closed"),
            ('expect "\\d"', 1, "only the escapes of C are allowed between \""),
            ('send "yes\\?"\nfail "sure\\?"', 2, "only the escapes of C are allowed between \""),
            ("send", 1, "nothing to send"), ("send --break", 1, "send has no option --break"),
            ("send --env KPL011_NOT_THERE", 1, "there is no KPL011_NOT_THERE in the environment"),
            ("send --env", 1, "send --env needs a word"),
            ("send --env HOME --env HOME", 1, "send takes one of --env and --file, and once"),
            ("send --file /nonexistent/x", 1, "cannot read /nonexistent/x: No such file"),
            ("timeout soon", 1, "timeout soon: not a number of seconds above 0"),
            ("timeout 1 2", 1, "timeout needs a number of seconds"),
            (b"send x\nexpect a\0b", 2, "there is a NUL in it"),
            ("send " + "x" * 5000, 1, "longer than 4095 bytes"),
            ("fail x\n" * 64 + "expect y", 65, "more than 64 patterns"),
            ("send x\n" * 1001, 1001, "more than 1000 lines")):
        path = script(bench, text)
        result = run(bench, "expect", "--timeout", "20", "--script", path, "web1", status=2)
        said(f"{path}:{line}: {why}", result)
    said("it is not a script", run(bench, "expect", "--script", "/dev/zero", "web1", status=2))
    said("cannot read the script /nonexistent/x: No such file",
         run(bench, "expect", "--script", "/nonexistent/x", "web1", status=1))
    path = script(bench, "expect login")
    said("--enter do not go with --script: the script says what to send",
         run(bench, "expect", "--script", path, "--enter", "web1", status=2))
    said("one guest and no pattern", run(bench, "expect", "--script", path, "web1", "x", status=2))


@test
def expect_scripts_send_what_is_written_and_nothing_of_a_guest(bench):
    secret = script(bench, b"of the file\n", "secret")
    path = script(bench, "expect 'run: (.*)'\nsend --enter $1 '$HOME' \"\\x03\\t\" `x` # not this\n"
                  "send -- --enter\nsend --enter --file " + secret + "\nexpect ok\r\n"
                  "or '#' goto end\nsend never\nlabel end\nsend --enter\n")
    port = bench.port(1, "web1", b"run: rm -rf /; label end; ${HOME} \033]52;c;eHg=\007\r\n")
    child = bench.start("expect", "--timeout", "60", "--json", "--script", path, "web1",
                        stdout=subprocess.PIPE)
    port.wait_received(b"of the file\r")
    port.say(b"of the file #\r\n")
    out = [json.loads(line) for line in child.communicate(timeout=60)[0].splitlines()]
    assert child.returncode == 0
    assert bytes(port.received) == b"$1 $HOME \x03\t `x`\r--enterof the file\r\r", port.received
    assert [(one["line"], one["text"]) for one in out] == \
        [(1, "run: rm -rf /; label end; ${HOME} "), (6, "#")], out
    # Each wait has its time; the message says which it was.
    result = run(bench, "expect", "--script", "-", "web1",
                 input=b"timeout 0.2\nexpect file\nsend x\nexpect nothing\n", status=11)
    said("standard input:4: web1 did not print nothing in time\n  It printed nothing.", result)


# log

SECOND = 1000000000


def boot_ns():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


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


# record and play

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


# pty

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


# top

def read_top(child):
    """One table of it: its rows by the guest's name."""
    rows = {}
    line = child.stdout.readline().decode()
    assert line, "no table"
    while line != "\n":
        words = line.split()
        rows[words[1]] = words
        line = child.stdout.readline().decode()
    return rows


@test
def top_shows_rates_and_what_changed_first(bench):
    web = bench.port(1, "web1", b"x" * 10000, reads=5, tx_breaks=1, rx_breaks=2, tx_lost=4000)
    bench.port(2, "db", b"y" * 10000)
    child = bench.start("top", "--delay", "0.1", stdout=subprocess.PIPE)
    rows = read_top(child)
    # What was there before is no rate.
    assert rows["web1"] == ["1", "web1", "live", "0", "0", "0", "0", "3", "3.9K"], rows
    assert list(rows)[2:] == ["web1", "db"], rows
    web.say(b"z" * 100)
    wait_for("a rate", lambda: read_top(child)["web1"][3] != "0")
    db = bench.port(3, "new", b"w" * 200)
    rows = wait_for("a new guest first", lambda: [row for row in [read_top(child)]
                                                  if list(row)[2] == "new"])
    db.die()
    wait_for("its end", lambda: read_top(child)["new"][2] == "dead")
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=60) == -signal.SIGINT


@test
def top_json_has_every_rate(bench):
    web = bench.port(1, 'we"b', b"x" * 10, pid=77, reads=100, writes=50, interrupts=7, rx_bytes=3)
    bench.port(2, "db")
    child = bench.start("top", "--json", "-d", "0.1", "we*", stdout=subprocess.PIPE)
    first = json.loads(child.stdout.readline())
    web.facts.update(reads=200, writes=100, interrupts=27, rx_bytes=43, tx_breaks=2, rx_breaks=5,
                     tx_lost=9)
    web.say(b"y" * 1000)
    total = {"out": 0, "in": 0, "accesses": 0, "interrupts": 0}
    line = first
    # Nothing is counted twice or left out.
    while round(total["out"]) < 1000:
        before, line = line, json.loads(child.stdout.readline())
        assert line["time_ns"] - line["interval_ns"] == before["time_ns"] < boot_ns()
        guest, = line["guests"]
        assert list(guest) == ["id", "name", "state", "pid", "out", "in", "accesses", "interrupts",
                               "tx_breaks", "rx_breaks", "tx_lost"], guest
        for key in total:
            total[key] += guest[key] * line["interval_ns"] / SECOND
    assert {key: round(value) for key, value in total.items()} == \
        {"out": 1000, "in": 40, "accesses": 150, "interrupts": 20}, total
    assert (guest["tx_breaks"], guest["rx_breaks"], guest["tx_lost"], guest["pid"],
            guest["name"]) == (2, 5, 9, 77, 'we"b'), guest
    result = run(bench, "top", "--json", "-d", "0.1", "-n", "2")
    assert [len(json.loads(line)["guests"]) for line in result.stdout.splitlines()] == [2, 2]


@test
def top_sorts_and_refuses_who_is_not_there(bench):
    for number, name in ((1, "b"), (2, "c"), (3, "a")):
        bench.port(number, name)
    for key, order in (("name", "abc"), ("id", "bca"), ("out", "bca")):
        child = bench.start("top", "-n", "1", "-d", "0.1", "--sort", key, stdout=subprocess.PIPE)
        assert "".join(list(read_top(child))[2:]) == order, key
    result = run(bench, "top", "-n", "1", "-d", "0.1", "a")
    assert result.stdout.startswith(b"1 guest, 1 live; "), result
    result = run(bench, "top", "nobody", status=3)
    said("no guest is called 'nobody'", result)
    assert not result.stdout


@test
def top_is_renewed_in_place_and_leaves_the_terminal_alone(bench):
    for number in range(1, 60):
        bench.port(number, f"guest\x1b{number}" if number == 1 else f"guest{number}")
    child = bench.terminal("top", "-d", "0.1")
    before = termios.tcgetattr(child.child_fd)
    child.expect_exact("59 guests, 59 live")
    child.expect_exact("guest\\x1b1")
    # As many as there are lines.
    child.expect_exact("guest21")
    child.expect_exact("\033[J")
    assert b"guest" not in child.before
    child.expect_exact("\033[H59 guests")
    assert termios.tcgetattr(child.child_fd) == before
    child.sendintr()
    child.wait()
    assert child.signalstatus == signal.SIGINT
