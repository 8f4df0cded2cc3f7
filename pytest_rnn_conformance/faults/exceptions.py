"""Mistakes in how a wrong argument is refused: by another exception than torch's, or in other words."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="sizes_refused_in_other_words",
        title="a size below 1 is refused in other words than torch's",
        look_at="the text of the exception",
        mistake=(
            "The type is right, and the text is not: code and tests that look for torch's words do not find "
            "them. torch says `hidden_size must be greater than zero`."
        ),
        fails=("messages.sizes",),
        edits=(
            Edit("options", "check_positive", "must be greater than zero", "must be positive, got {value}"),
        ),
    ),
    Fault(
        id="sizes_refused_by_assert",
        title="a size below 1 is refused by an assert",
        look_at="the type of the exception",
        mistake=(
            "`assert` raises an AssertionError, which nobody catches who expects torch's ValueError; and "
            "under `python -O` it is not there at all. Write `if size <= 0: raise ValueError(...)`."
        ),
        fails=("messages.sizes",),
        edits=(
            Edit(
                "options",
                "check_positive",
                'if value <= 0:\n    raise ValueError(f"{name} must be greater than zero")',
                'assert value > 0, f"{name} must be greater than zero"',
            ),
        ),
    ),
    Fault(
        id="num_layers_never_checked",
        title="the number of layers is not looked at before the first call",
        look_at="which sizes the constructor looks at",
        mistake=(
            "A network of no layers can be built, and fails at its first call, with an IndexError that says "
            "nothing of layers. torch.nn.RNN refuses it in the constructor, with a ValueError."
        ),
        fails=("messages.sizes",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                'check_positive("num_layers", num_layers)\ncheck_proj_size',
                "check_proj_size",
            ),
        ),
    ),
    Fault(
        id="nonlinearity_checked_at_first_call",
        title="an unknown nonlinearity is refused at the first call, by a KeyError",
        look_at="when the name of the nonlinearity is looked at",
        mistake=(
            "The name is looked up in forward, so that a misspelled one is found only when training starts, "
            "and the KeyError does not say what is allowed. torch.nn.RNN raises a ValueError in the "
            "constructor."
        ),
        fails=("messages.options",),
        edits=(
            Edit(
                "module",
                "RNN.__init__",
                "check_nonlinearity(nonlinearity)\nsuper()",
                "super()",
            ),
            Edit(
                "base",
                "RNNBase.__init__",
                "gates=MODES[mode].gates",
                "gates=MODES[mode].gates if mode in MODES else 1",
            ),
        ),
    ),
    Fault(
        id="proj_size_is_just_unknown",
        title="proj_size is refused like a misspelled keyword",
        look_at="what is said about options that only other networks of torch have",
        mistake=(
            "A TypeError says that the keyword is unexpected, as for a misspelled one. torch.nn.RNN raises a "
            "ValueError, which says that proj_size is an option of the LSTM."
        ),
        fails=("messages.options",),
        edits=(
            Edit(
                "options",
                "check_no_more_options",
                'if "proj_size" in unknown:\n'
                '    raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")\n'
                "for name",
                "for name",
            ),
        ),
    ),
    Fault(
        id="dropout_refused_in_other_words",
        title="a dropout that is no probability is refused in other words than torch's",
        look_at="the text of the exception",
        mistake=(
            "The type is right, and the text is not: code and tests that look for torch's words do not find "
            "them. torch says `dropout should be a number in range [0, 1]`, and what it is a probability of."
        ),
        fails=("messages.options",),
        edits=(
            Edit(
                "options",
                "check_dropout",
                '"dropout should be a number in range [0, 1] "\n'
                '"representing the probability of an element being zeroed"',
                'f"dropout must be between 0 and 1, got {dropout}"',
            ),
        ),
    ),
    Fault(
        id="dropout_warned_in_other_words",
        title="the warning about dropout on a single layer is another than torch's",
        look_at="the text of the warning",
        mistake=(
            "Filters that silence torch's warning look for its words, and let this one through. torch's "
            "begins with `dropout option adds dropout after all but last recurrent layer`."
        ),
        fails=("messages.options",),
        edits=(
            Edit(
                "options",
                "check_dropout",
                '"dropout option adds dropout after all but last recurrent layer, so non-zero dropout "\n',
                '"dropout falls between layers, so non-zero dropout "\n',
            ),
        ),
    ),
    Fault(
        id="input_size_left_to_the_product",
        title="a wrong number of features is refused by the product alone",
        look_at="what is asked of the input's last axis",
        mistake=(
            "The matrix product raises by itself, and says `mat1 and mat2 shapes cannot be multiplied`: the "
            "user has to guess which of two numbers was wrong. torch.nn.RNN says what it expected and got."
        ),
        fails=("messages.input",),
        edits=(
            Edit(
                "arguments",
                "check_input",
                "if input.size(-1) != input_size:\n"
                "    raise RuntimeError(\n"
                '        f"input.size(-1) must be equal to input_size. '
                'Expected {input_size}, got {input.size(-1)}"\n'
                "    )",
                "",
            ),
        ),
    ),
    Fault(
        id="dtype_left_to_the_product",
        title="an input of another dtype is refused by the product alone",
        look_at="what is asked of the input's dtype",
        mistake=(
            "The matrix product raises a RuntimeError, `mat1 and mat2 must have the same dtype`. "
            "torch.nn.RNN raises a ValueError, which names both dtypes and says how to convert."
        ),
        fails=("messages.input",),
        edits=(
            Edit(
                "arguments",
                "check_input",
                "if input.dtype != dtype and not autocast_is_on(input):\n"
                "    raise ValueError(\n"
                '        f"RNN input dtype ({input.dtype}) does not match weight dtype ({dtype}). "\n'
                '        f"Convert input: input.to({dtype}), or convert model: model.to({input.dtype})"\n'
                "    )\n"
                "if input.dim() != rank:",
                "if input.dim() != rank:",
            ),
        ),
    ),
    Fault(
        id="rank_is_a_runtime_error",
        title="an input of one or four axes raises a RuntimeError",
        look_at="the type of the exception",
        mistake=(
            "The text is torch's, and the type is not: `except ValueError` does not catch it. torch.nn.RNN "
            "raises a ValueError for a wrong number of axes, and a RuntimeError for wrong sizes."
        ),
        fails=("messages.input",),
        edits=(Edit("arguments", "check_rank", "raise ValueError(", "raise RuntimeError("),),
    ),
    Fault(
        id="no_steps_crash",
        title="sequences without steps raise an IndexError",
        look_at="what happens where the loop over the steps never runs",
        mistake=(
            "With L = 0 there is no last state, and `states[-1]` raises an IndexError that says nothing of "
            "the input. Raise torch's RuntimeError, or return no output and h_n = h_0."
        ),
        fails=("messages.input",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_time_first",
                "check_length(input)\nreturn",
                "return",
            ),
        ),
    ),
    Fault(
        id="no_steps_give_back_the_input",
        title="for sequences without steps, the input is returned as the output",
        look_at="what happens where the loop over the steps never runs",
        mistake=(
            "With L = 0 the input itself is returned. It is as empty as the output would be, but has D "
            "features, not d*H, and the next layer refuses it. Return `input.new_empty(0, N, d*H)`, or "
            "raise."
        ),
        fails=("messages.input",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_time_first",
                "check_length(input)",
                "if input.size(0) == 0:\n    return input, h_0",
            ),
        ),
    ),
    Fault(
        id="h_0_size_is_a_value_error",
        title="an h_0 of a wrong shape raises a ValueError",
        look_at="the type of the exception",
        mistake=(
            "The text is torch's, and the type is not: `except RuntimeError` does not catch it. torch.nn.RNN "
            "raises a RuntimeError for every wrong h_0."
        ),
        fails=("messages.initial_state",),
        edits=(Edit("arguments", "check_hx_size", "raise RuntimeError(", "raise ValueError("),),
    ),
    Fault(
        id="h_0_rank_told_as_size",
        title="an h_0 with a wrong number of axes is refused in the words for a wrong size",
        look_at="what is asked of h_0 first",
        mistake=(
            "An h_0 without its batch axis is refused, but the text speaks of a hidden size. torch.nn.RNN "
            "looks at the number of axes first: `For batched 3-D input, hx should also be 3-D`."
        ),
        fails=("messages.initial_state",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "if hx is not None:\n    check_hx_rank(hx, 3)\nif not",
                "if not",
            ),
        ),
    ),
    Fault(
        id="h_0_shape_written_as_size",
        title="the shape of a wrong h_0 is written as torch.Size([...])",
        look_at="the text of the exception",
        mistake=(
            "The shape that was given is written as `torch.Size([1, 2, 4])`, where torch.nn.RNN writes `[1, "
            "2, 4]`. Tests that match the text fail. Write `list(hx.size())`."
        ),
        fails=("messages.initial_state",),
        edits=(Edit("arguments", "check_hx_size", "{list(hx.size())}", "{hx.size()}"),),
    ),
    Fault(
        id="no_steps_give_zeros_for_h_n",
        title="for sequences without steps, h_n is zeros, not h_0",
        look_at="what happens where the loop over the steps never runs",
        mistake=(
            "With L = 0 nothing is read, and the state after it is the state before it. A sequence that is "
            "run in pieces loses its state where a piece is empty. Return h_0, or raise."
        ),
        fails=("messages.input",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_time_first",
                "check_length(input)",
                "if input.size(0) == 0:\n"
                "    features = self.num_directions * self.hidden_size\n"
                "    return input.new_empty(0, input.size(1), features), torch.zeros_like(h_0)",
            ),
        ),
    ),
)
