# SPDX-License-Identifier: GPL-2.0-only
"""The time that a command is given, --timeout, holds whatever it waits for."""

import os
import socket
import subprocess
import time

import pexpect

import asks
from bench import run, said
from far import LATE, hosts, run_in_time
from hostile_cases import silent
from played import has_waited, read_until

TESTS = []
test = asks.decorator(TESTS)


def in_time(bench, *args, status, **kwargs):
    begun = time.monotonic()
    result = run(bench, *args, status=status, **kwargs)
    took = time.monotonic() - begun
    assert took < 1 + LATE, (args, took)
    return result


@test
def a_host_has_no_longer_than_the_command(bench):
    bench.env["KPL011_HOST_TIMEOUT"] = "60"
    cannot = "cannot reach the host a: it does not answer"
    did_not = "web1 did not print x in time"
    for leaves_out, args, status, text in (
            ("hello", ["expect", "1", "x"], 12, cannot),
            ("guests", ["expect", "1", "x"], 12, cannot),
            ("hello", ["send", "1", "x"], 12, cannot),
            ("hello", ["send", "--all-matching", "w*", "x"], 12, cannot),
            ("open", ["expect", "1", "x"], 11, did_not),
            ("open", ["send", "1", "x"], 11, "web1 did not take everything in time"),
            ("bytes", ["expect", "--from", "start", "1", "x"], 11, did_not),
            ("bytes marks", ["expect", "--from", "start", "1", "x"], 11, did_not),
            ("drip", ["expect", "1", "y"], 11, "web1 did not print y in time"),
            ("bytes input", ["send", "--take", "1", "x"], 11,
             "cannot take the input of web1: Connection timed out"),
            ("bytes input", ["expect", "--take", "--send", "x", "1", "y"], 11,
             "cannot take the input of web1: Connection timed out")):
        silent(bench, *leaves_out.split())
        command, *words = args
        said(text, run_in_time(bench, "a", command, *words, status=status))


@test
def a_password_has_no_longer_than_the_command(bench):
    (away,) = hosts(bench, "a")
    away.run_instead(f"if tail -n 1 {os.path.dirname(away.dir)}/arguments | grep -q BatchMode; then\n"
                     "echo 'a: Permission denied (password).' >&2; exit 255; fi\n"
                     "printf 'password: ' >/dev/tty; exec sleep 1000\n".encode())
    child = bench.terminal("--host", "a", "expect", "--timeout", "6", "1", "x")
    child.expect_exact("password: ")
    child.expect_exact("cannot reach the host a: it does not answer")
    child.expect(pexpect.EOF)


@test
def a_tcp_port_has_no_longer_than_the_command(bench):
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        waiting = [socket.socket() for _ in range(4)]
        for client in waiting:
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        source = f"tcp:127.0.0.1:{port}"
        for args in (["send", "--timeout", "1", source, "x"],
                     ["send", "--timeout", "1", "--take", source, "x"],
                     ["expect", "--timeout", "1", source, "x"]):
            result = in_time(bench, *args, status=11)
            said(f"{source} did not appear in time: Connection timed out", result)
        for client in waiting:
            client.close()


@test
def a_pipe_has_no_longer_than_the_command(bench):
    port = bench.port(1, "web1", b"login: ")
    pipe = os.path.join(bench.dir, "pipe")
    os.mkfifo(pipe)
    result = in_time(bench, "expect", "--timeout", "1", "--script", pipe, "web1", status=11)
    said(f"the script {pipe} did not come in time", result)
    result = in_time(bench, "send", "--timeout", "1", "--file", pipe, "web1", status=11)
    said("web1 did not take everything in time", result)
    said("is a named pipe, and cannot keep a cursor", in_time(bench, "expect", "--cursor", pipe, "web1", "login: $",
                                                         status=1))
    # Who writes them comes later.
    child = bench.start("expect", "--timeout", "60", "--script", pipe, "web1", stdout=subprocess.PIPE)
    with open(pipe, "wb") as file:
        file.write(b"expect ")
        file.flush()
        file.write(b"'login: $'\n")
    assert child.communicate(timeout=60)[0] == b"login: \n"
    child = bench.start("send", "--timeout", "60", "--file", pipe, "web1")
    with open(pipe, "wb") as file:
        file.write(b"ro")
        file.flush()
        port.wait_received(b"ro")
        file.write(b"ot\r")
    port.wait_received(b"root\r")
    assert child.wait(timeout=60) == 0


@test
def send_waits_for_a_guest_that_is_not_there_yet(bench):
    child = bench.start("send", "--timeout", "60", "ci", "hello")
    has_waited(child)
    port = bench.port(7, "ci")
    port.wait_received(b"hello")
    assert child.wait(timeout=60) == 0
    said("no guest called 'c1' appeared in time", in_time(bench, "send", "--timeout", "0.3", "c1", "x", status=11))
    said("no guest is called 'c1'", run(bench, "send", "c1", "x", status=3))
    path = os.path.join(bench.dir, "late.sock")
    child = bench.start("send", "--timeout", "60", f"unix:{path}", "hello")
    has_waited(child)
    with socket.socket(socket.AF_UNIX) as late:
        late.bind(path)
        late.listen(1)
        client, _ = late.accept()
        assert read_until(client, b"hello") == b"hello"
        client.close()
    child.wait(timeout=60)


@test
def a_socket_at_which_others_wait_is_waited_for(bench):
    path = os.path.join(bench.dir, "full.sock")
    with socket.socket(socket.AF_UNIX) as full:
        full.bind(path)
        full.listen(0)
        first = socket.socket(socket.AF_UNIX)
        first.connect(path)
        result = run(bench, "expect", f"unix:{path}", "x", status=1)
        said("others are connected to it, and no more can wait in its queue", result)
        child = bench.start("expect", "--timeout", "60", f"unix:{path}", "login: $", stdout=subprocess.PIPE)
        has_waited(child)
        full.accept()[0].close()
        client, _ = full.accept()
        client.sendall(b"login: ")
        assert child.communicate(timeout=60)[0] == b"login: \n"
        client.close()
        first.close()


@test
def a_server_that_hangs_up_at_first_is_waited_for(bench):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        source = f"telnet:127.0.0.1:{server.getsockname()[1]}"

        def serve(said):
            peer = server.accept()[0]
            peer.sendall(said)
            peer.shutdown(socket.SHUT_WR)
            # With something unread it would be a reset.
            while peer.recv(4096):
                pass
            peer.close()

        child = bench.start("log", "-f", source, stderr=subprocess.PIPE)
        serve(b"")
        errors = child.communicate(timeout=60)[1]
        assert child.returncode == 3 and b"it closed the connection at once" in errors, errors
        child = bench.start("expect", "--timeout", "60", source, "in use", stdout=subprocess.PIPE)
        for said in (b"", b"", b"", b"Port 7 is in use by anna\r\n"):
            serve(said)
        assert child.communicate(timeout=60)[0] == b"in use\n" and child.returncode == 0
