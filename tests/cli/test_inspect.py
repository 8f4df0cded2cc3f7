"""rnn-conformance inspect: 0 all is known, 1 the user's code raises, 2 something must be declared."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import torch

CORPUS = Path(__file__).parents[1] / "corpus" / "implementations"


@pytest.fixture
def write(here):
    """Write a class of two matrices; parts of it can be chosen."""

    def call(
        constructor="input_size, hidden_size",
        *,
        build="",
        keep="h",
        returns="torch.stack(outputs), h",
        after="",
        sizes=("input_size", "hidden_size"),
    ):
        D, H = sizes
        (here / "rnn.py").write_text(f"""
import torch
from torch import nn
from pytest_rnn_conformance import Implementation

class RNN(nn.Module):
    def __init__(self, {constructor}):
        super().__init__()
        {build}
        self.W_xh = nn.Parameter(torch.randn({D}, {H}) * 0.1)
        self.W_hh = nn.Parameter(torch.randn({H}, {H}) * 0.1)

    def forward(self, x, h=None):
        h = x.new_zeros(x.shape[1], self.W_hh.shape[0]) if h is None else h
        outputs = []
        for x_t in x:
            h = torch.tanh(x_t @ self.W_xh + h @ self.W_hh)
            outputs.append({keep})
        return {returns}
{after}
""")
        return "rnn.py:RNN"

    return call


def table(out):
    """The facts by torch's word: what is the user's, and all that stands after it."""
    rows = [line.split(" = ", 1) for line in out.splitlines() if line.startswith("  ") and " = " in line]
    return {role.strip(): " ".join(own.split()) for role, own in rows}


def test_what_everything_was_taken_for_is_shown_with_how_it_is_known(command, write):
    spec = write("n_in, hid_dim, n_layers=1, dropout_mask=None", sizes=("n_in", "hid_dim"))
    code, out, err = command("inspect", spec)
    facts = table(out)

    assert (code, err) == (0, "")
    assert out.startswith("rnn.py:RNN is a torch.nn.Module; judged in float64.\n")
    assert "\nConstructor: RNN(n_in, hid_dim, n_layers=1, dropout_mask=None)\n" in out
    assert facts["input_size"] == "n_in a known name for it"
    assert facts["nonlinearity"].startswith("tanh taken for granted")
    assert facts["weight_ih_l0"] == "self.W_xh.T (3, 5) its name; stored as (in, out)"
    assert facts["weight_hh_l0"] == "self.W_hh.T (5, 5) its name; (in, out) too, as W_ih is"
    assert facts["input"] == "x (L, N, D) time-first: an (N, H) comes back then"
    assert facts["h_0"] == "h (N, H) by its name; may be left out"
    assert (facts["output"], facts["h_n"]) == ("item 0 (L, N, H)", "item 1 (N, H)")
    assert "dropout_mask  left at the default" in out


def test_the_declaration_to_paste_stands_at_the_end_with_how_to_use_it(command, write):
    spec = write("n_in, hid_dim", sizes=("n_in", "hid_dim"))
    _, out, _ = command("inspect", spec)
    _, _, pasted = out.partition("paste beside it:\n")
    source, _, usage = pasted.partition("and name that: ")
    Path("frozen.py").write_text(Path("rnn.py").read_text() + textwrap.dedent(source))
    code, again, _ = command("inspect", "frozen.py:rnn")

    assert usage == "pytest --rnn-impl rnn.py:rnn\n"
    assert code == 0
    assert table(again)["input_size"] == "n_in declared"
    assert table(again)["weight_hh_l0"].startswith("self.W_hh.T (5, 5) declared")
    assert table(again)["input"] == "x (L, N, D) declared"
    assert "rnn =" not in again


def test_where_all_is_as_in_torch_no_declaration_is_shown(command):
    code, out, _ = command("inspect", "reference")

    assert code == 0
    assert out.endswith("\nNothing had to be inferred: no declaration is needed.\n")
    assert "Not supported" not in out


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("char_tutorial_cell.py:RNN", ["a cell: one step a call", "its shape: it multiplies [x, h]"]),
        ("state_first_concatenated_head.py:SimpleRNN", ["it multiplies [h, x]", "what goes into self.fc"]),
        ("vanilla_rnn_fixed_sizes.py:VanillaRNN", ["built anew for other lengths", "the last step alone"]),
        ("one_hot_lm_uwv.py:RNNLanguageModel", ["of one-hot input, the number of classes"]),
        ("no_bias.py:RNN", ["bias_ih_l0 + bias_hh_l0 = none"]),
        ("learned_initial_state.py:RNN", ["an h_0 of its own, by its name: left as it is"]),
        ("d2l_class.py:RNNScratch", ["a list of (N, H)"]),
        ("d2l_function.py:rnn", ["(L*N, H) a row for every step of every sequence"]),
        ("columns_inside.py:RNN", ["self.b.view(-1)", "(H, N)"]),
        ("seed_notebook.py:RNN", ["Of layer 1, on the way back:", "self.W_ih_reverse[1] (5, 10)"]),
        ("seed_notebook.py:rnn_forward_multilayers", ["a list, an entry for each layer"]),
        ("numpy_cs231n.py:rnn_forward", ["of NumPy arrays", "rnn_backward", "Wx (D, H)"]),
        (
            "numpy_forward_only.py:simple_rnn",
            ["there is no backward function beside it", "by trying: its name"],
        ),
        ("numpy_deeplearning_ai.py:rnn_forward", ["parameters['Wax']", "(D, N, L)", "(H, N, L)"]),
    ],
)
def test_each_convention_is_said(command, spec, expected):
    code, out, _ = command("inspect", str(CORPUS / spec))

    assert code == 0
    text = " ".join(out.split())
    assert [part for part in expected if part not in text] == []


@pytest.mark.parametrize("spec", ["seed_notebook.py:RNN", "vanilla_rnn_fixed_sizes.py:VanillaRNN"])
def test_it_fits_a_screen(command, spec):
    _, out, _ = command("inspect", str(CORPUS / spec))

    assert len(out.splitlines()) < 60
    assert max(map(len, out.splitlines()[1:])) <= 110


def test_a_weight_that_is_not_registered_is_noted(command, write):
    spec = write(build="self.loose = [torch.randn(hidden_size)]")
    _, out, _ = command("inspect", spec)

    assert table(out)["bias_ih_l0 + bias_hh_l0"] == "self.loose[0] (5,) its size; no registered parameter"


def test_what_is_not_supported_is_said_with_the_reason(command, write):
    _, out, _ = command("inspect", write())
    _, _, lacking = out.partition("Not supported, and not asked:\n")

    assert "two_biases" in lacking
    assert "there are not two biases" in lacking
    assert "the constructor has no argument for it" in lacking


def test_unknown_constructor_arguments_are_shown_beside_those_that_are_known(command, bring):
    code, out, err = command("inspect", bring("odd/unknown_constructor.py"))

    assert code == 2
    assert out.startswith("rnn.py:RNN cannot be judged as it is; what is known of it:\n")
    assert table(out)["input_size"] == "embedding_dim a known name for it"
    assert table(out)["hidden_size"] == "? no argument was recognised as it"
    assert err.startswith(
        "\nrnn-conformance: the constructor RNN(vocab_size, embedding_dim) cannot be inferred:"
    )


def test_a_required_argument_without_a_meaning_is_marked(command, write):
    code, out, _ = command("inspect", write("input_size, hidden_size, flavour"))

    assert code == 2
    assert table(out)["?"] == "flavour required, and its meaning is not known"
    assert table(out)["hidden_size"] == "hidden_size torch's own name"


def test_weights_that_cannot_be_placed_are_shown_with_what_is_known_of_each(command, bring):
    code, out, err = command("inspect", bring("odd/unknown_parameters.py"))

    assert code == 2
    assert "self.alpha  (5, 5)  not known" in out
    assert table(out)["weight_ih_l0"] == "? (5, 3) missing"
    assert "Returns:" not in out
    assert "the weights of RNN cannot be placed" in err


def test_a_declared_weight_that_does_not_exist_is_shown_beside_those_that_do(command, write):
    after = "mine = Implementation(RNN, parameters={'weight_ih': 'W.T', 'weight_hh': 'W_hh.T', 'bias': 'b'})"
    write(after=after)
    code, out, err = command("inspect", "rnn.py:mine")

    assert code == 2
    assert "self.W_xh  (3, 5)" in out
    assert "a declared parameter does not exist" in err


def test_arguments_of_a_function_that_are_not_known_are_marked(command, here):
    (here / "rnn.py").write_text("def rnn(x, h0, W_xh, W_hh, flavour):\n    return x\n")
    code, out, err = command("inspect", "rnn.py:rnn")

    assert code == 2
    assert "Call: rnn(x, h0, W_xh, W_hh, flavour)\n" in out
    assert (table(out)["h_0"], table(out)["?"]) == ("h0", "flavour not known")
    assert "'flavour' is required, and its meaning is not known" in err


def test_a_softmax_after_the_head_is_refused_below_all_that_is_known(command, write):
    spec = write(
        "input_size, hidden_size, output_size",
        build="self.W_hy = nn.Parameter(torch.randn(hidden_size, output_size))",
        keep="torch.softmax(h @ self.W_hy, -1)",
        returns="torch.stack(outputs)",
    )
    code, out, err = command("inspect", spec)

    assert code == 2
    assert table(out)["weight_ih_l0"].startswith("self.W_xh.T")
    assert "self.W_hy (5, 5) the output head" in " ".join(out.split())
    assert "does more than multiply after W_hy, a softmax perhaps" in err


@pytest.mark.parametrize(
    ("sample", "expected"),
    [
        (
            "odd/raises_in_forward.py",
            "Your code raised ValueError, so that no more can be told:\n  Traceback",
        ),
        ("odd/exits.py", "  SystemExit: 3\n"),
        ("odd/returns_string.py", "No more can be told: what forward returns: expected a tensor"),
    ],
)
def test_a_forward_that_does_not_work_is_shown_below_what_is_known(command, bring, sample, expected):
    code, out, err = command("inspect", bring(sample))

    assert (code, err) == (1, "")
    assert table(out)["weight_ih_l0"] == "self.i2h.weight (5, 3) its name"
    assert expected in out
    assert "/pytest_rnn_conformance" not in out
    assert "rnn = Implementation(" in out


def test_a_constructor_that_raises_is_shown_below_its_arguments(command, write):
    code, out, _ = command("inspect", write("n_in, hid_dim", build="raise ValueError('not yet')"))

    assert code == 1
    assert table(out)["hidden_size"] == "hid_dim a known name for it"
    assert "Your code raised ValueError" in out
    assert "not yet" in out
    assert "Weights" not in out


def test_what_user_code_prints_and_changes_is_not_seen(command, bring):
    before = (torch.get_default_dtype(), torch.get_num_threads(), torch.initial_seed())
    _, out, err = command("inspect", bring("odd/prints_a_lot.py"))
    _, changed, _ = command("inspect", bring("odd/changes_globals.py", to="other.py"))

    assert "making an RNN" not in out + err
    assert "weight_ih_l0" in changed
    assert (torch.get_default_dtype(), torch.get_num_threads(), torch.initial_seed()) == before


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["nowhere.py:RNN"], "nowhere.py: no such file"),
        (["reference", "--timeout", "-1"], "timeout=-1.0; expected 0 or more"),
        ([], "the following arguments are required: SPEC"),
    ],
)
def test_bad_input_exits_with_2_and_one_message(command, words, expected):
    code, out, err = command("inspect", *words)

    assert (code, out) == (2, "")
    assert expected in err
    assert "See what was inferred" not in err


def test_an_exception_of_the_users_module_exits_with_2_and_their_traceback(command, bring):
    code, out, err = command("inspect", bring("odd/raises_on_import.py"))

    assert (code, out) == (2, "")
    assert "KeyError: 'vocabulary'" in err


def test_a_forward_that_does_not_end_is_said(command, bring):
    code, out, _ = command("inspect", bring("odd/hangs_in_forward.py"), "--timeout", "0.5")

    assert code == 1
    assert "No more can be told: it did not come to an end in time" in out


def test_code_that_swallows_interrupts_ends_the_process_and_is_shown(bring, here):
    spec = bring("odd/swallows_interrupts.py")
    done = subprocess.run(
        [sys.executable, "-m", "pytest_rnn_conformance.cli", "inspect", spec, "--timeout", "0.5"],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert done.returncode == 1
    assert "rnn.py:RNN does not stop, while it was tried out" in done.stderr
    assert "in forward" in done.stderr


HINT = "\nSee what was inferred: rnn-conformance inspect rnn.py:RNN"


@pytest.mark.parametrize("sample", ["odd/unknown_constructor.py", "odd/unknown_parameters.py"])
def test_a_mapping_error_of_check_names_the_command_that_shows_more(command, bring, sample):
    code, _, err = command("check", bring(sample))

    assert code == 2
    assert err.endswith(f"{HINT}\n")


def test_a_path_with_a_space_is_named_as_a_shell_wants_it(command, bring):
    _, _, err = command("check", bring("odd/unknown_parameters.py", to="my folder/rnn.py"))

    assert err.endswith("See what was inferred: rnn-conformance inspect 'my folder/rnn.py:RNN'\n")


def test_inspect_itself_names_no_command(command, bring):
    _, _, err = command("inspect", bring("odd/unknown_parameters.py"))

    assert "See what was inferred" not in err


@pytest.mark.parametrize("words", [["nowhere.py:RNN"], ["reference", "--level", "modul"], ["math:pi"]])
def test_no_other_usage_error_names_it(command, words):
    code, _, err = command("check", *words)

    assert code == 2
    assert "See what was inferred" not in err


@pytest.mark.parametrize("subcommand", ["inspect", "check"])
def test_a_function_that_does_not_end_exits_with_2(command, here, subcommand):
    (here / "rnn.py").write_text("def rnn(x, W_ih, W_hh, b):\n    while True:\n        pass\n")
    code, out, err = command(subcommand, "rnn.py:rnn", "--timeout", "0.5")

    assert (code, out) == (2, "")
    assert err == "rnn-conformance: rnn.py:rnn: trying it out took more than 0.5 s\n"


def test_a_constructor_that_does_not_end_is_said_below_its_arguments(command, write):
    code, out, _ = command("inspect", write(build="while True: pass"), "--timeout", "0.5")

    assert code == 1
    assert table(out)["hidden_size"] == "hidden_size torch's own name"
    assert out.endswith("No more can be told: it did not come to an end in time\n")
