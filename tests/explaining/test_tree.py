"""The tree of a plan: what a reader can see in it, in plain text, in colours, and as JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from safe_instantiate import GIVEN, Instantiator, plan

LAYER = {"_target_": "torch.nn.Linear", "in_features": 3, "out_features": 2}
DATASET = {"_target_": "torch.utils.data.TensorDataset"}


def lines(config: object, **settings: object) -> list[str]:
    return str(Instantiator(**settings).plan(config).tree()).splitlines()  # type: ignore[arg-type]


def test_every_place_of_the_config_has_a_line_with_its_target_or_its_typed_value() -> None:
    cfg = OmegaConf.create({"net": {"_target_": "torch.nn.Sequential", "_args_": [LAYER]}, "seed": 1, "sizes": [1, 2]})
    assert lines(cfg) == [
        "config",
        "├── net: torch.nn.Sequential",
        "│   └── [0]: torch.nn.Linear",
        "│       ├── in_features: int = 3",
        "│       └── out_features: int = 2",
        "├── seed: int = 1",
        "└── sizes: list = [1, 2]",
    ]


def test_the_type_is_the_parameters_annotation_where_there_is_one() -> None:
    assert "├── lr: Union[float, torch.Tensor] = 0.1" in [
        line.replace("float | torch.Tensor", "Union[float, torch.Tensor]")
        for line in lines({"_target_": "torch.optim.AdamW", "_partial_": True, "lr": 0.1, "eps": 1e-8})
    ]


def test_what_is_left_to_each_build_says_so() -> None:
    tree = plan({"_target_": "builtins.dict"}, x=GIVEN).tree()
    assert str(tree).splitlines() == ["config: builtins.dict", "└── x: Any = GIVEN"]


def test_a_partial_says_so() -> None:
    assert lines({"_target_": "torch.optim.AdamW", "_partial_": True}) == ["config: partial of torch.optim.AdamW"]


def test_a_raw_config_is_marked_and_what_stands_in_it_is_shown() -> None:
    assert lines({"_target_": "builtins.dict", "_recursive_": False, "model": LAYER}) == [
        "config: builtins.dict",
        "└── model: config of torch.nn.Linear [raw]",
        "    ├── in_features: int = 3",
        "    └── out_features: int = 2",
    ]


def test_a_forced_dataset_is_marked() -> None:
    cfg = {"_target_": "torch.utils.data.DataLoader", "_recursive_": False, "dataset": DATASET}
    assert "└── dataset: torch.utils.data.TensorDataset [forced]" in lines(cfg)


def test_a_sampler_that_waits_for_the_group_is_marked_unless_it_need_not() -> None:
    cfg = {"_target_": "torch.utils.data.DistributedSampler", "dataset": [1]}
    assert lines(cfg)[0] == "config: torch.utils.data.DistributedSampler [deferred]"
    assert lines(cfg, defer_samplers=False)[0] == "config: torch.utils.data.DistributedSampler"
    assert lines({**cfg, "num_replicas": 2, "rank": 0})[0] == "config: torch.utils.data.DistributedSampler"


def test_a_shared_object_is_shown_once_and_referred_to() -> None:
    assert lines({"a": LAYER, "b": "${a}"}, share=True) == [
        "config",
        "├── a: torch.nn.Linear [shared]",
        "│   ├── in_features: int = 3",
        "│   └── out_features: int = 2",
        "└── b: the same as a [shared]",
    ]


def test_what_only_rank_zero_builds_is_marked() -> None:
    cfg = {"_target_": "safe_instantiate.rank_zero_only", "config": LAYER}
    assert "└── config: torch.nn.Linear [rank 0]" in lines(cfg)


def test_each_problem_stands_at_its_place_and_the_rest_is_shown() -> None:
    cfg = {"model": {"_target_": "torch.nn.Linaer", "act": {"_target_": "torch.nn.ReLU"}}, "n": "???"}
    text = lines(cfg)
    assert text[1] == "├── model: torch.nn.Linaer"
    assert text[2].startswith("│   ├── ✗ module 'torch.nn' has no 'Linaer'")
    assert text[2].endswith("did you mean 'torch.nn.Linear'?")
    assert text[3] == "│   └── act: torch.nn.ReLU"
    assert text[5].startswith("    └── ✗ Missing mandatory value")


@pytest.mark.parametrize("key", ["password", "db_password", "api_key", "hf_token", "token", "secret", "auth_token"])
def test_a_secret_is_not_shown(key: str) -> None:
    assert lines({key: "hunter2"})[1] == f"└── {key}: str = ***"


@pytest.mark.parametrize("key", ["pad_token", "max_tokens", "tokenizer", "key", "secretary"])
def test_what_only_sounds_like_a_secret_is_shown(key: str) -> None:
    assert lines({key: "hunter2"})[1] == f"└── {key}: str = 'hunter2'"


def test_json_has_every_fact() -> None:
    tree = json.loads(plan({"net": LAYER}).tree().to_json())
    (net,) = tree["children"]
    assert (net["full_key"], net["kind"], net["target"]) == ("net", "call", "torch.nn.Linear")
    first = net["children"][0]
    assert first == {
        "key": "in_features", "full_key": "net.in_features", "kind": "value", "target": "", "type": "int",
        "value": "3", "marks": [], "problems": [], "children": [],
    }  # fmt: skip


def test_rich_shows_the_same_lines() -> None:
    from rich.console import Console

    tree = plan({"model": LAYER, "n": "???"}).tree()
    console = Console(width=200)
    with console.capture() as captured:
        console.print(tree)
    assert [line.rstrip() for line in captured.get().splitlines()] == str(tree).splitlines()


def test_the_picture_of_a_tree_needs_nothing_from_elsewhere() -> None:
    svg = plan({"model": LAYER}).tree().to_svg(title="model")
    assert svg.startswith("<svg") and "torch.nn.Linear" in svg
    assert "url(" not in svg.replace("url(#", "") and "http" not in svg.replace("http://www.w3.org", "")


def test_plain_text_needs_no_rich() -> None:
    program = (
        "import sys; sys.modules['rich'] = None\nfrom safe_instantiate import plan\nprint(plan({'a': 1}).tree())\n"
    )
    root = Path(__file__).parents[2]
    finished = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=False)
    assert finished.stdout == "config\n└── a: int = 1\n", finished.stderr


def test_a_value_that_has_no_text_is_shown_by_its_type() -> None:
    class Mute(list[int]):
        def __repr__(self) -> str:
            raise RuntimeError("no text")

    tree = plan({"_target_": "builtins.dict"}, x=(Mute(),)).tree()
    assert str(tree).splitlines()[-1].endswith(("= <tuple>", "= <list>"))  # which of them depends on Hydra
