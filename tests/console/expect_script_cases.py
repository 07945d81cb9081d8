# SPDX-License-Identifier: GPL-2.0-only
"""Tests of expect's scripts: what is typed and waited for in turn, and what is shown of secrets."""

import json
import os
import re
import subprocess

import asks
from bench import run, said

TESTS = []
test = asks.decorator(TESTS)


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


@test
def expect_shows_no_line_and_no_part_of_a_secret(bench):
    text = b"user admin\npass hunter2-TOPSECRET"
    secret = script(bench, text + b"\n", "secret")
    for number, (echo, shown) in enumerate((
            (text.replace(b"\n", b"\r\n") + b"\r\n", b"  | ***\n  | ***\n"),
            (b"user admin\r\npass hunter2", b"  | ***\n  | ***\n"),
            (b"user a", b"Its last line: ***\n"),
            (b"u", b"Its last line: ***\n"),
            (b"user a[    5.123456] random: crng init done\r\ndmin\r\n",
             b"  | ***[    5.123456] random: crng init done\n  | ***\n")), 1):
        path = script(bench, f"expect '> $'\nsend --enter --file {secret}\nexpect OK\n")
        port = bench.port(number, f"web{number}", b"> ")
        child = bench.start("expect", "--script", path, f"web{number}", stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
        port.wait_received(text + b"\r")
        port.say(echo)
        port.die()
        out, errors = child.communicate(timeout=60)
        assert (child.returncode, out) == (7, b"> \n") and errors.endswith(shown), errors
    # A pattern may begin in it and end in it.
    port = bench.port(9, "web9", b"> ")
    path = script(bench, f"expect '> $'\nsend --enter --file {secret}\nexpect 'TOP(\\w+)'\nexpect ok\n")
    child = bench.start("expect", "--timeout", "60", "--script", path, "web9", "--json",
                        stdout=subprocess.PIPE)
    port.wait_received(text + b"\r")
    port.say(text + b"\r\nok\r\n")
    out = child.communicate(timeout=60)[0]
    assert child.returncode == 0 and b'"text":"***","groups":["***"]' in out, out
    assert b"SECRET" not in out, out
