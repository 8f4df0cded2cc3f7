"""Mistakes in what is asked of the input: a wrong one is made to fit, or a right one is refused."""

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
        id="one_feature_broadcast",
        title="an input of one feature is broadcast to all of them",
        look_at="the product of the input and W_ih",
        mistake=(
            "The product is written with `*` and a sum, and an axis of size 1 is repeated to fit. With any "
            "other wrong size it raises, so that this one case is easily missed. A matrix product "
            "(`@`) does not broadcast its features."
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
                "base",
                "RNNBase.forward",
                "check_rank(input, self.mode)",
                "check_rank(input, self.mode)\nif input.dim() > 3:\n    input = input.flatten(0, -3)",
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
                "base",
                "RNNBase.forward",
                "check_rank(input, self.mode)",
                "check_rank(input, self.mode)\nif input.dim() == 1:\n    input = input.unsqueeze(0)",
            ),
        ),
    ),
    Fault(
        id="input_cast",
        title="an input of another dtype is cast to that of the weights",
        look_at="what forward does about the input's dtype",
        mistake=(
            "A silent `input.to(weight.dtype)` hides a mistake of the caller: token numbers where their "
            "embeddings were meant, or float64 data that lose half their digits. Compare the dtypes and "
            "raise."
        ),
        fails=("arguments.dtype",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_time_first",
                "layers = self.layers()",
                "layers = self.layers()\ninput = input.to(layers[0].forward.W_ih.dtype)",
            ),
        ),
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
                "base",
                "RNNBase.forward",
                "check_rank(input, self.mode)",
                "check_rank(input, self.mode)\n"
                "if not input.is_contiguous():\n"
                '    raise RuntimeError("input is not contiguous")',
            ),
        ),
    ),
)
