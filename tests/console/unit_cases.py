# SPDX-License-Identifier: GPL-2.0-only
"""The service as systemd runs it: a copy of this system is booted with it, in a container, and the
drop-ins of kpl011-daemon(8) are tried in there."""

import json
import os
import re
import shutil
import subprocess
import textwrap

import asks
import proc
from apart import PROGRAMS
from played import still_port, wait_for
from vms import Skip

TESTS = []
test = asks.decorator(TESTS)
HERE = os.path.dirname(os.path.abspath(__file__))
CONSOLE = os.path.join(HERE, "../../console")
PANIC = b"[   12.3] Kernel panic - not syncing: x\r\n"
TEXTFILES = "/var/lib/prometheus/node-exporter"
UID = 4321              # of the user who is called

# All changes are to a disk in memory, which ends with the test.
SETUP = """
mount -t tmpfs -o mode=755 kpl011 /run
mount -t tmpfs -o mode=755 kpl011 "$0/top"
mkdir "$0/top/upper" "$0/top/work"
mount -t overlay -o "lowerdir=/,upperdir=$0/top/upper,workdir=$0/top/work" kpl011 "$0/root"
echo ready
read end
"""

POLICY = f"""[daemon]
metrics = {TEXTFILES}/kpl011.prom
[defaults]
alert = panic
[alert panic]
command = /usr/local/bin/page-operator
user = pager
"""

# As somebody's would: it goes to a service on the network, which is the test's.
COMMAND = """#!/usr/bin/python3 -I
import json, os, socket
with socket.create_connection(("127.0.0.1", 9199), timeout=60) as server:
    server.sendall(json.dumps({"uid": os.getresuid(), "gid": os.getresgid(),
                               "groups": os.getgroups(), "env": dict(os.environ)}).encode())
"""

PAGES = """import os, socket
with socket.create_server(("127.0.0.1", 9199)) as server:
    while True:
        with server.accept()[0] as client, open("/srv/page.new", "ab") as file:
            while data := client.recv(65536):
                file.write(data)
        os.rename("/srv/page.new", "/srv/page")
"""


def drop_ins():
    """Those of the manual: what lets a command run, and what lets metrics be written."""
    with open(os.path.join(CONSOLE, "kpl011-daemon.8"), encoding="ascii") as file:
        text = file.read()
    alerts = re.search(r"^\.Bd -literal.*\n(\[Service\]\n(?:.*\n)*?)\.Ed", text, re.M)[1]
    metrics = "".join(re.findall(r"^\.Dl (\[Service\]\n|ReadWritePaths=.*\n)", text, re.M))
    assert "CapabilityBoundingSet=" in alerts and "ReadWritePaths=" in metrics, (alerts, metrics)
    return {"alerts.conf": alerts, "metrics.conf": metrics}


def documented(heading):
    """What a section of docs/operators.md has for a shell: its files are written by the same script.
    Of programs that are there already none is installed."""
    with open(os.path.join(CONSOLE, "../docs/operators.md"), encoding="utf-8") as file:
        section = re.search(rf"^### {heading}\n(.*?)^###? ", file.read(), re.M | re.S)[1]
    script = []
    for block in re.findall(r"(?:^ {4,}\S.*\n)+", section, re.M):
        block = textwrap.dedent(block)
        path = re.match(r"# (/\S+)\n", block)
        if path:
            script += [f"mkdir -p {os.path.dirname(path[1])}", f"cat >{path[1]} <<'END'",
                       block[path.end():] + "END"]
        else:
            script += re.sub(r"^apt install .*\n", "", block, flags=re.M).splitlines()
    return "\n".join(script) + "\n"


class Booted:
    """A copy of this system, with the service and nothing else of what is enabled here."""

    def __init__(self, bench, **files):
        if os.geteuid():
            raise Skip("not root: no container can be booted")
        self.bench = bench
        self.dir = os.path.join(bench.dir, "boot")
        for name in ("top", "root"):
            os.makedirs(os.path.join(self.dir, name))
        holder = subprocess.Popen(["unshare", "--mount", "--propagation", "private", "sh", "-ec", SETUP,
                                   self.dir], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
        bench.children.append(holder)
        if holder.stdout.readline() != b"ready\n":
            raise Skip("no copy of this system can be made: " +
                       holder.stderr.read().decode(errors="replace").strip())
        self.inside = ["nsenter", f"--target={holder.pid}", "--mount"]
        self.root = f"/proc/{holder.pid}/root{self.dir}/root"
        self.nspawn = None
        self.leader = None
        self._fill(files)

    def path(self, name):
        return self.root + name

    def write(self, name, text, mode=0o644):
        os.makedirs(os.path.dirname(self.path(name)), exist_ok=True)
        with open(self.path(name), "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(self.path(name), mode)

    def read(self, name):
        try:
            with open(self.path(name), encoding="utf-8", errors="replace") as file:
                return file.read()
        except FileNotFoundError:
            return ""

    def _fill(self, files):
        shutil.rmtree(self.path("/etc/systemd/system"))
        for name in ("/etc/machine-id", "/var/log/kpl011", TEXTFILES, "/etc/kpl011"):
            if os.path.isdir(self.path(name)):
                shutil.rmtree(self.path(name))
            elif os.path.exists(self.path(name)):
                os.unlink(self.path(name))
        shutil.copy(self.bench.program + "-plain", self.path("/usr/bin/kpl011"))
        os.makedirs(self.path("/srv/ports"))
        os.makedirs(self.path(TEXTFILES))
        with open(self.path("/etc/passwd"), "a", encoding="ascii") as file:
            file.write(f"pager:x:{UID}:{UID}::/nonexistent:/usr/sbin/nologin\n")
        with open(self.path("/etc/group"), "a", encoding="ascii") as file:
            file.write(f"pager:x:{UID}:\n")
        self.write("/etc/kpl011/kpl011.conf", POLICY)
        self.write("/usr/local/bin/page-operator", COMMAND, 0o755)
        self.write("/srv/pages.py", PAGES)
        shutil.copy(os.path.join(CONSOLE, "systemd/kpl011.service"),
                    self.path("/usr/lib/systemd/system/kpl011.service"))
        units = "/etc/systemd/system"
        self.write(f"{units}/kpl011.service.d/ports.conf",
                   "[Service]\nEnvironment=KPL011_DEV_DIR=/srv/ports\n")
        self.write(f"{units}/pages.service", "[Service]\nExecStart=/usr/bin/python3 /srv/pages.py\n")
        self.write(f"{units}/test.target", "[Unit]\nWants=kpl011.service pages.service\n")
        for name, text in files.items():
            self.write(f"{units}/kpl011.service.d/{name}", text)

    def boot(self):
        """Returns when the service is ready."""
        self.begin()
        self.wait_active()
        return self

    def wait_active(self):
        wait_for(lambda: f"the service; {self.journal()}",
                 lambda: self.call("systemctl", "is-active", "kpl011.service")[0] == 0, 60)

    def begin(self):
        """Returns when there are processes."""
        messages = os.path.join(self.dir, "messages")
        with open(messages, "wb") as out:
            self.nspawn = subprocess.Popen(
                [*self.inside, "systemd-nspawn", f"--directory={self.dir}/root", "--boot",
                 "--register=no", "--keep-unit", "--private-network", "--machine=kpl011-test",
                 "--console=pipe", "--resolv-conf=off", "--timezone=off", "--link-journal=no", "--",
                 "--unit=test.target"], stdin=subprocess.DEVNULL, stdout=out, stderr=out)
        self.bench.children.append(self.nspawn)

        def leader():
            assert self.nspawn.poll() is None, open(messages, encoding="utf-8").read()
            for pid in proc.descendants(self.nspawn.pid):
                # It is the first process of its own, when it has begun.
                if re.search(r"^NSpid:\s+\d+\s+1$", proc.read(pid, "status"), re.M):
                    return pid
            return None
        self.leader = wait_for("the first process of the container", leader)

    def call(self, *words):
        """What a program in there ends with, and prints."""
        result = subprocess.run(["nsenter", f"--target={self.leader}", "--all", *words], check=False,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, timeout=60)
        return result.returncode, result.stdout.decode(errors="replace")

    def journal(self, *matches):
        return self.call("journalctl", "--no-pager", "--all", "--output=cat", *matches)[1]

    def wait_journal(self, text, *matches):
        try:
            wait_for(text, lambda: text in self.journal(*matches), 40)
        except AssertionError as error:
            raise AssertionError(f"no {text!r} in {self.journal()[-3000:]}") from error

    def end(self):
        if self.nspawn and self.nspawn.poll() is None:
            self.nspawn.terminate()
            try:
                self.nspawn.wait(timeout=60)
            except subprocess.TimeoutExpired:
                pass


def played(host):
    """A guest of another user, which has panicked."""
    directory, host.bench.dir = host.bench.dir, host.path("/srv/ports")
    still_port(host.bench, 1, b"hello\r\n" + PANIC, name="web1", uid=1000)
    host.bench.dir = directory


@test
def daemons_unit_leaves_it_little(bench):
    """By systemd's own measure, of 10; its three parts that are needed are in its comments."""
    unit = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                        "../../console/systemd/kpl011.service")
    result = subprocess.run(["systemd-analyze", "security", "--offline=yes", "--no-pager",
                             "--threshold=30", unit], check=False, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, env={**bench.env, "LC_ALL": "C"})
    text = result.stdout.decode()
    assert result.returncode == 0, text + result.stderr.decode()
    assert re.search(r"Overall exposure level for kpl011.service: [0-3]\.", text), text


@test
def the_service_logs_guests_and_has_no_more_rights_than_that(bench):
    host = Booted(bench)
    played(host)
    try:
        host.boot()
        wait_for("its log", lambda: PANIC.decode().strip() in host.read("/var/log/kpl011/web1@1000.log"))
        host.wait_journal("web1: panic", "--identifier=kpl011-alert", "GUEST=web1", "UID=1000",
                          "_SYSTEMD_UNIT=kpl011.service", "PRIORITY=2")
        # Neither is for this service, and each is told.
        host.wait_journal("page-operator", "--unit=kpl011.service")
        host.wait_journal(f"cannot write {TEXTFILES}/kpl011.prom", "--unit=kpl011.service")
        assert not host.read("/srv/page") and not os.listdir(host.path(TEXTFILES))
        assert host.call("systemctl", "reload", "kpl011.service")[0] == 0, host.journal()
        assert host.call("systemctl", "stop", "kpl011.service")[0] == 0, host.journal()
        assert host.call("systemctl", "is-failed", "kpl011.service")[1].strip() == "inactive"
    finally:
        host.end()


@test
def the_service_is_started_until_it_can_run(bench):
    """As where a user of the policy is not known yet at the boot."""
    host = Booted(bench)
    host.write("/etc/kpl011/kpl011.conf", POLICY.replace("user = pager", "user = latecomer"))
    played(host)
    try:
        host.begin()

        def starts():
            found = host.call("systemctl", "show", "--property=NRestarts", "kpl011.service")[1]
            return int(re.fullmatch(r"NRestarts=(\d+)\n", found)[1]) if "=" in found else 0
        # Elsewhere systemd gives a service up at the fifth in ten seconds.
        wait_for(lambda: f"starts, after {starts()}; {host.journal()[-3000:]}", lambda: starts() > 7)
        host.write("/etc/passwd", host.read("/etc/passwd") +
                   f"latecomer:x:{UID + 1}:{UID}::/nonexistent:/usr/sbin/nologin\n")
        host.wait_active()
        wait_for("its log", lambda: PANIC.decode().strip() in host.read("/var/log/kpl011/web1@1000.log"))
    finally:
        host.end()


@test
def the_drop_ins_of_the_manual_do_what_they_say(bench):
    """An alert's command is another user's and reaches the network; metrics are written."""
    host = Booted(bench, **drop_ins())
    played(host)
    try:
        host.boot()
        try:
            wait_for("the page", lambda: host.read("/srv/page"), 40)
        except AssertionError as error:
            raise AssertionError(host.journal("--unit=kpl011.service")) from error
        page = json.loads(host.read("/srv/page"))
        assert page["uid"] == [UID] * 3 and page["gid"] == [UID] * 3, page
        assert page["groups"] in ([], [UID]), page
        env = page["env"]
        assert (env["KPL011_ALERT"], env["KPL011_GUEST"], env["KPL011_UID"]) == \
            ("panic", "web1", "1000"), env
        assert "KPL011_DEV_DIR" not in env and env["USER"] == "pager", env
        wait_for("the metrics", lambda: "kpl011_alerts_total" in
                 host.read(f"{TEXTFILES}/kpl011.prom"), 40)
        status, text = host.call("systemd-analyze", "security", "--no-pager", "kpl011.service")
        assert status == 0 and "Overall exposure level" in text, text
    finally:
        host.end()


@test
def the_service_logs_where_there_is_no_directory_for_metrics(bench):
    """As when the node exporter was removed: its drop-in stays."""
    host = Booted(bench, **drop_ins())
    os.rmdir(host.path(TEXTFILES))
    played(host)
    try:
        host.boot()
        wait_for("its log", lambda: PANIC.decode().strip() in host.read("/var/log/kpl011/web1@1000.log"))
        host.wait_journal(f"cannot write {TEXTFILES}/kpl011.prom", "--unit=kpl011.service")
    finally:
        host.end()


@test
def the_journal_is_sent_by_the_commands_that_are_documented(bench):
    """This host is its own collector: keys, certificates, settings and drop-ins as docs/operators.md has them."""
    for name in ("systemd-journal-remote", "systemd-journal-upload"):
        if not os.path.exists(os.path.join(PROGRAMS, name)):
            raise Skip(f"there is no {name}")
    script = documented("Alerts and lines over the network")
    for word in ("openssl x509", "LoadCredential", "enable --now systemd-journal-upload",
                 "enable --now systemd-journal-remote.socket", "enable --now journal-remote-vacuum.timer"):
        assert word in script, (word, script)
    host = Booted(bench)
    host.write("/etc/hosts", "127.0.0.1 localhost collector\n")
    host.write("/srv/documented", script)
    # There is none but itself to wait for.
    os.symlink("/dev/null", host.path("/etc/systemd/system/network-online.target"))
    shutil.rmtree(host.path("/var/log/journal"), ignore_errors=True)
    played(host)
    try:
        host.boot()
        status, text = host.call("sh", "-exc", "mkdir /srv/ca; cd /srv/ca; . /srv/documented")
        assert status == 0, text

        def collected():
            return host.call("journalctl", "-D", "/var/log/journal/remote", "-t", "kpl011-alert", "-p",
                             "crit", "-o", "verbose", "--output-fields=GUEST,ALERT_LINES")[1]
        wait_for(lambda: f"the alert, not {collected()}; {host.journal()[-3000:]}",
                 lambda: "GUEST=web1" in collected(), 60)
        # It goes away once it has nothing to remove, and with no complaint.
        assert host.call("systemctl", "start", "journal-remote-vacuum.service") == (0, ""), host.journal()
    finally:
        host.end()
