# SPDX-License-Identifier: GPL-2.0-only
"""Tests of attach and watch, with VMs of this machine's KVM; the module is played."""

import os
import re
import signal
import subprocess
import time

import asks
import proc
import vms
from bench import expect_in, expect_status
from desk import Desk
from played import Control, is_at_rest, switches, wait_for
from vms import NOBODY, make_vm, need_kvm, need_other_user
from workers import on_this_host

TESTS = []
test = asks.decorator(TESTS)


@test
def attach_finds_the_vm_by_pid_and_by_name(bench):
    need_kvm()
    control = Control(bench.dir, lambda request: "id 5")
    vm = make_vm(bench, "-name", "guest=7up,debug-threads=on")
    other = make_vm(bench)
    for spec in (str(vm.pid), "7up", "name:7up"):
        result = bench.run("attach", spec)
        expect_status(result, 0)
        assert result.stdout.decode() == f"7up: attached, {bench.dir}/5\n", result.stdout
    assert all(re.fullmatch(r"attach gpa=9000000 intid=33 ring=0 strict=0 pid=\d+ name=7up", request)
               for request in control.requests), control.requests
    result = bench.run("attach", "--gpa", "0xa000000", "--intid", "40", "--ring", "128k",
                       "--name", "db", str(vm.pid))
    expect_status(result, 0)
    assert re.fullmatch(r"attach gpa=a000000 intid=40 ring=131072 strict=0 pid=\d+ name=db",
                        control.requests[-1]), control.requests[-1]
    expect_status(bench.run("attach", "--strict", str(vm.pid)), 0)
    expect_in(" strict=1 ", control.requests[-1])
    expect_status(bench.run("attach", "--page", str(vm.pid)), 0)
    expect_in(" strict=0 page ", control.requests[-1])
    expect_status(bench.run("attach", str(other.pid)), 0)
    assert re.search(rf"name=python3[.0-9]*-{other.pid}$", control.requests[-1])


@test
def attach_says_why_not(bench):
    Control(bench.dir, lambda request: "errno 12")
    result = bench.run("attach", "nobody-is-called-so")
    expect_status(result, 3)
    expect_in("no process has a virtual machine called 'nobody-is-called-so'", result.stderr)
    child = subprocess.Popen(["/bin/sh", "-c", "read x", "-name", "no-vm-at-all"],
                             stdin=subprocess.PIPE)
    bench.children.append(child)
    for spec in (str(child.pid), "no-vm-at-all"):
        result = bench.run("attach", spec)
        if os.path.exists("/dev/kvm"):
            expect_status(result, 10)
            expect_in("has no KVM virtual machine", result.stderr)
        else:
            expect_status(result, 5)
            expect_in("this machine has no /dev/kvm", result.stderr)
    child.kill()
    child.wait()
    result = bench.run("attach", str(child.pid))
    expect_status(result, 3)
    expect_in(f"there is no process {child.pid}", result.stderr)


@test
def attach_says_what_the_module_said(bench):
    need_kvm()
    answers = {"errno 17": (8, "has a port at 0x9000000 already"),
               "errno 98": (9, "something else in the VM is at 0x9000000"),
               "errno 34": (1, "INTID 33 is not a shared interrupt"),
               "errno 28": (1, "no room for another device"),
               "errno 7": (5, "older than this program"),
               "errno 95": (5, "older than this program"),
               "errno 19": (10, "what it has is not a KVM virtual machine"),
               "errno 13": (6, "the module does not permit it"),
               "errno 1": (6, "the module does not permit it"),
               "errno 22": (1, "the module does not accept this address (0x9000000)"),
               "errno 12": (1, "out of memory, on the host or in this program's cgroup"),
               "errno 122": (1, "may not have another port, or not another 64 KiB of history"),
               "errno 6": (1, "no interrupt of the UART can reach it", "kernel-irqchip=off"),
               "errno 5": (1, "KVM ran out of memory", "start the guest again")}
    control = Control(bench.dir, lambda request: "")
    vm = make_vm(bench, "-name", "vm1")
    for answer, (status, *texts) in answers.items():
        control.answer = lambda request, said=answer: said
        result = bench.run("attach", "vm1")
        expect_status(result, status)
        expect_in("cannot attach vm1", result.stderr)
        for text in texts:
            expect_in(text, result.stderr)
    bench.port(4, "vm1", pid=vm.pid)
    control.answer = lambda request: "errno 17"
    result = bench.run("attach", "vm1")
    expect_status(result, 8)
    expect_in(f"{bench.dir}/4", result.stderr)


@test
def attach_needs_the_right_user(bench):
    need_kvm()
    need_other_user(bench)
    Control(bench.dir, lambda request: "id 5")
    vm = make_vm(bench, "-name", "rootvm")
    os.chmod(bench.dir, 0o777)
    os.chmod(os.path.join(bench.dir, "control"), 0o777)
    for spec in (str(vm.pid), "rootvm"):
        result = bench.run("attach", spec, **NOBODY)
        expect_status(result, 6)
        expect_in(f"cannot attach rootvm (process {vm.pid}): it belongs to user root",
                  result.stderr)
        expect_in("Run this as root.", result.stderr)


@test
def two_vms_of_one_name_are_listed(bench):
    need_kvm()
    Control(bench.dir, lambda request: "id 5")
    pids = [make_vm(bench, "-name", "twin").pid for _ in range(2)]
    result = bench.run("attach", "twin")
    expect_status(result, 4)
    for pid in pids:
        expect_in(f"\n  {pid}  (user root)" if not os.getuid() else f"\n  {pid}  (user",
                  result.stderr)


# As VMs start.

@test
@on_this_host
def watch_attaches_each_vm_and_tells_when_it_is_gone(bench):
    need_kvm()
    ports = {}

    def answer(request):
        name = request.split("name=")[1]
        if name in ports:
            return "errno 17"
        if name == "full":
            return "errno 28"
        number = len(ports) + 1
        ports[name] = bench.port(number, name)
        return f"id {number}"

    Control(bench.dir, answer)
    running = make_vm(bench, "-name", "test-running")
    child = bench.start("watch", "--name", "[tf]*[gwl]", stdout=subprocess.PIPE)
    line = child.stdout.readline().decode()
    assert line == f"test-running: attached, {bench.dir}/1 (process {running.pid})\n", line
    make_vm(bench, "-name", "other")
    new = make_vm(bench, "-name", "test-new")
    line = child.stdout.readline().decode()
    assert line == f"test-new: attached, {bench.dir}/2 (process {new.pid})\n", line
    make_vm(bench, "-name", "full")
    expect_in("full: refused, the VM has no room", child.stdout.readline())
    ports["test-running"].die()
    expect_in("test-running: gone; its last output: kpl011 log 1", child.stdout.readline())
    child.send_signal(signal.SIGINT)
    assert child.wait(timeout=20) == -signal.SIGINT
    assert child.stdout.read() == b""
    assert "other" not in ports


@test
@on_this_host
def screen_attaches_vms_as_they_start(bench):
    need_kvm()
    make_vm(bench, "-name", "test-before")

    def answer(request):
        name = request.split("name=")[1]
        if not name.startswith("test-") or os.path.exists(f"{bench.dir}/1"):
            return "errno 28"
        bench.port(1, name, b"EFI stub: Booting Linux\r\n")
        return "id 1"

    control = Control(bench.dir, answer)
    term = Desk(bench).open_ports()
    term.wait("No guests yet")
    make_vm(bench, "-name", "test-new")
    term.wait("EFI stub: Booting Linux")
    term.wait_status("test-new: a new guest")
    assert not any("test-before" in request for request in control.requests)
    requests = len(control.requests)
    term = Desk(bench).open_ports("screen", "--no-attach")
    term.wait("EFI stub")
    make_vm(bench, "-name", "test-other")
    # The first one has seen it; the second one would have by then.
    wait_for("another request", lambda: any("test-other" in request for request in
                                            control.requests[requests:]))
    assert sum("test-other" in request for request in control.requests) == 1


@test
def watch_once_attaches_what_runs_and_ends(bench):
    need_kvm()
    Control(bench.dir, lambda request: "id 1" if "name=once" in request else "errno 28")
    make_vm(bench, "-name", "once")
    result = bench.run("watch", "--once", "--name", "once")
    expect_status(result, 0)
    expect_in("once: attached", result.stdout)
    make_vm(bench, "-name", "twice")
    result = bench.run("watch", "--once", "--name", "twice")
    expect_status(result, 1)
    expect_in("twice: refused", result.stdout)


@test
def an_idle_watch_does_not_wake_up(bench):
    need_kvm()
    port = bench.port(1, "busy")
    Control(bench.dir, lambda request: "id 1")
    make_vm(bench, "-name", "busy")
    child = bench.start("watch", "--name", "busy", stdout=subprocess.PIPE)
    expect_in("busy: attached", child.stdout.readline())
    wait_for("its wait for the end", lambda: port.clients and proc.state(child.pid) == "S")
    events = vms.Events()

    def does_not_wake_up():
        """False: it was told of another test's VM, which it looks for, or of another device."""
        if not is_at_rest(child.pid):
            return False
        events.came()
        before = switches(child.pid)
        port.say(b"x" * 1000)
        time.sleep(1)
        count = switches(child.pid) - before
        if count >= 5 and events.came():
            return False
        assert count < 5, count
        return True

    wait_for("a second of its own", does_not_wake_up)
    child.send_signal(signal.SIGTERM)
    # An end that was none, or a second one of that name; others may have none here.
    more = child.stdout.read()
    assert b"busy" not in more, more
