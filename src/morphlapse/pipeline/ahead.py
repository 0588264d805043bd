"""Work ahead on all cores: what is costly is made once, however many threads ask for it."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Generator, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


class Recent(Generic[Key, Value]):
    """The values that were asked for last; one that another thread is making is waited for.

    Parameters
    ----------
    kept : int
        How many are held.
    """

    def __init__(self, kept: int) -> None:
        self.kept = kept
        self._found: OrderedDict[Key, Future[Value]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._found)

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """Look a value up, or make it and forget what was not asked for the longest."""
        with self._lock:
            future = self._found.get(key)
            made = future is not None
            future = Future() if future is None else future
            self._found[key] = future
            self._found.move_to_end(key)
            while len(self._found) > self.kept:
                self._found.popitem(last=False)
        if not made:
            self._fill(key, future, make)
        return future.result()

    def renew(self, keys: Iterable[Key]) -> None:
        """Ask for values, where they are known, only so that they are not forgotten."""
        with self._lock:
            for key in keys:
                if key in self._found:
                    self._found.move_to_end(key)

    def _fill(self, key: Key, future: Future[Value], make: Callable[[], Value]) -> None:
        try:
            future.set_result(make())
        except BaseException as error:
            with self._lock:
                self._found.pop(key, None)
            future.set_exception(error)
            raise


def work_ahead(
    tasks: Iterable[tuple[Callable[[], Value], Sequence[Callable[[], object]]]], workers: int, held: int | None = None
) -> Generator[Value, None, None]:
    """Do tasks on threads, and give their results in order, a few ahead of whoever asks.

    Parameters
    ----------
    tasks : iterable of (callable, sequence of callable)
        Taken a few at a time: what gives a result, and what is then to be made ready for later ones.
    workers : int
        How many are done at once.
    held : int, optional
        How many may be begun or wait for whoever asks; by default one more than are done at once.
    """
    most = workers + 1 if held is None else max(held, workers + 1)
    pool = ThreadPoolExecutor(workers, thread_name_prefix="morphlapse")
    waiting: deque[Future[Value]] = deque()
    try:
        for task, ready in tasks:
            waiting.append(pool.submit(task))
            for each in ready:
                pool.submit(each)
            while len(waiting) > most:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
