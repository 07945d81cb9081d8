# SPDX-License-Identifier: GPL-2.0-only
"""Tests of sockets in place of a guest: of TCP, telnet and Unix, and of who takes nothing there."""

import contextlib
import os
import socket
import subprocess

import asks
import played
from bench import run, said
from desk import Desk
from played import has_waited, is_at_rest, read_until, wait_for
from sources import TcpGuest, append, command_on_a_socket, console_at_login

TESTS = []
test = asks.decorator(TESTS)


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


# Who takes nothing.

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


@test
def what_a_guest_printed_before_it_went_is_shown_however_late(bench):
    """To a console whose input is a file: nothing more can be sent, and its output is not read at once."""
    with command_on_a_socket(bench, "console", stdin=subprocess.PIPE) as (child, peer):
        child.stdin.write(b"x")
        child.stdin.flush()
        assert peer.recv(1)
        peer.sendall(b"y" * 180000)
    # Its output is full: it does not look again before there is something else to do.
    wait_for("that it prints no more", lambda: is_at_rest(child.pid))
    child.stdin.write(b"x")
    child.stdin.flush()
    # For what was typed, for another try to send it, and then more than one look at whether the end has come.
    has_waited(child, times=4)
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
