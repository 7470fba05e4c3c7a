"""A DistributedSampler that will wait for the process group."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from safe_instantiate.checking.constructors import sampler_made_by
from safe_instantiate.checking.registry import Finding
from safe_instantiate.checking.subject import Subject
from safe_instantiate.distributed import no_group_yet


def deferred_samplers(subject: Subject) -> Iterator[Finding]:
    """Samplers that leave their rank or world size to a process group which isn't there yet."""
    sampler = getattr(sys.modules.get("torch.utils.data.distributed"), "DistributedSampler", None)
    if sampler is None or not no_group_yet():
        return
    hint = "Call resolve_deferred() right after the group is initialised."
    for call in subject.calls:
        obj = call.target.obj
        if not isinstance(obj, type) or call.partial:
            continue
        if issubclass(obj, sampler):
            left = [name for name in ("num_replicas", "rank") if call.argument(name) is None]
            if left:
                yield Finding(
                    call.full_key, f"waits for the process group, to which it leaves {' and '.join(left)}", hint
                )
            continue
        made = sampler_made_by(obj, sampler)
        if made is not None:
            said = f"its constructor makes a {made.__name__}, which waits for the process group"
            yield Finding(call.full_key, said, hint)
