"""Samplers that are made before the process group: what they are, when they are made for real, and what stays."""

from __future__ import annotations

import copy
import functools
import gc
import inspect
import multiprocessing
import pickle
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import torch.distributed as dist
from hypothesis import given
from hypothesis import strategies as st
from torch.utils.data import BatchSampler, DataLoader, DistributedSampler

from safe_instantiate.distributed import (
    ProcessGroupMissingError,
    deferring,
    is_deferred,
    resolve_deferred,
    uninstall,
)
from tests.distributed_unit.deferred_samplers import (
    Abstract,
    Compact,
    Counting,
    Delegating,
    Eager,
    Loud,
    Numbers,
    SelfSampling,
    Stateful,
    Stream,
    Telling,
    deferred,
    group_of_one,
    plain,
    what_another_process_finds,
    world,
)

CLASSES = [DistributedSampler, Stateful, Counting, Delegating, Telling, Compact, Abstract, Loud]
COPIES = [copy.copy, copy.deepcopy, lambda sampler: pickle.loads(pickle.dumps(sampler))]
COPY_NAMES = ["copy", "deepcopy", "pickle"]


@pytest.fixture
def nothing_else_waits() -> None:
    """For tests that count: a failure that was caught keeps its sampler alive until the collector comes by."""
    gc.collect()


@pytest.fixture
def hook_taken_out() -> Iterator[None]:
    uninstall()
    yield
    uninstall()


# --- what is deferred


@pytest.mark.parametrize("sampler_class", CLASSES)
def test_a_sampler_made_before_the_process_group_is_deferred_and_of_its_class(sampler_class: type) -> None:
    sampler = deferred(sampler_class)
    assert is_deferred(sampler)
    assert isinstance(sampler, sampler_class)


@pytest.mark.parametrize(
    "left_out", [{}, {"num_replicas": 4}, {"rank": 1}, {"num_replicas": None, "rank": None}], ids=str
)
def test_a_sampler_is_deferred_when_anything_is_left_to_the_process_group(left_out: dict[str, Any]) -> None:
    sampler = deferred(**left_out)
    assert is_deferred(sampler)
    with world(1, 4):
        assert list(sampler) == list(DistributedSampler(Numbers(10)))


def test_a_sampler_that_knows_its_world_is_made_at_once() -> None:
    sampler = deferred(num_replicas=4, rank=1)
    assert not is_deferred(sampler)
    assert len(sampler) == 3


def test_nothing_is_deferred_while_there_is_a_process_group() -> None:
    with world(1, 4):
        sampler = deferred()
    assert type(sampler) is DistributedSampler
    assert (sampler.rank, sampler.num_replicas, len(sampler)) == (1, 4, 3)


def test_nothing_is_deferred_outside_a_build() -> None:
    deferred()  # the hook is in place
    with pytest.raises((RuntimeError, ValueError), match="process group"):
        DistributedSampler(Numbers(10))
    with world(1, 4):
        assert type(DistributedSampler(Numbers(10))) is DistributedSampler


def test_nothing_is_deferred_where_torch_has_no_distributed_package() -> None:
    with (
        mock.patch("torch.distributed.is_available", return_value=False),
        pytest.raises(RuntimeError, match="distributed package"),
    ):
        deferred()


def test_a_sampler_made_inside_another_constructor_is_deferred() -> None:
    dataset = deferred(SelfSampling, 10)
    assert is_deferred(dataset.sampler)
    with world(1, 4):
        assert list(dataset.sampler) == [1, 5, 9]


def test_other_threads_are_not_concerned_by_a_build_in_this_one() -> None:
    outcome: list[object] = []

    def make() -> None:
        try:
            outcome.append(DistributedSampler(Numbers(10)))
        except (RuntimeError, ValueError) as error:
            outcome.append(error)

    with deferring(lambda: ""):
        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
    assert isinstance(outcome[0], Exception)
    assert not isinstance(outcome[0], ProcessGroupMissingError)


def test_nested_builds_name_the_innermost_node_and_then_the_outer_one_again() -> None:
    outer = deferring(lambda: "outer")
    with outer:
        with deferring(lambda: "inner"), outer:
            again = DistributedSampler(Numbers(10))
        with deferring(lambda: "inner"):
            inner = DistributedSampler(Numbers(10))
        last = DistributedSampler(Numbers(10))
    assert [repr(sampler) for sampler in (again, inner, last)] == [
        "<deferred DistributedSampler, made for outer>",
        "<deferred DistributedSampler, made for inner>",
        "<deferred DistributedSampler, made for outer>",
    ]
    with pytest.raises((RuntimeError, ValueError), match="process group"):
        DistributedSampler(Numbers(10))


def test_a_build_that_fails_defers_nothing_afterwards() -> None:
    with pytest.raises(ZeroDivisionError), deferring(lambda: ""):
        raise ZeroDivisionError
    with pytest.raises((RuntimeError, ValueError), match="process group"):
        DistributedSampler(Numbers(10))


@pytest.mark.parametrize("value", [None, 3, DistributedSampler, Numbers(3), object()])
def test_nothing_but_a_deferred_sampler_is_deferred(value: object) -> None:
    assert not is_deferred(value)


# --- wrong arguments


def test_an_unknown_argument_is_refused_when_the_sampler_is_made() -> None:
    with pytest.raises(TypeError, match=r"__init__\(\) got an unexpected keyword argument 'shufle'"):
        deferred(shufle=True)


def test_a_missing_dataset_is_noticed_when_the_sampler_is_made() -> None:
    with deferring(lambda: ""), pytest.raises(TypeError, match="missing 1 required positional argument: 'dataset'"):
        DistributedSampler()


def test_a_dataset_without_a_length_is_noticed_when_the_sampler_is_made() -> None:
    with pytest.raises(TypeError, match=r"has no len\(\)"):
        deferred(DistributedSampler, Stream())


# --- before the process group


MESSAGE = (
    "data.sampler: {} needs the process group, and there is none. This {} takes its num_replicas or rank from the "
    "process group. Call torch.distributed.init_process_group(...) or safe_instantiate.ensure_process_group() before "
    "it is used, or give it num_replicas and rank."
)


@pytest.mark.parametrize(
    ("use", "asked"),
    [
        (iter, "iteration"),
        (list, "iteration"),
        (len, "`len()`"),
        (lambda sampler: sampler.num_samples, "`num_samples`"),
        (lambda sampler: sampler.total_size, "`total_size`"),
        (lambda sampler: sampler.rank, "`rank`"),
        (lambda sampler: sampler.num_replicas, "`num_replicas`"),
        (lambda sampler: hasattr(sampler, "num_samples"), "`num_samples`"),
        (lambda sampler: len(DataLoader(sampler.dataset, sampler=sampler)), "`len()`"),
        (lambda sampler: next(iter(BatchSampler(sampler, 2, drop_last=False))), "iteration"),
    ],
)
@pytest.mark.parametrize("sampler_class", [DistributedSampler, Stateful])
def test_use_before_the_process_group_says_which_node_and_what_to_call(
    sampler_class: type, use: Any, asked: str
) -> None:
    sampler = deferred(sampler_class)
    with pytest.raises(ProcessGroupMissingError) as caught:
        use(sampler)
    assert str(caught.value) == MESSAGE.format(asked, sampler_class.__name__)
    assert is_deferred(sampler)


@pytest.mark.usefixtures("nothing_else_waits")
def test_resolving_before_the_process_group_says_so_and_leaves_all_waiting() -> None:
    samplers = [deferred(Stateful), deferred()]
    with pytest.raises(ProcessGroupMissingError) as caught:
        resolve_deferred()
    assert str(caught.value) == MESSAGE.format("`resolve_deferred()`", "Stateful")
    assert all(is_deferred(sampler) for sampler in samplers)


def test_the_error_names_no_node_where_the_config_has_no_key() -> None:
    with deferring(lambda: ""):
        sampler = DistributedSampler(Numbers(10))
    assert repr(sampler) == "<deferred DistributedSampler>"
    with pytest.raises(ProcessGroupMissingError, match=r"^`len\(\)` needs the process group"):
        len(sampler)


def test_the_error_survives_the_way_out_of_another_process() -> None:
    with pytest.raises(ProcessGroupMissingError) as caught:
        len(deferred())
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.parametrize("sampler_class", CLASSES)
def test_what_was_given_can_be_read_and_resolves_nothing(sampler_class: type) -> None:
    dataset = Numbers(10)
    sampler = deferred(sampler_class, dataset, shuffle=False, drop_last=True)
    assert sampler.dataset is dataset
    assert (sampler.shuffle, sampler.drop_last, sampler.epoch) == (False, True, 0)
    assert is_deferred(sampler)


def test_a_number_of_replicas_that_was_given_can_be_read() -> None:
    assert deferred(num_replicas=4).num_replicas == 4


@pytest.mark.parametrize("sampler_class", CLASSES)
def test_truth_needs_no_process_group(sampler_class: type) -> None:
    sampler = deferred(sampler_class)
    assert bool(sampler) is True
    assert is_deferred(sampler)


def test_truth_with_a_process_group_is_that_of_the_real_sampler() -> None:
    empty, full = deferred(DistributedSampler, Numbers(0)), deferred()
    with world(0, 2):
        assert (bool(empty), bool(full)) == (False, True)


@pytest.mark.parametrize("sampler_class", CLASSES)
def test_printing_never_fails_and_says_deferred(sampler_class: type) -> None:
    sampler = deferred(sampler_class)
    assert repr(sampler) == str(sampler) == f"<deferred {sampler_class.__name__}, made for data.sampler>"
    assert is_deferred(sampler)


def test_printing_a_resolved_sampler_is_its_own_affair() -> None:
    sampler = deferred(Loud)
    with world(1, 4):
        resolve_deferred()
    assert repr(sampler) == "Loud(3)"


@pytest.mark.parametrize("name", ["no_such_name", "_private", "__no_such_name__", "__array__", "__wrapped__"])
@pytest.mark.parametrize("sampler_class", CLASSES)
def test_names_that_the_class_does_not_have_are_absent(sampler_class: type, name: str) -> None:
    sampler = deferred(sampler_class)
    assert not hasattr(sampler, name)
    assert is_deferred(sampler)


def test_an_absent_name_is_reported_as_of_the_plain_class() -> None:
    with pytest.raises(AttributeError, match="'Stateful' object has no attribute 'no_such_name'"):
        deferred(Stateful).no_such_name  # noqa: B018


def test_protocols_that_probe_for_dunder_names_resolve_nothing_even_with_a_process_group() -> None:
    sampler = deferred()
    with world(1, 4):
        assert not hasattr(sampler, "__array__")
        inspect.unwrap(sampler)
        copy.deepcopy(sampler)
        pickle.dumps(sampler)
        assert is_deferred(sampler)


def test_a_class_that_passes_names_on_does_so_while_deferred() -> None:
    sampler = deferred(Delegating)
    assert sampler.size == 10
    assert is_deferred(sampler)
    with world(1, 4):
        assert sampler.num_samples == 3
    assert sampler.size == 10


# --- resolving


@pytest.mark.parametrize("sampler_class", CLASSES)
@pytest.mark.parametrize(
    "use",
    [list, len, bool, lambda s: s.num_samples, lambda s: s.total_size, lambda s: s.rank, lambda s: resolve_deferred()],
    ids=["list", "len", "bool", "num_samples", "total_size", "rank", "resolve_deferred"],
)
def test_first_use_leaves_a_plain_sampler_and_nothing_else(sampler_class: type, use: Any) -> None:
    dataset = Numbers(10)
    sampler = deferred(sampler_class, dataset)
    with world(1, 4):
        use(sampler)
        expected = sampler_class(dataset)
        use(expected)
    assert type(sampler) is sampler_class
    assert not is_deferred(sampler)
    assert vars(sampler) == vars(expected)
    with world(1, 4):
        assert list(sampler) == list(expected)


@pytest.mark.usefixtures("nothing_else_waits")
def test_a_real_process_group_will_do() -> None:
    sampler = deferred(shuffle=False)
    with group_of_one():
        assert resolve_deferred() == 1
        assert list(sampler) == list(range(10))
    assert len(sampler) == 10


@pytest.mark.usefixtures("nothing_else_waits")
def test_resolving_makes_all_that_wait_and_counts_them() -> None:
    samplers = [deferred(sampler_class) for sampler_class in CLASSES]
    with world(1, 4):
        assert resolve_deferred() == len(CLASSES)
        assert resolve_deferred() == 0
    assert [type(sampler) for sampler in samplers] == CLASSES


@pytest.mark.usefixtures("nothing_else_waits")
def test_resolving_nothing_needs_no_process_group() -> None:
    assert resolve_deferred() == 0


@pytest.mark.usefixtures("nothing_else_waits")
@pytest.mark.parametrize("options", [{"num_replicas": 4}, {"rank": 5}], ids=str)
def test_a_sampler_that_does_not_fit_the_world_raises_its_own_error_with_the_node_and_keeps_waiting(
    options: dict[str, int],
) -> None:
    first, wrong, last = deferred(), deferred(Stateful, **options), deferred()
    with world(4, 5):
        with pytest.raises(ValueError, match="Invalid rank") as caught:
            resolve_deferred()
        assert [is_deferred(sampler) for sampler in (first, wrong, last)] == [False, True, True]
    if sys.version_info >= (3, 11):  # exceptions take notes since then
        assert caught.value.__notes__ == ["data.sampler: raised by the deferred Stateful when it was made"]
    with world(3, 8 if "rank" in options else 4):
        assert resolve_deferred() == 2


@pytest.mark.usefixtures("nothing_else_waits")
def test_samplers_are_resolved_in_the_order_in_which_they_were_made() -> None:
    order: list[int] = []

    class Noticing(Numbers):
        def __len__(self) -> int:
            order.append(self.size)
            return self.size

    samplers = [deferred(DistributedSampler, Noticing(size)) for size in (3, 1, 2)]
    with world(0, 1):
        assert resolve_deferred() == len(samplers)
    assert list(dict.fromkeys(order)) == [3, 1, 2]


def test_a_group_that_comes_back_with_another_size_concerns_only_those_that_still_wait() -> None:
    early, late = deferred(), deferred()
    with world(1, 2):
        assert early.num_replicas == 2
    assert is_deferred(late)
    with world(2, 5):
        assert (early.num_replicas, early.rank, len(early)) == (2, 1, 5)
        assert (late.num_replicas, late.rank, len(late)) == (5, 2, 2)


@pytest.mark.usefixtures("nothing_else_waits")
def test_waiting_keeps_no_sampler_alive() -> None:
    sampler = deferred()
    reference = weakref.ref(sampler)
    del sampler
    gc.collect()
    assert reference() is None
    assert resolve_deferred() == 0


def test_the_hidden_class_is_one_per_class_and_dies_with_its_samplers() -> None:
    class Passing(DistributedSampler):
        pass

    one, other = deferred(Passing), deferred(Passing)
    assert type(one) is type(other)
    references = weakref.ref(type(one)), weakref.ref(Passing)
    del one, other, Passing
    gc.collect()
    assert [reference() for reference in references] == [None, None]


def test_threads_that_use_a_sampler_at_once_all_find_the_real_one() -> None:
    expected = list(plain(DistributedSampler, rank=1, size=4))
    found: list[object] = []
    for _ in range(20):
        sampler = deferred()
        start = threading.Barrier(4)

        def use(sampler: Any = sampler, start: threading.Barrier = start) -> None:
            start.wait()
            try:
                found.append((sampler.num_samples, len(sampler), list(sampler)))
            except Exception as error:  # an exception would only end the thread
                found.append(error)

        threads = [threading.Thread(target=use) for _ in range(4)]
        with world(1, 4):
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert type(sampler) is DistributedSampler
    assert found == [(3, 3, expected)] * 80


# --- what was said in between


@pytest.mark.parametrize("sampler_class", CLASSES)
def test_an_epoch_set_while_deferred_survives(sampler_class: type) -> None:
    called, assigned = deferred(sampler_class), deferred(sampler_class)
    called.set_epoch(3)
    assigned.epoch = 3
    assert is_deferred(called)
    assert is_deferred(assigned)
    expected = plain(sampler_class, rank=1, size=4)
    expected.set_epoch(3)
    with world(1, 4):
        assert list(called) == list(assigned) == list(expected)
    assert called.epoch == assigned.epoch == 3


def test_a_set_epoch_of_ones_own_runs_at_once() -> None:
    sampler = deferred(Telling)
    sampler.set_epoch(3)
    assert sampler.dataset.epoch == 3


def test_whatever_is_set_while_deferred_stays() -> None:
    sampler = deferred()
    sampler.seed, sampler.num_samples, sampler.note = 5, 2, "mine"
    with world(1, 4):
        assert (sampler.rank, sampler.seed, sampler.num_samples, sampler.note) == (1, 5, 2, "mine")


def test_a_subclass_runs_its_constructor_once_and_keeps_what_it_set_after_super() -> None:
    sampler = deferred(Counting)
    assert (sampler.begun, sampler.finished, sampler.seed) == (1, 1, 77)
    with world(1, 4):
        assert sampler.num_samples == 3
    assert (sampler.begun, sampler.finished, sampler.seed) == (1, 1, 77)


def test_a_subclass_that_reads_what_the_group_knows_gets_the_clear_error() -> None:
    with pytest.raises(ProcessGroupMissingError) as caught:
        deferred(Eager)
    assert str(caught.value) == MESSAGE.format("`num_samples`", "Eager")


def test_a_property_that_needs_the_group_gets_the_clear_error_and_later_the_answer() -> None:
    sampler = deferred(Abstract)
    with pytest.raises(ProcessGroupMissingError, match="`num_replicas`"):
        sampler.name()
    with world(1, 4):
        assert sampler.name() == "4 shards"


def test_state_is_saved_and_loaded_while_deferred() -> None:
    sampler = deferred(Stateful, Numbers(20))
    assert sampler.state_dict() == {"yielded": 0}
    sampler.load_state_dict({"yielded": 2})
    assert is_deferred(sampler)
    with world(1, 4):
        assert list(sampler) == list(DistributedSampler(Numbers(20)))[2:]
    assert sampler.state_dict() == {"yielded": 5}
    assert type(sampler) is Stateful


@pytest.mark.usefixtures("nothing_else_waits")
def test_a_deferred_sampler_that_is_initialised_anew_with_a_world_is_plain() -> None:
    sampler = deferred()
    sampler.__init__(Numbers(10), 4, 1)
    assert type(sampler) is DistributedSampler
    assert vars(sampler).keys() == vars(plain(DistributedSampler, rank=1, size=4)).keys()
    assert resolve_deferred() == 0


def test_another_one_of_the_same_type_can_be_made_with_a_world() -> None:
    sampler = deferred(Stateful)
    other = type(sampler)(sampler.dataset, num_replicas=4, rank=1)
    assert type(other) is Stateful
    assert len(other) == 3
    assert is_deferred(sampler)


# --- copies and other processes


@pytest.mark.usefixtures("nothing_else_waits")
@pytest.mark.parametrize("copied", COPIES, ids=COPY_NAMES)
@pytest.mark.parametrize("sampler_class", CLASSES)
def test_a_copy_waits_on_its_own_account(sampler_class: type, copied: Any) -> None:
    sampler = deferred(sampler_class)
    sampler.set_epoch(2)
    twin = copied(sampler)
    assert is_deferred(twin)
    assert type(twin) is type(sampler)
    assert repr(twin) == repr(sampler)
    with world(1, 4):
        assert resolve_deferred() == 2
        assert type(twin) is sampler_class
        assert list(twin) == list(sampler)
    assert vars(twin).keys() == vars(sampler).keys()


@pytest.mark.parametrize("copied", COPIES, ids=COPY_NAMES)
@pytest.mark.parametrize("sampler_class", CLASSES)
def test_a_copy_of_a_resolved_one_is_an_ordinary_copy(sampler_class: type, copied: Any) -> None:
    sampler = deferred(sampler_class)
    with world(1, 4):
        resolve_deferred()
        twin = copied(sampler)
        assert type(twin) is sampler_class
        assert list(twin) == list(sampler)


@pytest.mark.parametrize("copied", COPIES[1:], ids=COPY_NAMES[1:])
def test_a_dataset_and_its_sampler_still_hold_each_other_after_copying(copied: Any) -> None:
    dataset = deferred(SelfSampling, 10)
    other_dataset, other_sampler = copied(dataset), copied(dataset.sampler)
    assert other_dataset.sampler.dataset is other_dataset is not dataset
    assert other_sampler.dataset.sampler is other_sampler is not dataset.sampler
    with world(1, 4):
        assert list(other_dataset.sampler) == list(other_sampler) == [1, 5, 9]


@pytest.mark.launches_torchrun
def test_a_spawned_process_receives_a_sampler_that_waits_there() -> None:
    sampler = deferred(Stateful, shuffle=False)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        found = pool.submit(what_another_process_finds, sampler).result()
    assert found == {
        "deferred": True,
        "class": True,
        "error": MESSAGE.format("`len()`", "Stateful"),
        "resolved": 1,
        "shard": [1, 5, 9],
    }
    assert is_deferred(sampler)


@pytest.mark.launches_torchrun
@pytest.mark.parametrize("start_method", ["fork", "spawn"])
def test_a_loader_with_persistent_workers_loads_the_shard_of_each_epoch(start_method: str) -> None:
    dataset = deferred(SelfSampling, 10)  # goes to the workers with its own sampler, which still waits
    sampler = deferred(DistributedSampler, dataset)
    loader = DataLoader(
        dataset,
        batch_size=2,
        sampler=sampler,
        num_workers=1,
        persistent_workers=True,
        multiprocessing_context=start_method,
    )
    expected = plain(DistributedSampler, rank=1, size=4)
    with world(1, 4):
        assert len(loader) == 2
        for epoch in range(2):
            sampler.set_epoch(epoch)
            expected.set_epoch(epoch)
            assert [number for batch in loader for number in batch.tolist()] == list(expected)
    del loader


def test_a_loader_and_a_batch_sampler_accept_a_deferred_sampler_and_leave_it_so() -> None:
    sampler = deferred(shuffle=False)
    loader = DataLoader(sampler.dataset, batch_size=2, sampler=sampler)
    batches = BatchSampler(sampler, 2, drop_last=True)
    assert is_deferred(sampler)
    with world(1, 4):
        assert (len(loader), len(batches)) == (2, 1)
        assert [batch.tolist() for batch in loader] == [[1, 5], [9]]
        assert list(batches) == [[1, 5]]


# --- the hook


def test_the_hook_has_the_parameters_of_what_it_replaces(hook_taken_out: None) -> None:
    original = DistributedSampler.__init__
    with deferring(lambda: ""):
        hook = DistributedSampler.__init__
    assert hook is not original
    assert inspect.signature(hook) == inspect.signature(original)
    assert inspect.getfullargspec(hook)[:6] == inspect.getfullargspec(original)[:6]
    assert hook.__code__.co_varnames == original.__code__.co_varnames[: len(hook.__code__.co_varnames)]
    assert hook.__code__.co_argcount == original.__code__.co_argcount
    assert hook.__defaults__ == original.__defaults__
    assert hook.__doc__ == original.__doc__


def test_taking_the_hook_out_restores_the_very_original(hook_taken_out: None) -> None:
    original = DistributedSampler.__init__
    sampler = deferred()
    assert DistributedSampler.__init__ is not original
    uninstall()
    assert DistributedSampler.__init__ is original
    uninstall()
    assert DistributedSampler.__init__ is original
    with world(1, 4):
        assert len(sampler) == 3


def test_the_hook_is_put_in_once_for_all_builds(hook_taken_out: None) -> None:
    deferred()
    hook = DistributedSampler.__init__
    deferred()
    assert DistributedSampler.__init__ is hook


def test_threads_that_need_the_hook_first_put_in_one(hook_taken_out: None) -> None:
    original = DistributedSampler.__init__
    start = threading.Barrier(8)
    made: list[bool] = []

    def build() -> None:
        start.wait()
        made.append(is_deferred(deferred()))

    threads = [threading.Thread(target=build) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == [True] * 8
    uninstall()
    assert DistributedSampler.__init__ is original


def test_a_patch_by_somebody_else_is_respected_and_leaves_nothing_behind(hook_taken_out: None) -> None:
    original = DistributedSampler.__init__
    deferred()
    for _ in range(3):
        with mock.patch.object(DistributedSampler, "__init__", autospec=True, return_value=None) as patched:
            DistributedSampler(Numbers(10))
            assert patched.call_count == 1
            assert is_deferred(deferred())
    assert is_deferred(deferred())
    uninstall()
    assert DistributedSampler.__init__ is original


def test_a_mock_in_place_of_the_constructor_is_left_alone(hook_taken_out: None) -> None:
    with mock.patch.object(DistributedSampler, "__init__", mock.Mock(return_value=None)) as patched:
        assert type(deferred()) is DistributedSampler
        assert patched.call_count == 1


def test_a_wrapper_that_somebody_puts_around_the_hook_is_called_too(
    hook_taken_out: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    deferred()
    hook = DistributedSampler.__init__
    seen: list[str] = []

    @functools.wraps(hook)
    def noticing(self: Any, *args: Any, **kwargs: Any) -> None:
        seen.append(type(self).__name__)
        hook(self, *args, **kwargs)

    monkeypatch.setattr(DistributedSampler, "__init__", noticing)
    sampler = deferred(Stateful)
    assert is_deferred(sampler)
    with world(1, 4):
        assert len(sampler) == 3
    assert seen == ["Stateful"]
    assert type(sampler) is Stateful


WITHOUT_TORCH = """
import sys
from safe_instantiate.distributed import deferring, is_deferred, resolve_deferred, uninstall
with deferring(lambda: ""):
    assert not is_deferred(object())
    assert resolve_deferred() == 0
    uninstall()
assert not [name for name in sys.modules if name.partition(".")[0] == "torch"]
import torch
with deferring(lambda: ""):
    sampler = torch.utils.data.DistributedSampler([1, 2])
assert is_deferred(sampler)
"""


@pytest.mark.launches_torchrun
def test_nothing_imports_torch_and_a_later_build_finds_it() -> None:
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# --- the property behind it all


@given(
    size=st.integers(1, 40),
    world_size=st.integers(1, 9),
    rank=st.integers(0, 8),
    shuffle=st.booleans(),
    drop_last=st.booleans(),
    seed=st.integers(0, 1000),
    epoch=st.integers(0, 5),
    sampler_class=st.sampled_from([DistributedSampler, Stateful, Counting, Compact, Abstract]),
)
def test_a_deferred_sampler_gives_the_shard_of_a_plain_one(
    size: int,
    world_size: int,
    rank: int,
    shuffle: bool,
    drop_last: bool,
    seed: int,
    epoch: int,
    sampler_class: type,
) -> None:
    rank %= world_size
    options = {"shuffle": shuffle, "drop_last": drop_last, "seed": seed}
    sampler = deferred(sampler_class, Numbers(size), **options)
    expected = plain(sampler_class, Numbers(size), rank=rank, size=world_size, **options)
    sampler.set_epoch(epoch)
    expected.set_epoch(epoch)
    with world(rank, world_size):
        assert list(sampler) == list(expected)
    assert vars(sampler).keys() == vars(expected).keys()
    assert not dist.is_initialized()
