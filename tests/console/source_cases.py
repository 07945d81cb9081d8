# SPDX-License-Identifier: GPL-2.0-only
"""Tests of where consoles come from: files, pipes, terminals, sockets of all kinds."""

import contextlib
import fcntl
import json
import os
import re
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

import played
from bench import run, said
from desk import Desk
from played import has_waited, is_at_rest, read_until, wait_for
from screen_terminal import Terminal
from vms import need_other_user, start_vmm

F_SETPIPE_SZ = getattr(fcntl, "F_SETPIPE_SZ", 1031)

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def append(path, data):
    with open(path, "ab", buffering=0) as file:
        file.write(data)


def boot(lines):
    return b"".join(b"%06d a line of a boot that nobody reads\r\n" % i for i in range(lines))


# Files.

@test
def a_file_is_read_to_its_end_however_much_came_at_once(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "web.log")
    append(path, b"begin\r\n")
    term = desk.open(f"file:{path}")
    term.wait("begin")
    for number, lines in enumerate((390, 400, 1600, 2500, 25000)):
        append(path, boot(lines) + b"END of burst %d" % number)
        term.wait(f"END of burst {number}")
        append(path, b"\r\n")


@test
def all_files_of_a_screen_are_watched_by_one_instance(bench):
    """A user has 128 of them, for all programs together."""
    desk = Desk(bench)
    paths = [os.path.join(bench.dir, f"web{number}.log") for number in range(20)]
    for path in paths:
        append(path, b"begin\r\n")
    term = desk.open(*(f"file:{path}" for path in paths))
    term.wait("begin")
    folder = f"/proc/{term.child.pid}/fd"
    targets = [os.readlink(os.path.join(folder, fd)) for fd in os.listdir(folder)]
    assert targets.count("anon_inode:inotify") == 1, targets
    for number in range(3):
        append(paths[number], b"more of %d" % number)
        term.wait(f"more of {number}")
        term.act("n")


@test
def a_file_is_followed_over_rotations(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "web.log")
    append(path, b"the first\r\n")
    term = desk.open(f"file:{path}")
    term.wait("the first")
    # Renamed, and a new one made; who writes goes on with the old one for a while.
    with open(path, "ab", buffering=0) as old:
        os.rename(path, path + ".1")
        append(path, b"")
        old.write(b"late in the first\r\n")
        term.wait("late in the first")
        old.write(boot(1000) + b"its very last\r\n")
        append(path, b"the second\r\n")
    term.wait("the second")
    assert "its very last" in term.text()
    # Removed, and made again later.
    os.unlink(path)
    append(path, b"the third\r\n")
    term.wait("the third")
    # Copied and cut: what follows is at its start.
    os.truncate(path, 0)
    append(path, b"4th\r\n")
    term.wait("4th")
    append(path, b"after the 4th\r\n")
    term.wait("after the 4th")
    assert "skipped" not in term.text()


@test
def a_log_ends_although_its_file_was_cut_meanwhile(bench):
    path = os.path.join(bench.dir, "web.log")
    append(path, boot(20000))
    for options in ([], ["-t"]):
        child = bench.start("log", *options, f"file:{path}", stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE)
        played.wait_for("a full pipe", lambda: waiting(child.stdout) > 60000)
        os.truncate(path, 0)
        out, errors = child.communicate(timeout=60)
        assert child.returncode == 0 and out, (options, errors)
        assert re.search(rb"skipped \d+ bytes of web: they are no longer kept", errors), errors
        append(path, boot(20000))


def waiting(pipe):
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))[0]


# Commands, which take a source in place of a guest.

@test
def commands_take_a_file_in_place_of_a_guest(bench):
    path = os.path.join(bench.dir, "web.log")
    cursor = os.path.join(bench.dir, "cursor")
    text = b"one\r\n" + boot(5000) + b"web login: "
    append(path, text)
    # No module is asked for.
    bench.env["KPL011_DEV_DIR"] = "/nonexistent"
    assert run(bench, "log", f"file:{path}").stdout == text
    assert run(bench, "log", "-n", "1", f"x=file:{path}").stdout == b"web login: "
    child = bench.start("log", "-f", f"file:{path}", stdout=subprocess.PIPE)
    assert read_until(child.stdout, b"login: ") == text
    timed = bench.start("log", "-f", "-n", "1", "-t", f"file:{path}", stdout=subprocess.PIPE)
    assert read_until(timed.stdout, b"login: ").startswith(b"-  ")
    append(path, b"root\r\nnews\r\n")
    assert read_until(child.stdout, b"news\r\n") == b"root\r\nnews\r\n"
    # Of what comes it is known when.
    lines = read_until(timed.stdout, b"news\r\n")
    assert re.match(rb"^root\r\n\d{4}-\d\d-\d\dT\S+ news\r\n$", lines), lines
    result = run(bench, "expect", "--cursor", cursor, "--timeout", "20", f"file:{path}", "log.n: ")
    assert result.stdout == b"login: \n", result
    append(path, b"Password: ")
    run(bench, "expect", "--cursor", cursor, "--timeout", "20", f"file:{path}", "Password")
    run(bench, "expect", "--cursor", cursor, "--timeout", "0.1", f"file:{path}", "Password",
        status=11)
    found = json.loads(run(bench, "expect", "--json", "--from", "start", f"w=file:{path}",
                           "one").stdout)
    assert (found["id"], found["name"], found["start"]) == (None, "w", 0), found
    cast = run(bench, "record", "--kept", f"file:{path}").stdout.splitlines()
    assert json.loads(cast[0])["title"] == "web"
    assert "".join(json.loads(line)[2] for line in cast[1:]).encode().startswith(text)
    result = run(bench, "send", f"file:{path}", "x", status=2)
    said(f"nothing can be sent to file:{path}: it can only be read", result)


@test
def several_sources_are_one_log(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "db.log")
    append(path, b"of the file\r\n")
    web = desk.guest("web", b"of the socket\r\n")
    child = bench.start("log", "-f", f"unix:{web.path}", f"file:{path}", stdout=subprocess.PIPE)
    text = b""
    while not (b"of the file" in text and b"of the socket" in text):
        text += os.read(child.stdout.fileno(), 65536)
    assert re.search(rb"^db.*of the file", text, re.M), text
    assert re.search(rb"^web.*of the socket", text, re.M), text
    child.terminate()
    child.wait(timeout=60)


@test
def a_pty_is_made_of_a_source(bench):
    web = TcpGuest(b"")
    child = bench.start("pty", f"tcp:127.0.0.1:{web.port}", stdout=subprocess.PIPE)
    path = child.stdout.readline().decode().rstrip("\n")
    fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
    os.write(fd, b"typed\x03\r")
    web.wait_received(b"typed\x03\r")
    web.say(b"printed")
    assert read_until(fd, b"printed") == b"printed"
    os.close(fd)
    child.terminate()
    child.wait(timeout=60)


@test
def commands_take_a_socket_in_place_of_a_guest(bench):
    desk = Desk(bench)
    bench.env["KPL011_DEV_DIR"] = "/nonexistent"
    web = desk.guest("web", b"Debian\r\nweb login: ", echo=True)
    source = f"unix:{web.path}"
    run(bench, "send", "--enter", source, "root")
    web.wait_received(b"root\r")
    result = run(bench, "expect", "--timeout", "20", "--send", "ls", "--enter", source, "ls\r\n")
    web.wait_received(b"ls\r")
    assert result.stdout == b"ls\n\n", result
    child = bench.start("log", "-f", "-t", source, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    line = read_until(child.stdout, b"login: ")
    assert re.match(rb"^\d{4}-\d\d-\d\dT\S+ Debian\r\n\d{4}-\d\d-\d\dT\S+ web login: $", line), line
    web.client.shutdown(socket.SHUT_RDWR)
    assert b"the console of web was closed" in child.communicate(timeout=60)[1]
    assert child.returncode == 0
    console = bench.start("console", source, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    read_until(console.stdout, b"login: ")
    out, errors = console.communicate(b"hello\r", timeout=60)
    assert out == b"hello\r\n", out
    assert f"Connected to web ({source})".encode() in errors, errors
    child = bench.start("record", source, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    cast = read_until(child.stdout, b"login")
    assert b'"title":"web"' in cast, cast
    web.client.shutdown(socket.SHUT_RDWR)
    child.communicate(timeout=60)


@test
def a_source_that_cannot_be_had_is_told(bench):
    desk = Desk(bench)
    web = desk.guest("web", b"hello")
    source = f"unix:{web.path}"
    for args, status, why in (
            (["log", source], 2, f"log: {source} keeps no history: it begins with the connection"),
            (["record", "--kept", source], 2, "--kept: unix:"),
            (["expect", "--cursor", "/tmp/x", source, "x"], 2, "--cursor: unix:"),
            (["send", "--break", source], 2, "its console carries none"),
            (["info", source], 2, "is a source: this command is for guests that have a port"),
            (["trace", source], 2, "is a source: this command is for guests"),
            (["log", "unix:"], 2, "'unix:' is not a source: there is no path after the colon"),
            (["log", "unix:/nonexistent/x"], 3,
             "cannot open unix:/nonexistent/x: No such file or directory"),
            (["send", f"unix:{bench.dir}", "x"], 1, "it is not a socket"),
            (["expect", f"file:{bench.dir}", "x"], 1, f"cannot open file:{bench.dir}: Is a dir")):
        said(why, run(bench, *args, status=status))


@test
def commands_about_ports_say_that_a_source_is_none_without_the_module_too(bench):
    bench.env = {**bench.env, "KPL011_DEV_DIR": "/nonexistent"}
    for command in (["info"], ["reset"], ["reap"], ["list"], ["detach"], ["state", "save"], ["top"], ["trace"]):
        result = bench.run(*command, "unix:/x")
        assert result.returncode == 2, (command, result)
        said("is a source: this command is for guests", result)


@test
def a_break_that_cannot_be_does_not_end_the_input(bench):
    desk = Desk(bench)
    web = desk.guest("web", b"login: ")
    term = bench.terminal("console", f"unix:{web.path}")
    term.expect_exact("login: ")
    term.send("a\x1dsb\x1dbc")
    term.expect_exact("the console of web carries no break")
    web.wait_received(b"ac")
    assert web.received == b"ac"


# Sockets of other kinds.

class TcpGuest:
    """A terminal server's port: each connection is greeted, and echoed if asked to."""

    def __init__(self, greeting=b"", family=socket.AF_INET, port=0, path=None):
        self.greeting = greeting
        self.received = bytearray()
        self.client = None
        self.connections = 0
        self.listener = socket.socket(family)
        if path is None:
            self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.listener.bind(("127.0.0.1" if family == socket.AF_INET else "::1", port))
            self.port = self.listener.getsockname()[1]
        else:
            self.listener.bind(path)
        self.listener.listen(8)
        played.PLAYED.append(self)
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            client.sendall(self.greeting)
            self.client = client
            self.connections += 1
            with contextlib.suppress(OSError):
                while data := client.recv(65536):
                    self.received += data
            client.close()

    def say(self, data):
        played.wait_for("a connection", lambda: self.client)
        self.client.sendall(data)

    def wait_received(self, data):
        played.wait_for(f"{data!r} from the program", lambda: data in self.received)

    def hang_up(self):
        self.client.shutdown(socket.SHUT_RDWR)

    def end(self):
        played.end_listener(self.listener)
        if self.client:
            self.client.close()


@test
def a_tcp_port_is_a_source(bench):
    desk = Desk(bench)
    web = TcpGuest(b"web login: ")
    six = TcpGuest(b"six login: ", family=socket.AF_INET6)
    local = TcpGuest(b"local login: ")
    nobody = TcpGuest()
    nobody.end()
    term = desk.open(f"tcp:127.0.0.1:{web.port}", f"six=tcp:[::1]:{six.port}",
                     f"named=tcp:localhost:{local.port}", f"none=tcp:127.0.0.1:{nobody.port}")
    term.wait("web login:")
    # What is no telnet is not touched.
    term.type("root\r\xff")
    web.wait_received(b"root\r")
    web.say(b"\xff\xfb\x01x\r\n")
    term.wait("x")
    term.act("n")
    term.wait("six login:")
    term.act("n")
    term.wait("local login:")
    term.act("n")
    term.wait("Connection refused")
    # It comes, and goes, and comes again.
    late = TcpGuest(b"there now", port=nobody.port)
    term.wait("there now")
    late.hang_up()
    played.wait_for("another connection", lambda: late.connections == 2)
    late.say(b" and again")
    term.wait("and again")


@test
def a_host_whose_name_is_not_known_holds_up_nothing(bench):
    desk = Desk(bench)
    web = TcpGuest(b"web login: ")
    result = run(bench, "log", "-f", "tcp:no-such-host.invalid:5000", status=3)
    said("cannot open tcp:no-such-host.invalid:5000: ", result)
    term = desk.open("nowhere=tcp:no-such-host.invalid:5000", f"web=tcp:127.0.0.1:{web.port}")
    term.act("n")
    term.wait("web login:")
    term.type("a")
    web.wait_received(b"a")


@test
def why_a_connection_failed_is_told_also_where_that_took_a_while(bench):
    desk = Desk(bench)
    nobody = TcpGuest(b"")
    nobody.end()
    result = run(bench, "log", "-f", "tcp:no-such-host.invalid:1", status=3)
    unknown = result.stderr.decode().split("cannot open tcp:no-such-host.invalid:1: ")[1].split("\n")[0]
    term = desk.open("name=tcp:no-such-host.invalid:1", f"none=tcp:localhost:{nobody.port}",
                     f"tel=telnet:localhost:{nobody.port}", cols=140)
    for source, why in (("tcp:no-such-host.invalid:1", unknown),
                        (f"tcp:localhost:{nobody.port}", "Connection refused"),
                        (f"telnet:localhost:{nobody.port}", "Connection refused")):
        term.wait(f"cannot open {source}:")
        term.wait(why)
        term.wait("kpl011 tries again each second.")
        term.act("n")
    # The list has it as well.
    term.act("l")
    term.type("i")
    for name, why in (("name", unknown), ("none", "Connection refused"), ("tel", "Connection refused")):
        term.wait(lambda t, name=name, why=why: any(name in line[:28] and why in line for line in t.screen.display))


@test
def telnet_is_negotiated_and_carries_every_byte(bench):
    everything = bytes(range(256)) * 40
    # What QEMU says at first; the guest's bytes have each IAC doubled.
    web = TcpGuest(b"\xff\xfb\x01\xff\xfb\x03\xff\xfb\x00\xff\xfd\x00" +
                   everything.replace(b"\xff", b"\xff\xff") + b"END")
    source = f"telnet:127.0.0.1:{web.port}"
    child = bench.start("log", "-f", source, stdout=subprocess.PIPE)
    assert read_until(child.stdout, b"END") == everything + b"END"
    web.wait_received(b"\xff\xfb\x00\xff\xfd\x00\xff\xfd\x03\xff\xfd\x01")
    child.terminate()
    child.wait(timeout=60)
    path = os.path.join(bench.dir, "everything")
    append(path, everything)
    del web.received[:]
    # It has agreed to binary before anything is typed.
    console = bench.start("console", source, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE)
    read_until(console.stdout, b"END")
    console.communicate(everything, timeout=60)
    web.wait_received(everything.replace(b"\xff", b"\xff\xff"))
    del web.received[:]
    # It is known to be binary before the first byte goes, or each CR had a NUL behind it.
    run(bench, "send", "--enter", source, "root")
    web.wait_received(b"root\r")
    assert web.received.endswith(b"root\r"), web.received[-20:]
    run(bench, "send", "--break", source)
    web.wait_received(b"\xff\xf3")
    run(bench, "send", "--sysrq", "t", source)
    web.wait_received(b"\xff\xf3t")


@test
def a_telnet_server_that_answers_nothing_is_a_plain_terminal(bench):
    desk = Desk(bench)
    web = TcpGuest(b"a\r\0b\r\nlogin: ")
    source = f"telnet:127.0.0.1:{web.port}"
    run(bench, "send", "--enter", source, "root")
    web.wait_received(b"root\r\0")
    # What came while it was waited for is there, also when it comes back.
    result = run(bench, "expect", "--timeout", "20", "--bytes", source, "a\rb\r\nlog")
    assert result.stdout == b"a\rb\r\nlog\n", result
    child = bench.start("log", "-f", source, stdout=subprocess.PIPE)
    assert read_until(child.stdout, b"login: ") == b"a\rb\r\nlogin: "
    child.terminate()
    child.wait(timeout=60)
    term = desk.open(f"web={source}")
    term.wait("login:")
    web.greeting = b"\r\nonce more"
    web.hang_up()
    term.wait("once more")
    # Urgent data is data: a mark that is passed over, and not the byte behind it.
    web.client.send(b"\xff")
    web.client.send(b"\xf2", socket.MSG_OOB)
    web.say(b"whole")
    term.wait("once morewhole")


@test
def what_is_sent_over_tcp_arrives_although_nothing_is_read(bench):
    web = TcpGuest(b"x" * 300000)
    text = "y" * 200000
    path = os.path.join(bench.dir, "text")
    append(path, text.encode())
    run(bench, "send", "--file", path, f"tcp:127.0.0.1:{web.port}")
    played.wait_for("all of it", lambda: len(web.received) == len(text))


@test
def abstract_and_long_socket_paths_are_connected_to(bench):
    name = f"kpl011-test-{os.getpid()}"
    abstract = TcpGuest(b"abstract", family=socket.AF_UNIX, path="\0" + name)
    padded = TcpGuest(b"padded", family=socket.AF_UNIX, path=("\0" + name + "p").ljust(108, "\0"))
    far = os.path.join(bench.dir, "d" * 200, "e" * 200)
    os.makedirs(far)
    here = os.getcwd()
    os.chdir(far)
    try:
        deep = TcpGuest(b"deep", family=socket.AF_UNIX, path="f" * 100)
    finally:
        os.chdir(here)
    os.rename(os.path.join(far, "f" * 100), os.path.join(far, "f" * 250))
    for guest, source in ((abstract, f"unix:@{name}"), (padded, f"unix:@{name}p"),
                          (deep, f"unix:{far}/{'f' * 250}")):
        result = run(bench, "expect", "--timeout", "20", source, guest.greeting.decode())
        assert result.stdout.strip() == guest.greeting, result
    desk = Desk(bench)
    term = desk.open(f"deep=unix:{far}/{'f' * 250}")
    term.wait("deep")
    said("Connection refused", run(bench, "log", "-f", "unix:@no-such-name", status=3))


@test
def a_cursor_is_not_used_with_a_file_that_was_made_anew(bench):
    path = os.path.join(bench.dir, "web.log")
    append(path, b"hello\r\n")
    cursor = ["--cursor", path + ".cursor", "--timeout", "0.2"]
    inode = os.stat(path).st_ino
    run(bench, "expect", *cursor, f"file:{path}", "hello")
    run(bench, "expect", *cursor, f"file:{path}", "hello", status=11)
    # One that has the inode of the old one, if the file system gives these again.
    os.unlink(path)
    for number in range(100):
        append(path + str(number), b"hello again\r\n")
        if os.stat(path + str(number)).st_ino == inode:
            break
    os.rename(path + str(number), path)
    run(bench, "expect", *cursor, f"file:{path}", "hello")


@test
def expect_knows_where_lines_begin_and_what_is_behind_a_match(bench):
    path = os.path.join(bench.dir, "web.log")
    append(path, b"foo bar\r\nnext\r\nLoading 100 percent now\rDone: login: ")
    source = f"file:{path}"
    run(bench, "expect", "--timeout", "0.2", "--from", "4", source, "^bar", status=11)
    for way in ([], ["--bytes"]):
        run(bench, "expect", *way, "--timeout", "20", "--from", "9", source, "^next")
        result = run(bench, "expect", *way, "--timeout", "0.2", "--script", "-", source, status=11,
                     input=b"expect foo\nexpect '^ bar'\n")
        said("did not print ^ bar in time", result)
        run(bench, "expect", *way, "--timeout", "20", "--script", "-", source,
            input=b"expect foo\nexpect '^next'\nexpect Done\nexpect '^: login|login: '\n")
    run(bench, "expect", "--timeout", "0.2", "--cursor", path + ".cursor", source, "foo")
    run(bench, "expect", "--timeout", "0.2", "--cursor", path + ".cursor", source, "^ bar",
        status=11)


# Named pipes.

@test
def a_pipe_waits_for_its_writers_one_after_another(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "con.out")
    os.mkfifo(path)
    term = desk.open(f"web=file:{path}")
    term.wait_status("web")
    for text in (b"said through the pipe", b"and another writer"):
        fd = played.wait_for("a reader", lambda: open_writer(path))
        os.write(fd, text)
        os.close(fd)
        term.wait(text.decode())
    term.type("x")
    term.wait_status("web can only be read: nothing can be sent to it")
    # The next VMM finds another pipe, that was made for it.
    os.unlink(path)
    os.mkfifo(path)
    fd = played.wait_for("a reader", lambda: open_writer(path))
    os.write(fd, b"\r\nof the second pipe")
    term.wait("of the second pipe")
    os.close(fd)


def open_writer(path):
    with contextlib.suppress(OSError):
        return os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    return None


@test
def a_pipe_that_may_only_be_read_loses_nothing_between_its_writers(bench):
    need_other_user(bench)
    desk = Desk(bench)
    os.chmod(bench.dir, 0o711)
    path = os.path.join(bench.dir, "con.out")
    os.mkfifo(path)
    os.chmod(path, 0o644)
    for folder in ("state", "config"):
        os.mkdir(os.path.join(bench.dir, folder), 0o755)
    term = Terminal("setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", bench.program,
                                "screen", "--no-ports", f"web=file:{path}"], bench.env)
    bench.terminals.append(term)
    term.wait_status("web")
    for number in range(3):
        fd = played.wait_for("a reader", lambda: open_writer(path))
        os.write(fd, b"writer %d\r\n" % number)
        os.close(fd)
        # Its end is seen, and before it is opened again another one has written.
        term.wait_status("gone")
        fd = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        os.write(fd, b"and right behind %d\r\n" % number)
        os.close(fd)
        term.wait(f"and right behind {number}")


@test
def two_pipes_carry_both_ways(bench):
    desk = Desk(bench)
    path = os.path.join(bench.dir, "con")
    os.mkfifo(path + ".in")
    os.mkfifo(path + ".out")
    term = desk.open(f"pipe:{path}")
    # Typed before there is a VMM: it waits for it.
    term.wait_status("con | input: you")
    term.type("early ")
    typed = os.open(path + ".in", os.O_RDWR)
    printed = os.open(path + ".out", os.O_RDWR)
    os.write(printed, b"login: ")
    term.wait("login:")
    term.type("root\r")
    assert read_until(typed, b"\r") == b"early root\r"
    term.act("q")
    term.wait_end()
    os.write(printed, b"Password: ")
    assert run(bench, "expect", "--timeout", "20", f"pipe:{path}", "Pass.*: ").stdout
    run(bench, "send", f"pipe:{path}", "secret")
    assert read_until(typed, b"secret") == b"secret"
    os.close(typed)
    os.close(printed)


@test
def what_is_no_such_source_is_told_by_its_name(bench):
    there = bench.dir
    path = os.path.join(there, "con")
    listening = os.path.join(there, "listens.sock")
    packets = os.path.join(there, "packets.sock")
    with socket.socket(socket.AF_UNIX) as server, \
            socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as other:
        server.bind(listening)
        server.listen()
        other.bind(packets)
        other.listen()
        append(path, b"text")
        said("it is not a socket: give the path", run(bench, "log", "-f", f"unix:{path}", status=1))
        said("it is not a socket: give the path", run(bench, "log", "-f", f"unix:{there}", status=1))
        said("it is a socket: write unix:PATH", run(bench, "log", f"file:{listening}", status=1))
        said("it is a socket: write unix:PATH", run(bench, "log", "-f", f"pty:{listening}", status=1))
        said("it is a datagram or packet socket", run(bench, "log", "-f", f"unix:{packets}", status=1))
    # Nobody listens at a socket that is there.
    said("Nobody listens there", run(bench, "log", "-f", f"unix:{listening}", status=3))
    said("it is not a named pipe; for a file, write file:", run(bench, "log", "-f", f"pipe:{path}", status=1))
    os.unlink(path)
    said("There are no such pipes: mkfifo PATH.in PATH.out", run(bench, "send", f"pipe:{path}", "x", status=3))
    os.mkfifo(path + ".in")
    said(f"{path}.out, for the guest's output, is not there", run(bench, "send", f"pipe:{path}", "x", status=3))
    append(path + ".out", b"")
    said(f"{path}.out is not a named pipe", run(bench, "send", f"pipe:{path}", "x", status=1))
    os.unlink(path + ".out")
    os.mkfifo(path + ".out")
    os.unlink(path + ".in")
    said(f"{path}.in, for the guest's input, is not there", run(bench, "send", f"pipe:{path}", "x", status=3))
    # It may be made yet.
    said(f"{path}.in, for the guest's input, is not there",
         run(bench, "send", "--timeout", "0.1", f"pipe:{path}", "x", status=11))
    append(path + ".in", b"")
    said(f"{path}.in is not a named pipe", run(bench, "send", f"pipe:{path}", "x", status=1))
    term = Desk(bench).open(f"pipe:{path}", cols=160)
    term.wait(f"{path}.in is not a named pipe: remove it")
    term.act("q")
    term.wait_end()


@test
def what_comes_for_a_console_that_can_only_be_read_is_refused(bench):
    log = os.path.join(bench.dir, "web.log")
    pipe = os.path.join(bench.dir, "one-way")
    append(log, b"booted\r\n")
    os.mkfifo(pipe)
    for path, name in ((log, "web"), (pipe, "one-way")):
        said(f"nothing can be sent to {name}: it can only be read",
             run(bench, "console", f"file:{path}", input=b"hi", status=2))
        # Nothing is lost where nothing comes, or who asks for that.
        run(bench, "console", f"file:{path}", input=b"")
        run(bench, "console", "--spy", f"file:{path}", input=b"hi")


def pipes(bench):
    path = os.path.join(bench.dir, "con")
    os.mkfifo(path + ".in")
    os.mkfifo(path + ".out")
    return path


def catches(pid, number):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        caught, = re.findall(r"^SigCgt:\s+(\S+)$", file.read(), re.M)
    return int(caught, 16) >> (number - 1) & 1


@test
def what_waits_in_a_pipe_is_not_what_comes_from_now_on(bench):
    path = pipes(bench)
    pipes_of_it = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    typed = os.open(path + ".in", os.O_RDWR)
    printed = os.open(path + ".out", os.O_RDWR)
    for command in (["log", "-f", "-n", "0"], ["log", "-f", "-t", "-n", "0"],
                    ["console", "--no-history"], ["console", "-n", "0"]):
        os.write(printed, b"yesterday\r\n" + boot(200))
        child = bench.start(*command, f"pipe:{path}", **pipes_of_it)
        # When its signals are caught it has found where to begin.
        played.wait_for("its begin", lambda pid=child.pid: catches(pid, signal.SIGTERM))
        assert not waiting(printed)
        os.write(printed, b"today\r\n")
        said_now = read_until(child.stdout, b"today\r\n")
        assert b"boot" not in said_now and b"yesterday" not in said_now, said_now
        child.terminate()
        child.communicate(timeout=60)
        # Without, it is shown.
        os.write(printed, b"yesterday\r\n")
        child = bench.start(*command[:-2 if command[-1] == "0" else -1], f"pipe:{path}", **pipes_of_it)
        read_until(child.stdout, b"yesterday\r\n")
        child.terminate()
        child.communicate(timeout=60)
    os.close(typed)
    os.close(printed)


@test
def the_last_lines_of_what_waits_in_a_pipe_are_shown(bench):
    path = pipes(bench)
    typed = os.open(path + ".in", os.O_RDWR)
    printed = os.open(path + ".out", os.O_RDWR)
    for command in (["log", "-f", "-n", "2"], ["console", "-n", "2"]):
        os.write(printed, b"one\r\ntwo\r\nthree\r\n")
        child = bench.start(*command, f"pipe:{path}", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL)
        text = read_until(child.stdout, b"three\r\n")
        assert text == b"two\r\nthree\r\n", (command, text)
        child.terminate()
        child.communicate(timeout=60)
    # More than is kept of what comes later.
    fcntl.fcntl(printed, F_SETPIPE_SZ, 1 << 20)
    lines = b"".join(b"line %d\r\n" % number for number in range(20000))
    os.write(printed, lines)
    child = bench.start("log", "-f", "-n", "19999", f"pipe:{path}", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert read_until(child.stdout, b"line 19999\r\n") == lines.partition(b"\n")[2]
    child.terminate()
    assert not child.communicate(timeout=60)[1]
    os.close(typed)
    os.close(printed)


@test
def the_pipe_that_may_not_be_written_to_is_named(bench):
    need_other_user(bench)
    path = pipes(bench)
    os.chmod(bench.dir, 0o711)
    for end in (".in", ".out"):
        os.chmod(path + end, 0o644)
    result = subprocess.run(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", bench.program, "send",
                             f"pipe:{path}", "x"], env=bench.env, stderr=subprocess.PIPE, timeout=60, check=False)
    assert result.returncode == 6, result
    said(f"{path}.in may not be written to by this user", result)


@test
def send_to_a_pipe_waits_until_somebody_has_read_it(bench):
    path = pipes(bench)
    commands = [["send", f"pipe:{path}", "secret"],
                ["expect", "--script", "-", f"pipe:{path}"], ["console", f"pipe:{path}"]]
    for command in commands:
        child = bench.start(*command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        script = b'send "secret"\n' if command[0] == "expect" else b"secret"
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(script)
            child.stdin.close()
        if command[0] != "console":
            assert read_until(child.stderr, b"has not read everything yet: waiting for it")
        # Nobody would wait for it to be read: only time tells that it is.
        with open(path + ".in", "rb", buffering=0) as reader:
            assert read_until(reader, b"secret") == b"secret", command
        assert child.wait(timeout=60) == 0, command


@test
def send_to_a_pipe_that_nobody_reads_says_what_is_lost(bench):
    path = pipes(bench)
    result = run(bench, "send", "--timeout", "0.3", f"pipe:{path}", "secret", status=11)
    said("con did not read everything in time", result)
    said("What nobody has read of it is lost: send it again", result)
    result = run(bench, "expect", "--timeout", "0.3", "--send", "x", f"pipe:{path}", "y", status=11)
    said("Nobody has read what was sent to it: it is lost", result)
    child = bench.start("send", f"pipe:{path}", "secret", stderr=subprocess.PIPE)
    read_until(child.stderr, b"waiting for it")
    child.terminate()
    read_until(child.stderr, b"is lost")
    # The pipe keeps what it has for as long as somebody has it open.
    child.wait(timeout=60)
    # What a VMM has that is only slow is there for it.
    typed = os.open(path + ".in", os.O_RDWR)
    said("con has not read 6 bytes yet: they wait in its pipe",
         run(bench, "send", f"pipe:{path}", "secret"))
    assert read_until(typed, b"secret") == b"secret"
    os.close(typed)


@test
def send_to_a_socket_waits_until_it_is_read(bench):
    path = os.path.join(bench.dir, "con")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        said("con did not read everything in time",
             run(bench, "send", "--timeout", "0.3", f"unix:{path}", "early", status=11))
        peer = server.accept()[0]
        peer.close()
        child = bench.start("send", f"unix:{path}", "late", stderr=subprocess.PIPE)
        read_until(child.stderr, b"con has not read everything yet: waiting for it")
        peer = server.accept()[0]
        assert read_until(peer, b"late") == b"late"
        assert child.wait(timeout=60) == 0
        peer.close()
        # It goes without having read it.
        child = bench.start("send", f"unix:{path}", "never", stderr=subprocess.PIPE)
        read_until(child.stderr, b"waiting for it")
        server.accept()[0].close()
        assert child.wait(timeout=60) == 7
        read_until(child.stderr, b"its console was closed")


@contextlib.contextmanager
def console_at_login(bench):
    """A console, and the other end of its socket, which has said so much."""
    path = os.path.join(bench.dir, "con")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        child = bench.terminal("console", f"unix:{path}")
        with server.accept()[0] as peer:
            peer.sendall(b"login: ")
            child.expect_exact("login: ")
            yield child, peer


@test
def a_console_tells_that_nothing_can_be_sent_to_who_prints_on(bench):
    with console_at_login(bench) as (child, peer):
        peer.shutdown(socket.SHUT_RD)
        child.send("a")
        child.expect_exact("cannot send to con any more: what is typed goes nowhere")
        peer.sendall(b"Password: ")
        child.expect_exact("Password: ")
    # Whose end comes soon is not told of before.
    child.expect_exact("the console of con was closed")
    child.wait()
    assert child.exitstatus == 7


@contextlib.contextmanager
def command_on_a_socket(bench, *command, **pipes_of_it):
    """A command whose input is no terminal, and the other end of its socket, which it has connected to."""
    path = os.path.join(bench.dir, "con")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        server.listen()
        child = bench.start(*command, f"unix:{path}",
                            **{"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **pipes_of_it})
        with server.accept()[0] as peer:
            yield child, peer


@test
def what_a_guest_printed_before_it_went_is_shown_however_late(bench):
    """To a console whose input is a file: nothing more can be sent, and its output is not read at once."""
    with command_on_a_socket(bench, "console", stdin=subprocess.PIPE) as (child, peer):
        child.stdin.write(b"x")
        child.stdin.flush()
        assert peer.recv(1)
        peer.sendall(b"y" * 180000)
    child.stdin.write(b"x")
    child.stdin.flush()
    # More than one look at whether it has come to its end.
    time.sleep(3)
    assert child.stdout.read().count(b"y") == 180000
    child.stdin.close()
    assert child.wait(timeout=60) == 7
    assert b"the console of con was closed" in child.stderr.read()


@test
def a_script_does_not_wait_for_who_was_full_and_takes_nothing(bench):
    with command_on_a_socket(bench, "console", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as (child, peer):
        os.set_blocking(child.stdin.fileno(), False)

        def typed():
            with contextlib.suppress(BlockingIOError):
                while True:
                    os.write(child.stdin.fileno(), b"x" * 65536)
            return is_at_rest(child.pid)
        wait_for("that it takes no more", typed)
        peer.shutdown(socket.SHUT_RD)
        assert b"left con" in read_until(child.stderr, b"bytes of input were not sent")
        assert child.wait(timeout=60) == 7


@test
def a_script_does_not_wait_for_who_takes_nothing_and_prints_on(bench):
    with command_on_a_socket(bench, "console", stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as (child, peer):
        peer.sendall(b"login: ")
        peer.shutdown(socket.SHUT_RD)
        child.stdin.write(b"hello\n")
        child.stdin.close()
        assert read_until(child.stderr, b"cannot send to con any more")
        assert child.wait(timeout=60) == 7


@test
def what_is_typed_at_a_pty_never_waits_for_who_takes_nothing(bench):
    with command_on_a_socket(bench, "pty") as (child, peer):
        terminal = child.stdout.readline().decode().rstrip("\n")
        fd = os.open(terminal, os.O_RDWR | os.O_NOCTTY)
        peer.shutdown(socket.SHUT_RD)
        os.write(fd, b"typed\r")
        read_until(child.stderr, f"cannot send to con any more: what is typed at {terminal} goes nowhere".encode())
        # More than a terminal holds.
        for _ in range(64):
            os.write(fd, b"x" * 1024)
        peer.sendall(b"printed")
        assert read_until(fd, b"printed") == b"printed"
    assert child.wait(timeout=60) == 7
    os.close(fd)


@test
def a_console_that_was_full_takes_keys_when_nothing_can_be_sent(bench):
    with console_at_login(bench) as (child, peer):
        os.set_blocking(child.child_fd, False)

        def typed():
            count = 0
            with contextlib.suppress(BlockingIOError):
                while True:
                    count += os.write(child.child_fd, b"x" * 4096)
            return count
        wait_for("that it takes no more keys",
                 lambda: not typed() and is_at_rest(child.pid) and not typed())
        os.set_blocking(child.child_fd, True)
        peer.shutdown(socket.SHUT_RD)
        peer.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while peer.recv(1 << 20):
                pass
        child.expect_exact("cannot send to con any more")
        child.send("\x1dq")
        child.expect_exact("left con")
        child.wait()


@test
def a_pipe_that_may_only_be_read_waits_for_who_writes(bench):
    need_other_user(bench)
    os.chmod(bench.dir, 0o711)
    path = os.path.join(bench.dir, "con")
    os.mkfifo(path)
    os.chmod(path, 0o644)
    child = subprocess.Popen(["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                              bench.program, "log", "-f", f"pipe:{path}"], env=bench.env,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    bench.children.append(child)
    has_waited(child)
    with open(path, "wb", buffering=0) as file:
        file.write(b"one\n")
        read_until(child.stdout, b"one\n")
    assert child.wait(timeout=60) == 0


# Terminals.

@test
def its_own_terminal_is_no_source(bench):
    term = bench.terminal("console", "pty:/dev/tty")
    term.expect_exact("it is the terminal that this program is on")
    term = bench.terminal("screen", "--no-ports", "tty=pty:/proc/self/fd/0")
    term.expect_exact("it is the terminal that this program is on")


@test
def a_terminal_that_is_gone_is_not_mixed_up_with_the_next(bench):
    desk = Desk(bench)
    master, slave = os.openpty()
    name = os.ttyname(slave)
    web = desk.guest("web", b"a guest beside it")
    term = desk.open(f"tty=pty:{name}", web)
    os.write(master, b"on a terminal")
    term.wait("on a terminal")
    os.close(slave)
    os.close(master)
    term.wait_status("gone: its last screen")
    # All guests are tried again, before its number may be given to somebody's shell and after.
    tried_twice(web)
    other = os.openpty()
    before = termios.tcgetattr(other[1])
    tried_twice(web)
    assert termios.tcgetattr(other[1]) == before
    assert "gone" in term.status()
    for fd in other:
        os.close(fd)


def tried_twice(guest):
    for _ in range(2):
        connections = guest.connections
        guest.client.shutdown(socket.SHUT_RDWR)
        played.wait_for("another connection", lambda: guest.connections > connections)


# screen --find

@test
def found_sockets_are_those_of_the_process_that_names_them(bench):
    desk = Desk(bench)
    # A command line that names a socket of somebody else's.
    victim = desk.guest("victim", b"keys that go here do harm")
    start_vmm(bench, victim.path, name="test-liar", listens=False)
    term = desk.open_ports("screen", "--no-ports", "--find")
    term.wait("test-liar")
    term.act("l")
    term.type("/test-liar\r")
    term.wait("the process that listens there is not the VM's")
    assert "keys that go here" not in term.text()
    # It is not asked again; who listens at its own socket is found, also behind one who does not.
    path = f"{bench.dir}/own.sock"
    start_vmm(bench, path, name="test-own", listens=False)
    start_vmm(bench, path, name="test-own")
    term.wait("1 of 2")
    other = desk.open_ports("screen", "--no-ports", "--fresh", "--find")
    other.wait("test-own")
    other.act("l")
    other.type("/test-own\r")
    other.wait("found me")
    assert victim.connections == 2 and not victim.received, victim.connections
