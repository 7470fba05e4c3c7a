"""A DistributedSampler that will wait for the process group."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.subject import Subject
from safe_instantiate.distributed import no_group_yet


def deferred_samplers(subject: Subject) -> Iterator[Finding]:
    """Samplers that leave their rank or world size to a process group which isn't there yet."""
    sampler = getattr(sys.modules.get("torch.utils.data.distributed"), "DistributedSampler", None)
    if sampler is None or not no_group_yet():
        return
    for call in subject.calls:
        obj = call.target.obj
        if not isinstance(obj, type) or not issubclass(obj, sampler) or call.partial:
            continue
        left = [name for name in ("num_replicas", "rank") if call.argument(name) is None]
        if left:
            message = f"waits for the process group, to which it leaves {' and '.join(left)}"
            yield Finding(call.full_key, message, "Call resolve_deferred() right after the group is initialised.")
