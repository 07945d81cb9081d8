# SPDX-License-Identifier: GPL-2.0-only
"""An ssh server of a test's own: its port, keys and settings, and no other's."""

import os
import pwd
import socket
import subprocess

import proc
from played import wait_for

SERVER = """\
ListenAddress 127.0.0.1
Port {port}
HostKey {dir}/host
AuthorizedKeysFile {dir}/user.pub
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin yes
UsePAM no
StrictModes no
PidFile none
SetEnv KPL011_DEV_DIR={ports} PATH={dir}/bin:/usr/bin:/bin
"""

CLIENT = """\
Host *
  Port {port}
  User {user}
  IdentityFile {dir}/{key}
  IdentitiesOnly yes
  IdentityAgent none
  UserKnownHostsFile {dir}/{known}
  GlobalKnownHostsFile none
  HostKeyAlias there
  StrictHostKeyChecking yes
"""


class Server:
    """Serves the ports of a directory to who has the key. kpl011 is in its PATH."""

    def __init__(self, directory, program, ports):
        self.dir = os.path.join(directory, "sshd")
        os.makedirs(os.path.join(self.dir, "bin"))
        os.symlink(program, os.path.join(self.dir, "bin", "kpl011"))
        for key in ("host", "user", "other"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f",
                            os.path.join(self.dir, key)], check=True)
        with open(os.path.join(self.dir, "host.pub"), encoding="ascii") as file:
            self._write("known", "there " + file.read())
        self._write("unknown", "")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._write("server", SERVER.format(port=self.port, dir=self.dir, ports=ports))
        if os.geteuid() == 0:
            # Where a server that runs as root locks up those that it does not know yet.
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        self.process = None
        self.start()

    def _write(self, name, text):
        with open(os.path.join(self.dir, name), "w", encoding="ascii") as file:
            file.write(text)

    def start(self):
        self.process = subprocess.Popen(
            ["/usr/sbin/sshd", "-D", "-e", "-f", os.path.join(self.dir, "server")],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, start_new_session=True)
        wait_for("it listens", self._listens)

    def lock(self, key, passphrase):
        """From now on the key can be used by who knows this."""
        subprocess.run(["ssh-keygen", "-q", "-p", "-P", "", "-N", passphrase, "-f",
                        os.path.join(self.dir, key)], check=True, stdout=subprocess.DEVNULL)

    def _listens(self):
        assert self.process.poll() is None, self.process.stderr.read().decode()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        """The server and its connections: each is a process below it."""
        for pid in [self.process.pid, *proc.descendants(self.process.pid)]:
            try:
                os.kill(pid, 9)
            except ProcessLookupError:
                pass
        self.process.wait()
        self.process.stderr.close()

    def client(self, key="user", known="known"):
        """The command that gets there, for --ssh."""
        path = os.path.join(self.dir, f"client-{key}-{known}")
        with open(path, "w", encoding="ascii") as file:
            file.write(CLIENT.format(port=self.port, user=pwd.getpwuid(os.geteuid()).pw_name,
                                     dir=self.dir, key=key, known=known))
        return f"ssh -F {path}"
