"""Mistakes in what the constructor refuses: options that make no sense, and some that do."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="base_not_initialised",
        title="the constructor does not call super().__init__()",
        look_at="the first lines of the constructor",
        mistake=(
            "nn.Module sets up its list of parameters in its own constructor. Without `super().__init__()` "
            "before the first parameter is assigned, that assignment raises."
        ),
        fails=("construction.builds",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "super().__init__()\nself.mode = mode",
                "self.mode = mode",
            ),
        ),
    ),
    Fault(
        id="unknown_keyword_swallowed",
        title="the constructor swallows keywords that it does not know",
        look_at="what becomes of the keywords that the constructor does not name",
        mistake=(
            "`**kwargs` that nobody reads takes every misspelled option: `bidirectinal=True` builds a "
            "network of one direction. Leave `**kwargs` out, and Python itself refuses them."
        ),
        fails=("construction.unknown_keyword",),
        edits=(
            Edit(
                "module",
                "RNN.__init__",
                'check_no_more_options("RNN", unknown)\ncheck_nonlinearity(nonlinearity)',
                "check_nonlinearity(nonlinearity)",
            ),
        ),
    ),
    Fault(
        id="unknown_nonlinearity_is_tanh",
        title="an unknown nonlinearity is taken for tanh",
        look_at="how the name of the nonlinearity becomes a function",
        mistake=(
            "Every name but 'relu' falls through to tanh, so that a misspelled 'Relu' computes something "
            "else than was asked for. Look the name up in a table of the two, and raise where it is in "
            "neither row."
        ),
        fails=("construction.unknown_nonlinearity",),
        edits=(
            Edit(
                "module",
                "RNN.__init__",
                "check_nonlinearity(nonlinearity)\nsuper().__init__(\n    elman_mode(nonlinearity),",
                'super().__init__(\n    "RNN_RELU" if nonlinearity == "relu" else "RNN_TANH",',
            ),
        ),
    ),
    Fault(
        id="hidden_size_0_accepted",
        title="a size of 0 is accepted",
        look_at="what the constructor asks of the sizes",
        mistake=(
            "Only negative sizes are refused. A network without units gives empty outputs, raises nowhere, "
            "and the mistake in the configuration is found much later. Refuse 0 too: `if size <= 0`."
        ),
        fails=("construction.sizes_refused",),
        edits=(
            Edit("options", "check_positive", "value <= 0", "value < 0"),
            Edit("options", "check_proj_size", "proj_size >= hidden_size", "proj_size > hidden_size"),
            Edit(
                "parameters",
                "initialise",
                "bound = 1 / math.sqrt(hidden_size)",
                "bound = 1 / math.sqrt(hidden_size) if hidden_size > 0 else 0.0",
            ),
        ),
    ),
    Fault(
        id="dropout_nan_accepted",
        title="a dropout of NaN is accepted",
        look_at="the test of dropout's range",
        mistake=(
            "Dropout is refused if it is below 0 or above 1, and NaN is neither, as no comparison with NaN "
            "is true. Nothing is dropped then, in silence. Write `if not 0 <= dropout <= 1`."
        ),
        fails=("construction.dropout_range",),
        edits=(
            Edit(
                "options",
                "is_probability",
                "return 0 <= float(value) <= 1",
                "return not (float(value) < 0 or float(value) > 1)",
            ),
            Edit("layers", "run_layers", "if index > 0:", "if index > 0 and dropout > 0:"),
        ),
    ),
    Fault(
        id="dropout_clipped",
        title="a dropout outside of 0 to 1 is moved into that range",
        look_at="what the constructor does with dropout",
        mistake=(
            "A dropout of 30, meant as 30 per cent, becomes 1 and drops everything; one of -0.1 drops "
            "nothing. Raise, so that the mistake is found."
        ),
        fails=("construction.dropout_range",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "self.dropout = float(dropout)",
                "dropout = dropout if isinstance(dropout, bool) else min(max(dropout, 0), 1)\n"
                "self.dropout = float(dropout)",
            ),
        ),
    ),
    Fault(
        id="dropout_true_accepted",
        title="dropout=True is accepted as 1",
        look_at="what the constructor asks of dropout",
        mistake=(
            "True is a whole number to Python, and passes as the probability 1: meant as `on`, it drops "
            "everything. Refuse bools before looking at the range."
        ),
        fails=("messages.options",),
        edits=(
            Edit(
                "options",
                "is_probability",
                "isinstance(value, bool) or not isinstance(value, Real)",
                "not isinstance(value, Real)",
            ),
        ),
    ),
    Fault(
        id="one_layer_dropout_not_warned",
        title="nobody is warned that dropout has no effect on a single layer",
        look_at="what the constructor says about dropout and num_layers together",
        mistake=(
            "Dropout falls between layers, so that with one layer it does nothing. Without a warning, a "
            "comparison of dropout values on one layer compares equal networks. Warn where num_layers is 1."
        ),
        fails=("construction.dropout_with_one_layer_warns",),
        edits=(Edit("options", "check_dropout", "num_layers == 1", "num_layers < 1"),),
    ),
    Fault(
        id="one_layer_dropout_refused",
        title="dropout is refused for a single layer",
        look_at="what the constructor does about dropout and num_layers together",
        mistake=(
            "Dropout on a single layer has no effect, and is no error: the number of layers is often a "
            "setting that is searched over. Warn instead of raising."
        ),
        fails=("dropout.between_layers_only",),
        edits=(
            Edit("options", "check_dropout", "warnings.warn(", "raise ValueError("),
            Edit("options", "check_dropout", "UserWarning,\nstacklevel=4,", ""),
        ),
    ),
    Fault(
        id="one_layer_dropout_warned_at_every_call",
        title="the warning about dropout on a single layer comes at every call",
        look_at="where the warning about dropout is given",
        mistake=(
            "The warning is given in forward too, once for every batch of a training run. Warn once, in the "
            "constructor."
        ),
        fails=("messages.options",),
        edits=(
            Edit(
                "base",
                "RNNBase.run",
                "check_devices(input, h_0, layers)",
                "check_devices(input, h_0, layers)\ncheck_dropout(self.dropout, self.num_layers)",
            ),
        ),
    ),
    Fault(
        id="sizes_rounded_down",
        title="sizes with a fraction are rounded down",
        look_at="what the constructor does with the sizes",
        mistake=(
            "`int(hidden_size)` accepts 2.5, and builds another network than was asked for. torch.nn.RNN "
            "raises a TypeError for every size that is no int; write `//` where the size is computed."
        ),
        fails=("messages.sizes",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "super().__init__()\nself.mode",
                "super().__init__()\ninput_size, hidden_size = int(input_size), int(hidden_size)\nself.mode",
            ),
        ),
    ),
    Fault(
        id="flags_not_checked",
        title="flags that are neither True nor False are accepted",
        look_at="what the constructor asks of bias and batch_first",
        mistake=(
            "Any value passes for a flag, so that arguments in the wrong places go unnoticed: a size given "
            "for `bias` counts as True. torch.nn.RNN raises a TypeError for bias and batch_first."
        ),
        fails=("messages.sizes",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                'check_flag("bias", bias)\n'
                'check_flag("batch_first", batch_first)\n'
                'check_size("input_size", input_size)',
                'check_size("input_size", input_size)',
            ),
        ),
    ),
    Fault(
        id="bidirectional_must_be_bool",
        title="bidirectional=1 is refused",
        look_at="what the constructor asks of bidirectional",
        mistake=(
            "torch.nn.RNN refuses no value of this flag, and existing code may give 1 or 0. Code that builds "
            "an nn.RNN must go on working; ask no more than torch does."
        ),
        fails=("messages.sizes",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                'check_flag("batch_first", batch_first)',
                'check_flag("batch_first", batch_first)\ncheck_flag("bidirectional", bidirectional)',
            ),
        ),
    ),
)
