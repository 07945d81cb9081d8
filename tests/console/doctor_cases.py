# SPDX-License-Identifier: GPL-2.0-only
"""Tests of `kpl011 doctor` on hosts of all kinds, which are folders of their files."""

import errno
import json
import os

import asks
from played import Control
from vms import NOBODY, Skip, make_vm, need_kvm, need_other_user

TESTS = []
test = asks.decorator(TESTS)


CONFIG = b"CONFIG_KVM=y\nCONFIG_KPROBES=y\nCONFIG_MODULES=y\n"
SECURE_BOOT = "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

# Where all is well.
WELL = {"proc/sys/kernel/arch": b"aarch64\n", "proc/sys/kernel/osrelease": b"6.12.95-arm64\n",
        "boot/config-6.12.95-arm64": CONFIG, "sys/module/kpl011/version": b"test\n",
        "lib/modules/6.12.95-arm64/modules.dep": b"updates/kpl011.ko.xz:\n", "dev/kvm": b"",
        "proc/cmdline": b"root=/dev/vda\n", "proc/sys/kernel/yama/ptrace_scope": b"0\n",
        "sys/kernel/security/lockdown": b"[none] integrity confidentiality\n"}


def host(bench, files):
    """A host that has these files; those that are None are not there."""
    root = os.path.join(bench.dir, f"host{len(os.listdir(bench.dir))}")
    for path, text in {**WELL, **files}.items():
        if text is None:
            continue
        os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
        with open(os.path.join(root, path), "wb") as file:
            file.write(text)
    bench.env["KPL011_HOST_ROOT"] = root
    # A program of that name, so that this one need not be installed.
    os.makedirs(os.path.join(root, "bin"))
    with open(os.path.join(root, "bin/qemu-system-aarch64"), "w", encoding="ascii") as file:
        file.write("#!/bin/sh\necho 'QEMU emulator version 9.8.7'\n")
    os.chmod(file.name, 0o755)
    bench.env["PATH"] = f"{root}/bin:/usr/bin:/bin"
    return root


def doctor(bench, status, **kwargs):
    """What is found of the host, by the name of the check."""
    result = bench.run("doctor", "--json", **kwargs)
    findings = json.loads(result.stdout)
    assert all(list(finding) == ["check", "status", "text", "todo"] for finding in findings)
    found = {finding["check"]: finding for finding in findings if finding["check"] != "guest"}
    assert result.returncode == status and not result.stderr, (result, findings)
    # Who has something to do is told what.
    for finding in findings:
        assert finding["status"] == "ok" or finding["todo"] or finding["check"] == "guest", finding
    return found


# Other tests of this machine, and its users, may have VMs.
def without_guests(found):
    return {name: finding["status"] for name, finding in found.items() if name != "guests"}


@test
def doctor_finds_nothing_where_all_is_well(bench):
    Control(bench.dir, lambda request: "id 5")
    host(bench, {})
    result = bench.run("doctor", "--json")
    found = {finding["check"]: finding for finding in json.loads(result.stdout)}
    others = found.pop("guest", None)
    assert {finding["status"] for finding in found.values()} == {"ok"}, found
    assert set(found) == {"machine", "kernel", "config", "module", "signature", "device", "kvm",
                          "mode", "ptrace", "pages", "udev", "files", "qemu", "guests"}, set(found)
    assert result.returncode == (1 if others else 0)
    assert found["module"]["text"] == "loaded, version test"
    assert found["qemu"]["text"] == "QEMU emulator version 9.8.7"
    text = bench.run("doctor").stdout.decode()
    assert "ok        kernel     6.12.95-arm64\n" in text, text


@test
def doctor_says_what_is_wrong_and_what_to_do(bench):
    Control(bench.dir, lambda request: "id 5")
    gone = {"sys/module/kpl011/version": None}
    for files, check, status, text, todo in (
            ({"proc/sys/kernel/arch": b"x86_64\n"}, "machine", "wrong", "x86_64", "arm64"),
            ({"proc/sys/kernel/osrelease": b"5.15.0\n"}, "kernel", "warning", "5.15.0: older",
             "Linux 6.1"),
            ({"boot/config-6.12.95-arm64": b"CONFIG_KVM=y\nCONFIG_MODULES=y\n"}, "config",
             "wrong", "does not say CONFIG_KPROBES=y", "Use a kernel that has it"),
            ({"boot/config-6.12.95-arm64": None, "lib/modules/6.12.95-arm64/config": b"#"},
             "config", "wrong", "/lib/modules/6.12.95-arm64/config does not say CONFIG_KVM", "Use"),
            (gone, "module", "wrong", "installed for this kernel, but not loaded", "modprobe"),
            ({**gone, "lib/modules/6.12.95-arm64/modules.dep": b"kernel/kvm.ko:\n"}, "module",
             "wrong", "not installed for this kernel", "Install it for Linux 6.12.95-arm64"),
            ({"sys/module/kpl011/version": b"0.0\n"}, "module", "warning",
             "loaded, version 0.0; this program is test", "same version"),
            ({**gone, "sys/module/module/parameters/sig_enforce": b"Y\n"}, "signature", "warning",
             "only modules that are signed", "Sign kpl011.ko"),
            ({**gone, "sys/kernel/security/lockdown": b"none [integrity] confidentiality\n"},
             "signature", "warning", "locked down", "Sign kpl011.ko"),
            ({"sys/kernel/security/lockdown": b"none integrity [confidentiality]\n"}, "signature",
             "wrong", "allows no kprobes", "lockdown=integrity"),
            ({"dev/kvm": None}, "kvm", "wrong", "no /dev/kvm", "modprobe kvm"),
            ({"proc/cmdline": b"quiet kvm-arm.mode=none rw\n"}, "mode", "wrong",
             "kvm-arm.mode=none: KVM is off", "without it"),
            ({"proc/cmdline": b"kvm-arm.mode=protected\n"}, "mode", "warning", "protected",
             "without it"),
            ({"proc/sys/kernel/yama/ptrace_scope": b"3\n"}, "ptrace", "wrong", "is 3", "Boot")):
        host(bench, files)
        found = doctor(bench, 1)
        finding = found[check]
        assert finding["status"] == status and text in finding["text"] and \
            todo in finding["todo"], (files, finding)
        wrong = {name for name, is_ in without_guests(found).items() if is_ != "ok"}
        assert check in wrong and wrong <= {check, "module"}, wrong
    # Loaded, it was signed or need not be.
    host(bench, {"sys/module/module/parameters/sig_enforce": b"Y\n",
                 SECURE_BOOT: b"\x06\0\0\0\x01"})
    finding = {finding["check"]: finding for finding in
               json.loads(bench.run("doctor", "--json").stdout)}["signature"]
    assert finding["status"] == "ok" and "Secure Boot is on" in finding["text"], finding


@test
def doctor_finds_the_udev_rule_wherever_it_was_installed(bench):
    Control(bench.dir, lambda request: "id 5")
    for folder in ("etc", "run", "usr/local/lib", "usr/lib", "lib"):
        rule = f"{folder}/udev/rules.d/60-kpl011.rules"
        host(bench, {rule: b"#"})
        found = {finding["check"]: finding["text"]
                 for finding in json.loads(bench.run("doctor", "--json").stdout)}
        assert found["udev"] == f"/{rule}", (rule, found["udev"])


@test
def doctor_looks_with_the_eyes_of_its_user(bench):
    if os.getuid() or any(not os.stat(path).st_mode & 1 for path in parents(bench.program)):
        raise Skip("there is no other user to be")
    Control(bench.dir, lambda request: "id 5")
    root = host(bench, {"proc/sys/kernel/yama/ptrace_scope": b"1\n"})
    os.chmod(bench.dir, 0o755)
    os.chmod(os.path.join(bench.dir, "control"), 0o666)
    os.chmod(os.path.join(root, "dev/kvm"), 0o660)
    found = doctor(bench, 1, user=65534, group=65534, extra_groups=[])
    assert found["kvm"]["status"] == "warning" and "adduser USER root" in found["kvm"]["todo"]
    os.chmod(os.path.join(root, "dev/kvm"), 0o600)
    kvm = doctor(bench, 1, user=65534, group=65534, extra_groups=[])["kvm"]
    assert kvm["status"] == "warning" and "Its mode is 0600" in kvm["todo"], kvm
    assert found["ptrace"]["status"] == "warning" and "kpl011 run" in found["ptrace"]["todo"]


def parents(path):
    while path != "/":
        path = os.path.dirname(path)
        yield path


@test
def doctor_tells_of_guests_without_a_port_and_why(bench):
    need_kvm()
    Control(bench.dir, lambda request: "id 5")
    host(bench, {})
    port = bench.port(1, "web1")
    vm = make_vm(bench, "-name", "lost\033[2Jvm")
    text = bench.run("doctor").stdout.decode()
    assert f"lost\\x1b[2Jvm (process {vm.pid}) has no port: nobody attached it" in text, text
    assert f"kpl011 attach --take-over {vm.pid}\n" in text, text
    port.facts["pid"] = vm.pid
    text = bench.run("doctor").stdout.decode()
    assert f"process {vm.pid})" not in text and "running VMs have a port" in text, text
    # Without the module that is the reason, and it is said once.
    bench.env["KPL011_DEV_DIR"] = os.path.join(bench.dir, "none")
    port.facts["pid"] = 0
    result = bench.run("doctor")
    assert f"(process {vm.pid}) has no port: the module is not loaded" in result.stdout.decode()
    assert not result.stderr, result


@test
def doctor_knows_no_port_that_its_user_may_not_see(bench):
    need_kvm()
    need_other_user(bench)
    Control(bench.dir, lambda request: "id 5")
    host(bench, {})
    vm = make_vm(bench, "-name", "web1")
    port = bench.port(1, "web1", pid=vm.pid)
    port.errno = errno.EACCES
    os.chmod(bench.dir, 0o755)
    os.chmod(os.path.join(bench.dir, "control"), 0o666)

    def look():
        findings = json.loads(bench.run("doctor", "--json", **NOBODY).stdout)
        found, = [one for one in findings if f"(process {vm.pid})" in one["text"]]
        count, = [one for one in findings if one["check"] == "guests"]
        return found, count["text"]
    found, count = look()
    assert found == {"check": "guest", "status": "ok", "todo": "Run this as root.",
                     "text": f"whether web1 (process {vm.pid}) has a port is not known: "
                             "it belongs to user root"}, found
    assert ", of " in count and "it is not known" in count, count
    # Where all ports are seen it has none.
    port.end()
    os.unlink(port.path)
    found, count = look()
    assert found["status"] == "warning" and found["text"] == \
        f"web1 (process {vm.pid}) has no port: it belongs to user root", found
    assert "not known" not in count, count
