"""The page on how the kit reads code: its examples run, and say what it says; its conventions are tried."""

import re
import shlex
from pathlib import Path

import pytest

from pytest_rnn_conformance import cli
from pytest_rnn_conformance.model import Implementation

from .corpus.table import RIGHT
from .corpus.verify import HERE

PAGE = (Path(__file__).parents[1] / "docs" / "adapting.md").read_text(encoding="utf-8")

TRIED = {
    "other names for arguments": "seed_notebook:RNN",
    "arguments of your own": "d2l_class:RNNScratch",
    "raw matrices": "keras_names:SimpleRNN",
    "two Linears": "last_hidden_encoder:Encoder",
    "names that say nothing": "lin1_lin2:MyRNN",
    "one matrix over [x, h] or [h, x]": "state_first_concatenated_head:SimpleRNN",
    "stored as (in, out)": "uwv_other_sense:ElmanNet",
    "one bias, or two": "many_to_one_linears:SentimentRNN",
    "biases with an axis more": "row_bias_tuple_state:TanhRNN",
    "lists and dicts of weights": "parameter_dict:RNN",
    "layers": "one_based_layer_names:MultiLayerRNN",
    "the way back": "bidirectional_back_suffix:RNNLayer",
    "batch-first or time-first": "columns_inside:RNN",
    "an output head": "fc_x_fc_h_head:CustomRNN",
    "raw matrices as a head": "in_out_hid_raw:RNN",
    "only the last step": "many_to_one_linears:SentimentRNN",
    "a list of steps": "d2l_class:RNNScratch",
    "rows of all steps": "d2l_function:rnn",
    "h_n first": "module_dict_state_first_out:RecurrentLayer",
    "more results": "numpy_cs231n:rnn_forward",
    "h_0 as (N, H), or a tuple or list": "row_bias_tuple_state:TanhRNN",
    "h_0 that must be given": "linear_i_linear_h:VanillaRNN",
    "states as columns": "cell_columns:RNNCell",
    "sizes in the constructor": "vanilla_rnn_fixed_sizes:VanillaRNN",
    "a cell": "char_tutorial_cell:RNN",
    "a function with weights": "function_wx_wh_b:rnn_forward",
    "a step function": "function_step:rnn_step",
    "lists of weights as arguments": "seed_notebook:rnn_forward_multilayers",
    "both directions in one function": "function_bidirectional:birnn",
    "weights in a dict": "numpy_deeplearning_ai:rnn_forward",
    "features first": "function_columns_dnl:rnn_forward",
    "NumPy": "numpy_forward_only:simple_rnn",
    "a class of NumPy": "numpy_class:RNN",
    "a backward by hand": "numpy_cs231n:rnn_step_forward",
}
"""Which right implementation of the corpus shows a convention; the corpus says that it passes core."""

ELSEWHERE = {"no torch module": "implementations/odd/no_torch_module.py"}


def blocks(language):
    fenced = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return [text for found, text in fenced if found == language]


@pytest.fixture
def files(here):
    """The files of the page, in the current folder; what is told of one in two places is one file."""
    for text in blocks("python"):
        name = text.split("\n", 1)[0].removeprefix("# ")
        with Path(name).open("a") as file:
            file.write(text)
    return here


@pytest.mark.parametrize("block", blocks("console"), ids=lambda block: block.splitlines()[0])
def test_a_command_says_what_the_page_says(files, capsys, block):
    command, *shown = block.splitlines()
    program, *words = shlex.split(command.removeprefix("$ "))
    cli.main(words)
    out, err = capsys.readouterr()
    said = out + err

    assert program == "rnn-conformance"
    assert [line for line in shown if line.rstrip(".") not in said] == []


def test_every_convention_of_the_table_is_one_of_the_corpus():
    table = PAGE.partition("| convention |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1].strip() for line in table.splitlines()[2:]]

    assert len(rows) == len(set(rows))
    assert set(rows) == {*TRIED, *ELSEWHERE}
    assert set(TRIED.values()) <= {entry.key for entry in RIGHT}
    assert all((HERE.parents[1] / path).is_file() for path in ELSEWHERE.values())


def test_the_table_of_declarations_names_every_word_of_one():
    table = PAGE.partition("| of a class |")[2].partition("\n\n")[0]
    words = set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE))

    assert words == {*Implementation.__dataclass_fields__} - {"target"}
