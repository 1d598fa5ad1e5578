# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A Linux server in a folder: real shells run the commands, and its service managers are shell scripts."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from ansible_collections.huaweicloud.sms.plugins.plugin_utils.servers import _services

SHELLS = {
    name: command
    for name, command in {"dash": ["dash"], "bash": ["bash", "--posix"], "busybox": ["busybox", "sh"]}.items()
    if shutil.which(command[0])
}
UUID = "4c4c4544-0042-3510-8054-c2c04f4e3732"

# The state of a service is the first line of the file of its name in the folder "state"; its log is "log".
_SYSTEMCTL = r"""#!/bin/sh
for name; do :; done
file=@ROOT@/state/$name
case $1 in
  show)
    load=loaded active=inactive
    if [ -e "$file" ]; then read active < "$file"; else load=not-found; fi
    [ "$active" = masked ] && load=masked active=inactive
    if [ "$active" = broken ]; then echo 'Failed to get D-Bus connection' >&2; exit 1; fi
    [ -e "$file.warns" ] && echo "Warning: the unit file of $name changed on disk" >&2
    echo "ActiveState=$active"; echo "LoadState=$load";;
  *)
    operation=$2
    if [ ! -e "$file" ]; then echo "Unit $name.service not found." >&2; exit 5; fi
    echo "$operation $name" >> @ROOT@/log
    if [ -e "$file.stuck" ]; then echo "Job for $name failed." >&2; exit 1; fi
    if [ -e "$file.odd" ]; then cat "$file.odd" > "$file"; exit 0; fi
    if [ "$operation" = stop ]; then echo inactive > "$file"; else echo active > "$file"; fi;;
esac
"""
# As "service NAME OPERATION", and as an init script, whose name is that of the service.
_SERVICE = r"""#!/bin/sh
case ${0##*/} in service) name=$1; operation=$2;; *) name=${0##*/}; operation=$1;; esac
file=@ROOT@/state/$name
if [ ! -e "$file" ]; then echo "$name: unrecognized service" >&2; exit 1; fi
read state < "$file"
case $operation in
  status)
    case $state in active) exit 0;; inactive) exit 3;; *) echo "$name is $state"; exit "$state";; esac;;
  *)
    echo "$operation $name" >> @ROOT@/log
    if [ -e "$file.umask" ]; then echo "$(umask) ${LC_ALL-unset}" > "$file.umask"; fi
    if [ -e "$file.stuck" ]; then echo "$name does not $operation"; exit 1; fi
    if [ "$operation" = stop ]; then echo inactive > "$file"; else echo active > "$file"; fi;;
esac
"""
_INITCTL = r"""#!/bin/sh
file=@ROOT@/state/$2
read state < "$file"
case $1 in
  status) case $state in
    active) echo "$2 start/running, process 17";;
    inactive) echo "$2 stop/waiting";;
    *) echo "$2 $state";;
  esac;;
  stop) echo inactive > "$file";;
  start) echo active > "$file";;
esac
"""


class Killed(Exception):
    """The run was killed before a command."""


class Machine:
    """A server in a folder. It takes the place of the action, and runs the low-level commands on this machine.

    :param root: its folder.
    :param shell: the program that runs the commands, and its arguments.
    :param manager: ``systemd``, ``service``, ``script``, ``upstart`` or ``none``.
    :ivar noise: what login scripts print on standard output and standard error.
    :ivar terminal: whether the commands have a terminal.
    :ivar commands_left: the commands before the run is killed; None for any number.
    """

    def __init__(self, root: Path, shell: list[str], manager: str = "systemd") -> None:
        self.root, self.shell = root, shell
        self.noise = ""
        self.terminal = False
        self.commands_left: int | None = None
        self.commands = 0
        for folder in ("state", "bin", "run", "etc", "sbin", "sys/class/dmi/id", "var"):
            (root / folder).mkdir(parents=True, exist_ok=True)
        (root / "sys/class/dmi/id/product_uuid").write_text(f"{UUID.upper()}\n")
        self.install(manager)

    def install(self, manager: str) -> None:
        """Give it a service manager."""
        self.manager = manager
        if manager == "systemd":
            (self.root / "run/systemd/system").mkdir(parents=True)
            self._program("bin/systemctl", _SYSTEMCTL)
        elif manager == "service":
            self._program("sbin/service", _SERVICE)
        elif manager == "upstart":
            (self.root / "etc/init").mkdir()
            self._program("bin/initctl", _INITCTL)
        elif manager == "script":
            (self.root / "etc/init.d").mkdir()

    def _program(self, name: str, text: str) -> None:
        (self.root / name).write_text(text.replace("@ROOT@", str(self.root)))
        (self.root / name).chmod(0o755)

    def server(self, settle: int = 0) -> _services.Linux:
        """Return the server that is tested."""
        return _services.Linux(self, str(self.root), settle)

    def service(self, name: str, state: str = "active") -> Path:
        """Create a service, and return the file of its state."""
        if self.manager == "upstart":
            (self.root / f"etc/init/{name}.conf").touch()
        elif self.manager == "script":
            self._program(f"etc/init.d/{name}", _SERVICE)
        file = self.root / "state" / name
        file.write_text(f"{state}\n")
        return file

    def state(self, name: str) -> str:
        return (self.root / "state" / name).read_text().strip()

    @property
    def log(self) -> list[str]:
        """The starts and stops, in order."""
        file = self.root / "log"
        return file.read_text().splitlines() if file.exists() else []

    @property
    def path(self) -> str:
        """A path for the freeze record."""
        return str(self.root / "var/lib/it's here/freeze.json")

    def record(self, text: str) -> Path:
        """Write the file of the freeze record."""
        file = Path(self.path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())
        return file

    def _low_level_execute_command(self, command: str, sudoable: bool = True) -> dict[str, object]:
        if self.commands_left is not None:
            if self.commands_left == 0:
                raise Killed
            self.commands_left -= 1
        self.commands += 1
        path = f"{self.root}/bin:{os.environ['PATH']}"
        done = subprocess.run(
            [*self.shell, "-c", f"{self.noise}\n{command}" if self.noise else command],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            env={"PATH": path, "HOME": str(self.root), "LANG": "xx_YY.UTF-8"},
            check=False,
        )
        out, err = (text.decode("utf-8", "surrogateescape") for text in (done.stdout, done.stderr))
        if self.terminal:
            out, err = f"{err}{out}".replace("\n", "\r\n"), ""
        return {"rc": done.returncode, "stdout": out, "stderr": err}
