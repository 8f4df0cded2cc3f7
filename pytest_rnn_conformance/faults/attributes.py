"""Mistakes in what a new network tells of itself: its defaults, its options and its mode."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="batch_first_by_default",
        title="batch_first is True unless it is given",
        look_at="the defaults of the constructor's arguments",
        mistake=(
            "Batches are read as (N, L, D) by default. Code for nn.RNN gives (L, N, D), nothing raises, and "
            "time and batch are swapped. torch's default is False."
        ),
        fails=("signature.defaults",),
        edits=(Edit("module", "RNN.__init__", "batch_first: bool = False,", "batch_first: bool = True,"),),
    ),
    Fault(
        id="no_mode_attribute",
        title="the network has no attribute mode",
        look_at="which of its options the network keeps",
        mistake=(
            "Code that is given an nn.RNN, nn.LSTM or nn.GRU asks for `mode` to tell them apart. It is "
            "'RNN_TANH' or 'RNN_RELU'."
        ),
        fails=("signature.attributes",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "self.mode = mode",
                "self.kind = mode",
            ),
            Edit("base", "RNNBase.forward", "check_rank(input, self.mode)", "check_rank(input, self.kind)"),
            Edit("base", "RNNBase.run", "self.mode,", "self.kind,"),
        ),
    ),
    Fault(
        id="no_proj_size_attribute",
        title="the network has no attribute proj_size",
        look_at="which of its options the network keeps",
        mistake=(
            "Code for all of torch's recurrent networks reads `proj_size` to know how wide the output is. It "
            "is 0 for every RNN."
        ),
        fails=("signature.attributes",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "self.proj_size = proj_size\ncheck_dropout",
                "check_dropout",
            ),
            Edit(
                "base",
                "RNNBase.extra_repr",
                "if self.proj_size != 0:\n"
                '    shown.append(f"proj_size={self.proj_size}")\n'
                "if self.num_layers",
                "if self.num_layers",
            ),
        ),
    ),
    Fault(
        id="nonlinearity_kept_as_function",
        title="the attribute nonlinearity is a function, not its name",
        look_at="what the network keeps of its options, and in which form",
        mistake=(
            "The network keeps the function that it calls where torch keeps 'tanh' or 'relu'. Code that "
            "compares the attribute with a name, or saves it in a configuration, fails. Keep the name."
        ),
        fails=("signature.attributes",),
        edits=(
            Edit(
                "module",
                "",
                "from .modes import elman_mode",
                "from .modes import elman_mode\nfrom .recurrence import NONLINEARITIES",
            ),
            Edit(
                "module",
                "RNN.__init__",
                "self.nonlinearity = nonlinearity",
                "self.nonlinearity = NONLINEARITIES[nonlinearity]",
            ),
        ),
    ),
    Fault(
        id="dropout_kept_as_given",
        title="dropout=1 is kept as a whole number",
        look_at="what the network keeps of its options, and in which form",
        mistake=(
            "The attribute dropout is an int where an int was given. torch keeps a float, and printing the "
            "network shows `dropout=1.0`. Write `self.dropout = float(dropout)`."
        ),
        fails=("signature.attributes",),
        also=("messages.options",),
        edits=(Edit("base", "RNNBase.__init__", "self.dropout = float(dropout)", "self.dropout = dropout"),),
    ),
    Fault(
        id="built_in_eval_mode",
        title="a new network is in eval mode",
        look_at="the last lines of the constructor",
        mistake=(
            "The constructor ends with `self.eval()`, so that dropout does nothing in training unless "
            "somebody calls `train()` first. Every new module of torch is in train mode."
        ),
        fails=("signature.defaults",),
        edits=(
            Edit(
                "base", "RNNBase.__init__", "self.reset_parameters()", "self.reset_parameters()\nself.eval()"
            ),
        ),
    ),
)
