# SPDX-License-Identifier: GPL-2.0-only
"""Tests of what the daemon does, and tells, where something is in its way."""

import json
import os
import pty
import re
import resource
import shutil
import signal
import socket
import stat
import subprocess
import termios
import tty

import asks
from daemon import Daemon, make_files
from journal import Journal
from played import Control, read_until, wait_for
from vms import Skip, need_kvm
from workers import on_this_host

TESTS = []
test = asks.decorator(TESTS)


def check(bench, daemon):
    return bench.run("daemon", "--check", "--config", daemon.config, "--directory", daemon.logs)


@test
def daemon_check_says_that_there_is_no_guest(bench):
    """Who has installed it just now, and has no guest yet, sees that the policy was read."""
    daemon = Daemon(bench, "[defaults]\nlog = raw clean\nkeep-age = 90d\n")
    done = check(bench, daemon)
    assert done.returncode == 0 and done.stdout.decode() == \
        "the policy was read; there is no VM and no port to apply it to\n", done
    bench.port(1, "web1")
    done = check(bench, daemon)
    assert b"log raw clean, " in done.stdout and b"keep-age 90d, " in done.stdout, done
    assert b"no port" not in done.stdout, done


@test
def a_look_at_all_processes_that_fails_is_told_by_the_status(bench):
    daemon = Daemon(bench, "")
    with open(f"{bench.dir}/control", "xb"):
        pass
    bench.program += "-plain"
    bench.env["LD_PRELOAD"] = os.path.join(bench.build, "tests-console", "halfread.so")
    once = ["watch", "--once", "--name", "nobody-is-called-so"]
    assert bench.run(*once).returncode == 0 and check(bench, daemon).returncode == 0
    bench.env["UNOPENED"] = "/proc"
    for done in (bench.run(*once), check(bench, daemon)):
        assert done.returncode == 1 and not done.stdout, done
        assert b"cannot look for running VMs in /proc: Permission denied" in done.stderr, done
    bench.env["UNOPENED"] = bench.dir
    done = check(bench, daemon)
    assert done.returncode == 6 and b"no port" not in done.stdout, done
    assert f"cannot read {bench.dir}: Permission denied" in done.stderr.decode(), done


@test
def daemon_check_tells_which_section_can_never_match(bench):
    """That of one that can is as the pattern says."""
    bench.port(1, "web1", b"", attach_ns=11, uid=1000)
    daemon = Daemon(bench, "[guest web[0-9]] ; of [some]\nlog = clean\n")
    done = check(bench, daemon)
    assert done.returncode == 0 and b"log clean" in done.stdout and not done.stderr, done
    daemon.write_policy("\n[guest web[9-0]]\nlog = clean\n[owner ci[9-0]]\nbudget = 1M\n"
                        "[guest *]\nunit = web1\n")
    done = check(bench, daemon)
    said = done.stderr.decode()
    assert done.returncode == 1 and b"web1: port 1 of" in done.stdout, done
    for line, text in (2, "[guest web[9-0]] matches no guest: no character is in [9-0]"), \
            (4, "[owner ci[9-0]] matches no user: "), \
            (6, "[guest *] matches no guest, for its unit 'web1': "):
        assert f"{daemon.config}:{line}: {text}" in said, said
    # The guests are logged all the same.
    daemon.start()
    daemon.wait_said(":2: [guest web[9-0]] matches no guest")
    daemon.stop()


# Where a file is to be there is a pipe, that nobody has open.

NO_FILE = "it is not a regular file but a directory, a pipe, a socket or a device"


@test
def daemon_waits_for_no_pipe_in_place_of_its_policy(bench):
    port = bench.port(1, "web1", b"one", attach_ns=11)
    daemon = Daemon(bench).start()
    daemon.wait_log("web1.log", b"one")
    os.unlink(daemon.config)
    os.mkfifo(daemon.config)
    daemon.child.send_signal(signal.SIGHUP)
    daemon.wait_said(f"cannot read the policy {daemon.config}: {NO_FILE}")
    daemon.wait_said("the policy stays as it was")
    port.say(b" two")
    daemon.wait_log("web1.log", b"one two")
    for words in ["--check"], ["--status"]:
        done = bench.run("daemon", *words, "--config", daemon.config, "--directory", daemon.logs)
        assert done.returncode == 1 and NO_FILE.encode() in done.stderr, done


@test
def daemon_waits_for_no_pipe_in_place_of_its_metrics(bench):
    path = os.path.join(bench.dir, "kpl011.prom")
    os.mkfifo(path)
    port = bench.port(1, "web1", b"one", attach_ns=11)
    daemon = Daemon(bench, f"[daemon]\nmetrics = {path}\n").start()
    daemon.wait_said(f"cannot write {path}: {NO_FILE}")
    port.say(b" two")
    daemon.wait_log("web1.log", b"one two")
    os.unlink(path)
    daemon.reload(f"[daemon]\nmetrics = {path}\n")
    daemon.wait_said(f"{path} is written again")


@test
def daemon_waits_for_no_pipe_in_place_of_what_it_keeps(bench):
    """Its format, its clock and its report; before it begins, and at its end."""
    port = bench.port(1, "web1", b"one", attach_ns=11)
    daemon = Daemon(bench)
    state = os.path.join(daemon.logs, ".kpl011")
    os.makedirs(state, 0o700)
    names = ["format", "format.tmp", "clock", "status"]
    for name in names:
        os.mkfifo(os.path.join(state, name))
    daemon.start()
    daemon.wait_log("web1.log", b"one")
    daemon.wait_said(f"cannot write {state}/status: {NO_FILE}")
    done = bench.run("daemon", "--status", "--config", daemon.config, "--directory", daemon.logs)
    assert done.returncode == 1 and NO_FILE.encode() in done.stderr, done
    port.say(b" two")
    daemon.wait_log("web1.log", b"one two")
    daemon.stop()
    # It goes on where it was, once they are files again.
    for name in names:
        path = os.path.join(state, name)
        if os.path.exists(path) and stat.S_ISFIFO(os.stat(path).st_mode):
            os.unlink(path)
    daemon.start()
    port.say(b" three")
    daemon.wait_log("web1.log", b"one two three")
    daemon.stop()


def fill(pipe):
    """Until a write of one byte would wait."""
    os.set_blocking(pipe, False)
    for size in 4096, 1:
        try:
            while True:
                os.write(pipe, b"x" * size)
        except BlockingIOError:
            pass
    os.set_blocking(pipe, True)


def read_all(pipe, until):
    """What comes, with UNTIL at its end."""
    return read_until(pipe, until).lstrip(b"x").decode()


def logs_while_nobody_reads(bench, ours, theirs):
    """The daemon's standard error is THEIRS, whose other end is OURS."""
    port = bench.port(1, "web1", b"one", attach_ns=11)
    daemon = Daemon(bench)
    with open(os.devnull, "rb") as nothing:
        daemon.child = subprocess.Popen(
            [bench.program, "daemon", "--config", daemon.config, "--directory", daemon.logs],
            env={**bench.env, "NOTIFY_SOCKET": daemon.told}, stdin=nothing, stderr=theirs)
    bench.children.append(daemon.child)
    wait_for("it is ready", lambda: daemon.is_notified("READY=1"))
    fill(theirs)
    for _ in range(2):
        daemon.notified.clear()
        daemon.child.send_signal(signal.SIGHUP)
        wait_for("it has read its policy",
                 lambda: daemon.is_notified("RELOADING=1") and daemon.is_notified("READY=1"))
    port.say(b" two")
    wait_for("the log", lambda: daemon.read("web1.log") == b"one two")
    assert os.get_blocking(theirs)
    text = read_all(ours, b"nobody read those before them\n")
    assert text.startswith("kpl011: 2 messages are missing here"), text
    # From then on as before.
    daemon.child.send_signal(signal.SIGHUP)
    assert read_all(ours, b"again\n") == "kpl011: the policy was read again\n"
    daemon.child.send_signal(signal.SIGTERM)
    assert daemon.child.wait(timeout=60) == 0


@test
def daemon_waits_for_nobody_who_reads_what_it_tells(bench):
    """A pipe, of which others have the same open file."""
    ours, theirs = os.pipe()
    logs_while_nobody_reads(bench, ours, theirs)
    os.close(ours)
    os.close(theirs)


@test
def daemon_waits_for_no_socket_that_takes_what_it_tells(bench):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        logs_while_nobody_reads(bench, ours.fileno(), theirs.fileno())


@test
def daemon_waits_for_no_terminal_that_is_stopped(bench):
    """By ^S of its user's."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    termios.tcflow(theirs, termios.TCOOFF)
    port = bench.port(1, "web1", b"one", attach_ns=11)
    daemon = Daemon(bench)
    with subprocess.Popen(
            [bench.program, "daemon", "--config", daemon.config, "--directory", daemon.logs],
            env={**bench.env, "NOTIFY_SOCKET": daemon.told}, stdin=subprocess.DEVNULL,
            stderr=theirs) as child:
        bench.children.append(child)
        wait_for("it is ready", lambda: daemon.is_notified("READY=1"))
        child.send_signal(signal.SIGHUP)
        wait_for("it has read its policy", lambda: daemon.is_notified("RELOADING=1"))
        port.say(b" two")
        wait_for("the log", lambda: daemon.read("web1.log") == b"one two")
        termios.tcflow(theirs, termios.TCOON)
        assert "1 messages are missing" in read_all(ours, b"before")
        child.send_signal(signal.SIGTERM)
    os.close(ours)
    os.close(theirs)


# Its ledgers, and its own directory.

def put_in_place(path, make):
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.unlink(path)
    make(path)


@test
def daemon_tells_which_ledger_is_broken(bench):
    """And goes on when it is one again; at its start it is put aside."""
    port = bench.port(1, "web1", b"one", attach_ns=11)
    daemon = Daemon(bench).start()
    daemon.wait_log("web1.log", b"one")
    path = os.path.join(daemon.logs, ".kpl011/1-11.raw")
    wanted = b"one"
    for times, make in enumerate((os.mkdir, os.mkfifo, lambda path: os.symlink("/dev/null", path))):
        put_in_place(path, make)
        port.say(b" more")
        daemon.wait_said(f"cannot write {path}: there is something by this name that is not "
                         "a regular file", times + 1)
        assert "write " + daemon.path("web1.log") not in daemon.said(), daemon.said()
        if os.path.isdir(path) and not os.path.islink(path):
            os.rmdir(path)
        else:
            os.unlink(path)
        daemon.wait_said(f"{path} can be written to again", times + 1)
        wanted += b" more"
        daemon.wait_log("web1.log", wanted)
    daemon.stop()
    put_in_place(path, os.mkfifo)
    daemon.start()
    daemon.wait_said(f"the ledger {path} is wrong: it is not a regular file; it is put aside as ")
    wait_for("it is written", lambda: stat.S_ISREG(os.stat(path).st_mode))
    assert stat.S_ISFIFO(os.stat(path + ".bad").st_mode)


@test
def daemon_tells_that_its_own_directory_is_broken(bench):
    port = bench.port(1, "web1", b"one", attach_ns=11)
    daemon = Daemon(bench).start()
    daemon.wait_log("web1.log", b"one")
    state = os.path.join(daemon.logs, ".kpl011")
    os.rename(state, state + ".away")
    os.symlink("/tmp", state)
    port.say(b" two")
    daemon.wait_said(f"cannot write {state}: Not a directory")
    os.unlink(state)
    os.rename(state + ".away", state)
    daemon.wait_log("web1.log", b"one two")
    daemon.stop()
    # And before it begins.
    lock = os.path.join(state, "lock")
    for path, make, text in \
            (lock, os.mkfifo, "there is something by this name that is not a regular file"), \
            (lock, os.mkdir, "there is something by this name that is not a regular file"), \
            (state, os.mkfifo, "Not a directory"):
        put_in_place(path, make)
        done = bench.run("daemon", "--config", daemon.config, "--directory", daemon.logs)
        assert done.returncode == 1, done
        assert f"cannot keep logs in {path}: {text}" in done.stderr.decode(), done


@test
def daemon_gives_what_it_compresses_the_group_of_the_log(bench):
    """And its mode; where it may not, that is told once, and nobody else may read it."""
    if os.geteuid():
        raise Skip("needs root")
    port = bench.port(1, "web1", b"one", attach_ns=11, uid=0)
    daemon = Daemon(bench).start()
    daemon.wait_log("web1.log", b"one")
    log = daemon.path("web1.log")
    os.chown(log, 0, 4)
    os.chmod(log, 0o640)
    daemon.child.send_signal(signal.SIGUSR1)
    wait_for("it is compressed", lambda: len(daemon.files("web1.log")) == 1)
    daemon.wait_packed()
    st = os.stat(daemon.files("web1.log")[0])
    assert (st.st_uid, st.st_gid, stat.S_IMODE(st.st_mode)) == (0, 4, 0o640), st
    daemon.stop()
    daemon.before = ["setpriv", "--bounding-set=-chown", "--inh-caps=-chown"]
    daemon.start()
    for text in b"two", b"three":
        port.say(text)
        wait_for("the log", lambda text=text: daemon.read("web1.log") == text)
        os.chown(log, 0, 4)
        before = len(daemon.files("web1.log"))
        daemon.child.send_signal(signal.SIGUSR1)
        wait_for("it is compressed", lambda before=before: len(daemon.files("web1.log")) > before)
        daemon.wait_packed()
        st = os.stat(daemon.files("web1.log")[-1])
        assert (st.st_gid, stat.S_IMODE(st.st_mode)) == (0, 0o600), st
    assert daemon.said().count("cannot be given the group") == 1, daemon.said()
    report_failing(bench, daemon, "the group of compressed logs, the daemon may not")
    port.say(b"four")
    wait_for("the log", lambda: daemon.read("web1.log") == b"four")
    daemon.child.send_signal(signal.SIGUSR1)
    daemon.wait_said("have the group of the original log again")
    report_failing(bench, daemon)


# What its status says of it.

# Of VMs that other cases make meanwhile: the kernel tells every daemon of them.
OF_OTHER_CASES = "attaching, the kernel module kpl011 is not loaded"


def failing(bench, daemon):
    done = bench.run("daemon", "--status", "--config", "/dev/null", "--directory", daemon.seen)
    assert done.returncode == 0, done
    return next(line for line in done.stdout.decode().splitlines() if line.startswith("failing:"))


def wait_failing(bench, daemon, *texts):
    """All of these and nothing else."""
    def is_so():
        what = failing(bench, daemon).removeprefix("failing: ").split("; ")
        if not any("attaching" in text for text in texts):
            what = [one for one in what if one != OF_OTHER_CASES] or ["nothing"]
        if texts:
            return all(any(text in one for one in what) for text in texts) and len(what) == len(texts)
        return what == ["nothing"]
    wait_for(lambda: f"{texts} in {failing(bench, daemon)!r}; {daemon.said()}", is_so)


def report_failing(bench, daemon, *texts):
    """The same at once, of a daemon that reloads for it."""
    daemon.renew(daemon.path(".kpl011/status"))
    wait_failing(bench, daemon, *texts)


@test
def daemon_tells_in_its_status_all_that_fails(bench):
    """Until it is over."""
    bench.port(1, "web1", b"one", attach_ns=11)
    folder = os.path.join(bench.dir, "metrics")
    path = os.path.join(folder, "kpl011.prom")
    policy = f"[daemon]\nmetrics = {path}\n[defaults]\nlog = raw\n"
    daemon = Daemon(bench, policy).start()
    wait_for("its report", lambda: os.path.exists(daemon.path(".kpl011/status")))
    metrics = f"{path}, No such file or directory"
    wait_failing(bench, daemon, metrics)
    daemon.write_policy("[daemon]\nmetrics = here\n")
    daemon.child.send_signal(signal.SIGHUP)
    wrong = "the policy, the file is wrong, and the previous policy stays in force"
    wait_failing(bench, daemon, metrics, wrong)
    done = bench.run("daemon", "--status", "--json", "--config", "/dev/null",
                     "--directory", daemon.logs)
    assert {one["what"] for one in json.loads(done.stdout)["failures"]} == {path, "the policy"}
    text = bench.run("metrics", "--config", "/dev/null", "--directory", daemon.logs).stdout
    assert b"\nkpl011_failures 2\n" in text, text
    os.mkdir(folder)
    daemon.reload(policy)
    daemon.wait_said(f"{path} is written again")
    wait_failing(bench, daemon)


@test
def daemon_tells_in_its_status_that_its_clock_is_not_kept(bench):
    bench.port(1, "web1", b"one", attach_ns=11)
    daemon = Daemon(bench)
    os.makedirs(daemon.path(".kpl011/clock"), 0o700)
    daemon.start()
    daemon.wait_log("web1.log", b"one")
    wait_for("its report", lambda: os.path.exists(daemon.path(".kpl011/status")))
    clock = f".kpl011/clock, {NO_FILE}"
    daemon.renew(daemon.path(".kpl011/status"))
    wait_failing(bench, daemon, clock)
    assert daemon.said().count(f"cannot write {daemon.logs}/.kpl011/clock: {NO_FILE}") == 1
    os.rmdir(daemon.path(".kpl011/clock"))
    daemon.renew(daemon.path(".kpl011/status"))
    daemon.wait_said(".kpl011/clock is written again")
    wait_failing(bench, daemon)


@test
def a_disk_that_has_room_again_is_known_to_have_it_though_nobody_prints(bench):
    """By all that could not be written, and by what is noted of the journal and of alerts."""
    journal = Journal(bench)
    daemon = Daemon(bench, f"[daemon]\njournal-socket = {journal.path}\n[defaults]\nlog = clean journal json\n"
                           "alert = panic\n[guest gone]\nlog = none\n").start()
    limit = resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE)
    # No ledger has room, and what it says has.
    resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE, (1000, limit[1]))
    bench.port(1, "web1", b"hello\n", attach_ns=11)
    bench.port(2, "gone", b"Kernel panic - not syncing: x\n", attach_ns=12).die()
    assert {entry["MESSAGE"] for entry in journal.wait(2)} == {
        "hello", "gone: panic: Kernel panic - not syncing: x"}
    daemon.wait_said(": No space left on device")
    resource.prlimit(daemon.child.pid, resource.RLIMIT_FSIZE, limit)
    daemon.wait_said("logs can be written to")
    for name in ("1-11.journal", "1-11.alert"):
        assert json.loads(daemon.read(".kpl011/" + name))["to"][1] == len("hello\n"), name
    assert json.loads(daemon.read(".kpl011/2-12.alert"))["done"]


@test
def what_cannot_be_noted_of_a_journal_at_the_end_is_told_once(bench):
    """Those lines come again."""
    journal = Journal(bench)
    daemon = Daemon(bench, f"[daemon]\njournal-socket = {journal.path}\n"
                           "[defaults]\nlog = journal\n").start()
    ports = [bench.port(number, f"web{number}", b"one\n", attach_ns=10 + number)
             for number in (1, 2)]
    ledgers = [daemon.path(f".kpl011/{number}-{10 + number}.journal") for number in (1, 2)]
    journal.wait(2)
    for port, ledger in zip(ports, ledgers):
        wait_for("that it is noted", lambda ledger=ledger: os.path.exists(ledger) and
                 json.loads(daemon.read(ledger))["to"][1] == len("one\n"))
        os.unlink(ledger)
        os.mkdir(ledger)
        port.say(b"two\n")
    assert [entry["MESSAGE"] for entry in journal.wait(4)[2:]] == ["two", "two"]
    daemon.stop()
    told = "cannot note what was sent to the journal, for 2 guests: "
    assert daemon.said().count(told) == 1, daemon.said()
    for ledger in ledgers:
        os.rmdir(ledger)
    daemon.start()
    assert [entry["MESSAGE"] for entry in journal.wait(8)].count("two") == 4, journal.entries
    daemon.stop()
    assert daemon.said().count(told) == 1, daemon.said()


# What is told once for many.

@test
def daemon_sums_up_by_owner_what_users_make_happen(bench):
    """Whatever it is, and however many guests they make for it."""
    for number in range(1, 42):
        port = bench.port(number, f"guest{number}", b"one\n", attach_ns=number,
                          uid=4242 if number < 41 else 4243)
        port.flow_errno = 1
        port.forget(2)
    daemon = Daemon(bench, "[defaults]\nlog = raw\nlossless = yes\n")
    os.makedirs(daemon.path(".kpl011"))
    for number in range(1, 42):
        with open(daemon.path(f".kpl011/{number}-{number}.raw"), "wb") as file:
            file.write(b"no ledger\n")
    daemon.start()
    for number in range(1, 42):
        daemon.wait_log(f"guest{number}@{4242 if number < 41 else 4243}.log",
                        b"\n[kpl011: 2 bytes lost]\ne\n")
    causes = ("is wrong: it is not a ledger of kpl011; it is put aside",
              "cannot be logged without loss", "bytes were overwritten")
    for cause in causes:
        assert daemon.said().count(cause) == 2, daemon.said()
    daemon.stop()
    said = [line for line in daemon.said().splitlines() if "user 4242, 39 times more: " in line]
    assert len(said) == 3 and all(any(cause in line for line in said) for cause in causes), said
    assert any(": 78 bytes were overwritten before they could be logged (raw); the last was guest"
               in line for line in said), said


@test
def daemon_sums_up_what_cannot_be_renamed(bench):
    """The first, and how many more; each stays."""
    daemon = Daemon(bench, "[defaults]\ncompress = no\n")
    for name in ("web1@2", "web1~2"):
        make_files(daemon, name + ".log.20260101T000000Z-{:06}", 300)
    daemon.start()
    daemon.wait_said("cannot rename 299 more files in")
    assert daemon.said().count("cannot rename ") == 2, daemon.said()
    assert len(daemon.files("web1@2.log")) == len(daemon.files("web1~2.log")) == 300
    daemon.stop()


@test
@on_this_host
def daemon_sums_up_vms_that_are_refused(bench):
    need_kvm()
    control = Control(bench.dir, lambda request: "errno 122")
    daemon = Daemon(bench, "[defaults]\nlog = raw\n").start()
    for number in range(1, 6):
        bench.make_vm("-name", f"web{number}")
    wait_for("that all are refused", lambda: len(control.requests) >= 5)
    daemon.stop()
    said = re.findall(r"refused, user .* may not have another port", daemon.said())
    assert len(said) == 2, daemon.said()
    assert " times more: refused, " in daemon.said(), daemon.said()
