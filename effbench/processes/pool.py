"""Work shared out to several workers, each of which is asked for one piece after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import Generic, TypeVar

from effbench.processes.process import Worker, WorkerFailed

Item = TypeVar("Item")
Found = TypeVar("Found")


def shared_out(
    batches: Iterable[Sequence[Item]],
    start: Callable[[], Worker],
    ask: Callable[[Worker, Item], Found],
    *,
    processes: int,
    tell: Callable[[int, Item], None] = lambda left, item: None,
) -> Iterator[tuple[Item, Found | WorkerFailed]]:
    """Each item with its answer or the failure in its place, as they come.

    Args:
        batches: items that one process takes at once. start: opens a worker; another one takes its place if it is lost.
        ask: asks a worker about an item. processes: at a time.
        tell: is told, before each item, how many are left and which one is next; from the thread that asks.
    """
    desk = _Desk(batches, start, ask, tell)
    count = max(1, min(processes, len(desk.batches)))
    with ThreadPoolExecutor(count) as threads:
        try:
            served = [threads.submit(desk.serve) for _ in range(count)]
            for _ in served:
                yield from iter(desk.answers.get, None)
            for one in served:
                one.result()  # raises what stopped it
        finally:
            desk.clear()  # after an interrupt nothing new is begun


class _Desk(Generic[Item, Found]):
    """What the threads share: each asks one process until nothing is left, and puts None behind its last answer."""

    def __init__(
        self,
        batches: Iterable[Sequence[Item]],
        start: Callable[[], Worker],
        ask: Callable[[Worker, Item], Found],
        tell: Callable[[int, Item], None],
    ) -> None:
        self.batches = [deque(batch) for batch in batches]
        self.answers: SimpleQueue[tuple[Item, Found | WorkerFailed] | None] = SimpleQueue()
        self._todo = deque(self.batches)
        self._start, self._ask, self._tell = start, ask, tell

    def clear(self) -> None:
        """Let nothing be left."""
        for batch in self.batches:
            batch.clear()

    def serve(self) -> None:
        worker: Worker | None = None
        try:
            for item in (item for batch in _taken(self._todo) for item in _taken(batch)):
                self._tell(1 + sum(map(len, self.batches)), item)
                worker = worker or self._start()
                found = self._answer(worker, item)
                if isinstance(found, WorkerFailed) and found.lost:
                    worker.close()
                    worker = None
                self.answers.put((item, found))
        except BaseException:
            self.clear()
            raise
        finally:
            if worker is not None:
                worker.close()
            self.answers.put(None)

    def _answer(self, worker: Worker, item: Item) -> Found | WorkerFailed:
        try:
            return self._ask(worker, item)
        except WorkerFailed as failure:
            return failure


def _taken(todo: deque[Item]) -> Iterator[Item]:
    """One after the other, while other threads take theirs."""
    while True:
        try:
            yield todo.popleft()
        except IndexError:
            return
