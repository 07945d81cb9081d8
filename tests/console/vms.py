# SPDX-License-Identifier: GPL-2.0-only
"""VMs of KVM and VMMs that tests make, and QEMUs of this machine's own architecture."""

import fcntl
import os
import platform
import socket
import subprocess
import sys

KVM_CREATE_VM = 0xAE01
NETLINK_KOBJECT_UEVENT = 15

ARM = platform.machine() == "aarch64"
QEMU = "qemu-system-aarch64" if ARM else "qemu-system-x86_64"
QEMU_PACKAGE = "qemu-system-arm" if ARM else "qemu-system-x86"


# For subprocess.run(): a user who owns nothing here.
NOBODY = {"user": 65534, "group": 65534, "extra_groups": []}


class Skip(Exception):
    pass


def make_vm(bench, *args, before=""):
    """A process with a VM and such a command line; it ends when its stdin does."""
    code = (f"{before}\nimport fcntl, os, sys\n"
            f"vm = fcntl.ioctl(os.open('/dev/kvm', os.O_RDWR | os.O_CLOEXEC), {KVM_CREATE_VM}, 0)\n"
            "other = os.dup(vm)\n"
            "print('made', flush=True)\nsys.stdin.read()\n")
    child = subprocess.Popen([sys.executable, "-c", code, *args], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE)
    bench.children.append(child)
    if not before:
        assert child.stdout.readline() == b"made\n"
    return child


def start_vmm(bench, path, name="test-vmm", listens=True):
    """A process with the command line of a VMM whose serial port is a socket."""
    code = ("import socket, sys\n"
            "path = sys.argv[sys.argv.index('-serial') + 1][5:].split(',')[0]\n"
            "s = socket.socket(socket.AF_UNIX); s.bind(path); s.listen(4)\n"
            "print('listens', flush=True)\n"
            "kept = []\n"
            "while True:\n"
            "    kept.append(s.accept()[0])\n"
            "    try: kept[-1].sendall(b'found me\\r\\n')\n"
            "    except OSError: pass\n")
    vmm = subprocess.Popen([sys.executable, "-c", code if listens else "import sys; sys.stdin.read()",
                            "-name", name, "-serial", f"unix:{path},server=on,wait=off"],
                           stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    bench.children.append(vmm)
    if listens:
        assert vmm.stdout.readline() == b"listens\n"
    return vmm


class Events:
    """The kernel's words of devices: of VMs that begin and end, too, whoever makes them on this machine."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_KOBJECT_UEVENT)
        self.socket.bind((0, 1))
        self.socket.setblocking(False)

    def came(self):
        """Whether there was one since this was asked last."""
        came = False
        while True:
            try:
                self.socket.recv(65536)
                came = True
            except BlockingIOError:
                return came
            except OSError:
                came = True  # Some were lost.


def need_kvm():
    try:
        fd = os.open("/dev/kvm", os.O_RDWR)
    except OSError as error:
        raise Skip("no /dev/kvm to make VMs with") from error
    try:
        os.close(fcntl.ioctl(fd, KVM_CREATE_VM, 0))
    except OSError as error:
        raise Skip("KVM makes no VM here") from error
    finally:
        os.close(fd)


def need_other_user(bench):
    """The program can be run as NOBODY."""
    if os.getuid():
        raise Skip("not root: there is no other user to be")
    path = bench.program
    while path != "/":
        if not os.stat(path).st_mode & 0o001:
            raise Skip("other users may not run the program where it is")
        path = os.path.dirname(path)


def processes(bench, word=""):
    """Those that a test started, however far down, with this word in their command line."""
    mark = f"KPL011_DEV_DIR={bench.dir}".encode()
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                ours = mark in file.read().split(b"\0")
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if ours and word.encode() in file.read():
                    found.append(int(pid))
        except OSError:
            pass
    return found
