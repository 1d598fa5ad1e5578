# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: several requests in flight, which end together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError, as_completed
from typing import TypeVar

from ._deadline import Deadline

Question = TypeVar("Question")
Reply = TypeVar("Reply")

# How long an interruption goes unnoticed, in seconds.
_SLICE = 0.2


def ask_together(
    questions: Iterable[Question],
    ask: Callable[[Question], Reply],
    take: Callable[[Question, Reply], None],
    concurrency: int,
    deadline: Deadline,
) -> None:
    """Ask side by side, and take each answer as it comes.

    The first failure, or an interruption, ends all of them.

    :param ask: called in several threads at once.
    :param take: called in this thread alone.
    :param concurrency: requests in flight at once.
    :param deadline: the requests' own; it is called off where they have to end.
    :raises Exception: what the first question that failed raised.
    """
    failures: list[Exception] = []

    def ask_or_end(question: Question) -> Reply:
        try:
            return ask(question)
        except Exception as error:
            failures.append(error)
            deadline.cancel()
            raise

    with ThreadPoolExecutor(concurrency) as executor:
        try:
            answers = {executor.submit(ask_or_end, question): question for question in questions}
            for answer in _as_completed(answers):
                if failures:
                    raise failures[0]
                take(answers[answer], answer.result())
        except BaseException:
            # An interruption too: nobody needs the answers any more.
            deadline.cancel()
            executor.shutdown(wait=False, cancel_futures=True)
            raise


def _as_completed(futures: Iterable[Future[Reply]]) -> Iterator[Future[Reply]]:
    """Futures in the order in which they end, as the standard library gives them, but in slices of time.

    Python handles signals in the main thread alone. One that the system gives to another thread does not wake it up.
    """
    pending = set(futures)
    while pending:
        try:
            for future in as_completed(pending, timeout=_SLICE):
                pending.remove(future)
                yield future
        except TimeoutError:
            continue
