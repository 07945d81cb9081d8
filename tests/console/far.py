# SPDX-License-Identifier: GPL-2.0-only
"""Other hosts that a test plays: a command in the place of ssh, and ports for each."""

import os
import signal
import subprocess
import time

import proc
from bench import expect_status
from played import Port, wait_for

# How late a command may end: far from the half minute that a host has.
LATE = 14

STAND_IN = """#!/bin/sh
# In the place of ssh: runs what it is asked for here, before the ports of that host.
echo "$*" >>{hosts}/arguments
while [ "$1" != -- ]; do shift; done
dir={hosts}/${{2##*@}}
echo x >>"$dir/tries"
if [ -e "$dir/refused" ]; then cat "$dir/refused" >&2; exit 255; fi
if [ -e "$dir/instead" ]; then exec sh "$dir/instead"; fi
if [ -e "$dir/noise" ]; then cat "$dir/noise"; fi
echo $$ >"$dir/pid.new"
mv "$dir/pid.new" "$dir/pid"
KPL011_DEV_DIR=$dir exec {program} ${{SERVE:-serve --stdio}}
"""


class Host:
    """One of them. Its serving process can be killed, stopped and refused."""

    def __init__(self, directory, name):
        self.name = name
        self.dir = os.path.join(directory, name)
        os.mkdir(self.dir)

    def port(self, number, name, history=b"", **facts):
        return Port(self.dir, number, name, history, **facts)

    def _file(self, name, text=None):
        path = os.path.join(self.dir, name)
        if text is None:
            if os.path.exists(path):
                os.unlink(path)
        else:
            with open(path, "wb") as file:
                file.write(text)

    def refuse(self, why):
        """From now on ssh does not get there, and says why; None: it does."""
        self._file("refused", why)

    def say_before(self, noise):
        """What a login shell says there."""
        self._file("noise", noise)

    def run_instead(self, script):
        """A script in the place of kpl011."""
        self._file("instead", script)

    def tries(self):
        """How often a connection was begun."""
        try:
            return os.path.getsize(os.path.join(self.dir, "tries")) // 2
        except FileNotFoundError:
            return 0

    def pid(self):
        """Of the process that serves, or 0."""
        try:
            with open(os.path.join(self.dir, "pid"), encoding="ascii") as file:
                return int(file.read())
        except FileNotFoundError:
            return 0

    def signal(self, number):
        os.kill(wait_for("it serves", self.pid), number)

    def kill(self):
        """The connection breaks."""
        self.signal(signal.SIGKILL)

    def serves(self):
        """Whether the process is there."""
        return proc.alive(self.pid())


def hosts(bench, *names):
    """Hosts of these names, for --host."""
    directory = os.path.join(bench.dir, "hosts")
    os.mkdir(directory)
    path = os.path.join(bench.dir, "ssh")
    with open(path, "w", encoding="ascii") as file:
        file.write(STAND_IN.format(hosts=directory, program=bench.program))
    os.chmod(path, 0o755)
    bench.env["KPL011_SSH"] = path
    return [Host(directory, name) for name in names]


def follow(bench, *args):
    """A command that goes on; what it prints is read bit by bit."""
    child = bench.start(*args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0)
    os.set_blocking(child.stdout.fileno(), False)
    os.set_blocking(child.stderr.fileno(), False)
    child.said = b""
    child.printed = b""
    return child


def has(child, text, where="printed"):
    """Waits until it has printed a text, or said it on standard error."""
    def look():
        stream = child.stdout if where == "printed" else child.stderr
        setattr(child, where, getattr(child, where) + (stream.read() or b""))
        return text in getattr(child, where)
    try:
        wait_for(f"{text!r}", look)
    except AssertionError as error:
        raise AssertionError(f"{error}: {child.printed[-300:]!r} {child.said[-500:]!r}") from None


def following(bench):
    """A host, a guest of it, and a command that follows the guest and has printed its first line."""
    a, = hosts(bench, "a")
    port = a.port(1, "web1", b"one\n")
    child = follow(bench, "--host", "a", "log", "-f", "web1")
    has(child, b"one\n")
    return a, port, child


def ends(child, status):
    assert child.wait(timeout=60) == status, (child.returncode, child.stderr.read())


def run_in_time(bench, host, command, *words, status):
    """Runs a command until its --timeout is over. Where that was before the hosts had answered
    (12), although they are to be reached, it is run again with a longer one.
    """
    for seconds in (1, 4, 16, 64):
        begun = time.monotonic()
        result = bench.run("--host", host, command, "--timeout", str(seconds), *words)
        took = time.monotonic() - begun
        assert took < seconds + LATE, (command, words, took)
        if result.returncode != 12 or status == 12:
            break
    expect_status(result, status)
    return result
