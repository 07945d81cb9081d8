# SPDX-License-Identifier: GPL-2.0-only
"""Tests of expect: what it shows of secrets, and names that are none."""

import subprocess

import asks
from command_cases import run, said, script

TESTS = []
test = asks.decorator(TESTS)


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
