"""Mistakes in the steps of an LSTM: what is carried from one to the next, and in which order."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

LOOK_AT_CARRIED = "what each step of the loop begins from"
OLD_STATE = "part_state(state_0, weights.W_hh.size(1))"

FAULTS = (
    Fault(
        id="lstm_w_hh_transposed",
        title="W_hh is transposed gate by gate",
        look_at="the product of the previous hidden state and W_hh",
        mistake=(
            "Each gate's square block of W_hh is used the wrong way round. Nothing raises, and the first "
            "step from zeros is right. Row i of a block (column i, if you store weights for `x @ W`) makes "
            "unit i of the gate: use W_hh the same way round as W_ih."
        ),
        fails=("forward.recurrence",),
        edits=(
            Edit(
                "lstm",
                "recur_lstm",
                "W_hh_transposed = weights.W_hh.t()",
                "W_hh_transposed = torch.cat([block.t() for block in weights.W_hh.chunk(4)]).t()",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="lstm_hidden_state_not_carried",
        title="every step reads h_0, not the hidden state of the step before",
        look_at=LOOK_AT_CARRIED,
        mistake=(
            "The cell state is carried and the hidden state is not, so that the network still remembers "
            "something, and trains. From zeros W_hh has no effect at all. Hand both on to the next step."
        ),
        fails=("parameters.take_effect",),
        edits=(Edit("lstm", "recur_lstm", "torch.addmm(p_t, h_t,", f"torch.addmm(p_t, {OLD_STATE}[0],"),),
        kind="LSTM",
    ),
    Fault(
        id="cell_state_not_carried",
        title="every step begins from c_0, not from the cell state of the step before",
        look_at=LOOK_AT_CARRIED,
        mistake=(
            "The hidden state is carried and the cell state is not, so that the network is an Elman network "
            "with a few gates. The first step is right, and it trains. Hand both on to the next step."
        ),
        fails=("forward.recurrence",),
        edits=(
            Edit("lstm", "recur_lstm", "torch.sigmoid(f_t) * c_t", f"torch.sigmoid(f_t) * {OLD_STATE}[1]"),
        ),
        kind="LSTM",
    ),
    Fault(
        id="hidden_state_kept_instead_of_cell_state",
        title="the forget gate keeps the previous hidden state instead of the cell state",
        look_at="what the forget gate multiplies",
        mistake=(
            "The old hidden state, which has passed tanh and the output gate, is taken for the old cell "
            "state. Both have H features, and the first step from zeros is right. The memory then fades at "
            "every step. c = f * c + i * g."
        ),
        fails=("forward.recurrence",),
        edits=(Edit("lstm", "recur_lstm", "torch.sigmoid(f_t) * c_t", "torch.sigmoid(f_t) * h_t"),),
        kind="LSTM",
    ),
    Fault(
        id="cell_state_kept_after_tanh",
        title="the cell state is carried after tanh",
        look_at="what is carried as the cell state",
        mistake=(
            "The cell state is replaced by its tanh, and the next step begins from that. The output of the "
            "first step is right, and then the memory is squeezed at every step. tanh is for what is shown."
        ),
        fails=("forward.recurrence",),
        edits=(
            Edit(
                "lstm",
                "recur_lstm",
                "h_t = torch.sigmoid(o_t) * torch.tanh(c_t)",
                "c_t = torch.tanh(c_t)\nh_t = torch.sigmoid(o_t) * c_t",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="cell_state_clipped",
        title="the cell state is clipped",
        look_at="the range of the cell state",
        mistake=(
            "The cell state is cut off at 20 and -20, an option of some libraries against exploding "
            "states. It shows only where something is counted for long. The cell state has no bounds."
        ),
        fails=("gates.cell_state",),
        edits=(
            Edit(
                "lstm", "recur_lstm", "* torch.tanh(g_t)", "* torch.tanh(g_t)\nc_t = c_t.clamp(-20.0, 20.0)"
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="shown_before_it_is_written",
        title="each step shows the cell state of the step before",
        look_at="the order of the lines of a step",
        mistake=(
            "The hidden state is made of the cell state before that is updated, so that everything is shown "
            "one step late. Shapes are right, and it trains. First c, then h."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit(
                "lstm",
                "recur_lstm",
                "c_t = torch.sigmoid(f_t) * c_t + torch.sigmoid(i_t) * torch.tanh(g_t)\n"
                "h_t = torch.sigmoid(o_t) * torch.tanh(c_t)",
                "h_t = torch.sigmoid(o_t) * torch.tanh(c_t)\n"
                "c_t = torch.sigmoid(f_t) * c_t + torch.sigmoid(i_t) * torch.tanh(g_t)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="candidate_of_the_cell_state",
        title="what may be written is made of the previous cell state",
        look_at="which state the products read",
        mistake=(
            "W_hh multiplies the cell state instead of the hidden state. Both have H features, and the first "
            "step from zeros is right. The four parts of a step read x_t and h_(t-1)."
        ),
        fails=("forward.recurrence",),
        edits=(Edit("lstm", "recur_lstm", "torch.addmm(p_t, h_t,", "torch.addmm(p_t, c_t,"),),
        kind="LSTM",
    ),
    Fault(
        id="cell_state_detached",
        title="the cell state is detached from step to step",
        look_at="how the gradient gets from a step to the one before",
        mistake=(
            "No gradient passes along the cell state, the very path that an LSTM was invented for. All "
            "outputs are right, and what passes through the hidden state still trains. Carry the cell state "
            "as it is."
        ),
        fails=("gradients.through_time",),
        edits=(Edit("lstm", "recur_lstm", "torch.sigmoid(f_t) * c_t", "torch.sigmoid(f_t) * c_t.detach()"),),
        kind="LSTM",
    ),
    Fault(
        id="lstm_hidden_state_detached",
        title="the hidden state is detached from step to step",
        look_at="how the gradient gets from a step to the one before",
        mistake=(
            "The gradient passes along the cell state alone, as in the LSTM of 1997, and not through the "
            "gates of later steps. All outputs are right. Carry the hidden state as it is."
        ),
        fails=("gradients.through_time",),
        edits=(Edit("lstm", "recur_lstm", "torch.addmm(p_t, h_t,", "torch.addmm(p_t, h_t.detach(),"),),
        kind="LSTM",
    ),
    Fault(
        id="gates_detached",
        title="no gradient passes through the forget gate",
        look_at="how the gates take part in the graph",
        mistake=(
            "The forget gate is detached, or made of `.data`: its weights are never trained, and what it "
            "keeps is an accident. All outputs are right. Gates are computed like everything else."
        ),
        fails=("gradients.through_time",),
        edits=(Edit("lstm", "recur_lstm", "torch.sigmoid(f_t)", "torch.sigmoid(f_t).detach()"),),
        kind="LSTM",
    ),
    Fault(
        id="output_is_the_cell_state",
        title="the output is the cell state",
        look_at="which of the two states is returned for every step",
        mistake=(
            "The cell states are collected instead of the hidden states. Both have H features, so nothing "
            "raises. The output, and what a layer above reads, is h."
        ),
        fails=("forward.first_step",),
        edits=(
            Edit("layers", "shown", "states[..., :size].contiguous()", "states[..., size:].contiguous()"),
        ),
        kind="LSTM",
    ),
    Fault(
        id="upper_layers_read_the_cell_state",
        title="the upper layers read the cell state of the layer below",
        look_at="what one layer hands to the next",
        mistake=(
            "The cell states go up from layer to layer, and the hidden states are what is returned. One "
            "layer is right. A layer reads the hidden states of the one below."
        ),
        fails=("layers.stacked",),
        edits=(
            Edit("layers", "run_direction", "return shown(output, weights), h_n", "return output, h_n"),
            Edit(
                "layers",
                "run_layers",
                "h_n.extend(h_n_layer)",
                "h_n.extend(h_n_layer)\n"
                "size = layer.forward.W_hh.size(1)\n"
                "parts = output.unflatten(-1, (len(h_n_layer), -1))\n"
                "is_last = index == len(layers) - 1\n"
                "output = (parts[..., :size] if is_last else parts[..., -size:]).flatten(-2)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="forget_bias_begins_at_one",
        title="the bias of the forget gate begins at 1",
        look_at="the values that the constructor gives to the biases",
        mistake=(
            "A new network remembers better so, and it is often advised. torch draws all biases from the "
            "same range: results differ from those of the network that this one replaces."
        ),
        fails=("exact.initial_values",),
        edits=(
            Edit(
                "base",
                "RNNBase.reset_parameters",
                "initialise(self.parameters(), self.hidden_size)",
                "initialise(self.parameters(), self.hidden_size)\n"
                'for name, parameter in self.named_parameters() if self.mode == "LSTM" else ():\n'
                '    if name.startswith("bias_ih"):\n'
                "        parameter.data[self.hidden_size : 2 * self.hidden_size] = 1.0",
            ),
        ),
        kind="LSTM",
    ),
)
