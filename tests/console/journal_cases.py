# SPDX-License-Identifier: GPL-2.0-only
"""Tests of the journal over the network: those of two hosts in a third, by systemd's own programs."""

import os
import re
import subprocess

import asks
from apart import PROGRAMS, Apart, wire
from daemon import Daemon
from played import wait_for
from vms import NOBODY, Skip

TESTS = []
test = asks.decorator(TESTS)
PORT = 19532
POLICY = "[defaults]\nlog = journal\nalert = panic\n"
PANIC = "Kernel panic - not syncing: x"


class Authority:
    """Certificates for hosts, as docs/operators.md makes them."""

    def __init__(self, directory, name="ca"):
        self.dir = directory
        self.name = name
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                      "-nodes", "-days", "2", "-subj", f"/CN={name}", "-keyout",
                      self.path(".key"), "-out", self.path(".pem"))

    def path(self, what):
        return os.path.join(self.dir, self.name + what)

    @staticmethod
    def _openssl(*words):
        subprocess.run(["openssl", *words], check=True, stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, timeout=60)

    def certify(self, host, called="host"):
        """Gives it a key, a certificate and this authority's."""
        key, ask, names = (host.path(f"{called}.{end}") for end in ("key", "csr", "names"))
        with open(names, "w", encoding="ascii") as file:
            file.write(f"subjectAltName=DNS:{host.name}\n")
        self._openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-subj", f"/CN={host.name}", "-keyout", key, "-out", ask)
        self._openssl("x509", "-req", "-in", ask, "-days", "2", "-CA", self.path(".pem"), "-CAkey",
                      self.path(".key"), "-CAcreateserial", "-extfile", names, "-out",
                      host.path(f"{called}.pem"))
        return ["--key", key, "--cert", host.path(f"{called}.pem")]


class Sender:
    """A host whose guests' lines are in its journal, which it uploads."""

    def __init__(self, bench, name, collector, authority, number):
        self.host = Apart(bench, name, collector.host)
        self.name = name
        self.to = collector.host.name
        self.trust = ["--trust", authority.path(".pem")]
        self.keys = authority.certify(self.host)
        self.child = None
        self.daemon = None
        wire(collector.host, self.host, number)
        self.journald = self.host.keep_journal()

    def log(self, policy=POLICY):
        self.daemon = Daemon(self.host.bench, policy, before=self.host.inside).start()

    def upload(self, keys=None):
        """As systemd does that starts it again when it has ended."""
        if self.child is None or self.child.poll() is not None:
            self.child = self.host.start(
                os.path.join(PROGRAMS, "systemd-journal-upload"), f"--url=https://{self.to}:{PORT}",
                *(keys or self.keys), *self.trust, f"--save-state={self.host.path('state')}")
        return self.child


def checks_senders():
    """Whether systemd was built so that it can: Debian 12's was not."""
    version = subprocess.run(["systemctl", "--version"], check=True, stdout=subprocess.PIPE).stdout
    return b"+GNUTLS" in version


class Collector:
    """The host that keeps the journals of the others."""

    def __init__(self, bench):
        for name in ("systemd-journal-remote", "systemd-journal-upload", "systemd-journald"):
            if not os.path.exists(os.path.join(PROGRAMS, name)):
                raise Skip(f"there is no {name}")
        self.host = Apart(bench, "collector")
        self.authority = Authority(self.host.bench.dir)
        self.keys = self.authority.certify(self.host)
        if checks_senders():
            self.keys += ["--trust", self.authority.path(".pem")]
        self.child = None
        os.mkdir(self.host.path("journal/remote"))

    def start(self):
        self.child = self.host.start(
            os.path.join(PROGRAMS, "systemd-journal-remote"), f"--listen-https=0.0.0.0:{PORT}",
            "--output=/var/log/journal/remote", *self.keys)
        wait_for("it listens", lambda: self.child.poll() is not None or self.host.listens(PORT))
        assert self.child.poll() is None, self.host.said("systemd-journal-remote")

    def stop(self):
        self.child.terminate()
        assert self.child.wait(timeout=60) == 0, self.host.said("systemd-journal-remote")

    def wait(self, what, look, senders, *matches):
        """Until the entries are so; who has ended uploading begins again."""
        entries = []

        def is_so():
            for sender in senders:
                sender.upload()
            entries[:] = self.host.journal(*matches)
            return look(entries)
        try:
            wait_for(what, is_so, 60)
        except AssertionError as error:
            said = [sender.host.said("systemd-journal-upload")[-500:] for sender in senders]
            raise AssertionError(f"{what}, not {entries}; {said}; "
                                 f"{self.host.said('systemd-journal-remote')[-500:]}") from error
        return entries


def texts(entries, name):
    return [entry["MESSAGE"] for entry in entries if entry["_HOSTNAME"] == name]


def two_hosts(bench):
    collector = Collector(bench)
    senders = [Sender(bench, name, collector, collector.authority, number)
               for number, name in enumerate(("host-a", "host-b"), 1)]
    return collector, senders


@test
def journals_of_two_hosts_are_one_for_who_looks(bench):
    """Each has a web1 of the user 1000, and one of another's: told apart by what journald says."""
    collector, senders = two_hosts(bench)
    for sender in senders:
        port = sender.host.bench.port
        port(1, "web1", f"one of {sender.name}\r\n{PANIC}\r\n".encode(), attach_ns=11, uid=1000)
        port(2, "web1", b"another's\r\n", attach_ns=12, uid=1001)
        port(3, "db", b"another\r\n", attach_ns=13, uid=1000)
        sender.log()
    collector.start()
    wanted = {sender.name: [f"one of {sender.name}", PANIC] for sender in senders}
    web1 = ("SYSLOG_IDENTIFIER=kpl011", "GUEST=web1", "UID=1000")
    entries = collector.wait(
        "the lines of both", lambda entries: {name: texts(entries, name) for name in wanted} == wanted,
        senders, *web1)
    for sender in senders:
        for entry in entries:
            if entry["_HOSTNAME"] == sender.name:
                assert entry["_MACHINE_ID"] == sender.host.machine, entry
                assert entry["_BOOT_ID"] == entry["BOOT"] == sender.host.boot.replace("-", ""), entry
                assert (entry["_UID"], entry["PORT"], entry["UID"]) == ("0", "1", "1000"), entry
    # An alert has its lines there as well.
    panics = collector.wait("both alerts", lambda entries: len(entries) == 2, senders,
                            "SYSLOG_IDENTIFIER=kpl011-alert", "ALERT=panic", "PRIORITY=2")
    assert {entry["ALERT_LINES"] for entry in panics} == {
        f"one of {sender.name}\n{PANIC}" for sender in senders}, panics
    # Each has a file, by its certificate if that is asked for, else by its address.
    files = sorted(os.listdir(collector.host.path("journal/remote")))
    assert files == [f"remote-{'CN=' + sender.name if checks_senders() else sender.host.address}.journal"
                     for sender in senders], files
    for sender, name in zip(senders, files):
        entries = collector.host.run("journalctl", f"--file=/var/log/journal/remote/{name}",
                                     "--output=cat", "--output-fields=_HOSTNAME", *web1)
        assert set(entries.decode().split()) == {sender.name}, entries


@test
def journal_entries_of_a_guest_are_known_from_forged_ones(bench):
    """Whoever has a shell on a host may write the fields, but not those that journald adds."""
    if os.geteuid():
        raise Skip("not root: there is no other user to be")
    collector, senders = two_hosts(bench)
    for sender in senders:
        sender.host.bench.port(1, "web1", b"real\n", attach_ns=11, uid=1000)
        sender.log()
    collector.start()
    senders[0].host.run("setpriv", f"--reuid={NOBODY['user']}", f"--regid={NOBODY['group']}",
                        "--clear-groups", "logger", "--journald", stdin=None,
                        input=b"MESSAGE=forged\nGUEST=web1\nUID=1000\n_UID=0\n"
                              b"SYSLOG_IDENTIFIER=kpl011\n")
    web1 = ("SYSLOG_IDENTIFIER=kpl011", "GUEST=web1", "UID=1000")
    collector.wait("all three", lambda entries: sorted(
        entry["MESSAGE"] for entry in entries) == ["forged", "real", "real"], senders, *web1)
    entries = collector.host.journal(*web1, "_UID=0")
    assert [entry["MESSAGE"] for entry in entries] == ["real", "real"], entries


def documented(host, name, files):
    """Gives a host the settings of that name as docs/operators.md has them, and these files."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../../docs/operators.md"), encoding="utf-8") as file:
        found = re.search(rf"^    # (/etc/systemd/{name}\.conf\.d/\S+)\n((?:    \S.*\n)+)",
                          file.read(), re.M)
    settings = "".join(line[4:] + "\n" for line in found[2].splitlines())
    for path in ("/etc/systemd", "/etc/ssl"):
        host.run("mount", "-t", "tmpfs", "kpl011", path)
    keys = dict(re.findall(r"^(\w+File)=(\S+)$", settings, re.M))
    for path, text in ((found[1], settings), *((keys[key], text) for key, text in files.items())):
        host.run("sh", "-c", 'mkdir -p "${1%/*}" && cat > "$1"', "sh", path, stdin=None,
                 input=text.encode())
    return settings


def text_of(path):
    with open(path, encoding="ascii") as file:
        return file.read()


@test
def journal_settings_hold_as_they_are_documented(bench):
    """Those of both ends, with the certificates where these say, and with no other option."""
    collector = Collector(bench)
    sender = Sender(bench, "host-a", collector, collector.authority, 1)
    for host, name in ((collector.host, "journal-remote"), (sender.host, "journal-upload")):
        documented(host, name, {
            "ServerKeyFile": text_of(host.path("host.key")),
            "ServerCertificateFile": text_of(host.path("host.pem")),
            "TrustedCertificateFile": text_of(collector.authority.path(".pem"))})
    sender.host.bench.port(1, "web1", b"as documented\n", attach_ns=11, uid=1000)
    sender.log()
    collector.keys = []
    collector.start()
    sender.child = sender.host.start(os.path.join(PROGRAMS, "systemd-journal-upload"),
                                     f"--save-state={sender.host.path('state')}")
    wait_for(lambda: f"its line; {sender.host.said('systemd-journal-upload')} "
             f"{collector.host.said('systemd-journal-remote')}",
             lambda: sender.child.poll() is not None or collector.host.journal(
                 "SYSLOG_IDENTIFIER=kpl011", "GUEST=web1", "UID=1000", "_UID=0"), 60)
    assert sender.child.poll() is None, sender.host.said("systemd-journal-upload")
    for program, host in (("systemd-journal-remote", collector.host),
                          ("systemd-journal-upload", sender.host)):
        assert "nknown" not in host.said(program), host.said(program)


@test
def journal_lines_come_when_the_collector_is_back(bench):
    """Those of the meantime as well, in order, and none is missing."""
    collector, senders = two_hosts(bench)
    ports = [sender.host.bench.port(1, "web1", b"0\n", attach_ns=11, uid=1000)
             for sender in senders]
    for sender in senders:
        sender.log()
    collector.start()
    web1 = ("SYSLOG_IDENTIFIER=kpl011", "GUEST=web1", "UID=1000")
    collector.wait("the first", lambda entries: len(entries) == 2, senders, *web1)
    collector.stop()
    for port in ports:
        port.say(b"".join(b"%d\n" % number for number in range(1, 500)))
    for sender in senders:
        wait_for("that all is in its journal", lambda sender=sender: len(
            sender.host.journal(*web1)) == 500)
    # One is not there meanwhile; the other has noticed.
    senders[0].child.kill()
    senders[0].child.wait()
    wait_for("its end", lambda: senders[1].child.poll() is not None)
    collector.start()
    wanted = [str(number) for number in range(500)]
    entries = collector.wait("all of both", lambda entries: all(
        set(wanted) == set(texts(entries, sender.name)) for sender in senders), senders, *web1)
    for sender in senders:
        found = texts(entries, sender.name)
        # What was sent and not answered for comes again.
        assert list(dict.fromkeys(found)) == wanted, found


@test
def a_host_sends_nothing_to_a_collector_that_it_does_not_know(bench):
    collector = Collector(bench)
    stranger = Authority(collector.host.bench.dir, "stranger")
    keys, collector.keys = collector.keys, stranger.certify(collector.host, "wrong")
    collector.start()
    sender = Sender(bench, "host-a", collector, collector.authority, 1)
    sender.host.bench.port(1, "web1", b"line\n", attach_ns=11, uid=1000)
    sender.log()
    child = sender.upload()
    wait_for("its end", lambda: child.poll() is not None)
    assert child.returncode, sender.host.said("systemd-journal-upload")
    assert not collector.host.journal()
    collector.stop()
    collector.keys = keys
    collector.start()
    collector.wait("the line", lambda entries: texts(entries, "host-a") == ["line"], [sender],
                   "GUEST=web1")


@test
def a_collector_takes_nothing_from_whom_it_does_not_know(bench):
    if not checks_senders():
        raise Skip("this systemd-journal-remote asks for no certificates: it was built without GnuTLS")
    collector = Collector(bench)
    collector.start()
    sender = Sender(bench, "host-a", collector, collector.authority, 1)
    sender.host.bench.port(1, "web1", b"line\n", attach_ns=11, uid=1000)
    sender.log()
    stranger = Authority(sender.host.bench.dir, "stranger")
    child = sender.upload(stranger.certify(sender.host, "wrong"))
    wait_for("its end", lambda: child.poll() is not None)
    assert child.returncode, sender.host.said("systemd-journal-upload")
    assert not collector.host.journal()
    collector.wait("the line", lambda entries: texts(entries, "host-a") == ["line"], [sender],
                   "GUEST=web1")
