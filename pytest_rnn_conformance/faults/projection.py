"""Mistakes with proj_size, which makes an LSTM show fewer features than it has units."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

PROJECTED = ("lstm", "recur_lstm", "h_t = h_t @ weights.W_hr.t()")
RUN_REVERSE = (
    "output_reverse, h_n_reverse = run_direction(\n"
    "    input, batch_sizes, h_0_directions[1], {weights}, mode, reverse=True\n"
)
REVERSE = ("layers", "run_layer", RUN_REVERSE.format(weights="layer.reverse"))
RETURNED = ("module", "LSTM.forward", "return output, part_state(state_n, self.part_sizes[0])")
LOOK_AT_LATER = "what the next step and the layer above read"

FAULTS = (
    Fault(
        id="output_alone_projected",
        title="the projection is applied to the finished output alone",
        look_at=LOOK_AT_LATER,
        mistake=(
            "The loop runs on all H features, and only what is returned is projected: W_hh is (4*H, H). It "
            "trains, with more weights than asked for. Each step reads the projected state of the step "
            "before, and W_hh is (4*H, P)."
        ),
        fails=("projection.parameters",),
        edits=(
            Edit("parameters", "direction_shapes", "(rows, output_size)", "(rows, hidden_size)"),
            Edit(
                "lstm",
                "recur_lstm",
                "if weights.W_hr is not None:\n    h_t = h_t @ weights.W_hr.t()  # (N, P)\n",
                "",
            ),
            Edit(
                "layers",
                "shown",
                "return states[..., :size].contiguous()",
                "h = states[..., :size].contiguous()\n"
                "return h if weights.W_hr is None else h @ weights.W_hr.t()",
            ),
            Edit(
                "module",
                "LSTM.part_sizes",
                "return self.proj_size or self.hidden_size, self.hidden_size",
                "return self.hidden_size, self.hidden_size",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="tanh_after_projection",
        title="what is projected goes through tanh once more",
        look_at="what is done with the projected state",
        mistake=(
            "A nonlinearity follows the projection, as it would in a layer of its own. It trains as well. "
            "The projection is linear: h = W_hr (o * tanh(c))."
        ),
        fails=("projection.values",),
        edits=(Edit(*PROJECTED, "h_t = torch.tanh(h_t @ weights.W_hr.t())"),),
        kind="LSTM",
    ),
    Fault(
        id="projection_before_the_output_gate",
        title="the output gate comes after the projection",
        look_at="the order of the output gate and the projection",
        mistake=(
            "tanh(c) is projected, and the first P numbers of the output gate multiply the result. The "
            "shapes fit. The gate comes first: h = W_hr (o * tanh(c))."
        ),
        fails=("projection.values",),
        edits=(
            Edit(
                *PROJECTED,
                "h_t = torch.tanh(c_t) @ weights.W_hr.t()\nh_t = torch.sigmoid(o_t[:, : h_t.size(1)]) * h_t",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="projection_of_the_first_units",
        title="the state is cut to its first P units, not projected",
        look_at="how the state becomes smaller",
        mistake=(
            "The first proj_size units are shown and the others left out; W_hr is made and never used. "
            "Shapes are right, and it trains. h = W_hr (o * tanh(c))."
        ),
        fails=("projection.values",),
        edits=(Edit(*PROJECTED, "h_t = h_t[:, : weights.W_hr.size(0)]"),),
        kind="LSTM",
    ),
    Fault(
        id="reverse_projected_by_forward",
        title="the reverse direction is projected by the forward direction's W_hr",
        look_at="the weights of the reverse direction",
        mistake=(
            "Both directions use one W_hr, and that of the reverse direction is never read. One direction is "
            "right. Each direction has a projection of its own."
        ),
        fails=("projection.values",),
        edits=(
            Edit(
                *REVERSE,
                "reverse = layer.reverse._replace(W_hr=layer.forward.W_hr)\n"
                + RUN_REVERSE.format(weights="reverse"),
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="reverse_not_projected",
        title="the reverse direction is cut to size, not projected",
        look_at="the weights of the reverse direction",
        mistake=(
            "The projection is made in the forward direction alone; of the reverse one the first P units "
            "are shown, as otherwise the shapes do not fit. One direction is right. Both directions are "
            "projected, each by its own W_hr."
        ),
        fails=("projection.values",),
        edits=(
            Edit(
                *REVERSE,
                "reverse = layer.reverse\n"
                "if reverse.W_hr is not None:\n"
                "    eye = torch.eye(*reverse.W_hr.shape, dtype=input.dtype, device=input.device)\n"
                "    reverse = reverse._replace(W_hr=eye)\n" + RUN_REVERSE.format(weights="reverse"),
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_n_cut_to_proj_size",
        title="with a projection c_n is cut to P features",
        look_at="the sizes of the final states",
        mistake=(
            "c_n is given the size of h_n. Where nothing is projected both are equal. Only h is projected: "
            "h_n is (k*d, N, P), and c_n is (k*d, N, H)."
        ),
        fails=("projection.final_state",),
        edits=(
            Edit(
                *RETURNED,
                "size = self.part_sizes[0]\n"
                "h_n, c_n = part_state(state_n, size)\n"
                "return output, (h_n, c_n[..., :size].contiguous())",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="c_n_projected",
        title="with a projection c_n is projected, too",
        look_at="the sizes of the final states",
        mistake=(
            "Both final states are multiplied by W_hr, so that c_n has the size of h_n. Where nothing is "
            "projected nothing shows. Only h is projected: h_n is (k*d, N, P), and c_n is (k*d, N, H)."
        ),
        fails=("projection.final_state",),
        edits=(
            Edit(
                *RETURNED,
                "h_n, c_n = part_state(state_n, self.part_sizes[0])\n"
                "if self.proj_size:\n"
                "    projections = (weights[-1].t() for weights in self.all_weights)\n"
                "    c_n = torch.stack([c @ W for c, W in zip(c_n, projections, strict=True)])\n"
                "return output, (h_n, c_n)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="h_0_asked_for_unprojected",
        title="with a projection h_0 is asked for with H features",
        look_at="the size that h_0 is tested for",
        mistake=(
            "h_0 is tested against hidden_size, so that the h_n of one call is refused by the next one. "
            "Without a state nothing shows. h_0 is (k*d, N, P), and c_0 is (k*d, N, H)."
        ),
        fails=("projection.initial_state",),
        edits=(
            Edit("module", "LSTM.joined", "enumerate(self.part_sizes)", "enumerate([self.hidden_size] * 2)"),
        ),
        kind="LSTM",
    ),
    Fault(
        id="projection_detached",
        title="W_hr gets no gradient",
        look_at="how the projection takes part in the graph",
        mistake=(
            "The matrix is detached, or read through `.data`, where it is multiplied. All outputs are right, "
            "and it is never trained. Multiply by the parameter itself."
        ),
        fails=("projection.gradients",),
        edits=(Edit(*PROJECTED, "h_t = h_t @ weights.W_hr.detach().t()"),),
        kind="LSTM",
    ),
    Fault(
        id="packed_states_cut_at_hidden_size",
        title="the states of packed sequences are cut as if nothing were projected",
        look_at="how the final states of packed sequences are taken apart",
        mistake=(
            "In the code for packed sequences h_n is given H features, where with a projection it has P. "
            "Without a projection both are equal. h_n is (k*d, N, P), whatever the form of the input."
        ),
        fails=("projection.input_forms",),
        edits=(
            Edit(
                *RETURNED,
                "size = self.hidden_size if isinstance(input, PackedSequence) else self.part_sizes[0]\n"
                "return output, part_state(state_n, size)",
            ),
        ),
        kind="LSTM",
    ),
)
