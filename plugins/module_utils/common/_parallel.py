# Copyright (c) 2026, the huaweicloud.sms contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Private to the collection huaweicloud.sms: a function applied to many items by several threads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, TimeoutError, as_completed
from typing import TypeVar

from ._deadline import Deadline

Item = TypeVar("Item")
Result = TypeVar("Result")

# Seconds until an interruption (SIGINT) is noticed.
_SLICE = 0.2


def map_in_parallel(
    function: Callable[[Item], Result], items: Iterable[Item], concurrency: int, deadline: Deadline
) -> Iterator[tuple[Item, Result]]:
    """Yield each item with the result of the function, in the order in which the results arrive.

    The first error, an interruption, or a caller that stops iterating cancels all calls.

    :param function: called in several threads at once.
    :param concurrency: number of threads.
    :param deadline: the deadline that the function uses; it is cancelled if the calls have to end early.
    :raises Exception: what the first call that failed raised.
    """
    failures: list[Exception] = []

    def call(item: Item) -> Result:
        try:
            return function(item)
        except Exception as error:
            failures.append(error)
            deadline.cancel()
            raise

    with ThreadPoolExecutor(concurrency) as executor:
        try:
            futures = {executor.submit(call, item): item for item in items}
            for future in _as_completed(futures):
                if failures:
                    raise failures[0]
                yield futures[future], future.result()
        except BaseException:
            # Also after KeyboardInterrupt, and GeneratorExit from a caller that stops: nobody needs the results.
            deadline.cancel()
            executor.shutdown(wait=False, cancel_futures=True)
            raise


def _as_completed(futures: Iterable[Future[Result]]) -> Iterator[Future[Result]]:
    """Yield the futures in the order in which they complete, and wake up regularly.

    Python runs signal handlers in the main thread only, and a signal that the system delivers to another thread does
    not wake up the main thread.
    """
    pending = set(futures)
    while pending:
        try:
            for future in as_completed(pending, timeout=_SLICE):
                pending.remove(future)
                yield future
        except TimeoutError:
            continue
