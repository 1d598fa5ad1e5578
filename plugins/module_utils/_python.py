# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: one message where a module runs on a Python that is too old.

Every Python from 2.7 on has to be able to read this file: no annotations, no f-strings.
"""

import json
import sys

OLDEST = (3, 10)


def problem_of(version):  # type: (tuple[int, ...]) -> str | None
    """Why a Python of this version cannot be used, None if it can."""
    if version >= OLDEST:
        return None
    oldest, this = (".".join(map(str, each)) for each in (OLDEST, version))
    return "".join(
        [
            "The collection huaweicloud.sms needs Python " + oldest + " or newer, and this is " + this,
            " (" + sys.executable + "): set ansible_python_interpreter to a newer one.",
        ]
    )


def refuse_old_one():  # type: () -> None
    """End the module with one message where its Python is too old."""
    problem = problem_of(sys.version_info[:3])
    if problem:
        sys.stdout.write(json.dumps({"failed": True, "msg": problem}) + "\n")
        sys.exit(1)
