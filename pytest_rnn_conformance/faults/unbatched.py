"""Mistakes with one sequence of shape (L, D), which has no batch axis."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="one_sequence_refused",
        title="an input without a batch axis is refused",
        look_at="the first lines of forward, where the input's number of axes is looked at",
        mistake=(
            "torch.nn.RNN takes one sequence (L, D) as well as a batch of them. Give it a batch axis of size "
            "1, and take that axis away from the output and from h_n."
        ),
        fails=("conventions.input_forms",),
        edits=(Edit("arguments", "check_rank", "input.dim() not in (2, 3)", "input.dim() != 3"),),
    ),
    Fault(
        id="one_sequence_taken_for_a_batch",
        title="the steps of one sequence are taken for the sequences of a batch",
        look_at="where an input of two axes gets its third",
        mistake=(
            "An input (L, D) becomes (1, L, D): L sequences of one step instead of one sequence of L steps. "
            "Nothing raises, and no step hears of the one before. The batch axis is the second: "
            "`input.unsqueeze(1)`."
        ),
        fails=("unbatched.shapes",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_unbatched",
                "self.forward_time_first(input.unsqueeze(1), hx)\nreturn output.squeeze(1), h_n.squeeze(1)",
                "self.forward_time_first(input.unsqueeze(0), hx)\nreturn output.squeeze(0), h_n.squeeze(1)",
            ),
        ),
    ),
    Fault(
        id="one_sequence_never_carries_its_state",
        title="the steps of one sequence do not hear of each other",
        look_at="where an input of two axes gets its third",
        mistake=(
            "An input (L, D) becomes (1, L, D): L sequences of one step instead of one sequence of L steps. "
            "With the last of them taken for h_n, all shapes are right. The batch axis is the second: "
            "`input.unsqueeze(1)`."
        ),
        fails=("unbatched.values",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_unbatched",
                "hx = hx.unsqueeze(1)",
                "hx = hx.unsqueeze(1).expand(-1, input.size(0), -1)",
            ),
            Edit(
                "base",
                "RNNBase.forward_unbatched",
                "self.forward_time_first(input.unsqueeze(1), hx)\nreturn output.squeeze(1), h_n.squeeze(1)",
                "self.forward_time_first(input.unsqueeze(0), hx)\nreturn output.squeeze(0), h_n[:, -1]",
            ),
        ),
    ),
    Fault(
        id="one_output_keeps_its_batch_axis",
        title="the output of one sequence keeps its batch axis",
        look_at="what becomes of the output of a sequence that was given a batch axis",
        mistake=(
            "The axis that was added to the input is left in the output, which is (L, 1, d*H) instead of (L, "
            "d*H). Sums with tensors (L, d*H) then broadcast. Take it away: `output.squeeze(1)`."
        ),
        fails=("unbatched.shapes",),
        edits=(
            Edit("base", "RNNBase.forward_unbatched", "return output.squeeze(1), h_n", "return output, h_n"),
        ),
    ),
    Fault(
        id="one_h_n_keeps_its_batch_axis",
        title="the h_n of one sequence keeps its batch axis",
        look_at="what becomes of the h_n of a sequence that was given a batch axis",
        mistake=(
            "The axis that was added to the input is left in h_n, which is (k*d, 1, H) instead of (k*d, H). "
            "As h_0 of the next call for one sequence it does not fit. Take it away: `h_n.squeeze(1)`."
        ),
        fails=("unbatched.shapes",),
        edits=(Edit("base", "RNNBase.forward_unbatched", "h_n.squeeze(1)", "h_n"),),
    ),
    Fault(
        id="one_sequence_turned_by_batch_first",
        title="batch_first transposes an input that has no batch axis",
        look_at="where the input is transposed for batch_first",
        mistake=(
            "With batch_first=True the two axes of one sequence are swapped, and its features are read as "
            "steps. If L equals D, nothing raises. One sequence is (L, D) whatever batch_first says."
        ),
        fails=("unbatched.batch_first_ignored",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_unbatched",
                "output, h_n = self",
                "input = input.t() if self.batch_first else input\noutput, h_n = self",
            ),
        ),
    ),
    Fault(
        id="one_batch_axis_placed_by_batch_first",
        title="batch_first decides where one sequence gets its batch axis, and nothing turns it back",
        look_at="where an input of two axes gets its third",
        mistake=(
            "With batch_first=True the batch axis is added in front, but the code that follows reads time "
            "first: L sequences of one step each. Add the axis where the code that follows expects it."
        ),
        fails=("unbatched.batch_first_ignored",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_unbatched",
                "output, h_n = self.forward_time_first(input.unsqueeze(1), hx)\n"
                "return output.squeeze(1), h_n.squeeze(1)",
                "axis = 0 if self.batch_first else 1\n"
                "output, h_n = self.forward_time_first(input.unsqueeze(axis), hx)\n"
                "return output.squeeze(axis), h_n[:, -1]",
            ),
        ),
    ),
    Fault(
        id="one_h_0_ignored",
        title="the h_0 of one sequence is ignored",
        look_at="what is passed on for an input without a batch axis",
        mistake=(
            "h_0 is used for a batch, and forgotten for one sequence, which always begins from zeros. Give "
            "h_0 its batch axis, as the input gets one, and pass it on."
        ),
        fails=("unbatched.values",),
        edits=(
            Edit(
                "base", "RNNBase.forward_unbatched", "(input.unsqueeze(1), hx)", "(input.unsqueeze(1), None)"
            ),
        ),
    ),
    Fault(
        id="one_h_0_with_batch_axis_accepted",
        title="one sequence takes an h_0 that has a batch axis",
        look_at="what is asked of h_0 for an input without a batch axis",
        mistake=(
            "An h_0 (k*d, 1, H) is taken for an input (L, D), and h_n comes back as (k*d, H): what goes in "
            "and what comes out differ in form. Require two axes of h_0, as of the input."
        ),
        fails=("unbatched.initial_state_rank",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_unbatched",
                "check_hx_rank(hx, 2)\nhx = hx.unsqueeze(1)",
                "hx = hx.unsqueeze(1) if hx.dim() == 2 else hx",
            ),
        ),
    ),
    Fault(
        id="one_output_squeezed_of_every_axis",
        title="the output of one sequence loses every axis of size 1",
        look_at="what becomes of the output of a sequence that was given a batch axis",
        mistake=(
            "`output.squeeze()` takes the batch axis away, and the time axis as well where there is one "
            "step. Name the axis: `output.squeeze(1)`."
        ),
        fails=("unbatched.shapes",),
        edits=(Edit("base", "RNNBase.forward_unbatched", "output.squeeze(1)", "output.squeeze()"),),
    ),
    Fault(
        id="one_h_n_squeezed_of_every_axis",
        title="the h_n of one sequence loses every axis of size 1",
        look_at="what becomes of the h_n of a sequence that was given a batch axis",
        mistake=(
            "`h_n.squeeze()` takes the batch axis away, and the layers' axis as well where there is one "
            "layer: h_n is (H,), and not (1, H). As h_0 of the next call it does not fit. Name the axis: "
            "`h_n.squeeze(1)`."
        ),
        fails=("conventions.returned_forms",),
        edits=(Edit("base", "RNNBase.forward_unbatched", "h_n.squeeze(1)", "h_n.squeeze()"),),
    ),
    Fault(
        id="no_dropout_for_one_sequence",
        title="dropout does not act on one sequence",
        look_at="on which way through forward dropout stands",
        mistake=(
            "One sequence is run as in eval mode, perhaps because single sequences are thought of as "
            "examples to predict. Training on them goes without dropout, and nothing tells. The mode says "
            "whether dropout acts, not the input's axes."
        ),
        fails=("unbatched.dropout",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_unbatched",
                "output, h_n = self.forward_time_first(input.unsqueeze(1), hx)",
                "training, self.training = self.training, False\n"
                "output, h_n = self.forward_time_first(input.unsqueeze(1), hx)\n"
                "self.training = training",
            ),
        ),
    ),
    Fault(
        id="one_output_detached",
        title="no gradient passes through the output of one sequence",
        look_at="what becomes of the output of a sequence that was given a batch axis",
        mistake=(
            "The output is detached when its batch axis is taken away, so that single sequences train "
            "nothing. All numbers are right. `squeeze` passes gradients on; use no `detach` and no `.data`."
        ),
        fails=("unbatched.gradients",),
        edits=(Edit("base", "RNNBase.forward_unbatched", "output.squeeze(1)", "output.detach().squeeze(1)"),),
    ),
    Fault(
        id="one_h_0_detached",
        title="no gradient passes through the h_0 of one sequence",
        look_at="where h_0 gets its batch axis",
        mistake=(
            "h_0 is detached when it gets a batch axis: an encoder that it comes from is not trained. All "
            "numbers are right. `unsqueeze` passes gradients on; use no `detach` and no `.data`."
        ),
        fails=("unbatched.gradients",),
        edits=(Edit("base", "RNNBase.forward_unbatched", "hx = hx.unsqueeze", "hx = hx.detach().unsqueeze"),),
    ),
    Fault(
        id="one_sequence_calls_the_network_again",
        title="for one sequence forward calls the network itself, so that hooks are called twice",
        look_at="what forward calls for an input without a batch axis",
        mistake=(
            "forward adds a batch axis and calls `self(...)` once more. The numbers are right, and every "
            "hook is called twice. Call the method that computes, not the network."
        ),
        fails=("protocol.hooks",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_unbatched",
                "output, h_n = self.forward_time_first(input.unsqueeze(1), hx)",
                "output, h_n = self(input.unsqueeze(0 if self.batch_first else 1), hx)\n"
                "output = output.transpose(0, 1) if self.batch_first else output",
            ),
        ),
    ),
)
