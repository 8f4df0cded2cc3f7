"""Mistakes that change something beside the result, or let an earlier call change it."""

from __future__ import annotations

from pytest_rnn_conformance.faults.fault import Edit, Fault

BUILT = ("base", "RNNBase.__init__", "self.reset_parameters()")
ZEROS = ("base", "RNNBase.initial_state", "return input.new_zeros(shape)")
COMPUTE = ("base", "RNNBase.run", "check_devices(input, h_0, layers)")
PADDED = ("base", "RNNBase.forward_time_first", "return self.run(input, None, h_0, layers)")

FAULTS = (
    Fault(
        id="state_kept_between_calls",
        title="each call begins from the last state of the call before",
        look_at="what is kept on the network after a call, and who reads it",
        mistake=(
            "The last state is kept on self and used by the next call where it fits the batch, so that one "
            "batch leaks into the next. Without an h_0 every call begins from zeros; whoever wants to go on "
            "gives h_n back."
        ),
        fails=("purity.repeatable",),
        edits=(
            Edit(*BUILT, "self.reset_parameters()\nself.kept = torch.zeros(0)"),
            Edit(*ZEROS, "return self.kept if self.kept.shape == shape else input.new_zeros(shape)"),
            Edit(
                *PADDED,
                "output, h_n = self.run(input, None, h_0, layers)\n"
                "self.kept = h_n.detach()\n"
                "return output, h_n",
            ),
        ),
    ),
    Fault(
        id="state_kept_for_each_batch_size",
        title="a state is kept for each batch size",
        look_at="what is kept on the network after a call, and who reads it",
        mistake=(
            "A dictionary keeps the last state of every batch size. A call of another size in between does "
            "not clear it. Without an h_0 every call begins from zeros."
        ),
        fails=("purity.repeatable",),
        edits=(
            Edit(*BUILT, "self.reset_parameters()\nself.kept = {}"),
            Edit(*ZEROS, "return self.kept.get(batch_size, input.new_zeros(shape))"),
            Edit(
                *PADDED,
                "output, h_n = self.run(input, None, h_0, layers)\n"
                "self.kept[input.size(1)] = h_n.detach()\n"
                "return output, h_n",
            ),
        ),
    ),
    Fault(
        id="running_mean_subtracted",
        title="the mean of earlier inputs is subtracted from each input",
        look_at="statistics of the input that are kept from call to call",
        mistake=(
            "A running mean of the input is kept on self and subtracted: the first call is right, and every "
            "later one depends on those before it, in eval mode too. Standardise the data before it comes to "
            "the network."
        ),
        fails=("purity.repeatable",),
        edits=(
            Edit(*BUILT, "self.reset_parameters()\nself.mean = 0.0"),
            Edit(
                *PADDED,
                "mean, self.mean = self.mean, 0.9 * self.mean + 0.1 * float(input.detach().mean())\n"
                "return self.run(input - mean, None, h_0, layers)",
            ),
        ),
    ),
    Fault(
        id="noise_in_training",
        title="in train mode noise is added to the input",
        look_at="what happens to the input in train mode",
        mistake=(
            "In train mode a little noise is added to every input, against overfitting, and no argument "
            "switches it off. While dropout is 0, a network does the same in both modes."
        ),
        fails=("purity.repeatable",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "output = input",
                "output = input + 0.01 * torch.randn_like(input) if training else input",
            ),
        ),
    ),
    Fault(
        id="weights_decay_in_training",
        title="each call in train mode makes the weights a little smaller",
        look_at="what forward does to the weights in train mode",
        mistake=(
            "Weight decay is built into forward: the same input gives another output each time, though no "
            "optimiser has stepped. It belongs in the optimiser, as weight_decay."
        ),
        fails=("purity.repeatable",),
        also=("purity.arguments_unchanged",),
        edits=(
            Edit(
                *COMPUTE,
                "check_devices(input, h_0, layers)\n"
                "if self.training:\n"
                "    for weight in self.parameters():\n"
                "        weight.data.mul_(0.9999)",
            ),
        ),
    ),
    Fault(
        id="weights_clipped_by_call",
        title="each call clips the weights",
        look_at="what forward does to the weights before it uses them",
        mistake=(
            "Forward keeps the weights within a range by changing them in place. Loaded weights are spoiled "
            "by the first call. Clip after the optimiser's step, where weights are meant to change."
        ),
        fails=("purity.arguments_unchanged",),
        also=("forward.first_step", "parameters.replaced"),
        edits=(
            Edit(
                *COMPUTE,
                "check_devices(input, h_0, layers)\n"
                "for weight in self.parameters():\n"
                "    weight.data.clamp_(-1.0, 1.0)",
            ),
        ),
    ),
    Fault(
        id="h_0_overwritten",
        title="the last state is written into h_0",
        look_at="where the last state of each layer is stored",
        mistake=(
            "h_n is written into the tensor that the caller gave as h_0, as in h_0[layer] = h. The result is "
            "right, and the caller's h_0, perhaps that of the next batch too, is another. Collect the states "
            "in a list and stack them."
        ),
        fails=("purity.arguments_unchanged",),
        edits=(
            Edit(
                "layers",
                "run_layers",
                "h_n.extend(h_n_layer)",
                "h_n.extend(h_n_layer)\nh_0_layers[index].data.copy_(torch.stack(h_n_layer))",
            ),
        ),
    ),
    Fault(
        id="padding_zeroed_in_place",
        title="padding is replaced in the caller's input",
        look_at="what forward does to the input before the first layer",
        mistake=(
            "Numbers that stand for padding are set to 0 by an operation in place, in the tensor that the "
            "caller goes on using. masked_fill without the underscore makes a copy."
        ),
        fails=("purity.arguments_unchanged",),
        edits=(
            Edit(
                *PADDED, "input.masked_fill_(input == -100, 0.0)\nreturn self.run(input, None, h_0, layers)"
            ),
        ),
    ),
    Fault(
        id="h_n_is_view_of_output",
        title="h_n is a view of the output",
        look_at="what h_n of a single layer is made of",
        mistake=(
            "h_n = output[-1:] shares the memory of the output: whoever changes one changes the other, and "
            "keeping h_n keeps the whole output. Copy it, or stack the states anew."
        ),
        fails=("purity.results_own_their_memory",),
        edits=(
            Edit(
                *PADDED,
                "output, h_n = self.run(input, None, h_0, layers)\n"
                "return output, output[-1:] if len(self.parameter_names) == 1 else h_n",
            ),
        ),
    ),
    Fault(
        id="one_step_is_h_n",
        title="the output of a single step is h_n itself",
        look_at="what is returned for a sequence of one step",
        mistake=(
            "For one layer and one step, output and h_n hold the same numbers, and one tensor is returned "
            "for both. Programs that generate step by step and change the output change their state."
        ),
        fails=("purity.results_own_their_memory",),
        edits=(
            Edit(
                *PADDED,
                "output, h_n = self.run(input, None, h_0, layers)\n"
                "if len(output) == 1 and len(self.parameter_names) == 1:\n"
                "    output = h_n\n"
                "return output, h_n",
            ),
        ),
    ),
    Fault(
        id="seed_set_by_constructor",
        title="the constructor seeds torch's generator",
        look_at="what is done before the weights are drawn",
        mistake=(
            "The constructor calls torch.manual_seed, so that weights are the same each time. All other "
            "random numbers of the program begin anew as well, and an ensemble holds the same network many "
            "times. Let the program set the seed."
        ),
        fails=("purity.process_unchanged",),
        also=("exact.initial_values", "exact.reset_parameters"),
        edits=(Edit("base", "RNNBase.reset_parameters", "initialise(", "torch.manual_seed(0)\ninitialise("),),
    ),
    Fault(
        id="seed_set_by_forward",
        title="forward seeds torch's generator in train mode",
        look_at="what forward does before dropout in train mode",
        mistake=(
            "Forward calls torch.manual_seed in train mode, so that dropout is the same each time. Every "
            "random number of the program then begins anew after each batch. Let the program set the seed."
        ),
        fails=("purity.process_unchanged",),
        also=("exact.dropout_mask",),
        edits=(
            Edit(*COMPUTE, "check_devices(input, h_0, layers)\nif self.training:\n    torch.manual_seed(0)"),
        ),
    ),
    Fault(
        id="default_dtype_changed",
        title="the constructor sets torch's default dtype",
        look_at="what the constructor does to torch's own settings",
        mistake=(
            "torch.set_default_dtype in a constructor changes what every later tensor of the program is made "
            "of. Give the parameters their dtype, and leave the default to the program."
        ),
        fails=("purity.process_unchanged",),
        edits=(Edit(*BUILT, "self.reset_parameters()\ntorch.set_default_dtype(torch.float32)"),),
    ),
    Fault(
        id="anomaly_mode_left_on",
        title="torch's anomaly mode is switched on and left on",
        look_at="what the constructor does to torch's own settings",
        mistake=(
            "torch.autograd.set_detect_anomaly(True) was left in after a search for a mistake. Results are "
            "right, and all training in the program is several times as slow."
        ),
        fails=("purity.process_unchanged",),
        edits=(Edit(*BUILT, "self.reset_parameters()\ntorch.autograd.set_detect_anomaly(True)"),),
    ),
    Fault(
        id="warnings_silenced",
        title="warnings are silenced for the whole program",
        look_at="what is done so that no warning is shown",
        mistake=(
            "A filter that hides warnings is installed and stays: the program no longer hears of what will "
            "stop working. Use warnings.catch_warnings around the line that warns."
        ),
        fails=("purity.process_unchanged",),
        edits=(
            Edit(
                "options",
                "check_dropout",
                "if dropout != 0",
                'warnings.simplefilter("ignore", FutureWarning)\nif dropout != 0',
            ),
        ),
    ),
    Fault(
        id="graph_recorded_under_no_grad",
        title="forward records a graph under torch.no_grad() too",
        look_at="contexts that forward enters before it computes",
        mistake=(
            "Forward switches the recording of gradients on by itself. Evaluation under torch.no_grad() then "
            "needs as much memory as training. Leave the grad mode to the caller."
        ),
        fails=("gradients.no_grad_respected",),
        edits=(Edit(*PADDED, "with torch.enable_grad():\n    return self.run(input, None, h_0, layers)"),),
    ),
    Fault(
        id="no_graph_in_eval_mode",
        title="in eval mode no graph is recorded",
        look_at="contexts that forward enters in eval mode",
        mistake=(
            "eval() is taken to mean that no gradient is wanted. It concerns dropout alone: saliency maps "
            "and frozen encoders need gradients in eval mode. Leave the grad mode to the caller."
        ),
        fails=("gradients.no_grad_respected",),
        also=("gradients.through_time",),
        edits=(
            Edit(
                *PADDED,
                "with torch.set_grad_enabled(torch.is_grad_enabled() and self.training):\n"
                "    return self.run(input, None, h_0, layers)",
            ),
        ),
    ),
)
