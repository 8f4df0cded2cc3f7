"""Mistakes in what a call refuses: wrong arguments that are made to fit, and right ones that are refused."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="extra_features_cut_off",
        title="an input with too many features is cut to input_size",
        look_at="what forward does with the last axis of the input before W_ih reads it",
        mistake=(
            "Features beyond input_size are dropped without a word. A network that was built for other data "
            "then runs on a part of each step. Compare the last axis with input_size and raise."
        ),
        fails=("forward.wrong_input_size_raises",),
        edits=(
            Edit("arguments", "check_input", "input.size(-1) != input_size", "input.size(-1) < input_size"),
            Edit(
                "recurrence",
                "project",
                "return functional.linear(input, weights.W_ih, bias)",
                "features = weights.W_ih.size(1)\n"
                "return functional.linear(input[..., :features], weights.W_ih, bias)",
            ),
        ),
    ),
    Fault(
        id="missing_features_padded",
        title="an input with too few features is filled up with zeros",
        look_at="what forward does with the last axis of the input before W_ih reads it",
        mistake=(
            "An input that is too narrow gets zeros for the features that it lacks. Nothing raises, and the "
            "columns of W_ih that meet the zeros are never trained. Compare the last axis with input_size "
            "and raise."
        ),
        fails=("arguments.one_feature",),
        edits=(
            Edit("arguments", "check_input", "input.size(-1) != input_size", "input.size(-1) > input_size"),
            Edit(
                "recurrence",
                "project",
                "return functional.linear(input, weights.W_ih, bias)",
                "missing = weights.W_ih.size(1) - input.size(-1)\n"
                "input = functional.pad(input, (0, missing))\n"
                "return functional.linear(input, weights.W_ih, bias)",
            ),
        ),
    ),
    Fault(
        id="one_feature_broadcast",
        title="an input of one feature is broadcast to all of them",
        look_at="the product of the input and W_ih",
        mistake=(
            "The product is written with `*` and a sum, and an axis of size 1 is repeated to fit. With any "
            "other wrong size it raises, so that this one case is easily missed. A matrix product, "
            "`x @ W_ih.T`, does not broadcast its features."
        ),
        fails=("arguments.one_feature",),
        edits=(
            Edit(
                "arguments",
                "check_input",
                "input.size(-1) != input_size",
                "input.size(-1) not in (1, input_size)",
            ),
            Edit(
                "recurrence",
                "project",
                "return functional.linear(input, weights.W_ih, bias)",
                "product = (input.unsqueeze(-2) * weights.W_ih).sum(-1)\n"
                "return product if bias is None else product + bias",
            ),
        ),
    ),
    Fault(
        id="extra_axes_flattened",
        title="an input of four axes is flattened to three",
        look_at="the first lines of forward, where the input's number of axes is looked at",
        mistake=(
            "The leading axes of an input with more than three are merged. The caller forgot a squeeze, and "
            "gets an output in which time and batch are mixed up. Only two and three axes have a meaning; "
            "raise for all others."
        ),
        fails=("arguments.input_rank",),
        edits=(
            Edit("arguments", "check_rank", "input.dim() not in (2, 3)", "input.dim() < 2"),
            Edit(
                "module",
                "RNN.forward",
                "check_rank(input)",
                "check_rank(input)\nif input.dim() > 3:\n    input = input.flatten(0, -3)",
            ),
        ),
    ),
    Fault(
        id="vector_taken_for_one_step",
        title="an input of one axis is taken for a sequence of one step",
        look_at="the first lines of forward, where the input's number of axes is looked at",
        mistake=(
            "A vector (D,) is given a time axis and read as one step. As likely it was a sequence of single "
            "features, and the caller is not told. Only two and three axes have a meaning; raise for all "
            "others."
        ),
        fails=("arguments.input_rank",),
        edits=(
            Edit("arguments", "check_rank", "not in (2, 3)", "not in (1, 2, 3)"),
            Edit(
                "module",
                "RNN.forward",
                "check_rank(input)",
                "check_rank(input)\nif input.dim() == 1:\n    input = input.unsqueeze(0)",
            ),
        ),
    ),
    Fault(
        id="h_0_broadcast_over_batch",
        title="an h_0 made for one sequence serves the whole batch",
        look_at="what is asked of h_0's shape",
        mistake=(
            "An h_0 (k*d, 1, H) is repeated for every sequence. It looks convenient, and hides that an "
            "encoder's state lost its batch. Require exactly (k*d, N, H); a caller who wants to repeat it "
            "writes `h_0.expand`."
        ),
        fails=("arguments.initial_state_shape",),
        edits=(
            Edit(
                "module",
                "RNN.initial_state",
                "check_hx_size(hx, shape)",
                "hx = hx.expand(-1, batch_size, -1)\ncheck_hx_size(hx, shape)",
            ),
        ),
    ),
    Fault(
        id="h_0_broadcast_over_layers",
        title="an h_0 made for one layer serves all of them",
        look_at="what is asked of h_0's shape",
        mistake=(
            "An h_0 (1, N, H) is repeated for every layer and direction. The result looks plausible, and "
            "every layer above the first begins from a state that was not meant for it. Require exactly "
            "(k*d, N, H)."
        ),
        fails=("arguments.initial_state_shape",),
        edits=(
            Edit(
                "module",
                "RNN.initial_state",
                "check_hx_size(hx, shape)",
                "hx = hx.expand(slots, -1, -1)\ncheck_hx_size(hx, shape)",
            ),
        ),
    ),
    Fault(
        id="h_0_of_more_layers_cut",
        title="the surplus layers of an h_0 are ignored",
        look_at="what is asked of h_0's shape",
        mistake=(
            "Rows of h_0 beyond the network's k*d are never read. A state of a deeper network is then taken "
            "without complaint, and its upper layers are lost. Require exactly (k*d, N, H)."
        ),
        fails=("arguments.initial_state_shape",),
        edits=(
            Edit(
                "module",
                "RNN.initial_state",
                "check_hx_size(hx, shape)",
                "hx = hx[:slots]\ncheck_hx_size(hx, shape)",
            ),
        ),
    ),
    Fault(
        id="h_0_of_more_sequences_cut",
        title="an h_0 for more sequences than there are is cut to the batch",
        look_at="what is asked of h_0's shape",
        mistake=(
            "The surplus rows of h_0 are dropped so that a smaller last batch runs. The rows that are left "
            "belong to the first sequences of another batch. Require exactly (k*d, N, H), and let the caller "
            "choose the rows."
        ),
        fails=("arguments.initial_state_shape",),
        edits=(
            Edit(
                "module",
                "RNN.initial_state",
                "check_hx_size(hx, shape)",
                "hx = hx[:, :batch_size]\ncheck_hx_size(hx, shape)",
            ),
        ),
    ),
    Fault(
        id="h_0_without_batch_axis_repeated",
        title="an h_0 without a batch axis is given one",
        look_at="what forward does with an h_0 of two axes",
        mistake=(
            "For a batch, an h_0 (k*d, H) is silently repeated for every sequence. Where (N, H) was meant, "
            "and N happens to be k*d, layers and sequences are mixed up. Require three axes for a batch."
        ),
        fails=("arguments.initial_state_rank",),
        edits=(
            Edit(
                "module",
                "RNN.forward_batched",
                "check_hx_rank(hx, 3)",
                "if hx.dim() == 2:\n"
                "    batch_size = input.size(0 if self.batch_first else 1)\n"
                "    hx = hx.unsqueeze(1).expand(-1, batch_size, -1)\n"
                "check_hx_rank(hx, 3)",
            ),
        ),
    ),
    Fault(
        id="h_0_reshaped_to_fit",
        title="h_0 is reshaped to the shape that is needed",
        look_at="what forward does with h_0 before it looks at its shape",
        mistake=(
            "A `view` or `reshape` accepts every h_0 that has the right count of numbers. One that comes "
            "batch-first, or with one axis more, is taken, and its rows go to the wrong sequences. Compare "
            "the shape itself, and raise."
        ),
        fails=("arguments.initial_state_rank",),
        edits=(
            Edit(
                "module",
                "RNN.forward_batched",
                "check_hx_rank(hx, 3)",
                "batch_size = input.size(0 if self.batch_first else 1)\n"
                "hx = hx.reshape(-1, batch_size, self.hidden_size)",
            ),
        ),
    ),
    Fault(
        id="input_cast",
        title="an input of another dtype is cast to that of the weights",
        look_at="what forward does about the input's dtype",
        mistake=(
            "A silent `input.to(weight.dtype)` hides a mistake of the caller: token numbers where their "
            "embeddings were meant, or float64 data that lose half their digits. Compare the dtypes and raise."
        ),
        fails=("arguments.dtype",),
        edits=(
            Edit(
                "module",
                "RNN.forward_time_first",
                "layers = self.layers()",
                "layers = self.layers()\ninput = input.to(layers[0].forward.W_ih.dtype)",
            ),
        ),
    ),
    Fault(
        id="whole_numbers_cast",
        title="an input of whole numbers is made one of floating point",
        look_at="what forward does about the input's dtype",
        mistake=(
            "An input of whole numbers is almost always a batch of token numbers that has not been embedded. "
            "Cast silently, token 7 becomes the number 7.0, and the network trains on nonsense. Raise."
        ),
        fails=("arguments.dtype",),
        edits=(
            Edit(
                "module",
                "RNN.forward_time_first",
                "layers = self.layers()",
                "layers = self.layers()\n"
                "if input.dtype == torch.int64:\n"
                "    input = input.to(layers[0].forward.W_ih.dtype)",
            ),
        ),
    ),
    Fault(
        id="h_0_cast",
        title="an h_0 of another dtype is cast to that of the input",
        look_at="what forward does about h_0's dtype",
        mistake=(
            "A silent `hx.to(input.dtype)` hides where a state lost or gained digits on its way from another "
            "network. Leave h_0 as it is: a product of two dtypes raises by itself."
        ),
        fails=("arguments.dtype",),
        edits=(Edit("module", "RNN.initial_state", "return hx", "return hx.to(input.dtype)"),),
    ),
    Fault(
        id="empty_batch_refused",
        title="a batch of no sequences is refused",
        look_at="what is asked of the input's length",
        mistake=(
            "The test for sequences without steps also refuses a batch without sequences, which is a right "
            "input: the last shard of a data set, or a batch after filtering. Look at the time axis alone."
        ),
        fails=("arguments.empty_batch",),
        edits=(Edit("arguments", "check_length", "input.size(0) == 0", "input.numel() == 0"),),
    ),
    Fault(
        id="h_0_must_be_contiguous",
        title="an h_0 that is not contiguous is refused",
        look_at="what is asked of h_0",
        mistake=(
            "A transposed, sliced or expanded h_0 holds the same numbers as its contiguous copy, and has to "
            "be taken like it. Ask for the shape alone, and write `reshape` where `view` raises."
        ),
        fails=("arguments.not_contiguous",),
        edits=(
            Edit(
                "arguments",
                "check_hx_size",
                "if hx.size() != Size(expected):",
                "if not hx.is_contiguous():\n"
                '    raise RuntimeError("rnn: hx is not contiguous")\n'
                "if hx.size() != Size(expected):",
            ),
        ),
    ),
    Fault(
        id="input_must_be_contiguous",
        title="an input that is not contiguous is refused",
        look_at="the first lines of forward",
        mistake=(
            "A transposed or sliced input holds the same numbers as its contiguous copy, and has to be taken "
            "like it. Do not ask for it, and write `reshape` where `view` raises."
        ),
        fails=("arguments.not_contiguous",),
        edits=(
            Edit(
                "module",
                "RNN.forward",
                "check_rank(input)",
                'check_rank(input)\nif not input.is_contiguous():\n    raise RuntimeError("input is not contiguous")',
            ),
        ),
    ),
)
