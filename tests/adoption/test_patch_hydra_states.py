"""Patches opened and closed at random, by several threads, in any order, against a model of who should answer."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import hydra.utils
from adoption_probes import CODE, ENGINES, assert_hydras_function_is_the_original, who_answers
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from safe_instantiate import Instantiator
from safe_instantiate.adoption import patch_hydra

N_THREADS = 2
PATIENCE = 60  # seconds until a thread that doesn't answer is a failure


@dataclass(eq=False)
class Opened:
    patch: patch_hydra
    engine: Instantiator
    everywhere: bool
    open: bool = True


@dataclass(eq=False)
class Place:
    """A context: a thread's own, or a copy of one. `opened` is what it was told, in that order."""

    run: Callable[[Callable[[], Any]], Any]
    opened: list[Opened] = field(default_factory=list)


def place_in(pool: ThreadPoolExecutor) -> Place:
    return Place(lambda ask: pool.submit(ask).result(PATIENCE))


class Patches(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.pools = [ThreadPoolExecutor(1) for _ in range(N_THREADS)]
        self.places = [Place(contextvars.Context().run), *map(place_in, self.pools)]
        self.history: list[Opened] = []

    def place(self, data: st.DataObject) -> Place:
        return self.places[data.draw(st.integers(0, len(self.places) - 1), label="place")]

    def expected_at(self, place: Place) -> Instantiator | None:
        here = [opened for opened in place.opened if opened.open]
        everywhere = [opened for opened in self.history if opened.open and opened.everywhere]
        return (here or everywhere)[-1].engine if here or everywhere else None

    def opened_at(self, place: Place, patch: patch_hydra, engine: Instantiator, everywhere: bool = False) -> None:
        opened = Opened(patch, engine, everywhere)
        self.history.append(opened)
        if not everywhere:
            place.opened.append(opened)

    @rule(data=st.data(), engine=st.sampled_from(ENGINES), everywhere=st.booleans())
    def open(self, data: st.DataObject, engine: Instantiator, everywhere: bool) -> None:
        place = self.place(data)
        patch = patch_hydra(engine, everywhere=everywhere)
        place.run(patch.start)
        self.opened_at(place, patch, engine, everywhere)

    @precondition(lambda self: any(opened.open for opened in self.history))
    @rule(data=st.data())
    def open_the_same_again(self, data: st.DataObject) -> None:
        again = data.draw(st.sampled_from([opened for opened in self.history if opened.open]), label="opened")
        place = self.place(data)
        place.run(again.patch.start)
        self.opened_at(place, again.patch, again.engine, again.everywhere)

    @precondition(lambda self: any(opened.open for opened in self.history))
    @rule(data=st.data())
    def close_from_anywhere(self, data: st.DataObject) -> None:
        chosen = data.draw(st.sampled_from([opened for opened in self.history if opened.open]), label="opened")
        place = self.place(data)
        place.run(chosen.patch.stop)
        same = [opened for opened in self.history if opened.open and opened.patch is chosen.patch]
        # Whoever has it open closes its own; whoever hasn't closes the youngest.
        ([opened for opened in same if opened in place.opened] or same)[-1].open = False

    @rule(data=st.data(), engine=st.sampled_from(ENGINES), everywhere=st.booleans())
    def run_a_block_that_raises(self, data: st.DataObject, engine: Instantiator, everywhere: bool) -> None:
        def block() -> Instantiator | None:
            try:
                with patch_hydra(engine, everywhere=everywhere):
                    raise KeyError(who_answers())
            except KeyError as error:
                return error.args[0]  # type: ignore[no-any-return]

        place = self.place(data)
        is_inside = any(opened.open for opened in place.opened)
        assert place.run(block) == (self.expected_at(place) if everywhere and is_inside else engine)

    @precondition(lambda self: len(self.places) < 6)
    @rule(data=st.data())
    def copy_a_context(self, data: st.DataObject) -> None:
        place = self.place(data)
        copy: contextvars.Context = place.run(contextvars.copy_context)
        self.places.append(Place(copy.run, list(place.opened)))

    @invariant()
    def everybody_gets_an_answer_from_whom_they_should(self) -> None:
        for place in self.places:
            assert place.run(who_answers) == self.expected_at(place)

    @invariant()
    def hydras_function_is_the_original_whenever_nothing_is_open(self) -> None:
        if any(opened.open for opened in self.history):
            assert hydra.utils.instantiate.__code__ is not CODE
        else:
            assert_hydras_function_is_the_original()

    def teardown(self) -> None:
        for opened in self.history:
            if opened.open:
                opened.patch.stop()
        for pool in self.pools:
            pool.shutdown()
        assert_hydras_function_is_the_original()


TestPatches = Patches.TestCase
TestPatches.settings = settings(max_examples=60, stateful_step_count=25)
