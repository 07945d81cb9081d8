# SPDX-License-Identifier: GPL-2.0-only
"""Tests of `kpl011 run`: a real QEMU with a real VM; the module is played."""

import json
import os
import re
import resource
import shutil
import signal
import socket
import subprocess
import sys
import termios

import asks
from played import Control, wait_for
from vms import KVM_CREATE_VM, QEMU, need_kvm, processes

TESTS = []
test = asks.decorator(TESTS)


# The smallest machine that there is; it ends when it is told to.
BARE = ["-accel", "kvm", "-M", "none", "-nodefaults", "-display", "none"]


class Monitor:
    """QEMU's second monitor, of its operator's."""

    def __init__(self, bench):
        self.path = os.path.join(bench.dir, f"qmp{len(bench.children)}")
        self.options = ["-qmp", f"unix:{self.path},server=on,wait=off"]
        self.file = None

    def ask(self, command, **arguments):
        if not self.file:
            client = socket.socket(socket.AF_UNIX)
            wait_for("QEMU's monitor", lambda: not client.connect_ex(self.path))
            self.file = client.makefile("rw")
            client.close()
            self.file.readline()
            self.ask("qmp_capabilities")
        print(json.dumps({"execute": command, "arguments": arguments}), file=self.file, flush=True)
        while True:
            answer = json.loads(self.file.readline())
            if "event" not in answer:
                return answer["return"]

    def state(self):
        return self.ask("query-status")["status"]

    def alone(self):
        """Whether the monitor of kpl011 was closed."""
        return any(device["filename"].startswith("disconnected") and
                   device["label"] == "kpl011-run" for device in self.ask("query-chardev"))


def qemu(bench):
    """The QEMU itself."""
    found, = [pid for pid in processes(bench) if os.readlink(f"/proc/{pid}/exe").endswith(QEMU)]
    return found


def start(bench, *args, **kwargs):
    return bench.start("run", *args, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       stdin=subprocess.DEVNULL, **kwargs)


def read_until(child, text):
    said = b""
    while text.encode() not in said:
        line = child.stderr.readline()
        assert line, f"no {text!r} in {said!r}"
        said += line
    return said


def end(child, status=0):
    """By a signal to kpl011 alone."""
    child.send_signal(signal.SIGTERM)
    out, err = child.communicate(timeout=30)
    assert child.returncode == status, (child.returncode, out, err)
    return err


@test
def run_attaches_before_the_first_instruction(bench):
    need_kvm()
    monitor = Monitor(bench)
    seen = []

    def answer(request):
        seen.append((request, monitor.state()))
        return "id 5"

    Control(bench.dir, answer)
    child = start(bench, "--ring", "1M", "--strict", "--", QEMU, *BARE, "-name", "guest=web1",
                  *monitor.options)
    read_until(child, f"web1: attached, {bench.dir}/5")
    wait_for("the guest's begin", lambda: monitor.state() == "running")
    (request, state), = seen
    assert state == "prelaunch", state
    assert re.fullmatch(r"attach gpa=9000000 intid=33 ring=1048576 strict=1 pid=\d+ name=web1",
                        request), request
    wait_for("that it lets go of the monitor", monitor.alone)
    # Which other monitors there are is left to QEMU.
    end(child)


@test
def run_leaves_the_terminal_and_the_default_monitor_to_qemu(bench):
    need_kvm()
    Control(bench.dir, lambda request: "id 5")
    child = bench.start("run", "--", QEMU, *BARE[:4], "-nographic", stdin=subprocess.PIPE,
                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    read_until(child, ": attached")
    out = child.communicate(b"info status\nquit\n", timeout=30)[0]
    assert b"VM status: running" in out and child.returncode == 0, (out, child.returncode)


@test
def run_leaves_a_guest_that_shall_not_start(bench):
    need_kvm()
    control = Control(bench.dir, lambda request: "id 5")
    for options, state in ((["-S"], "prelaunch"), (["-incoming", "defer"], "inmigrate")):
        monitor = Monitor(bench)
        child = start(bench, "--", QEMU, *BARE, *options, *monitor.options)
        read_until(child, ": attached")
        wait_for("that it lets go of the monitor", monitor.alone)
        assert monitor.state() == state
        end(child)
    assert len(control.requests) == 2


@test
def run_ends_as_qemu_does(bench):
    need_kvm()
    Control(bench.dir, lambda request: "id 5")
    child = start(bench, "--", "sh", "-c", '"$0" "$@"; exit 7', QEMU, *BARE, "-name", "marked-web1")
    read_until(child, "web1: attached")
    # Also through a program that starts QEMU: it is QEMU that has the VM.
    os.kill(qemu(bench), signal.SIGTERM)
    assert child.wait(timeout=30) == 7
    child = start(bench, "--name", "web2", "--", QEMU, *BARE, "-name", "marked-web2")
    read_until(child, "web2: attached")
    os.kill(qemu(bench), signal.SIGKILL)
    # As a shell sees it: 128 + 9.
    assert child.wait(timeout=30) == -signal.SIGKILL


@test
def run_takes_no_exit_status_for_a_signal(bench):
    """A program in front of QEMU ends as a shell does whose command was ended by a signal."""
    Control(bench.dir, lambda request: "id 5")
    for status in (127, 128, 129, 134, 137, 139, *range(147, 151), 192, 193, 255):
        child = start(bench, "--", "sh", "-c", f"exit {status}", "marked")
        ended = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WSTOPPED | os.WNOWAIT)
        assert (ended.si_code, ended.si_status) == (os.CLD_EXITED, status), ended
        out, err = child.communicate(timeout=60)
        assert not out and f"ended with exit status {status} before its guest".encode() in err, err


@test
def run_takes_no_exit_status_for_its_own_usage(bench):
    Control(bench.dir, lambda request: "id 5")
    result = bench.run("run", "sh", "-c", "exit 2", "--host", "x")
    assert result.returncode == 2, result
    assert result.stderr == b"kpl011: sh ended with exit status 2 before its guest began\n", result


@test
def run_dumps_no_core_for_the_program_that_it_ran(bench):
    Control(bench.dir, lambda request: "id 5")
    # With the sanitizer it would never have one.
    bench.program += "-plain"
    most = resource.getrlimit(resource.RLIMIT_CORE)[1]
    os.mkdir(cores := os.path.join(bench.dir, "cores"))
    for number in (signal.SIGABRT, signal.SIGSEGV, signal.SIGQUIT):
        # It has none itself.
        child = start(bench, "--", "sh", "-c", f"ulimit -c 0; kill -{int(number)} $$", "marked", cwd=cores,
                      preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (most, most)))
        ended = os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert (ended.si_code, ended.si_status) == (os.CLD_KILLED, number), ended
        assert f"was ended by signal {int(number)} (".encode() in child.communicate(timeout=60)[1]
        assert not os.listdir(cores), os.listdir(cores)


@test
def run_passes_signals_on(bench):
    need_kvm()
    Control(bench.dir, lambda request: "id 5")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        child = start(bench, "--", QEMU, *BARE, "-name", "marked")
        read_until(child, "marked: attached")
        child.send_signal(number)
        assert b"terminating on signal" in child.communicate(timeout=30)[1]
        assert child.returncode == 0
    # While QEMU is on its way: nothing stays.
    child = start(bench, "--", "sh", "-c", "sleep 1000 & echo here >&2; wait; exit", "marked-wait")
    read_until(child, "here")
    child.send_signal(signal.SIGTERM)
    assert child.wait(timeout=30) == -signal.SIGTERM
    wait_for("the end of all", lambda: not processes(bench))


@test
def run_says_why_and_leaves_nothing(bench):
    need_kvm()
    control = Control(bench.dir, lambda request: "errno 98")
    mark = ["-name", "marked"]
    tcg = [word if word != "kvm" else "tcg" for word in BARE]
    for args, status, text in (
            ([QEMU, *BARE, *mark], 9, "cannot run marked: something else in the VM is at 0x9000000"),
            ([QEMU, *tcg, *mark], 10, "cannot run marked: it has no KVM virtual machine"),
            ([QEMU, *BARE, *mark, "-M", "nonesuch"], 1, "ended with exit status 1 before its guest"),
            ([QEMU, *BARE, *mark, "-readconfig"], 1, "before its guest began"),
            ([QEMU, "--version"], 1, "ended with exit status 0 before its guest began"),
            (["kpl011-nonesuch"], 1, "cannot start kpl011-nonesuch: No such file or directory"),
            (["/etc/passwd"], 6, "cannot start /etc/passwd: Permission denied"),
            (["sh", "-c", "kill -SEGV $$", *mark], 1, "was ended by signal 11")):
        result = bench.run("run", "--", *args)
        wanted = -signal.SIGSEGV if "kill" in str(args) else status
        assert result.returncode == wanted, (args, result)
        assert text in result.stderr.decode(), (args, result.stderr)
    assert len(control.requests) == 1
    result = bench.run("run", "--timeout", "0.5", "--", "sh", "-c", "exec sleep 1000 # marked")
    assert result.returncode == 11 and b"it was not ready in" in result.stderr, result
    assert not processes(bench)


# A program that has a VM, and says at the monitor it was given what a test wants.
TALKER = f"""
import fcntl, os, re, socket, sys
vm = fcntl.ioctl(os.open('/dev/kvm', os.O_RDWR | os.O_CLOEXEC), {KVM_CREATE_VM}, 0)
number = int(re.search(r'fd = "(\\d+)"', open(sys.argv[-1]).read())[1])
monitor = socket.socket(fileno=number)
file = monitor.makefile('r')
for text in sys.argv[1].split('|'):
    if text == 'end':
        os._exit(3)
    if text:
        monitor.sendall(text.encode() + b'\\r\\n')
    file.readline()
sys.stdin.read()
os._exit(4)
"""


@test
def run_believes_no_monitor(bench):
    need_kvm()
    Control(bench.dir, lambda request: "id 5")
    port = None
    hello = '{"QMP": {"version": {}}}'
    let_in = hello + '|{"return": {}, "id": 1}'
    for says, status, text in (
            ("220 mail.example.com ESMTP", 1, "what it says is not QMP"),
            ("end", 3, "ended with exit status 3 before its guest began"),
            (hello + '|{"error": {"desc": "not \\u001b[2J today"}, "id": 1}', 1,
             "not \\x1b[2J today"),
            (hello + "|end", 3, "ended with exit status 3"),
            (let_in + '|{"error": {"desc": "no disk"}, "id": 2}', 1,
             "cannot run marked: its monitor: no disk"),
            (let_in + "|end", 3, "marked ended with exit status 3 before its guest began")):
        port = bench.port(5, "marked") if let_in in says else None
        child = start(bench, "--name", "marked", "--", sys.executable, "-c", TALKER, says)
        err = child.communicate(timeout=30)[1].decode()
        assert child.returncode == status and text in err, (says, child.returncode, err)
        # The port of a guest that never ran is forgotten.
        if port:
            assert port.asked == ["detach"] and port.reaped, (says, port.asked)
            port.end()
            os.unlink(port.path)
    assert not processes(bench)


@test
def run_has_its_way_where_another_was_quicker(bench):
    need_kvm()
    port = bench.port(4, "web1")
    answers = []

    def answer(_request):
        port.facts["pid"] = qemu(bench)
        return answers.pop(0)

    Control(bench.dir, answer)
    # What was made is what was asked for.
    answers = ["errno 17"]
    child = start(bench, "--", QEMU, *BARE, "-name", "marked-by")
    read_until(child, f"attached, {bench.dir}/4")
    end(child)
    assert not port.asked
    answers = ["errno 17", "id 6"]
    child = start(bench, "--ring", "128k", "--", QEMU, *BARE, "-name", "marked-by")
    read_until(child, f"attached, {bench.dir}/6")
    end(child)
    assert port.asked == ["detach"] and port.reaped


@test
def run_opens_the_console(bench):
    need_kvm()
    port = bench.port(5, "web1", b"EFI stub: Booting\r\n")
    Control(bench.dir, lambda request: "id 5")
    child = bench.terminal("run", "--console", "-e", "^A", "--", QEMU, *BARE, "-name", "web1",
                           "-serial", "stdio")
    child.expect_exact("Connected to web1")
    child.expect_exact("EFI stub: Booting")
    wait_for("raw mode", lambda: not termios.tcgetattr(child.child_fd)[3] & termios.ICANON)
    child.send("root\x03")
    port.wait_received(b"root\x03")
    child.send("\x01q")
    child.expect_exact("web1 continues; Ctrl-C ends it")
    wait_for("the terminal as it was",
             lambda: termios.tcgetattr(child.child_fd)[3] & termios.ICANON)
    # Now the key is the terminal's.
    child.send("\x03")
    child.expect_exact("QEMU says: ")
    child.expect_exact("terminating on signal 2")
    child.wait()
    assert child.exitstatus == 0, child.exitstatus


@test
def run_with_a_console_tells_what_qemu_prints_and_ends_with_it(bench):
    need_kvm()
    port = bench.port(5, "web1", b"booting\r\n")
    Control(bench.dir, lambda request: "id 5")
    child = bench.terminal("run", "-c", "--", "sh", "-c",
                           'echo "disk \033[2J full" >&2; "$0" "$@"; exit 9', QEMU, *BARE,
                           "-name", "marked-web1")
    child.expect_exact("QEMU says: disk \\x1b[2J full")
    child.expect_exact("booting")
    port.say(b"goodbye")
    child.expect_exact("goodbye")
    os.kill(qemu(bench), signal.SIGTERM)
    port.die()
    child.expect_exact("the VM of web1 is gone")
    child.wait()
    assert child.exitstatus == 9, child.exitstatus
    assert termios.tcgetattr(child.child_fd)[3] & termios.ICANON


@test
def run_with_a_console_and_a_failure_says_what_qemu_said(bench):
    need_kvm()
    Control(bench.dir, lambda request: "id 5")
    result = bench.run("run", "--console", "--", QEMU, "-M", "nonesuch")
    assert result.returncode == 1
    text = result.stderr.decode()
    assert "QEMU says: " in text and "unsupported machine type" in text, text
    assert text.index("unsupported machine") < text.index("before its guest began"), text


@test
def run_passes_a_signal_on_from_the_console(bench):
    need_kvm()
    bench.port(5, "web1")
    Control(bench.dir, lambda request: "id 5")
    child = bench.terminal("run", "-c", "--", QEMU, *BARE, "-name", "web1")
    child.expect_exact("Connected to web1")
    wait_for("raw mode", lambda: not termios.tcgetattr(child.child_fd)[3] & termios.ICANON)
    child.kill(signal.SIGTERM)
    child.expect_exact("terminating on signal 15")
    child.wait()
    assert child.exitstatus == 0, child.exitstatus
    assert termios.tcgetattr(child.child_fd)[3] & termios.ICANON


# In the place of the QEMU of the page: the smallest machine, with what kpl011 adds.
STAND_IN = """#!/bin/sh
for word; do
    shift
    case $word in
    -accel|kvm|-M|virt|-cpu|host|-kernel|Image|...) ;;
    *) set -- "$@" "$word" ;;
    esac
done
exec {qemu} {bare} "$@"
"""


@test
def the_lines_for_scripts_of_the_operators_page_work(bench):
    need_kvm()
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../../docs/operators.md"), encoding="utf-8") as file:
        lines = re.search(r"^## Scripts\n\n((?:    .*\n)+)", file.read(), re.M).group(1)
    lines = "".join(line[4:] + "\n" for line in lines.splitlines())
    assert lines.startswith("kpl011 run --name ci -- qemu-system-aarch64 "), lines
    assert lines.count("kpl011 expect ci") == 3 and "kpl011 record --kept ci" in lines, lines
    tools = os.path.join(bench.dir, "bin")
    os.mkdir(tools)
    os.symlink(bench.program, os.path.join(tools, "kpl011"))
    path = os.path.join(tools, "qemu-system-aarch64")
    with open(path, "w", encoding="ascii") as file:
        file.write(STAND_IN.format(qemu=shutil.which(QEMU), bare=" ".join(BARE)))
    os.chmod(path, 0o755)
    ports = []

    def answer(request):
        assert " name=ci" in request, request
        ports.append(bench.port(5, "ci", b"ci login: "))
        return "id 5"

    Control(bench.dir, answer)
    bench.env["PATH"] = f"{tools}:{os.environ['PATH']}"
    child = subprocess.Popen(["sh", "-e", "-c", lines + "kill $!\n"], cwd=bench.dir, env=bench.env,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    bench.children.append(child)
    wait_for("the guest is attached", lambda: ports)
    ports[0].wait_received(b"root\r")
    ports[0].say(b"root\r\nroot@ci:~# ")
    typed = b"root\rmake test; echo status=$?\r"
    ports[0].wait_received(typed)
    ports[0].say(b"make test; echo status=$?\r\nall is well\r\nstatus=0\r\nroot@ci:~# ")
    out, err = child.communicate(timeout=30)
    assert child.returncode == 0, (out, err)
    with open(os.path.join(bench.dir, "boot.cast"), encoding="utf-8") as file:
        assert "all is well" in file.read()
