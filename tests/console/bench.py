# SPDX-License-Identifier: GPL-2.0-only
"""What each test has: a bench, and what it expects of the program there."""

import os
import signal
import subprocess
import termios

import pexpect

from played import Port, end_all, wait_for
from screen_terminal import end_spawned
from vms import Skip, make_vm, need_kvm, processes


class Bench:
    """What one test has: a directory of ports, and the program."""

    def __init__(self, build, directory):
        self.build = build
        self.dir = directory
        self.program = os.path.join(build, "tests-console", "kpl011")
        self.env = {**os.environ, "KPL011_DEV_DIR": directory, "TERM": "xterm", "LC_ALL": "C"}
        self.children = []
        self.terminals = []

    def port(self, number, name, history=b"", **facts):
        return Port(self.dir, number, name, history, **facts)

    def run(self, *args, **kwargs):
        kwargs.setdefault("stdin", subprocess.DEVNULL if "input" not in kwargs else None)
        if "input" in kwargs:
            del kwargs["stdin"]
        kwargs = {"timeout": 60, "stdout": subprocess.PIPE, **kwargs}
        return subprocess.run([self.program, *args], env=self.env, stderr=subprocess.PIPE,
                              check=False, **kwargs)

    def start(self, *args, **kwargs):
        child = subprocess.Popen([self.program, *args], env=self.env, **kwargs)
        self.children.append(child)
        return child

    def terminal(self, *args):
        """The program on a terminal of its own."""
        child = pexpect.spawn(self.program, list(args), env=self.env, timeout=20,
                              dimensions=(24, 80))
        self.children.append(child)
        child.delaybeforesend = None
        return child

    def make_vm(self, *args):
        return make_vm(self, *args)

    @staticmethod
    def need_kvm():
        need_kvm()

    @staticmethod
    def skip(why):
        return Skip(why)

    def end(self):
        for terminal in self.terminals:
            terminal.close()
        for child in self.children:
            if isinstance(child, pexpect.spawn):
                end_spawned(child)
            else:
                if child.poll() is None:
                    child.kill()
                child.wait()
        # What they have started themselves, and left.
        for pid in processes(self):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        end_all()


def expect_status(result, status):
    assert result.returncode == status, \
        f"exit status {result.returncode}, not {status}: {result.stderr.decode()!r}"


def expect_in(text, whole):
    whole = whole.decode(errors="replace") if isinstance(whole, bytes) else whole
    assert text in whole, f"no {text!r} in {whole!r}"


def run(bench, *args, status=0, **kwargs):
    """Runs a command that has to end so; returns what it printed."""
    result = bench.run(*args, **kwargs)
    assert result.returncode == status, \
        f"{args}: exit status {result.returncode}, not {status}: {result.stderr.decode()!r}"
    return result


def said(text, result):
    assert text in result.stderr.decode(), f"no {text!r} in {result.stderr.decode()!r}"


def connect(bench, *args):
    """A console on a terminal, connected."""
    child = bench.terminal("console", *args)
    child.expect_exact("Connected to")
    wait_for("raw mode", lambda: not termios.tcgetattr(child.child_fd)[3] & termios.ICANON)
    return child


def expect_cooked(child):
    flags = termios.tcgetattr(child.child_fd)[3]
    assert flags & termios.ICANON and flags & termios.ECHO, "the terminal was left raw"


def typed(directory, text):
    """The path of a file with a text that is to be sent."""
    path = os.path.join(directory, "typed")
    with open(path, "wb") as file:
        file.write(text)
    return path
