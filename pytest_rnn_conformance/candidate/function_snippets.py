"""A function's own parts of a reproducer: the call with weights that a torch.nn.RNN holds, as source."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

from pytest_rnn_conformance.candidate.form import named, sources
from pytest_rnn_conformance.candidate.functions.arguments import Argument
from pytest_rnn_conformance.candidate.snippets import TENSORS, constant
from pytest_rnn_conformance.model import Case, Config
from pytest_rnn_conformance.snippet import Snippet

if TYPE_CHECKING:
    from pytest_rnn_conformance.candidate.functions.plan import Plan
    from pytest_rnn_conformance.candidate.module import Conventions, ModuleCandidate


def write(candidate: ModuleCandidate, plan: Plan, case: Case) -> Snippet:
    """Write what a reproducer of a case must know of a function; see `Candidate.snippet`."""
    config, conventions, form = case.config, candidate.conventions, candidate.conventions.form
    options = [("num_layers", config.num_layers, 1), ("bidirectional", config.bidirectional, False)]
    words = [str(config.input_size), str(config.hidden_size)]
    words += [f"{name}={value}" for name, value, default in options if value != default]
    returns, results = sources(
        form, batch_first=conventions.layout == "batch_first", single=config.state_rows == 1
    )
    if conventions.stepped:
        state = "returned" if not form.items else named(form, form.state)
        state += ".T" if form.turned else "[0]" if conventions.state_axes == 3 else ""
        returns, results = "returned", (state, state)
    else:
        is_last = bool(form.last) or form.output is None
        results = (
            shown(plan, config, results[0], is_sequence=not is_last),
            shown(plan, config, results[1], is_sequence=False, axis="" if is_last else "[None]"),
        )
    required = plan.state is not None and plan.state.required
    return Snippet(
        imports=candidate.import_lines,
        constructor="torch.nn.RNN",
        arguments=", ".join(words),
        places=without_what_is_missing(plan, config),
        one_bias=False,
        call=(
            call(plan, conventions, config, given=True),
            call(plan, conventions, config, given=False, zeros=required),
        ),
        returns=returns,
        results=results,
        before=TENSORS if plan.arrays else (),
        loop="steps" if conventions.stepped else "beginnings" if form.last or form.output is None else "",
        is_module=False,
        differentiable=not plan.arrays,
    )


def call(plan: Plan, conventions: Conventions, config: Config, *, given: bool, zeros: bool = False) -> str:
    """Write the call, with h_0 or without, or with zeros for it."""
    written: dict[str, dict[str | int, str]] = {}
    array = ".detach().numpy()" if plan.arrays else ""
    parameters = inspect.signature(plan.function).parameters
    first = [name for name, one in parameters.items() if one.kind is one.POSITIONAL_ONLY]
    for argument in plan.arguments:
        if argument.role == "state":
            if not given and not zeros:
                continue
            text = state(plan, conventions, config, reverse=argument.reverse, given=given)
        elif argument.role == "input":
            text = own_input(plan, conventions)
        elif argument.is_weight:
            layers = [weight(plan, argument, layer, config) + array for layer in range(config.num_layers)]
            is_list = plan.many and not argument.role.startswith("head")
            text = f"[{', '.join(layers)}]" if is_list else layers[0]
        else:
            sizes = {"input_size": str(config.input_size), "hidden_size": str(config.hidden_size)}
            text = {**sizes, "seq_length": "len(x)", "batch_size": "x.shape[1]"}[argument.role]
        text += array if argument.role in ("input", "state") else ""
        written.setdefault(argument.group or argument.name, {})[argument.key] = text
    words: list[str] = []
    for name, entries in written.items():
        keys = list(entries)
        keyword = "" if name in first else f"{name}="
        if keys == [""]:
            words.append(f"{keyword}{entries['']}")
        elif isinstance(keys[0], int):
            words.append(f"{keyword}[{', '.join(entries.values())}]")
        else:
            words.append(f"{keyword}{{{', '.join(f'{key!r}: {text}' for key, text in entries.items())}}}")
    words += [f"{name}={constant(value)}" for name, value in plan.constants.items()]
    text = f"implementation({', '.join(words)})"
    return f"tensors({text})" if plan.arrays else text


def without_what_is_missing(plan: Plan, config: Config) -> dict[str, tuple[tuple[str, str], ...]]:
    """Return the places of the weights that a function has, where it has no biases."""
    if any(argument.role.startswith("bias") for argument in plan.arguments):
        return {}
    return {name: ((name, ""),) for name in config.parameter_shapes() if not name.startswith("bias")}


def weight(plan: Plan, argument: Argument, layer: int, config: Config) -> str:
    """Write one weight in the form that the function wants it in."""
    turn = ".T" if plan.is_transposed(argument) else ""
    axis = {"flat": "", "row": "[None]", "column": "[:, None]"}[plan.bias]
    hidden = config.hidden_size
    if argument.role == "head_weight":
        return f"torch.eye({plan.outputs or hidden}, {hidden}){turn}"
    if argument.role == "head_bias":
        return f"torch.zeros({plan.outputs or hidden}){axis}"
    suffix = f"l{layer}_reverse" if argument.reverse and config.bidirectional else f"l{layer}"
    if argument.role == "bias":
        text = f"(mine.bias_ih_{suffix} + mine.bias_hh_{suffix})"
    else:
        text = f"mine.{argument.role}_{suffix}"
    if argument.reverse and not config.bidirectional:
        text = f"torch.zeros_like({text})"
    if plan.two_way and not config.bidirectional and layer and argument.role == "weight_ih":
        text = f"torch.cat([{text}, torch.zeros_like({text})], 1)"
    return text + (turn if argument.role.startswith("weight") else axis)


def own_input(plan: Plan, conventions: Conventions) -> str:
    """Write the input in the user's own layout."""
    if conventions.stepped:
        return "x_t.T" if conventions.columns else "x_t"
    if plan.axes:
        return f"x.permute({', '.join(str('LND'.index(axis)) for axis in plan.axes)})"
    return "x.transpose(0, 1)" if conventions.layout == "batch_first" else "x"


def state(plan: Plan, conventions: Conventions, config: Config, *, reverse: bool, given: bool) -> str:
    """Write h_0, or zeros, in the form that the function wants it in."""
    zeros = f"torch.zeros({config.state_rows}, x.shape[1], {config.hidden_size})"
    if conventions.stepped:
        text = "h_t" if given else f"{zeros}[0]"
        return (
            text + (".T" if conventions.columns else "") + ("[None]" if conventions.state_axes == 3 else "")
        )
    text = "h_0" if given else zeros
    if sum(argument.role == "state" for argument in plan.arguments) == 2:
        if config.bidirectional:
            text += f"[{int(reverse)}::2]"
        elif reverse:
            text = f"torch.zeros_like({text})"
        return text if plan.layer_axis else f"{text}[0]"
    if plan.two_way and not config.bidirectional:
        text = f"torch.stack([{text}, torch.zeros_like({text})], 1).flatten(0, 1)"
    return f"{text}[0].T" if plan.axes else f"{text}[0]" if conventions.state_axes == 2 else text


def shown(plan: Plan, config: Config, text: str, *, is_sequence: bool, axis: str = "") -> str:
    """Write a result as a time-first tensor; of both directions, the forward one where one is asked for."""
    if text == "None":
        return text
    if plan.axes:
        order = [plan.axes.replace("D", "H").index(letter) for letter in "LNH"]
        text += f".permute({', '.join(map(str, order))})" if is_sequence else f".T{axis}"
    if plan.two_way and not config.bidirectional:
        text += f"[..., :{config.hidden_size}]" if is_sequence else "[::2]"
    return text
