from __future__ import annotations

import _thread
import asyncio
import contextvars
import functools
import threading
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import hydra.utils
import pytest
from adoption_probes import CONVERTS, DEFAULT, ENGINES, KEEPS_NESTED, who_answers

from safe_instantiate import Instantiator
from safe_instantiate.adoption import patch_hydra

PATIENCE = 60  # seconds until a thread that never comes to a barrier is a failure


def in_a_thread(function: Callable[[], Any]) -> Any:
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result(PATIENCE)


def test_threads_inside_and_outside_at_the_same_time_each_get_their_own() -> None:
    engines: list[Instantiator | None] = [*ENGINES, None, None]
    together = threading.Barrier(len(engines))

    def work(engine: Instantiator | None) -> list[Instantiator | None]:
        answers = []
        for _ in range(20):
            if engine is None:
                together.wait(PATIENCE)
                answers.append(who_answers())
                together.wait(PATIENCE)
            else:
                with patch_hydra(engine):
                    together.wait(PATIENCE)
                    answers.append(who_answers())
                    together.wait(PATIENCE)
            answers.append(who_answers() if engine is None else engine)
        return answers

    with ThreadPoolExecutor(len(engines)) as pool:
        results = list(pool.map(work, engines))
    assert results == [[engine] * 40 for engine in engines]


def test_a_thread_outside_never_gets_ours_while_others_go_in_and_out() -> None:
    ready, done = threading.Barrier(3), threading.Event()

    def goes_in_and_out() -> None:
        ready.wait(PATIENCE)
        for _ in range(300):
            with patch_hydra():
                assert who_answers() == DEFAULT

    def stays_outside() -> set[Instantiator | None]:
        ready.wait(PATIENCE)
        answers = {who_answers()}
        while not done.is_set():
            answers.add(who_answers())
        return answers

    with ThreadPoolExecutor(3) as pool:
        outside = pool.submit(stays_outside)
        inside = [pool.submit(goes_in_and_out) for _ in range(2)]
        try:
            for future in inside:
                future.result(PATIENCE)
        finally:
            done.set()
        assert outside.result(PATIENCE) == {None}


def test_one_patch_may_be_open_in_several_threads_and_each_ends_its_own() -> None:
    patch = patch_hydra()
    both_inside, one_outside = threading.Barrier(2), threading.Barrier(2)

    def leaves_first() -> Instantiator | None:
        with patch:
            both_inside.wait(PATIENCE)
        answer = who_answers()
        one_outside.wait(PATIENCE)
        return answer

    def leaves_last() -> Instantiator | None:
        with patch:
            both_inside.wait(PATIENCE)
            one_outside.wait(PATIENCE)
            return who_answers()

    with ThreadPoolExecutor(2) as pool:
        first, last = pool.submit(leaves_first), pool.submit(leaves_last)
        assert (first.result(PATIENCE), last.result(PATIENCE)) == (None, DEFAULT)


def test_a_thread_that_is_started_inside_is_outside_unless_it_gets_the_context() -> None:
    with patch_hydra():
        context = contextvars.copy_context()
        assert in_a_thread(lambda: contextvars.Context().run(who_answers)) is None
        assert in_a_thread(lambda: context.run(who_answers)) == DEFAULT


def test_a_patch_for_everywhere_holds_in_threads_before_and_after() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(who_answers).result(PATIENCE) is None
        with patch_hydra(CONVERTS, everywhere=True):
            assert pool.submit(who_answers).result(PATIENCE) == CONVERTS
            assert in_a_thread(who_answers) == CONVERTS
            assert who_answers() == CONVERTS
        assert pool.submit(who_answers).result(PATIENCE) is None


def test_a_function_decorated_for_everywhere_makes_every_thread_ours_while_it_runs() -> None:
    @patch_hydra(everywhere=True)
    def work() -> Instantiator | None:
        answer: Instantiator | None = in_a_thread(who_answers)
        return answer

    assert work() == DEFAULT
    assert in_a_thread(who_answers) is None


def test_a_patch_of_the_context_goes_before_one_for_everywhere() -> None:
    with patch_hydra(CONVERTS), patch_hydra(KEEPS_NESTED, everywhere=True):
        assert who_answers() == CONVERTS
        assert in_a_thread(lambda: contextvars.Context().run(who_answers)) == KEEPS_NESTED


def test_hydras_function_may_be_the_first_of_its_thread() -> None:
    called = threading.Event()
    target = functools.partial(called.set)
    with patch_hydra(everywhere=True):
        _thread.start_new_thread(hydra.utils.instantiate, ({"_target_": target},))
        assert called.wait(PATIENCE)


def test_a_patch_may_be_ended_by_another_thread() -> None:
    patch = patch_hydra()
    patch.start()
    in_a_thread(patch.stop)
    assert who_answers() is None


def test_a_copied_context_is_inside_until_the_patch_ends_even_if_another_is_open() -> None:
    with patch_hydra():
        context = contextvars.copy_context()
        assert context.run(who_answers) == DEFAULT
    elsewhere = contextvars.Context()
    patch = patch_hydra(CONVERTS)
    elsewhere.run(patch.start)
    assert context.run(who_answers) is None
    elsewhere.run(patch.stop)


def test_tasks_started_inside_are_inside_and_their_siblings_are_not() -> None:
    async def ask() -> Instantiator | None:
        await asyncio.sleep(0)
        return who_answers()

    async def inside() -> tuple[Instantiator | None, ...]:
        with patch_hydra(CONVERTS):
            task = asyncio.create_task(ask())
            return await task, await ask(), *await asyncio.gather(ask(), asyncio.to_thread(who_answers))

    async def main() -> list[Any]:
        return list(await asyncio.gather(inside(), ask(), inside()))

    assert asyncio.run(main()) == [(CONVERTS,) * 4, None, (CONVERTS,) * 4]


def test_a_decorated_coroutine_is_inside_from_first_to_last_step() -> None:
    @patch_hydra()
    async def work() -> list[Instantiator | None]:
        before = who_answers()
        await asyncio.sleep(0)
        return [before, who_answers()]

    async def main() -> list[Any]:
        coroutine = work()
        outside = who_answers()
        return [outside, await coroutine, who_answers()]

    assert asyncio.run(main()) == [None, [DEFAULT, DEFAULT], None]


def test_a_decorated_asynchronous_generator_is_inside_at_its_steps_only() -> None:
    heard: list[Any] = []

    @patch_hydra()
    async def steps() -> AsyncIterator[Instantiator | None]:
        try:
            heard.append((yield who_answers()))
            await asyncio.sleep(0)
            try:
                yield who_answers()
            except KeyError:
                yield who_answers()
        finally:
            heard.append(who_answers())

    async def main() -> None:
        generator: Any = steps()
        assert (await generator.__anext__(), who_answers()) == (DEFAULT, None)
        assert (await generator.asend("sent"), who_answers()) == (DEFAULT, None)
        assert (await generator.athrow(KeyError()), who_answers()) == (DEFAULT, None)
        await generator.aclose()
        assert [answer async for answer in steps()] == [DEFAULT, DEFAULT]

    asyncio.run(main())
    assert heard == ["sent", DEFAULT, None, DEFAULT]


@pytest.mark.parametrize("everywhere", [False, True])
def test_a_call_under_way_when_the_patch_ends_is_finished(everywhere: bool) -> None:
    inside, ended = threading.Event(), threading.Event()

    def waits_for_the_end() -> str:
        inside.set()
        assert ended.wait(PATIENCE)
        return "finished"

    with ThreadPoolExecutor(1) as pool:
        patch = patch_hydra(everywhere=everywhere)
        context = contextvars.Context()
        context.run(patch.start)
        future = pool.submit(context.run, hydra.utils.instantiate, {"_target_": functools.partial(waits_for_the_end)})
        assert inside.wait(PATIENCE)
        patch.stop()
        ended.set()
        assert future.result(PATIENCE) == "finished"
