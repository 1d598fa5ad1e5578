# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the service does not do."""

from __future__ import annotations

from messages import answer_error


class Refusal(Exception):
    """The service does not do what is asked; `answer` says why."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.answer = answer_error(status, code, message)


def require(met: bool, code: str, message: str) -> None:
    """Refusal with this code and message unless a condition is met."""
    if not met:
        raise Refusal(code, message)
