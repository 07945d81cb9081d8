# SPDX-License-Identifier: GPL-2.0-only
"""QEMUs that a test plays, which are played_qemu.py, and what their monitors may do wrong."""

import json
import os
import subprocess

from played import wait_for

HERE = os.path.dirname(os.path.abspath(__file__))

# What Linux leaves in QEMU's UART; its masks are laxer than the manual's.
LINUX_UART = {"0x004": 0x0, "0x020": 0x0, "0x024": 0xffff000d, "0x028": 0xc1, "0x02c": 0x70,
              "0x030": 0xf01 | 0x78, "0x034": 0x12, "0x038": 0x50, "0x03c": 0x30, "0x048": 0x0}


class Qemu:
    """A played QEMU, and what it was told to do."""

    def __init__(self, bench, *args, vm=False, running=True, fault="", uart=None, listed=True):
        self.socket = os.path.join(bench.dir, f"qmp{len(bench.children)}")
        self.log = self.socket + ".log"
        if listed:
            args = ["-qmp", f"unix:{self.socket},server=on,wait=off", *args]
        env = {**os.environ, "PLAYED_SOCKET": self.socket, "PLAYED_LOG": self.log,
               "PLAYED_VM": "1" if vm else "", "PLAYED_RUNNING": "1" if running else "",
               "PLAYED_FAULT": fault, "PLAYED_UART": json.dumps(uart or LINUX_UART)}
        self.child = subprocess.Popen([os.path.join(HERE, "played_qemu.py"), *args],
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=env)
        bench.children.append(self.child)
        assert self.child.stdout.readline() == b"made\n"
        self.pid = self.child.pid

    def told(self):
        with open(self.log, encoding="ascii") as file:
            return file.read().splitlines()

    def wait_held(self):
        wait_for("it is held", lambda: os.path.exists(self.log) and "held" in self.told())

    def let_go(self):
        with open(self.log + ".go", "wb"):
            pass

    def running(self):
        """Whether its guest was left running, as it was before."""
        orders = [line for line in self.told() if line in ("stop", "cont")]
        return not orders or orders[-1] == "cont"


FAULTS = [(command, kind) for command in ("stop", "xp", "xp-later")
          for kind in ("refuse", "garbage", "binary", "deep", "huge", "half", "close",
                       "close-after", "silence", "chatter", "array", "nonsense")]
FAULTS += [("query-status", kind) for kind in ("refuse", "nonsense", "close", "garbage")]
FAULTS += [("stop", "other")]


def fails(fault):
    # What was done before the connection broke was done.
    return fault != ("stop", "nonsense")


def run_with_fault(bench, fault, vm, *args, **kwargs):
    command, kind = fault
    where = "xp" if command == "xp-later" else command
    count = 8 if command == "xp-later" else 1
    qemu = Qemu(bench, vm=vm, fault=f"{where} {kind} {count}", **kwargs)
    return qemu, bench.start(*args, str(qemu.pid) if vm else "web1", stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE)


def expect_fault_told(fault, child):
    out, err = child.communicate(timeout=60)
    want = 1 if fails(fault) else 0
    assert child.returncode == want, (fault, child.returncode, out, err)
    assert b"may stand still" not in err and b"\033" not in err, (fault, err)
    if want:
        assert b"qmp" in err, (fault, err)
    return out, err
