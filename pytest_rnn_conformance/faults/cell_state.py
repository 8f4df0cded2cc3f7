"""Mistakes with c_0 and c_n, the cell states that an LSTM begins from and ends with."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

JOINED = ("module", "LSTM.joined", "return join_state(*hx)")
RETURNED = ("module", "LSTM.forward", "return output, part_state(state_n, self.part_sizes[0])")
PARTED = "h_n, c_n = part_state(state_n, self.part_sizes[0])\n"
BY_LAYER = "(self.num_layers, self.num_directions)"
LOOK_AT_C_0 = "which cell state each layer and direction begins from"
LOOK_AT_C_N = "how c_n is collected"

FAULTS = (
    Fault(
        id="c_0_ignored",
        title="c_0 is ignored",
        look_at=LOOK_AT_C_0,
        mistake=(
            "The cell state begins at zeros whatever is given, and only h_0 is used. Without a state, or "
            "with zeros, nothing shows. Both parts of the state enter the first step."
        ),
        fails=("initial_state.used", "gates.cell_state"),
        edits=(Edit(*JOINED, "return join_state(hx[0], torch.zeros_like(hx[1]))"),),
        kind="LSTM",
    ),
    Fault(
        id="h_0_ignored_beside_c_0",
        title="h_0 is ignored, and c_0 alone is used",
        look_at="which of the two given states the first step reads",
        mistake=(
            "The hidden state begins at zeros whatever is given, and only c_0 is used. Without a state, or "
            "with zeros, nothing shows. Both parts of the state enter the first step."
        ),
        fails=("initial_state.used",),
        edits=(Edit(*JOINED, "return join_state(torch.zeros_like(hx[0]), hx[1])"),),
        kind="LSTM",
    ),
    Fault(
        id="h_0_and_c_0_exchanged",
        title="h_0 and c_0 are exchanged",
        look_at="the order in which the pair of states is unpacked",
        mistake=(
            "The pair is unpacked as (c_0, h_0). Both have the same shape, and as long as it begins from "
            "zeros the network is right. The pair is (h_0, c_0)."
        ),
        fails=("initial_state.used", "gates.cell_state"),
        edits=(Edit(*JOINED, "return join_state(hx[1], hx[0])"),),
        kind="LSTM",
    ),
    Fault(
        id="c_0_is_h_0",
        title="the cell state begins from h_0",
        look_at=LOOK_AT_C_0,
        mistake=(
            "One tensor is taken for both states, and c_0 is never read. Where both are zeros it makes no "
            "difference. h begins from h_0, and c from c_0."
        ),
        fails=("initial_state.used", "gates.cell_state"),
        edits=(Edit(*JOINED, "return join_state(hx[0], hx[0])"),),
        kind="LSTM",
    ),
    Fault(
        id="c_0_begins_at_one",
        title="without a state the cell state begins at one",
        look_at="the state that is made where none is given",
        mistake=(
            "The default of one of the two states is made with ones instead of zeros. With states given it "
            "is right. Both begin at zeros."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "module",
                "LSTM.forward",
                "output, state_n = super().forward(input, state_0)",
                "output, state_n = super().forward(input, state_0)\n"
                "if hx is None:\n"
                "    batch = [] if isinstance(input, Tensor) and input.dim() == 2 else [state_n.size(1)]\n"
                "    sizes = [(len(state_n), *batch, size) for size in self.part_sizes]\n"
                "    default = (state_n.new_zeros(sizes[0]), state_n.new_ones(sizes[1]))\n"
                "    output, state_n = super().forward(input, self.joined(input, default))",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_0_of_first_layer_for_all",
        title="every layer begins from the c_0 of the first one",
        look_at=LOOK_AT_C_0,
        mistake=(
            "c_0 is indexed once, and its first slot serves all layers; h_0 is right. One layer does not "
            "show it, nor do zeros. Layer i begins from c_0[i]."
        ),
        fails=("initial_state.per_layer",),
        edits=(
            Edit(
                *JOINED,
                f"first = hx[1].unflatten(0, {BY_LAYER})[:1]\n"
                "return join_state(hx[0], torch.cat([first] * self.num_layers).flatten(0, 1))",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_0_of_forward_for_both",
        title="the reverse direction begins from the forward direction's c_0",
        look_at=LOOK_AT_C_0,
        mistake=(
            "Both directions of a layer begin from one slot of c_0; h_0 is right. One direction does not "
            "show it, nor do zeros. The reverse direction of layer i begins from c_0[2 * i + 1]."
        ),
        fails=("initial_state.per_direction",),
        edits=(
            Edit(
                *JOINED,
                f"forward = hx[1].unflatten(0, {BY_LAYER})[:, :1]\n"
                "return join_state(hx[0], torch.cat([forward] * self.num_directions, 1).flatten(0, 1))",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_0_detached",
        title="the gradient does not reach c_0",
        look_at="what happens to c_0 before the first step",
        mistake=(
            "c_0 is detached, or copied into a new tensor. All outputs are right, but an initial cell state "
            "that is learned, or an encoder that makes it, never gets a gradient. Use it as it comes."
        ),
        fails=("gradients.initial_state",),
        edits=(Edit(*JOINED, "return join_state(hx[0], hx[1].detach())"),),
        kind="LSTM",
    ),
    Fault(
        id="c_0_overwritten",
        title="c_0 is overwritten with c_n",
        look_at="where the cell states are kept during the steps",
        mistake=(
            "The new cell state is written into the tensor that the caller gave, which is then another one "
            "after the call. The results are right. Write into no tensor that is not your own."
        ),
        fails=("purity.arguments_unchanged",),
        edits=(
            Edit(
                *RETURNED,
                f"{PARTED}"
                "if hx is not None:\n"
                "    hx[1].detach().copy_(c_n.detach())\n"
                "return output, (h_n, c_n)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="cell_state_left_from_last_call",
        title="the cell state of the last call is the next one's c_0",
        look_at="what is kept on the network between two calls",
        mistake=(
            "The hidden state begins at zeros, and the cell state goes on from where the last call ended, as "
            "it is kept on the network. One batch leaks into the next. Without a state both begin at zeros."
        ),
        fails=("purity.repeatable",),
        edits=(
            Edit(
                "module",
                "LSTM.forward",
                "state_0 = None if hx is None else self.joined(input, hx)",
                'kept = self.__dict__.get("kept")\n'
                "is_batch = hx is None and isinstance(input, Tensor) and input.dim() == 3\n"
                "batch_axis = 0 if self.batch_first else 1\n"
                "if is_batch and kept is not None and kept.size(1) == input.size(batch_axis):\n"
                "    hx = (kept.new_zeros(*kept.shape[:2], self.part_sizes[0]), kept)\n"
                "state_0 = None if hx is None else self.joined(input, hx)",
            ),
            Edit(*RETURNED, f'{PARTED}self.__dict__["kept"] = c_n.detach()\nreturn output, (h_n, c_n)'),
        ),
        kind="LSTM",
    ),
    Fault(
        id="h_n_and_c_n_exchanged",
        title="h_n and c_n are exchanged",
        look_at="the order in which the two final states are returned",
        mistake=(
            "The pair is returned as (c_n, h_n). Both have the same shape, and the output is right. The pair "
            "is (h_n, c_n)."
        ),
        fails=("final_state.last_step",),
        edits=(Edit(*RETURNED, f"{PARTED}return output, (c_n, h_n)"),),
        kind="LSTM",
    ),
    Fault(
        id="c_n_is_h_n",
        title="c_n is h_n once more",
        look_at=LOOK_AT_C_N,
        mistake=(
            "The hidden state is returned for both. Shapes and output are right, and only the next piece of "
            "a sequence shows it. c_n is the cell state after the last step."
        ),
        fails=("final_state.last_step",),
        edits=(Edit(*RETURNED, f"{PARTED}return output, (h_n, h_n.clone())"),),
        kind="LSTM",
    ),
    Fault(
        id="c_n_after_tanh",
        title="c_n is what tanh makes of the cell state",
        look_at=LOOK_AT_C_N,
        mistake=(
            "What is shown of the cell state is returned instead of the cell state itself. The output is "
            "right, and only the next piece of a sequence shows it. c_n is c as it is carried."
        ),
        fails=("final_state.last_step",),
        edits=(Edit(*RETURNED, f"{PARTED}return output, (h_n, torch.tanh(c_n))"),),
        kind="LSTM",
    ),
    Fault(
        id="c_n_one_step_early",
        title="c_n is the cell state before the last step",
        look_at=LOOK_AT_C_N,
        mistake=(
            "c_n is taken before the last step is computed, h_n after it. The output is right. Both are the "
            "states after the last step."
        ),
        fails=("final_state.last_step",),
        edits=(
            Edit(
                "lstm", "recur_lstm", "c_t = torch.sigmoid(f_t)", "c_before = c_t\nc_t = torch.sigmoid(f_t)"
            ),
            Edit("lstm", "recur_lstm", "join_state(h_t, c_t)", "join_state(h_t, c_before)"),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_n_of_reverse_at_last_step",
        title="c_n of the reverse direction is its cell state at the last step",
        look_at="the step at which c_n of the reverse direction is taken",
        mistake=(
            "c_n is taken at the end of the sequence for both directions, where the reverse one has read one "
            "step only. h_n and the output are right. Both are the states after the whole sequence is read."
        ),
        fails=("final_state.reverse_at_first_step",),
        edits=(
            Edit(
                "layers",
                "run_direction",
                "h_n = states[-1]",
                "size = weights.W_hh.size(1)\n"
                "h_n = states[-1]\n"
                "if reverse:\n"
                "    h_n = torch.cat([h_n[:, :size], states[0][:, size:]], dim=1)",
            ),
        ),
        kind="LSTM",
    ),
)
