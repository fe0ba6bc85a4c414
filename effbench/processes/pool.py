"""Work shared out to several workers, each of which is asked for one piece after the other."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from effbench.processes.process import Worker, WorkerFailed

Item = TypeVar("Item")
Found = TypeVar("Found")
Asked = TypeVar("Asked", bound=Worker)


def shared_out(
    batches: Iterable[Sequence[Item]],
    start: Callable[[], Asked],
    ask: Callable[[Asked, Item], Found],
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
    every = [deque(batch) for batch in batches]
    todo = deque(every)
    answers: SimpleQueue[tuple[Item, Found | WorkerFailed] | None] = SimpleQueue()

    def stop() -> None:
        for batch in every:
            batch.clear()

    def serve() -> None:
        worker: Asked | None = None
        try:
            for item in (item for batch in _taken(todo) for item in _taken(batch)):
                tell(1 + sum(map(len, every)), item)
                worker = worker or start()
                found = _answer(ask, worker, item)
                if isinstance(found, WorkerFailed) and found.lost:
                    worker = worker.close()
                answers.put((item, found))
        except BaseException:
            stop()
            raise
        finally:
            if worker is not None:
                worker.close()
            answers.put(None)

    count = max(1, min(processes, len(every)))
    with ThreadPoolExecutor(count) as threads:
        try:
            served = [threads.submit(serve) for _ in range(count)]
            for _ in served:
                yield from iter(answers.get, None)
            for one in served:
                one.result()  # raises what stopped it
        finally:
            stop()  # after an interrupt nothing new is begun


def _taken(todo: deque[Item]) -> Iterator[Item]:
    """One after the other, while other threads take theirs."""
    while True:
        try:
            yield todo.popleft()
        except IndexError:
            return


def _answer(ask: Callable[[Asked, Item], Found], worker: Asked, item: Item) -> Found | WorkerFailed:
    try:
        return ask(worker, item)
    except WorkerFailed as failure:
        return failure
