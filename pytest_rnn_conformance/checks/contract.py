"""The contract of torch's recurrent networks, row by row, and what the kit makes of each row.

A row is a property that torch's RNN, LSTM, GRU or one of their cells has. `levels` says where it is
asked: `core`, `module` or `drop-in`, or several where its parts stand at several levels; `fact` where it
is what torch does and nobody must do. `strength` says whom it concerns: `must` any implementation,
`should` a good module, `may` only a drop-in replacement. docs/contract.md lists the checks of each row.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the contract.

    Args:
        levels: where it is asked; see the module's docstring.
        strength: `must`, `should` or `may`.
        scope: what it is about, in a few words, and which part stands at which level.
        reason: why nobody is asked to do as torch does.

    """

    levels: tuple[str, ...]
    strength: str
    scope: str
    reason: str = ""


def asked(levels: str, strength: str, scope: str) -> Row:
    """Make a row that checks ask, at one level or, separated by a space, at several."""
    return Row(tuple(levels.split()), strength, scope)


def fact(strength: str, scope: str, reason: str) -> Row:
    """Make a row that states what torch does and nobody must do."""
    return Row(("fact",), strength, scope, reason)


CONSTRUCTION = {
    "C-01": asked("drop-in", "must", "the constructor's keywords, defaults and attributes"),
    "C-02": asked("drop-in", "may", "the order of the constructor's arguments"),
    "C-03": asked("drop-in", "may", "the attributes mode and proj_size; dropout becomes a float"),
    "C-04": asked("module drop-in", "should", "sizes below 1: refused; with torch's exception"),
    "C-05": asked("drop-in", "may", "sizes and flags of the wrong type, and what is let pass"),
    "C-06": asked("module drop-in", "should", "a wrong dropout: refused; with torch's exception"),
    "C-07": asked("module drop-in", "should", "dropout with one layer: a warning; with torch's text"),
    "C-08": asked("module drop-in", "should", "an unknown nonlinearity: refused; with torch's exception"),
    "C-09": asked("drop-in", "may", "proj_size is refused"),
    "C-10": asked("module drop-in", "should", "an unknown keyword: refused; with torch's exception"),
    "C-11": asked(
        "core module drop-in", "must", "a wrong number of features: refused; one, too; as torch does"
    ),
    "C-12": asked("module drop-in", "should", "an input of the wrong rank: refused; with torch's exception"),
    "C-13": asked("module drop-in", "must", "an h_0 of the wrong shape: refused; with torch's exception"),
    "C-14": asked("module drop-in", "should", "an h_0 of the wrong rank: refused; with torch's exception"),
    "C-15": asked("module drop-in", "should", "an input of another dtype: refused; with torch's exception"),
    "C-16": asked("drop-in", "may", "no steps: torch's exception, or no output and h_n = h_0"),
    "C-17": asked("module", "should", "a batch without sequences"),
    "C-18": fact("may", "what a cell's constructor lets pass", "a gap in their validation"),
    "C-19": asked("module drop-in", "must", "a cell's wrong input or state: refused; with torch's exception"),
    "C-20": asked("drop-in", "may", "an h_0 in a tuple: any exception, or taken for the tensor in it"),
}

PARAMETERS = {
    "P-01": asked("drop-in", "must", "the names of parameters"),
    "P-02": asked("core drop-in", "must", "shapes: in either orientation; in torch's"),
    "P-03": asked("drop-in", "should", "the order of parameters"),
    "P-04": asked("drop-in", "must", "without bias there is no entry for it"),
    "P-05": asked("core drop-in", "may", "the projection's parameters: their shapes; their names and order"),
    "P-06": asked("drop-in", "may", "all_weights"),
    "P-07": asked(
        "module drop-in", "should", "initial values: varied, not saturating; U(-1/sqrt(H), 1/sqrt(H))"
    ),
    "P-08": asked("drop-in", "may", "the same seed gives the same initial values"),
    "P-09": asked("core drop-in", "must", "registered leaves with storage of their own; no buffers"),
    "P-10": asked("core module", "must", "a change of weights takes effect: in place; in every other way"),
    "P-11": fact("may", "a deleted parameter is still used", "a side effect of how torch keeps weights"),
    "P-12": asked("drop-in", "should", "reset_parameters works in place"),
}

FORWARD = {
    "F-01": asked("drop-in", "must", "a tuple (output, h_n) is returned; of a cell h alone, or (h, c)"),
    "F-02": asked("core module", "must", "the equations: in the judged precision; in float32 in any case"),
    "F-03": asked("core", "must", "the equations, in float64"),
    "F-04": asked("core", "must", "both biases act"),
    "F-05": asked("core", "must", "the shapes of output and h_n"),
    "F-06": asked("core drop-in", "must", "batch_first: turns input and output; never the states"),
    "F-07": asked("core", "must", "output is forward beside reverse, in the input's order"),
    "F-08": asked("core", "must", "the reverse h_n is the state after step 0"),
    "F-09": asked("core", "must", "the order of h_n"),
    "F-10": asked("core", "must", "an upper layer reads both directions of the one below"),
    "F-11": asked("core", "must", "the order of the gates"),
    "F-12": asked("core", "must", "what z and r multiply"),
    "F-13": asked("core module", "may", "the equations with a projection; in every form of input"),
    "F-14": asked("core drop-in", "must", "the equations of one step of a cell; of rows, (N, D) and (N, H)"),
    "F-15": asked(
        "core", "should", "a loop over a cell equals the layer, which every check of core holds it against"
    ),
    "F-16": asked("module", "should", "results share no storage"),
    "F-17": asked("drop-in", "may", "the strides of output and h_n"),
    "F-18": asked("core module", "must", "the arguments are left alone; in every form of input"),
    "F-19": asked("core module", "must", "the same call gives the same result; in every form of input"),
    "F-20": asked("core module", "must", "a strided input: gives no wrong values; is taken"),
    "F-21": asked("drop-in", "should", "forward's arguments are input and hx"),
}

STATE = {
    "H-01": asked("core", "must", "no h_0 is an h_0 of zeros"),
    "H-02": asked("core", "must", "each slot of h_0 feeds its layer and direction"),
    "H-03": asked("drop-in", "must", "h_0 is not batch-first"),
    "H-04": asked("module", "should", "the default h_0 has the input's dtype"),
    "H-05": asked("core", "must", "h_0 and c_0 are both used"),
    "H-06": fact("must", "h_0's effect fades with L", "it says how to choose cases: short ones"),
    "U-01": asked("module drop-in", "should", "one sequence without a batch axis: right shapes; is taken"),
    "U-02": asked(
        "module drop-in", "should", "one sequence gives what a batch of one gives; a cell's step, as torch's"
    ),
    "U-03": asked("module", "should", "batch_first does not concern one sequence"),
    "U-04": asked(
        "module drop-in",
        "may",
        "a cell's state of another rank than its input: refused; with torch's exception",
    ),
}

PACKED = {
    "K-01": asked("module drop-in", "should", "packed in, packed out, with the same bookkeeping; is taken"),
    "K-02": asked("module", "should", "each sequence is run alone; states in the caller's order"),
    "K-03": asked("module", "should", "h_n is taken at each sequence's own end"),
    "K-04": asked("module", "should", "batch_first does not concern packed sequences"),
    "K-05": asked("module", "should", "equal lengths give what a padded batch gives"),
    "K-06": asked("module", "should", "padding never leaks"),
    "K-07": asked("module", "should", "the reverse direction does not begin in the padding"),
    "K-08": fact("may", "which packed calls are refused", "torch lets wrong ones pass: refusing is better"),
    "K-09": fact("may", "what packing itself refuses", "it happens before a network is called"),
}

DROPOUT = {
    "D-01": asked("core module", "must", "off in eval mode, on in train mode; for every batch"),
    "D-02": asked("core module", "must", "between layers only; in every gap"),
    "D-03": asked("module", "should", "h_n is not dropped"),
    "D-04": asked("module", "should", "the scale 1/(1-p), and a mask for every step"),
    "D-05": asked("module", "should", "p = 1 gives zeros, not NaN"),
    "D-06": asked("drop-in", "may", "the same seed gives the same mask; eval mode draws nothing"),
    "D-07": asked("drop-in", "should", "dropout set later takes effect"),
    "D-08": asked("module", "should", "on packed sequences"),
}

AUTOGRAD = {
    "A-01": asked("core module", "must", "gradients are those of the function computed; in train mode, too"),
    "A-02": asked("module", "should", "second derivatives"),
    "A-03": asked(
        "core module", "must", "gradients equal the oracle's; with batch_first, and in float32, too"
    ),
    "A-04": asked(
        "core module", "must", "gradients reach the input and h_0, from output and h_n; in train mode, too"
    ),
    "A-05": asked("core", "must", "no truncation in time"),
    "A-06": asked("core", "must", "frozen weights"),
    "A-07": asked("core", "must", "no_grad is respected"),
    "A-08": asked("module", "should", "backward twice"),
    "A-09": asked("module", "should", "an edit in place between forward and backward raises"),
    "A-10": fact("may", "an edit of the output before backward", "torch's own networks differ in it"),
    "A-11": asked("core", "must", "both biases have the same gradient"),
    "A-12": asked("module", "should", "relu'(0) = 0"),
    "A-13": asked("drop-in", "may", "a gradient that must be zero is zeros, not None"),
    "A-14": asked("module", "should", "double backward in float32, and forward mode"),
}

DTYPES = {
    "T-01": asked("module", "must", "dtype= reaches parameters and outputs"),
    "T-02": asked("module", "must", "float64 is computed in float64"),
    "T-03": asked("module", "should", "set_default_dtype is obeyed"),
    "T-04": asked("module", "must", "double(), float() and to() keep the values"),
    "T-05": asked("drop-in", "may", "half precision"),
    "T-06": fact("may", "the output's dtype under autocast", "torch's own networks differ in it"),
    "T-07": asked("module drop-in", "should", "the meta device: of the input; of the argument"),
    "T-08": asked("module", "should", "shared memory"),
    "T-09": asked("drop-in", "may", "complex numbers"),
}

MODULE = {
    "M-01": asked("drop-in", "must", "the state dict is the parameters, and nothing else"),
    "M-02": asked("drop-in", "must", "weights are exchanged with torch through a file"),
    "M-03": asked("module", "should", "a state dict that does not fit is refused"),
    "M-04": asked("module", "should", "load_state_dict(assign=True)"),
    "M-05": asked("module", "must", "a deep copy is independent"),
    "M-06": asked("module", "should", "pickling"),
    "M-07": asked("drop-in", "may", "repr"),
    "M-08": asked("module", "should", "hooks fire"),
    "M-09": asked("module", "must", "train() and eval() return the module"),
    "M-10": asked("module", "should", "parametrizations and pruning act"),
    "M-11": asked("drop-in", "may", "flatten_parameters() returns None; isinstance RNNBase is a fact"),
    "M-12": asked("drop-in", "may", "batch_first set later takes effect"),
}

TRANSFORM = {
    "X-01": asked("drop-in", "should", "functional_call: the weights given are used, then its own again"),
    "X-02": asked("drop-in", "should", "func.grad over functional_call equals backward"),
    "X-03": fact("may", "vmap fails on torch's layers", "a network written as a loop does better"),
    "X-04": asked("drop-in", "should", "torch.compile: as far as torch's own network bears it"),
    "X-05": asked("drop-in", "may", "torch.export: of one example; for any batch size"),
    "X-06": fact("may", "tracing and scripting", "deprecated, and a bare layer cannot be scripted"),
}

METAMORPHIC = {
    "O-01": asked("core", "must", "causality"),
    "O-02": asked("core", "must", "batch rows do not mix"),
    "O-03": asked("core", "must", "a batch in another order"),
    "O-04": asked("core", "must", "a sequence in pieces"),
    "O-05": asked("core", "must", "the last output is h_n"),
    "O-06": asked("core", "must", "directions swapped, time reversed"),
    "O-07": asked("core", "must", "a stack is its layers, one after another"),
    "O-08": asked("core", "must", "zero weights give zeros"),
    "O-09": asked("core", "must", "bounds of the output"),
    "O-10": asked("core", "must", "hidden units in another order"),
    "O-11": asked("core", "must", "input features in another order"),
    "O-12": asked("core", "must", "the biases swapped"),
    "O-13": asked("core", "must", "without bias, tanh is odd and relu is homogeneous"),
    "O-14": asked("core", "must", "without W_hh every step stands alone"),
    "O-15": asked("core", "must", "block-diagonal weights are two networks"),
    "O-16": asked("core", "must", "the Jacobian is triangular"),
    "O-17": asked("core", "must", "gradients add over the batch"),
    "O-18": asked("core", "must", "saturated gates keep the state"),
    "O-19": asked("module", "should", "a finite difference"),
}

GOLDEN = {
    "G-01": asked("core", "must", "W_ih alone"),
    "G-02": asked("core", "must", "two steps, with gradients"),
    "G-03": asked("core", "must", "the biases alone"),
    "G-04": asked("core", "must", "relu over four steps"),
    "G-05": asked("core", "must", "relu in both directions"),
    "G-06": asked("core", "must", "relu in two layers, with h_0"),
    "G-07": asked("core", "must", "W_hh is not transposed"),
    "G-08": asked("core", "must", "an LSTM of zeros"),
    "G-09": asked("core", "must", "a GRU of zeros"),
    "G-10": asked("core", "must", "two layers in both directions"),
}

NUMERICS = {
    "N-01": asked("core", "must", "deviations stay within the tolerances"),
    "N-02": fact("must", "large weights are chaotic", "it says how to choose cases: right codes differ"),
    "N-03": asked("module", "should", "whole numbers through relu are exact"),
    "N-04": asked("core module", "must", "large inputs: give finite results; NaN propagates"),
}

ROWS: dict[str, Row] = {
    **CONSTRUCTION,
    **PARAMETERS,
    **FORWARD,
    **STATE,
    **PACKED,
    **DROPOUT,
    **AUTOGRAD,
    **DTYPES,
    **MODULE,
    **TRANSFORM,
    **METAMORPHIC,
    **GOLDEN,
    **NUMERICS,
}
"""Every row by its id."""
