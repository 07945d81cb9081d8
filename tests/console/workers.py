# SPDX-License-Identifier: GPL-2.0-only
"""Several tests side by side, each worker in a host of its own.

A test looks for VMs in /proc, and leaves the killed for somebody to wait for. So each
worker has its own processes and mounts, of which nothing is left when it ends. That
takes root: without it there is one worker, and no such host. What the kernel tells of a
VM names its process as this host knows it: see on_this_host().
"""

import ctypes
import fcntl
import multiprocessing.connection
import os
import signal
import traceback

CLONE_NEWNS, CLONE_NEWPID = 0x20000, 0x20000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000
PR_SET_PDEATHSIG = 1

LIBC = ctypes.CDLL(None, use_errno=True)


def checked(result):
    """What a call of libc returned, or its error as an exception."""
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def on_this_host(function):
    """Marks a test that needs the kernel's word on processes: it has no host of its own."""
    function.on_this_host = True
    return function


def is_possible():
    """Whether this process may make such hosts."""
    child = os.fork()
    if not child:
        try:
            enter_host()
            first = os.fork()
            if first:
                os._exit(os.waitpid(first, 0)[1] != 0)
            show_processes()
            os._exit(0)
        except OSError:
            os._exit(1)
    return os.waitpid(child, 0)[1] == 0


def count_of(jobs):
    """How many workers there are to be: JOBS if given, else one more than twice the CPUs, since
    tests wait most of the time."""
    if not is_possible():
        return 1
    return max(1, int(jobs)) if jobs else 2 * os.cpu_count() + 1


def enter_host():
    """The children of this process are in a host of their own, whose /proc shows them alone."""
    checked(LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    checked(LIBC.unshare(CLONE_NEWNS | CLONE_NEWPID))
    checked(LIBC.mount(None, b"/", None, MS_REC | MS_PRIVATE, None))


def show_processes():
    """In the first process of a host: its own in /proc."""
    checked(LIBC.mount(b"proc", b"/proc", b"proc", 0, None))


def be_init(there):
    """The first process of a host: it waits for all that nobody else waits for, until its first child ends.

    Returns in that child, which alone has THERE to tell by.
    """
    checked(LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0))
    show_processes()
    first = os.fork()
    if not first:
        return
    there.close()
    while True:
        pid, status = os.wait()
        if pid == first:
            os._exit(os.waitstatus_to_exitcode(status) & 0xff)


def start(tasks, perform, apart):
    """A worker, which takes numbers from the pipe TASKS; returns where it tells of them, and its pid.

    It tells (number, None) when it begins, (number, what perform(number) returned) when it is done, and
    (None, what perform(None) returned) when there are no more.
    """
    here, there = multiprocessing.Pipe(duplex=False)
    pid = os.fork()
    if pid:
        there.close()
        return here, pid
    try:
        here.close()
        if apart:
            enter_host()
            init = os.fork()
            if init:
                there.close()
                os._exit(os.waitstatus_to_exitcode(os.waitpid(init, 0)[1]) & 0xff)
            be_init(there)
        while number := os.read(tasks, 2):
            number = int.from_bytes(number, "little")
            there.send((number, None))
            there.send((number, perform(number)))
        there.send((None, perform(None)))
        os._exit(0)
    except BaseException:           # pylint: disable=broad-except
        traceback.print_exc()
    finally:
        os._exit(1)


def queue(numbers):
    """A pipe that has these."""
    here, fill = os.pipe()
    fcntl.fcntl(fill, fcntl.F_SETPIPE_SZ, max(4096, 2 * len(numbers)))
    os.write(fill, b"".join(number.to_bytes(2, "little") for number in numbers))
    os.close(fill)
    return here


def run(apart, here, workers, perform):
    """Yields (number, perform(number)) for each number of APART and HERE as they are done, in as many WORKERS.

    Those of HERE are done by one worker, on this host. For what a worker that died was at, or would have
    done, there is (number, None), and for the end of each (None, perform(None)).
    """
    if workers == 1:
        apart, here = [], sorted([*apart, *here])
    pipes = [queue(here), queue(apart)]
    started = dict([start(pipes[0], perform, False)] if here else [])
    started.update(start(pipes[1], perform, True) for _ in range(min(workers - bool(here), len(apart))))
    for pipe in pipes:
        os.close(pipe)
    doing = {}
    left = {*apart, *here}
    try:
        while started:
            for told in multiprocessing.connection.wait(list(started)):
                try:
                    number, result = told.recv()
                except EOFError:
                    os.waitpid(started.pop(told), 0)
                    if told in doing:
                        left.discard(doing[told])
                        yield doing.pop(told), None
                    continue
                if number is not None and result is None:
                    doing[told] = number
                    continue
                doing.pop(told, None)
                left.discard(number)
                yield number, result
    finally:
        for pid in started.values():
            os.kill(pid, signal.SIGKILL)
    for number in sorted(left):
        yield number, None
