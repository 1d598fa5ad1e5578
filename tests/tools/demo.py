# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows the collection at work against the emulator, as a terminal session.

``make demo`` runs it. With a folder as its argument it shows the collection that is installed there, in place of the
checkout.
"""

from __future__ import annotations

import os
import pathlib
import shlex
import subprocess
import sys

import checkout

REPORT = checkout.BUILD / "demo-report"
COMMANDS = (
    "cat sms.yml",
    "ansible-inventory -i sms.yml --graph",
    "cat syncing.yml",
    "ansible-playbook -i sms.yml syncing.yml",
    "cat blocked.yml",
    "ansible-playbook -i sms.yml blocked.yml",
    f"ansible-playbook huaweicloud.sms.report -e report_path={REPORT}",
)


def main() -> int:
    """Run the commands of the demo; return the exit status of the first that fails, or 0."""
    collections = str(checkout.link_collection())
    sys.path.append(collections)
    from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

    with Emulator() as emulator:
        environment = {
            **checkout.neutral_environment(),
            "ANSIBLE_COLLECTIONS_PATH": sys.argv[1] if len(sys.argv) > 1 else collections,
            "HUAWEICLOUD_SMS_ENDPOINT": emulator.url,
            "HW_AUTH_TOKEN": emulator.token,
            "PATH": os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]]),
        }
        print(f"An emulator of the service answers at {emulator.url}; the environment names it and holds a token.")
        for command in COMMANDS:
            print(f"\n$ {command}", flush=True)
            status = subprocess.run(
                shlex.split(command), cwd=checkout.ROOT / "tests" / "demo", env=environment, check=False
            ).returncode
            if status:
                return status
    print(f"\nThe report of the fleet, to be opened in a browser: {REPORT / 'report.html'}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
