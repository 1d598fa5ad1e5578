# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests and the demo need to know of the checkout that they run in."""

from __future__ import annotations

import contextlib
import os
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
COLLECTION = pathlib.PurePath("ansible_collections", "huaweicloud", "sms")

# The developer's own settings and credentials, and ways to services on this machine that pip needs all the same.
_SETTINGS = re.compile("(ANSIBLE|AWX|EDA|HUAWEICLOUD|HW|RUNNER)_")
_WAYS = re.compile("(https?|all|no)_proxy$|(REQUESTS|CURL)_CA_BUNDLE$|SSL_CERT_", re.IGNORECASE)


def link_collection() -> pathlib.Path:
    """Return a folder from which Python and Ansible can import the checkout as the collection that it is."""
    link = BUILD / "collections" / COLLECTION
    link.parent.mkdir(parents=True, exist_ok=True)
    # Several of these may be at work side by side.
    with contextlib.suppress(FileExistsError):
        link.symlink_to(os.path.relpath(ROOT, link.parent), target_is_directory=True)
    return BUILD / "collections"


def neutral_environment() -> dict[str, str]:
    """Return the environment without the developer's own Ansible settings, credentials and proxy to this machine."""
    environment = {name: value for name, value in os.environ.items() if not _SETTINGS.match(name)}
    return {
        **environment,
        "ANSIBLE_HOME": str(BUILD / "ansible"),
        "ANSIBLE_REMOTE_TMP": str(BUILD / "ansible" / "tmp"),
        "no_proxy": ",".join(filter(None, [environment.get("no_proxy"), "127.0.0.1"])),
    }


def forget_environment() -> None:
    """Remove settings, credentials and proxies from this process: Ansible reads its own when it is first imported."""
    # ansible-test passes none of them on, and its own workers need its variables.
    if "ANSIBLE_CONTROLLER_MIN_PYTHON_VERSION" in os.environ:
        return
    for name in list(os.environ):
        if _SETTINGS.match(name) or _WAYS.match(name):
            del os.environ[name]
