# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows rules firing while a fleet migrates in an emulator, as a terminal session. ``make demo-events`` runs it."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path.append(str(HERE.parents[1] / "tools"))

import checkout  # noqa: E402

# Five servers of which one loses its agent and one fails: within three hours, simulated in half a minute, all is over.
FLEET = {"servers": 5, "seed": 868, "speed": 0}
SPEED = 300
PATIENCE = 120
# Real seconds for the last events to be told, and their rules to fire.
AFTERMATH = 5
COMMAND = ["ansible-rulebook", "--inventory", "inventory.yml", "--rulebook", "rulebook.yml"]


def main() -> int:
    """Run the rulebook until the fleet has arrived; return 0, or another status where it ended early."""
    collections = str(checkout.link_collection())
    sys.path.append(collections)
    from ansible_collections.huaweicloud.sms.tests.emulator.handle import Emulator

    with Emulator(**FLEET) as emulator:
        print(f"An emulator of the service answers at {emulator.url}; three hours pass there in half a minute.")
        print(f"\n$ cat rulebook.yml\n{(HERE / 'rulebook.yml').read_text(encoding='utf-8')}")
        print(f"\n$ {' '.join(COMMAND)}", flush=True)
        process = subprocess.Popen(COMMAND, cwd=HERE, env=environment(collections, emulator))
        try:
            return watch(process, emulator)
        finally:
            end(process)


def environment(collections: str, emulator) -> dict[str, str]:
    """Return the environment that names the emulator and holds a token."""
    return {
        **checkout.neutral_environment(),
        "ANSIBLE_COLLECTIONS_PATH": collections,
        "HUAWEICLOUD_SMS_ENDPOINT": emulator.url,
        "HW_AUTH_TOKEN": emulator.token,
        "PATH": os.pathsep.join([str(pathlib.Path(sys.executable).parent), os.environ["PATH"]]),
    }


def watch(process: subprocess.Popen, emulator) -> int:
    """Wait for the fleet to arrive; return 0, or 1 where the rulebook engine ended before or time is up."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            print("The rulebook engine ended early.", file=sys.stderr)
            return 1
        if emulator.requests():
            # Until the engine has started and read its first list, nothing moves.
            emulator.set(speed=SPEED)
        if all(record["state"] in ("finished", "error") for record in emulator.fleet()):
            time.sleep(AFTERMATH)
            print("\nAll servers have arrived or failed: the demo ends here.")
            return 0
        time.sleep(0.5)
    print(f"The fleet has not arrived within {PATIENCE} seconds.", file=sys.stderr)
    return 1


def end(process: subprocess.Popen) -> None:
    """End the rulebook engine, whatever it is doing."""
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
