"""The graph of a plan: its boxes and lines, and that a picture of it can be read."""

from __future__ import annotations

import itertools
from pathlib import Path
from xml.etree import ElementTree

import pytest
from omegaconf import DictConfig

from examples.digits.run import compose_config
from safe_instantiate import Instantiator, plan
from safe_instantiate.explaining.drawing import Placed, lay_out
from safe_instantiate.explaining.graph import Graph

LAYER = {"_target_": "torch.nn.Linear", "in_features": 3, "out_features": 2}
SHARED = {"a": LAYER, "b": {"_target_": "torch.nn.Sequential", "_args_": ["${a}"]}}

pytestmark = pytest.mark.filterwarnings("ignore:The version_base parameter is deprecated")


def trainer() -> DictConfig:
    config: DictConfig = compose_config([]).trainer
    return config


def the_trainers_graph() -> Graph:
    return Instantiator(leave_configs_to="auto").plan(trainer()).graph()


def test_every_target_has_a_box_with_its_plain_arguments() -> None:
    boxes = {box.full_key: box for box in the_trainers_graph().boxes}
    assert (boxes["trainer.model.head"].title, boxes["trainer.model.head"].facts) == (
        "Head",
        ("in_features = 256", "hidden = 128", "dropout = 0.2"),
    )
    assert boxes["trainer"].kind == "call" and boxes["trainer.model"].kind == "config"


def test_every_box_but_the_first_hangs_on_another() -> None:
    graph = the_trainers_graph()
    assert {line.part for line in graph.lines} == {box.number for box in graph.boxes[1:]}


def test_a_shared_object_is_one_box_with_two_lines() -> None:
    graph = Instantiator(share=True).plan(SHARED).graph()
    (layer,) = [box for box in graph.boxes if box.title == "Linear"]
    assert len([line for line in graph.lines if line.part == layer.number]) == 2


def test_groups_without_anything_to_build_are_facts_of_who_has_them() -> None:
    (box,) = plan({"_target_": "builtins.dict", "sizes": {"a": 1}}).graph().boxes
    assert box.facts == ("sizes = {...}",)


def test_many_arguments_are_cut_short() -> None:
    (box,) = plan({"_target_": "builtins.dict", **{f"k{n}": "x" * 80 for n in range(12)}}).graph().boxes
    assert len(box.facts) == 9 and box.facts[-1] == "and 4 more"
    assert all(len(fact) <= 40 for fact in box.facts)


def overlap(one: Placed, other: Placed) -> bool:
    apart = one.x + one.width <= other.x or other.x + other.width <= one.x
    return not (apart or one.y + one.height <= other.y or other.y + other.height <= one.y)


@pytest.mark.parametrize("graph", [the_trainers_graph, lambda: Instantiator(share=True).plan(SHARED).graph()])
def test_no_two_boxes_of_a_picture_overlap_and_all_are_within_it(graph: object) -> None:
    drawing = lay_out(graph())  # type: ignore[operator]
    assert not [pair for pair in itertools.combinations(drawing.placed, 2) if overlap(*pair)]
    assert all(box.x >= 0 and box.x + box.width <= drawing.width for box in drawing.placed)
    assert all(box.y >= 0 and box.y + box.height <= drawing.height for box in drawing.placed)


def test_the_text_of_a_box_fits_into_it() -> None:
    for placed in lay_out(the_trainers_graph()).placed:
        assert all(len(text) * 7.3 < placed.width - 10 for _, text, _ in placed.rows())
        assert all(placed.y < baseline < placed.y + placed.height for baseline, _, _ in placed.rows())


def test_an_svg_is_well_formed_whatever_the_values_are() -> None:
    svg = plan({"_target_": "builtins.dict", "text": '<b> & "quotes"'}).graph().to_svg()
    texts = [element.text for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert texts == ["config", "dict", "text = '<b> & \"quotes\"'"]


def test_mermaid_and_dot_keep_quotes_apart_from_their_own() -> None:
    graph = plan({"_target_": "builtins.dict", "text": '<b> "q"'}).graph()
    assert "text = '&lt;b&gt; #quot;q#quot;'" in graph.to_mermaid()
    assert '[label="config\\ndict\\ntext = \'<b> \\"q\\"\'"]' in graph.to_dot()


def test_raw_configs_are_dashed_everywhere() -> None:
    graph = plan({"_target_": "builtins.dict", "_recursive_": False, "model": LAYER}).graph()
    assert "class n1 raw" in graph.to_mermaid()
    assert "style=dashed" in graph.to_dot()
    assert graph.to_svg().count("stroke-dasharray") == 2  # and in the legend


def in_words(svg: str) -> list[str | None]:
    return [element.text for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_a_picture_explains_the_looks_of_its_boxes_where_they_need_it() -> None:
    plain = plan({"model": LAYER}).graph()
    assert not lay_out(plain).legend
    cfg = {"model": LAYER, "optimizer": {"_target_": "torch.optim.SGD", "_partial_": True}}
    assert in_words(plan(cfg).graph().to_svg())[-2:] == ["is built", "a partial"]
    raw = plan({"_target_": "builtins.dict", "_recursive_": False, "model": LAYER}).graph()
    assert in_words(raw.to_svg())[-2:] == ["is built", "a config, which its target builds"]


def test_what_is_wrong_stands_in_its_box_in_whole_words() -> None:
    graph = plan(
        {"model": {"_target_": "torch.nn.Linaer"}, "optimizer": {"_target_": "torch.optim.SGD", "lr": "???"}}
    ).graph()
    model, optimizer = graph.boxes[1:]
    assert model.problems[0].startswith("✗ module 'torch.nn' has no") and all(
        len(each) <= 40 for each in model.problems
    )
    assert optimizer.problems == (
        "✗ SGD.__init__() missing 1 required",
        "positional argument: 'params'",
        "✗ Missing mandatory value; It is ???",
        "in the config: set it there, on the",
        "command line, or as an argument of ...",
    )
    assert "something is wrong" in graph.to_svg()
    assert "class n1,n2 wrong" in graph.to_mermaid() and graph.to_dot().count('color="#c0392b"') == 2


def test_a_partial_that_is_handed_on_as_a_config_is_called_one() -> None:
    cfg = {
        "_target_": "builtins.dict",
        "_recursive_": False,
        "optimizer": {"_target_": "torch.optim.SGD", "_partial_": True, "lr": 0.1},
    }
    box = plan(cfg).graph().boxes[1]
    assert (box.kind, box.title, box.facts) == ("config", "partial SGD", ("lr = 0.1",))


def test_the_picture_of_a_trainer_is_no_wider_than_a_page_shows_it() -> None:
    assert lay_out(the_trainers_graph()).width <= 830


@pytest.mark.parametrize(
    ("name", "begins"), [("g.mmd", b"flowchart LR"), ("g.dot", b"digraph"), ("g.svg", b"<svg"), ("g.png", b"\x89PNG")]
)
def test_a_graph_is_saved_as_its_name_says(name: str, begins: bytes, tmp_path: Path) -> None:
    plan({"model": LAYER}).graph().save(tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(begins)


def test_another_kind_of_file_is_refused() -> None:
    with pytest.raises(ValueError, match=r"saved as \.mmd, \.dot, \.svg or \.png, not as 'graph\.gif'"):
        plan({"model": LAYER}).graph().save("graph.gif")
