# SPDX-License-Identifier: GPL-2.0-only
"""Tests of attach --take-over: a guest goes on with another UART, whatever its QEMU does."""

import re
import signal
import subprocess

import asks
from bench import expect_in, expect_status
from played import STATE, Control, wait_for
from qemu import FAULTS, LINUX_UART, Qemu, expect_fault_told, fails, run_with_fault
from vms import need_kvm

TESTS = []
test = asks.decorator(TESTS)


def state_of(request):
    """The state that an attach request has, as a dictionary."""
    values = STATE.unpack(bytes.fromhex(re.search(r" state=(\S+) ", request)[1]))
    names = ["version", "flags", "divisor", "ibrd", "fbrd", "lcr_h", "cr", "ifls", "imsc", "ris",
             "rsr", "ilpr", "dmacr", "tcr", "itip", "itop", "tdr", "modem", "tx_count",
             "rx_count", "reserved"]
    state = dict(zip(names, values))
    state["rx"] = list(values[-32:][:state["rx_count"]])
    return state


@test
def take_over_goes_on_with_what_qemu_tells(bench):
    need_kvm()
    qemu = None
    running = []

    def answer(_request):
        running.append(qemu.running())
        return "id 5"

    control = Control(bench.dir, answer)
    qemu = Qemu(bench, "-name", "web1", vm=True, uart={**LINUX_UART, "rx": [0x6c, 0x5073, 0x400]})
    result = bench.run("attach", "--take-over", "web1")
    expect_status(result, 0)
    assert result.stdout.decode().splitlines() == [
        f"web1: attached, {bench.dir}/5",
        f"web1: taken over with the state that QEMU reported at {qemu.socket}; 3 characters are waiting"]
    assert not result.stderr
    state = state_of(control.requests[0])
    assert state == {"version": 1, "flags": 1, "divisor": 13 << 6 | 1, "ibrd": 13, "fbrd": 1,
                     "lcr_h": 0x70, "cr": 0xf01, "ifls": 0x12, "imsc": 0x50, "ris": 0x60,
                     "rsr": 0, "ilpr": 0, "dmacr": 0, "tcr": 0, "itip": 0, "itop": 0, "tdr": 0,
                     "modem": 7, "tx_count": 0, "rx_count": 3, "reserved": 0,
                     "rx": [0x6c, 0x073, 0x400]}, state
    # Nothing of the guest runs between the first look and the attach.
    told = qemu.told()
    assert told[0] == "stop" and told[-1] == "cont" and running == [False], (told, running)
    assert told.count("xp 0x000") == 3 and "xp DR empty" not in told, told
    # Registers before characters: reading DR changes some of them.
    assert told.index("xp 0x000") > max(told.index(f"xp {offset}") for offset in
                                        LINUX_UART), told


@test
def take_over_takes_what_the_fifo_holds(bench):
    need_kvm()
    control = Control(bench.dir, lambda request: "id 5")
    for lcr_h, room in ((0x70, 32), (0x60, 1)):
        qemu = Qemu(bench, vm=True, uart={**LINUX_UART, "0x02c": lcr_h, "rx": [0x61] * 40})
        expect_status(bench.run("attach", "--take-over=qmp", str(qemu.pid)), 0)
        state = state_of(control.requests[-1])
        assert state["rx_count"] == room and state["ris"] & 0x50 == 0x50, state


@test
def a_guest_that_stands_still_is_left_so(bench):
    need_kvm()
    Control(bench.dir, lambda request: "id 5")
    qemu = Qemu(bench, vm=True, running=False)
    expect_status(bench.run("attach", "--take-over", str(qemu.pid)), 0)
    assert "stop" not in qemu.told() and "cont" not in qemu.told(), qemu.told()


@test
def take_over_finds_the_monitor_in_every_form(bench):
    need_kvm()
    control = Control(bench.dir, lambda request: "id 5")
    qemu = Qemu(bench, vm=True, listed=False)
    expect_status(bench.run("attach", f"--take-over=qmp:{qemu.socket}", str(qemu.pid)), 0)
    assert qemu.told()
    # Where it is the second of two.
    qemu = Qemu(bench, "-chardev", "socket,id=a,path=/nonexistent,server=on", "-mon",
                "chardev=a,mode=control", "-chardev",
                f"socket,id=b,path={bench.dir}/qmp1,server=on", "-mon", "chardev=b,mode=control",
                vm=True, listed=False)
    assert qemu.socket == f"{bench.dir}/qmp1"
    expect_status(bench.run("attach", "--take-over=qmp", str(qemu.pid)), 0)
    assert all(" state=" in request for request in control.requests)


@test
def a_guest_goes_on_whatever_the_monitor_does_at_take_over(bench):
    need_kvm()
    control = Control(bench.dir, lambda request: "id 5")
    # All at once: the slow ones wait for their time-outs together.
    children = [(fault, *run_with_fault(bench, fault, True, "attach", "--take-over"))
                for fault in FAULTS]
    for fault, qemu, child in children:
        expect_fault_told(fault, child)
        assert qemu.running(), (fault, qemu.told())
        if fault[0] != "query-status":
            assert "cont" in qemu.told(), fault
    assert len(control.requests) == len([fault for fault in FAULTS if not fails(fault)])


@test
def a_guest_goes_on_when_the_order_is_lost(bench):
    need_kvm()
    Control(bench.dir, lambda request: "id 5")
    children = []
    for kind in ("close", "close-after", "garbage", "half", "silence", "other"):
        qemu = Qemu(bench, vm=True, fault=f"cont {kind}")
        child = bench.start("attach", "--take-over", str(qemu.pid), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
        children.append((kind, qemu, child))
    for kind, qemu, child in children:
        out, err = child.communicate(timeout=60)
        assert child.returncode == 0, (kind, out, err)
        assert qemu.running(), (kind, qemu.told())


@test
def a_guest_that_may_stand_still_is_told_of(bench):
    need_kvm()
    Control(bench.dir, lambda request: "id 5")
    qemu = Qemu(bench, "-name", "web1", vm=True, fault="cont refuse")
    result = bench.run("attach", "--take-over", "web1")
    expect_status(result, 1)
    expect_in("web1 may stand still: monitor", result.stderr)
    expect_in("not \\x1b[2J today", result.stderr)
    expect_in("web1: attached", result.stdout)
    assert not qemu.running()


@test
def a_signal_waits_until_the_guest_goes_on(bench):
    need_kvm()
    Control(bench.dir, lambda request: "id 5")
    children = []
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        qemu = Qemu(bench, vm=True, fault="xp silence 3")
        child = bench.start("attach", "--take-over", str(qemu.pid), stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
        wait_for("the guest stands still", lambda: not qemu.running())
        child.send_signal(number)
        children.append((number, qemu, child))
    for number, qemu, child in children:
        child.communicate(timeout=30)
        assert child.returncode == -number, (number, child.returncode)
        assert qemu.running(), qemu.told()


@test
def a_guest_goes_on_when_the_module_refuses(bench):
    need_kvm()
    Control(bench.dir, lambda request: "errno 28")
    qemu = Qemu(bench, vm=True, uart={**LINUX_UART, "rx": [0x61, 0x62]})
    result = bench.run("attach", "--take-over", str(qemu.pid))
    expect_status(result, 1)
    expect_in("no room for another device", result.stderr)
    expect_in("the guest had not read them: 2 characters", result.stderr)
    assert qemu.told()[-1] == "cont" and not result.stdout


@test
def a_guest_that_has_a_port_is_not_touched(bench):
    need_kvm()
    control = Control(bench.dir, lambda request: "id 5")
    qemu = Qemu(bench, "-name", "web1", vm=True)
    bench.port(1, "web1", pid=qemu.pid)
    for how in ("--take-over", "--take-over=linux"):
        result = bench.run("attach", how, "web1")
        expect_status(result, 8)
        expect_in(f"it has a port already: {bench.dir}/1", result.stderr)
    assert not qemu.told() and not control.requests


@test
def without_a_monitor_a_guest_is_taken_for_linux(bench):
    need_kvm()
    control = Control(bench.dir, lambda request: "id 5")
    children = []
    for why, args, fault in (
            ("has no QMP monitor with a socket", [], ""),
            ("No such file", ["-qmp", "unix:/nonexistent,server=on"], ""),
            ("no answer in time", None, "greeting silence"),
            ("is not QMP", None, "greeting garbage"),
            ("closed the connection", None, "greeting close"),
            ("not \\x1b[2J today", None, "qmp_capabilities refuse")):
        qemu = Qemu(bench, *(args or []), vm=True, fault=fault, listed=args is None)
        for how, status in (("--take-over", 0), ("--take-over=qmp", 1)):
            if fault and how == "--take-over=qmp":
                continue
            child = bench.start("attach", how, str(qemu.pid), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
            children.append((why, status, qemu, child))
    for why, status, qemu, child in children:
        out, err = child.communicate(timeout=30)
        assert child.returncode == status, (why, out, err)
        if status:
            expect_in(why, err)
            expect_in("--take-over=linux", err)
        else:
            expect_in("taken over with the state of a Linux guest: ", out)
            expect_in(why, out)
        assert not qemu.told(), qemu.told()
    for request in control.requests:
        state = state_of(request)
        assert (state["lcr_h"], state["cr"], state["ifls"], state["imsc"]) == \
            (0x70, 0xf01, 0x12, 0x50), state
    qemu = Qemu(bench, vm=True)
    result = bench.run("attach", "--take-over=linux", str(qemu.pid))
    expect_status(result, 0)
    expect_in("taken over with the state of a Linux guest: --take-over=linux was given",
              result.stdout)
    assert not qemu.told()


@test
def a_monitor_of_another_process_is_not_talked_to(bench):
    need_kvm()
    Control(bench.dir, lambda request: "id 5")
    other = Qemu(bench, vm=True)
    qemu = Qemu(bench, "-qmp", f"unix:{other.socket},server=on", vm=True, listed=False)
    for how in ("--take-over=qmp", f"--take-over=qmp:{other.socket}"):
        result = bench.run("attach", how, str(qemu.pid))
        expect_status(result, 1)
        expect_in(f"it is the socket of process {other.pid}", result.stderr)
    assert not other.told()


@test
def what_is_no_pl011_is_not_taken_over(bench):
    need_kvm()
    control = Control(bench.dir, lambda request: "id 5")
    qemu = Qemu(bench, vm=True, uart={"0xfe0": 0x31, "rx": [0x61]})
    result = bench.run("attach", "--take-over", str(qemu.pid))
    expect_status(result, 1)
    expect_in("QEMU has no PL011 at 0x9000000", result.stderr)
    assert "xp 0x000" not in qemu.told() and qemu.told()[-1] == "cont"
    assert not control.requests
