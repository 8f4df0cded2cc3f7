"""Mistakes with what is not supported: it is taken without a word, and nothing comes of it."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

FAULTS = (
    Fault(
        id="bidirectional_swallowed",
        title="bidirectional is taken by `**kwargs`, and nothing reads it",
        look_at="what becomes of the keywords that the constructor does not name",
        mistake=(
            "`bidirectional=True` goes into `**kwargs`, and the network is built for one direction. It "
            "trains as if it had two. Name the options that there are, and let Python refuse the others."
        ),
        fails=("capabilities.options_refused",),
        edits=(
            Edit("module", "RNN.__init__", "bidirectional: bool = False,\ndevice", "device"),
            Edit("module", "RNN.__init__", "dropout,\nbidirectional,\ndevice,", "dropout,\nFalse,\ndevice,"),
            Edit(
                "options",
                "check_no_more_options",
                "for name in unknown:",
                'for name in [name for name in unknown if name != "bidirectional"]:',
            ),
        ),
        also=("signature.attributes", "signature.positions"),
    ),
    Fault(
        id="bias_swallowed",
        title="bias is taken by `**kwargs`, and nothing reads it",
        look_at="what becomes of the keywords that the constructor does not name",
        mistake=(
            "`bias=False` goes into `**kwargs`, and the network has its biases all the same. Where they "
            "begin as zeros, only training shows it. Refuse an option that is not offered."
        ),
        fails=("capabilities.options_refused",),
        edits=(
            Edit("module", "RNN.__init__", "bias: bool = True,\nbatch_first", "batch_first"),
            Edit(
                "module",
                "RNN.__init__",
                'check_no_more_options("RNN", unknown)',
                'bias = True\ncheck_no_more_options("RNN", unknown)',
            ),
            Edit(
                "options",
                "check_no_more_options",
                "for name in unknown:",
                'for name in [name for name in unknown if name != "bias"]:',
            ),
        ),
        also=("signature.attributes", "signature.positions"),
    ),
    Fault(
        id="nonlinearity_swallowed",
        title="nonlinearity is taken by `**kwargs`, and nothing reads it",
        look_at="what becomes of the keywords that the constructor does not name",
        mistake=(
            "`nonlinearity='relu'` goes into `**kwargs`, and the network is one of tanh. Refuse an option "
            "that is not offered."
        ),
        fails=("capabilities.options_refused",),
        edits=(
            Edit("module", "RNN.__init__", 'nonlinearity: str = "tanh",\nbias', "bias"),
            Edit(
                "module",
                "RNN.__init__",
                'check_no_more_options("RNN", unknown)',
                'nonlinearity = "tanh"\ncheck_no_more_options("RNN", unknown)',
            ),
            Edit(
                "options",
                "check_no_more_options",
                "for name in unknown:",
                'for name in [name for name in unknown if name != "nonlinearity"]:',
            ),
        ),
        also=("signature.attributes", "signature.positions"),
    ),
    Fault(
        id="more_arguments_swallowed",
        title="forward takes any number of arguments after the input, and reads none of them",
        look_at="the arguments of forward",
        mistake=(
            "An h_0 lands in `*_`, and the sequence begins from zeros: what is fed in pieces forgets at "
            "each. Leave `*_` out, and Python refuses what forward does not take; or take h_0, and read it."
        ),
        fails=("capabilities.inputs_refused",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward",
                "hx: Tensor | None = None",
                "*_: object, **__: object",
            ),
            Edit(
                "base",
                "RNNBase.forward",
                "if isinstance(input, PackedSequence):",
                "hx = None\nif isinstance(input, PackedSequence):",
            ),
        ),
    ),
)
