from __future__ import annotations

from collections.abc import Iterator

import pytest
from adoption_probes import assert_hydras_function_is_the_original


@pytest.fixture(autouse=True)
def hydras_function_is_the_original_before_and_after() -> Iterator[None]:
    assert_hydras_function_is_the_original()
    yield
    assert_hydras_function_is_the_original()
