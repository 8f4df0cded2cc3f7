"""Mistakes in the axes of input, output and states, in how they lie in memory, and in what is returned."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="nothing_returned",
        title="forward returns nothing",
        look_at="the last line of forward",
        mistake=(
            "The result is computed, and `return` is missing before it: forward gives None. End it with "
            "`return output, h_n`."
        ),
        fails=("forward.runs",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward",
                "return self.forward_batched(input, hx)",
                "self.forward_batched(input, hx)",
            ),
        ),
    ),
    Fault(
        id="unit_axes_squeezed",
        title="every axis of size 1 is taken out of the output",
        look_at="the shape of the output where L or N is 1",
        mistake=(
            "`output.squeeze()` takes out all axes of size 1. With one sequence in the batch, or with one "
            "step, the output loses an axis that the caller counts on. Name the axis: `squeeze(1)`."
        ),
        fails=("forward.shapes",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "return self.forward_time_first(input, hx)",
                "output, h_n = self.forward_time_first(input, hx)\nreturn output.squeeze(), h_n",
            ),
        ),
    ),
    Fault(
        id="strides_ignored",
        title="the input is read as if it were contiguous",
        look_at="how the numbers of the input are reached",
        mistake=(
            "The input's memory is read from its beginning, without regard to its strides, as a kernel of "
            "one's own reads a pointer. A transposed or sliced input gives other numbers, and nothing "
            "raises. Use the tensor itself, or `input.contiguous()`."
        ),
        fails=("forward.memory_layout",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward",
                "check_rank(input, self.mode)",
                "check_rank(input, self.mode)\n"
                'input = input.as_strided(input.shape, torch.empty(input.shape, device="meta").stride())',
            ),
        ),
    ),
    Fault(
        id="batch_first_reshapes",
        title="batch_first reshapes the input instead of transposing it",
        look_at="how an input (N, L, D) becomes (L, N, D)",
        mistake=(
            "A `reshape` or `view` to the swapped shape runs, and leaves the numbers in their order: steps "
            "of different sequences are mixed. If N or L is 1, it is right. Write `input.transpose(0, 1)`."
        ),
        fails=("forward.batch_first",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "input.transpose(0, 1)",
                "input.reshape(input.size(1), input.size(0), -1)",
            ),
        ),
    ),
    Fault(
        id="batch_first_leaves_the_output",
        title="batch_first turns the input, and does not turn the output back",
        look_at="what batch_first does at the end of forward",
        mistake=(
            "The input is read as (N, L, D), but the output comes as (L, N, d*H). Where N equals L, nothing "
            "shows it. Transpose the output back: `output.transpose(0, 1)`."
        ),
        fails=("forward.batch_first",),
        edits=(
            Edit(
                "base", "RNNBase.forward_batched", "return output.transpose(0, 1), h_n", "return output, h_n"
            ),
        ),
    ),
    Fault(
        id="always_batch_first",
        title="input and output are batch-first, whether it was asked for or not",
        look_at="which axis of the input the loop over the steps goes along",
        mistake=(
            "The network takes (N, L, D) alone, and its constructor has no batch_first. Given (L, N, D), as "
            "nn.RNN takes it, it reads time as batch, and nothing raises. Time comes first by default."
        ),
        fails=("signature.arguments", "conventions.time_first"),
        also=("signature.defaults",),
        edits=(
            Edit("module", "RNN.__init__", "batch_first: bool = False,\ndropout", "dropout"),
            Edit(
                "module",
                "RNN.__init__",
                "batch_first,\ndropout,\nbidirectional,\ndevice",
                "True,\ndropout,\nbidirectional,\ndevice",
            ),
        ),
    ),
    Fault(
        id="h_n_turned_by_batch_first",
        title="with batch_first, h_n is batch-first too",
        look_at="what batch_first does to h_n",
        mistake=(
            "h_n is transposed to (N, k*d, H) along with the output. It looks consistent, but torch never "
            "turns the states: h_n is (k*d, N, H), and goes into the next call as it is."
        ),
        fails=("conventions.state_layout",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "return output.transpose(0, 1), h_n",
                "return output.transpose(0, 1), h_n.transpose(0, 1)",
            ),
        ),
    ),
    Fault(
        id="states_turned_by_batch_first",
        title="with batch_first, h_0 and h_n are batch-first too",
        look_at="what batch_first does to h_0 and h_n",
        mistake=(
            "Both states are (N, k*d, H) with batch_first=True. They fit each other, and not the states of "
            "nn.RNN, which are (k*d, N, H) always. Transpose the input and the output, nothing else."
        ),
        fails=("conventions.state_layout",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "output, h_n = self.forward_time_first(input.transpose(0, 1), hx)\n"
                "return output.transpose(0, 1), h_n",
                "hx = None if hx is None else hx.transpose(0, 1)\n"
                "output, h_n = self.forward_time_first(input.transpose(0, 1), hx)\n"
                "return output.transpose(0, 1), h_n.transpose(0, 1)",
            ),
        ),
    ),
    Fault(
        id="h_n_of_one_layer_without_axis",
        title="the h_n of a single layer has no axis for the layer",
        look_at="the shape of h_n where there is one layer and one direction",
        mistake=(
            "With one layer and one direction h_n is (N, H). Code for nn.RNN takes `h_n[-1]` for the last "
            "layer's state, and gets the last sequence's. h_n is (k*d, N, H) always."
        ),
        fails=("conventions.state_layout",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "return self.forward_time_first(input, hx)",
                "output, h_n = self.forward_time_first(input, hx)\n"
                "return output, h_n[0] if len(h_n) == 1 else h_n",
            ),
        ),
    ),
    Fault(
        id="batch_first_output_copied",
        title="with batch_first, the output is copied into batch-first memory",
        look_at="what batch_first does at the end of forward, to the output",
        mistake=(
            "`output.transpose(0, 1).contiguous()` costs a copy of the whole output, and gives it other "
            "strides than torch's: code that calls `.view` works here and fails there. Return the view."
        ),
        fails=("conventions.strides",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "return output.transpose(0, 1), h_n",
                "return output.transpose(0, 1).contiguous(), h_n",
            ),
        ),
    ),
    Fault(
        id="output_lies_batch_first",
        title="the output lies in memory batch-first",
        look_at="along which axis the steps are stacked",
        mistake=(
            "The steps are stacked along the second axis, and the result is transposed. The numbers are "
            "right, but code that calls `.view` on the output of nn.RNN fails. Stack along the first axis."
        ),
        fails=("conventions.strides", "exact.dropout_mask"),
        edits=(
            Edit(
                "packing",
                "join_steps",
                "torch.stack(list(steps))",
                "torch.stack(list(steps), dim=1).transpose(0, 1)",
            ),
        ),
    ),
    Fault(
        id="h_n_not_contiguous",
        title="h_n is not contiguous",
        look_at="along which axis the layers' last states are stacked",
        mistake=(
            "The states are stacked batch-first and transposed. The numbers are right, but code that calls "
            "`h_n.view(num_layers, num_directions, N, H)`, as the documentation of nn.RNN does, may fail."
        ),
        fails=("conventions.strides",),
        edits=(Edit("layers", "run_layers", "torch.stack(h_n)", "torch.stack(h_n, dim=1).transpose(0, 1)"),),
    ),
    Fault(
        id="states_of_one_layer_without_axis",
        title="h_0 and h_n of a single layer have no axis for the layer",
        look_at="the shape of h_0 and h_n where there is one layer and one direction",
        mistake=(
            "With one layer and one direction both states are (N, H), as those of nn.RNNCell are. They fit "
            "each other, and not the states of nn.RNN, which are (k*d, N, H) always."
        ),
        fails=("conventions.state_layout",),
        also=("messages.devices",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward",
                "return self.forward_packed(input, hx)",
                "if hx is not None and hx.dim() == 2:\n"
                "    hx = hx.unsqueeze(0)\n"
                "output, h_n = self.forward_packed(input, hx)\n"
                "return output, h_n[0] if len(h_n) == 1 else h_n",
            ),
            Edit(
                "base",
                "RNNBase.forward",
                "return self.forward_batched(input, hx)",
                "if self.num_layers * self.num_directions > 1:\n"
                "    return self.forward_batched(input, hx)\n"
                "if hx is not None:\n"
                "    check_hx_rank(hx, 2)\n"
                "    hx = hx.unsqueeze(0)\n"
                "output, h_n = self.forward_batched(input, hx)\n"
                "return output, h_n[0]",
            ),
        ),
    ),
    Fault(
        id="batch_first_output_detached",
        title="with batch_first, no gradient passes through the output",
        look_at="what batch_first does at the end of forward",
        mistake=(
            "The output is detached where it is turned back. All numbers are right, and a network built with "
            "batch_first=True learns nothing. `transpose` passes gradients on; use no `detach` and no "
            "`.data`."
        ),
        fails=("gradients.batch_first",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "return output.transpose(0, 1), h_n",
                "return output.detach().transpose(0, 1), h_n",
            ),
        ),
    ),
    Fault(
        id="batch_first_h_0_detached",
        title="with batch_first, no gradient passes through h_0",
        look_at="what is passed on where batch_first is True",
        mistake=(
            "h_0 is detached on the way that batch_first takes: an encoder that it comes from is not "
            "trained. All numbers are right. Pass h_0 on as it is; it is not turned."
        ),
        fails=("gradients.batch_first",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "if not self.batch_first:",
                "if self.batch_first and hx is not None:\n    hx = hx.detach()\nif not self.batch_first:",
            ),
        ),
    ),
)
