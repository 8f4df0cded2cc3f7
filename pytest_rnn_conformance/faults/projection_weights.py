"""Mistakes with the weights of a projection: their shapes, first values, and place in a state dict."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

DRAWN = (
    "base",
    "RNNBase.reset_parameters",
    "initialise(self.parameters(), self.hidden_size)",
)

FAULTS = (
    Fault(
        id="proj_size_ignored",
        title="proj_size is ignored",
        look_at="what the constructor does with proj_size",
        mistake=(
            "The option is taken and never used: the network shows all of its units. Nothing raises until "
            "somebody counts the features of the output. Make W_hr (P, H) in each direction, or refuse the "
            "option."
        ),
        fails=("projection.parameters",),
        also=("signature.attributes", "messages.options"),
        edits=(Edit("module", "LSTM.__init__", "proj_size=proj_size", "proj_size=0"),),
        kind="LSTM",
    ),
    Fault(
        id="upper_layers_sized_without_projection",
        title="W_ih of the upper layers has H columns for each direction, not P",
        look_at="the sizes of the weights of the upper layers",
        mistake=(
            "The upper layers are made for unprojected states, which no layer puts out: a stack raises, and "
            "one layer is right. An upper layer reads d*P features."
        ),
        fails=("projection.parameters",),
        edits=(
            Edit(
                "parameters",
                "parameter_shapes",
                "layer_input_size = num_directions * output_size",
                "layer_input_size = num_directions * hidden_size",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="projection_shared_by_layers",
        title="all layers and directions share one W_hr",
        look_at="where the weights of the projection are made",
        mistake=(
            "One matrix projects the states of all layers, as all have the same shape. One layer is right. "
            "Each direction of each layer has a W_hr of its own."
        ),
        fails=("projection.parameters",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "values = torch.empty(shape, device=device, dtype=dtype)\n"
                "self.register_parameter(name, nn.Parameter(values))",
                "values = torch.empty(shape, device=device, dtype=dtype)\n"
                'shared = self._parameters.get("weight_hr_l0") if "_hr_" in name else None\n'
                "self.register_parameter(name, nn.Parameter(values) if shared is None else shared)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="projection_begins_at_zero",
        title="W_hr begins at zero",
        look_at="the values that the constructor gives to W_hr",
        mistake=(
            "W_hr is made as zeros and left out where the weights are drawn. The new network shows zeros, "
            "and no other weight gets a gradient. Draw it as the others."
        ),
        fails=("projection.new_weights",),
        edits=(
            Edit(
                *DRAWN,
                "initialise(self.parameters(), self.hidden_size)\n"
                "for name, parameter in self.named_parameters():\n"
                '    if name.startswith("weight_hr"):\n'
                "        nn.init.zeros_(parameter)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="projection_drawn_by_its_own_size",
        title="W_hr is drawn from the range of 1 / sqrt(P)",
        look_at="the range that W_hr is drawn from",
        mistake=(
            "The bound of the projection is made of its own size. It trains as well. All weights are drawn "
            "from the range of 1 / sqrt(H): results differ from those of the network that this one replaces."
        ),
        fails=("projection.initial_values",),
        edits=(
            Edit(
                *DRAWN,
                "for name, parameter in self.named_parameters():\n"
                '    is_projection = name.startswith("weight_hr")\n'
                "    initialise([parameter], self.proj_size if is_projection else self.hidden_size)",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="projection_first_in_state_dict",
        title="W_hr comes first among the weights of its direction",
        look_at="the order in which the weights are created",
        mistake=(
            "The state dict begins with weight_hr, which torch puts last. Loading goes by name and works; an "
            "optimiser's state goes by order, and gives every weight another's momentum. Create it last."
        ),
        fails=("projection.state_dict",),
        edits=(
            Edit(
                "parameters",
                "direction_shapes",
                "shapes: dict[str, Shape] = {}",
                "shapes: dict[str, Shape] = {}\n"
                "if proj_size:\n"
                '    shapes[f"weight_hr{suffix}"] = (proj_size, hidden_size)',
            ),
            Edit(
                "base",
                "RNNBase.layers",
                "for w in self.read_weights()",
                "for w in ([*w[1:], w[0]] if self.proj_size else w for w in self.read_weights())",
            ),
        ),
        kind="LSTM",
    ),
    Fault(
        id="projection_too_wide_taken",
        title="a proj_size that is not smaller than hidden_size is taken",
        look_at="what the constructor refuses",
        mistake=(
            "proj_size=hidden_size makes a square W_hr, and nothing raises. torch refuses a projection that "
            "does not make the state smaller: ValueError."
        ),
        fails=("messages.options",),
        edits=(
            Edit(
                "options",
                "check_proj_size",
                "if proj_size >= hidden_size:\n"
                '    raise ValueError("proj_size has to be smaller than hidden_size")',
                "",
            ),
        ),
        kind="LSTM",
    ),
)
