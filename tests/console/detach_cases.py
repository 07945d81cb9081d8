# SPDX-License-Identifier: GPL-2.0-only
"""Tests of detach and reap: a guest is given back to its QEMU, and is forgotten."""

import os
import signal
import subprocess

import pexpect

import asks
import far
from bench import connect, expect_in, expect_status
from played import Port, wait_for
from qemu import FAULTS, LINUX_UART, Qemu, expect_fault_told, fails

TESTS = []
test = asks.decorator(TESTS)


@test
def detach_leaves_the_history(bench):
    port = bench.port(3, "web1", b"history")
    result = bench.run("detach", "web1")
    expect_status(result, 0)
    assert result.stdout == b"web1: detached; its history: kpl011 log 3\n", result.stdout
    assert port.asked == ["detach"]
    assert bench.run("log", "3").stdout == b"history"
    result = bench.run("detach", "web1")
    expect_status(result, 7)
    expect_in("cannot detach web1 (port 3): it was detached", result.stderr)
    bench.port(4, "old", live=0)
    result = bench.run("detach", "old")
    expect_status(result, 7)
    expect_in("cannot detach old (port 4): its VM is gone", result.stderr)
    bench.port(5, "mine").asked_errno = 13
    result = bench.run("detach", "mine")
    expect_status(result, 6)
    expect_in("cannot detach mine (port 5): Permission denied", result.stderr)
    bench.port(6, "newer").asked_errno = 25
    result = bench.run("detach", "newer")
    expect_status(result, 5)
    expect_in("the module is older than this program", result.stderr)


@test
def who_follows_a_guest_is_told_that_it_was_detached(bench):
    port = bench.port(1, "web1", b"one\n")
    child = bench.start("log", "--follow", "web1", stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
    assert child.stdout.readline() == b"one\n"
    terminal = connect(bench, "web1")
    port.detach()
    expect_in("web1 was detached", child.communicate(timeout=20)[1])
    terminal.expect_exact("web1 was detached")
    terminal.expect(pexpect.EOF)


@test
def detach_drops_what_qemu_has_kept(bench):
    for how in ("found", None):
        qemu = Qemu(bench, uart={**LINUX_UART, "rx": [0x61] * 20})
        port = bench.port(qemu.pid, "web1", pid=qemu.pid)
        result = bench.run("detach", "--qmp", how or qemu.socket, "web1")
        expect_status(result, 0)
        expect_in("web1: QEMU has its UART again; 20 characters were sent to it meanwhile, and "
                  "dropped", result.stdout)
        assert port.asked == ["detach"]
        told = qemu.told()
        assert told[0] == "stop" and told[-1] == "cont" and told.count("xp 0x000") == 20, told
        # The interrupt follows: a read of DR comes last.
        assert told[-2] == "xp DR empty", told


@test
def a_guest_goes_on_whatever_the_monitor_does_at_detach(bench):
    children = []
    for number, (command, kind) in enumerate(FAULTS):
        directory = os.path.join(bench.dir, f"ports{number}")
        os.mkdir(directory)
        qemu = Qemu(bench, fault=f"{command.split('-later')[0]} {kind} "
                                 f"{3 if command == 'xp-later' else 1}")
        port = Port(directory, 1, "web1", pid=qemu.pid)
        child = subprocess.Popen([bench.program, "detach", "--qmp", "found", "web1"],
                                 env={**bench.env, "KPL011_DEV_DIR": directory},
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        bench.children.append(child)
        children.append(((command, kind), qemu, port, child))
    for fault, qemu, port, child in children:
        expect_fault_told(fault, child)
        assert qemu.running(), (fault, qemu.told())
        assert port.asked == ([] if fails(fault) else ["detach"]), (fault, port.asked)


@test
def detach_says_when_qemu_could_not_be_looked_at_again(bench):
    # The second look is that after the detach.
    qemu = Qemu(bench, fault="look close 2")
    port = bench.port(1, "web1", pid=qemu.pid)
    result = bench.run("detach", "--qmp", "found", "web1")
    expect_status(result, 1)
    assert port.asked == ["detach"] and qemu.running()
    expect_in("web1 may not answer at QEMU's serial port: monitor", result.stderr)


@test
def a_detach_of_a_guest_that_stands_still_comes_to_its_end(bench):
    """A signal between its parts waits: QEMU's UART is looked at again, and the guest left as it was."""
    qemu = Qemu(bench, running=False, fault="look hold 2", uart={**LINUX_UART, "rx": [0x61] * 3})
    port = bench.port(1, "web1", pid=qemu.pid)
    child = bench.start("detach", "--qmp", "found", "web1", stdout=subprocess.PIPE,
                        stderr=subprocess.PIPE)
    qemu.wait_held()
    assert port.asked == ["detach"], port.asked
    child.send_signal(signal.SIGTERM)
    # It has no more to wait for if it is gone by the signal.
    qemu.let_go()
    out, err = child.communicate(timeout=60)
    assert child.returncode == -signal.SIGTERM, (child.returncode, out, err)
    told = qemu.told()
    assert told.count("xp DR empty") == 2 and told[-1] == "xp DR empty", told
    assert "stop" not in told and "cont" not in told, told


HOLDS = ("query-status hold 1", "stop hold 1", "xp hold 1", "xp hold 4", "look hold 2", "cont hold 1")


@test
def a_guest_goes_on_when_the_connection_to_its_host_breaks(bench):
    """At each step of a detach there: whether this end goes, or the one that serves, or both."""
    host, = far.hosts(bench, "a")
    for hold in HOLDS:
        for end in ("here", "there", "both"):
            qemu = Qemu(bench, uart={**LINUX_UART, "rx": [0x61] * 3}, fault=hold)
            port = host.port(qemu.pid, f"web{qemu.pid}", pid=qemu.pid)
            child = subprocess.Popen([bench.program, "--host", "a", "detach", "--qmp", "found",
                                      f"web{qemu.pid}"], env=bench.env,
                                     stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            bench.children.append(child)
            qemu.wait_held()
            if end != "here":
                host.kill()
            if end != "there":
                child.kill()
            child.communicate(timeout=60)
            wait_for("the far end has ended", lambda: not host.serves())
            qemu.let_go()
            wait_for(f"{hold}, {end}: it goes on", qemu.running)
            wait_for("nobody is left over", lambda q=qemu: not processes_of(f"web{q.pid}"))
            assert qemu.running(), (hold, end, qemu.told())
            port.end()


@test
def a_guest_goes_on_when_the_program_is_killed(bench):
    """Also where it cannot know: another process continues the guest."""
    for hold in HOLDS[1:]:
        qemu = Qemu(bench, fault=hold)
        port = bench.port(qemu.pid, f"web{qemu.pid}", pid=qemu.pid)
        child = subprocess.Popen([bench.program, "detach", "--qmp", "found", f"web{qemu.pid}"],
                                 env=bench.env, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.DEVNULL)
        bench.children.append(child)
        qemu.wait_held()
        child.kill()
        child.wait()
        qemu.let_go()
        wait_for(f"{hold}: it goes on", lambda q=qemu: q.told()[-1] == "cont" or
                 ("stop" not in q.told() and not processes_of(f"web{q.pid}")))
        port.end()


def processes_of(word):
    """Of all, those with this in their command lines: it has to be in no other test's."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if word.encode() in file.read().split(b"\0"):
                    found.append(int(pid))
        except OSError:
            pass
    return found


@test
def a_guest_goes_on_when_the_module_does_not_detach(bench):
    qemu = Qemu(bench)
    bench.port(1, "web1", pid=qemu.pid).asked_errno = 19
    result = bench.run("detach", "--qmp", "found", "web1")
    expect_status(result, 7)
    expect_in("cannot detach web1 (port 1): it is not attached any more", result.stderr)
    assert qemu.told()[-1] == "cont"


@test
def without_a_monitor_nothing_is_detached_with_one(bench):
    port = bench.port(1, "web1", pid=os.getpid())
    for how, why in (("found", "has no QMP monitor with a socket"), ("/nonexistent", "No such file"),
                     ("x" * 4000, "too long")):
        result = bench.run("detach", "--qmp", how, "web1")
        expect_status(result, 1)
        expect_in(why, result.stderr)
    assert not port.asked


# reap

@test
def reap_forgets_the_dead_and_only_them(bench):
    live = bench.port(1, "web1")
    dead = bench.port(2, "web1", live=0)
    result = bench.run("reap", "web1")
    expect_status(result, 0)
    assert dead.reaped and not live.reaped
    live.reap_errno = 16
    result = bench.run("reap", "1")
    expect_status(result, 1)
    expect_in("its VM lives", result.stderr)
    others = [bench.port(number, "x", live=0) for number in (3, 4)]
    expect_status(bench.run("reap", "x"), 4)
    assert not others[0].reaped and not others[1].reaped
    expect_status(bench.run("reap", "--all"), 0)
    assert others[0].reaped and others[1].reaped and not live.reaped
