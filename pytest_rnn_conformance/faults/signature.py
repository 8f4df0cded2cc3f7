"""Mistakes in the arguments of the constructor and of forward: their names, their order, their defaults."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="hidden_size_called_hidden_dim",
        title="the constructor calls hidden_size by another name",
        look_at="the names of the constructor's arguments",
        mistake=(
            "The number of units is called hidden_dim. Code that builds an nn.RNN by keyword, "
            "`hidden_size=64`, does not run. Name every argument as torch does."
        ),
        fails=("signature.arguments",),
        edits=(
            Edit("module", "RNN.__init__", "hidden_size: int,", "hidden_dim: int,"),
            Edit(
                "module",
                "RNN.__init__",
                'check_no_more_options("RNN", unknown)',
                'hidden_size = hidden_dim\ncheck_no_more_options("RNN", unknown)',
            ),
        ),
    ),
    Fault(
        id="no_bias_argument",
        title="the constructor does not take bias",
        look_at="which arguments the constructor takes",
        mistake=(
            "The network always has biases, and `bias=False` is refused. Take the argument, and create no "
            "bias where it is False."
        ),
        fails=("signature.arguments",),
        edits=(
            Edit("module", "RNN.__init__", "bias: bool = True,\nbatch_first", "batch_first"),
            Edit(
                "module",
                "RNN.__init__",
                'check_no_more_options("RNN", unknown)',
                'bias = True\ncheck_no_more_options("RNN", unknown)',
            ),
        ),
    ),
    Fault(
        id="no_device_and_dtype_arguments",
        title="the constructor takes neither device nor dtype",
        look_at="which arguments the constructor takes",
        mistake=(
            "Every module of torch can be built on a device and in a dtype, and libraries that build large "
            "networks rely on it. Take both, and give them to every tensor that the constructor makes."
        ),
        fails=("signature.device_and_dtype",),
        edits=(
            Edit(
                "module",
                "RNN.__init__",
                "device: torch.device | str | int | None = None,\n"
                "dtype: torch.dtype | None = None,\n"
                "**unknown",
                "**unknown",
            ),
            Edit(
                "module",
                "RNN.__init__",
                "device,\ndtype,",
                "None,\nNone,",
            ),
        ),
    ),
    Fault(
        id="options_by_name_only",
        title="the options after the sizes can be given by name alone",
        look_at="the order and the kind of the constructor's arguments",
        mistake=(
            "A `*` after the sizes is good style for new code, but `nn.RNN(10, 20, 2)` is how the "
            "documentation itself builds a network of two layers. Let all options up to bidirectional be "
            "given by position."
        ),
        fails=("signature.positions",),
        edits=(Edit("module", "RNN.__init__", "num_layers: int = 1,", "*,\nnum_layers: int = 1,"),),
    ),
    Fault(
        id="bias_in_the_fourth_place",
        title="the fourth argument is bias, not nonlinearity",
        look_at="the order of the constructor's arguments",
        mistake=(
            "nn.LSTM and nn.GRU have bias in the fourth place. nn.RNN alone has the nonlinearity there, and "
            "bias in the fifth."
        ),
        fails=("signature.positions",),
        edits=(
            Edit(
                "module",
                "RNN.__init__",
                'nonlinearity: str = "tanh",\nbias: bool = True,',
                'bias: bool = True,\nnonlinearity: str = "tanh",',
            ),
        ),
    ),
    Fault(
        id="input_called_x",
        title="forward calls its first argument x",
        look_at="the names of forward's arguments",
        mistake=(
            "Code that calls `rnn(input=batch)` does not run. By position everything is right. torch calls "
            "the arguments of forward `input` and `hx`."
        ),
        fails=("signature.forward",),
        edits=(
            Edit("base", "RNNBase.forward", "self, input: Tensor | Packed", "self, x: Tensor | Packed"),
            Edit(
                "base",
                "RNNBase.forward",
                "if isinstance(input, PackedSequence):",
                "input = x\nif isinstance(input, PackedSequence):",
            ),
        ),
    ),
    Fault(
        id="hx_called_h_0",
        title="forward calls its second argument h_0",
        look_at="the names of forward's arguments",
        mistake=(
            "Code that calls `rnn(input, hx=state)` does not run. By position everything is right. torch "
            "calls the arguments of forward `input` and `hx`."
        ),
        fails=("signature.forward",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward",
                "PackedSequence, hx: Tensor | None = None",
                "PackedSequence, h_0: Tensor | None = None",
            ),
            Edit(
                "base",
                "RNNBase.forward",
                "if isinstance(input, PackedSequence):",
                "hx = h_0\nif isinstance(input, PackedSequence):",
            ),
        ),
    ),
    Fault(
        id="hx_required",
        title="forward cannot be called without h_0",
        look_at="the defaults of forward's arguments",
        mistake=(
            "h_0 has to be given at every call. Most code calls `rnn(x)`, and means an h_0 of zeros. Give hx "
            "the default None, and make zeros of the input's dtype and device."
        ),
        fails=("signature.forward",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward",
                "PackedSequence, hx: Tensor | None = None",
                "PackedSequence, hx: Tensor | None",
            ),
        ),
    ),
    Fault(
        id="hx_by_name_only",
        title="forward takes h_0 by name alone",
        look_at="the kind of forward's arguments",
        mistake=(
            "A `*` before hx is good style for new code, but code for nn.RNN calls `rnn(x, h_0)`. Let hx be "
            "given by position."
        ),
        fails=("signature.forward",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward",
                "PackedSequence, hx: Tensor | None = None",
                "PackedSequence, *, hx: Tensor | None = None",
            ),
        ),
    ),
    Fault(
        id="lengths_before_hx",
        title="forward has another argument between the input and h_0",
        look_at="the order of forward's arguments",
        mistake=(
            "The second argument of forward is the lengths of the sequences, and h_0 the third. By name "
            "everything is right, but `rnn(x, h_0)` takes the state for something else. Put hx second."
        ),
        fails=("signature.forward",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward",
                "PackedSequence, hx: Tensor | None = None",
                "PackedSequence, lengths: Tensor | None = None, hx: Tensor | None = None",
            ),
        ),
    ),
    Fault(
        id="device_argument_ignored",
        title="the argument device is accepted and ignored",
        look_at="what becomes of the argument device",
        mistake=(
            "The constructor takes device and makes its weights where torch does by default, so that a "
            "network that was meant for a GPU is on the CPU. Give it to every tensor that is made."
        ),
        fails=("signature.device",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "torch.empty(shape, device=device, dtype=dtype)",
                "torch.empty(shape, dtype=dtype)",
            ),
        ),
    ),
)
