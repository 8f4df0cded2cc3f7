"""Mistakes in being a torch.nn.Module: in what is copied, saved, loaded, hooked and switched."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault


def method(source: str) -> Edit:
    """Give RNN one more method."""
    before = "def flatten_parameters(self) -> None:"
    return Edit("base", "RNNBase", before, f"{source}\n\n{before}")


FAULTS = (
    Fault(
        id="no_module",
        title="the network is no torch.nn.Module",
        look_at="the line that begins the class",
        mistake=(
            "A class of one's own computes the same, but no optimiser, no checkpoint, no `.to(device)` and "
            "no `eval()` of a larger network reaches its weights. Derive it from nn.Module."
        ),
        fails=("protocol.is_module",),
        also=("dropout.on_in_train", "state_dict.names"),
        edits=(
            Edit("base", "RNNBase", "class RNNBase(nn.Module):", "class RNNBase:"),
            Edit(
                "base",
                "RNNBase.__init__",
                "self.proj_size = proj_size",
                "self.proj_size = proj_size\nself.training = False",
            ),
            Edit("base", "RNNBase.__init__", "self.register_parameter(name, nn", "setattr(self, name, nn"),
            Edit("base", "RNNBase.reset_parameters", "self.parameters()", "sum(self.read_weights(), [])"),
        ),
    ),
    Fault(
        id="train_returns_none",
        title="train() and eval() return nothing",
        look_at="a `train` method of the class's own",
        mistake=(
            "`train` is overridden and forgets to return the module, and `eval`, which calls it, does so "
            "too. `net = RNN(...).eval()` is then None. Write `return super().train(mode)`."
        ),
        fails=("protocol.train_and_eval",),
        edits=(method("def train(self, mode: bool = True) -> None:\n    super().train(mode)"),),
    ),
    Fault(
        id="mode_not_passed_on",
        title="eval() leaves the network in train mode",
        look_at="a `train` method of the class's own",
        mistake=(
            "`eval` calls `train(False)`, and the overridden `train` does not pass the mode on. Dropout then "
            "acts when the network is evaluated. Write `return super().train(mode)`."
        ),
        fails=("protocol.train_and_eval", "dropout.off_in_eval"),
        edits=(method('def train(self, mode: bool = True) -> "RNNBase":\n    return super().train()'),),
    ),
    Fault(
        id="results_kept_on_self",
        title="the last h_n is kept on the network, with its graph",
        look_at="what forward stores on self",
        mistake=(
            "A result that is kept on self holds on to the graph of the whole call. torch refuses to "
            "deep-copy such tensors, so that the network cannot be copied while it is trained. Return "
            "results, or keep `h_n.detach()`."
        ),
        fails=("protocol.deepcopy",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_time_first",
                "return self.run(input, None, h_0, layers)",
                "output, self.last_h_n = self.run(input, None, h_0, layers)\n"
                "return output, self.last_h_n.clone()",
            ),
        ),
    ),
    Fault(
        id="function_holds_on_to_self",
        title="a function kept on the network holds on to the network it was made in",
        look_at="the functions that the constructor defines and keeps on self",
        mistake=(
            "A function that was defined in the constructor uses the `self` of then. A deep copy gets the "
            "same function, and computes with the original's weights; and pickle cannot save it. Write a "
            "method."
        ),
        fails=("protocol.deepcopy", "protocol.pickle"),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "self.reset_parameters()",
                "self.reset_parameters()\nself.make_layers = lambda: RNNBase.layers(self)",
            ),
            Edit(
                "base",
                "RNNBase.forward_time_first",
                "layers = self.layers()",
                "layers = self.make_layers()",
            ),
        ),
    ),
    Fault(
        id="lambda_kept_on_self",
        title="a lambda is kept on the network",
        look_at="the functions that the constructor defines and keeps on self",
        mistake=(
            "Pickle saves a function by its name, and a lambda has none: the network cannot be saved whole, "
            "nor given to a worker process. Use a method, or a function of the module's file."
        ),
        fails=("protocol.pickle",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "self.reset_parameters()",
                "self.draw = lambda parameters: initialise(parameters, hidden_size)\nself.reset_parameters()",
            ),
            Edit(
                "base",
                "RNNBase.reset_parameters",
                "initialise(self.parameters(), self.hidden_size)",
                "self.draw(self.parameters())",
            ),
        ),
    ),
    Fault(
        id="copied_by_building_anew",
        title="a copy is built anew from the sizes, with new weights",
        look_at="the methods of the class that say how it is copied or pickled",
        mistake=(
            "`__reduce__` gives the constructor's arguments and nothing else, so that copies and pickles are "
            "networks of the right sizes with newly drawn weights. nn.Module copies the weights by itself: "
            "leave such methods out."
        ),
        fails=("protocol.deepcopy", "protocol.pickle"),
        edits=(
            method(
                "def __reduce__(self) -> tuple[type, tuple[int, int, int]]:\n"
                "    return type(self), (self.input_size, self.hidden_size, self.num_layers)"
            ),
        ),
    ),
    Fault(
        id="loading_is_not_strict",
        title="load_state_dict accepts weights that are missing or unknown",
        look_at="a `load_state_dict` method of the class's own",
        mistake=(
            "With strict=False by default, weights that the file does not hold keep their random values, and "
            "misspelled ones are ignored: the network is loaded in part, and nobody knows. Leave the default "
            "of nn.Module, which is strict."
        ),
        fails=("protocol.state_dict_is_strict",),
        edits=(
            method(
                "def load_state_dict(self, state_dict, strict=False, assign=False):\n"
                "    return super().load_state_dict(state_dict, strict, assign)"
            ),
        ),
    ),
    Fault(
        id="loading_ignores_unknown_weights",
        title="load_state_dict ignores weights that the network does not have",
        look_at="a `load_state_dict` method of the class's own",
        mistake=(
            "Only the weights that the network knows are taken from the file, and the rest is dropped: a "
            "file of a deeper network is loaded in part, and nobody knows. Leave it to nn.Module, which "
            "refuses."
        ),
        fails=("protocol.state_dict_is_strict",),
        edits=(
            method(
                "def load_state_dict(self, state_dict, strict=True, assign=False):\n"
                "    known = {name: state_dict[name] for name in self.state_dict() if name in state_dict}\n"
                "    return super().load_state_dict(known, strict, assign)"
            ),
        ),
    ),
    Fault(
        id="assign_not_accepted",
        title="load_state_dict does not take assign",
        look_at="a `load_state_dict` method of the class's own",
        mistake=(
            "The method was overridden with the arguments that it had in older releases of torch. A network "
            "that was built on the meta device cannot be loaded. Take all arguments, and pass them on."
        ),
        fails=("protocol.assigned_weights",),
        edits=(
            method(
                "def load_state_dict(self, state_dict, strict=True):\n"
                "    return super().load_state_dict(state_dict, strict)"
            ),
        ),
    ),
    Fault(
        id="assign_ignored",
        title="load_state_dict always copies into the weights that there are",
        look_at="a `load_state_dict` method of the class's own",
        mistake=(
            "`assign` is taken, and not passed on. On an ordinary network that makes no difference to the "
            "numbers; one that was built on the meta device stays without any. Pass it on."
        ),
        fails=("protocol.assigned_weights",),
        edits=(
            method(
                "def load_state_dict(self, state_dict, strict=True, assign=False):\n"
                "    return super().load_state_dict(state_dict, strict)"
            ),
        ),
    ),
    Fault(
        id="weights_listed_once",
        title="the weights are listed in the constructor, and that list is used ever after",
        look_at="where forward takes the weights from",
        mistake=(
            "The list holds the parameters of the first hour. An optimiser changes those in place, so that "
            "training works; a parameter that is replaced, pruned or loaded by assignment is not heard of. "
            "Look the weights up by name in every forward."
        ),
        fails=("parameters.replaced",),
        also=("messages.devices",),
        edits=(
            Edit(
                "base",
                "RNNBase.__init__",
                "self.reset_parameters()",
                "self._listed = [[getattr(self, name) for name in names] for names in self.parameter_names]\n"
                "self.reset_parameters()",
            ),
            Edit(
                "base",
                "RNNBase.read_weights",
                "return [[getattr(self, name) for name in names] for names in self.parameter_names]",
                "return self._listed",
            ),
        ),
    ),
    Fault(
        id="weights_read_past_parametrization",
        title="the weights are read from the module's dictionary of parameters, not by their names",
        look_at="where forward takes the weights from",
        mistake=(
            "A weight that is normalised or pruned is no parameter any more: its name stands for what is "
            "computed from others. `self._parameters[name]` does not find it. Write `getattr(self, name)`."
        ),
        fails=("protocol.parametrization",),
        edits=(Edit("base", "RNNBase.read_weights", "getattr(self, name)", "self._parameters[name]"),),
    ),
    Fault(
        id="plain_tensors_refused",
        title="the network refuses attributes that are plain tensors",
        look_at="a `__setattr__` method of the class's own",
        mistake=(
            "Meant to catch weights that were not wrapped in nn.Parameter, the test also refuses what "
            "pruning puts in the place of a weight: a tensor that is computed. Leave assignment to "
            "nn.Module."
        ),
        fails=("protocol.pruning",),
        edits=(
            method(
                "def __setattr__(self, name: str, value: object) -> None:\n"
                "    if isinstance(value, Tensor) and not isinstance(value, nn.Parameter):\n"
                '        raise TypeError(f"{name} must be an nn.Parameter")\n'
                "    super().__setattr__(name, value)"
            ),
        ),
    ),
    Fault(
        id="network_calls_itself",
        title="forward calls the network itself, so that hooks are called twice",
        look_at="what forward does where no h_0 is given",
        mistake=(
            "Without an h_0, forward makes zeros and calls `self(...)` once more, with them. The numbers are "
            "right, and every hook is called twice. Call the method that computes, not the network."
        ),
        fails=("protocol.hooks",),
        edits=(
            Edit(
                "base",
                "RNNBase.forward_batched",
                "if not self.batch_first:",
                "if hx is None:\n"
                "    batch_size = input.size(0 if self.batch_first else 1)\n"
                "    return self(input, self.initial_state(None, input, batch_size=batch_size))\n"
                "if not self.batch_first:",
            ),
        ),
    ),
)
